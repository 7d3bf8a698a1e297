"""What a wave can show before it is sent: the smallest difference it would find, and the share
worth holding out.

Two proportions, a two-sided test at 5 %, power of 80 % (Fleiss, Levin and Paik, Statistical Methods
for Rates and Proportions, 2003, 4.2.1, without the continuity correction). Small shops see what is
possible instead of a zero (MISSION 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

Z_TEST = 1.959964  # two-sided 5 %
Z_POWER = 0.841621  # 80 %
SHARES = (0.10, 0.15, 0.20, 0.25, 0.30)
FIRST_QUARTER_LEAST = 0.20  # a shop that knows nothing yet learns first
GOOD_ENOUGH = 0.05  # five points more who come back is an effect worth a decision


@dataclass(frozen=True)
class ArmSizes:
    """How many of a wave, or of all waves to date, are written to and held out, and the chance
    that they come by themselves."""

    treated: int
    held_out: int
    returning: float

    def __add__(self, other: "ArmSizes") -> "ArmSizes":
        whole = self.treated + self.held_out + other.treated + other.held_out
        mine = (self.treated + self.held_out) * self.returning
        other_returning = (other.treated + other.held_out) * other.returning
        return ArmSizes(
            self.treated + other.treated,
            self.held_out + other.held_out,
            (mine + other_returning) / whole if whole else 0.0,
        )


def compute_detectable_rise(arms: ArmSizes) -> float | None:
    """The smallest rise of the returning share that four of five such waves would show; None where
    nothing can be shown.

    A share of 1 is the most there is: where even everybody's return would not show, there is
    nothing to promise.
    """
    if not arms.treated or not arms.held_out:
        return None
    low, high = 0.0, 1.0 - arms.returning
    if _measure_shortfall(arms, high) > 0:
        return None
    for _ in range(60):  # halves until the difference is below a double's last digits
        middle = (low + high) / 2
        low, high = (middle, high) if _measure_shortfall(arms, middle) > 0 else (low, middle)
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


def propose_holdout_share(
    candidates_a_wave: int, returning: float, waves: int, first_quarter: bool
) -> float:
    """The smallest share of SHARES with which so many waves together show five points; else the
    largest there is."""
    least = FIRST_QUARTER_LEAST if first_quarter else SHARES[0]
    possible: Sequence[float] = [share for share in SHARES if share >= least]
    for share in possible:
        held_out = round(candidates_a_wave * waves * share)
        rise = compute_detectable_rise(
            ArmSizes(candidates_a_wave * waves - held_out, held_out, returning)
        )
        if rise is not None and rise <= GOOD_ENOUGH:
            return share
    return possible[-1]
