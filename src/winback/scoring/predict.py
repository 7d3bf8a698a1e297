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
from winback.model.bundle import Bundle, to_matrix
from winback.model.labels import is_in_population
from winback.segmentation.assignment import SegmentAssignment, assign_segments
from winback.segmentation.thresholds import Thresholds

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ScoredRows:
    """One value a customer: the log-odds of churn, its probability as it is shown, whether the
    model speaks of them, and every cell they are in."""

    margins: Array
    chance: Array
    inside: NDArray[np.bool_]
    routed: SegmentAssignment


def score_features(
    columns: Mapping[str, Array],
    rows: Array,
    cutoff: Cutoff,
    bundle: Bundle,
    thresholds: Thresholds,
    shop: Shop,
) -> ScoredRows:
    """Score customers. columns: every feature by name (`to_columns`); rows: those of the model,
    in the order of `NAMES`."""
    predictions = bundle.predict(rows, cutoff.day)
    # Rounded once, here, and routed by what is shown: a customer listed at 0.7000 is high risk.
    chance = np.round(predictions.churn_probability, 4)
    inside = is_in_population(columns["days_since_last_order"], cutoff, shop.population_days)
    return ScoredRows(
        predictions.margins,
        chance,
        inside,
        assign_segments(columns, chance, inside, thresholds, shop.journey),
    )


def to_columns(features: pa.Table, rows: Array | None = None) -> dict[str, Array]:
    """Every feature of a table by name; those of the journey are missing where the table has
    none."""
    rows = to_matrix(features, NAMES) if rows is None else rows
    columns = {name: rows[:, place] for place, name in enumerate(NAMES)}
    for name in (feature.name for feature in JOURNEY):
        there = name in features.column_names
        columns[name] = to_matrix(features, [name])[:, 0] if there else np.full(len(rows), np.nan)
    return columns
