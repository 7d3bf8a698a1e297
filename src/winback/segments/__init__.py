"""Features and churn probabilities → each customer's quadrant, lifecycle, tier and exactly one recall segment.

`catalogue` holds the rules as data an operator can read, in the language of `rules`; `thresholds` the numbers in them, fixed
at training; `route` applies both to columns of customers, and to one customer as a column of one; `check` finds rules that do
nothing.
"""

from winback.segments.catalogue import (
    CELLS,
    LIFECYCLE,
    MARKS,
    NEVER,
    QUADRANTS,
    RECALL,
    SILENT_CLASSES,
    TAGS,
    TIERS,
    TOUCHPOINTS,
    Mark,
)
from winback.segments.check import Finding, World, cells_of, check, inlined, unknown
from winback.segments.route import GoldMine, Routed, cells_at, gold_mine, limits_of, rfmb_score, route
from winback.segments.rules import All, Condition, Facts, Segment, condition_of
from winback.segments.thresholds import SelfReturn, Thresholds, freeze, own_silence_days, self_return, untrained

__all__ = [
    "CELLS",
    "LIFECYCLE",
    "MARKS",
    "NEVER",
    "QUADRANTS",
    "RECALL",
    "SILENT_CLASSES",
    "TAGS",
    "TIERS",
    "TOUCHPOINTS",
    "All",
    "Condition",
    "Facts",
    "Finding",
    "GoldMine",
    "Mark",
    "Routed",
    "Segment",
    "SelfReturn",
    "Thresholds",
    "World",
    "cells_at",
    "cells_of",
    "check",
    "condition_of",
    "freeze",
    "gold_mine",
    "inlined",
    "limits_of",
    "own_silence_days",
    "rfmb_score",
    "route",
    "self_return",
    "unknown",
    "untrained",
]  # fmt: skip
