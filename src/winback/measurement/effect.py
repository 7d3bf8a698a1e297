"""Assignments with their later outcomes → what a message changed, with its interval (A15, A17).

Intention to treat: everyone counts in the arm they were drawn into, whatever became of their
message. The estimand is the mean effect on those drawn to be written to. Who was held out stands
for them with the odds of the draw as a weight, so plays with different shares can be put together,
and a week without anybody held out still counts (Hájek 1971).

Intervals hold for small shops: shares by Newcombe's (1998) method 10 with an effective number of
households, money by Hall's (1992) transformation, which takes a few large orders for what they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from winback.measurement.interval import Interval

LEVEL = 0.95
_Z = float(stats.norm.ppf(0.5 + LEVEL / 2))
ENOUGH_EVENTS = 10  # of each kind in an arm, before its spread is taken from its own households
ENOUGH_TO_ADJUST = 30  # households in each arm, and as many events and non-events in both together
BORROWED = 20  # orders' worth of what both arms say of the spread of amounts
MOST_SKEW = 1.0  # beyond it the straightening is no better than none

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class ArmOutcomes:
    """Everyone a wave, or several, assigned: arrays of one length, a row for each customer of each
    wave.

    household: a number for each household, the same in every wave; held_out_share: the chance that
    the row's household was to be held out; before: columns known before anything was sent, NaN
    where unknown, shape (rows, columns).
    """

    treated: NDArray[np.bool_]
    household: NDArray[np.int64]
    held_out_share: Numbers
    before: Numbers

    def __len__(self) -> int:
        return len(self.treated)

    def select(self, chosen: NDArray[np.bool_]) -> "ArmOutcomes":
        """Some of the rows."""
        return ArmOutcomes(
            self.treated[chosen],
            self.household[chosen],
            self.held_out_share[chosen],
            self.before[chosen],
        )

    @property
    def weights(self) -> Numbers:
        """1 for the treated; the odds of having been treated for the held out."""
        share = np.clip(self.held_out_share, 1e-9, 1 - 1e-9)
        return np.where(self.treated, 1.0, (1 - share) / share)


@dataclass(frozen=True)
class Effect:
    """An outcome's mean in both arms, and the difference. adjusted: whether it is compared at
    what was known before."""

    treated: int
    held_out: int
    treated_mean: float
    held_out_mean: float
    difference: Interval
    adjusted: bool


def estimate_share_effect(units: ArmOutcomes, happened: NDArray[np.bool_]) -> Effect | None:
    """The effect on a share: how many points more of the treated did it. None where an arm is
    empty."""
    return _estimate_effect(
        units, happened.astype(np.float64), _build_newcombe_interval, _has_enough_outcomes(happened)
    )


def estimate_mean_effect(units: ArmOutcomes, amounts: Numbers) -> Effect | None:
    """The effect on an amount a head, in its own unit. None where an arm is empty."""
    return _estimate_effect(units, amounts, _build_hall_interval, True)


def _estimate_effect(
    units: ArmOutcomes,
    outcome: Numbers,
    raw: Callable[["_ArmMean", "_ArmMean"], Interval],
    may_adjust: bool,
) -> Effect | None:
    if units.treated.all() or not units.treated.any():
        return None
    treated, held = _summarize_arm(units, outcome, True), _summarize_arm(units, outcome, False)
    difference = raw(treated, held)
    adjusted = False
    if may_adjust and min(treated.households, held.households) >= ENOUGH_TO_ADJUST:
        # One slope for both arms (ANCOVA; Lin 2013 on why the spread must be the arms' own): two
        # slopes would be learned from a holdout too small for them.
        other = _adjust_difference(outcome, units)
        if other.high - other.low < difference.high - difference.low:
            difference, adjusted = other, True
    return Effect(treated.rows, held.rows, treated.mean, held.mean, difference, adjusted)


def _adjust_difference(outcome: Numbers, units: ArmOutcomes) -> Interval:
    left = outcome - _regress_on_covariates(units, outcome)
    return _build_hall_interval(
        _summarize_arm(units, left, True), _summarize_arm(units, left, False)
    )


@dataclass(frozen=True)
class _ArmMean:
    """An arm's weighted mean, and what each of its households adds to the mean's error."""

    rows: int
    households: int
    mean: float
    shifts: Numbers
    kish: float  # as many equal households would weigh the same (Kish 1965)
    events: float  # the lesser of how many did and did not

    @property
    def variance(self) -> float:
        """Of the mean, clustered by household."""
        spare = self.households / max(self.households - 1, 1)
        return float((self.shifts**2).sum() * spare)


def _summarize_arm(units: ArmOutcomes, outcome: Numbers, treated: bool) -> _ArmMean:
    mine = units.treated == treated
    weight, value = units.weights[mine], outcome[mine]
    _, place = np.unique(units.household[mine], return_inverse=True)
    total = weight.sum()
    mean = float((weight * value).sum() / total)
    shifts = np.bincount(place, weight * (value - mean)) / total
    weights = np.bincount(place, weight)
    kish = float(total**2 / (weights**2).sum())
    return _ArmMean(len(value), len(weights), mean, shifts, kish, _count_events(value))


def _count_events(value: Numbers) -> float:
    """Those who did or those who did not, whichever are fewer."""
    did = float(np.count_nonzero(value > 0))
    return min(did, len(value) - did)


def _build_newcombe_interval(treated: _ArmMean, held: _ArmMean) -> Interval:
    """Of the difference of two shares: the square and add of both arms' score intervals
    (Newcombe 1998, method 10)."""
    value = treated.mean - held.mean
    treated_low, treated_high = _build_wilson_interval(treated)
    held_low, held_high = _build_wilson_interval(held)
    low = value - sqrt((treated.mean - treated_low) ** 2 + (held_high - held.mean) ** 2)
    high = value + sqrt((treated_high - treated.mean) ** 2 + (held.mean - held_low) ** 2)
    error = (high - low) / 2 / _Z
    return Interval(value, low, high, error, _compute_p_value(value, error, low, high))


def _build_wilson_interval(arm: _ArmMean) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927)."""
    z, count = _Z, _count_worth(arm)
    middle = (arm.mean + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * sqrt(arm.mean * (1 - arm.mean) / count + z**2 / (4 * count**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _count_worth(arm: _ArmMean) -> float:
    """As many households as the spread of an arm's share is worth (Korn, Graubard 1998)."""
    if arm.events >= ENOUGH_EVENTS and arm.variance > 0:
        return min(arm.mean * (1 - arm.mean) / arm.variance, arm.rows)
    return arm.kish


def _build_hall_interval(treated: _ArmMean, held: _ArmMean) -> Interval:
    """Of the difference of two means, straightened for its skewness (Hall 1992), with Welch's
    degrees of freedom."""
    value = treated.mean - held.mean
    parts = _compute_squared_errors(treated, held)
    error = sqrt(sum(parts))
    if error == 0:
        return Interval(value, value, value, 0.0, 1.0 if value == 0 else 0.0)
    freedom = _compute_freedom(treated, held, error, parts)
    skew = _compute_skew(treated, held, error)
    quantile = float(stats.t.ppf(0.5 + LEVEL / 2, freedom))
    low = value - error * _invert_transform(quantile, skew)
    high = value - error * _invert_transform(-quantile, skew)
    p = float(2 * stats.t.sf(abs(_transform_skewed(value / error, skew)), freedom))
    return Interval(value, low, high, error, p)


def _compute_squared_errors(treated: _ArmMean, held: _ArmMean) -> list[float]:
    parts = _share_moments(
        [treated.variance * treated.households, held.variance * held.households], treated, held
    )
    return [part / arm.households for part, arm in zip(parts, (treated, held), strict=True)]


def _compute_freedom(treated: _ArmMean, held: _ArmMean, error: float, parts: list[float]) -> float:
    spare = [max(arm.households - 1, 1) for arm in (treated, held)]
    return error**4 / sum(part**2 / one for part, one in zip(parts, spare, strict=True))


def _compute_skew(treated: _ArmMean, held: _ArmMean, error: float) -> float:
    thirds = _share_moments(
        [float((arm.shifts**3).sum()) * arm.households**2 for arm in (treated, held)], treated, held
    )
    skew = (thirds[0] / treated.households**2 - thirds[1] / held.households**2) / error**3
    return max(min(skew, MOST_SKEW), -MOST_SKEW)


def _share_moments(moments: list[float], treated: _ArmMean, held: _ArmMean) -> list[float]:
    """The spread of one household in each arm, where an arm has few who bought drawn towards that
    of both.

    In a holdout of forty, three orders say little about how far amounts lie apart; the treated tell
    more.
    """
    arms = list(zip(moments, (treated, held), strict=True))
    both = sum(moment * arm.households for moment, arm in arms) / (
        treated.households + held.households
    )
    return [
        (moment * arm.events + both * BORROWED) / (arm.events + BORROWED) for moment, arm in arms
    ]


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
    z = abs(value) / (toward / float(stats.norm.ppf(0.5 + LEVEL / 2))) if toward > 0 else 0.0
    return float(2 * stats.norm.sf(z)) if error else 1.0


def _has_enough_outcomes(happened: NDArray[np.bool_]) -> bool:
    return min(int(happened.sum()), int((~happened).sum())) >= ENOUGH_TO_ADJUST


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
