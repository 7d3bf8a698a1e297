"""WooCommerce's REST `/wp-json/wc/v3/orders`, as JSON: times are UTC, a guest is known by e-mail
only."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from winback.config.sources import Status
from winback.data.ingest.parsing import Column, parse_text
from winback.data.ingest.raw_rows import Files, Profile, RawRows, read_mapped
from winback.readers.files import ReadOptions

_ORDERS = {
    "order_id": ("id",),
    "customer_id": ("customer_id",),
    "email": ("billing.email",),
    "phone": ("billing.phone",),
    "ordered_at": ("date_paid_gmt",),
    "created_at": ("date_created_gmt",),
    "status": ("status",),
    "order_amount": ("total",),
    "refund_amount": ("refunds.total",),
    "refunded_at": ("refunds.date_created_gmt",),
    "currency": ("currency",),
    "sku": ("line_items.sku",),
    "product_id": ("line_items.product_id",),
    "product_name": ("line_items.name",),
    "quantity": ("line_items.quantity",),
    "amount": ("line_items.total",),
    "recipient": ("shipping.phone", "shipping.address_1"),
    "channel": ("created_via",),
}
_STATUSES: dict[str, Status] = {
    "completed": "paid",
    "processing": "paid",
    "on-hold": "unpaid",
    "pending": "unpaid",
    "checkout-draft": "ignore",
    "cancelled": "cancelled",
    "failed": "cancelled",
    "trash": "ignore",
    "refunded": "refunded",
}


def _read_orders(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    for file in files:
        for raw in read_mapped(
            file, how, _ORDERS, ("order_id", "customer_id", "status", "order_amount", "created_at")
        ):
            yield replace(raw, frame=_convert_orders(raw.frame))


def _convert_orders(orders: pd.DataFrame) -> pd.DataFrame:
    frame = orders.copy()
    paid = frame.get("ordered_at", pd.Series(pd.NA, index=frame.index, dtype="str"))
    frame["ordered_at"] = mark_utc(paid.fillna(frame["created_at"]))
    if "refunded_at" in frame:
        frame["refunded_at"] = mark_utc(frame["refunded_at"])
    if "sku" in frame and "product_id" in frame:
        frame["sku"] = parse_text(frame["sku"]).fillna(parse_text(frame["product_id"]))
    return frame.drop(columns=["created_at", "product_id"], errors="ignore")


def mark_utc(values: Column) -> Column:
    """Times that say by the name of their column only that they are UTC, with their zone."""
    return values.mask(values.str.match(r"^[\d-]+[T ][\d:.]+$", na=False), values + "Z")


WOOCOMMERCE = Profile(
    "woocommerce",
    _read_orders,
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        "date_created_gmt",
        "billing.email",
        "line_items.quantity",
        "discount_total",
        "date_paid_gmt",
    ),
)
