"""Every customer of a snapshot counted once, part after part, and what it sums up to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.model.bundle import Bundle
from winback.model.spend import ValueSums
from winback.scoring.churn_calendar import DormancyForecast
from winback.scoring.customer_value import summarize
from winback.scoring.summary import DormantTotal, ScoreSummary
from winback.segmentation.assignment import DormantValue, SegmentAssignment
from winback.segmentation.definitions import LIFECYCLE, NEEDS, QUADRANTS, RECALL, TIERS
from winback.segmentation.thresholds import Thresholds


@dataclass
class ScoreTally:
    """Every customer counted once."""

    calendar: DormancyForecast
    customers: int = 0
    quadrant: Counter[str] = field(default_factory=Counter)
    recall: Counter[str] = field(default_factory=Counter)
    tier: Counter[str] = field(default_factory=Counter)
    lifecycle: Counter[str] = field(default_factory=Counter)
    routed_by: Counter[str] = field(default_factory=Counter)
    touchpoints: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    silent_1_2: int = 0
    outside: int = 0
    dormant: list[DormantValue] = field(default_factory=list)
    worth: dict[str, ValueSums] = field(default_factory=dict)

    def add_part(
        self, routed: SegmentAssignment, inside: NDArray[np.bool_], dormant: DormantValue
    ) -> None:
        """Count the customers of a part. inside: the population; dormant: of this part."""
        self.customers += len(inside)
        self.outside += int((~inside).sum())
        self.dormant.append(dormant)
        self._add_cells(routed)
        self.silent_1_2 += int(routed.silent_1_2.sum())
        self.touchpoints.update(_count_marks(routed.touchpoints))
        self.tags.update(_count_marks(routed.tags))

    def _add_cells(self, routed: SegmentAssignment) -> None:
        for counter, codes, labels in (
            (self.quadrant, routed.quadrant, [each.name for each in QUADRANTS]),
            (self.recall, routed.recall, [each.name for each in RECALL]),
            (self.tier, routed.tier, [each.name for each in TIERS]),
            (self.lifecycle, routed.lifecycle, [each.name for each in LIFECYCLE]),
            (self.routed_by, routed.recall, [each.routed_by for each in RECALL]),
        ):
            for place, count in enumerate(np.bincount(codes, minlength=len(labels)).tolist()):
                counter[labels[place]] += count


def build_summary(
    shop: Shop,
    cutoff: Cutoff,
    left_out: date | None,
    bundle: Bundle,
    thresholds: Thresholds,
    feeds: frozenset[str],
    tally: ScoreTally,
    final: Path,
) -> ScoreSummary:
    """What a tally comes to. left_out: the last day with an order, where it is not counted;
    final: the snapshot's folder."""
    outcomes_until = date.fromisoformat(bundle.manifest["window"]["outcomes_until"])
    has_seen_later = outcomes_until > cutoff.day
    return ScoreSummary(
        shop=shop.name,
        cutoff=cutoff.day.isoformat(),
        day_left_out=left_out.isoformat() if left_out else None,
        model_version=bundle.version,
        customers=tally.customers,
        outside_population=tally.outside,
        by_quadrant=dict(tally.quadrant),
        by_recall_segment=_move_no_action_last(tally.recall),
        by_tier=dict(tally.tier),
        by_lifecycle=dict(tally.lifecycle),
        by_touchpoint=dict(tally.touchpoints),
        by_tag=dict(tally.tags),
        routed_by={key: count for key, count in tally.routed_by.items() if count},
        dormant_value=_sum_dormant(shop, bundle, thresholds, tally),
        worth=summarize(bundle, tally.worth, cutoff.day),
        becomes_dormant=tally.calendar.summarize(),
        segments_without_input=sorted(name for name, needs in NEEDS.items() if not feeds & needs),
        model_age_days=(cutoff.day - outcomes_until).days,
        model_has_seen_later_orders_until=outcomes_until.isoformat() if has_seen_later else None,
        snapshot=str(final / "snapshot.parquet"),
        list=str(final / "list.csv"),
        calendar=str(final / "calendar.csv"),
    )


def _sum_dormant(
    shop: Shop, bundle: Bundle, thresholds: Thresholds, tally: ScoreTally
) -> DormantTotal:
    parts = tally.dormant
    return DormantTotal(
        customers=sum(each.customers for each in parts),
        after_one_or_two_orders=tally.silent_1_2,
        spend_at_stake_minor=sum(each.spend_at_stake_minor for each in parts),
        self_returning_customers=round(sum(each.self_returning_customers for each in parts), 1),
        self_returning_spend_minor=round(sum(each.self_returning_spend_minor for each in parts)),
        silence_days=thresholds.silence_days,
        outcome_days=thresholds.outcome_days,
        currency=shop.currency,
        backtest=bundle.manifest["self_return_backtest"],
    )


def _count_marks(marks: Mapping[str, NDArray[np.bool_]]) -> dict[str, int]:
    return {name: int(flags.sum()) for name, flags in marks.items()}


def _move_no_action_last(counts: Counter[str]) -> dict[str, int]:
    """`no_action` is reached by a rule at the top and as the last resort; it is read last."""
    return {name: counts[name] for name in sorted(counts, key=lambda name: name == "no_action")}
