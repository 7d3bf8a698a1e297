"""小红书 order reports: one row a product. Header and statuses from public code that reads them;
whatever differs is refused by name."""

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader, mark_after_sales

_ORDERS = {
    "order_id": ("订单号",),
    "customer_id": ("用户ID", "买家ID", "收件人手机号", "收货人手机号"),
    "ordered_at": ("支付时间", "订单付款时间", "订单创建时间"),
    "status": ("订单状态",),
    "after_sale": ("售后状态",),
    "amount": (
        "用户实付金额(元)",
        "实付金额(元)",
        "用户应付金额(元)",
        "商家应收金额(元)（支付金额）",
    ),
    "quantity": ("SKU件数", "商品数量"),
    "sku": ("商家编码", "规格ID", "小红书编码", "商品ID"),
    "product_name": ("商品名称",),
    "phone": ("收件人手机号", "收货人手机号"),
    "recipient": ("收件人手机号", "收货人手机号", "收件人地址"),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(
        ("待配货", "待发货", "部分发货", "已发货", "待收货", "已签收", "已完成"), "paid"
    ),
    **dict.fromkeys(("待付款", "待支付", "已下单待付款"), "unpaid"),
    **dict.fromkeys(("已取消", "已关闭"), "cancelled"),
    "refunded": "refunded",
}

XIAOHONGSHU = Profile(
    "xiaohongshu",
    build_sheet_reader(
        _ORDERS, ("order_id", "customer_id", "ordered_at", "amount"), mark_after_sales
    ),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        ("订单付款时间", "支付时间"),
        ("商品总价(元)",),
        ("实付金额(元)", "用户实付金额(元)", "用户应付金额(元)", "商家应收金额(元)（支付金额）"),
        ("用户ID", "小红书编码", "规格ID"),
        ("SKU件数", "商品数量"),
    ),
    timezone="Asia/Shanghai",
    currency="CNY",
)
