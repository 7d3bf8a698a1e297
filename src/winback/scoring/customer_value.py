"""What customers are worth in the outcome window, one by one and by group, with intervals.

The population is valued by the model. Who has been away for longer than it reaches is valued by
what the shop's own silent customers did: their return rate and spend by length of silence. What
comes back by itself is always said beside what is at stake, and neither is ever called incremental.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from winback.model.bundle import Bundle
from winback.model.spend import CustomerValue, ValueSums, ValueTotal
from winback.scoring.summary import GroupWorth, MoneyTotal
from winback.segmentation.thresholds import Thresholds

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def predict_churn(
    thresholds: Thresholds, days_silent: Array, inside: Flags, chance: Array
) -> Array:
    """Everyone's chance of no order in the window: the model's, or of the dormant what silence like
    theirs led to.

    days_silent: since the last order; inside: the population; chance: the model's, 0 to 1.
    """
    dormant, band = _find_dormant(thresholds, days_silent, inside)
    away = chance.copy()
    away[dormant] = np.array([1 - each.rate for each in thresholds.list_return_rates()])[band]
    return away


def estimate_value(
    bundle: Bundle,
    thresholds: Thresholds,
    rows: Array,
    days_silent: Array,
    inside: Flags,
    away: Array,
    day: date,
) -> CustomerValue | None:
    """Everyone's worth; None where the shop has no amounts. rows: features; away: from
    `predict_churn`."""
    if bundle.spend is None:
        return None
    dormant, band = _find_dormant(thresholds, days_silent, inside)
    typical = bundle.spend.predict_typical(rows, day)
    amount = np.array(
        [
            each.spend_minor / each.returned if each.returned else 0.0
            for each in thresholds.list_return_rates()
        ]
    )
    typical[dormant] = amount[band] / bundle.spend.mean
    return bundle.spend.estimate_value(typical, away)


def accumulate(
    sums: dict[str, ValueSums], groups: Mapping[str, Flags], worth: CustomerValue, chance: Array
) -> None:
    """Add customers to the sums of their groups."""
    for name, chosen in groups.items():
        sums[name] = sums.get(name, ValueSums()) + ValueSums.sum_over(worth, chance, chosen)


def summarize(bundle: Bundle, sums: Mapping[str, ValueSums], day: date) -> dict[str, GroupWorth]:
    """Each group's customers, spend that comes by itself and value at stake, with 95 %
    intervals, in whole minor units."""
    if bundle.spend is None:
        return {}
    errors = bundle.base_rate.estimate_error(day), bundle.spend.level.estimate_error(day)
    groups = {}
    for name, each in sums.items():
        expected, at_stake = each.compute_totals(*errors)
        groups[name] = GroupWorth(each.customers, _round_total(expected), _round_total(at_stake))
    return groups


def _round_total(total: ValueTotal) -> MoneyTotal:
    return MoneyTotal(round(total.value), round(total.low), round(total.high))


def estimate_dormant_spend(thresholds: Thresholds, days_silent: Array) -> Array:
    """What the silent spend by themselves where no model of spend could be learned: what those
    before them did."""
    expected = np.zeros(len(days_silent))
    dormant, band = _find_dormant(thresholds, days_silent, np.zeros(len(days_silent), dtype=bool))
    expected[dormant] = np.array(
        [each.spend_a_head_minor for each in thresholds.list_return_rates()]
    )[band]
    return expected


def _find_dormant(
    thresholds: Thresholds, days_silent: Array, inside: Flags
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who is beyond the population and silent, and the band of silence of each."""
    edges = np.array([band.from_days for band in thresholds.list_return_rates()])
    dormant = np.flatnonzero(~inside & (days_silent > thresholds.silence_days))
    return dormant, np.searchsorted(edges, days_silent[dormant], side="left") - 1
