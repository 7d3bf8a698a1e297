"""Lightspeed's exports: the orders of its web shops (C- and E-Series) and the sales of its tills
(R- and X-Series). Headers from memory of its help pages; whatever differs is refused by name."""

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("Order - Number", "Order Number", "order_number", "Receipt Number", "Sale ID"),
    "customer_id": (
        *("Customer - Internal ID", "Customer ID", "customer_id", "Customer code"),
        *("Customer Code", "Customer - Email Address", "Customer Email", "customer_email"),
    ),
    "email": ("Customer - Email Address", "Customer Email", "customer_email"),
    "ordered_at": ("Order - Created at", "Created at", "Order Date", "Completed", "Date"),
    "status": ("Order - Status", "Order status", "Status"),
    "status_2": ("Order - Payment status", "Payment status"),
    "order_amount": ("Order - Price incl.", "Price incl. VAT", "Price incl.", "Sale Total"),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(
        ("completed", "completed_shipped", "processing", "processing_awaiting_pickup"), "paid"
    ),
    **dict.fromkeys(
        ("processing_awaiting_shipment", "shipped", "paid", "closed", "delivered"), "paid"
    ),
    **dict.fromkeys(("cancelled", "canceled", "voided", "void"), "cancelled"),
    **dict.fromkeys(("processing_awaiting_payment", "not_paid", "not paid", "on_hold"), "unpaid"),
    **dict.fromkeys(("layby", "on_account", "saved", "parked"), "unpaid"),
}

LIGHTSPEED = Profile(
    "lightspeed",
    build_sheet_reader(_ORDERS, ("order_id", "customer_id", "ordered_at", "order_amount")),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        ("Order - Number", "Receipt Number", "Sale ID"),
        ("Order - Price incl.", "Price incl. VAT", "Sale Total"),
        ("Order - Payment status", "Register", "Sold By"),
        ("Customer - Internal ID", "Customer Code", "Customer code"),
    ),
)
