"""有赞 order reports: one row an order; a customer is known by phone, which is kept as a pseudonym
only."""

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.columns import build_export_reader

_ORDERS = {
    "customer_id": (
        "买家ID",
        "客户ID",
        "会员ID",
        "买家手机号",
        "买家手机",
        "下单人手机号",
        "收货人手机号/提货人手机号",
    ),
    "order_id": ("订单号", "订单编号"),
    "ordered_at": ("买家付款时间", "付款时间", "订单创建时间"),
    "order_amount": ("订单实付金额", "实收金额", "订单实收", "应收订单金额", "商品金额合计"),
    "refund_amount": ("订单已退款金额", "退款金额"),
    "refunded_at": ("退款时间",),
    "status": ("订单状态",),
    "product_name": ("全部商品名称", "商品名称"),
    "quantity": ("订单商品总件数", "商品数量"),
    "discount": ("店铺优惠合计",),
    "phone": ("买家手机号", "买家手机", "下单人手机号", "收货人手机号/提货人手机号"),
    "recipient": ("收货人手机号/提货人手机号", "收货人手机号", "买家手机号"),
    "note": ("商家备注", "商家订单备注"),
}
_STATUSES: dict[str, Status] = {
    "交易完成": "paid", "交易成功": "paid", "已完成": "paid", "待发货": "paid", "已发货": "paid", "待收货": "paid",
    "已付款": "paid",
    "部分发货": "paid", "待付款": "unpaid", "等待买家付款": "unpaid", "交易关闭": "cancelled",
    "已关闭": "cancelled", "已取消": "cancelled",
    "全额退款": "refunded", "已退款": "refunded",
}  # fmt: skip

YOUZAN = Profile(
    "youzan",
    build_export_reader(_ORDERS, ("customer_id", "order_id", "ordered_at", "order_amount")),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        "全部商品名称",
        "商品种类数",
        "订单商品总件数",
        "商品金额合计",
        "店铺优惠合计",
        "买家是否会员",
        "下单次数",
    ),
    timezone="Asia/Shanghai",
    currency="CNY",
)
