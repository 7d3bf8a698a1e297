"""Columns of customers in, columns of segments out: the same code for a million customers and
for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.config.segmentation import JourneySettings
from winback.segmentation.conditions import Facts, Flags, Segment
from winback.segmentation.definitions import CELLS, FIERCE, MARKS, SILENT_1_2
from winback.segmentation.thresholds import Thresholds, build_score_inputs

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SegmentAssignment:
    """One value a customer. Codes are places in the catalogue's lists; len(list) is none."""

    quadrant: NDArray[np.int64]
    lifecycle: NDArray[np.int64]
    tier: NDArray[np.int64]
    silent_class: NDArray[np.int64]
    recall: NDArray[np.int64]
    aggressive: NDArray[np.bool_]
    silent_1_2: NDArray[np.bool_]  # silent after one or two orders (A1)
    rfmb_score: Array
    behaviour_score: Array
    touchpoints: Mapping[str, Flags]
    tags: Mapping[str, Flags]
    never: Mapping[str, Flags]
    facts: Facts  # what all of it was decided by, for conditions of a playbook


@dataclass(frozen=True)
class DormantValue:
    """The sleeping gold mine (A7): silent customers, what they have spent, and what comes back
    by itself."""

    customers: int
    spend_at_stake_minor: int
    self_returning_customers: float
    self_returning_spend_minor: float


def assign_segments(
    features: Mapping[str, Array],
    probability: Array,
    in_population: NDArray[np.bool_],
    thresholds: Thresholds,
    journey: JourneySettings,
) -> SegmentAssignment:
    """Every cell a customer is in.

    features: the columns of the feature list, and of the journey's where touchpoints are wanted;
    probability: the chance of churn; journey: the shop's own numbers of touchpoints, tags and
    never-contact rules.
    """
    score, behaviour, facts = _build_facts(
        features, thresholds, probability, in_population, journey
    )
    quadrant, lifecycle, tier, silent_class, recall = (
        facts.assign(kind, cells) for kind, cells in CELLS.items()
    )
    touchpoints, tags, never = (
        facts.flag(kind, {mark.name: mark.condition for mark in marks})
        for kind, marks in MARKS.items()
    )
    return SegmentAssignment(
        quadrant,
        lifecycle,
        tier,
        silent_class,
        recall,
        facts.evaluate(FIERCE),
        facts.evaluate(SILENT_1_2),
        score,
        behaviour,
        touchpoints,
        tags,
        never,
        facts,
    )


def _build_facts(
    features: Mapping[str, Array],
    thresholds: Thresholds,
    probability: Array,
    in_population: NDArray[np.bool_],
    journey: JourneySettings,
) -> tuple[Array, Array, Facts]:
    score, behaviour = compute_rfmb_score(features, thresholds)
    columns: dict[str, NDArray[np.generic]] = {
        **features,
        "churn_probability": probability,
        "behaviour_score": behaviour,
        "in_population": in_population.astype(np.float64),
    }
    facts = Facts(columns, list_limits(thresholds, journey), len(probability))
    return score, behaviour, facts


def assign_cells(
    features: Mapping[str, Array],
    thresholds: Thresholds,
    journey: JourneySettings,
    cells: Sequence[Segment],
) -> NDArray[np.int64]:
    """The place in one list of cells alone, such as the quadrants of a year ago, from just the
    features its rules read."""
    count = len(next(iter(features.values())))
    return Facts(features, list_limits(thresholds, journey), count).find_first_fit(cells)


def list_limits(thresholds: Thresholds, journey: JourneySettings) -> dict[str, float | None]:
    """Every number a rule may name: those fixed at training, and the shop's own."""
    frozen = {
        name: value
        for name, value in vars(thresholds).items()
        if value is None or isinstance(value, int | float)
    }
    return {**journey.model_dump(), **frozen, "active_days": thresholds.active_days}


def compute_rfmb_score(
    features: Mapping[str, Array], thresholds: Thresholds
) -> tuple[Array, Array]:
    """The RFM-B score and its B part, 0–100 (B39, C20); B is missing, and its weight shared out,
    without events."""
    parts, behaviour = _rank_parts(features, thresholds)
    columns = [parts["R"], parts["F"], parts["M"], behaviour]
    total, weight = np.zeros(len(behaviour)), np.zeros(len(behaviour))
    for column, share in zip(columns, thresholds.weights, strict=True):
        total += np.where(np.isnan(column), 0.0, column * share)
        weight += np.where(np.isnan(column), 0.0, share)
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), 0.0), behaviour


def _rank_parts(
    features: Mapping[str, Array], thresholds: Thresholds
) -> tuple[dict[str, Array], Array]:
    inputs = build_score_inputs(features, thresholds.cart_rate, thresholds.browsing)
    parts = {
        name: _rank_percentile(values, thresholds.knots[name]) for name, values in inputs.items()
    }
    behaviour = _average_present(
        [parts[name] for name in ("browsing", "carts", "questions", "activities")]
    )
    did = [
        features[name]
        for name in (
            "active_days_last_90_days",
            "carts_last_90_days",
            "service_contacts_last_90_days",
            "activities_last_90_days",
        )
    ]
    idle = np.logical_and.reduce([np.nan_to_num(each) == 0 for each in did])
    behaviour = np.where(idle & ~np.isnan(behaviour), 0.0, behaviour)
    return parts, behaviour


def measure_dormant_value(
    features: Mapping[str, Array],
    routed: SegmentAssignment,
    thresholds: Thresholds,
    away: Array,
    expected_minor: Array,
) -> DormantValue:
    """Everyone silent for longer than S, except 激烈流失; spend is lifetime and net of refunds.

    away, expected_minor: each customer's chance of no order in the window, and the spend that comes
    by itself.
    """
    silent = (features["days_since_last_order"] > thresholds.silence_days) & ~routed.aggressive
    return DormantValue(
        int(silent.sum()),
        int(np.nansum(features["net_spend_lifetime_minor"][silent])),
        float((1 - away[silent]).sum()),
        float(np.nansum(expected_minor[silent])),
    )


def _rank_percentile(values: Array, knots: Sequence[float]) -> Array:
    """The mid-rank of each value among the knots, 0–100; missing where the value or the knots
    are."""
    if not len(knots):
        return np.full(len(values), np.nan)
    edges = np.asarray(knots)
    rank = (
        np.searchsorted(edges, values, side="left") + np.searchsorted(edges, values, side="right")
    ) / 2
    return np.where(np.isnan(values), np.nan, 100.0 * rank / len(edges))


def _average_present(columns: Sequence[Array]) -> Array:
    present = np.sum([~np.isnan(column) for column in columns], axis=0)
    total = np.sum([np.nan_to_num(column) for column in columns], axis=0)
    return np.where(present > 0, total / np.maximum(present, 1), np.nan)
