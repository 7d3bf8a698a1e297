"""What a wave and a campaign can show before they are sent, by the method that will judge them: the
smallest rise they find, the weeks until one that matters is found, and the share worth holding out.

A wave is read once: two shares, a two-sided test at 5 %, power of 80 % (Fleiss, Levin and Paik,
Statistical Methods for Rates and Proportions, 2003, 4.2.1); of a small one every outcome is
counted. A campaign is read every week by a sequence, which takes more households for the same rise.
Customers of one household are alike: they count for less than as many households. Small shops see
what is possible instead of a zero (MISSION 2).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from winback.experiments.confidence_sequence import compute_boundary
from winback.experiments.newcombe import build_newcombe_ends

Z_TEST = 1.959964  # two-sided 5 %
Z_POWER = 0.841621  # 80 %
POWER = 0.8
SHARES = (0.10, 0.15, 0.20, 0.25, 0.30)
FIRST_QUARTER_LEAST = 0.20  # a shop that knows nothing yet learns first
GOOD_ENOUGH = 0.05  # five points more who come back is an effect worth a decision
ALIKE = 0.5  # the correlation of two customers of one household
MOST_COUNTED = 600  # households, of which every outcome is counted
WEEKS_A_YEAR = 52
LEAST_HOUSEHOLDS, LEAST_HELD_OUT = 100, 20  # before a verdict
_PATHS = 4_000


@dataclass(frozen=True)
class ArmSizes:
    """How many customers of a wave, or of all waves to date, are written to and held out, and the
    chance that they come by themselves. households: of both arms; 0 for as many as customers."""

    treated: float
    held_out: float
    returning: float
    households: float = 0

    def __add__(self, other: "ArmSizes") -> "ArmSizes":
        whole = self.customers + other.customers
        mine = self.customers * self.returning
        other_returning = other.customers * other.returning
        return ArmSizes(
            self.treated + other.treated,
            self.held_out + other.held_out,
            (mine + other_returning) / whole if whole else 0.0,
            self.all_households + other.all_households,
        )

    @property
    def customers(self) -> float:
        """Of both arms."""
        return self.treated + self.held_out

    @property
    def all_households(self) -> float:
        """Of both arms, whether counted or one a customer."""
        return self.households or self.customers

    @property
    def is_judged(self) -> bool:
        """Whether there are enough households of both arms for anything to be called."""
        if not self.treated or not self.held_out:
            return False
        held_out = self.held_out * self.all_households / self.customers
        return self.all_households >= LEAST_HOUSEHOLDS and held_out >= LEAST_HELD_OUT

    def repeat(self, times: float) -> "ArmSizes":
        """So many waves like this one."""
        return ArmSizes(
            self.treated * times,
            self.held_out * times,
            self.returning,
            self.all_households * times,
        )

    def hold_out(self, share: float) -> "ArmSizes":
        """The same customers with another share held out, 0 to 1."""
        held_out = self.customers * share
        return ArmSizes(self.customers - held_out, held_out, self.returning, self.all_households)

    def shrink_to_worth(self) -> "ArmSizes":
        """As many customers of households of one as these are worth (Kish 1965)."""
        if not self.customers:
            return self
        alike = 1 + (self.customers / self.all_households - 1) * ALIKE
        return ArmSizes(self.treated / alike, self.held_out / alike, self.returning)


def compute_detectable_rise(arms: ArmSizes) -> float | None:
    """The smallest rise of the returning share that four of five such waves would show, read once;
    None where nothing can be shown.

    A share of 1 is the most there is: where even everybody's return would not show, there is
    nothing to promise.
    """
    if not arms.is_judged:
        return None
    worth = arms.shrink_to_worth()
    if worth.customers <= MOST_COUNTED:
        treated, held = max(round(worth.treated), 1), max(round(worth.held_out), 1)
        shows = _list_outcomes_that_show(treated, held)
        return _find_least_rise(
            arms.returning,
            lambda rise: POWER - _compute_power(shows, arms.returning, rise),
        )
    return _find_least_rise(arms.returning, lambda rise: _measure_shortfall(worth, rise))


def compute_detectable_rise_weekly(arms: ArmSizes, looks: int) -> float | None:
    """The smallest rise that four of five campaigns of this size have shown by their last look,
    looked at every week; None where nothing can be shown."""
    worth = arms.shrink_to_worth()
    if not arms.is_judged:
        return None
    distance = _compute_distance(round(arms.all_households), max(looks, 1))

    def measure_shortfall(rise: float) -> float:
        p, q = arms.returning + rise, arms.returning
        return distance * sqrt(p * (1 - p) / worth.treated + q * (1 - q) / worth.held_out) - rise

    return _find_least_rise(arms.returning, measure_shortfall)


def estimate_weeks_to_tell(to_date: ArmSizes, weekly: ArmSizes, worth: float) -> int | None:
    """Weeks of waves until a campaign shows a rise of `worth` four times of five; None where a year
    is not enough.

    to_date: what is out already, this week's wave too; weekly: what each further week adds.
    """

    def shows(weeks: int) -> bool:
        arms = to_date + weekly.repeat(weeks - 1) if weeks > 1 else to_date
        rise = compute_detectable_rise_weekly(arms, weeks)
        return rise is not None and rise <= worth

    if not shows(WEEKS_A_YEAR):
        return None
    low, high = 0, WEEKS_A_YEAR
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


def _find_least_rise(returning: float, measure_shortfall: Callable[[float], float]) -> float | None:
    """The smallest rise that falls short by nothing; None where none does."""
    low, high = 0.0, 1.0 - returning
    if high <= 0 or measure_shortfall(high) > 0:
        return None
    for _ in range(60):  # halves until the difference is below a double's last digits
        middle = (low + high) / 2
        low, high = (middle, high) if measure_shortfall(middle) > 0 else (low, middle)
    return high


def _measure_shortfall(arms: ArmSizes, rise: float) -> float:
    """By how much a rise lies below what would be shown with enough power."""
    p, q = arms.returning + rise, arms.returning
    mean = (arms.treated * p + arms.held_out * q) / (arms.treated + arms.held_out)
    weight = 1 / arms.treated + 1 / arms.held_out
    return (
        Z_TEST * sqrt(mean * (1 - mean) * weight)
        + Z_POWER * sqrt(p * (1 - p) / arms.treated + q * (1 - q) / arms.held_out)
        - rise
    )


@lru_cache(maxsize=64)
def _list_outcomes_that_show(treated: int, held: int) -> NDArray[np.bool_]:
    """Whether so many treated (rows) and held out (columns) who come are called a gain: their
    interval lies above nought, and the draw alone would seldom do as much (Fisher's exact test)."""
    came, stayed = np.arange(treated + 1)[:, None], np.arange(held + 1)[None, :]
    low, _ = build_newcombe_ends(came / treated, treated, stayed / held, held)
    shows = low > 0
    rows, columns = np.nonzero(shows)
    chance = stats.hypergeom.cdf(columns, treated + held, rows + columns, held)
    shows[rows, columns] = chance <= (1 - 0.95) / 2
    return np.asarray(shows)


def _compute_power(shows: NDArray[np.bool_], returning: float, rise: float) -> float:
    treated, held = (size - 1 for size in shows.shape)
    came = stats.binom.pmf(np.arange(treated + 1), treated, min(returning + rise, 1.0))
    stayed = stats.binom.pmf(np.arange(held + 1), held, returning)
    return float(came @ shows @ stayed)


@lru_cache(maxsize=1024)
def _compute_distance(households: int, looks: int) -> float:
    """How many standard errors at the last look an effect must be for a sequence to call it by then
    four times of five, looked at every week (a random walk with a drift, of fixed seed)."""
    time = np.arange(1, looks + 1) / looks
    steps = np.random.default_rng(22).normal(0, sqrt(1 / looks), (_PATHS, looks))
    boundary = compute_boundary(households * time)
    boundary[households * time < LEAST_HOUSEHOLDS] = np.inf
    # What each path lacks to the boundary, as a drift: the least of all looks calls it.
    lacks = (boundary * np.sqrt(time) - np.cumsum(steps, axis=1)) / time
    return float(np.quantile(lacks.min(axis=1), POWER))


def propose_holdout_share(
    candidates_a_wave: int, returning: float, waves: int, first_quarter: bool
) -> float:
    """The smallest share of SHARES with which so many waves together show five points; else the
    largest there is."""
    least = FIRST_QUARTER_LEAST if first_quarter else SHARES[0]
    possible: Sequence[float] = [share for share in SHARES if share >= least]
    for share in possible:
        held_out = round(candidates_a_wave * waves * share)
        arms = ArmSizes(candidates_a_wave * waves - held_out, held_out, returning)
        rise = compute_detectable_rise_weekly(arms, waves)
        if rise is not None and rise <= GOOD_ENOUGH:
            return share
    return possible[-1]
