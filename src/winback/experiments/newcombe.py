"""The difference of two shares with its interval: by the measurement, and by the plan that says
beforehand what it will show."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

Z = float(special.ndtri(0.975))  # of a two-sided 95 %


def build_wilson_ends(share: ArrayLike, count: ArrayLike) -> tuple[Any, Any]:
    """Both ends of the score interval of a share among so many (Wilson 1927)."""
    share, count = np.asarray(share, dtype=np.float64), np.asarray(count, dtype=np.float64)
    middle = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * np.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def build_newcombe_ends(
    treated: ArrayLike, treated_count: ArrayLike, held: ArrayLike, held_count: ArrayLike
) -> tuple[Any, Any]:
    """Both ends of the interval of treated - held: the square and add of both arms' score
    intervals (Newcombe 1998, method 10)."""
    treated, held = np.asarray(treated, dtype=np.float64), np.asarray(held, dtype=np.float64)
    treated_low, treated_high = build_wilson_ends(treated, treated_count)
    held_low, held_high = build_wilson_ends(held, held_count)
    value = treated - held
    low = value - np.sqrt((treated - treated_low) ** 2 + (held_high - held) ** 2)
    high = value + np.sqrt((treated_high - treated) ** 2 + (held - held_low) ** 2)
    return low, high
