"""京东 order reports: one row an item, statuses with `(删除)` and `(锁定)` before them."""

from collections.abc import Iterator
from dataclasses import replace

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Files, Profile, RawRows
from winback.data.platforms.columns import build_export_reader
from winback.readers.files import ReadOptions

_ORDERS = {
    "customer_id": ("下单帐号", "下单账号", "用户pin", "客户账号"),
    "order_id": ("订单号", "订单编号"),
    "ordered_at": ("付款确认时间", "付款时间", "下单时间", "订单下单时间"),
    "order_amount": ("应付金额", "结算金额", "订单金额"),
    "sku": ("商品ID", "商品编号", "货号", "SKU"),
    "product_name": ("商品名称",),
    "quantity": ("订购数量", "商品数量"),
    "list_price": ("京东价",),
    "status": ("订单状态",),
    "phone": ("联系电话", "客户电话"),
    "recipient": ("联系电话", "客户地址"),
    "note": ("商家备注", "订单备注"),
}
_STATUSES: dict[str, Status] = {
    "完成": "paid", "已完成": "paid", "等待出库": "paid", "等待确认收货": "paid", "等待发货": "paid", "商品出库": "paid",
    "配送退货": "refunded", "已退款": "refunded", "等待付款": "unpaid", "未付款": "unpaid",
    "(删除)": "cancelled", "已取消": "cancelled", "取消": "cancelled", "暂停": "ignore",
}  # fmt: skip


def _read_orders(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    for raw in build_export_reader(
        _ORDERS, ("customer_id", "order_id", "ordered_at", "order_amount")
    )(files, how):
        frame = raw.frame
        if "status" in frame:
            status = (
                frame["status"]
                .str.replace("（", "(", regex=False)
                .str.replace("）", ")", regex=False)
            )
            deleted = status.str.startswith("(删除)", na=False)
            frame = frame.assign(
                status=status.str.replace(r"^\(锁定\)", "", regex=True).mask(deleted, "(删除)")
            )
        yield replace(raw, frame=frame)


JD = Profile(
    "jd",
    _read_orders,
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=("下单帐号", "下单账号", "京东价", "订购数量", "结算金额", "仓库id", "余额支付"),
    timezone="Asia/Shanghai",
    currency="CNY",
)
