"""Whether as many were held out as the draw would hold out: asked before any effect is read.

A share that is off says that somebody was lost on the way, and whoever was lost is seldom lost at
random. The test is exact, so it fires on at most one clean wave of a thousand, however small.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats

LEAST_P = 0.001


def compute_ratio_p_value(draws: Iterable[tuple[int, int, float]]) -> float:
    """How likely a count of held-out households at least so far from its expectation is, two-sided.

    draws: of each share, how many households were drawn, how many of them held out, and the share.
    """
    chances: NDArray[np.float64] = np.ones(1)
    held = 0
    for households, held_here, share in draws:
        held += held_here
        probabilities = stats.binom.pmf(np.arange(households + 1), households, share)
        chances = (
            np.clip(signal.fftconvolve(chances, probabilities), 0, 1)
            if len(chances) > 1
            else probabilities
        )
    below, above = chances[: held + 1].sum(), chances[held:].sum()
    return float(min(1.0, 2 * min(below, above)))
