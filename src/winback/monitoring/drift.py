"""Whether the customers of today are other customers than those the model learned from, quantity by
quantity.

The threshold is not a number somebody once chose (the usual PSI of 0.1 fires 85 % of the time at a
hundred rows and never at a million) but the null distribution at the counts at hand, over all
quantities together: one false alert in a hundred weeks. What is sure is not yet
large: a shift also has to move a tenth of the customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FALSE_ALARMS = 0.01  # of all quantities together, a week
LARGE = 0.10  # of the customers stand elsewhere than they did
FEWEST = 50  # rows on each side

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Drift:
    """A quantity that has moved: by how much (the greatest distance of the two distributions, or
    of the missing shares), its chance under no change adjusted for all that were asked about,
    and the middle before and after."""

    quantity: str
    what: str  # values or missing
    distance: float
    p: float
    before: float
    after: float


def find_drift(
    before: Mapping[str, Numbers],
    after: Mapping[str, Numbers],
    usual: Mapping[tuple[str, str], float] | None = None,
) -> list[Drift]:
    """Quantities that have moved for sure and by much, the furthest first. NaN: missing. Both sides
    name the same ones.

    usual: how far each moved between two days as far apart when all was well, as `distances` tells;
    only what goes beyond it counts, for a shop's history grows with the days.
    """
    known, drifts = usual or {}, list[Drift]()
    # Holm's steps: each of those left is asked at what remains of the false alerts.
    ranked = sorted(
        _compare(before, after), key=lambda shift: (shift.p, shift.quantity, shift.what)
    )
    _keep_large(ranked, known, drifts)
    return sorted(drifts, key=lambda shift: (-shift.distance, shift.quantity))


def _keep_large(
    ranked: list[Drift], known: Mapping[tuple[str, str], float], drifts: list[Drift]
) -> None:
    for place, shift in enumerate(ranked):
        adjusted = shift.p * (len(ranked) - place)
        if adjusted >= FALSE_ALARMS:
            break
        if shift.distance - known.get((shift.quantity, shift.what), 0.0) >= LARGE:
            drifts.append(
                Drift(
                    shift.quantity, shift.what, shift.distance, adjusted, shift.before, shift.after
                )
            )


def measure_distances(
    before: Mapping[str, Numbers], after: Mapping[str, Numbers]
) -> dict[tuple[str, str], float]:
    """How far every quantity moved, by its name and what of it."""
    return {(shift.quantity, shift.what): shift.distance for shift in _compare(before, after)}


def _compare(before: Mapping[str, Numbers], after: Mapping[str, Numbers]) -> list[Drift]:
    drifts: list[Drift] = []
    for name, old in before.items():
        new = after[name]
        if min(len(old), len(new)) < FEWEST:
            continue
        gone = [np.isnan(side) for side in (old, new)]
        shares = [float(side.mean()) for side in gone]
        _add_missing(shares, drifts, name, gone)
        left = [side[~missing] for side, missing in zip((old, new), gone, strict=True)]
        _add_values(left, drifts, name)
    return drifts


def _add_missing(
    shares: list[float], drifts: list[Drift], name: str, gone: list[NDArray[Any]]
) -> None:
    if 0 < sum(shares) < 2:
        drifts.append(
            Drift(
                name,
                "missing",
                abs(shares[1] - shares[0]),
                _compute_share_p_value(gone),
                *shares,
            )
        )


def _add_values(left: list[Numbers], drifts: list[Drift], name: str) -> None:
    if min(map(len, left)) >= FEWEST:
        test = stats.ks_2samp(*left, method="asymp")
        drifts.append(
            Drift(
                name,
                "values",
                float(test.statistic),
                float(test.pvalue),
                *map(float, map(np.median, left)),
            )
        )


def _compute_share_p_value(gone: list[NDArray[np.bool_]]) -> float:
    counts = [(int(side.sum()), len(side)) for side in gone]
    table = [[missing, rows - missing] for missing, rows in counts]
    return float(stats.chi2_contingency(table, correction=True).pvalue)
