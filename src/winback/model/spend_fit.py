"""Learning what customers spend if they order, and judging a forecast of spend (MODEL 2.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from winback.model.base_rate import BaseRate, Shift
from winback.model.btyd import Histories, expected_purchases, expected_value
from winback.model.btyd_fit import fit_gamma_gamma
from winback.model.ensemble import margin
from winback.model.spend import Spend, furthest
from winback.model.training import PARAMETERS, TREES, Stack

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

FEWEST_ORDERING = 200  # rows with an order in the window; with fewer the amounts teach nothing
_MISSES = 101
_DECILES = 10


@dataclass(frozen=True)
class SpendFigures:
    """How good a forecast of spend is: normalised Gini (1 = perfect order), decile error and
    bias (0 = none)."""

    gini: float
    decile_error: float
    bias: float


def fit_spend(
    stack: Stack,
    cutoffs: Sequence[date],
    names: Sequence[str],
    outcome_days: int,
    learned_days: int,
    btyd: Mapping[str, Sequence[float]],
    calendar: BaseRate,
    seed: int,
) -> Spend | None:
    """Learn from the rows that ordered; None where there are no amounts, or too few orders to learn
    from.

    cutoffs: the day of each of the stack's cut-offs; calendar: the shop's sale days, whose season
    the level follows.
    """
    paid = ~stack.churned & (np.nan_to_num(stack.spend_cents) > 0)
    halves = (stack.customer & np.uint64(1)).astype(bool)
    if min(int((paid & half).sum()) for half in (halves, ~halves)) < FEWEST_ORDERING // 2:
        return None
    logarithms = np.log(np.where(paid, stack.spend_cents, 1.0))
    unseen = np.zeros(len(logarithms))
    for half in (halves, ~halves):
        learned = _booster(stack.rows[paid & ~half], logarithms[paid & ~half], names, seed)
        unseen[paid & half] = margin(learned, stack.rows[paid & half])
    missed = np.exp(logarithms - unseen)[paid]
    # One reseller who spends ten thousand times what anyone would foretell must not set everyone's
    # mean.
    spent = np.minimum(stack.spend_cents, furthest(np.log(missed)) * np.exp(unseen))
    # The mean that the shop's takings need, which big spenders weigh more in than the mean of
    # ratios would.
    mean = float(spent[paid].sum() / np.exp(unseen[paid]).sum())
    square = float((spent[paid] ** 2).sum() / np.exp(2 * unseen[paid]).sum())
    shifts = []
    if learned_days == outcome_days:
        foretold = np.exp(unseen) * mean
        for place, day in enumerate(cutoffs):
            rows = paid & (stack.cutoff == place)
            if rows.any():
                shifts.append(level_at(day, foretold[rows], spent[rows]))
    return Spend(
        names,
        _booster(stack.rows[paid], logarithms[paid], names, seed),
        np.quantile(np.log(missed), np.linspace(0, 1, _MISSES)).tolist(),
        mean,
        square,
        outcome_days,
        learned_days,
        dict(btyd),
        BaseRate(calendar.first_day, outcome_days, shifts, calendar.sales),
    )


def level_at(day: date, foretold: Array, spent: Array) -> Shift:
    """What the logarithm of all amounts lacked at a past cut-off, over those who ordered."""
    ratio = float(spent.sum() / foretold.sum())
    error = float(np.sqrt(((spent - ratio * foretold) ** 2).sum()) / spent.sum())
    return Shift(day, float(np.log(ratio)), error, len(spent))


def gamma_gamma_spend(
    btyd: Mapping[str, Sequence[float]],
    seen: Histories,
    orders: Array,
    mean_value: Array,
    days: int,
) -> Array | None:
    """The peer to beat: BG/NBD's expected purchases times Gamma-Gamma's expected value; None if
    either cannot be fitted."""
    found = fit_gamma_gamma(orders, mean_value)
    if "bg_nbd" not in btyd or found.parameters is None:
        return None
    return expected_purchases("bg_nbd", btyd["bg_nbd"], seen, days) * expected_value(
        found.parameters, orders, mean_value
    )


def judge(foretold: Array, spent: Array) -> SpendFigures:
    """Figures of a forecast against what was spent (cents, 0 for who stayed away)."""
    tenths = np.array_split(np.argsort(foretold, kind="stable"), _DECILES)
    off = sum(abs(float(foretold[rows].sum() - spent[rows].sum())) for rows in tenths)
    total = float(spent.sum())
    return SpendFigures(
        _gini(foretold, spent) / _gini(spent, spent), off / total, float(foretold.sum()) / total - 1
    )


def _gini(order_by: Array, spent: Array) -> float:
    """The area between the curve of takings, best customers first, and that of no order at all."""
    found = np.cumsum(spent[np.argsort(-order_by, kind="stable")]) / spent.sum()
    return float(found.mean() - 0.5)


def _booster(rows: Array, logarithms: Array, names: Sequence[str], seed: int) -> xgb.Booster:
    data = xgb.DMatrix(
        rows.astype(np.float32), label=logarithms, feature_names=list(names), nthread=1
    )
    parameters: dict[str, Any] = {**PARAMETERS, "objective": "reg:squarederror", "seed": seed}
    return xgb.train(
        {**parameters, "base_score": float(logarithms.mean())}, data, num_boost_round=TREES
    )
