"""快手小店 order reports: one row an order or a product. Header and statuses from memory of the
shop's back end; whatever differs is refused by name."""

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader, mark_after_sales

_ORDERS = {
    "order_id": ("订单编号", "订单号"),
    "customer_id": ("买家ID", "买家快手ID", "快手ID", "买家昵称", "收货人手机号", "收货电话"),
    "ordered_at": ("支付时间", "订单支付时间", "下单时间", "订单创建时间"),
    "status": ("订单状态",),
    "after_sale": ("售后状态", "退款状态"),
    "amount": ("实付款", "实付款(元)", "实付金额"),
    "quantity": ("成交数量", "购买数量", "商品数量"),
    "sku": ("SKU编码", "商品编码", "SKUID", "商品ID"),
    "product_name": ("商品名称", "商品标题"),
    "phone": ("收货人手机号", "收货电话"),
    "recipient": ("收货人手机号", "收货电话", "收货地址"),
    "channel": ("渠道", "订单来源"),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(
        ("待发货", "部分发货", "已发货", "已收货", "已签收", "已完成", "交易成功"), "paid"
    ),
    **dict.fromkeys(("待付款", "待支付"), "unpaid"),
    **dict.fromkeys(("已取消", "交易关闭", "已关闭", "交易失败"), "cancelled"),
    "refunded": "refunded",
}

KUAISHOU = Profile(
    "kuaishou",
    build_sheet_reader(
        _ORDERS, ("order_id", "customer_id", "ordered_at", "amount"), mark_after_sales
    ),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        ("实付款", "实付款(元)"),
        ("快手ID", "买家快手ID", "主播快手ID", "达人快手ID", "CPS达人ID", "推广者ID"),
        ("成交数量", "SKU编码"),
    ),
    timezone="Asia/Shanghai",
    currency="CNY",
)
