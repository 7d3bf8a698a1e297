"""Every customer of the real shops stands in exactly one place, whoever else is there."""

import numpy as np
import pytest

from tests.conftest import REAL_SHOPS, about
from winback.config.shop import load_shop
from winback.core.cutoff import Cutoff
from winback.features.registry import get_available_feeds
from winback.features.rule_features import ALL_FEATURES
from winback.features.sql_compiler import compute_features
from winback.playbooks.matching import build_rule_schema, load_playbook, match_plays
from winback.scoring.predict import to_columns
from winback.segmentation.assignment import assign_segments
from winback.segmentation.definitions import LIFECYCLE, QUADRANTS, RECALL, TIERS
from winback.segmentation.thresholds import ReturnRate, compute_thresholds

CELLS = (("quadrant", QUADRANTS), ("lifecycle", LIFECYCLE), ("tier", TIERS), ("recall", RECALL))


@pytest.mark.parametrize("name", [about(name) for name in (*REAL_SHOPS, "completejourney")])
def test_everyone_is_in_exactly_one_segment_and_others_change_nothing(
    name, real_stores, real_shop_files
):
    """Thresholds are fixed at training, so a shop that grows moves nobody."""
    store, shop = real_stores[name], load_shop(real_shop_files[name])
    cutoff = Cutoff(store.last_day, shop.timezone, shop.outcome_days)
    table = compute_features(
        store.connect(), cutoff, get_available_feeds(store.first_known, cutoff), ALL_FEATURES
    )
    columns = to_columns(table)
    bounds = build_rule_schema({}, None).bounds
    for quantity, values in columns.items():  # or the check would call a rule dead that can fire
        seen = values[~np.isnan(values)]
        assert (
            not len(seen) or bounds[quantity][0] <= seen.min() <= seen.max() <= bounds[quantity][1]
        ), quantity
    inside = columns["days_since_last_order"] <= 365
    bands = tuple(ReturnRate(edge, 100, 20, 1000) for edge in (90.0, 135.0, 180.0, 270.0))
    thresholds = compute_thresholds(columns, inside, shop.segments, 90.0, shop.outcome_days, bands)
    chance = np.random.default_rng(1).random(len(inside)).round(4)
    everyone = assign_segments(columns, chance, inside, thresholds, shop.journey)
    for kind, cells in CELLS:
        places = getattr(everyone, kind)
        assert ((places >= 0) & (places < len(cells))).all(), kind
    playbook = load_playbook(shop)
    plays = match_plays(everyone.facts, playbook)
    assert (plays <= len(playbook.plays)).all()
    some = np.random.default_rng(2).random(len(inside)) < 0.3
    few = {column: values[some] for column, values in columns.items()}
    alone = assign_segments(few, chance[some], inside[some], thresholds, shop.journey)
    for kind, _ in CELLS:
        assert np.array_equal(getattr(alone, kind), getattr(everyone, kind)[some]), kind
    assert np.array_equal(match_plays(alone.facts, playbook), plays[some])
    for kind in ("touchpoints", "tags", "never"):
        for mark, flags in getattr(alone, kind).items():
            assert np.array_equal(flags, getattr(everyone, kind)[mark][some]), mark
