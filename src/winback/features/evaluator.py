"""The interpreter: the feature list for one customer's own rows, in plain Python.

It reads the same declarations as the compiler and gives the same bits, in about a millisecond where
a query engine needs a hundred. Rows are dictionaries with the columns of `tables.py`.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from winback.core.cutoff import SECONDS_A_DAY, Cutoff, to_epoch_seconds
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

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]


def evaluate_features(
    rows: Rows, cutoff: Cutoff, feeds: frozenset[str], features: Iterable[Feature] = FEATURES
) -> dict[str, float | None]:
    """One customer's features; None is missing.

    rows: the customer's rows of `orders`, `order_lines`, `refunds`, `events`; a table left out has
    none. feeds: what the shop had begun to send (see `get_available_feeds`).
    """
    streams = _build_streams(rows, cutoff, feeds)
    values: dict[str, float | None] = {}
    features = tuple(features)
    for feature in features:
        if isinstance(feature.formula, Aggregate):
            values[feature.name] = _evaluate_aggregate(feature.formula, streams, cutoff, feeds)
    return {feature.name: _evaluate_feature(feature, values) for feature in features}


def _build_streams(
    rows: Rows, cutoff: Cutoff, feeds: frozenset[str]
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each stream, cut in time here and nowhere else, with their age in whole
    seconds."""

    def list_known(table: str) -> list[dict[str, Any]]:
        return [
            {**row, "age": cutoff.epoch - to_epoch_seconds(row["occurred_at"])}
            for row in rows.get(table, ())
            if cutoff.is_history(row["known_at"]) and cutoff.is_history(row["occurred_at"])
        ]

    placed = [
        row
        for row in list_known("orders")
        if not (row["gift"] or row["wholesale"] or row["brushing"])
    ]
    refunds = list_known("refunds") if "refunds" in feeds else []
    orders, refunded = _net_refunds(placed, refunds)
    gone = {row["order_id"] for row in refunded}
    lines = [
        row for row in list_known("order_lines") if row["counts"] and row["order_id"] not in gone
    ]
    for line in lines:
        line["bargain_minor"] = line["amount_minor"] if line["bargain"] else 0
    return {
        "orders": orders,
        "refunded_orders": refunded,
        "refunds": refunds,
        "loose_refunds": [row for row in refunds if row["order_id"] is None],
        "lines": lines,
        "events": list_known("events"),
    }


def _net_refunds(
    placed: list[dict[str, Any]], refunds: list[dict[str, Any]]
) -> tuple[list[Any], list[Any]]:
    """Orders net of the refunds that name them, newest first with their gaps; and the wholly
    refunded ones."""
    paid_back: dict[str, list[int | None]] = defaultdict(list)
    for refund in refunds:
        if refund["order_id"] is not None:
            paid_back[refund["order_id"]].append(refund["amount_minor"])
    netted, refunded = [], []
    for order in placed:
        back = paid_back.get(order["order_id"], [])
        minor = sum(amount for amount in back if amount is not None)
        amount = order["amount_minor"]
        if None in back or (back and amount is not None and minor >= amount):
            refunded.append(order)
        else:
            discount = order["discount_minor"]
            discounted = discount is not None and discount > 0
            netted.append(
                {
                    **order,
                    "amount_minor": None if amount is None else amount - minor,
                    "discounted": discounted,
                }
            )
    netted.sort(key=lambda order: order["age"])
    for newer, older in pairwise(netted):
        newer["gap"] = older["age"] - newer["age"]
    return netted, refunded


def _evaluate_aggregate(
    aggregate: Aggregate,
    streams: Mapping[str, list[dict[str, Any]]],
    cutoff: Cutoff,
    feeds: frozenset[str],
) -> float | None:
    if aggregate.feed not in feeds:
        return None
    rows = _select_window(streams[aggregate.stream.source], aggregate.stream, cutoff)
    if aggregate.how == "days_without":
        other = {row["local_day"] for row in streams["orders"]}
        return float(len({row["local_day"] for row in rows} - other))
    value = _HOW[aggregate.how](rows, aggregate)
    return value if value is None or aggregate.divisor == 1 else value / float(aggregate.divisor)


def _select_window(
    rows: list[dict[str, Any]], stream: Stream, cutoff: Cutoff
) -> list[dict[str, Any]]:
    furthest = cutoff.get_window_seconds(stream.days) if stream.days else math.inf
    return [
        row
        for row in rows
        if row["age"] <= furthest
        and (not stream.kinds or row["kind"] in stream.kinds)
        and (not stream.night or _is_night(row["local_hour"]))
    ]


