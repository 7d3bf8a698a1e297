"""Features and churn probabilities → each customer's quadrant, lifecycle, tier and exactly one recall segment.

`catalogue` holds the rules as data an operator can read; `thresholds` the numbers in them, fixed at training; `route`
applies both to columns of customers, and to one customer as a column of one.
"""

from winback.segments.catalogue import LIFECYCLE, QUADRANTS, RECALL, SILENT_CLASSES, TIERS
from winback.segments.route import GoldMine, Routed, gold_mine, rfmb_score, route
from winback.segments.thresholds import SelfReturn, Thresholds, freeze, own_silence_days, self_return

__all__ = [
    "LIFECYCLE", "QUADRANTS", "RECALL", "SILENT_CLASSES", "TIERS", "GoldMine", "Routed", "SelfReturn", "Thresholds",
    "freeze", "gold_mine", "own_silence_days", "rfmb_score", "route", "self_return",
]  # fmt: skip
