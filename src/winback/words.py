"""What we say, in Chinese and English, from one catalogue. Rooms hand on keys and values; the wiring renders them.

A sentence has the same `{values}` in both languages; `tests/test_words.py` holds that true.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

Language = Literal["zh", "en"]


def say(key: str, language: Language, values: Mapping[str, Any] | None = None) -> str:
    """The sentence for a key in a language, with its values filled in."""
    english, chinese = CATALOGUE[key]
    told = {name: inert(value) if isinstance(value, str) else value for name, value in (values or {}).items()}
    return (chinese if language == "zh" else english).format_map(told)


def inert(text: str) -> str:
    """A text from outside as a terminal or a log may show it: no escape sequences, no line of its own (RELIABILITY D9)."""
    return _CONTROL.sub("�", text)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


# key: (English, Chinese)
CATALOGUE: dict[str, tuple[str, str]] = {
    # Refusals: what was refused, the value seen, where, and what to do.
    "shop_file_missing": (
        "There is no shop file {file}. Name one that exists, such as shops/completejourney.toml.",
        "找不到店铺文件 {file}。请指定一个存在的文件，例如 shops/completejourney.toml。",
    ),
    "shop_file_unreadable": (
        "The shop file {file} is not readable TOML: {detail}. Mend that line and run again.",
        "店铺文件 {file} 不是可读的 TOML：{detail}。请修正该行后重试。",
    ),
    "shop_file_invalid": (
        "The shop file {file} was refused: {detail}. The README lists every setting.",
        "店铺文件 {file} 未被接受：{detail}。全部设置见 README。",
    ),
    "profile_unknown": (
        "Shop {shop} names the profile '{profile}', which we do not know. Choose one of {known}, or name the columns yourself.",
        "店铺 {shop} 指定的格式“{profile}”无法识别。请从 {known} 中选择，或自行写明各列。",
    ),
    "paths_missing": (
        "Shop {shop} names no files under [{section}]. Set `paths` there.",
        "店铺 {shop} 的 [{section}] 下没有写文件。请在那里设置 paths。",
    ),
    "package_missing": (
        "Without paths this shop reads the package {package}, which is not installed. Install winback[{extra}], or name paths.",
        "未写路径时，该店铺读取软件包 {package}，但它没有安装。请安装 winback[{extra}]，或写明路径。",
    ),
    "file_missing": (
        "There is no file {file}. Correct its path in the shop file; paths are relative to that file, or absolute.",
        "找不到文件 {file}。请在店铺文件中改正路径；路径相对于店铺文件，或用绝对路径。",
    ),
    "file_unreadable": (
        "The file {file} cannot be read: {detail}. Export it again, or set `format` in the shop file.",
        "文件 {file} 无法读取：{detail}。请重新导出，或在店铺文件中设置 format。",
    ),
    "file_not_utf8": (
        "The file {file} is not UTF-8: byte {offset} starts {value}, and read as Chinese it makes no sense. Save it as UTF-8, or set "
        '`encoding` in the shop file, such as encoding = "cp1252".',
        "文件 {file} 不是 UTF-8 编码：第 {offset} 字节起是 {value}，按中文编码读也不通。请另存为 UTF-8，"
        '或在店铺文件中设置 encoding，例如 encoding = "cp1252"。',
    ),
    "file_not_text": (
        "The file {file} is in no one encoding: byte {utf8} starts {value}, which is not UTF-8, and byte {gb18030} is not GB18030. "
        "Save it anew as UTF-8, or set `encoding` in the shop file.",
        "文件 {file} 不是单一编码：第 {utf8} 字节起是 {value}，不是 UTF-8；第 {gb18030} 字节也不是 GB18030。"
        "请重新另存为 UTF-8，或在店铺文件中设置 encoding。",
    ),
    "file_encrypted": (
        "The file {file} is locked with a password. Unpack it and name the file inside.",
        "文件 {file} 有密码。请先解压，再指定里面的文件。",
    ),
    "file_too_dense": (
        "The file {file} unpacks to more than {most} times its size, which no export does. Unpack it yourself and look at it first.",
        "文件 {file} 解压后超过原大小的 {most} 倍，正常导出不会这样。请自行解压并检查。",
    ),
    "old_workbook": (
        "The file {file} is an old .xls workbook or a web page named so. Open it and save it as .xlsx or CSV.",
        "文件 {file} 是旧版 .xls 或伪装成表格的网页。请打开后另存为 .xlsx 或 CSV。",
    ),
    "sheet_missing": (
        "The workbook {file} has no sheet '{value}'; it has {found}. Correct `sheet` in the shop file.",
        "工作簿 {file} 没有工作表“{value}”；现有：{found}。请在店铺文件中改正 sheet。",
    ),
    "encoding_unknown": (
        "The encoding '{value}' set for {file} is not one we know. Use utf-8, gb18030, utf-16 or cp1252, or leave it out.",
        "为 {file} 设置的编码“{value}”无法识别。请用 utf-8、gb18030、utf-16 或 cp1252，或不设置。",
    ),
    "reader_died": (
        "The file {file} stopped the process that read it ({detail}): it is damaged, or its cells are too large. Export it "
        "again, in pieces or as CSV. Nothing was changed.",
        "读取文件 {file} 的进程中止（{detail}）：文件已损坏或单元格过大。请重新导出，分成几份或改用 CSV。现有数据未变。",
    ),
    "reader_silent": (
        "Reading {file} made no progress for {seconds} seconds and was ended. Export it again as CSV. Nothing was changed.",
        "读取 {file} 连续 {seconds} 秒没有进展，已中止。请重新导出为 CSV。现有数据未变。",
    ),
    "database_refused": (
        "The database {database} refused: {detail}. Check its address, the driver and the query in the shop file.",
        "数据库 {database} 拒绝：{detail}。请检查店铺文件中的地址、驱动和查询语句。",
    ),
    "environment_missing": (
        "The shop file asks for ${{{name}}}, which is not in the environment. Set it and run again.",
        "店铺文件用到 ${{{name}}}，但环境变量中没有。请设置后重试。",
    ),
    "column_missing": (
        "The file {file} has no column '{column}'; it has {found}. {choice}",
        "文件 {file} 没有“{column}”列；现有列：{found}。{choice}",
    ),
    "column_missing.hint": (
        "Did you mean '{choice}'? Correct the name in the shop file.",
        "是否指“{choice}”？请在店铺文件中改正列名。",
    ),
    "column_missing.nothing": ("Correct the name in the shop file.", "请在店铺文件中改正列名。"),
    "column_twice": (
        "The file {file} has {count} columns named '{column}', so we cannot know which to read. Rename one of them.",
        "文件 {file} 有 {count} 列都叫“{column}”，无法判断该读哪一列。请给其中一列改名。",
    ),
    "dates_ambiguous": (
        "Dates of {file} such as '{value}' in column '{column}' can be read two ways. Set dates = \"dmy\" (day first) or "
        'dates = "mdy" (month first) in the shop file.',
        '{file} 的“{column}”列日期（如“{value}”）有两种读法。请在店铺文件中设置 dates = "dmy"（日在前）或 dates = "mdy"（月在前）。',
    ),
    "amounts_ambiguous": (
        "Amounts of {file} such as '{value}' in column '{column}' can be read two ways. Set decimals = \"point\" (1.234 is little more "
        'than 1) or decimals = "comma" (1.234 is over a thousand) in the shop file.',
        '{file} 的“{column}”列金额（如“{value}”）有两种读法。请在店铺文件中设置 decimals = "point"（1.234 略大于 1）'
        '或 decimals = "comma"（1.234 是一千多）。',
    ),
    "name_not_utf8": (
        "The name {value} is not UTF-8 and cannot stand in a shop file. Rename the file or the folder.",
        "名称 {value} 不是 UTF-8，无法写入店铺文件。请给文件或文件夹改名。",
    ),
    "files_and_shop": (
        "Name either a shop file or the exports of a new shop, not both. To add an export to a shop, put it into `paths` of {shop}.",
        "店铺文件和新店铺的导出文件只能二选一。要给已有店铺增加导出文件，请写进 {shop} 的 paths。",
    ),
    "unit_changed": (
        "Amounts of {file} are {ratio} times those of the files before it (median {median} after {before}): has its unit changed? "
        "Correct the file, or set accept_unit_change = true in the shop file.",
        "{file} 的金额是之前文件的 {ratio} 倍（中位数 {before} → {median}）：单位变了吗？"
        "请改正文件，或在店铺文件中设置 accept_unit_change = true。",
    ),
    "header_missing": (
        "The file {file} has no header: its first line is {value}. Put the names of the columns above it.",
        "文件 {file} 没有表头：第一行是 {value}。请在上方加上列名。",
    ),
    "not_recognised": (
        "The file {file} is no order export we can use: it lacks {lacking}; its columns are {found}. Name the columns with --set, or "
        "export the orders with the buyer and the time of payment.",
        "文件 {file} 不是可用的订单导出：缺少 {lacking}；现有列：{found}。请用 --set 指明各列，或重新导出含买家和付款时间的订单。",
    ),
    "answer_needed": (
        "We cannot know this, and nobody is here to ask: {question} Give the answer as --set {key}=…",
        "此项无法得知，也无人可问：{question} 请用 --set {key}=… 给出答案。",
    ),
    "answer_wrong": (
        "'{value}' is no answer for {key}. Choose one of {choices}.",
        "“{value}”不能作为 {key} 的答案。请从 {choices} 中选择。",
    ),
    "shop_or_files_needed": (
        "Name a shop with --shop FILE, or the exports of a new one: winback import orders.csv.",
        "请用 --shop FILE 指定店铺，或直接给出新店铺的导出文件：winback import orders.csv。",
    ),
    "shop_file_exists": (
        "There is a shop file {file} already. Run `winback import --shop {file}`, or choose another --name.",
        "店铺文件 {file} 已存在。请运行 winback import --shop {file}，或换一个 --name。",
    ),
    "ruined_ids": (
        "Column '{column}' of {file} was ruined by a spreadsheet: {count} of {rows} ids look like 1.03293E+19, their last digits are "
        "lost. Export it again and do not save it from a spreadsheet, or format that column as text first.",
        "{file} 的“{column}”列被表格软件损坏：{rows} 个编号中有 {count} 个形如 1.03293E+19，末位数字已丢失。"
        "请重新导出且不要用表格软件保存，或先把该列设为文本。",
    ),
    "key_unreadable": (
        "The key file {file} is damaged. Put back a copy of it; with another key every phone or e-mail customer would be somebody new.",
        "密钥文件 {file} 已损坏。请恢复备份；换用新密钥会使以手机或邮箱识别的顾客全部变成新人。",
    ),
    "no_amount_mapped": (
        "Shop {shop} maps unit_price without quantity, so no amount can be known. Map quantity as well, or amount instead.",
        "店铺 {shop} 只写了单价 unit_price 而没有数量 quantity，无法得出金额。请补上 quantity，或改用 amount。",
    ),
    "masked_ids": (
        "Column '{column}' of {file} is masked: {count} of {rows} ids look like t**8, so customers cannot be told apart. "
        "Map a phone hash or a member number instead.",
        "{file} 的“{column}”列被脱敏：{rows} 个编号中有 {count} 个形如 t**8，无法区分顾客。请改用手机号哈希或会员编号。",
    ),
    "nothing_imported": (
        "Nothing of shop {shop} could be imported: of {rows} rows {count} were refused as {reason}, such as '{value}' in "
        "column '{column}', line {line} of {file}. Correct the column map or the file.",
        "店铺 {shop} 没有任何数据可以导入：{rows} 行中有 {count} 行因 {reason} 被拒，例如 {file} 第 {line} 行"
        "“{column}”列的“{value}”。请改正列的对应关系或文件。",
    ),
    "order_too_large": (
        "Order {order_id} adds up to {amount} in the smallest unit of money, more than {most}. Check the unit of its amounts.",
        "订单 {order_id} 合计 {amount}（最小货币单位），超过 {most}。请检查金额的单位。",
    ),
    "not_imported": (
        "Shop {shop} has no tables yet. Run `winback import --shop FILE` first.",
        "店铺 {shop} 还没有数据表。请先运行 winback import --shop FILE。",
    ),
    "table_damaged": (
        "The table file {file} is damaged ({detail}). Run `winback import --shop FILE` again.",
        "数据表文件 {file} 已损坏（{detail}）。请重新运行 winback import --shop FILE。",
    ),
    "cutoff_unreadable": (
        "The cut-off '{value}' is no day. Write it as 2026-11-16.",
        "截止日“{value}”不是有效日期。请写成 2026-11-16 的形式。",
    ),
    "cutoff_too_late": (
        "Cut-off {cutoff} needs {outcome_days} days of later orders, but the last order is from {last_order}. "
        "Choose {latest} or an earlier day.",
        "截止日 {cutoff} 之后需要 {outcome_days} 天的订单，但最后一笔订单在 {last_order}。请选择 {latest} 或更早的日期。",
    ),
    "cutoff_after_data": (
        "Cut-off {cutoff} lies after the data: the last order is from {last_order}. Choose {latest} or an earlier day.",
        "截止日 {cutoff} 晚于数据：最后一笔订单在 {last_order}。请选择 {latest} 或更早的日期。",
    ),
    "cutoff_too_early": (
        "Before cut-off {cutoff} there is no order: the first is from {first_order}. Choose {earliest} or a later day.",
        "截止日 {cutoff} 之前没有订单：第一笔订单在 {first_order}。请选择 {earliest} 或更晚的日期。",
    ),
    "history_too_short": (
        "Shop {shop} has {days} days of orders, {first_order} to {last_order}; with outcome_days = {outcome_days} a test and "
        "one earlier cut-off need {needed}. {choice}",
        "店铺 {shop} 只有 {days} 天的订单（{first_order} 至 {last_order}）；outcome_days = {outcome_days} 时，"
        "一次检验加一个更早的截止日需要 {needed} 天。{choice}",
    ),
    "history_too_short.choice": (
        "Set outcome_days = {choice}, or import older orders.",
        "请设 outcome_days = {choice}，或导入更早的订单。",
    ),
    "history_too_short.none": ("Import older orders.", "请导入更早的订单。"),
    "no_gaps": (
        "In shop {shop} nobody bought on two days early enough to tell its own rhythm. Set outcome_days in the shop file.",
        "店铺 {shop} 在足够早的时期没有顾客在两个不同日期购买，无法得知复购节奏。请在店铺文件中设置 outcome_days。",
    ),
    "one_class_only": (
        "At cut-off {cutoff} {share} of {customers} customers {fate} within {outcome_days} days, so there is nothing to "
        "tell apart. {choice}",
        "在截止日 {cutoff}，{customers} 位顾客中有 {share} 在 {outcome_days} 天内{fate}，没有可区分的对象。{choice}",
    ),
    "one_class_only.all": ("stayed away", "没有再购买"),
    "one_class_only.none": ("came back", "再次购买"),
    "one_class_only.choice": (
        "Set outcome_days = {choice} in the shop file: there both kinds occur.",
        "请在店铺文件中设 outcome_days = {choice}，那时两类顾客都有。",
    ),
    "one_class_only.nothing": (
        "No choice of outcome_days works; the shop needs customers who return.",
        "任何 outcome_days 都不可行；店铺需要有复购的顾客。",
    ),
    "no_model_yet": (
        "Shop {shop} has no model yet. Run `make train SHOP=FILE` first.",
        "店铺 {shop} 还没有模型。请先运行 make train SHOP=FILE。",
    ),
    "bundle_damaged": (
        "The model {file} is damaged ({detail}) and was not used. Train again with `make train SHOP=FILE`.",
        "模型 {file} 已损坏（{detail}），未被使用。请用 make train SHOP=FILE 重新训练。",
    ),
    "bundle_of_another_spec": (
        "The model {version} was trained on another list of features. Train again with `make train SHOP=FILE`.",
        "模型 {version} 使用的是另一份特征清单。请用 make train SHOP=FILE 重新训练。",
    ),
    "folder_not_writable": (
        "Nothing can be written under {folder}: {detail}. Set WINBACK_HOME to a folder of yours, or free some space.",
        "无法写入 {folder}：{detail}。请把 WINBACK_HOME 设为可写的目录，或清理空间。",
    ),
    "unforeseen": (
        "Something happened that we did not foresee: {detail}. Nothing was published; set WINBACK_DEBUG=1 to see where it happened.",
        "发生了未预料到的问题：{detail}。没有发布任何结果；设置 WINBACK_DEBUG=1 可查看出处。",
    ),
    # Why a row is in quarantine.
    "no_rows": ("missing: the files hold no rows", "缺失：文件中没有数据行"),
    "only_left_out": ("left out by its status", "按状态略去"),
    "customer_id_missing": ("no customer", "没有顾客编号"),
    "order_id_missing": ("no order number", "没有订单号"),
    "occurred_at_missing": ("no time", "没有时间"),
    "amount_missing": ("no amount", "没有金额"),
    "kind_missing": ("no kind of event", "没有事件类型"),
    "unreadable_number": ("not a number", "不是数字"),
    "unreadable_time": ("not a time", "不是时间"),
    "time_out_of_range": ("a time before 1970 or after 2100", "时间早于1970年或晚于2100年"),
    "number_too_large": ("a number beyond 21,474,836", "数值超过 21,474,836"),
    "time_in_future": ("a time in the future", "时间在未来"),
    "masked_id": ("a masked customer (t**8)", "顾客编号被脱敏（t**8）"),
    "ruined_id": ("an id that a spreadsheet ruined (1.03293E+19)", "编号被表格软件损坏（1.03293E+19）"),
    "control_character": ("a character that cannot be printed", "含不可打印字符"),
    "other_currency": ("another currency than the shop's", "币种与店铺不同"),
    "unknown_status": ("a status the shop file does not explain", "店铺文件没有说明的状态"),
    "unknown_kind": ("a kind of event we do not know", "无法识别的事件类型"),
    "refund_of_nothing": ("a refund of nothing", "退款金额为零"),
    "broken_row": ("another number of fields than the header", "字段数与表头不同"),
    # Cells.
    "quadrant.loyal_regular": ("loyal regulars", "高价值常客"),
    "quadrant.rising_vip": ("rising VIPs", "新锐VIP"),
    "quadrant.wake_regular": ("regulars to wake", "需唤醒熟客"),
    "quadrant.silent": ("silently lost", "静默流失区"),
    "quadrant.sleeping_value": ("sleeping high value", "沉睡高价值"),
    "quadrant.sleeping_big_ticket": ("sleeping big tickets", "沉睡大单客"),
    "quadrant.frequent_small": ("frequent, small baskets", "高频低客单"),
    "quadrant.newcomer": ("newcomers", "观察/新客"),
    "lifecycle.new": ("new", "新客"),
    "lifecycle.growing": ("growing", "成长客"),
    "lifecycle.mature": ("mature", "成熟客"),
    "lifecycle.quiet": ("quiet", "沉默客"),
    "lifecycle.lost": ("lost", "流失客"),
    "tier.high": ("high", "高"),
    "tier.medium": ("medium", "中"),
    "tier.low": ("low", "低"),
    "class.silent_bestseller": ("silent, bought a bestseller", "静默·买过畅销品"),
    "class.silent_bargain": ("silent, bought bargains only", "静默·只买清仓低价"),
    "class.silent_other": ("silent, others", "静默·其他"),
    "recall.complaint_open": ("complaint open: a service call", "投诉未解决：客服回访"),
    "recall.high_value_at_risk": ("high value at risk", "高价值有流失风险"),
    "recall.sleeping_value": ("sleeping high value", "沉睡高价值"),
    "recall.sleeping_big_ticket": ("sleeping big tickets", "沉睡大单客"),
    "recall.silent_bestseller": ("silent, bought a bestseller", "静默·买过畅销品"),
    "recall.silent_bargain": ("silent, bought bargains only", "静默·只买清仓低价"),
    "recall.silent_other": ("silent, others", "静默·其他"),
    "recall.wake_regular": ("regulars to wake", "需唤醒熟客"),
    "recall.cart_unpaid": ("cart not paid", "加购未支付"),
    "recall.first_order_no_repeat": ("first order, no repeat", "首单未复购"),
    "recall.price_sensitive_at_risk": ("price-sensitive at risk", "价格敏感有流失风险"),
    "recall.model_high_risk": ("high risk, by the model", "模型判定高风险"),
    "recall.let_be": ("let be", "暂不打扰"),
    # Why a customer is in a recall segment.
    "reason.complaint_open": ("{complaints} complaint(s) open", "有{complaints}个投诉未解决"),
    "reason.refunded": (
        "the last order was wholly refunded: no marketing",
        "最近一单已全额退款：不做营销",
    ),
    "reason.high_value_quiet": (
        "high value, but hardly any activity; {days} days since the last order",
        "高价值但几乎无互动；距上次下单{days}天",
    ),
    "reason.high_value_at_risk": (
        "high value, {percent} % likely to stay away; {days} days since the last order",
        "高价值，流失概率{percent}%；距上次下单{days}天",
    ),
    "reason.sleeping_value": (
        "a regular big spender, silent for {days} days (silent from {silence} on)",
        "高频高消费，已沉睡{days}天（超过{silence}天算沉睡）",
    ),
    "reason.sleeping_big_ticket": (
        "a big spender, silent for {days} days (silent from {silence} on)",
        "高消费，已沉睡{days}天（超过{silence}天算沉睡）",
    ),
    "reason.silent_bestseller": (
        "silent for {days} days; spent most on a bestseller",
        "已静默{days}天；花费最多的是畅销品",
    ),
    "reason.silent_bargain": (
        "silent for {days} days; bought on clearance or at low prices",
        "已静默{days}天；主要买清仓或低价品",
    ),
    "reason.silent_other": (
        "silent for {days} days (silent from {silence} on)",
        "已静默{days}天（超过{silence}天算静默）",
    ),
    "reason.wake_regular": ("a regular, silent for {days} days", "熟客，已静默{days}天"),
    "reason.cart_unpaid": (
        "put something into the cart {cart_days} days ago, no order since",
        "{cart_days}天前加购，至今未下单",
    ),
    "reason.first_order_no_repeat": ("first order {days} days ago, none since", "首单后{days}天未复购"),
    "reason.price_sensitive_at_risk": (
        "buys on offers, {percent} % likely to stay away",
        "对价格敏感，流失概率{percent}%",
    ),
    "reason.model_high_risk": (
        "the model gives {percent} % to stay away; {days} days since the last order",
        "模型判定流失概率{percent}%；距上次下单{days}天",
    ),
    "reason.let_be": ("no reason to write now: {percent} % likely to stay away", "暂无需打扰：流失概率{percent}%"),
    # Training.
    "train.working": ("{shop}: learning from past cut-offs …", "{shop}：正在从过去的截止日学习……"),
    "train.title": ("{shop}: who stays away for {outcome_days} days?", "{shop}：谁会在{outcome_days}天内不再购买？"),
    "train.facts": (
        "Test cut-off {test_cutoff}: {customers} customers in the population, {churn} stayed away. Learned from {rows} rows "
        "at {cutoffs} earlier cut-offs. Silent from {silence} days on.",
        "检验截止日 {test_cutoff}：口径内顾客 {customers} 位，其中 {churn} 未再购买。学习样本 {rows} 行，来自 {cutoffs} 个更早的截止日。"
        "超过 {silence} 天算静默。",
    ),
    "train.column.model": ("ranked by", "排序依据"),
    "train.column.auc": ("AUC", "AUC"),
    "train.column.active": ("AUC active", "活跃AUC"),
    "train.column.log_loss": ("log-loss", "对数损失"),
    "train.column.ece": ("ECE", "校准误差"),
    "train.column.lift": ("lift@10%", "前10%提升"),
    "train.column.accuracy": ("accuracy", "准确率"),
    "train.column.ahead": ("model's AUC ahead by (95 %)", "模型AUC领先（95%区间）"),
    "baseline.model": ("Winback", "Winback"),
    "baseline.xgboost_core": ("its XGBoost core alone", "仅其XGBoost核心"),
    "baseline.bg_nbd": ("BG/NBD", "BG/NBD"),
    "baseline.mbg_nbd": ("MBG/NBD", "MBG/NBD"),
    "baseline.pareto_nbd": ("Pareto/NBD", "Pareto/NBD"),
    "baseline.majority": ("everyone alike", "一律按多数"),
    "baseline.recency": ("recency alone", "仅看最近购买"),
    "baseline.rfm_quintiles": ("RFM quintiles", "RFM五分位"),
    "baseline.rfm_logistic": ("RFM logistic", "RFM逻辑回归"),
    "baseline.rfmb_fixed": ("fixed RFM-B score", "固定RFM-B得分"),
    "baseline.xgboost_defaults": ("XGBoost defaults", "XGBoost默认参数"),
    "train.noise": (
        "Honest probabilities would show a calibration error of {floor} by chance alone. Accuracy of always saying the "
        "commoner fate: {majority}.",
        "即使概率完全诚实，偶然的校准误差也有 {floor}。一律猜多数的准确率：{majority}。",
    ),
    "train.short": (
        "{days} days of history: under about 15 months the season cannot be seen, so no calibration is claimed.",
        "历史仅 {days} 天：不足约15个月看不出季节，因此不声称概率已校准。",
    ),
    "train.done": ("Model {version}, run {run_id}, in {folder}", "模型 {version}，运行 {run_id}，位于 {folder}"),
    # Importing.
    "import.done": (
        "{shop}: {orders} orders of {customers} customers, {first} to {last}; {events} events, {refunds} refunds, {duplicates} "
        "duplicate rows dropped.",
        "{shop}：{customers} 位顾客的 {orders} 笔订单，{first} 至 {last}；事件 {events}，退款 {refunds}，剔除重复行 {duplicates}。",
    ),
    "import.gifts": ("  not orders: {count} gifts, nothing was paid", "  不算订单：赠品 {count} 笔，实付为零"),
    "import.wholesale": ("  not orders: {count} wholesale", "  不算订单：批发 {count} 笔"),
    "import.brushing": (
        "  not orders: {count} fake ones (刷单), by the seller's own note",
        "  不算订单：刷单 {count} 笔（按卖家备注）",
    ),
    "import.deposits": ("  {count} deposits whose rest is open", "  尾款未付的定金 {count} 笔"),
    "import.taken_back": ("  taken back by a later file: {count} rows", "  被后来的文件撤回：{count} 行"),
    "import.merged_ids": (
        "  {count} ids merged into another customer (winback merges lists them)",
        "  合并到其他顾客的编号 {count} 个（winback merges 可查看）",
    ),
    "import.alarm": ("  watch: {alarm}", "  注意：{alarm}"),
    "import.report": ("Data quality: {page}", "数据质量报告：{page}"),
    "import.next": (
        "Next: make train SHOP={shop_file}, then make score SHOP={shop_file}",
        "下一步：make train SHOP={shop_file}，再 make score SHOP={shop_file}",
    ),
    # A first import.
    "first.looking": ("looking at the files …", "正在查看文件……"),
    "first.passed_over": ("passed over: {file} is no export", "已跳过：{file} 不是导出文件"),
    "ask.decimals": (
        "Is '{value}' in column '{column}' of {file} little more than a unit (point) or over a thousand (comma)? (--set decimals=…)",
        "{file} 的“{column}”列中“{value}”是一点几（point）还是一千多（comma）？（--set decimals=…）",
    ),
    "first.toml": (
        "Written by winback import. Change what is wrong and run: winback import --shop THIS_FILE",
        "由 winback import 生成。有误可直接修改，再运行：winback import --shop 本文件",
    ),
    "first.file": ("{file}: {kind}, {profile} ({percent} sure)", "{file}：{kind}，{profile}（把握 {percent}）"),
    "first.no_profile": ("columns understood by name", "按列名理解"),
    "first.kind.orders": ("orders", "订单"),
    "first.kind.items": ("an item sheet", "宝贝明细"),
    "first.kind.events": ("events", "行为事件"),
    "first.kind.log": ("a behaviour log with purchases", "含购买的行为日志"),
    "first.kind.unknown": ("not an export we know", "无法识别"),
    "first.theirs": ("column in the file", "文件中的列"),
    "first.ours": ("understood as", "理解为"),
    "first.sure": ("sure", "把握"),
    "first.preview": (
        "{kind}: the first rows as understood ({rows} rows looked at)",
        "{kind}：前几行的理解（已查看 {rows} 行）",
    ),
    "first.refused": (
        "  would be kept out: {count} rows, {reason}; such as '{value}' in '{column}', line {line} of {file}",
        "  将不入库：{count} 行，{reason}；例如 {file} 第 {line} 行“{column}”的“{value}”",
    ),
    "ask.timezone": ("Which time zone is the shop in? (--set timezone=…)", "店铺在哪个时区？（--set timezone=…）"),
    "ask.currency": ("Which currency are the amounts in? (--set currency=…)", "金额是什么币种？（--set currency=…）"),
    "ask.encoding": (
        "{file} is neither UTF-8 nor Chinese. Which encoding is it in? cp1252 is Western Windows (--set encoding=…)",
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
        "Which of these statuses mean a paid order? {words} (with commas; Enter for none; --set paid=…)",
        "这些状态中哪些表示已付款的订单？{words}（用逗号分隔；回车表示都不是；--set paid=…）",
    ),
    "ask.dates": (
        "Is '{value}' in column '{column}' of {file} day first (dmy) or month first (mdy)? (--set dates=…)",
        "{file} 的“{column}”列中“{value}”是日在前（dmy）还是月在前（mdy）？（--set dates=…）",
    ),
    "field.customer_id": ("who bought", "顾客"),
    "field.order_id": ("order number", "订单号"),
    "field.ordered_at": ("when it was paid", "付款时间"),
    "field.created_at": ("when it was placed", "下单时间"),
    "field.cancelled_at": ("when it was cancelled", "取消时间"),
    "field.amount": ("paid for the line", "该行实付"),
    "field.order_amount": ("paid for the order", "订单实付"),
    "field.unit_price": ("price of one unit", "单价"),
    "field.quantity": ("units", "数量"),
    "field.sku": ("product", "商品编码"),
    "field.product_id": ("product number", "商品ID"),
    "field.product_name": ("product's name", "商品名称"),
    "field.category": ("category", "类目"),
    "field.discount": ("discount", "优惠"),
    "field.list_price": ("list price", "标价"),
    "field.unit_cost": ("unit cost", "成本"),
    "field.status": ("status", "状态"),
    "field.after_sale": ("after-sale status", "售后状态"),
    "field.stages": ("payment in stages", "分阶段付款"),
    "field.channel": ("channel", "渠道"),
    "field.known_at": ("when it was known", "知晓时间"),
    "field.refund_amount": ("paid back", "退款金额"),
    "field.refunded_at": ("when it was paid back", "退款时间"),
    "field.phone": ("phone (kept as a hash)", "手机（只存哈希）"),
    "field.email": ("e-mail (kept as a hash)", "邮箱（只存哈希）"),
    "field.recipient": ("recipient (kept as a hash)", "收货人（只存哈希）"),
    "field.deposit_of": ("deposit order", "定金订单"),
    "field.wholesale": ("wholesale", "批发"),
    "field.brushing": ("fake order", "刷单"),
    "field.note": ("seller's note (searched, not kept)", "卖家备注（只检索不保存）"),
    "field.currency": ("currency", "币种"),
    "field.kind": ("kind of event", "行为类型"),
    "field.occurred_at": ("when it happened", "发生时间"),
    "field.value": ("value", "数值"),
    "field.ref": ("refers to", "对象"),
    "field.retail_disc": ("shop's discount", "店铺优惠"),
    "field.coupon_disc": ("coupon's discount", "优惠券"),
    "field.coupon_match_disc": ("matched discount", "匹配优惠"),
    "staged.customer_id": ("customer", "顾客"),
    "staged.order_id": ("order", "订单号"),
    "staged.local_day": ("day", "日期"),
    "staged.amount_cents": ("paid for the line {currency}", "该行实付 {currency}"),
    "staged.order_amount_cents": ("paid for the order {currency}", "订单实付 {currency}"),
    "staged.sku": ("product", "商品编码"),
    "staged.name": ("product's name", "商品名称"),
    "staged.quantity": ("units", "数量"),
    "staged.refund_cents": ("paid back {currency}", "退款 {currency}"),
    "staged.kind": ("event", "行为"),
    "staged.value": ("value", "数值"),
    "staged.ref": ("refers to", "对象"),
    "staged.category": ("category", "类目"),
    "staged.discount_cents": ("discount {currency}", "优惠 {currency}"),
    "staged.list_price_cents": ("list price {currency}", "标价 {currency}"),
    "staged.unit_cost_cents": ("unit cost {currency}", "成本 {currency}"),
    "staged.channel": ("channel", "渠道"),
    "staged.phone_hash": ("phone", "手机"),
    "staged.recipient_key": ("recipient", "收货人"),
    # Why a row is where it is.
    "fate.refused": ("not in: {reason}; column '{column}' holds '{value}'", "未入库：{reason}；“{column}”列的值是“{value}”"),
    "fate.left_out": ("not in: its status {status} says it is no paid order", "未入库：状态 {status} 表示不是已付款订单"),
    "fate.replaced": (
        "not in by itself: line {other_line} of {other} is the same row",
        "不单独入库：{other} 第 {other_line} 行是同一行",
    ),
    "fate.taken_back": ("not in: a later file says this order is none", "未入库：后来的文件表明该订单不成立"),
    "fate.order": ("in: order {order} of customer {customer}, {amount}", "已入库：顾客 {customer} 的订单 {order}，{amount}"),
    "fate.deposit": (
        "in: order {order} of customer {customer}, {amount}, a deposit whose rest is open",
        "已入库：顾客 {customer} 的订单 {order}，{amount}，定金已付、尾款未付",
    ),
    "fate.gift": (
        "kept, but no order: {order} of {customer}, {amount}: a gift",
        "已保存但不算订单：{customer} 的 {order}，{amount}：赠品",
    ),
    "fate.wholesale": (
        "kept, but no order: {order} of {customer}, {amount}: wholesale",
        "已保存但不算订单：{customer} 的 {order}，{amount}：批发",
    ),
    "fate.brushing": (
        "kept, but no order: {order} of {customer}, {amount}: fake (刷单)",
        "已保存但不算订单：{customer} 的 {order}，{amount}：刷单",
    ),
    "fate.refund": ("in: a refund to customer {customer} {order}", "已入库：顾客 {customer} 的退款 {order}"),
    "fate.items": ("in: a line of its order's items", "已入库：订单的一条明细"),
    "fate.events": ("in: an event", "已入库：一条行为事件"),
    "fate.no_row": ("there is no such row: the header, an empty line or beyond the end", "没有这一行：表头、空行或超出末尾"),
    "row_not_found": (
        "Nothing of shop {shop} is '{value}'. Name a line as FILE:LINE, an order number or a customer, as the export writes it.",
        "店铺 {shop} 中没有“{value}”。请写 文件名:行号、订单号或顾客编号，与导出文件中的写法一致。",
    ),
    "merge_unknown": (
        "No id '{value}' was merged in shop {shop}. Run `winback merges --shop FILE` for the list.",
        "店铺 {shop} 没有合并过编号“{value}”。可运行 winback merges --shop FILE 查看列表。",
    ),
    "merges.merged_id": ("id", "编号"),
    "merges.customer_id": ("stands under", "归入顾客"),
    "merges.rule": ("because of", "依据"),
    "merges.rule.phone": ("the same phone on two platforms", "两个平台手机号相同"),
    "merges.rule.map": ("the shop's id map", "店铺的编号对照表"),
    "merges.none": ("No id stands under another.", "没有合并的编号。"),
    "merges.undone": (
        "{merged_id} and {customer_id} stay apart from the next import on.",
        "下次导入起，{merged_id} 与 {customer_id} 不再合并。",
    ),
    # Data quality.
    "quality.title": ("Data quality: {shop}", "数据质量：{shop}"),
    "quality.when": (
        "Imported {imported_at} UTC; orders from {first} to {last}.",
        "导入时间 {imported_at} UTC；订单 {first} 至 {last}。",
    ),
    "quality.fine": ("Nothing to worry about.", "没有需要关注的问题。"),
    "quality.sources": ("What came in", "数据来源"),
    "quality.source": ("source", "来源"),
    "quality.files": ("files", "文件"),
    "quality.read": ("rows read", "读取行数"),
    "quality.kept": ("kept", "入库"),
    "quality.refused": ("refused", "被拒"),
    "quality.left_out": ("left out", "略去"),
    "quality.freshness": ("newest row", "最新一行"),
    "quality.days": ("{days} days old", "{days} 天前"),
    "quality.not_in": ("Not in, and why: {source}", "未入库及原因：{source}"),
    "quality.status": ("left out: status {status}", "按状态略去：{status}"),
    "quality.missing": ("Missing values: {source}", "缺失值：{source}"),
    "quality.rules": ("What the rules made of it", "按规则处理"),
    "quality.duplicates": ("duplicate rows dropped", "剔除的重复行"),
    "quality.taken_back": ("rows taken back by a later file", "被后来文件撤回的行"),
    "quality.gifts": ("gifts, nothing paid", "赠品（实付为零）"),
    "quality.wholesale": ("wholesale", "批发"),
    "quality.brushing": ("fake orders (刷单)", "刷单"),
    "quality.deposits": ("deposits whose rest is open", "尾款未付的定金"),
    "quality.refunds": ("refunds", "退款"),
    "quality.merged_ids": ("ids merged into another customer", "合并到其他顾客的编号"),
    "quality.ambiguous_phones": ("phones that name no one person", "无法对应唯一顾客的手机号"),
    "quality.unmatched_ids": ("ids that the id map lacks", "编号对照表中没有的编号"),
    "quality.unmatched_skus": ("products that the product list lacks", "商品表中没有的商品"),
    "quality.volume": ("Rows a week", "每周行数"),
    "quality.orders": ("orders", "订单"),
    "quality.events": ("events", "行为事件"),
    "quality.items": ("item sheet", "宝贝明细"),
    "quality.ratio": (
        "the last whole week is {ratio} times the median of the eight before",
        "最近一整周是此前八周中位数的 {ratio} 倍",
    ),
    "alarm.freshness": (
        "{source}: the newest row is {value} days old, more than {threshold}",
        "{source}：最新一行是 {value} 天前，超过 {threshold} 天",
    ),
    "alarm.refused": (
        "{source}: {value} of the rows were refused, more than {threshold}",
        "{source}：{value} 的行被拒，超过 {threshold}",
    ),
    "alarm.missing": (
        "{source}: '{column}' is missing in {value} of the rows, more than {threshold}",
        "{source}：{value} 的行缺少“{column}”，超过 {threshold}",
    ),
    "alarm.duplicates": (
        "{value} of the rows were duplicates, more than {threshold}",
        "{value} 的行是重复行，超过 {threshold}",
    ),
    "alarm.unmatched_ids": (
        "{value} of the customers are not in the id map, more than {threshold}",
        "{value} 的顾客不在编号对照表中，超过 {threshold}",
    ),
    "alarm.unmatched_skus": (
        "{value} of the products are not in the product list, more than {threshold}",
        "{value} 的商品不在商品表中，超过 {threshold}",
    ),
    "alarm.volume": (
        "{source}: the last whole week is {value} times the weeks before (limit {threshold})",
        "{source}：最近一整周是此前的 {value} 倍（界限 {threshold}）",
    ),
    "import.quarantined": ("  kept out: {count} rows, {reason}", "  未入库：{count} 行，{reason}"),
    "import.left_out": ("  left out: {count} rows with status {status}", "  按状态略去：{count} 行，状态 {status}"),
    "import.progress": ("reading {file}: {rows} rows", "正在读取 {file}：{rows} 行"),
    # Scoring.
    "score.title": ("{shop} on {cutoff}: {customers} customers", "{shop}，{cutoff}：共 {customers} 位顾客"),
    "score.by_recall": ("what to do with them", "召回分群"),
    "score.by_quadrant": ("where they stand", "象限"),
    "score.by_tier": ("risk", "风险等级"),
    "score.customers": ("customers", "顾客数"),
    "score.share": ("share", "占比"),
    "score.gold_mine": (
        "The sleeping gold mine: {customers} customers silent for more than {silence} days, who once spent {spend}. Of "
        "them about {returning} would come back by themselves within {outcome_days} days and spend {returning_spend}.",
        "沉睡金矿：{customers} 位顾客静默超过 {silence} 天，历史消费 {spend}。其中约 {returning} 位会在 {outcome_days} 天内"
        "自己回来，消费 {returning_spend}。",
    ),
    "score.gold_mine.how": (
        "Silent = more than S = {silence} days without an order, open complaints and refunded last orders left out. At "
        "stake = all they ever spent, net of refunds. By itself = this shop's own past return rate by length of silence, "
        "over {cutoffs} earlier cut-offs; at {test_cutoff} it expected {expected} and {actual} came.",
        "静默 = 超过 S = {silence} 天未下单，不含投诉未解决与最近一单全额退款者。历史消费 = 扣除退款后的全部消费。"
        "自己回来 = 本店过去按静默时长的自然回流率，取自 {cutoffs} 个更早的截止日；在 {test_cutoff} 预期 {expected} 位，实际 {actual} 位。",
    ),
    "score.no_input": ("empty here: {segments} (the shop sends no such data)", "本店缺少所需数据，故为空：{segments}"),
    "score.after_training": (
        "This model has seen orders up to {seen}, later than the cut-off: use these scores to look around, not to judge it.",
        "该模型学习过截至 {seen} 的订单，晚于本截止日：这些得分仅供查看，不能用来评判模型。",
    ),
    "score.files": ("Snapshot {snapshot}\nList     {list}", "快照 {snapshot}\n名单 {list}"),
    "column.customer_id": ("customer", "顾客"),
    "column.recall_segment": ("recall segment", "召回分群"),
    "column.reason": ("why", "原因"),
    "column.churn_probability": ("churn probability", "流失概率"),
    "column.net_spend_lifetime": ("lifetime spend", "累计消费"),
    "column.days_since_last_order": ("days since last order", "距上次下单天数"),
}
