"""Amazon's reports. `Orders` and `Fulfilled shipments` name the buyer by an address that stays the
same; `All orders` and the settlement report name nobody, and are refused.

An item's price is without tax and postage: both are added, as they were paid.
"""

import pandas as pd

from winback.config.sources import Status
from winback.core.errors import AmazonNamesNobody
from winback.data.ingest.parsing import parse_numbers
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("amazon-order-id", "order-id"),
    "customer_id": ("buyer-email",),
    "ordered_at": ("payments-date", "purchase-date"),
    "status": ("order-status",),
    "amount": ("item-price",),
    "tax": ("item-tax",),
    "postage": ("shipping-price",),
    "discount": ("item-promotion-discount",),
    "quantity": ("quantity-purchased", "quantity-shipped", "quantity"),
    "sku": ("sku",),
    "product_name": ("product-name",),
    "currency": ("currency",),
    "channel": ("sales-channel",),
    "recipient": ("ship-phone-number", "ship-address-1"),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(("shipped", "unshipped", "complete", "shipping"), "paid"),
    **dict.fromkeys(("cancelled", "canceled"), "cancelled"),
    "pending": "unpaid",
}


def _add_up(frame: pd.DataFrame) -> pd.DataFrame:
    parts = [parse_numbers(frame[each]) for each in ("amount", "tax", "postage") if each in frame]
    paid = parts[0]
    for more in parts[1:]:
        paid = paid + more.fillna(0)
    return frame.drop(columns=["tax", "postage"], errors="ignore").assign(amount=paid.round(2))


AMAZON = Profile(
    "amazon",
    build_sheet_reader(_ORDERS, ("order_id", "customer_id", "ordered_at", "amount"), _add_up),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        ("amazon-order-id", "order-item-id", "settlement-id"),
        ("merchant-order-id", "buyer-email", "buyer-phone-number", "transaction-type"),
        ("fulfillment-channel", "ship-service-level", "amount-description", "sales-channel"),
    ),
    names_nobody=AmazonNamesNobody,
)
