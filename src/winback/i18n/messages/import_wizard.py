"""The first import of files nobody has described: what was seen, and what is asked."""

FIRST_IMPORT: dict[str, tuple[str, str]] = {
    "import_wizard.looking": ("reading the files …", "正在查看文件……"),
    "import_wizard.passed_over": (
        "skipped: {file} is not an export",
        "已跳过：{file} 不是导出文件",
    ),
    "ask.decimals": (
        "Is '{value}' in column '{column}' of {file} little more than a unit (point) or over a "
        "thousand (comma)?",
        "{file} 的“{column}”列中“{value}”是一点几（point）还是一千多（comma）？",
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
    "import_wizard.kind.people": ("which ids are one person", "编号对照表"),
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
    "import_wizard.place": (
        "Time zone {timezone}, currency {currency}; both stand in the shop file.",
        "时区 {timezone}，币种 {currency}；均写在店铺文件中。",
    ),
    "import_wizard.refused": (
        "  would be refused: {count} rows, {reason}; such as '{value}' in '{column}', line "
        "{line} of {file}",
        "  将不入库：{count} 行，{reason}；例如 {file} 第 {line} 行“{column}”的“{value}”",
    ),
    "ask.timezone": (
        "{why}Which time zone is the shop in (as in Europe/Berlin)?",
        "{why}店铺在哪个时区（例如 Asia/Shanghai）？",
    ),
    "ask.currency": (
        "{why}Which currency are the amounts in (three letters, as in EUR)?",
        "{why}金额是什么币种（三个字母，例如 CNY）？",
    ),
    "ask.place.han": (
        "The Chinese characters of its header alone do not tell the country. ",
        "仅凭表头的汉字无法判断国家或地区。",
    ),
    "ask.place.mark": (
        "The sign beside the amounts is of several currencies. ",
        "金额旁的符号可表示多种货币。",
    ),
    "ask.encoding": (
        "{file} is not UTF-8, and its letters leave open in which encoding it is: {candidates} "
        "(cp1252 is Western Windows). Which one?",
        "{file} 不是 UTF-8，按文字无法确定编码：{candidates}（cp1252 为西欧 Windows）。是哪一种？",
    ),
    "ask.sheet": (
        "Several sheets of {file} could be its orders: {sheets}. Which one holds them?",
        "{file} 有几张工作表都像订单：{sheets}。订单在哪一张？",
    ),
    "import_wizard.not_used": ("not used", "未使用"),
    "import_wizard.sum": ("sum of all rows {total}", "各行合计 {total}"),
    "import_wizard.empty": ("(empty)", "（空）"),
    "import_wizard.no_amount": ("nothing", "无"),
    "import_wizard.holds": ("it holds", "内容"),
    "import_wizard.remark.money_unused": (
        "{file}: what counts as paid is {paid}; these columns of money are not used: {columns}. "
        "If one of them is what customers paid, choose it instead.",
        "{file}：实付金额取自 {paid}；以下金额列未使用：{columns}。如其中一列才是实付，请改选。",
    ),
    "import_wizard.remark.words_unused": (
        "{file}: these columns of few words are not used: {columns}. If one of them says which "
        "rows are cancelled, refunded, a test or no orders, choose it as the status, or beside the "
        "one that is read.",
        "{file}：以下取值很少的列未使用：{columns}。如其中一列标明已取消、退款、测试或非订单的行，请选作状态，或与已读的状态列并用。",
    ),
    "import_wizard.remark.names_as_ids": (
        "'{column}' of {file} holds names: two people of one name are one customer. An id or an "
        "e-mail address would tell them apart.",
        "{file} 的“{column}”是姓名：同名的两人会算作一位顾客。顾客编号或邮箱才能区分。",
    ),
    "import_wizard.remark.rows_repeated": (
        "Some rows of {file} stand in it twice as they are, also their '{column}', which is another "
        "one on every other row: both count. If the export repeated them, take one out.",
        "{file} 中有些行完全重复，连通常每行不同的“{column}”也相同：两行都会计入。如是导出重复，请删去一行。",
    ),
    "import_wizard.remark.encoding": (
        "The encoding of {file} is taken for {column}, by its letters.",
        "按文字判断，{file} 的编码为 {column}。",
    ),
    "import_wizard.remark.sheets": (
        "Sheets read of {file}: {column}.",
        "{file} 读取的工作表：{column}。",
    ),
    "import_wizard.remark.amount_repeats": (
        "'{column}' of {file} is mostly the same on all rows of one customer and moment, and no "
        "column numbers the orders: if it is the whole order's, revenue counts it several times.",
        "{file} 的“{column}”列在同一顾客同一时刻的各行大多相同，又没有订单号：若它是整单金额，收入会重复计算。",
    ),
    "import_wizard.remark.postage_apart": (
        "'{column}' holds postage beside the amounts of the lines of {file}, which is not added: "
        "revenue is without it.",
        "{file} 的“{column}”列在各行金额之外，未计入：收入不含运费。",
    ),
    "import_wizard.remark.grouped": (
        "Rows of {file} such as '{column}' stand alone above others: this seems to be a report in "
        "groups. Export it as a plain list, with the customer in every row.",
        "{file} 中“{column}”等行单独成行，位于其他行之上：这似乎是分组报表。请改为导出普通明细表，每一行都写明顾客。",
    ),
    "import_wizard.remark.discount_apart": (
        "What was paid in {file} is the price times the units, and '{column}' is not taken off. If "
        "the prices are before it, add a column of what was paid to the export.",
        "{file} 的实付金额按单价乘以数量计算，未扣除“{column}”。如果单价是优惠前的价格，请在导出文件中加上实付金额一列。",
    ),
    "import_wizard.remark.status_empty": (
        "'{column}' of {file} is empty and says nothing: every row counts as an order.",
        "{file} 的“{column}”为空，没有信息：每一行都算作订单。",
    ),
    "import_wizard.remark.status_too_many": (
        "'{column}' of {file} holds too many different words for a status and is not used.",
        "{file} 的“{column}”取值太多，不像状态，未使用。",
    ),
    "ask.column": ("{what} {columns}", "{what} {columns}"),
    "ask.none": ("none of these", "都不是"),
    "ask.none_not_orders": (
        "none of these: this is not an order sheet",
        "都不是：这不是订单表",
    ),
    "ask.customer_id": (
        "Which column of {file} says who bought?",
        "{file} 的哪一列是顾客？",
    ),
    "ask.ordered_at": (
        "Which column of {file} says when it was bought or paid?",
        "{file} 的哪一列是下单或付款时间？",
    ),
    "ask.order_id": (
        "Which column of {file} is the order's number?",
        "{file} 的哪一列是订单号？",
    ),
    "ask.amount": (
        "Which column of {file} says what was paid?",
        "{file} 的哪一列是实付金额？",
    ),
    "ask.other": (
        "Which column of {file} is this: {meaning}?",
        "{file} 的哪一列是：{meaning}？",
    ),
    "ask.quantity": (
        "Which column of {file} says how many units the price is multiplied by?",
        "{file} 的哪一列是购买数量（单价乘以它）？",
    ),
    "ask.refund_amount": (
        "Which column of {file} says what was paid back?",
        "{file} 的哪一列是退款金额？",
    ),
    "ask.status": (
        "Which column of {file} says whether an order is paid or cancelled?",
        "{file} 的哪一列是订单状态？",
    ),
    "ask.paid": (
        "Which of these statuses mean a paid order? {words} (with commas, or nothing for none; of "
        "those that were paid and sent back say WORD=refunded; the rest is left out)",
        "这些状态中哪些表示已付款的订单？{words}（用逗号分隔；留空表示都不是；付款后又退货的写作 "
        "状态=refunded；其余不计）",
    ),
    "ask.amount_of": (
        "'{column}' of {file} is the same on all lines of most orders. Is it what was paid for the "
        "whole order (order) or for each line (line)?",
        "{file} 的“{column}”列在多数订单的各行都相同：它是整单实付（order）还是该行实付（line）？",
    ),
    "ask.amounts_in": (
        "The amounts in '{column}' of {file} are whole numbers such as {value}. Are they {currency} "
        "(units) or hundredths of it (minor)?",
        "{file} 的“{column}”列都是整数，例如 {value}：单位是 {currency}（units）还是其百分之一（minor）？",
    ),
    "ask.rows_are": (
        "The name of {file} says refunds. Does every row of it pay something back (refunds), or "
        "are they orders (orders)?",
        "{file} 的文件名表示退款：其中每行都是退款（refunds），还是订单（orders）？",
    ),
    "ask.dates": (
        "Is '{value}' in column '{column}' of {file} day first (dmy), month first (mdy) or year "
        "first (ymd)?",
        "{file} 的“{column}”列中“{value}”是日在前（dmy）、月在前（mdy）还是年在前（ymd）？",
    ),
}
