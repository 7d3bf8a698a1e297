"""Whether a difference could come of the draw alone: the draw is repeated, and what people did
stays as it is (Fisher 1935; Pitman 1937).

Exact however few bought and however far their amounts lie apart, where an interval made for many
says "for sure" too often. Households change sides within their wave and play, as many on each side
as were drawn; all of a stratum have the same chance, so every exchange is as likely as another.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

DRAWS = 1_999
MOST_AMOUNTS = 5_000  # other than nought: beyond it means are as good as normal
MOST_KINDS = 20  # of amounts that are counted instead of exchanged
_SEED = 22  # the same data say the same
_AT_ONCE = 2_000_000  # amounts held in memory

Numbers = NDArray[np.float64]


def compute_one_sided_p(
    treated: NDArray[np.bool_],
    household: NDArray[np.int64],
    stratum: NDArray[np.int64],
    outcome: Numbers,
) -> tuple[float, float] | None:
    """(chance of a gain at least so large, of a loss at least so large) where no message changes
    anything; None where so many amounts are known that a normal interval serves as well.

    Arrays have an element a row; a household counts once, with the sum of its rows and the stratum
    of its first.
    """
    _, first, place = np.unique(household, return_index=True, return_inverse=True)
    total = np.bincount(place, outcome)
    if np.count_nonzero(total) > MOST_AMOUNTS and len(np.unique(total)) > MOST_KINDS:
        return None
    arm, rng = treated[first], np.random.default_rng(_SEED)
    drawn, seen = np.zeros(DRAWS), 0.0
    for mine in _split_strata(stratum[first]):
        held = ~arm[mine]
        count, held_count = len(held), int(held.sum())
        if held_count in (0, count):
            continue
        # What the treated did is the rest: the held out alone say how far the arms lie apart.
        weight = count**2 / (held_count * (count - held_count))
        amounts = total[mine]
        bought = amounts[amounts != 0]
        drawn += weight * _draw_held_sums(bought, count, held_count, rng)
        seen += weight * float(amounts[held].sum())
    slack = 1e-9 * max(abs(seen), 1e-300)  # sums of the same amounts in another order
    gain = (1 + int((drawn <= seen + slack).sum())) / (1 + DRAWS)
    loss = (1 + int((drawn >= seen - slack).sum())) / (1 + DRAWS)
    return gain, loss


def _split_strata(stratum: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The places of each stratum's households."""
    order = np.argsort(stratum, kind="stable")
    edges = np.flatnonzero(np.diff(stratum[order])) + 1
    yield from np.split(order, edges)


def _draw_held_sums(amounts: Numbers, count: int, held: int, rng: np.random.Generator) -> Numbers:
    """The sum of the held out's amounts in each repeated draw. count: households, most of whom did
    nothing and need no exchanging."""
    if not len(amounts):
        return np.zeros(DRAWS)
    kinds, counts = np.unique(amounts, return_counts=True)
    if len(kinds) <= MOST_KINDS:  # how many of each the holdout gets
        known = [*counts.tolist(), count - len(amounts)]
        numbers = rng.multivariate_hypergeometric(known, held, DRAWS)
        return np.asarray(numbers[:, :-1] @ kinds, dtype=np.float64)
    numbers = rng.hypergeometric(len(amounts), count - len(amounts), held, DRAWS)
    sums = np.empty(DRAWS)
    step = max(1, _AT_ONCE // len(amounts))
    for start in range(0, DRAWS, step):
        part = numbers[start : start + step]
        shuffled = rng.permuted(np.tile(amounts, (len(part), 1)), axis=1)
        running = np.column_stack([np.zeros(len(part)), np.cumsum(shuffled, axis=1)])
        sums[start : start + step] = running[np.arange(len(part)), part]
    return sums
