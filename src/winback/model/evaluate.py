"""How good a churn probability is: metrics per slice, with intervals from a bootstrap over customers (MODEL 1)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

ECE_BINS = 15
RESAMPLES = 200
METRICS = (
    "auc", "log_loss", "brier", "ece", "ece_floor", "pr_auc_return", "pr_auc_churn", "lift_at_10", "accuracy",
    "majority_accuracy",
)  # fmt: skip

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Interval:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


def metrics(churned: Flags, chance: Array, seed: int) -> dict[str, float | None]:
    """Every metric of METRICS; None where the slice has one class only or nobody.

    churned: outcomes; chance: the probability of churn given to each, 0 to 1.
    """
    if churned.all() or not churned.any():
        return dict.fromkeys(METRICS)
    rate = float(churned.mean())
    return {
        "auc": float(roc_auc_score(churned, chance)),
        "log_loss": _log_loss(churned, chance),
        "brier": float(np.mean((chance - churned) ** 2)),
        "ece": expected_calibration_error(churned, chance),
        "ece_floor": calibration_noise(chance, seed),
        "pr_auc_return": float(average_precision_score(~churned, 1 - chance)),
        "pr_auc_churn": float(average_precision_score(churned, chance)),
        "lift_at_10": _lift(churned, chance, 0.10),
        "accuracy": float(np.mean((chance >= 0.5) == churned)),
        "majority_accuracy": max(rate, 1 - rate),
    }


def expected_calibration_error(churned: Flags, chance: Array) -> float:
    """ECE over equal-mass bins: how far, on average, what was said lies from what happened."""
    bins = np.array_split(np.argsort(chance, kind="stable"), ECE_BINS)
    gaps = [len(rows) * abs(float(chance[rows].mean()) - float(churned[rows].mean())) for rows in bins if len(rows)]
    return float(sum(gaps) / len(chance))


def calibration_noise(chance: Array, seed: int) -> float:
    """The ECE that perfectly honest probabilities would show by chance, for this many customers."""
    random = np.random.default_rng(seed)
    drawn = (random.random(len(chance)) < chance for _ in range(RESAMPLES // 4))
    return float(np.mean([expected_calibration_error(churned, chance) for churned in drawn]))


def auc_against(churned: Flags, chance: Array, others: Mapping[str, Array], seed: int) -> dict[str, Interval]:
    """The model's AUC less each other's, on the same resampled customers; `model` itself is under "model"."""
    random = np.random.default_rng(seed)
    draws = [rows for rows in (random.integers(0, len(churned), len(churned)) for _ in range(RESAMPLES))
             if churned[rows].any() and not churned[rows].all()]  # fmt: skip
    own = np.array([_auc(churned[rows], chance[rows]) for rows in draws])
    compared = {"model": _interval(_auc(churned, chance), own)}
    for name, other in others.items():
        theirs = np.array([_auc(churned[rows], other[rows]) for rows in draws])
        compared[name] = _interval(_auc(churned, chance) - _auc(churned, other), own - theirs)
    return compared


def _interval(value: float, draws: Array) -> Interval:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def _auc(churned: Flags, chance: Array) -> float:
    """The share of churned–returned pairs ranked right, ties half (Mann–Whitney); a quarter of scikit-learn's time."""
    _, inverse, counts = np.unique(chance, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    n = int(churned.sum())
    return float((ranks[churned].sum() - n * (n + 1) / 2) / (n * (len(churned) - n)))


def _log_loss(churned: Flags, chance: Array) -> float:
    safe = np.clip(chance, 1e-15, 1 - 1e-15)
    return float(-np.mean(np.where(churned, np.log(safe), np.log1p(-safe))))


def _lift(churned: Flags, chance: Array, share: float) -> float:
    """How many times more returns lie in the most promising `share` of customers than in as many at random."""
    first = np.argsort(chance, kind="stable")[: max(1, round(share * len(chance)))]
    return float((~churned)[first].mean() / (~churned).mean())
