"""Rows of features → probability and segments: the one way, for the batch job, the service and
the list alike."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.features.registry import NAMES
from winback.features.rule_features import JOURNEY
from winback.model.bundle import Bundle, matrix
from winback.model.labels import in_population
from winback.segmentation.assignment import Routed, route
from winback.segmentation.thresholds import Thresholds

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """One value a customer: the log-odds of churn, its probability as it is shown, whether the
    model speaks of them, and every cell they are in."""

    margins: Array
    chance: Array
    inside: NDArray[np.bool_]
    routed: Routed


def scored(
    columns: Mapping[str, Array],
    rows: Array,
    cutoff: Cutoff,
    bundle: Bundle,
    thresholds: Thresholds,
    shop: Shop,
) -> Scored:
    """Score customers. columns: every feature by name (`columns_of`); rows: those of the model,
    in the order of `NAMES`."""
    margins = bundle.margin(rows)
    # Rounded once, here, and routed by what is shown: a customer listed at 0.7000 is high risk
    # (CONTRACTS 2).
    chance = np.round(bundle.chance(margins, cutoff.day), 4)
    inside = in_population(columns["days_since_last_order"], cutoff, shop.population_days)
    return Scored(margins, chance, inside, route(columns, chance, inside, thresholds, shop.journey))


def columns_of(features: pa.Table, rows: Array | None = None) -> dict[str, Array]:
    """Every feature of a table by name; those of the journey are missing where the table has
    none."""
    rows = matrix(features, NAMES) if rows is None else rows
    columns = {name: rows[:, place] for place, name in enumerate(NAMES)}
    for name in (feature.name for feature in JOURNEY):
        there = name in features.column_names
        columns[name] = matrix(features, [name])[:, 0] if there else np.full(len(rows), np.nan)
    return columns
