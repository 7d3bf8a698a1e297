"""BigCommerce's orders CSV: one row an order; a guest's customer number is 0."""

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("Order ID",),
    "customer_id": ("Customer ID", "Customer Email"),
    "email": ("Customer Email",),
    "phone": ("Customer Phone", "Billing Phone"),
    "ordered_at": ("Order Date", "Date"),
    "status": ("Order Status", "Status"),
    "order_amount": ("Order Total (inc tax)", "Order Total (ex tax)", "Order Total"),
    "refund_amount": ("Refund Amount", "Refunded Amount"),
    "discount": ("Coupon Value", "Discount Amount"),
    "quantity": ("Total Quantity",),
    "currency": ("Order Currency Code",),
    "recipient": ("Shipping Phone", "Shipping Street 1"),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(("completed", "shipped", "awaiting fulfillment", "awaiting shipment"), "paid"),
    **dict.fromkeys(("awaiting pickup", "partially shipped", "disputed"), "paid"),
    "refunded": "refunded",
    "partially refunded": "paid",
    **dict.fromkeys(("cancelled", "canceled", "declined"), "cancelled"),
    **dict.fromkeys(("pending", "awaiting payment", "manual verification required"), "unpaid"),
    "incomplete": "ignore",
}

BIGCOMMERCE = Profile(
    "bigcommerce",
    build_sheet_reader(
        _ORDERS, ("order_id", "customer_id", "ordered_at", "status", "order_amount")
    ),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        *("Order Total (inc tax)", "Order Total (ex tax)", "Subtotal (inc tax)"),
        *("Subtotal (ex tax)", "Handling Cost (inc tax)", "Order Currency Code"),
        *("Shipping Cost (inc tax)", "Ship Method"),
    ),
)
