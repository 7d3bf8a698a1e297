"""TikTok Shop's `All orders` CSV: one row a product, the order's total on each; below the header a
row explains the columns."""

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("Order ID",),
    "customer_id": ("Buyer Username", "Buyer Nickname"),
    "ordered_at": ("Paid Time", "Created Time"),
    "status": ("Order Status",),
    "order_amount": ("Order Amount",),
    "refund_amount": ("Order Refund Amount",),
    "amount": ("SKU Subtotal After Discount",),
    "quantity": ("Quantity",),
    "sku": ("Seller SKU", "SKU ID"),
    "product_name": ("Product Name",),
    "category": ("Product Category",),
    "list_price": ("SKU Unit Original Price",),
    "currency": ("Currency",),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(("to ship", "awaiting shipment", "awaiting collection", "in transit"), "paid"),
    **dict.fromkeys(("shipped", "delivered", "completed", "partially shipped"), "paid"),
    **dict.fromkeys(("unpaid", "on hold", "pending"), "unpaid"),
    **dict.fromkeys(("canceled", "cancelled"), "cancelled"),
}

TIKTOK = Profile(
    "tiktok",
    build_sheet_reader(_ORDERS, ("order_id", "customer_id", "ordered_at", "status")),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        *("Order Substatus", "Cancelation/Return Type", "SKU Subtotal After Discount", "SKU ID"),
        *("Sku Quantity of return", "Buyer Username", "Normal or Pre-order"),
    ),
)
