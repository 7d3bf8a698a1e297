"""抖店 order reports: one row a sub-order, numbers followed by a tab, refunds in 售后状态.

Header and statuses from memory of the shop's back end, not from a published file; whatever differs
is refused by name.
"""

from collections.abc import Iterator
from dataclasses import replace

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Files, Profile, RawRows
from winback.data.platforms.columns import build_export_reader
from winback.readers.files import ReadOptions

_ORDERS = {
    "customer_id": ("买家ID", "用户ID", "买家会员ID", "下单用户ID", "收件人手机号"),
    "order_id": ("主订单编号", "订单编号"),
    "ordered_at": ("支付完成时间", "支付时间", "订单提交时间"),
    "amount": ("订单应付金额", "应付金额"),
    "sku": ("商家编码", "商品ID"),
    "product_name": ("选购商品", "商品名称"),
    "quantity": ("商品数量",),
    "list_price": ("商品单价",),
    "discount": ("优惠总金额",),
    "status": ("订单状态",),
    "after_sale": ("售后状态",),
    "phone": ("收件人手机号",),
    "recipient": ("收件人手机号", "详细地址"),
    "channel": ("流量来源", "APP渠道"),
    "note": ("商家备注",),
}
_STATUSES: dict[str, Status] = {
    "已完成": "paid",
    "已发货": "paid",
    "待发货": "paid",
    "备货中": "paid",
    "已支付": "paid",
    "部分发货": "paid",
    "已关闭": "cancelled",
    "已取消": "cancelled",
    "待支付": "unpaid",
    "待确认": "unpaid",
    "refunded": "refunded",
}
_PAID_BACK = r"退款成功|已全额退款|已退款"


def _read_orders(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    for raw in build_export_reader(_ORDERS, ("customer_id", "order_id", "ordered_at", "amount"))(
        files, how
    ):
        frame = raw.frame
        if {"status", "after_sale"} <= set(frame):
            back = frame["after_sale"].str.contains(_PAID_BACK, regex=True, na=False)
            frame = frame.assign(status=frame["status"].mask(back, "refunded"))
        yield replace(raw, frame=frame.drop(columns=["after_sale"], errors="ignore"))


DOUYIN = Profile(
    "douyin",
    _read_orders,
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        "主订单编号",
        "子订单编号",
        "选购商品",
        "订单应付金额",
        "达人ID",
        "流量来源",
        "支付完成时间",
    ),
    timezone="Asia/Shanghai",
    currency="CNY",
)
