"""Stripe's payments CSV: one row a charge, its times in UTC by the name of their column."""

import pandas as pd

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader
from winback.data.platforms.woocommerce import mark_utc

_ORDERS = {
    "order_id": ("id", "PaymentIntent ID"),
    "customer_id": ("Customer ID", "Customer Email"),
    "email": ("Customer Email",),
    "ordered_at": ("Created date (UTC)", "Created (UTC)"),
    "order_amount": ("Amount",),
    "refund_amount": ("Amount Refunded",),
    "refunded_at": ("Refunded date (UTC)",),
    "status": ("Status",),
    "currency": ("Currency",),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(("paid", "succeeded", "partially refunded", "disputed"), "paid"),
    "refunded": "refunded",
    **dict.fromkeys(("failed", "canceled", "cancelled", "blocked", "declined"), "cancelled"),
    **dict.fromkeys(("pending", "requires payment method", "requires_payment_method"), "unpaid"),
    **dict.fromkeys(("uncaptured", "incomplete", "requires action", "requires_action"), "unpaid"),
}


def _mark_times(frame: pd.DataFrame) -> pd.DataFrame:
    times = {each: mark_utc(frame[each]) for each in ("ordered_at", "refunded_at") if each in frame}
    return frame.assign(**times)


STRIPE = Profile(
    "stripe",
    build_sheet_reader(
        _ORDERS, ("order_id", "customer_id", "ordered_at", "order_amount", "status"), _mark_times
    ),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        ("Created date (UTC)", "Created (UTC)"),
        ("Amount Refunded",),
        ("Converted Amount", "Fee", "Taxes On Fee"),
        ("Statement Descriptor", "Seller Message", "Card ID"),
        ("Customer ID", "Customer Email"),
    ),
)
