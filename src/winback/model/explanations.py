"""What moved a customer's risk: the model's own contributions, gathered by theme, for words that a
person can check.

A hundred features tell one story several times over, so contributions are added up by theme; the
catalogue has a sentence for each theme, with the customer's own numbers in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from winback.core.currency import get_minor_per_unit

Array = NDArray[np.float64]

MOST = 3  # more than three reasons are none


@dataclass(frozen=True)
class Theme:
    """One subject of reasons: which features tell it, and the numbers its sentence `why.<name>`
    shows.

    features: patterns of feature names; numbers: each value of the sentence and the feature it is;
    otherwise: the theme whose sentence stands in where one of them is missing; unless_more: another
    whose sentence is used unless the first feature is greater than the second.
    """

    name: str
    group: Literal["R", "F", "M", "B"]
    features: Sequence[str]
    numbers: Mapping[str, str]
    otherwise: str | None = None
    unless_more: tuple[str, str, str] | None = None


# The first whose pattern fits has the feature.
THEMES = (
    Theme(
        "rhythm",
        "R",
        (
            "recency_*",
            "days_since_last_order",
            "days_since_2nd_last_order",
            "days_since_3rd_last_order",
            "gap_*",
        ),
        {"usual": "gap_median_days", "days": "days_since_last_order"},
        "silence",
        ("days_since_last_order", "gap_median_days", "in_time"),
    ),
    Theme("in_time", "R", (), {"usual": "gap_median_days", "days": "days_since_last_order"}),
    Theme("silence", "R", (), {"days": "days_since_last_order"}),
    Theme("tenure", "R", ("days_since_first_order",), {"tenure": "days_since_first_order"}),
    Theme(
        "pace",
        "F",
        (
            "orders_last_*",
            "orders_decayed_*",
            "orders_30_*",
            "orders_90_*",
            "orders_per_day*",
            "purchase_days_last*",
        ),
        {"lately": "orders_last_90_days", "year": "orders_last_365_days"},
    ),
    Theme(
        "habit",
        "F",
        ("orders_lifetime", "purchase_days_lifetime", "is_one_time_buyer"),
        {"orders": "orders_lifetime"},
    ),
    Theme("hours", "F", ("weekend_share", "order_hour_mean"), {"weekend": "weekend_share"}),
    Theme("refunds", "M", ("*refund*",), {"refunds": "refunds_lifetime"}),
    Theme(
        "discounts",
        "M",
        ("discount*", "*bargain*"),
        {"discounted": "discounted_order_share"},
        "range",
    ),
    Theme(
        "range",
        "M",
        ("skus_*", "categories_*", "favourite_*", "units_mean", "lines_mean"),
        {"skus": "skus_last_365_days"},
        "habit",
    ),
    Theme(
        "basket",
        "M",
        ("order_value_*", "last_of_mean_*"),
        {"last": "order_value_last_minor", "mean": "order_value_mean_minor"},
    ),
    Theme(
        "spend",
        "M",
        ("spend_*", "net_spend_*"),
        {"lately": "spend_last_90_days_minor", "year": "spend_last_365_days_minor"},
    ),
    Theme(
        "carts",
        "B",
        ("cart*", "checkouts_*", "days_since_last_cart"),
        {"carts": "carts_last_90_days"},
    ),
    Theme(
        "coupons",
        "B",
        ("coupon_*", "days_since_last_coupon*"),
        {"uses": "coupon_uses_last_180_days"},
    ),
    Theme(
        "messages",
        "B",
        ("campaigns_*", "message_*", "days_since_last_campaign*", "days_since_last_message*"),
        {"received": "campaigns_received_last_90_days", "clicked": "message_clicks_last_90_days"},
    ),
    Theme(
        "service", "B", ("service_*", "complaints_*"), {"contacts": "service_contacts_last_90_days"}
    ),
    Theme(
        "visits",
        "B",
        (
            "views_*",
            "view_seconds_*",
            "searches_*",
            "favourites_*",
            "active_days_*",
            "activities_*",
            "reviews_*",
            "days_since_last_view",
            "days_since_last_review",
        ),
        {"active": "active_days_last_30_days"},
    ),
)
_PLACE = {theme.name: place for place, theme in enumerate(THEMES)}


@dataclass(frozen=True)
class Reasons:
    """Why each row's risk is what it is, strongest first: codes are places in THEMES, -1 none;
    moved is in log-odds.

    numbers: every feature a sentence shows, as the whole numbers a person reads; NaN where missing.
    """

    theme: NDArray[np.int64]
    moved: Array
    numbers: Mapping[str, Array]


def get_theme(feature: str) -> Theme:
    """The theme a feature's contribution counts for."""
    return next(
        theme
        for theme in THEMES
        if any(fnmatchcase(feature, pattern) for pattern in theme.features)
    )


