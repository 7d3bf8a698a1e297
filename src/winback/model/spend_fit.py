"""Learning what customers spend if they order, and judging a forecast of spend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from winback.model.base_rate import BaseRate, RateShift
from winback.model.btyd import PurchaseHistories, estimate_order_value, estimate_purchases
from winback.model.btyd_fit import fit_gamma_gamma
from winback.model.ensemble import compute_log_odds
from winback.model.spend import SpendModel, compute_furthest
from winback.model.training import TrainingSet
from winback.model.xgboost_parameters import PARAMETERS, TREES

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
    stack: TrainingSet,
    cutoffs: Sequence[date],
    names: Sequence[str],
    outcome_days: int,
    learned_days: int,
    btyd: Mapping[str, Sequence[float]],
    calendar: BaseRate,
    seed: int,
) -> SpendModel | None:
    """Learn from the rows that ordered; None where there are no amounts, or too few orders to learn
    from.

    cutoffs: the day of each of the stack's cut-offs; calendar: the shop's sale days, whose season
    the level follows.
    """
    paid = ~stack.churned & (np.nan_to_num(stack.spend_minor) > 0)
    halves = (stack.customer & np.uint64(1)).astype(bool)
    if min(int((paid & half).sum()) for half in (halves, ~halves)) < FEWEST_ORDERING // 2:
        return None
    logarithms = np.log(np.where(paid, stack.spend_minor, 1.0))
    unseen = _predict_unseen(stack.rows, logarithms, paid, halves, names, seed)
    missed = np.exp(logarithms - unseen)[paid]
    # One reseller who spends ten thousand times what anyone would foretell must not set everyone's
    # mean.
    spent = np.minimum(stack.spend_minor, compute_furthest(np.log(missed)) * np.exp(unseen))
    # The mean that the shop's takings need, which big spenders weigh more in than the mean of
    # ratios would.
    mean = float(spent[paid].sum() / np.exp(unseen[paid]).sum())
    square = float((spent[paid] ** 2).sum() / np.exp(2 * unseen[paid]).sum())
    shifts = []
    if learned_days == outcome_days:
        at_cutoffs = [paid & (stack.cutoff == place) for place in range(len(cutoffs))]
        shifts = _measure_levels(cutoffs, at_cutoffs, np.exp(unseen) * mean, spent)
    return SpendModel(
        names,
        _fit_booster(stack.rows[paid], logarithms[paid], names, seed),
        np.quantile(np.log(missed), np.linspace(0, 1, _MISSES)).tolist(),
        mean,
        square,
        outcome_days,
        learned_days,
        dict(btyd),
        BaseRate(calendar.first_day, outcome_days, shifts, calendar.sales),
    )


def _predict_unseen(
    rows: Array, logarithms: Array, paid: Flags, halves: Flags, names: Sequence[str], seed: int
) -> Array:
    """The logarithm of what each row that paid is expected to spend, by a model of the other half
    of the customers; 0 for the other rows."""
    unseen = np.zeros(len(logarithms))
    for half in (halves, ~halves):
        learned = _fit_booster(rows[paid & ~half], logarithms[paid & ~half], names, seed)
        unseen[paid & half] = compute_log_odds(learned, rows[paid & half])
    return unseen


def _measure_levels(
    cutoffs: Sequence[date], at_cutoffs: Sequence[Flags], predicted: Array, spent: Array
) -> list[RateShift]:
    """The level at each cut-off that has rows."""
    return [
        measure_level(day, predicted[rows], spent[rows])
        for day, rows in zip(cutoffs, at_cutoffs, strict=True)
        if rows.any()
    ]


def measure_level(day: date, predicted: Array, spent: Array) -> RateShift:
    """What the logarithm of all amounts lacked at a past cut-off, over those who ordered."""
    ratio = float(spent.sum() / predicted.sum())
    error = float(np.sqrt(((spent - ratio * predicted) ** 2).sum()) / spent.sum())
    return RateShift(day, float(np.log(ratio)), error, len(spent))


def predict_gamma_gamma_spend(
    btyd: Mapping[str, Sequence[float]],
    histories: PurchaseHistories,
    orders: Array,
    mean_value: Array,
    days: int,
) -> Array | None:
    """The peer to beat: BG/NBD's expected purchases times Gamma-Gamma's expected value; None if
    either cannot be fitted."""
    fit = fit_gamma_gamma(orders, mean_value)
    if "bg_nbd" not in btyd or fit.parameters is None:
        return None
    return estimate_purchases("bg_nbd", btyd["bg_nbd"], histories, days) * estimate_order_value(
        fit.parameters, orders, mean_value
    )


def evaluate_spend(predicted: Array, spent: Array) -> SpendFigures:
    """Figures of a forecast against what was spent (minor units, 0 for who stayed away)."""
    tenths = np.array_split(np.argsort(predicted, kind="stable"), _DECILES)
    off = sum(abs(float(predicted[rows].sum() - spent[rows].sum())) for rows in tenths)
    total = float(spent.sum())
    return SpendFigures(
        _compute_gini(predicted, spent) / _compute_gini(spent, spent),
        off / total,
        float(predicted.sum()) / total - 1,
    )


def _compute_gini(order_by: Array, spent: Array) -> float:
    """The area between the curve of takings, best customers first, and that of no order at all."""
    cumulated = np.cumsum(spent[np.argsort(-order_by, kind="stable")]) / spent.sum()
    return float(cumulated.mean() - 0.5)


def _fit_booster(rows: Array, logarithms: Array, names: Sequence[str], seed: int) -> xgb.Booster:
    data = xgb.DMatrix(
        rows.astype(np.float32), label=logarithms, feature_names=list(names), nthread=1
    )
    parameters = {
        **PARAMETERS,
        "objective": "reg:squarederror",
        "seed": seed,
        "base_score": float(logarithms.mean()),
    }
    return xgb.train(parameters, data, num_boost_round=TREES)
