"""eBay's orders report: one row an item, its price with postage and tax in `Total Price`."""

from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("Order Number", "Order number"),
    "customer_id": ("Buyer Username", "Buyer username", "Buyer Email"),
    "email": ("Buyer Email", "Buyer email"),
    "ordered_at": ("Paid On Date", "Paid on date", "Sale Date", "Sale date"),
    "amount": ("Total Price", "Total price"),
    "quantity": ("Quantity",),
    "sku": ("Custom Label", "Custom label", "Item Number", "Item number"),
    "product_name": ("Item Title", "Item title"),
    "recipient": ("Ship To Phone", "Ship To Address 1", "Post To Address 1"),
}

EBAY = Profile(
    "ebay",
    build_sheet_reader(_ORDERS, ("order_id", "customer_id", "ordered_at", "amount")),
    spellings=_ORDERS,
    marks=("Sales Record Number", "Buyer Username", "Item Number", "Sold For", "Paid On Date"),
)
