"""The 85 % line made honest (B61, C18, RELIABILITY T14), and whether 70 % really were 70 % (T15).

Counted on forecasts whose window is over, and on customers nobody has written to since: a message changes who stays away, and
a model that is believed would prove itself wrong. Accuracy stands beside what "everyone stays away" would have reached.
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
    """How many forecasts came true, with Wilson's interval; what always saying the commoner fate would have reached, and the
    mean of both fates' own shares. why: keys of what is wrong."""

    customers: int
    share: float
    low: float
    high: float
    majority: float
    balanced: float
    state: State
    why: tuple[str, ...]


def accuracy(chance: Numbers, churned: NDArray[np.bool_], warned_before: bool = False) -> Accuracy:
    """Of some matured, untreated customers: the chance that was foretold, and whether they stayed away.

    warned_before: whether the last look warned already; two warnings running are a page.
    """
    count = len(chance)
    if count < ENOUGH:
        return Accuracy(count, float("nan"), 0.0, 1.0, float("nan"), float("nan"), "unknown", ("too_few",))
    right = (chance >= 0.5) == churned
    share = float(right.mean())
    low, high = _wilson(int(right.sum()), count)
    majority = max(float(churned.mean()), 1 - float(churned.mean()))
    fates = [right[churned == fate] for fate in (True, False)]
    balanced = float(np.mean([fate.mean() for fate in fates if len(fate)]))
    why = []
    if share < LINE:
        why.append("below_line")
    if share < majority + BEYOND_MAJORITY:
        why.append("no_better_than_majority")
    if balanced < LEAST_BALANCED:
        why.append("unbalanced")
    page = high < LINE or ("below_line" in why and warned_before)
    state: State = "page" if page else "warn" if why else "well"
    return Accuracy(count, share, low, high, majority, balanced, state, tuple(why))


@dataclass(frozen=True)
class Deciles:
    """Foretold and true shares by tenth of the forecast, which tenths are off, and what that comes to."""

    foretold: tuple[float, ...]
    true: tuple[float, ...]
    off: tuple[bool, ...]
    error: float
    state: State


def deciles(chance: Numbers, churned: NDArray[np.bool_]) -> Deciles:
    """Whether the chances foretold came true, tenth by tenth; ties stay in the order given."""
    if len(chance) < ENOUGH:
        return Deciles((), (), (), float("nan"), "unknown")
    parts = np.array_split(np.argsort(chance, kind="stable"), DECILES)
    foretold, true, off = [], [], []
    width = float(stats.norm.ppf(0.995))
    for part in parts:
        expected, seen = float(chance[part].mean()), float(churned[part].mean())
        # The spread of a sum of single chances, each its own.
        error = sqrt(max(float((chance[part] * (1 - chance[part])).sum()), 1e-12)) / len(part)
        foretold.append(expected)
        true.append(seen)
        off.append(abs(seen - expected) > width * error + 0.5 / len(part))
    error = float(np.mean([abs(one - other) for one, other in zip(foretold, true, strict=True)]))
    return Deciles(tuple(foretold), tuple(true), tuple(off), error, "warn" if sum(off) > MOST_OFF else "well")


def _wilson(count: int, whole: int) -> tuple[float, float]:
    z = float(stats.norm.ppf(0.975))
    share, spare = count / whole, z**2 / whole
    middle, half = share + spare / 2, z * sqrt(share * (1 - share) / whole + spare / whole / 4)
    return (middle - half) / (1 + spare), (middle + half) / (1 + spare)
