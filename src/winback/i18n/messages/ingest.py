"""Importing: fields, what came in, why a row is kept apart, and where every row went."""

IMPORTING: dict[str, tuple[str, str]] = {
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
    "number_too_large": ("a number too large to be one", "数值过大"),
    "time_in_future": ("a time in the future", "时间在未来"),
    "total_row": ("a line of totals", "合计行"),
    "masked_id": ("a masked customer (t**8)", "顾客编号被脱敏（t**8）"),
    "ruined_id": (
        "an id damaged by a spreadsheet (1.03293E+19)",
        "编号被表格软件损坏（1.03293E+19）",
    ),
    "control_character": ("a character that cannot be printed", "含不可打印字符"),
    "other_currency": ("another currency than the shop's", "币种与店铺不同"),
    "unknown_row_type": (
        "a kind of row that the shop file does not explain",
        "店铺文件没有说明的行类型",
    ),
    "unknown_status": ("a status that the shop file does not explain", "店铺文件没有说明的状态"),
    "unknown_kind": ("a kind of event we do not know", "无法识别的事件类型"),
    "refund_of_nothing": ("a refund of zero", "退款金额为零"),
    "broken_row": ("a different number of fields than the header", "字段数与表头不同"),
    # Importing.
    "import.done": (
        "{shop}: {orders} orders of {customers} customers, {first} to {last}; {events} events, "
        "{refunds} refunds, {duplicates} "
        "duplicate rows dropped.",
        "{shop}：{customers} 位顾客的 {orders} 笔订单，{first} 至 {last}；事件 {events}，退款 {refunds}，剔除重复行 "
        "{duplicates}。",
    ),
    "import.changes": (
        "  since the import before: {new_orders} new orders, {changed_orders} changed, "
        "{taken_back_orders} taken back",
        "  与上次导入相比：新订单 {new_orders} 笔，有改动 {changed_orders} 笔，撤回 {taken_back_orders} 笔",
    ),
    "import.passed_over": (
        "  not read, as its name is not that of an export: {path}",
        "  未读取（按名称不是导出文件）：{path}",
    ),
    "import.gifts": (
        "  not orders: {count} gifts, nothing was paid",
        "  不算订单：赠品 {count} 笔，实付为零",
    ),
    "import.note": ("  note: {remark}", "  提示：{remark}"),
    "import.remark.no_amounts": (
        "no column says what was paid: there will be no revenue and no customer's worth. "
        "If one does, name it as amount or order_amount.",
        "没有一列是实付金额：没有营业额，也算不出顾客价值。如果有这样的列，请指定为 amount 或 order_amount。",
    ),
    "import.remark.equal_amounts": (
        "the amount of all {lines} lines is {amount}. Is it what was paid?",
        "全部 {lines} 个金额都是 {amount}。这是实付金额吗？",
    ),
    "import.remark.amounts_are_numbers": (
        "the amounts are the order numbers: another column says what was paid.",
        "金额就是订单号：实付金额应是另一列。",
    ),
    "import.remark.last_is_sum": (
        "line {line} says {amount}, the sum of all others: if it is a line of totals, take it out.",
        "第 {line} 行是 {amount}，正好是其余各行之和：如果是合计行，请删去。",
    ),
    "import.remark.one_customer": (
        "customer {customer} has {orders} of {of} orders, five times as many as anybody else: "
        "perhaps an id for all guests or for the shop's own till.",
        "顾客 {customer} 有 {of} 笔订单中的 {orders} 笔，是第二名的五倍以上：可能是所有游客或门店共用的编号。",
    ),
    "import.remark.one_order_each": (
        "each of {orders} orders has a customer of its own: does the column of the customer hold "
        "order numbers?",
        "{orders} 笔订单各有不同的顾客：顾客列是不是订单号？",
    ),
    "import.remark.no_order_numbers": (
        "no column holds order numbers: what a customer bought on one day is one order.",
        "没有订单号列：顾客同一天买的算一笔订单。",
    ),
    "import.remark.no_statuses": (
        "no column says which orders were paid or cancelled: every row counts.",
        "没有订单状态列：每一行都算已付款订单。",
    ),
    "import.remark.no_refunds": (
        "no column that is read, no status and no negative amount says what was paid back: no "
        "refunds are known.",
        "所读取的列、状态和金额都没有说明退款：不知道任何退款。",
    ),
    "import.remark.orders_split": (
        "{count} order numbers have rows on several days: each day counts as an order of its own.",
        "{count} 个订单号的行分布在不同日期：每一天算作一个订单。",
    ),
    "import.remark.totals_unequal": (
        "of {of} orders of several rows, {orders} have rows with different totals: the largest of "
        "each counts, and what is left out comes to {amount}. If it is the total of a line or a parcel, "
        "say that it is paid for the line, or name the parcel's number as the order's.",
        "{of} 个多行订单中，有 {orders} 个的各行总额不同：每单取最大值，比全部相加少 {amount}。如总额属于单行或包裹，请说明它按行支付，或改用包裹编号作订单号。",
    ),
    "import.remark.orders_in_two": (
        "{count} order numbers stand in files of two kinds: the rows of the newer file count, the "
        "other ones are dropped. If one of the files holds refunds, its rows are `refunds`.",
        "{count} 个订单号出现在两类文件中：以较新文件为准，另一类的行不计。如其中一类是退款文件，请说明其各行是退款。",
    ),
    "import.remark.refunds_much": (
        "{amount} was paid back, more than half of what was paid. If these rows are payments or "
        "transfers, name the column that says what kind each row is.",
        "退款 {amount} 超过实付的一半。如这些行是收款或转账，请指定说明每行类型的列。",
    ),
    "import.remark.refunds_unknown": (
        "of {count} orders some lines were paid back, and nothing says how much: these refunds "
        "are not subtracted.",
        "{count} 个订单有部分行已退款，但没有说明金额：这些退款未扣除。",
    ),
    "import.remark.items_differ": (
        "in {orders} of {of} orders the lines sum to something other than the order's total; the "
        "total counts.",
        "{of} 笔订单中有 {orders} 笔，明细之和与订单金额不符；以订单金额为准。",
    ),
    "import.remark.whole_refunds": (
        "{count} orders have a day of refund and no amount of it: each counts as paid back whole.",
        "{count} 笔订单只有退款日期、没有退款金额：按全额退款计算。",
    ),
    "import.remark.plus_addresses": (
        "e-mail addresses that differ by a plus alone, as in ann+shop@: {count} times. Each is a "
        "customer of its own, unless a table id,customer, named as map under [identity], says they "
        "are one.",
        "只差加号的邮箱（如 ann+shop@）：{count} 组。各算一位顾客；确是同一人的，写进 id,customer 对照表，并在 [identity] 里用 map 指定。",
    ),
    "import.remark.shared_phones": (
        "phones that stand beside two or more customers: {count}. They stay apart, unless a table "
        "id,customer, named as map under [identity], says who is one person.",
        "对应两位以上顾客的手机号：{count} 个。不会自动合并；确是同一人的，写进 id,customer 对照表，并在 [identity] 里用 map 指定。",
    ),
    "import.wholesale": ("  not orders: {count} wholesale", "  不算订单：批发 {count} 笔"),
    "import.brushing": (
        "  not orders: {count} fake ones (刷单), by the seller's own note",
        "  不算订单：刷单 {count} 笔（按卖家备注）",
    ),
    "import.deposits": (
        "  {count} deposits without the final payment",
        "  尾款未付的定金 {count} 笔",
    ),
    "import.taken_back": (
        "  taken back by a later file: {count} rows",
        "  被后来的文件撤回：{count} 行",
    ),
    "import.merged_ids": (
        "  {count} ids merged into another customer (winback merges lists them)",
        "  合并到其他顾客的编号 {count} 个（winback merges 可查看）",
    ),
    "import.alert": ("  watch: {alert}", "  注意：{alert}"),
    "import.report": ("Data quality: {page}", "数据质量报告：{page}"),
    "import.next": (
        "Next: make train SHOP={shop_file}, then make score SHOP={shop_file}",
        "下一步：make train SHOP={shop_file}，再 make score SHOP={shop_file}",
    ),
    "import.added": (
        "Added to {sections} of {shop_file}: {path}",
        "已加入 {shop_file} 的 {sections}：{path}",
    ),
    "import.add_to_folder": (
        "The next export: lay it into {folders} and run winback import --shop {shop_file}",
        "下次导出：放进 {folders}，再运行 winback import --shop {shop_file}",
    ),
    "import.add_files": (
        "The next export is not found by itself: run winback import FILE --shop {shop_file}",
        "新的导出文件不会自动读取：请运行 winback import 文件 --shop {shop_file}",
    ),
    "import.quarantined": ("  refused: {count} rows, {reason}", "  未入库：{count} 行，{reason}"),
    "import.left_out": (
        "  left out: {count} rows with status {status}",
        "  按状态略去：{count} 行，状态 {status}",
    ),
    "import.above_table": (
        "  no rows: {count} lines above a table",
        "  不是数据行：表格上方 {count} 行",
    ),
    "import.below_table": (
        "  no rows: {count} lines below a table, such as totals and footers",
        "  不是数据行：表格下方 {count} 行，例如合计和页脚",
    ),
    "import.header_again": (
        "  no rows: {count} headers that come again",
        "  不是数据行：重复的表头 {count} 行",
    ),
    "import.explains_columns": (
        "  no rows: {count} lines that explain the columns",
        "  不是数据行：列说明 {count} 行",
    ),
    "import.sheet_not_read": (
        "  not read: {count} other sheets of workbooks",
        "  未读取：工作簿中另外 {count} 张工作表",
    ),
    "import.building": ("putting together {rows} rows", "正在合并 {rows} 行"),
    "import.progress": ("reading {file}: {rows} rows", "正在读取 {file}：{rows} 行"),
    # What columns are called.
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
    "field.order_discount": ("discount of the order", "整单优惠"),
    "field.list_price": ("list price", "标价"),
    "field.unit_cost": ("unit cost", "成本"),
    "field.status": ("status", "状态"),
    "field.after_sale": ("after-sale status", "售后状态"),
    "field.stages": ("payment in stages", "分阶段付款"),
    "field.channel": ("channel", "渠道"),
    "field.known_at": ("when it was known", "知晓时间"),
    "field.refund_amount": ("paid back", "退款金额"),
    "field.refunded_at": ("when it was paid back", "退款时间"),
    "field.row_type": ("sale or refund", "行类型（销售/退款）"),
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
    # What a platform's own rules read, and no setting names.
    "field.gateway": ("way of payment (test orders are left out)", "支付方式（不计测试订单）"),
    "field.status_2": ("second status", "第二状态"),
    "field.postage": ("postage", "运费"),
    "field.tax": ("tax", "税"),
    "field.adjusted": ("paid after changes", "调整后实付"),
    "field.clock": ("time of day", "时刻"),
    "field.retail_disc": ("shop's discount", "店铺优惠"),
    "field.coupon_disc": ("coupon's discount", "优惠券"),
    "field.coupon_match_disc": ("matched discount", "匹配优惠"),
    "staged.customer_id": ("customer", "顾客"),
    "staged.order_id": ("order", "订单号"),
    "staged.local_day": ("day", "日期"),
    "staged.amount_minor": ("paid for the line {currency}", "该行实付 {currency}"),
    "staged.order_amount_minor": ("paid for the order {currency}", "订单实付 {currency}"),
    "staged.sku": ("product", "商品编码"),
    "staged.name": ("product's name", "商品名称"),
    "staged.quantity": ("units", "数量"),
    "staged.refund_minor": ("paid back {currency}", "退款 {currency}"),
    "staged.kind": ("event", "行为"),
    "staged.value": ("value", "数值"),
    "staged.ref": ("refers to", "对象"),
    "staged.category": ("category", "类目"),
    "staged.discount_minor": ("discount {currency}", "优惠 {currency}"),
    "staged.order_discount_minor": ("discount of the order {currency}", "整单优惠 {currency}"),
    "staged.list_price_minor": ("list price {currency}", "标价 {currency}"),
    "staged.unit_cost_minor": ("unit cost {currency}", "成本 {currency}"),
    "staged.channel": ("channel", "渠道"),
    "staged.email_hash": ("e-mail", "邮箱"),
    "staged.phone_hash": ("phone", "手机"),
    "staged.recipient_key": ("recipient", "收货人"),
    # Why a row is where it is.
    "fate.refused": (
        "refused: {reason}; column '{column}' holds '{value}'",
        "未入库：{reason}；“{column}”列的值是“{value}”",
    ),
    "fate.left_out": (
        "left out: its status {status} means it is not a paid order",
        "未入库：状态 {status} 表示不是已付款订单",
    ),
    "fate.replaced": (
        "not imported separately: line {other_line} of {other} is the same row",
        "不单独入库：{other} 第 {other_line} 行是同一行",
    ),
    "fate.taken_back": (
        "not imported: a later file says this is not a paid order",
        "未入库：后来的文件表明这不是已付款订单",
    ),
    "fate.order": (
        "imported: order {order} of customer {customer}, {amount}",
        "已入库：顾客 {customer} 的订单 {order}，{amount}",
    ),
    "fate.deposit": (
        "imported: order {order} of customer {customer}, {amount}, a deposit without the "
        "final payment",
        "已入库：顾客 {customer} 的订单 {order}，{amount}，定金已付、尾款未付",
    ),
    "fate.gift": (
        "stored, but not an order: {order} of {customer}, {amount}: a gift",
        "已保存但不算订单：{customer} 的 {order}，{amount}：赠品",
    ),
    "fate.wholesale": (
        "stored, but not an order: {order} of {customer}, {amount}: wholesale",
        "已保存但不算订单：{customer} 的 {order}，{amount}：批发",
    ),
    "fate.brushing": (
        "stored, but not an order: {order} of {customer}, {amount}: fake (刷单)",
        "已保存但不算订单：{customer} 的 {order}，{amount}：刷单",
    ),
    "fate.refund": (
        "imported: a refund to customer {customer} {order}",
        "已入库：顾客 {customer} 的退款 {order}",
    ),
    "fate.items": ("imported: a line of its order's items", "已入库：订单的一条明细"),
    "fate.events": ("imported: an event", "已入库：一条行为事件"),
    "fate.no_row": (
        "there is no such row: the header, an empty line or beyond the end",
        "没有这一行：表头、空行或超出末尾",
    ),
    "merges.merged_id": ("id", "编号"),
    "merges.customer_id": ("merged into", "归入顾客"),
    "merges.rule": ("because of", "依据"),
    "merges.rule.guest": ("the guest's e-mail beside one id", "游客邮箱只对应一个会员号"),
    "merges.rule.phone": ("the same phone on two platforms", "两个平台手机号相同"),
    "merges.rule.map": ("the shop's id map", "店铺的编号对照表"),
    "merges.none": ("No ids are merged.", "没有合并的编号。"),
    "merges.undone": (
        "{merged_id} and {customer_id} stay separate from the next import on.",
        "下次导入起，{merged_id} 与 {customer_id} 不再合并。",
    ),
}
