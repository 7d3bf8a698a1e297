"""拼多多 order reports. They name no buyer, and the phone numbers in them are covered: only what an
ERP has uncovered can be read.
"""

from winback.config.sources import Status
from winback.core.errors import PinduoduoNamesNobody
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader, mark_after_sales

_ORDERS = {
    "order_id": ("订单号",),
    "customer_id": ("买家ID", "用户ID", "手机", "收货人手机", "收件人手机"),
    "ordered_at": ("支付时间", "订单成交时间"),
    "status": ("订单状态",),
    "after_sale": ("售后状态",),
    "order_amount": ("用户实付金额(元)", "商家实收金额(元)"),
    "quantity": ("商品数量(件)",),
    "sku": ("商家编码-SKU维度", "商家编码-规格维度", "样式ID", "商品id"),
    "product_name": ("商品",),
    "phone": ("手机", "收货人手机", "收件人手机"),
    "recipient": ("手机", "收货人手机", "详细地址"),
    "note": ("商家备注",),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(
        ("待发货", "已发货", "已发货，待收货", "已发货,待收货", "已收货", "交易成功"), "paid"
    ),
    **dict.fromkeys(("待付款", "待支付"), "unpaid"),
    **dict.fromkeys(("已取消", "交易已取消", "已取消，退款成功"), "cancelled"),
    "refunded": "refunded",
}


PINDUODUO = Profile(
    "pinduoduo",
    build_sheet_reader(
        _ORDERS, ("order_id", "customer_id", "ordered_at", "order_amount"), mark_after_sales
    ),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        *("商品总价(元)", "店铺优惠折扣(元)", "平台优惠折扣(元)", "用户实付金额(元)"),
        *("商家实收金额(元)", "商品数量(件)"),
    ),
    timezone="Asia/Shanghai",
    currency="CNY",
    names_nobody=PinduoduoNamesNobody,
)