def _is_night(hour: int | None) -> bool:
    return hour is not None and (hour >= NIGHT_FROM or hour < NIGHT_UNTIL)


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


def _get_column(rows: list[dict[str, Any]], column: str | None) -> list[int]:
    return [int(value) for row in rows if (value := row.get(column or "")) is not None]


def _compute_count(rows: list[dict[str, Any]], _: Aggregate) -> float:
    return float(len(rows))


def _compute_sum(rows: list[dict[str, Any]], aggregate: Aggregate) -> float:
    return float(sum(_get_column(rows, aggregate.column)))


def _compute_mean(rows: list[dict[str, Any]], aggregate: Aggregate) -> float | None:
    values = _get_column(rows, aggregate.column)
    return float(sum(values)) / float(len(values)) if values else None


def _compute_std(rows: list[dict[str, Any]], aggregate: Aggregate) -> float | None:
    values = _get_column(rows, aggregate.column)
    n = len(values)
    if n < 2:
        return None
    moment = n * sum(value * value for value in values) - sum(values) ** 2
    return math.sqrt(float(moment) / (float(n) * float(n - 1)))


def _compute_z_score(rows: list[dict[str, Any]], aggregate: Aggregate) -> float | None:
    spread, gaps = _compute_std(rows, aggregate), _get_column(rows, aggregate.column)
    if not spread:
        return None
    return float(len(gaps) * rows[0]["age"] - sum(gaps)) / (float(len(gaps)) * spread)


def _compute_median(rows: list[dict[str, Any]], aggregate: Aggregate) -> float | None:
    values = sorted(_get_column(rows, aggregate.column))
    if not values:
        return None
    lower, upper = values[(len(values) - 1) // 2], values[len(values) // 2]
    return float(lower) + (float(upper) - float(lower)) / 2  # exact below 2^52


def _compute_max(rows: list[dict[str, Any]], aggregate: Aggregate) -> float | None:
    values = _get_column(rows, aggregate.column)
    return float(max(values)) if values else None


def _compute_since_last(rows: list[dict[str, Any]], _: Aggregate) -> float | None:
    return float(min(row["age"] for row in rows)) / SECONDS_A_DAY if rows else None


def _compute_since_first(rows: list[dict[str, Any]], _: Aggregate) -> float | None:
    return float(max(row["age"] for row in rows)) / SECONDS_A_DAY if rows else None


def _compute_nth_last(rows: list[dict[str, Any]], aggregate: Aggregate) -> float | None:
    nth = aggregate.argument
    return float(rows[nth - 1]["age"]) / SECONDS_A_DAY if len(rows) >= nth else None


def _compute_latest(rows: list[dict[str, Any]], aggregate: Aggregate) -> float | None:
    values = _get_column([row for row in rows if row["age"] == rows[0]["age"]], aggregate.column)
    return float(max(values)) if values else None


def _compute_distinct(rows: list[dict[str, Any]], aggregate: Aggregate) -> float:
    return float(len({value for row in rows if (value := row[aggregate.column or ""]) is not None}))


def _compute_share(rows: list[dict[str, Any]], aggregate: Aggregate) -> float | None:
    return (
        float(sum(1 for row in rows if row[aggregate.column or ""])) / float(len(rows))
        if rows
        else None
    )


def _compute_decayed(rows: list[dict[str, Any]], aggregate: Aggregate) -> float:
    weights = compute_decay_weights(aggregate.argument)
    total = 0
    for row in rows:
        value = row[aggregate.column] if aggregate.column else 1
        if value is not None:
            total += weights[min(row["age"] // SECONDS_A_DAY, len(weights) - 1)] * value
    return float(total) / WEIGHT_ONE


def _compute_top(rows: list[dict[str, Any]], aggregate: Aggregate) -> float | None:
    by, column = aggregate.by or "", aggregate.column or ""
    sums: dict[str, int] = defaultdict(int)
    flagged: set[str] = set()
    for row in rows:
        if row[by] is not None:
            sums[row[by]] += row[column] or 0
            if row[aggregate.flag or ""]:
                flagged.add(row[by])
    if not sums:
        return None
    first = min(sums, key=lambda value: (-sums[value], value))
    return float(first in flagged)


_HOW: dict[str, Callable[[list[dict[str, Any]], Aggregate], float | None]] = {
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
