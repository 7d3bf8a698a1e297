"""The interpreter: the feature list for one customer's own rows, in plain Python.

It reads the same declarations as the compiler and gives the same bits, in about a millisecond where
a query engine needs a hundred. Rows are dictionaries with the columns of `tables.py`; those that
are read are named below.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Generic, TypedDict, TypeVar

import msgspec

from winback.core.cutoff import SECONDS_A_DAY, Cutoff, to_epoch_seconds
from winback.core.schema import EXACT_SUM
from winback.features.decay_weights import WEIGHT_ONE, compute_decay_weights
from winback.features.dsl import (
    NIGHT_FROM,
    NIGHT_UNTIL,
    Aggregate,
    Difference,
    Feature,
    Flag,
    Ratio,
    Stream,
)
from winback.features.registry import FEATURES


class Times(TypedDict):
    """When something happened and when the shop knew of it, in naive UTC."""

    occurred_at: datetime
    known_at: datetime


class OrderRow(Times):
    """A row of `orders`."""

    order_id: str
    amount_minor: int | None
    discount_minor: int | None
    units: int | None
    lines: int
    local_day: date
    local_hour: int
    local_weekend: bool
    deposit: bool
    gift: bool
    wholesale: bool
    brushing: bool


class LineRow(Times):
    """A row of `order_lines`."""

    order_id: str
    sku: str | None
    category: str | None
    amount_minor: int | None
    counts: bool
    bestseller: bool
    bargain: bool


class RefundRow(Times):
    """A row of `refunds`."""

    order_id: str | None
    amount_minor: int | None


class EventRow(Times):
    """A row of `events`."""

    kind: str
    value: int | None
    local_day: date
    local_hour: int | None


class CustomerTables(TypedDict, total=False):
    """One customer's rows; a table left out has none."""

    orders: Sequence[OrderRow]
    order_lines: Sequence[LineRow]
    refunds: Sequence[RefundRow]
    events: Sequence[EventRow]


class _NetOrder(OrderRow):
    """An order net of its refunds; gap: seconds since the order before."""

    discounted: bool
    gap: int | None


class _CountedLine(LineRow):
    bargain_minor: int | None


_Dated = TypeVar("_Dated", bound=Times)
_Columns = TypeVar("_Columns", bound=Mapping[str, object], covariant=True)


class _Known(msgspec.Struct, Generic[_Columns]):
    """A row the shop knew by the cut-off; age: whole seconds before it."""

    age: int
    columns: _Columns


_Rows = Sequence[_Known[Mapping[str, object]]]


def evaluate_features(
    tables: CustomerTables,
    cutoff: Cutoff,
    feeds: frozenset[str],
    features: Iterable[Feature] = FEATURES,
) -> dict[str, float | None]:
    """One customer's features; None is missing.

    feeds: what the shop had begun to send (see `get_available_feeds`).
    """
    streams = _build_streams(tables, cutoff, feeds)
    values: dict[str, float | None] = {}
    features = tuple(features)
    for feature in features:
        if isinstance(feature.formula, Aggregate):
            values[feature.name] = _evaluate_aggregate(feature.formula, streams, cutoff, feeds)
    return {feature.name: _evaluate_feature(feature, values) for feature in features}


def _build_streams(
    tables: CustomerTables, cutoff: Cutoff, feeds: frozenset[str]
) -> Mapping[str, _Rows]:
    """The rows of each stream, cut in time here and nowhere else."""

    def list_known(rows: Sequence[_Dated]) -> list[_Known[_Dated]]:
        return [
            _Known(cutoff.epoch - to_epoch_seconds(row["occurred_at"]), row)
            for row in rows
            if cutoff.is_history(row["known_at"]) and cutoff.is_history(row["occurred_at"])
        ]

    placed = [
        order
        for order in list_known(tables.get("orders", ()))
        if not (order.columns["gift"] or order.columns["wholesale"] or order.columns["brushing"])
    ]
    refunds = list_known(tables.get("refunds", ())) if "refunds" in feeds else []
    orders, refunded = _net_refunds(placed, refunds)
    gone = {order.columns["order_id"] for order in refunded}
    return {
        "orders": orders,
        "refunded_orders": refunded,
        "refunds": refunds,
        "loose_refunds": [refund for refund in refunds if refund.columns["order_id"] is None],
        "lines": [
            _Known(line.age, _count_bargain(line.columns))
            for line in list_known(tables.get("order_lines", ()))
            if line.columns["counts"] and line.columns["order_id"] not in gone
        ],
        "events": list_known(tables.get("events", ())),
    }


