"""Taobao and Tmall order reports (订单报表): `ExportOrderList*.csv`, and the item sheet
`ExportOrderDetailList*.csv`.

GBK, headers with trailing blanks, numbers written `="193…"`; names changed over the years. A
closed order that was paid is a refund, one that was not is cancelled. An order paid in stages is
a deposit until its rest is paid.
"""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from winback.config.sources import Status
from winback.data.ingest.parsing import Column, parse_numbers, parse_text
from winback.data.ingest.raw_rows import Files, Profile, RawRows
from winback.data.platforms.columns import build_export_reader
from winback.readers.files import ReadOptions

_ORDERS = {
    "customer_id": ("买家会员名", "买家昵称", "买家ID", "买家会员ID"),
    "order_id": ("订单编号", "主订单编号", "订单号"),
    "ordered_at": ("订单付款时间", "买家付款时间", "付款时间", "订单创建时间", "买家下单时间"),
    "order_amount": ("买家实际支付金额", "买家实付金额", "买家实付"),
    "status": ("订单状态", "交易状态"),
    "refund_amount": ("退款金额", "退款总金额"),
    "product_name": ("宝贝标题", "商品标题"),
    "quantity": ("宝贝总数量", "宝贝数量", "商品总数量"),
    "phone": ("联系手机", "收货人手机", "手机号码"),
    "recipient": ("联系手机", "收货人手机", "收货地址"),
    "deposit_of": ("特权订金订单id",),
    "stages": ("分阶段订单信息",),
    "note": ("订单备注", "商家备注", "卖家备注"),
}
_ITEMS = {
    "order_id": ("订单编号", "主订单编号"),
    "sku": ("商家编码", "外部系统编号", "货号", "商品ID"),
    "product_name": ("标题", "宝贝标题", "商品标题"),
    "unit_price": ("价格", "商品价格"),
    "quantity": ("购买数量", "数量"),
}
_STATUSES: dict[str, Status] = {
    "等待买家付款": "unpaid",
    "买家已付款，等待卖家发货": "paid",
    "买家已付款,等待卖家发货": "paid",
    "买家已付款": "paid",
    "部分发货": "paid",
    "卖家部分发货": "paid",
    "卖家已发货，等待买家确认": "paid",
    "卖家已发货,等待买家确认": "paid",
    "卖家已发货": "paid",
    "交易成功": "paid",
    "交易关闭": "cancelled",
    "closed, paid back": "refunded",
    "deposit paid": "deposit",
}


def _read_orders(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    for raw in build_export_reader(
        _ORDERS, ("customer_id", "order_id", "ordered_at", "order_amount")
    )(files, how):
        frame = raw.frame
        # A sheet without a status tells by its payments: what was not paid has no time of payment.
        status = (
            frame["status"]
            if "status" in frame
            else parse_text(frame["ordered_at"])
            .notna()
            .map({True: "交易成功", False: "等待买家付款"})
        )
        back = (
            _is_above_zero(frame["refund_amount"])
            if "refund_amount" in frame
            else status.isna() & False
        )
        status = status.mask(
            status.str.startswith("交易关闭", na=False) & back, "closed, paid back"
        )
        status = _mark_deposits(frame, status)
        yield replace(
            raw, frame=frame.drop(columns=["stages"], errors="ignore").assign(status=status)
        )


def _mark_deposits(frame: pd.DataFrame, status: Column) -> Column:
    if "stages" in frame:
        open_rest = frame["stages"].str.contains(
            r"(?:阶段2|尾款|第2阶段)[^;；]*(?:未付|未支付|待付)", regex=True, na=False
        )
        paid_first = frame["stages"].str.contains(
            r"(?:阶段1|定金|第1阶段)[^;；]*已(?:付|支付)", regex=True, na=False
        )
        status = status.mask(
            open_rest & paid_first & ~status.str.startswith("交易关闭", na=False),
            "deposit paid",
        )
    return status


def _is_above_zero(raw: Column) -> Column:
    return parse_numbers(raw).fillna(0) > 0


TAOBAO = Profile(
    "taobao",
    _read_orders,
    items=build_export_reader(_ITEMS, ("order_id",)),
    statuses=_STATUSES,
    spellings=_ORDERS,
    item_spellings=_ITEMS,
    marks=(
        "买家会员名",
        "买家支付宝账号",
        "买家实际支付金额",
        "买家应付货款",
        "宝贝标题",
        "宝贝总数量",
        "宝贝种类",
    ),
    item_marks=("标题", "价格", "购买数量", "外部系统编号", "商品属性", "套餐信息"),
    timezone="Asia/Shanghai",
    currency="CNY",
)
