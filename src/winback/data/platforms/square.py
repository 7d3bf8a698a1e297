"""Square's transactions CSV: one row a payment or a refund, its day and its clock in two columns.
Who paid without an account is nobody."""

import pandas as pd

from winback.config.sources import RowType
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("Transaction ID",),
    "customer_id": ("Customer ID", "Customer Reference ID"),
    "ordered_at": ("Date",),
    "clock": ("Time",),
    "amount": ("Total Collected", "Net Sales"),
    "discount": ("Discounts",),
    "row_type": ("Event Type",),
    "channel": ("Source", "Location"),
}
_TYPES: dict[str, RowType] = {"payment": "sale", "refund": "refund", "no sale": "ignore"}


def _join_clock(frame: pd.DataFrame) -> pd.DataFrame:
    if "clock" not in frame:
        return frame
    moment = (frame["ordered_at"].str.strip() + " " + frame["clock"].str.strip()).str.strip()
    # What comes off is written with a minus.
    discounts = {"discount": frame["discount"].str.replace("-", "", regex=False)}
    off = discounts if "discount" in frame else {}
    return frame.drop(columns="clock").assign(ordered_at=moment, **off)


SQUARE = Profile(
    "square",
    build_sheet_reader(_ORDERS, ("order_id", "customer_id", "ordered_at", "amount"), _join_clock),
    types=_TYPES,
    spellings=_ORDERS,
    marks=(
        *("Gross Sales", "Net Sales", "Total Collected", "Event Type", "Transaction ID"),
        *("Payment ID", "Card Entry Methods", "Gift Card Sales"),
    ),
)
