"""How good a ranking is at finding whom a message moves, by a randomised campaign
(Radcliffe 2007).

The curve counts, for each share of the customers taken from the top of the ranking, how many more
outcomes the treated among them had than the untreated, both made comparable by the chance of
treatment. A random ranking comes out at 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.measurement.interval import LEVEL, Interval

DRAWS = 1_000
POINTS = 200  # of the curve; the area between them is a straight line's

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class CumulativeGain:
    """What a budget catches: of all incremental outcomes the share that the top of the ranking
    holds."""

    budget: float
    share: Interval


def estimate_qini(
    scores: Numbers,
    treated: NDArray[np.bool_],
    outcome: Numbers,
    treated_share: Numbers,
    seed: int,
    draws: int = DRAWS,
) -> Interval:
    """The area between a ranking's curve and the straight line, per customer, with a bootstrap
    interval over customers.

    treated_share: the chance each had of being treated. Ties of the score are broken at random, so
    a constant comes out at 0.
    """
    rng = np.random.default_rng(seed)
    order = _rank(scores, rng)
    gain = _compute_gain(treated, outcome, treated_share)[order]
    value = _compute_area(gain, np.ones(len(gain)))
    resampled = np.array(
        [_compute_area(gain, rng.poisson(1, len(gain)).astype(np.float64)) for _ in range(draws)]
    )
    return _build_interval(value, resampled)


def estimate_cumulative_gain(
    scores: Numbers,
    treated: NDArray[np.bool_],
    outcome: Numbers,
    treated_share: Numbers,
    budget: float,
    seed: int,
) -> CumulativeGain:
    """Of all that a campaign to everyone would bring, the share that the best `budget` of
    customers bring."""
    rng = np.random.default_rng(seed)
    order = _rank(scores, rng)
    gain = _compute_gain(treated, outcome, treated_share)[order]
    resampled = np.array(
        [
            _compute_share(gain, rng.poisson(1, len(gain)).astype(np.float64), budget)
            for _ in range(DRAWS)
        ]
    )
    share = _compute_share(gain, np.ones(len(gain)), budget)
    return CumulativeGain(budget, _build_interval(share, resampled))


def _compute_share(gain: Numbers, weight: Numbers, budget: float) -> float:
    """Of all the gain the share that the first `budget` of the weight brings."""
    taken = np.cumsum(weight) <= budget * weight.sum()
    whole = float((gain * weight).sum())
    return float((gain * weight)[taken].sum() / whole) if whole else 0.0


def _rank(scores: Numbers, rng: np.random.Generator) -> NDArray[np.int64]:
    """Places from the best on; equal scores in an order of chance."""
    return np.lexsort((rng.random(len(scores)), -scores))


def _compute_gain(treated: NDArray[np.bool_], outcome: Numbers, treated_share: Numbers) -> Numbers:
    """Each customer's part in the effect on all (Horvitz and Thompson 1952), after taking out
    the arms' common mean."""
    middle = outcome - outcome.mean()
    return np.asarray(
        np.where(treated, middle / treated_share, -middle / (1 - treated_share)), dtype=np.float64
    )


def _compute_area(gain: Numbers, weight: Numbers) -> float:
    """Between the curve and the line, each point being the share of customers and the gain per
    customer."""
    total = weight.sum()
    across = np.concatenate(([0.0], np.cumsum(weight) / total))
    up = np.concatenate(([0.0], np.cumsum(gain * weight) / total))
    grid = np.linspace(0, 1, POINTS + 1)
    curve = np.interp(grid, across, up)
    return float(np.trapezoid(curve - grid * curve[-1], grid))


def _build_interval(value: float, resampled: Numbers) -> Interval:
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    beyond = float(np.mean(resampled <= 0)) if value > 0 else float(np.mean(resampled >= 0))
    return Interval(value, float(low), float(high), float(resampled.std()), min(1.0, 2 * beyond))
