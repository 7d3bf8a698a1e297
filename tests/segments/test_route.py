"""Hand-typed customers: at least one for each quadrant, lifecycle stage, silent class and recall segment."""

import numpy as np
import pytest

from winback.features import NAMES
from winback.segments import (
    LIFECYCLE,
    QUADRANTS,
    RECALL,
    SILENT_CLASSES,
    TIERS,
    SelfReturn,
    Thresholds,
    freeze,
    gold_mine,
    own_silence_days,
    rfmb_score,
    route,
    self_return,
)  # fmt: skip
from winback.settings import Segments

# Silent from 90 days on; high M from ¥500, high value from ¥1,000 a year.
BANDS = (SelfReturn(90, 1000, 100, 500_000), SelfReturn(135, 1000, 50, 200_000), SelfReturn(180, 100, 1, 100),
         SelfReturn(270, 100, 1, 100))  # fmt: skip


def thresholds(**changes):
    population = {name: np.full(101, np.nan) for name in NAMES}
    population |= {
        "days_since_last_order": np.linspace(0, 365, 101), "orders_last_365_days": np.linspace(1, 21, 101),
        "net_spend_lifetime_cents": np.linspace(0, 100_000, 101), "net_spend_last_365_days_cents": np.linspace(0, 125_000, 101),
        "views_last_90_days": np.linspace(0, 100, 101), "carts_last_90_days": np.linspace(0, 20, 101),
        "active_days_last_90_days": np.linspace(0, 50, 101), "view_seconds_last_90_days": np.linspace(0, 6000, 101),
        "service_contacts_last_90_days": np.linspace(0, 5, 101), "activities_last_90_days": np.linspace(0, 5, 101),
    }  # fmt: skip
    settings = Segments(high_monetary_cents=50_000, high_value_cents=100_000, **changes)
    return freeze(population, np.ones(101, dtype=bool), settings, 90.0, 30, BANDS)


def routed(p=0.1, inside=True, limits=None, **facts):
    """One customer with these features (others missing) and churn probability; the names of their cells."""
    columns = {name: np.array([np.nan]) for name in NAMES}
    defaults = {"days_since_last_order": 10, "orders_lifetime": 2, "purchase_days_lifetime": 2, "orders_last_365_days": 2,
                "net_spend_lifetime_cents": 10_000, "net_spend_last_365_days_cents": 10_000}  # fmt: skip
    columns |= {name: np.array([float(value)]) for name, value in {**defaults, **facts}.items()}
    found = route(columns, np.array([p]), np.array([inside]), limits or thresholds())
    named = {}
    for cell, codes, segments in (("quadrant", found.quadrant, QUADRANTS), ("lifecycle", found.lifecycle, LIFECYCLE),
                                  ("tier", found.tier, TIERS), ("silent_class", found.silent_class, SILENT_CLASSES),
                                  ("recall", found.recall, RECALL)):  # fmt: skip
        named[cell] = segments[codes[0]].name if codes[0] < len(segments) else None
    named["by_model"] = RECALL[found.recall[0]].by_model
    named["reason"] = RECALL[found.recall[0]].reason
    return named


OFTEN, MUCH, LONG_AGO = {"purchase_days_lifetime": 3}, {"net_spend_lifetime_cents": 50_000}, {"days_since_last_order": 91}


@pytest.mark.parametrize(
    ("facts", "quadrant"),
    [
        (OFTEN | MUCH, "loyal_regular"),
        (MUCH, "rising_vip"),
        (OFTEN, "frequent_small"),
        ({}, "newcomer"),
        (OFTEN | MUCH | LONG_AGO, "sleeping_value"),
        (MUCH | LONG_AGO, "sleeping_big_ticket"),
        (OFTEN | LONG_AGO, "wake_regular"),
        (LONG_AGO, "silent"),
        ({"days_since_last_order": 90}, "newcomer"),  # silent is beyond S, so S itself is not
        ({"net_spend_lifetime_cents": np.nan, "purchase_days_lifetime": 3}, "frequent_small"),  # a shop without amounts
    ],
)
def test_every_combination_of_f_m_and_recency_has_its_quadrant(facts, quadrant):
    """The source's four leave a recent small customer nowhere (C2); these eight leave nobody."""
    assert routed(**facts)["quadrant"] == quadrant


