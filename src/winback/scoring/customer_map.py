"""The map of a shop's customers: bins of lifetime spend across and purchase days up, cut where
the quadrants are (A2)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SPEND_BINS = 12
FREQUENCY_BINS = (
    1,
    2,
    3,
    4,
    5,
    6,
    8,
    10,
    14,
    20,
)  # purchase days from which each row of the map begins
NO_CELL = -1

Array = NDArray[np.float64]


def choose_edges(spend: Array, often: Array, high_monetary_minor: float | None) -> Array | None:
    """The edges of the spend bins in minor units, one of them at the threshold, so that no bin
    lies on both sides of the line.

    None where there are no amounts.
    """
    limit, there = high_monetary_minor, _is_on_map(spend, often)
    if limit is None or limit <= 0 or not there.any():
        return None
    least, most = np.quantile(spend[there], (0.01, 0.995))
    return _build_log_edges(
        max(float(least), 1.0), max(float(most), float(least) * 4), float(limit)
    )


def assign_bins(spend: Array, often: Array, edges: Array) -> NDArray[np.int16]:
    """The bin of each customer, row times the number of columns plus column; NO_CELL for who has
    none."""
    bins = np.full(len(spend), NO_CELL, dtype=np.int16)
    there = _is_on_map(spend, often)
    across = np.clip(np.searchsorted(edges, spend[there], side="right") - 1, 0, len(edges) - 2)
    up = np.searchsorted(FREQUENCY_BINS, often[there], side="right") - 1
    bins[there] = up * (len(edges) - 1) + across
    return bins


def locate_bin(cell: int, edges: Sequence[float]) -> tuple[int, int]:
    """Row and column of a bin."""
    return divmod(cell, len(edges) - 1)


def _is_on_map(spend: Array, often: Array) -> NDArray[np.bool_]:
    return np.asarray(~np.isnan(spend) & (often >= 1) & (spend > 0))


def _build_log_edges(least: float, most: float, cut: float) -> Array:
    """Edges of about SPEND_BINS bins, even in the logarithm, one of them at `cut`."""
    least, most = min(least, cut / 2), max(most, cut * 2)
    step = np.log(most / least) / SPEND_BINS
    below, above = (max(1, round(np.log(ratio) / step)) for ratio in (cut / least, most / cut))
    return np.concatenate(
        [np.geomspace(least, cut, below + 1), np.geomspace(cut, most, above + 1)[1:]]
    )
