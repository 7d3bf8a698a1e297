"""Columns, types and units of every table that crosses packages. Plain data: no pandas, no engine.

`data` derives its validation from these declarations, and its Parquet types; `features` and
`model.labels` read these columns and no others. Times are naive UTC, money is whole
minor units of the shop's currency, ids are text byte for byte.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Type = Literal["text", "moment", "day", "whole", "flag"]

# Of a count or a number of days; a customer has fewer than 2^20 rows, so sums stay exact doubles.
LARGEST_WHOLE = 2**31 - 1
# Of an amount: 10,995,116,277.75 where two decimals make a unit. A sum and a spread are exact while
# a customer's rows times the largest of them stay below EXACT_SUM; past it the spread is missing.
LARGEST_MINOR = 2**40 - 1
EXACT_SUM = 2**53


@dataclass(frozen=True)
class Column:
    """One column: `nullable` says whether a row may lack it."""

    name: str
    type: Type
    meaning: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A table and its columns, in their order on disk."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


_CUSTOMER = Column("customer_id", "text", "Whose row it is, byte for byte as the shop writes it.")
_OCCURRED = Column("occurred_at", "moment", "When it happened, UTC.")
_KNOWN = Column(
    "known_at", "moment", "When the shop could know of it, UTC; never before it happened."
)
_LOCAL_DAY = Column("local_day", "day", "The shop's own day it happened on.")
_LOCAL_HOUR = Column("local_hour", "whole", "The shop's own hour it happened in, 0 to 23.")
_EVENT_HOUR = Column(
    "local_hour",
    "whole",
    "The shop's own hour, 0 to 23; null where the shop tells days alone.",
    True,
)
_LOCAL_WEEKEND = Column("local_weekend", "flag", "Whether that day was a Saturday or Sunday.")

ORDERS = Table(
    "orders",
    (
        _CUSTOMER,
        Column(
            "order_id", "text", "The shop's order number; without one, the customer and the day."
        ),
        _OCCURRED,
        _KNOWN,
        Column(
            "amount_minor",
            "whole",
            "What was paid for its lines at its own time; null if the shop has no amounts.",
            True,
        ),
        Column(
            "discount_minor",
            "whole",
            "What was taken off its lines; null if the shop does not say.",
            True,
        ),
        Column("units", "whole", "How many units were in the basket.", True),
        Column("lines", "whole", "How many lines it has."),
        Column("channel", "text", "Where it was placed, in the shop's words.", True),
        Column("recipient_key", "text", "Who received it, hashed.", True),
        _LOCAL_DAY,
        _LOCAL_HOUR,
        _LOCAL_WEEKEND,
        Column("deposit", "flag", "A deposit (预售定金) whose final payment is open."),
        Column("gift", "flag", "Nothing was paid: kept and counted, but not an order."),
        Column("wholesale", "flag", "Sold to a trader, by the seller's own word: not an order."),
        Column("brushing", "flag", "A fake order (刷单), by the seller's own word: not an order."),
    ),
)

# customer_id and times are repeated from the order, so that a line is a stream of its own: it is
# cut in time and read by hash partition without joining a table ten times its size
# (docs/decisions).
ORDER_LINES = Table(
    "order_lines",
    (
        _CUSTOMER,
        Column("order_id", "text", "The order it belongs to."),
        Column("line", "whole", "1 for the first line of the order, in the order of the content."),
        _OCCURRED,
        _KNOWN,
        Column("sku", "text", "What was bought.", True),
        Column("name", "text", "Its name at the time.", True),
        Column("category", "text", "Its category at the time.", True),
        Column("quantity", "whole", "How many units.", True),
        Column("amount_minor", "whole", "What was paid for the line.", True),
        Column("discount_minor", "whole", "What was taken off its list price.", True),
        Column("list_price_minor", "whole", "The list price of one unit.", True),
        Column("unit_cost_minor", "whole", "What one unit cost the shop.", True),
        Column("counts", "flag", "Whether its order counts: not a gift, wholesale or brushing."),
        Column(
            "bestseller", "flag", "Whether its SKU was a bestseller (爆款) when it was bought (A9)."
        ),
        Column(
            "bargain", "flag", "Whether it was bought on clearance (清仓) or at a low price (A9)."
        ),
    ),
)

REFUNDS = Table(
    "refunds",
    (
        _CUSTOMER,
        Column("order_id", "text", "The order it refunds; null if the shop does not say.", True),
        Column("line", "whole", "The line of that order; null for the order as a whole.", True),
        _OCCURRED,
        _KNOWN,
        Column(
            "amount_minor",
            "whole",
            "What was paid back, above 0; null if the shop has no amounts.",
            True,
        ),
    ),
)

EVENTS = Table(
    "events",
    (
        _CUSTOMER,
        Column("kind", "text", "One of EVENT_KINDS."),
        _OCCURRED,
        _KNOWN,
        _LOCAL_DAY,
        _EVENT_HOUR,
        Column(
            "value", "whole", "Seconds of a view, minor units of a coupon, stars of a review.", True
        ),
        Column("ref", "text", "What it refers to: a campaign, a coupon, a SKU, an order.", True),
    ),
)

PRODUCTS = Table(
    "products",
    (
        Column("sku", "text", "What can be bought."),
        Column("name", "text", "Its name.", True),
        Column("category", "text", "Its category.", True),
        Column("list_price_minor", "whole", "Its list price.", True),
        Column("cost_minor", "whole", "What one unit costs the shop.", True),
        Column("stock", "whole", "How many units are left.", True),
    ),
)

QUARANTINE = Table(
    "quarantine",
    (
        Column("file", "text", "The file the row came in."),
        Column("line", "whole", "Its line in that file (its row, in a Parquet file), from 1."),
        Column("column", "text", "The column that was refused, in the file's own words."),
        Column("value", "text", "The value seen.", True),
        Column("reason", "text", "A key of the catalogue that says why."),
    ),
)

MERGES = Table(
    "merges",
    (
        Column("merged_id", "text", "The id as its platform has it."),
        Column("customer_id", "text", "The customer its rows stand under."),
        Column(
            "rule",
            "text",
            "map: the shop's own id map; phone: an identical phone hash on another platform.",
        ),
        Column("evidence", "text", "The phone hash, or the map's file."),
    ),
)

CANONICAL = (ORDERS, ORDER_LINES, REFUNDS, EVENTS, PRODUCTS, QUARANTINE, MERGES)

EventKind = Literal[
    "view",
    "search",
    "favourite",
    "cart",
    "checkout",
    "coupon_claim",
    "coupon_use",
    "campaign_received",
    "message_open",
    "message_click",
    "activity",
    "service_contact",
    "complaint_opened",
    "complaint_resolved",
    "refund_request",
    "review",
    "shipment",
    "delivered",
    "wecom_friend",
]
EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)
