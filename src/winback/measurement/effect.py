"""Assignments with their later outcomes → what a message changed, with its interval (A15, A17).

Intention to treat: everyone counts in the arm they were drawn into, whatever became of their
message. The estimand is the mean effect on those drawn to be written to. Who was held out stands
for them with the odds of the draw as a weight, so plays with different shares can be put together,
and a week without anybody held out still counts (Hájek 1971).

Intervals hold for small shops: shares by Newcombe's (1998) method 10 with an effective number of
households, money by Hall's (1992) transformation, with no arm calmer than its number of buyers and
the amounts of both arms make it: a holdout without its usual large order only looks so. And no
interval leaves nought out where repeated draws would not (`permutation`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from winback.experiments.newcombe import Z, build_newcombe_ends
from winback.measurement.interval import LEVEL, Interval, Reading
from winback.measurement.permutation import compute_one_sided_p
from winback.measurement.sequential import build_always_valid_interval

# Of each kind in an arm, before its spread is taken from its own households, and before what was
# known before is made use of.
ENOUGH_EVENTS = 10
MOST_SKEW = 1.0  # beyond it the straightening is no better than none

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class ArmOutcomes:
    """Everyone a wave, or several, assigned: arrays of one length, a row for each customer of each
    wave.

    household: a number from 0 on for each household, the same in every wave; held_out_share: the
    chance that the row's household was to be held out; before: columns known before anything was
    sent, NaN where unknown, shape (rows, columns); drawn_in: a number for each wave and play,
    within which households could have changed sides (left out: one for each share).
    """

    treated: NDArray[np.bool_]
    household: NDArray[np.int64]
    held_out_share: Numbers
    before: Numbers
    drawn_in: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.treated)

    def select(self, chosen: NDArray[np.bool_]) -> "ArmOutcomes":
        """Some of the rows."""
        return ArmOutcomes(
            self.treated[chosen],
            self.household[chosen],
            self.held_out_share[chosen],
            self.before[chosen],
            None if self.drawn_in is None else self.drawn_in[chosen],
        )

    @property
    def strata(self) -> NDArray[np.int64]:
        """A number for all rows that were drawn together, with one chance."""
        _, share = np.unique(self.held_out_share, return_inverse=True)
        if self.drawn_in is None:
            return np.asarray(share, dtype=np.int64)
        return np.asarray(self.drawn_in * (int(share.max(initial=0)) + 1) + share, dtype=np.int64)

    @property
    def weights(self) -> Numbers:
        """1 for the treated; the odds of having been treated for the held out."""
        share = np.clip(self.held_out_share, 1e-9, 1 - 1e-9)
        return np.where(self.treated, 1.0, (1 - share) / share)


@dataclass(frozen=True)
class Effect:
    """An outcome's mean in both arms, and the difference. adjusted: whether it is compared at
    what was known before; households: compared, and held_out_households of them; events: rows that
    did and rows that did not, whichever are fewer."""

    treated: int
    held_out: int
    treated_mean: float
    held_out_mean: float
    difference: Interval
    adjusted: bool
    households: int
    held_out_households: int
    events: int


def estimate_share_effect(
    units: ArmOutcomes, happened: NDArray[np.bool_], reading: Reading = "once"
) -> Effect | None:
    """The effect on a share: how many points more of the treated did it. None where an arm is
    empty."""
    arms = _summarize_arms(units, happened.astype(np.float64))
    if arms is None:
        return None
    difference = _build_newcombe_interval(arms.treated, arms.held)
    judged, adjusted = arms.outcome, False
    is_known = not np.isnan(units.before).all()
    if is_known and min(arms.treated.events, arms.held.events) >= ENOUGH_EVENTS:
        # One slope for both arms (ANCOVA; Lin 2013 on why the spread must be the arms' own): two
        # slopes would be learned from a holdout too small for them.
        left = arms.outcome - _regress_on_covariates(units, arms.outcome)
        rest = _summarize_arm(units, left, True), _summarize_arm(units, left, False)
        other = _build_hall_interval(*rest, [each.variance for each in rest])
        if other.high - other.low < difference.high - difference.low:
            difference, judged, adjusted = other, left, True
    if reading == "always":
        difference = _hold(difference, arms, 1.0)
    else:
        difference = _respect_draws(difference, units, judged)
    return _describe_effect(arms, difference, adjusted)


def estimate_mean_effect(
    units: ArmOutcomes, amounts: Numbers, reading: Reading = "once"
) -> Effect | None:
    """The effect on an amount a head, in its own unit. None where an arm is empty."""
    arms = _summarize_arms(units, amounts)
    if arms is None:
        return None
    parts = _compute_squared_errors(arms.treated, arms.held, reading)
    difference = _build_hall_interval(arms.treated, arms.held, parts)
    if reading == "always":
        difference = _hold(difference, arms, inf)
    else:
        difference = _respect_draws(difference, units, amounts)
    return _describe_effect(arms, difference, adjusted=False)


def _hold(difference: Interval, arms: "_Arms", bound: float) -> Interval:
    """Made to hold at every look. bound: the largest difference there can be."""
    always = build_always_valid_interval(difference, arms.households)
    return replace(always, low=max(always.low, -bound), high=min(always.high, bound))


def _describe_effect(arms: "_Arms", difference: Interval, adjusted: bool) -> Effect:
    treated, held = arms.treated, arms.held
    return Effect(
        treated=treated.rows,
        held_out=held.rows,
        treated_mean=treated.mean,
        held_out_mean=held.mean,
        difference=difference,
        adjusted=adjusted,
        households=arms.households,
        held_out_households=held.households,
        events=int(_count_events(arms.outcome)),
    )


def _respect_draws(difference: Interval, units: ArmOutcomes, outcome: Numbers) -> Interval:
    """An interval that leaves nought out only where the draw alone would seldom do as much."""
    if difference.low <= 0 <= difference.high:
        return difference
    chances = compute_one_sided_p(units.treated, units.household, units.strata, outcome)
    if chances is None:
        return difference
    p = chances[0] if difference.low > 0 else chances[1]
    low, high = difference.low, difference.high
    if 2 * p > 1 - LEVEL:
        low, high = min(low, 0.0), max(high, 0.0)
    p = max(difference.p, min(2 * p, 1.0))
    return Interval(difference.value, low, high, difference.error, p)


@dataclass(frozen=True)
class _ArmMean:
    """An arm's weighted mean, and what each of its households adds to the mean's error."""

    rows: int
    households: int
    mean: float
    shifts: Numbers
    amounts: Numbers  # a head, of the households that have any
    buying: float  # their weighted share
    kish: float  # as many equal households would weigh the same (Kish 1965)
    events: float  # the lesser of how many did and did not

    @property
    def variance(self) -> float:
        """Of the mean, clustered by household."""
        spare = self.households / max(self.households - 1, 1)
        return float((self.shifts**2).sum() * spare)


class _Arms(NamedTuple):
    """Both arms, and the outcome they were summarised from."""

    treated: _ArmMean
    held: _ArmMean
    outcome: Numbers

    @property
    def households(self) -> int:
        return self.treated.households + self.held.households


def _summarize_arms(units: ArmOutcomes, outcome: Numbers) -> _Arms | None:
    """Both arms; None where one is empty."""
    if units.treated.all() or not units.treated.any():
        return None
    arms = _summarize_arm(units, outcome, True), _summarize_arm(units, outcome, False)
    return _Arms(*arms, outcome)


def _summarize_arm(units: ArmOutcomes, outcome: Numbers, treated: bool) -> _ArmMean:
    mine = units.treated == treated
    weight, value = units.weights[mine], outcome[mine]
    place, total = units.household[mine], weight.sum()
    mean = float((weight * value).sum() / total)
    weights = np.bincount(place, weight)
    there = weights > 0
    weights = weights[there]
    shifts = np.bincount(place, weight * (value - mean))[there] / total
    amounts = np.bincount(place, weight * value)[there] / weights
    has = amounts != 0
    return _ArmMean(
        rows=len(value),
        households=len(weights),
        mean=mean,
        shifts=shifts,
        amounts=amounts[has],
        buying=float(weights[has].sum() / total),
        kish=float(total**2 / (weights**2).sum()),
        events=_count_events(value),
    )


def _count_events(value: Numbers) -> float:
    """Those who did or those who did not, whichever are fewer."""
    did = float(np.count_nonzero(value > 0))
    return min(did, len(value) - did)


def _build_newcombe_interval(treated: _ArmMean, held: _ArmMean) -> Interval:
    """Of the difference of two shares: the square and add of both arms' score intervals
    (Newcombe 1998, method 10)."""
    value = treated.mean - held.mean
    ends = build_newcombe_ends(treated.mean, _count_worth(treated), held.mean, _count_worth(held))
    low, high = map(float, ends)
    error = (high - low) / 2 / Z
    return Interval(value, low, high, error, _compute_p_value(value, error, low, high))


def _count_worth(arm: _ArmMean) -> float:
    """As many households as the spread of an arm's share is worth (Korn, Graubard 1998)."""
    if arm.events >= ENOUGH_EVENTS and arm.variance > 0:
        return min(arm.mean * (1 - arm.mean) / arm.variance, arm.rows)
    return arm.kish


