"""Customers only a platform reaches, as filters and ids for its audience tool."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from winback.config.shop import Shop
from winback.playbooks.matching import build_play_condition, build_rule_schema
from winback.playbooks.playbook import Playbook
from winback.recall.recall_list import RecallList
from winback.segmentation.assignment import list_limits
from winback.segmentation.conditions import to_dict
from winback.segmentation.describe import describe_condition
from winback.segmentation.rule_checker import inline_cells
from winback.segmentation.thresholds import Thresholds


def collect_audiences(weekly: RecallList) -> dict[str, list[str]]:
    audiences: dict[str, list[str]] = {}
    for row in weekly.rows:
        # Whom only a platform reaches; never whom a promise was broken to, who said no, or who
        # waits for room.
        only_there = row.channel == "audience" or (
            row.why_not == "stopped.unreachable" and not row.service
        )
        if row.play is not None and only_there:
            audiences.setdefault(row.play, []).append(row.customer_id)
    return audiences


def write_filters(
    audiences: dict[str, list[str]],
    shop: Shop,
    playbook: Playbook,
    thresholds: Thresholds,
    staging: Path,
) -> None:
    filters = [
        _build_audience_filter(shop, playbook, thresholds, play, ids)
        for play, ids in audiences.items()
    ]
    (staging / "audience.json").write_text(
        json.dumps(filters, ensure_ascii=False, indent=1), encoding="utf-8"
    )


def _build_audience_filter(
    shop: Shop, playbook: Playbook, thresholds: Thresholds, play: str, ids: Sequence[str]
) -> dict[str, Any]:
    """What to set in a platform's audience tool for the customers of a play whom nothing else
    reaches.

    Down to quantities and numbers: a platform knows neither our segments nor the order in which
    they are read.
    """
    limits = list_limits(thresholds, shop.journey)
    condition = inline_cells(
        build_play_condition(next(each for each in playbook.plays if each.name == play)),
        build_rule_schema(limits, None),
    )
    return {
        "play": play,
        "customers": len(ids),
        "ids": f"audience-{play}.csv",
        "filter": to_dict(condition, limits),
        "in_words": {
            language: describe_condition(condition, limits, language, shop.currency)
            for language in ("zh", "en")
        },
    }