@pytest.mark.parametrize(
    ("days", "orders", "stage"),
    [
        (30, 3, "new"),
        (30, 4, "growing"),
        (30, 9, "growing"),
        (30, 10, "mature"),
        (31, 10, "quiet"),
        (90, 1, "quiet"),
        (90.5, 1, "lost"),
    ],
)
def test_lifecycle_stages_meet_without_gap_or_overlap(days, orders, stage):
    """B47 with the readings of C21; H is 30 and S 90 here."""
    assert routed(days_since_last_order=days, orders_lifetime=orders)["lifecycle"] == stage


@pytest.mark.parametrize(("p", "tier"), [(0.7, "high"), (0.6999, "medium"), (0.4, "medium"), (0.3999, "low")])
def test_tiers_begin_at_their_thresholds(p, tier):
    assert routed(p=p)["tier"] == tier


@pytest.mark.parametrize(
    ("facts", "segment", "reason"),
    [
        ({"complaints_open": 1, **OFTEN, **MUCH, **LONG_AGO}, "complaint_open", "complaint_open"),
        ({"days_since_last_refunded_order": 5, **LONG_AGO}, "let_be", "refunded"),
        ({"days_since_last_refunded_order": 5, "days_since_last_order": np.nan}, "let_be", "refunded"),
        ({"net_spend_last_365_days_cents": 100_000, "p": 0.7}, "high_value_at_risk", "high_value_at_risk"),
        ({"net_spend_last_365_days_cents": 100_000, "views_last_90_days": 0, "carts_last_90_days": 0,
          "active_days_last_90_days": 0, "view_seconds_last_90_days": 0, "service_contacts_last_90_days": 0,
          "activities_last_90_days": 0}, "high_value_at_risk", "high_value_quiet"),
        (OFTEN | MUCH | LONG_AGO, "sleeping_value", "sleeping_value"),
        (MUCH | LONG_AGO, "sleeping_big_ticket", "sleeping_big_ticket"),
        (LONG_AGO | {"favourite_is_bestseller": 1, "bargain_share_of_spend": 1}, "silent_bestseller", "silent_bestseller"),
        (LONG_AGO | {"favourite_is_bestseller": 0, "bargain_share_of_spend": 0.8}, "silent_bargain", "silent_bargain"),
        (LONG_AGO | {"favourite_is_bestseller": 0, "bargain_share_of_spend": 0.79}, "silent_other", "silent_other"),
        (LONG_AGO, "silent_other", "silent_other"),
        (OFTEN | LONG_AGO, "wake_regular", "wake_regular"),
        ({"days_since_last_cart": 9}, "cart_unpaid", "cart_unpaid"),
        ({"days_since_last_cart": 11}, "let_be", "let_be"),  # ordered since
        ({"orders_lifetime": 1, "days_since_last_order": 7}, "first_order_no_repeat", "first_order_no_repeat"),
        ({"orders_lifetime": 1, "days_since_last_order": 6.9}, "let_be", "let_be"),
        ({"coupon_claims_last_30_days": 5, "p": 0.4}, "price_sensitive_at_risk", "price_sensitive_at_risk"),
        ({"orders_lifetime": 3, "discounted_order_share": 0.8, "p": 0.4}, "price_sensitive_at_risk", "price_sensitive_at_risk"),
        ({"orders_lifetime": 3, "discounted_order_share": 0.8, "coupon_claims_last_30_days": 0, "p": 0.4}, "let_be", "let_be"),
        ({"orders_lifetime": 2, "discounted_order_share": 1.0, "p": 0.4}, "let_be", "let_be"),
        ({"p": 0.7}, "model_high_risk", "model_high_risk"),
        ({"p": 0.7, "inside": False}, "let_be", "let_be"),
        ({}, "let_be", "let_be"),
    ],
)  # fmt: skip
def test_each_customer_has_the_one_recall_segment_their_facts_ask_for(facts, segment, reason):
    """The order is the rule: a complaint before money, value before bargains, rules before the model (CONTRACTS 4)."""
    found = routed(**facts)
    assert (found["recall"], found["reason"]) == (segment, f"reason.{reason}")


def test_every_recall_segment_is_reached_by_some_customer_above():
    """A rule no customer can reach is a rule nobody has read."""
    marks = test_each_customer_has_the_one_recall_segment_their_facts_ask_for.pytestmark
    reached = {reason for mark in marks for _, _, reason in mark.args[1]}
    assert reached == {segment.reason.removeprefix("reason.") for segment in RECALL}


