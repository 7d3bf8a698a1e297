"""Weights that halve with age, as whole billionths: every reader of the features multiplies by
the same."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cache

WEIGHT_ONE = 10**9  # decay weights are whole billionths, so that their sums are exact
_LONGEST_DECAY_DAYS = 4_000


@cache
def compute_decay_weights(half_life_days: int) -> tuple[int, ...]:
    """2^(-age / half-life) in whole billionths for each whole day of age, ending in the 0 that
    holds from there on.

    Built in decimal, so that no machine's `pow` has a say.
    """
    with localcontext() as context:
        context.prec = 40
        days = range(min(30 * half_life_days, _LONGEST_DECAY_DAYS))
        weights = (Decimal(2) ** (Decimal(-age) / half_life_days) * WEIGHT_ONE for age in days)
        return (*(int(weight.quantize(Decimal(1), ROUND_HALF_EVEN)) for weight in weights), 0)