def _count_bargain(line: LineRow) -> _CountedLine:
    return {**line, "bargain_minor": line["amount_minor"] if line["bargain"] else 0}


def _net_refunds(
    placed: Sequence[_Known[OrderRow]], refunds: Sequence[_Known[RefundRow]]
) -> tuple[list[_Known[_NetOrder]], list[_Known[OrderRow]]]:
    """Orders net of the refunds that name them, newest first with their gaps; and the wholly
    refunded ones."""
    paid_back: dict[str, list[int | None]] = defaultdict(list)
    for refund in refunds:
        named = refund.columns["order_id"]
        if named is not None:
            paid_back[named].append(refund.columns["amount_minor"])
    netted: list[_Known[_NetOrder]] = []
    refunded: list[_Known[OrderRow]] = []
    for order in placed:
        back = paid_back.get(order.columns["order_id"], [])
        minor = sum(amount for amount in back if amount is not None)
        amount = order.columns["amount_minor"]
        if None in back or (back and amount is not None and minor >= amount):
            refunded.append(order)
        else:
            discount = order.columns["discount_minor"]
            net: _NetOrder = {
                **order.columns,
                "amount_minor": None if amount is None else amount - minor,
                "discounted": discount is not None and discount > 0,
                "gap": None,
            }
            netted.append(_Known(order.age, net))
    netted.sort(key=lambda order: order.age)
    for newer, older in pairwise(netted):
        newer.columns["gap"] = older.age - newer.age
    return netted, refunded


def _evaluate_aggregate(
    aggregate: Aggregate,
    streams: Mapping[str, _Rows],
    cutoff: Cutoff,
    feeds: frozenset[str],
) -> float | None:
    if aggregate.feed not in feeds:
        return None
    rows = _select_window(streams[aggregate.stream.source], aggregate.stream, cutoff)
    if aggregate.how == "days_without":
        other = {row.columns["local_day"] for row in streams["orders"]}
        return float(len({row.columns["local_day"] for row in rows} - other))
    value = _HOW[aggregate.how](rows, aggregate)
    return value if value is None or aggregate.divisor == 1 else value / float(aggregate.divisor)


def _select_window(rows: _Rows, stream: Stream, cutoff: Cutoff) -> _Rows:
    furthest = cutoff.get_window_seconds(stream.days) if stream.days else math.inf
    return [
        row
        for row in rows
        if row.age <= furthest
        and (not stream.kinds or row.columns["kind"] in stream.kinds)
        and (not stream.night or _is_night(row.columns["local_hour"]))
    ]


def _is_night(hour: object) -> bool:
    return isinstance(hour, int) and (hour >= NIGHT_FROM or hour < NIGHT_UNTIL)


def _evaluate_feature(feature: Feature, values: Mapping[str, float | None]) -> float | None:
    match feature.formula:
        case Ratio(upper, lower):
            above, below = values[upper], values[lower]
            return None if above is None or below is None or below == 0 else above / below
        case Difference(left, right):
            least = values[left]
            return None if least is None else least - (values[right] or 0.0)
        case Flag(other, equals):
            value = values[other]
            return None if value is None else float(value == equals)
        case Aggregate():
            return values[feature.name]


# What each aggregate of the language does. Whole numbers throughout; one double operation at the
# end.


def _get_column(rows: _Rows, column: str | None) -> list[int]:
    """A column's whole numbers; no entry for what is missing."""
    name = column or ""
    return [value for row in rows if isinstance(value := row.columns.get(name), int)]


def _compute_count(rows: _Rows, _: Aggregate) -> float:
    return float(len(rows))


def _compute_sum(rows: _Rows, aggregate: Aggregate) -> float:
    return float(sum(_get_column(rows, aggregate.column)))


