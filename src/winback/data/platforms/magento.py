"""Magento's and Adobe Commerce's order grid: one row an order; `Closed` is one paid back whole."""

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("ID", "Order #", "increment_id"),
    "customer_id": ("Customer Email", "customer_email"),
    "ordered_at": ("Purchase Date", "created_at"),
    "status": ("Status", "status"),
    "order_amount": ("Grand Total (Base)", "Grand Total (Purchased)", "base_grand_total"),
    "refund_amount": ("Total Refunded", "total_refunded"),
    "channel": ("Purchase Point", "store_name"),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(("complete", "processing"), "paid"),
    "closed": "refunded",
    **dict.fromkeys(("canceled", "cancelled", "fraud", "suspected fraud"), "cancelled"),
    **dict.fromkeys(("pending", "pending payment", "pending_payment", "on hold"), "unpaid"),
    **dict.fromkeys(("holded", "payment review", "payment_review", "pending paypal"), "unpaid"),
}

MAGENTO = Profile(
    "magento",
    build_sheet_reader(_ORDERS, ("order_id", "customer_id", "ordered_at", "order_amount")),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        *("Purchase Point", "Bill-to Name", "Ship-to Name", "Grand Total (Base)"),
        *("Grand Total (Purchased)", "base_grand_total", "Purchase Date"),
    ),
)