def _build_hall_interval(treated: _ArmMean, held: _ArmMean, parts: Sequence[float]) -> Interval:
    """Of the difference of two means, straightened for its skewness (Hall 1992), with Welch's
    degrees of freedom. parts: the squared errors of both."""
    value = treated.mean - held.mean
    error = sqrt(sum(parts))
    if error == 0:
        return Interval(value, value, value, 0.0, 1.0 if value == 0 else 0.0)
    freedom = _compute_freedom(treated, held, error, parts)
    skew = _compute_skew(treated, held, error)
    quantile = float(special.stdtrit(freedom, 0.5 + LEVEL / 2))
    low = value - error * _invert_transform(quantile, skew)
    high = value - error * _invert_transform(-quantile, skew)
    straight = abs(_transform_skewed(value / error, skew))
    p = float(2 * special.stdtr(freedom, -straight))
    return Interval(value, low, high, error, p)


def _compute_squared_errors(treated: _ArmMean, held: _ArmMean, reading: Reading) -> list[float]:
    """Of both means: how many buy is each arm's own, how far amounts lie apart is told by those of
    both, where an arm by itself looks calmer. Three orders among forty held out say little of it.

    An arm in which all or none bought has no spread at all: repeated draws know better, and at
    every look, where there are none, one more who bought and one who did not are added (Laplace).
    """
    amounts = np.concatenate([treated.amounts, held.amounts])
    mean, square = (float(each.mean()) if len(each) else 0.0 for each in (amounts, amounts**2))
    parts: list[float] = []
    for arm in (treated, held):
        buying = arm.buying
        if reading == "always" and arm.variance == 0:
            buying = (buying * arm.kish + 1) / (arm.kish + 2)
        floor = (buying * square - (buying * mean) ** 2) / arm.kish
        parts.append(max(arm.variance, floor))
    return parts


