"""Differences that may be looked at every week: intervals that hold at all times together (B94).

An interval made for one look is wrong a third of the time for who looks every week and stops at the
first difference. These are asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy
and Ramdas 2024, theorem 2.2): wider at any one look, and right at all of them.
"""

from math import exp, sqrt

from winback.experiments.confidence_sequence import NARROWEST_AT, choose_rho, compute_boundary
from winback.measurement.interval import Interval


def build_always_valid_interval(
    difference: Interval, households: int, planned: int = NARROWEST_AT
) -> Interval:
    """A difference with an interval that holds whenever it is looked at. p: the chance of ever
    seeing so much of nothing.

    households: how many it rests on so far; planned: at how many it shall be narrowest, the same at
    every look.
    """
    if difference.error == 0 or households < 2:
        # All of an arm did the same: that is no certainty, and nought stays within reach.
        reach = 2 * abs(difference.value)
        return Interval(difference.value, -reach, reach, difference.error, 1.0)
    width = difference.error * float(compute_boundary(households, planned))
    scaled = households * choose_rho(planned) ** 2
    return Interval(
        difference.value,
        difference.value - width,
        difference.value + width,
        difference.error,
        _compute_p_value(difference.value / difference.error, scaled),
    )


def _compute_p_value(distance: float, scaled: float) -> float:
    """The level at which the sequence just reaches zero. distance: from it, in standard errors."""
    inside = scaled + 1
    return min(1.0, sqrt(inside) * exp(-(distance**2) * scaled / (2 * inside)))
