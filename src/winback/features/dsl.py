"""The small vocabulary features are declared in, and nothing else: no SQL, no rows.

A stream is a customer's own rows of one kind before the cut-off; an aggregate makes one number of
them. The two readers, `sql_compiler` and `evaluator`, know how. Every number is counted in whole
seconds, minor units and rows and becomes a double in one last operation, so that all readers
give the same bits.
"""

from dataclasses import dataclass, replace
from typing import Literal

Group = Literal["R", "F", "M", "B"]
How = Literal[
    "count",
    "sum",
    "mean",
    "std",
    "median",
    "max",
    "since_last",
    "since_first",
    "nth_last",
    "latest",
    "distinct",
    "share",
    "decayed",
    "z_score",
    "days_without",
    "top",
]

NIGHT_FROM, NIGHT_UNTIL = 22, 6  # the shop's own hours (B78)


@dataclass(frozen=True)
class Stream:
    """One customer's rows of a table, optionally of some kinds, and within the last `days` local
    days.

    `orders` are those that count: paid, not a gift, not wholly refunded as far as was known. Their
    `amount_minor` are net of the refunds known by then. `refunded_orders` are the wholly refunded
    ones; `loose_refunds` name no order.
    """

    source: Literal["orders", "refunded_orders", "loose_refunds", "refunds", "lines", "events"]
    kinds: tuple[str, ...] = ()
    days: int | None = None
    night: bool = False

    def last(self, days: int) -> "Stream":
        """The part of the stream within the last `days` local days before the cut-off."""
        return replace(self, days=days)

    def of(self, *kinds: str) -> "Stream":
        """The events of these kinds."""
        return replace(self, kinds=kinds)

    def at_night(self) -> "Stream":
        """The events between 22:00 and 6:00 of the shop's own clock."""
        return replace(self, night=True)

    def count(self) -> "Aggregate":
        """How many rows; 0 if none."""
        return Aggregate(self, "count")

    def sum(self, column: str) -> "Aggregate":
        """The exact sum; 0 over nothing."""
        return Aggregate(self, "sum", column)

    def mean(self, column: str) -> "Aggregate":
        """The exact sum over the count; missing over nothing."""
        return Aggregate(self, "mean", column)

    def std(self, column: str) -> "Aggregate":
        """The sample standard deviation from exact integer moments; missing under two rows."""
        return Aggregate(self, "std", column)

    def median(self, column: str) -> "Aggregate":
        """The exact median; missing over nothing."""
        return Aggregate(self, "median", column)

    def max(self, column: str) -> "Aggregate":
        """The greatest value; missing over nothing."""
        return Aggregate(self, "max", column)

    def since_last(self) -> "Aggregate":
        """Days from the newest row to the cut-off; missing over nothing."""
        return Aggregate(self, "since_last")

    def since_first(self) -> "Aggregate":
        """Days from the oldest row to the cut-off; missing over nothing."""
        return Aggregate(self, "since_first")

    def nth_last(self, nth: int) -> "Aggregate":
        """Days from the nth newest order to the cut-off, 1 being the newest; missing with fewer."""
        return Aggregate(self, "nth_last", argument=nth)

    def latest(self, column: str) -> "Aggregate":
        """The newest order's value; the greatest, where several share its second."""
        return Aggregate(self, "latest", column)

    def distinct(self, column: str) -> "Aggregate":
        """How many different values; 0 over nothing."""
        return Aggregate(self, "distinct", column)

    def share(self, flag: str) -> "Aggregate":
        """The share of rows with the flag, 0 to 1; missing over nothing."""
        return Aggregate(self, "share", flag)

    def decayed(self, half_life_days: int, column: str | None = None) -> "Aggregate":
        """Rows (or a column) summed, each weighing half as much for every `half_life_days` whole
        days of age."""
        return Aggregate(self, "decayed", column, half_life_days)

    def gaps(self) -> "Gaps":
        """The times between neighbouring orders."""
        return Gaps(self)

    def days_without(self, other: "Stream") -> "Aggregate":
        """Local days that have a row of this stream and none of the other."""
        return Aggregate(self, "days_without", other=other)

    def top(self, by: str, column: str, flag: str) -> "Aggregate":
        """1 if the value of `by` with the largest sum of `column` ever had the flag, else 0;
        missing over nothing."""
        return Aggregate(self, "top", column, by=by, flag=flag)


@dataclass(frozen=True)
class Aggregate:
    """One number from one stream."""

    stream: Stream
    how: How
    column: str | None = None
    argument: int = 0
    other: Stream | None = None
    by: str | None = None
    flag: str | None = None
    divisor: int = 1

    @property
    def feed(self) -> str:
        """What the shop must have sent by the cut-off for this to be a number rather than
        missing."""
        stream = self.stream
        if stream.source == "events":
            # of several kinds the first is the one that must be there
            return f"events.{stream.kinds[0]}"
        if stream.source == "lines":
            return "order_lines.category" if self.column == "category" else "order_lines.sku"
        if stream.source in ("refunds", "refunded_orders", "loose_refunds"):
            return "refunds"
        return _ORDER_FEEDS.get(self.column or "", "orders")


# Columns of an order that a shop may not send, and the feed that says whether it does.
_ORDER_FEEDS = {
    "amount_minor": "orders.amount_minor", "discount_minor": "orders.discount_minor",
    "discounted": "orders.discount_minor", "units": "orders.units",
}  # fmt: skip


@dataclass(frozen=True)
class Gaps:
    """The gaps of a stream, in days."""

    stream: Stream

    def mean(self) -> Aggregate:
        return replace(self.stream.mean("gap"), divisor=86_400)

    def std(self) -> Aggregate:
        return replace(self.stream.std("gap"), divisor=86_400)

    def median(self) -> Aggregate:
        return replace(self.stream.median("gap"), divisor=86_400)

    def max(self) -> Aggregate:
        return replace(self.stream.max("gap"), divisor=86_400)

    def z_score(self) -> Aggregate:
        """How many of their own standard deviations the silence exceeds their mean gap; missing
        under two gaps."""
        return Aggregate(self.stream, "z_score", "gap")


@dataclass(frozen=True)
class Ratio:
    """One feature over another; missing where either is, or where the lower one is 0."""

    upper: str
    lower: str


@dataclass(frozen=True)
class Difference:
    """One feature less another; what the shop never sends counts as 0 on the right."""

    left: str
    right: str


@dataclass(frozen=True)
class Flag:
    """1 where a feature equals a value, else 0; missing where the feature is."""

    feature: str
    equals: int


@dataclass(frozen=True)
class Feature:
    """One column of the feature table: its name, formula, unit and what it means to its reader."""

    name: str
    formula: Aggregate | Ratio | Difference | Flag
    unit: str
    meaning: str


orders = Stream("orders")
refunded_orders = Stream("refunded_orders")
refunds = Stream("refunds")
loose_refunds = Stream("loose_refunds")
lines = Stream("lines")
events = Stream("events")