def _compute_freedom(
    treated: _ArmMean, held: _ArmMean, error: float, parts: Sequence[float]
) -> float:
    spare = [max(arm.households - 1, 1) for arm in (treated, held)]
    return error**4 / sum(part**2 / one for part, one in zip(parts, spare, strict=True))


def _compute_skew(treated: _ArmMean, held: _ArmMean, error: float) -> float:
    skew = (_sum_cubes(treated.shifts) - _sum_cubes(held.shifts)) / error**3
    return max(min(skew, MOST_SKEW), -MOST_SKEW)


def _sum_cubes(values: Numbers) -> float:
    return float((values * values * values).sum())


def _transform_skewed(t: float, skew: float) -> float:
    """A studentised mean of skewed amounts as one that is nearly symmetric; `_straight` is its
    inverse."""
    return t + skew * t**2 / 3 + skew**2 * t**3 / 27 + skew / 6


def _invert_transform(x: float, skew: float) -> float:
    if abs(skew) < 1e-6:
        return x - skew / 6 - skew * x**2 / 3
    return 3 / skew * (float(np.cbrt(1 + skew * (x - skew / 6))) - 1)


def _compute_p_value(value: float, error: float, low: float, high: float) -> float:
    """Two-sided, by the half of the interval that lies towards no effect: the two never disagree
    about 5 %."""
    toward = (value - low) if value > 0 else (high - value)
    z = abs(value) / (toward / Z) if toward > 0 else 0.0
    return float(2 * special.ndtr(-z)) if error else 1.0


def _regress_on_covariates(units: ArmOutcomes, outcome: Numbers) -> Numbers:
    """The part of an outcome that what was known before explains, its mean taken out; by least
    squares beside the arm."""
    there = ~np.isnan(units.before)
    middle = np.nan_to_num(units.before).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    known = np.where(there, units.before - middle, 0.0)
    root = np.sqrt(units.weights)[:, None]
    design = np.column_stack([np.ones(len(units)), units.treated, known])
    slopes = np.linalg.lstsq(design * root, outcome * root[:, 0], rcond=None)[0]
    return np.asarray(known @ slopes[2:], dtype=np.float64)
