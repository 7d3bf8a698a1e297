"""The 85 % line made honest (B61, C18), and whether 70 % really were 70 % (T15).

Counted on forecasts whose window is over, and on customers nobody has written to since: a message
changes who stays away, and a model that is believed would prove itself wrong. Accuracy stands
beside what "everyone stays away" would have reached.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LINE = 0.85  # B61
ENOUGH = 1_000  # customers
BEYOND_MAJORITY = 0.03
LEAST_BALANCED = 0.70
DECILES = 10
MOST_OFF = 2  # deciles of ten that may lie outside of their 99 % band

Numbers = NDArray[np.float64]
State = Literal["unknown", "well", "warn", "page"]


@dataclass(frozen=True)
class Accuracy:
    """How many forecasts came true, with Wilson's interval; what always saying the commoner fate
    would have reached, and the mean of both fates' own shares. why: keys of what is wrong."""

    customers: int
    share: float
    low: float
    high: float
    majority: float
    balanced: float
    state: State
    why: tuple[str, ...]


def measure_accuracy(
    chance: Numbers,
    churned: NDArray[np.bool_],
    warned_before: bool = False,
    weight: Numbers | None = None,
) -> Accuracy:
    """Of some matured, untreated customers: the chance that was predicted, and whether they stayed
    away.

    warned_before: whether a forecast of a week before was below the line already; two running are a
    page. weight: how many customers each stands for, such as one held out for those written to.
    """
    count, weight = len(chance), np.ones(len(chance)) if weight is None else weight
    if count < ENOUGH:
        return Accuracy(
            count, float("nan"), 0.0, 1.0, float("nan"), float("nan"), "unknown", ("too_few",)
        )
    right = (chance >= 0.5) == churned
    share, away = (float(np.average(each, weights=weight)) for each in (right, churned))
    low, high = _build_wilson_interval(share, float(weight.sum() ** 2 / (weight**2).sum()))
    majority = max(away, 1 - away)
    fates = [(right[churned == fate], weight[churned == fate]) for fate in (True, False)]
    balanced = float(np.mean([np.average(hits, weights=mine) for hits, mine in fates if len(hits)]))
    why = []
    if share < LINE:
        why.append("below_line")
    # Where nearly all stay away, half of what the majority leaves is all that can be asked.
    if share < min(majority + BEYOND_MAJORITY, (1 + majority) / 2):
        why.append("no_better_than_majority")
    if balanced < LEAST_BALANCED:
        why.append("unbalanced")
    page = high < LINE or ("below_line" in why and warned_before)
    state: State = "page" if page else "warn" if why else "well"
    return Accuracy(count, share, low, high, majority, balanced, state, tuple(why))


@dataclass(frozen=True)
class Deciles:
    """Predicted and true shares by tenth of the forecast, which tenths are off, and what that
    comes to."""

    predicted: tuple[float, ...]
    true: tuple[float, ...]
    off: tuple[bool, ...]
    error: float
    state: State


def compare_deciles(
    chance: Numbers, churned: NDArray[np.bool_], weight: Numbers | None = None
) -> Deciles:
    """Whether the chances predicted came true, tenth by tenth; ties stay in the order given.
    weight: as for `accuracy`."""
    if len(chance) < ENOUGH:
        return Deciles((), (), (), float("nan"), "unknown")
    weight = np.ones(len(chance)) if weight is None else weight
    predicted, true, off = [], [], []
    width = float(stats.norm.ppf(0.995))
    for part in np.array_split(np.argsort(chance, kind="stable"), DECILES):
        mine, whole = weight[part], float(weight[part].sum())
        expected, seen = (float(np.average(each[part], weights=mine)) for each in (chance, churned))
        # The spread of a sum of single chances, each its own.
        error = sqrt(max(float((mine**2 * chance[part] * (1 - chance[part])).sum()), 1e-12)) / whole
        predicted.append(expected)
        true.append(seen)
        off.append(abs(seen - expected) > width * error + 0.5 / whole)
    error = float(np.mean([abs(one - other) for one, other in zip(predicted, true, strict=True)]))
    return Deciles(
        tuple(predicted), tuple(true), tuple(off), error, "warn" if sum(off) > MOST_OFF else "well"
    )


def _build_wilson_interval(share: float, count: float) -> tuple[float, float]:
    z = float(stats.norm.ppf(0.975))
    spare = z**2 / count
    middle, half = share + spare / 2, z * sqrt(share * (1 - share) / count + spare / count / 4)
    return (middle - half) / (1 + spare), (middle + half) / (1 + spare)
