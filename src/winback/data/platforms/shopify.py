"""Shopify's orders CSV: one row a line item, the order's own fields on its first row only.

`Refunded Amount` has no time of its own. Draft orders have a name such as `#D12` and nothing paid.
"""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from winback.config.sources import Status
from winback.data.ingest.parsing import Column, parse_numbers, parse_text
from winback.data.ingest.raw_rows import Files, Profile, RawRows, read_mapped
from winback.data.platforms.first_lines import fill_orders
from winback.readers.files import ReadOptions

_ORDERS = {
    "order_id": ("Name",),
    "customer_id": ("Customer ID", "Email", "Phone", "Billing Phone"),
    "email": ("Email",),
    "phone": ("Phone", "Billing Phone"),
    "ordered_at": ("Paid at",),
    "created_at": ("Created at",),
    "cancelled_at": ("Cancelled at",),
    "status": ("Financial Status",),
    "order_amount": ("Total",),
    "refund_amount": ("Refunded Amount",),
    "currency": ("Currency",),
    "quantity": ("Lineitem quantity",),
    "product_name": ("Lineitem name",),
    "unit_price": ("Lineitem price",),
    "list_price": ("Lineitem compare at price",),
    "sku": ("Lineitem sku",),
    "discount": ("Lineitem discount",),
    "recipient": ("Shipping Phone", "Shipping Street", "Shipping Address1"),
    "channel": ("Source",),
    "gateway": ("Payment Method",),
}
_OF_THE_ORDER = (
    "customer_id",
    "email",
    "phone",
    "ordered_at",
    "created_at",
    "cancelled_at",
    "status",
    "order_amount",
    "refund_amount",
    "currency",
    "recipient",
    "channel",
    "gateway",
)
_STATUSES: dict[str, Status] = {
    "paid": "paid",
    "partially_refunded": "paid",
    "partially_paid": "deposit",
    "refunded": "refunded",
    "pending": "unpaid",
    "authorized": "unpaid",
    "unpaid": "unpaid",
    "voided": "cancelled",
    "expired": "cancelled",
    "draft": "ignore",
    "test": "ignore",
    "cancelled": "cancelled",
}


def _read_orders(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    needed = ("order_id", "customer_id", "status", "order_amount")
    for file in files:
        for raw in fill_orders(read_mapped(file, how, _ORDERS, needed), _OF_THE_ORDER):
            yield raw if raw.broken else replace(raw, frame=_resolve_statuses(raw.frame))


def _resolve_statuses(frame: pd.DataFrame) -> pd.DataFrame:
    """Statuses that stand in several columns made one; the time of creation where there is none
    of payment."""
    status: Column = frame["status"].str.lower()
    status = status.mask(status.isna() & frame["order_id"].str.startswith("#D", na=False), "draft")
    if "cancelled_at" in frame:
        back = _is_refunded(frame, status)
        status = status.mask(
            parse_text(frame["cancelled_at"]).notna() & status.eq("paid") & ~back, "cancelled"
        )
    if "gateway" in frame:  # Shopify's own for trying out a shop: nothing was paid
        is_test = parse_text(frame["gateway"]).str.contains("bogus", case=False, na=False)
        status = status.mask(is_test, "test")
    out = frame.assign(status=status)
    if "created_at" in frame:
        out["ordered_at"] = (
            frame["ordered_at"].fillna(frame["created_at"])
            if "ordered_at" in frame
            else frame["created_at"]
        )
    return out.drop(columns=["cancelled_at", "created_at", "gateway"], errors="ignore")


def _is_refunded(frame: pd.DataFrame, status: Column) -> Column:
    return (
        parse_numbers(frame["refund_amount"]).fillna(0) > 0
        if "refund_amount" in frame
        else status.isna() & False
    )


SHOPIFY = Profile(
    "shopify",
    _read_orders,
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        "Financial Status",
        "Fulfillment Status",
        "Lineitem quantity",
        "Lineitem name",
        "Lineitem price",
        "Accepts Marketing",
    ),
)
