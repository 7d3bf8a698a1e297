"""What the dashboard's pages on data and uploads say."""

DASHBOARD_DATA: dict[str, tuple[str, str]] = {
    "dashboard.data.last": ("Newest day", "最新数据"),
    "dashboard.data.age": ("{days} days ago.", "{days} 天前。"),
    "dashboard.data.customers": ("Customers", "顾客"),
    "dashboard.data.orders": (
        "{orders} orders, {events} events.",
        "{orders} 个订单，{events} 个事件。",
    ),
    "dashboard.data.quarantined": ("Refused rows", "隔离的行"),
    "dashboard.data.of_rows": (
        "Of {rows} rows; each with its reason.",
        "共 {rows} 行；每行都有原因。",
    ),
    "dashboard.data.imported": (
        "Imported {at}; from {first} to {last}.",
        "{at} 导入；数据自 {first} 至 {last}。",
    ),
    "dashboard.data.why_refused": ("Why rows were refused", "隔离原因"),
    "dashboard.data.none_refused": ("No row was refused.", "没有被隔离的行。"),
    "dashboard.data.files": ("Files", "文件"),
    "dashboard.data.contacts": ("Contacts", "联系人"),
    "dashboard.data.contacts.counts": (
        "{rows} rows, {customers} customers; {strangers} are no customers of the exports, "
        "{without} have no id.",
        "{rows} 行，{customers} 位顾客；{strangers} 个不在导出数据中，{without} 个没有编号。",
    ),
    "dashboard.data.no_contacts": (
        "The shop file has no contact list, so who can be reached is unknown: "
        "`[contacts]` adds one.",
        "店铺文件没有联系人名单，无法得知可触达的人：请添加 [contacts]。",
    ),
    "dashboard.data.upload": ("Bring in an export", "上传导出文件"),
    "dashboard.data.upload.how": (
        "You see what each column seems to be and how the first rows read before anything is "
        "imported.",
        "导入前可先查看每列的识别结果和前几行。",
    ),
    "dashboard.data.choose": ("Files", "文件"),
    "dashboard.upload.used": ("read by the shop", "已使用"),
    "dashboard.upload.waiting": ("not imported yet", "尚未导入"),
    "dashboard.upload.look": ("Look", "查看"),
    "dashboard.upload.how": ("How to read it", "读取方式"),
    "dashboard.upload.auto": ("find out", "自动识别"),
    "dashboard.upload.encoding": ("Encoding", "编码"),
    "dashboard.upload.sheet": ("Sheet of a workbook", "工作簿中的工作表"),
    "dashboard.upload.dates": ("Dates", "日期"),
    "dashboard.upload.dates.dmy": ("day first", "日在前"),
    "dashboard.upload.dates.mdy": ("month first", "月在前"),
    "dashboard.upload.dates.ymd": ("year first", "年在前"),
    "dashboard.upload.decimals": ("Decimals", "小数"),
    "dashboard.upload.decimals.point": ("1,234.56", "1,234.56"),
    "dashboard.upload.decimals.comma": ("1.234,56", "1.234,56"),
    "dashboard.upload.amount_of": ("An amount is paid for", "金额的范围"),
    "dashboard.upload.amount_of.order": ("the whole order", "整单"),
    "dashboard.upload.amount_of.line": ("each line", "该行"),
    "dashboard.upload.amounts_in": ("Whole numbers are amounts in", "整数金额的单位"),
    "dashboard.upload.amounts_in.units": ("units, such as euros", "元（货币单位）"),
    "dashboard.upload.amounts_in.minor": ("cents", "分（货币单位的百分之一）"),
    "dashboard.upload.rows_are": ("The rows of a file named after refunds", "名为退款的文件中的行"),
    "dashboard.upload.rows_are.refunds": ("are refunds", "是退款"),
    "dashboard.upload.rows_are.orders": ("are orders", "是订单"),
    "dashboard.upload.paid": (
        "Statuses that mean paid, with commas",
        "表示已付款的状态，用逗号分隔",
    ),
    "dashboard.upload.answer": ("Answer it below.", "请在下方选择。"),
    "dashboard.upload.again": ("Look again", "重新识别"),
    "dashboard.upload.preview": ("The first rows, as understood", "识别后的前几行"),
}