def find_reasons(parts: Array, names: Sequence[str], rows: Array, currency: str = "") -> Reasons:
    """The strongest reasons of each row, at most MOST, no theme twice.

    parts: what each feature adds to the log-odds (`Blend.contributions`); rows: the features; both
    in the order of `names`. currency: what their amounts are in.
    """
    moved = _sum_by_theme(rows, names, parts)
    strongest = np.argsort(-np.abs(moved), axis=1, kind="stable")[:, :MOST]
    numbers = _collect_numbers(names, rows, currency)
    by = np.take_along_axis(moved, strongest, axis=1)
    codes = np.where(
        by != 0, np.take_along_axis(_choose_sentences(numbers, len(rows)), strongest, axis=1), -1
    )
    _remove_repeated(codes)
    return Reasons(codes, by, numbers)


def _sum_by_theme(rows: Array, names: Sequence[str], parts: Array) -> Array:
    moved = np.zeros((len(rows), len(THEMES)))
    for place, name in enumerate(names):
        moved[:, _PLACE[get_theme(name).name]] += parts[:, place]
    return moved


def _remove_repeated(codes: NDArray[Any]) -> None:
    for later in range(1, MOST):
        again = (codes[:, :later] == codes[:, later : later + 1]).any(axis=1)
        codes[again, later] = -1


def _collect_numbers(names: Sequence[str], rows: Array, currency: str) -> dict[str, Array]:
    """Each number of a sentence as a person reads it: money in units, shares in percent,
    everything else whole."""
    times = {"_minor": 1 / get_minor_per_unit(currency), "share": 100.0}
    shown = {}
    for feature in sorted({feature for theme in THEMES for feature in theme.numbers.values()}):
        column = rows[:, names.index(feature)]
        unit = next((unit for unit in times if feature.endswith(unit)), None)
        # Silence is counted as the calendar does; a gap of less than a day is one day.
        shown[feature] = np.floor(column * times[unit] + 0.5) if unit else np.ceil(column)
        if feature.startswith("gap_"):
            shown[feature] = np.maximum(np.floor(column + 0.5), 1.0)
    return shown


def _choose_sentences(numbers: Mapping[str, Array], count: int) -> NDArray[np.int64]:
    """For each row and theme the theme whose sentence can be used: itself, or what stands in for
    it, or none."""
    missing = [_find_missing(theme, numbers) for theme in THEMES]
    choice = np.zeros((count, len(THEMES)), dtype=np.int64)
    for place in range(len(THEMES)):
        choice[:, place] = _choose_for_theme(place, missing, count)
    for place, theme in enumerate(THEMES):
        if theme.unless_more is not None:
            first, second, other_name = theme.unless_more
            choice[(choice == place) & ~(numbers[first] > numbers[second])[:, None]] = _PLACE[
                other_name
            ]
    return choice


def _find_missing(theme: Theme, numbers: Mapping[str, Array]) -> NDArray[np.bool_]:
    """For each row whether a number of the theme's sentence is missing."""
    return np.asarray(
        np.any([np.isnan(numbers[feature]) for feature in theme.numbers.values()], axis=0)
    )


def _choose_for_theme(
    place: int, missing: Sequence[NDArray[np.bool_]], count: int
) -> NDArray[np.int64]:
    """For each row the first theme along those that stand in for one another whose numbers are
    there; -1 where there is none."""
    choice, left, other = np.full(count, -1, dtype=np.int64), np.ones(count, dtype=bool), place
    while left.any():
        choice[left & ~missing[other]] = other
        left = left & missing[other]
        instead = THEMES[other].otherwise
        if instead is None:
            break
        other = _PLACE[instead]
    return choice