def _compute_mean(rows: _Rows, aggregate: Aggregate) -> float | None:
    values = _get_column(rows, aggregate.column)
    return float(sum(values)) / float(len(values)) if values else None


def _compute_std(rows: _Rows, aggregate: Aggregate) -> float | None:
    values = _get_column(rows, aggregate.column)
    n = len(values)
    is_money = (aggregate.column or "").endswith("_minor")
    if n < 2 or (is_money and n * max(map(abs, values)) >= EXACT_SUM):
        return None
    moment = n * sum(value * value for value in values) - sum(values) ** 2
    return math.sqrt(float(moment) / (float(n) * float(n - 1)))


def _compute_z_score(rows: _Rows, aggregate: Aggregate) -> float | None:
    spread, gaps = _compute_std(rows, aggregate), _get_column(rows, aggregate.column)
    if not spread:
        return None
    return float(len(gaps) * rows[0].age - sum(gaps)) / (float(len(gaps)) * spread)


def _compute_median(rows: _Rows, aggregate: Aggregate) -> float | None:
    values = sorted(_get_column(rows, aggregate.column))
    if not values:
        return None
    lower, upper = values[(len(values) - 1) // 2], values[len(values) // 2]
    return float(lower) + (float(upper) - float(lower)) / 2  # exact below 2^52


def _compute_max(rows: _Rows, aggregate: Aggregate) -> float | None:
    values = _get_column(rows, aggregate.column)
    return float(max(values)) if values else None


def _compute_since_last(rows: _Rows, _: Aggregate) -> float | None:
    return float(min(row.age for row in rows)) / SECONDS_A_DAY if rows else None


def _compute_since_first(rows: _Rows, _: Aggregate) -> float | None:
    return float(max(row.age for row in rows)) / SECONDS_A_DAY if rows else None


def _compute_nth_last(rows: _Rows, aggregate: Aggregate) -> float | None:
    nth = aggregate.argument
    return float(rows[nth - 1].age) / SECONDS_A_DAY if len(rows) >= nth else None


def _compute_latest(rows: _Rows, aggregate: Aggregate) -> float | None:
    values = _get_column([row for row in rows if row.age == rows[0].age], aggregate.column)
    return float(max(values)) if values else None


def _compute_distinct(rows: _Rows, aggregate: Aggregate) -> float:
    column = aggregate.column or ""
    return float(len({value for row in rows if (value := row.columns[column]) is not None}))


def _compute_share(rows: _Rows, aggregate: Aggregate) -> float | None:
    column = aggregate.column or ""
    return float(sum(1 for row in rows if row.columns[column])) / float(len(rows)) if rows else None


def _compute_decayed(rows: _Rows, aggregate: Aggregate) -> float:
    weights = compute_decay_weights(aggregate.argument)
    total = 0
    for row in rows:
        value = row.columns[aggregate.column] if aggregate.column else 1
        if isinstance(value, int):
            total += weights[min(row.age // SECONDS_A_DAY, len(weights) - 1)] * value
    return float(total) / WEIGHT_ONE


def _compute_top(rows: _Rows, aggregate: Aggregate) -> float | None:
    by, column, flag = aggregate.by or "", aggregate.column or "", aggregate.flag or ""
    sums: dict[str, int] = defaultdict(int)
    flagged: set[str] = set()
    for row in rows:
        group, amount = row.columns[by], row.columns[column]
        if isinstance(group, str):
            sums[group] += amount if isinstance(amount, int) else 0
            if row.columns[flag]:
                flagged.add(group)
    if not sums:
        return None
    first = min(sums, key=lambda value: (-sums[value], value))
    return float(first in flagged)


_HOW: dict[str, Callable[[_Rows, Aggregate], float | None]] = {
    "count": _compute_count,
    "sum": _compute_sum,
    "mean": _compute_mean,
    "std": _compute_std,
    "z_score": _compute_z_score,
    "median": _compute_median,
    "max": _compute_max,
    "since_last": _compute_since_last,
    "since_first": _compute_since_first,
    "nth_last": _compute_nth_last,
    "latest": _compute_latest,
    "distinct": _compute_distinct,
    "share": _compute_share,
    "decayed": _compute_decayed,
    "top": _compute_top,
}
