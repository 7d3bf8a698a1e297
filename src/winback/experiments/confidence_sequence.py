"""How far a difference must lie from nought to be called at any of many looks: the boundary of
asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, theorem 2.2).

What judges a campaign and what plans one use the same.
"""

from math import exp, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

ALPHA = 0.05
# Households at which a sequence is narrowest. One number for every comparison: a tuning that hung
# on the size of a wave or on a setting could be changed after the first look. At a tenth and at ten
# times as many it is 26 % and 7 % wider than one that is tuned for them.
NARROWEST_AT = 1_000


def choose_rho(planned: int) -> float:
    """The mixture's scale with which the sequence is narrowest at `planned` (their equation 16)."""
    return sqrt((-special.lambertw(-(ALPHA**2) * exp(-1), -1).real - 1) / max(planned, 1))


def compute_boundary(households: ArrayLike, planned: int = NARROWEST_AT) -> NDArray[np.float64]:
    """Half the width of the sequence after so many households, in standard errors of their mean."""
    scaled = np.asarray(households, dtype=np.float64) * choose_rho(planned) ** 2
    inside = scaled + 1
    return np.asarray(np.sqrt(2 * inside / scaled * np.log(np.sqrt(inside) / ALPHA)))
