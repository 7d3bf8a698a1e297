"""How good a churn probability is: metrics per slice, with intervals from a bootstrap over
customers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

ECE_BINS = 15
RESAMPLES = 200
METRICS = (
    "auc",
    "log_loss",
    "brier",
    "ece",
    "ece_floor",
    "pr_auc_return",
    "pr_auc_churn",
    "lift_at_10",
    "accuracy",
    "majority_accuracy",
)

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
WeightedAuc = Callable[[NDArray[Any]], float]  # of any weights of the customers


@dataclass(frozen=True)
class Interval:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


def compute_metrics(churned: Flags, chance: Array, seed: int) -> dict[str, float | None]:
    """Every metric of METRICS; None where the slice has one class only or nobody.

    churned: outcomes; chance: the probability of churn given to each, 0 to 1.
    """
    if churned.all() or not churned.any():
        return dict.fromkeys(METRICS)
    rate = float(churned.mean())
    return {
        "auc": float(roc_auc_score(churned, chance)),
        "log_loss": _compute_log_loss(churned, chance),
        "brier": float(np.mean((chance - churned) ** 2)),
        "ece": compute_calibration_error(churned, chance),
        "ece_floor": simulate_calibration_noise(chance, seed),
        "pr_auc_return": float(average_precision_score(~churned, 1 - chance)),
        "pr_auc_churn": float(average_precision_score(churned, chance)),
        "lift_at_10": compute_lift(churned, chance, 0.10),
        "accuracy": float(np.mean((chance >= 0.5) == churned)),
        "majority_accuracy": max(rate, 1 - rate),
    }


def compute_calibration_error(churned: Flags, chance: Array) -> float:
    """ECE over equal-mass bins: how far, on average, what was said lies from what happened."""
    bins = np.array_split(np.argsort(chance, kind="stable"), ECE_BINS)
    gaps = [
        len(rows) * abs(float(chance[rows].mean()) - float(churned[rows].mean()))
        for rows in bins
        if len(rows)
    ]
    return float(sum(gaps) / len(chance))


def compute_reliability(churned: Flags, chance: Array) -> list[dict[str, float]]:
    """What was said and what happened in equal-mass bins, lowest first, with the 95 % that
    chance alone leaves each way."""
    bins = [
        rows for rows in np.array_split(np.argsort(chance, kind="stable"), ECE_BINS) if len(rows)
    ]
    predicted = [float(chance[rows].mean()) for rows in bins]
    return [
        {
            "customers": len(rows),
            "said": mean,
            "happened": float(churned[rows].mean()),
            "noise": 1.96 * float(np.sqrt(mean * (1 - mean) / len(rows))),
        }
        for rows, mean in zip(bins, predicted, strict=True)
    ]


def simulate_calibration_noise(chance: Array, seed: int) -> float:
    """The ECE that perfectly honest probabilities would show by chance, for this many customers."""
    random = np.random.default_rng(seed)
    simulated = (random.random(len(chance)) < chance for _ in range(RESAMPLES // 4))
    return float(np.mean([compute_calibration_error(churned, chance) for churned in simulated]))


@dataclass(frozen=True)
class EvaluationSet:
    """One cut-off at which two models are compared: outcomes, both chances of churn, and a hash
    of each customer."""

    churned: Flags
    own: Array
    other: Array
    customer: NDArray[np.uint64]


def compare_auc(
    churned: Flags, chance: Array, others: Mapping[str, Array], seed: int
) -> dict[str, Interval]:
    """The model's AUC less each other's, on the same resampled customers; `model` itself is
    under "model"."""
    draws = _draw_weights(churned, seed)
    once, of = np.ones(len(churned)), _build_weighted_auc(churned, chance)
    own = np.array([of(weight) for weight in draws])
    compared = {"model": _build_interval(of(once), own)}
    for name, other in others.items():
        other_auc = _build_weighted_auc(churned, other)
        compared[name] = _build_interval(
            of(once) - other_auc(once), own - np.array([other_auc(weight) for weight in draws])
        )
    return compared


def _draw_weights(churned: Flags, seed: int) -> list[NDArray[np.int64]]:
    """How often each customer is drawn, of the resamples in which some churned and some did not."""
    random, n = np.random.default_rng(seed), len(churned)
    return [
        weight
        for weight in (np.bincount(random.integers(0, n, n), minlength=n) for _ in range(RESAMPLES))
        if (weight[churned] > 0).any() and (weight[~churned] > 0).any()
    ]


def measure_paired_difference(panels: Sequence[EvaluationSet], seed: int) -> dict[str, Interval]:
    """`auc` and `log_loss` of one model less another's, the mean over cut-offs, with 95 %
    intervals.

    A customer is drawn with all of their cut-offs or not at all, since these are not independent
    (Poisson bootstrap).
    """
    random = np.random.default_rng(seed)
    customers, place = np.unique(
        np.concatenate([panel.customer for panel in panels]), return_inverse=True
    )
    places = np.split(place, np.cumsum([len(panel.customer) for panel in panels])[:-1])
    aucs = [
        (
            _build_weighted_auc(panel.churned, panel.own),
            _build_weighted_auc(panel.churned, panel.other),
        )
        for panel in panels
    ]
    losses = [
        _compute_losses(panel.churned, panel.own) - _compute_losses(panel.churned, panel.other)
        for panel in panels
    ]

    def compute_differences(weight: Array) -> tuple[float, float]:
        return _average_differences([weight[each] for each in places], aucs, losses)

    draws = np.array(
        [
            compute_differences(random.poisson(1.0, len(customers)).astype(np.float64))
            for _ in range(RESAMPLES)
        ]
    )
    whole = compute_differences(np.ones(len(customers)))
    return {
        name: _build_interval(whole[i], draws[:, i]) for i, name in enumerate(("auc", "log_loss"))
    }


def _average_differences(
    weights: Sequence[Array],
    aucs: Sequence[tuple[WeightedAuc, WeightedAuc]],
    losses: Sequence[Array],
) -> tuple[float, float]:
    """The mean difference of AUC and of log loss over the cut-offs, their customers so weighted."""
    # Of a handful of customers a draw may take none.
    if not all(each.any() for each in weights):
        return float("nan"), float("nan")
    auc = [own(each) - other(each) for (own, other), each in zip(aucs, weights, strict=True)]
    loss = [float(np.average(each, weights=by)) for each, by in zip(losses, weights, strict=True)]
    return float(np.mean(auc)), float(np.mean(loss))


def _build_interval(value: float, draws: Array) -> Interval:
    if not np.isfinite(
        draws
    ).any():  # too few customers for a single draw with both fates: nothing is known
        return Interval(value if np.isfinite(value) else 0.0, -1.0, 1.0)
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def _build_weighted_auc(churned: Flags, chance: Array) -> Callable[[NDArray[Any]], float]:
    """The share of churned-returned pairs ranked right, ties half, for any weights of the
    customers (Mann-Whitney)."""
    _, group = np.unique(chance, return_inverse=True)

    def compute_auc(weight: NDArray[Any]) -> float:
        away = np.bincount(group, weight * churned)
        back = np.bincount(group, weight * ~churned)
        pairs = away.sum() * back.sum()
        return float(away @ (np.cumsum(back) - back / 2) / pairs) if pairs else float("nan")

    return compute_auc


def _compute_log_loss(churned: Flags, chance: Array) -> float:
    return float(np.mean(_compute_losses(churned, chance)))


def _compute_losses(churned: Flags, chance: Array) -> Array:
    safe = np.clip(chance, 1e-15, 1 - 1e-15)
    return -np.where(churned, np.log(safe), np.log1p(-safe))


def compute_lift(churned: Flags, chance: Array, share: float) -> float:
    """How many times more returns lie in the most promising `share` of customers than in as many
    at random."""
    first = np.argsort(chance, kind="stable")[: max(1, round(share * len(chance)))]
    return float((~churned)[first].mean() / (~churned).mean())
