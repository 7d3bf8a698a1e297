"""Differences that may be looked at every week: intervals that hold at all times together (B94).

An interval made for one look is wrong a third of the time for who looks every week and stops at the
first difference. These are asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy
and Ramdas 2024, theorem 2.2): wider at any one look, and right at all of them.
"""

from math import exp, log, sqrt

from scipy import special

from winback.measurement.effect import LEVEL
from winback.measurement.interval import Interval


def build_always_valid_interval(difference: Interval, households: int, planned: int) -> Interval:
    """A difference with an interval that holds whenever it is looked at. p: the chance of ever
    seeing so much of nothing.

    households: how many it rests on so far; planned: at how many it shall be narrowest.
    """
    if difference.error == 0 or households < 2:
        return difference
    spread = difference.error**2 * households  # of one household
    rho = _choose_rho(planned)
    width = _compute_width(spread, households, rho, 1 - LEVEL)
    return Interval(
        difference.value,
        difference.value - width,
        difference.value + width,
        difference.error,
        _compute_p_value(difference.value, spread, households, rho),
    )


def _choose_rho(planned: int) -> float:
    """The mixture's scale with which the sequence is narrowest at `planned` (their equation 16)."""
    alpha = 1 - LEVEL
    return sqrt((-special.lambertw(-(alpha**2) * exp(-1), -1).real - 1) / max(planned, 1))


def _compute_width(spread: float, count: int, rho: float, alpha: float) -> float:
    inside = count * rho**2 + 1
    return sqrt(spread) * sqrt(2 * inside / (count**2 * rho**2) * log(sqrt(inside) / alpha))


def _compute_p_value(value: float, spread: float, count: int, rho: float) -> float:
    """The level at which the sequence just reaches zero."""
    inside = count * rho**2 + 1
    return min(1.0, sqrt(inside) * exp(-(value**2) / spread * count**2 * rho**2 / (2 * inside)))
