"""Refusals: what was refused, the value seen, where, and what to do."""

REFUSALS: dict[str, tuple[str, str]] = {
    "shop_file_missing": (
        "There is no shop file {file}. Name one that exists, such as shops/completejourney.toml.",
        "找不到店铺文件 {file}。请指定一个存在的文件，例如 shops/completejourney.toml。",
    ),
    "shop_file_unreadable": (
        "The shop file {file} is not valid TOML: {detail}. Correct that line and run again.",
        "店铺文件 {file} 不是可读的 TOML：{detail}。请修正该行后重试。",
    ),
    "shop_file_invalid": (
        "The shop file {file} is not accepted: {detail}. "
        "`docs/reference/settings.md` lists every setting.",
        "店铺文件 {file} 未被接受：{detail}。全部设置见 docs/reference/settings.md。",
    ),
    "profile_unknown": (
        "Shop {shop} names the profile '{profile}', which does not exist. Choose one of "
        "{known}, or name the columns yourself.",
        "店铺 {shop} 指定的格式“{profile}”无法识别。请从 {known} 中选择，或自行写明各列。",
    ),
    "paths_missing": (
        "Shop {shop} names no files under [{section}]. Set `paths` there.",
        "店铺 {shop} 的 [{section}] 下没有写文件。请在那里设置 paths。",
    ),
    "package_missing": (
        "Without paths, this shop reads the package {package}, which is not installed. "
        "Install winback[{extra}], or set paths.",
        "未写路径时，该店铺读取软件包 {package}，但它没有安装。请安装 winback[{extra}]，或写明路径。",
    ),
    "export_missing": (
        "There is no file {file}. Check its name and its folder.",
        "找不到文件 {file}。请检查文件名和所在文件夹。",
    ),
    "file_missing": (
        "There is no file {file}. Correct its path; in a shop file, paths are relative to that "
        "file, or absolute.",
        "找不到文件 {file}。请改正路径；在店铺文件中，路径相对于该文件，或用绝对路径。",
    ),
    "file_unreadable": (
        "The file {file} cannot be read: {detail}. Export it again, or set `format` in the shop "
        "file.",
        "文件 {file} 无法读取：{detail}。请重新导出，或在店铺文件中设置 format。",
    ),
    "file_not_utf8": (
        "The file {file} is not UTF-8: byte {offset} starts {value}, and read as Chinese it makes "
        "no sense. Save it as UTF-8, or set "
        '`encoding` in the shop file, such as encoding = "cp1252".',
        "文件 {file} 不是 UTF-8 编码：第 {offset} 字节起是 {value}，按中文编码读也不通。请另存为 UTF-8，"
        '或在店铺文件中设置 encoding，例如 encoding = "cp1252"。',
    ),
    "file_not_text": (
        "The encoding of {file} is not recognised: byte {utf8} starts {value}, which is "
        "not UTF-8, and byte {gb18030} is not GB18030. Save it again as UTF-8, or set "
        "`encoding` in the shop file.",
        "无法识别文件 {file} 的编码：第 {utf8} 字节起的 {value} "
        "不是 UTF-8，第 {gb18030} 字节不是 GB18030。请另存为 U"
        "TF-8，或在店铺文件中设置 encoding。",
    ),
    "encoding_ambiguous": (
        "The file {file} is not UTF-8 (byte {offset} starts {value}), and its encoding could be "
        "any of {candidates}. Say which with `encoding` in the shop file, or --set encoding=… "
        "for a new shop; or save it as UTF-8.",
        "文件 {file} 不是 UTF-8（第 {offset} 字节起是 {value}），编码可能是 {candidates} 之一。请在店铺文件中设置 encoding，"
        "新店铺可用 "
        "--set encoding=…；或另存为 UTF-8。",
    ),
    "file_encrypted": (
        "The file {file} is protected by a password. Save the workbook without one, or unpack "
        "the archive and name the file inside.",
        "文件 {file} 有密码。请另存为不加密的工作簿；如是压缩包，请先解压，再指定里面的文件。",
    ),
    "file_too_dense": (
        "The file {file} unpacks to more than {most} times its size, which a normal export "
        "does not. Unpack it yourself and check it first.",
        "文件 {file} 解压后超过原大小的 {most} 倍，正常导出不会这样。请自行解压并检查。",
    ),
    "old_workbook": (
        "The file {file} is an XML workbook of 2003, or a web page named like a workbook. "
        "Open it and save it as .xlsx or CSV.",
        "文件 {file} 是 2003 版 XML 表格，或伪装成表格的网页。请打开后另存为 .xlsx 或 CSV。",
    ),
    "sheet_missing": (
        "The workbook {file} has no sheet '{value}'; it has {found}. Correct `sheet` in the shop "
        "file.",
        "工作簿 {file} 没有工作表“{value}”；现有：{found}。请在店铺文件中改正 sheet。",
    ),
    "sheets_ambiguous": (
        "The workbook {file} has several sheets that could be meant: {sheets}. Say which with "
        "`sheet` in the shop file, or --set sheet=… for a new shop.",
        "工作簿 {file} 有几张工作表都像所需的数据：{sheets}。请在店铺文件中设置 sheet，新店铺可用 --set sheet=…。",
    ),
    "encoding_unknown": (
        "The encoding '{value}' set for {file} is unknown. Use utf-8, gb18030, utf-16 or "
        "cp1252, or leave it out.",
        "为 {file} 设置的编码“{value}”无法识别。请用 utf-8、gb18030、utf-16 或 cp1252，或不设置。",
    ),
    "reader_crashed": (
        "Reading the file {file} stopped ({detail}): the file is damaged, or its cells are "
        "too large. Export it again, in parts or as CSV. Nothing was changed.",
        "读取文件 {file} 的进程中止（{detail}）：文件已损坏或单元格过大。请重新导出，分成几份或改用 CSV。现有数据未变。",
    ),
    "reader_timeout": (
        "Reading {file} made no progress for {seconds} seconds and was stopped. Export it "
        "again as CSV. Nothing was changed.",
        "读取 {file} 连续 {seconds} 秒没有进展，已中止。请重新导出为 CSV。现有数据未变。",
    ),
    "database_refused": (
        "The database {database} refused the connection or the query: {detail}. Check its "
        "address, the driver and the query in the shop file.",
        "数据库 {database} 拒绝了连接或查询：{detail}。请检查店铺文件中的地址、驱动和查询语句。",
    ),
    "environment_missing": (
        "The shop file uses ${{{name}}}, which is not set in the environment. Set it and "
        "run again.",
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
    "column_duplicated": (
        "The file {file} has {count} columns named '{column}', so it is unclear which one "
        "to read. Rename one of them.",
        "文件 {file} 有 {count} 列都叫“{column}”，无法判断该读哪一列。请给其中一列改名。",
    ),
    "dates_ambiguous": (
        "Dates of {file} such as '{value}' in column '{column}' can be read two ways. Set dates = "
        '"dmy" (day first), "mdy" (month first) or "ymd" (year first) in the shop file.',
        '{file} 的“{column}”列日期（如“{value}”）有两种读法。请在店铺文件中设置 dates = "dmy"（日在前）、"mdy"（月在前）或 '
        '"ymd"（年在前）。',
    ),
    "amounts_ambiguous": (
        "Amounts of {file} such as '{value}' in column '{column}' can be read two ways. Set "
        'decimals = "point" (1.234 is little more '
        'than 1) or decimals = "comma" (1.234 is over a thousand) in the shop file.',
        '{file} 的“{column}”列金额（如“{value}”）有两种读法。请在店铺文件中设置 decimals = "point"（1.234 略大于 1）'
        '或 decimals = "comma"（1.234 是一千多）。',
    ),
    "name_not_utf8": (
        "The name {value} is not UTF-8 and cannot be written into a shop file. Rename the "
        "file or the folder.",
        "名称 {value} 不是 UTF-8，无法写入店铺文件。请给文件或文件夹改名。",
    ),
    "new_shop_only": (
        "Leave out {options}, for new shops only: how its files are read stands in {shop} already.",
        "请去掉 {options}，它只用于新店铺：{shop} 已写明文件怎样读取，新文件照样读取。",
    ),
    "file_fits_no_source": (
        "The file {file} fits no source of {shop}; each lacks a column: {lacking}. Export it "
        "with these columns, describe it in the shop file as a source of its own, or move it out "
        "of the shop's folder.",
        "文件 {file} 与 {shop} 的任何数据来源都不符，各缺一列：{lacking}。"
        "请重新导出含这些列的文件，或在店铺文件中为它单列一个来源，或把它移出店铺的文件夹。",
    ),
    "no_file_fits": (
        "No file of {path} has the columns of [{section}] of {shop}. Put its export there, or "
        "take the path out of [{section}].",
        "{path} 中没有一个文件含有 {shop} 的 [{section}] 所需的列。请放入相应的导出文件，或从 [{section}] 中去掉该路径。",
    ),
    "file_fits_several": (
        "The file {file} fits several sources of {shop}: {sources}. Put its path into `paths` of "
        "the right one.",
        "文件 {file} 与 {shop} 的多个数据来源相符：{sources}。请自行把它的路径写进相应来源的 paths。",
    ),
    "path_not_added": (
        "The path {path} cannot be written into {shop}, which is laid out in another way than "
        "usual. Put it into `paths` of [{section}] by hand.",
        "{shop} 的写法特殊，无法自动写入路径 {path}。请手工写进 [{section}] 的 paths。",
    ),
    "unit_changed": (
        "Amounts of {file} are {ratio} times those of the files before it (median {median} "
        "after {before}). Has their unit changed? Correct the file, or set "
        "accept_unit_change = true in the shop file.",
        "{file} 的金额是之前文件的 {ratio} 倍（中位数 {before} → {median}）：单位变了吗？"
        "请改正文件，或在店铺文件中设置 accept_unit_change = true。",
    ),
    "header_missing": (
        "The file {file} has no header: its first line is {value}. Add a line with the "
        "column names above it.",
        "文件 {file} 没有表头：第一行是 {value}。请在上方加上列名。",
    ),
    "quote_open": (
        "A quotation mark in line {line} of {file} is not closed: the rows below it would be lost. "
        'Remove the mark, or write it twice ("").',
        '{file} 第 {line} 行的双引号没有闭合，后面的行会丢失。请删去这个引号，或写成两个（""）。',
    ),
    "header_changed": (
        "The file {file} has its column names again in line {line}, in another order: exports of "
        "several kinds were put together. Import each as a file of its own.",
        "文件 {file} 第 {line} 行又出现列名，且顺序不同：可能把几种导出拼在了一起。请分成单独的文件导入。",
    ),
    "not_recognised": (
        "The file {file} is not an order export that can be used: it lacks {lacking}; its "
        "columns are {found}. Name the columns with --set, or export the orders with the "
        "buyer and the time of payment.",
        "文件 {file} 不是可用的订单导出：缺少 {lacking}；现有列：{found}。请用 --set 指明各列，或重新导出含买家和付款时间的订单。",
    ),
    "not_recognised.page": (
        "The file {file} is not an order export that can be used: it lacks {lacking}; its "
        "columns are {found}. Choose its columns below, or export the orders with the buyer and "
        "the time of payment.",
        "文件 {file} 不是可用的订单导出：缺少 {lacking}；现有列：{found}。请在下面选择各列，或重新导出含买家和付款时间的订单。",
    ),
    "answer_needed.page": (
        "This has to be answered first: {question}",
        "需要先回答：{question}",
    ),
    "answer_needed": (
        "This has to be answered first: {question} Give the answer as {setting}",
        "需要先回答：{question} 请这样给出答案：{setting}",
    ),
    "answers_needed.page": (
        "This has to be answered first: {question}",
        "需要先回答：{question}",
    ),
    "answers_needed": (
        "Several questions have to be answered first ({count}). Give the answers as it says "
        "below each; what "
        "stands there is what would be offered.",
        "需要先回答 {count} 个问题。请按各问题下方的写法给出答案；其中所写的是建议的答案。",
    ),
    "answers_needed.question": ("{number}. {question}", "{number}. {question}"),
    "answers_needed.setting": ("   {setting}", "   {setting}"),
    "answer_invalid": (
        "'{value}' is not a valid answer for {key}. Choose one of {choices}.",
        "“{value}”不能作为 {key} 的答案。请从 {choices} 中选择。",
    ),
    "shop_or_files_needed": (
        "Name a shop with --shop FILE, or the exports of a new one: winback import orders.csv.",
        "请用 --shop FILE 指定店铺，或直接给出新店铺的导出文件：winback import orders.csv。",
    ),
    "shop_file_exists": (
        "The shop file {file} exists already. Run `winback import --shop {file}`, with the new "
        "files before `--shop` if they lie elsewhere, or choose another --name.",
        "店铺文件 {file} 已存在。请运行 winback import --shop {file}（新文件在别处时，写在 --shop 之前），或换一个 --name。",
    ),
    "damaged_ids": (
        "Column '{column}' of {file} was damaged by a spreadsheet: {count} of {rows} ids "
        "look like 1.03293E+19, so their last digits are lost. Export it again and do not "
        "save it from a spreadsheet, or format that column as text first.",
        "{file} 的“{column}”列被表格软件损坏：{rows} 个编号中有 {count} 个形如 1.03293E+19，末位数字已丢失。"
        "请重新导出且不要用表格软件保存，或先把该列设为文本。",
    ),
    "no_amount_mapped": (
        "Shop {shop} maps unit_price without quantity, so amounts are unknown. Map "
        "quantity as well, or amount instead.",
        "店铺 {shop} 只写了单价 unit_price 而没有数量 quantity，无法得出金额。请补上 quantity，或改用 amount。",
    ),
    "masked_ids": (
        "Column '{column}' of {file} is masked: {count} of {rows} ids look like t**8, so customers "
        "cannot be distinguished. "
        "Map a phone hash or a member number instead.",
        "{file} 的“{column}”列被脱敏：{rows} 个编号中有 {count} 个形如 t**8，无法区分顾客。请改用手机号哈希或会员编号。",
    ),
    "pinduoduo_names_nobody": (
        "{file} is an order report of 拼多多: it has no id of the buyer and covers the phone "
        "numbers, so customers cannot be distinguished. Export the orders with whole phone numbers "
        "from the shop's ERP (聚水潭, 旺店通, 快麦) and import that file.",
        "{file} 是拼多多订单表：没有买家编号，手机号又被打码，无法区分顾客。"
        "请从 ERP（聚水潭、旺店通、快麦等）导出带完整手机号的订单表再导入。",
    ),
    "amazon_names_nobody": (
        "{file} is a report of Amazon that names no buyer, so customers cannot be distinguished. "
        "Fetch a report with the column buyer-email instead: Orders, Order Reports, or "
        "Fulfillment, "
        "Amazon Fulfilled Shipments.",
        "{file} 是亚马逊报表，不含买家信息，无法区分顾客。请改为下载带 buyer-email 列的报表：订单 → 订单报告，"
        "或 物流 → 亚马逊配送货件。",
    ),
    "nothing_imported": (
        "No row of shop {shop} could be imported: of {rows} rows {count} were refused as "
        "{reason}, such as '{value}' in column '{column}', line {line} of {file}. Correct "
        "the column map or the file.",
        "店铺 {shop} 没有任何数据可以导入：{rows} 行中有 {count} 行因 {reason} 被拒，例如 {file} 第 {line} 行"
        "“{column}”列的“{value}”。请改正列的对应关系或文件。",
    ),
    "nothing_imported.left_out": (
        "No row of shop {shop} could be imported: of {rows} rows {count} were left out by the "
        "status "
        "'{value}' in column '{column}', such as line {line} of {file}. If it means a paid order, "
        "say so with --set paid={value} at the first import, or under [orders.status] in the shop "
        "file.",
        "店铺 {shop} 没有任何数据可以导入：{rows} 行中有 {count} 行因“{column}”列的状态“{value}”被略去，例如 {file} 第 {line} 行。"
        "如果它表示已付款，首次导入时请用 --set paid={value}，或写进店铺文件的 [orders.status]。",
    ),
    "order_too_large": (
        "Order {order_id} adds up to {amount} minor units of money, more than {most}. "
        "Check the unit of its amounts.",
        "订单 {order_id} 合计 {amount}（最小货币单位），超过 {most}。请检查金额的单位。",
    ),
    "not_imported": (
        "Shop {shop} has no tables yet. Run `winback import --shop FILE` first.",
        "店铺 {shop} 还没有数据表。请先运行 winback import --shop FILE。",
    ),
    "import_again": (
        "The tables of shop {shop} were made by an earlier version. Run `winback import --shop "
        "FILE` again.",
        "店铺 {shop} 的数据表由旧版本生成。请重新运行 winback import --shop FILE。",
    ),
    "table_damaged": (
        "The table file {file} is damaged ({detail}). Run `winback import --shop FILE` again.",
        "数据表文件 {file} 已损坏（{detail}）。请重新运行 winback import --shop FILE。",
    ),
    "cutoff_unreadable": (
        "The cut-off '{value}' is not a date. Write it as 2026-11-16.",
        "截止日“{value}”不是有效日期。请写成 2026-11-16 的形式。",
    ),
    "cutoff_too_late": (
        "Cut-off {cutoff} needs {outcome_days} days of later orders, but the last order is from "
        "{last_order}. "
        "Choose {latest} or an earlier day.",
        "截止日 {cutoff} 之后需要 {outcome_days} 天的订单，但最后一笔订单在 {last_order}。请选择 {latest} 或更早的日期。",
    ),
    "cutoff_after_data": (
        "Cut-off {cutoff} is after the data: the last order is from {last_order}. Choose "
        "{latest} or an earlier day.",
        "截止日 {cutoff} 晚于数据：最后一笔订单在 {last_order}。请选择 {latest} 或更早的日期。",
    ),
    "cutoff_too_early_to_learn": (
        "There is too little history before cut-off {cutoff} to learn from: the first "
        "order is from {first_order}. Choose {earliest} or a later day.",
        "截止日 {cutoff} 之前的历史太短，无法学习：第一笔订单在 {first_order}。请选择 {earliest} 或更晚的日期。",
    ),
    "cutoff_too_early": (
        "There is no order before cut-off {cutoff}: the first is from {first_order}. "
        "Choose {earliest} or a later day.",
        "截止日 {cutoff} 之前没有订单：第一笔订单在 {first_order}。请选择 {earliest} 或更晚的日期。",
    ),
    "folder_not_writable": (
        "Cannot write under {folder}: {detail}. Set WINBACK_HOME (of the state folder, "
        "WINBACK_STATE) to a folder you can write to, or free some space.",
        "无法写入 {folder}：{detail}。请把 WINBACK_HOME（状态目录则为 WINBACK_STATE）设为可写的目录，或清理空间。",
    ),
    "unexpected_error": (
        "An unexpected error occurred: {detail}. Nothing was published; set "
        "WINBACK_DEBUG=1 to see where it happened.",
        "发生了意外错误：{detail}。没有发布任何结果；设置 WINBACK_DEBUG=1 可查看出处。",
    ),
    "rule_unreadable": (
        "The condition '{value}' cannot be read. Write a quantity, a comparison and a limit, such "
        'as "orders_lifetime <= 3", '
        '"segment is silent_bargain" or "tag is not fading".',
        '无法理解条件“{value}”。请写 量 比较 界限，例如 "orders_lifetime <= 3"、"segment is silent_bargain" 或 "tag '
        'is not fading"。',
    ),
    "playbook_missing": (
        "There is no playbook '{value}'; there are {known}. Correct `playbook` in the shop file, "
        "or name a TOML file.",
        "没有名为“{value}”的剧本；现有 {known}。请改正店铺文件中的 playbook，或写明一个 TOML 文件。",
    ),
    "playbook_unreadable": (
        "The playbook {file} cannot be read: {detail}. Correct that line and try again.",
        "无法读取剧本 {file}：{detail}。请修正该行后重试。",
    ),
    "playbook_invalid": (
        "The playbook {file} is not accepted: {detail}. Correct it and try again.",
        "剧本 {file} 未被接受：{detail}。请修正后重试。",
    ),
    "not_scored": (
        "Shop {shop} has no scores for {cutoff}. Run `winback score --shop FILE --cutoff DAY` "
        "first.",
        "店铺 {shop} 没有 {cutoff} 的评分。请先运行 winback score --shop FILE --cutoff DAY。",
    ),
    "customer_unknown": (
        "There is no customer '{value}' in the scores of shop {shop} for {cutoff}. Write the id "
        "as the export does.",
        "店铺 {shop} 在 {cutoff} 的评分中没有顾客“{value}”。请按导出文件中的写法填写编号。",
    ),
    "play_unknown": (
        "There is no play '{value}' in the playbook; there are {known}. Name one of them with "
        "--play.",
        "剧本中没有方案“{value}”；现有 {known}。请用 --play 指定其一。",
    ),
    "out_folder_missing": (
        "The folder {folder} for {file} does not exist. Create it, or choose another.",
        "没有文件夹 {folder}，无法写入 {file}。请先创建，或换一个位置。",
    ),
    "out_format_unknown": (
        "A list cannot be written as {file}. End the name in one of {known}.",
        "无法把名单写成 {file}。文件名请以 {known} 之一结尾。",
    ),
    "row_not_found": (
        "Shop {shop} has no row, order or customer '{value}'. Give a line as FILE:LINE, an "
        "order number or a customer id, as the export writes it.",
        "店铺 {shop} 中没有“{value}”对应的行、订单或顾客。请写 文件名:"
        "行号、订单号或顾客编号，与导出文件中的写法一致。",
    ),
    "merge_unknown": (
        "No id '{value}' was merged in shop {shop}. Run `winback merges --shop FILE` for the list.",
        "店铺 {shop} 没有合并过编号“{value}”。可运行 winback merges --shop FILE 查看列表。",
    ),
}
