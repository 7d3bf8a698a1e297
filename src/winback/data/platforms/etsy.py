"""Etsy's `EtsySoldOrders` CSV, one row an order, and `EtsySoldOrderItems`, one row a product."""

import pandas as pd

from winback.data.ingest.parsing import parse_numbers
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("Order ID",),
    "customer_id": ("Buyer User ID", "Buyer"),
    "ordered_at": ("Date Paid", "Sale Date"),
    "order_amount": ("Order Total",),
    "adjusted": ("Adjusted Order Total",),
    "discount": ("Discount Amount",),
    "quantity": ("Number of Items",),
    "currency": ("Currency",),
    "recipient": ("Street 1", "Delivery Street 1"),
}
_ITEMS = {
    "order_id": ("Order ID",),
    "sku": ("SKU", "Listing ID"),
    "product_name": ("Item Name",),
    "quantity": ("Quantity",),
    "amount": ("Item Total",),
    "unit_price": ("Price",),
}


def _find_refunds(frame: pd.DataFrame) -> pd.DataFrame:
    """What was paid back is the order's total less the adjusted one; a blank or 0 of it is none."""
    if "adjusted" not in frame:
        return frame
    total, adjusted = (parse_numbers(frame[name]) for name in ("order_amount", "adjusted"))
    back = (total - adjusted).where((adjusted > 0) & (adjusted < total))
    return frame.drop(columns="adjusted").assign(refund_amount=back.round(2))


ETSY = Profile(
    "etsy",
    build_sheet_reader(
        _ORDERS, ("order_id", "customer_id", "ordered_at", "order_amount"), _find_refunds
    ),
    items=build_sheet_reader(_ITEMS, ("order_id", "product_name")),
    spellings=_ORDERS,
    item_spellings=_ITEMS,
    marks=(
        *("Buyer User ID", "Adjusted Order Total", "Card Processing Fees", "Order Net"),
        *("Adjusted Net Order Amount", "Number of Items"),
    ),
    item_marks=("Item Name", "Listing ID", "Transaction ID", "Item Total", "Ship Address1"),
)