def test_only_the_model_high_risk_segment_is_routed_by_the_model():
    assert routed(p=0.9)["by_model"]
    assert not routed(p=0.9, **MUCH, **LONG_AGO)["by_model"]


def test_who_is_fierce_is_never_silent():
    """激烈流失 is another illness than falling silent, with another medicine (A1)."""
    assert routed(days_since_last_refunded_order=5, **LONG_AGO)["silent_class"] is None
    assert routed(**LONG_AGO)["silent_class"] == "silent_other"


def test_a_customer_gets_the_same_cells_alone_and_among_others():
    """Thresholds are fixed at training, so nobody changes segment because others did."""
    draw = np.random.default_rng(2)
    columns = {name: np.where(draw.random(300) < 0.3, np.nan, draw.uniform(0, 120, 300)) for name in NAMES}
    p, inside = draw.random(300), draw.random(300) < 0.5
    together = route(columns, p, inside, thresholds())
    for i in range(300):
        alone = route(
            {name: values[i : i + 1] for name, values in columns.items()}, p[i : i + 1], inside[i : i + 1], thresholds()
        )
        for field in ("quadrant", "lifecycle", "tier", "silent_class", "recall", "rfmb_score", "behaviour_score"):
            assert np.array_equal(getattr(alone, field), getattr(together, field)[i : i + 1], equal_nan=True), field


def test_the_rfmb_score_weighs_its_parts_and_shares_out_a_missing_one():
    """B39: R 35, F 30, M 20, B 15; without events the rest is taken over 85."""
    columns = {name: np.array([np.nan]) for name in NAMES}
    columns |= {"days_since_last_order": np.array([0.0]), "orders_last_365_days": np.array([0.0]),
                "net_spend_last_365_days_cents": np.array([0.0])}  # fmt: skip
    score, behaviour = rfmb_score(columns, thresholds())
    assert np.isnan(behaviour[0])
    best_r, worst_m = 100 * 100.5 / 101, 100 * 0.5 / 101
    assert score[0] == pytest.approx((35 * best_r + 20 * worst_m) / 85)


def test_the_gold_mine_counts_everyone_silent_and_what_comes_back_by_itself():
    """A7: spend at stake is not what a campaign earns; part of it returns unasked (MODEL 2.8)."""
    columns = {name: np.full(4, np.nan) for name in NAMES}
    columns |= {"days_since_last_order": np.array([90.0, 91.0, 140.0, 200.0]),
                "net_spend_lifetime_cents": np.array([1.0, 10_000.0, 20_000.0, 40_000.0]),
                "days_since_last_refunded_order": np.array([np.nan, np.nan, np.nan, 3.0])}  # fmt: skip
    limits = thresholds()
    away, cents = np.array([0.5, 0.9, 0.95, 0.5]), np.array([9_000.0, 500.0, 200.0, 9_000.0])
    mine = gold_mine(columns, route(columns, np.full(4, 0.9), np.ones(4, dtype=bool), limits), limits, away, cents)
    assert mine.customers == 2
    assert mine.spend_at_stake_cents == 30_000
    assert mine.self_returning_customers == pytest.approx(0.10 + 0.05)
    assert mine.self_returning_spend_cents == pytest.approx(500 + 200)


def test_self_return_counts_each_cutoff_and_leans_on_the_band_before_when_thin():
    days = np.array([90.0, 91.0, *[100.0] * 199, 140.0, np.nan])
    back = np.array([True, True, *[False] * 199, True, True])
    bands = self_return([(days, back, np.where(back, 300.0, 0.0))], 90.0)
    assert (bands[0].customers, bands[0].returned, bands[0].spend_cents) == (200, 1, 300)
    assert (bands[1].customers, bands[1].returned) == (201, 2)
    assert bands[3].rate == bands[1].rate


def test_silence_is_the_90th_percentile_within_its_bounds():
    assert own_silence_days(np.full(500, 10)) == 30
    assert own_silence_days(np.full(500, 900)) == 365
    assert own_silence_days(np.arange(500)) == pytest.approx(365, abs=85)
    assert own_silence_days(np.full(199, 10)) == 90


def test_thresholds_survive_json():
    import json

    limits = thresholds()
    assert Thresholds.of(json.loads(json.dumps(limits.plain()))).plain() == json.loads(json.dumps(limits.plain())) | {
        "weights": limits.weights
    }
