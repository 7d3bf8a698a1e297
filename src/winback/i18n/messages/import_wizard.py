"""The first import of files nobody has described: what was seen, and what is asked."""

FIRST_IMPORT: dict[str, tuple[str, str]] = {
    "import_wizard.looking": ("reading the files …", "正在查看文件……"),
    "import_wizard.passed_over": (
        "skipped: {file} is not an export",
        "已跳过：{file} 不是导出文件",
    ),
    "ask.decimals": (
        "Is '{value}' in column '{column}' of {file} little more than a unit (point) or over a "
        "thousand (comma)? (--set decimals=…)",
        "{file} 的“{column}”列中“{value}”是一点几（point）还是一千多（comma）？（--set decimals=…）",
    ),
    "import_wizard.toml": (
        "Written by winback import. Correct what is wrong and run: winback import --shop THIS_FILE",
        "由 winback import 生成。有误可直接修改，再运行：winback import --shop 本文件",
    ),
    "import_wizard.file": (
        "{file}: {kind}, {profile} ({percent} sure)",
        "{file}：{kind}，{profile}（把握 {percent}）",
    ),
    "import_wizard.no_profile": ("columns recognised by name", "按列名理解"),
    "import_wizard.kind.orders": ("orders", "订单"),
    "import_wizard.kind.items": ("an item sheet", "宝贝明细"),
    "import_wizard.kind.events": ("events", "行为事件"),
    "import_wizard.kind.log": ("a behaviour log with purchases", "含购买的行为日志"),
    "import_wizard.kind.unknown": ("not an export we know", "无法识别"),
    "import_wizard.theirs": ("column in the file", "文件中的列"),
    "import_wizard.ours": ("understood as", "理解为"),
    "import_wizard.sure": ("sure", "把握"),
    "import_wizard.preview": (
        "{kind}: the first rows as understood (of {rows} read)",
        "{kind}：前几行的理解（已查看 {rows} 行）",
    ),
    "import_wizard.refused": (
        "  would be refused: {count} rows, {reason}; such as '{value}' in '{column}', line "
        "{line} of {file}",
        "  将不入库：{count} 行，{reason}；例如 {file} 第 {line} 行“{column}”的“{value}”",
    ),
    "ask.timezone": (
        "Which time zone is the shop in? (--set timezone=…)",
        "店铺在哪个时区？（--set timezone=…）",
    ),
    "ask.currency": (
        "Which currency are the amounts in? (--set currency=…)",
        "金额是什么币种？（--set currency=…）",
    ),
    "ask.encoding": (
        "{file} is neither UTF-8 nor Chinese. Which encoding is it in? cp1252 is Western Windows "
        "(--set encoding=…)",
        "{file} 既不是 UTF-8 也不是中文编码。是什么编码？cp1252 为西欧 Windows（--set encoding=…）",
    ),
    "ask.customer_id": (
        "Which column says who bought? There are {names} (--set customer_id=…)",
        "哪一列是顾客？现有列：{names}（--set customer_id=…）",
    ),
    "ask.ordered_at": (
        "Which column says when it was bought or paid? There are {names} (--set ordered_at=…)",
        "哪一列是下单或付款时间？现有列：{names}（--set ordered_at=…）",
    ),
    "ask.paid": (
        "Which of these statuses mean a paid order? {words} (with commas; Enter for none; --set "
        "paid=…)",
        "这些状态中哪些表示已付款的订单？{words}（用逗号分隔；回车表示都不是；--set paid=…）",
    ),
    "ask.dates": (
        "Is '{value}' in column '{column}' of {file} day first (dmy) or month first (mdy)? (--set "
        "dates=…)",
        "{file} 的“{column}”列中“{value}”是日在前（dmy）还是月在前（mdy）？（--set dates=…）",
    ),
}
