"""Hand-typed customers: at least one for each quadrant, lifecycle stage, silent class and recall segment."""

import numpy as np
import pytest

from winback.config.segmentation import PRESETS, JourneySettings, SegmentSettings
from winback.config.shop import Shop
from winback.config.sources import OrderSource
from winback.features.registry import NAMES
from winback.features.rule_features import ALL_FEATURES
from winback.playbooks.matching import lint_playbook, load_playbook
from winback.segmentation.assignment import (
    assign_segments,
    compute_rfmb_score,
    list_limits,
    measure_dormant_value,
)
from winback.segmentation.definitions import (
    LIFECYCLE,
    NEVER,
    QUADRANTS,
    RECALL,
    SILENT_CLASSES,
    TAGS,
    TIERS,
    TOUCHPOINTS,
)
from winback.segmentation.thresholds import (
    ReturnRate,
    Thresholds,
    choose_silence_days,
    compute_thresholds,
    measure_return_rates,
)

# Silent from 90 days on; high M from ¥500, high value from ¥1,000 a year.
BANDS = (ReturnRate(90, 1000, 100, 500_000), ReturnRate(135, 1000, 50, 200_000), ReturnRate(180, 100, 1, 100),
         ReturnRate(270, 100, 1, 100))  # fmt: skip


def thresholds(**changes):
    population = {name: np.full(101, np.nan) for name in NAMES}
    population |= {
        "days_since_last_order": np.linspace(0, 365, 101), "orders_last_365_days": np.linspace(1, 21, 101),
        "net_spend_lifetime_minor": np.linspace(0, 100_000, 101), "net_spend_last_365_days_minor": np.linspace(0, 125_000, 101),
        "views_last_90_days": np.linspace(0, 100, 101), "carts_last_90_days": np.linspace(0, 20, 101),
        "active_days_last_90_days": np.linspace(0, 50, 101), "view_seconds_last_90_days": np.linspace(0, 6000, 101),
        "service_contacts_last_90_days": np.linspace(0, 5, 101), "activities_last_90_days": np.linspace(0, 5, 101),
    }  # fmt: skip
    settings = SegmentSettings(high_monetary_minor=50_000, high_value_minor=100_000, **changes)
    return compute_thresholds(population, np.ones(101, dtype=bool), settings, 90.0, 30, BANDS)


def routed(p=0.1, inside=True, limits=None, **facts):
    """One customer with these features (others missing) and churn probability; the names of their cells."""
    columns = {name: np.array([np.nan]) for name in NAMES}
    defaults = {"days_since_last_order": 10, "orders_lifetime": 2, "purchase_days_lifetime": 2, "orders_last_365_days": 2,
                "net_spend_lifetime_minor": 10_000, "net_spend_last_365_days_minor": 10_000}  # fmt: skip
    columns |= {name: np.array([float(value)]) for name, value in {**defaults, **facts}.items()}
    actual = assign_segments(
        columns, np.array([p]), np.array([inside]), limits or thresholds(), JourneySettings()
    )
    named = {}
    for cell, codes, segments in (("quadrant", actual.quadrant, QUADRANTS), ("lifecycle", actual.lifecycle, LIFECYCLE),
                                  ("tier", actual.tier, TIERS), ("silent_class", actual.silent_class, SILENT_CLASSES),
                                  ("recall", actual.recall, RECALL)):  # fmt: skip
        named[cell] = segments[codes[0]].name if codes[0] < len(segments) else None
    named["silent_1_2"] = bool(actual.silent_1_2[0])
    named["by_model"] = RECALL[actual.recall[0]].by_model
    named["reason"] = RECALL[actual.recall[0]].reason
    return named


OFTEN, MUCH, LONG_AGO = (
    {"purchase_days_lifetime": 3},
    {"net_spend_lifetime_minor": 50_000},
    {"days_since_last_order": 91},
)


@pytest.mark.parametrize(
    ("facts", "quadrant"),
    [
        (OFTEN | MUCH, "loyal_regular"),
        (MUCH, "rising_vip"),
        (OFTEN, "frequent_small"),
        ({}, "newcomer"),
        (OFTEN | MUCH | LONG_AGO, "dormant_high_value"),
        (MUCH | LONG_AGO, "dormant_big_ticket"),
        (OFTEN | LONG_AGO, "wake_regular"),
        (LONG_AGO, "silent"),
        ({"days_since_last_order": 90}, "newcomer"),  # silent is beyond S, so S itself is not
        (
            {"net_spend_lifetime_minor": np.nan, "purchase_days_lifetime": 3},
            "frequent_small",
        ),  # a shop without amounts
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


@pytest.mark.parametrize(
    ("p", "tier"), [(0.7, "high"), (0.6999, "medium"), (0.4, "medium"), (0.3999, "low")]
)
def test_tiers_begin_at_their_thresholds(p, tier):
    assert routed(p=p)["tier"] == tier


@pytest.mark.parametrize(
    ("facts", "segment", "reason"),
    [
        ({"complaints_open": 1, **OFTEN, **MUCH, **LONG_AGO}, "complaint_open", "complaint_open"),
        ({"days_since_last_refunded_order": 5, **LONG_AGO}, "no_action", "refunded"),
        ({"days_since_last_refunded_order": 5, "days_since_last_order": np.nan}, "no_action", "refunded"),
        ({"net_spend_last_365_days_minor": 100_000, "p": 0.7}, "high_value_at_risk", "high_value_at_risk"),
        ({"net_spend_last_365_days_minor": 100_000, "views_last_90_days": 0, "carts_last_90_days": 0,
          "active_days_last_90_days": 0, "view_seconds_last_90_days": 0, "service_contacts_last_90_days": 0,
          "activities_last_90_days": 0}, "high_value_at_risk", "high_value_quiet"),
        (OFTEN | MUCH | LONG_AGO, "dormant_high_value", "dormant_high_value"),
        (MUCH | LONG_AGO, "dormant_big_ticket", "dormant_big_ticket"),
        (LONG_AGO | {"favourite_is_bestseller": 1, "bargain_share_of_spend": 1}, "silent_bestseller", "silent_bestseller"),
        (LONG_AGO | {"favourite_is_bestseller": 0, "bargain_share_of_spend": 0.8}, "silent_bargain", "silent_bargain"),
        (LONG_AGO | {"favourite_is_bestseller": 0, "bargain_share_of_spend": 0.79}, "silent_other", "silent_other"),
        (LONG_AGO, "silent_other", "silent_other"),
        (OFTEN | LONG_AGO, "wake_regular", "wake_regular"),
        ({"days_since_last_cart": 9}, "cart_unpaid", "cart_unpaid"),
        ({"days_since_last_cart": 11}, "no_action", "no_action"),  # ordered since
        ({"orders_lifetime": 1, "days_since_last_order": 7}, "first_order_no_repeat", "first_order_no_repeat"),
        ({"orders_lifetime": 1, "days_since_last_order": 6.9}, "no_action", "no_action"),
        ({"coupon_claims_last_30_days": 5, "p": 0.4}, "price_sensitive_at_risk", "price_sensitive_at_risk"),
        ({"orders_lifetime": 3, "discounted_order_share": 0.8, "p": 0.4}, "price_sensitive_at_risk", "price_sensitive_at_risk"),
        ({"orders_lifetime": 3, "discounted_order_share": 0.8, "coupon_claims_last_30_days": 0, "p": 0.4}, "no_action", "no_action"),
        ({"orders_lifetime": 2, "discounted_order_share": 1.0, "p": 0.4}, "no_action", "no_action"),
        # Just beside each boundary.
        ({"net_spend_last_365_days_minor": 99_999, "p": 0.7}, "model_high_risk", "model_high_risk"),
        ({"net_spend_last_365_days_minor": 100_000, "p": 0.6999}, "no_action", "no_action"),
        ({"net_spend_last_365_days_minor": 100_000, "p": 0.7, "orders_last_365_days": 1}, "model_high_risk", "model_high_risk"),
        ({"net_spend_last_365_days_minor": 100_000, "p": 0.7, "days_since_last_order": 90}, "high_value_at_risk", "high_value_at_risk"),
        ({"net_spend_lifetime_minor": 49_999, **LONG_AGO}, "silent_other", "silent_other"),
        ({"purchase_days_lifetime": 2, **LONG_AGO}, "silent_other", "silent_other"),
        ({"days_since_last_order": 90}, "no_action", "no_action"),
        ({"days_since_last_order": 90.1}, "silent_other", "silent_other"),
        ({"days_since_last_cart": 30, "days_since_last_order": 40}, "cart_unpaid", "cart_unpaid"),
        ({"days_since_last_cart": 31, "days_since_last_order": 40}, "no_action", "no_action"),
        ({"orders_lifetime": 1, "days_since_last_order": 90}, "first_order_no_repeat", "first_order_no_repeat"),
        ({"orders_lifetime": 2, "days_since_last_order": 50}, "no_action", "no_action"),
        ({"coupon_claims_last_30_days": 4, "p": 0.4}, "no_action", "no_action"),
        ({"coupon_claims_last_30_days": 5, "p": 0.3999}, "no_action", "no_action"),
        ({"orders_lifetime": 3, "discounted_order_share": 0.79, "p": 0.4}, "no_action", "no_action"),
        ({"p": 0.6999}, "no_action", "no_action"),
        ({"p": 0.7}, "model_high_risk", "model_high_risk"),
        ({"p": 0.7, "inside": False}, "no_action", "no_action"),
        ({}, "no_action", "no_action"),
    ],
)  # fmt: skip
def test_each_customer_has_the_one_recall_segment_their_facts_ask_for(facts, segment, reason):
    """The order is the rule: a complaint before money, value before bargains, rules before the model."""
    actual = routed(**facts)
    assert (actual["recall"], actual["reason"]) == (segment, f"reason.{reason}")


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


def test_whoever_bought_once_or_twice_and_then_nothing_is_flagged():
    """A1: the case the consultant began with; a third order, a fresh one or a complaint is another story."""
    assert routed(**LONG_AGO, orders_lifetime=2)["silent_1_2"]
    assert not routed(**LONG_AGO, orders_lifetime=3)["silent_1_2"]
    assert not routed(orders_lifetime=2, days_since_last_order=90)["silent_1_2"]
    assert not routed(**LONG_AGO, orders_lifetime=2, complaints_open=1)["silent_1_2"]


def test_a_customer_gets_the_same_cells_alone_and_among_others():
    """Thresholds are fixed at training, so nobody changes segment because others did."""
    draw = np.random.default_rng(2)
    columns = {
        name: np.where(draw.random(300) < 0.3, np.nan, draw.uniform(0, 120, 300)) for name in NAMES
    }
    p, inside = draw.random(300), draw.random(300) < 0.5
    together = assign_segments(columns, p, inside, thresholds(), JourneySettings())
    for i in range(300):
        alone = assign_segments(
            {name: values[i : i + 1] for name, values in columns.items()},
            p[i : i + 1],
            inside[i : i + 1],
            thresholds(),
            JourneySettings(),
        )
        for field in (
            "quadrant",
            "lifecycle",
            "tier",
            "silent_class",
            "recall",
            "rfmb_score",
            "behaviour_score",
        ):
            assert np.array_equal(
                getattr(alone, field), getattr(together, field)[i : i + 1], equal_nan=True
            ), field


def test_the_rfmb_score_weighs_its_parts_and_shares_out_a_missing_one():
    """B39: R 35, F 30, M 20, B 15; without events the rest is taken over 85."""
    columns = {name: np.array([np.nan]) for name in NAMES}
    columns |= {"days_since_last_order": np.array([0.0]), "orders_last_365_days": np.array([0.0]),
                "net_spend_last_365_days_minor": np.array([0.0])}  # fmt: skip
    score, behaviour = compute_rfmb_score(columns, thresholds())
    assert np.isnan(behaviour[0])
    best_r, worst_m = 100 * 100.5 / 101, 100 * 0.5 / 101
    assert score[0] == pytest.approx((35 * best_r + 20 * worst_m) / 85)


def test_the_gold_mine_counts_everyone_silent_and_what_comes_back_by_itself():
    """A7: spend at stake is not what a campaign earns; part of it returns unasked."""
    columns = {name: np.full(4, np.nan) for name in NAMES}
    columns |= {"days_since_last_order": np.array([90.0, 91.0, 140.0, 200.0]),
                "net_spend_lifetime_minor": np.array([1.0, 10_000.0, 20_000.0, 40_000.0]),
                "days_since_last_refunded_order": np.array([np.nan, np.nan, np.nan, 3.0])}  # fmt: skip
    limits = thresholds()
    away, minor = np.array([0.5, 0.9, 0.95, 0.5]), np.array([9_000.0, 500.0, 200.0, 9_000.0])
    mine = measure_dormant_value(
        columns,
        assign_segments(
            columns, np.full(4, 0.9), np.ones(4, dtype=bool), limits, JourneySettings()
        ),
        limits,
        away,
        minor,
    )
    assert mine.customers == 2
    assert mine.spend_at_stake_minor == 30_000
    assert mine.self_returning_customers == pytest.approx(0.10 + 0.05)
    assert mine.self_returning_spend_minor == pytest.approx(500 + 200)


def test_self_return_counts_each_cutoff_and_leans_on_the_band_before_when_thin():
    days = np.array([90.0, 91.0, *[100.0] * 199, 140.0, np.nan])
    back = np.array([True, True, *[False] * 199, True, True])
    bands = measure_return_rates([(days, back, np.where(back, 300.0, 0.0))], 90.0)
    assert (bands[0].customers, bands[0].returned, bands[0].spend_minor) == (200, 1, 300)
    assert (bands[1].customers, bands[1].returned) == (201, 2)
    assert bands[3].rate == bands[1].rate


def test_silence_is_the_90th_percentile_within_its_bounds():
    assert choose_silence_days(np.full(500, 10)) == 30
    assert choose_silence_days(np.full(500, 900)) == 365
    assert choose_silence_days(np.arange(500)) == pytest.approx(365, abs=85)
    assert choose_silence_days(np.full(199, 10)) == 90


def test_thresholds_survive_json():
    import json

    limits = thresholds()
    assert Thresholds.from_dict(json.loads(json.dumps(limits.to_dict()))).to_dict() == json.loads(
        json.dumps(limits.to_dict())
    ) | {"weights": limits.weights}


# Touchpoints, tags and never-contact rules, each at its boundary: (name, facts on it, facts beside it).

ONE = {"orders_lifetime": 1, "purchase_days_lifetime": 1}
VALUED = {"net_spend_last_365_days_minor": 100_000, "orders_last_365_days": 2}
ALL_NAMES = [feature.name for feature in ALL_FEATURES]

TOUCHED = [
    ("complaint_unresolved", {"complaints_open": 1}, {"complaints_open": 0}),
    ("refund_delayed", {"days_since_last_refund_request": 3}, {"days_since_last_refund_request": 2.9}),
    ("refund_delayed", {"days_since_last_refund_request": 5, "days_since_last_refund": 6},
     {"days_since_last_refund_request": 5, "days_since_last_refund": 4}),
    ("shipment_late", {"days_since_last_shipment": 7, "deliveries_last_180_days": 0},
     {"days_since_last_shipment": 6.9, "deliveries_last_180_days": 0}),
    ("shipment_late", {"days_since_last_shipment": 30, "deliveries_last_180_days": 1, "days_since_last_delivered": 31},
     {"days_since_last_shipment": 30, "deliveries_last_180_days": 1, "days_since_last_delivered": 29}),
    ("shipment_late", {"days_since_last_shipment": 9, "deliveries_last_180_days": 0}, {"days_since_last_shipment": 9}),
    ("night_cart", {"night_carts_last_7_days": 1, "days_since_last_cart": 1}, {"night_carts_last_7_days": 0, "days_since_last_cart": 1}),
    ("night_cart", {"night_carts_last_7_days": 1, "days_since_last_cart": 9}, {"night_carts_last_7_days": 1, "days_since_last_cart": 11}),
    ("cart_unpaid", {"days_since_last_cart": 30, "days_since_last_order": 31}, {"days_since_last_cart": 31, "days_since_last_order": 32}),
    ("first_order_unreviewed", {**ONE, "days_since_last_order": 7, "reviews_last_90_days": 0},
     {**ONE, "days_since_last_order": 6.9, "reviews_last_90_days": 0}),
    ("first_order_unreviewed", {**ONE, "days_since_last_order": 90, "reviews_last_90_days": 0},
     {**ONE, "days_since_last_order": 90, "reviews_last_90_days": 1}),
    ("no_repeat_7_days", {**ONE, "days_since_last_order": 7}, {"orders_lifetime": 2, "days_since_last_order": 7}),
    ("no_repeat_7_days", {**ONE, "days_since_last_order": 90}, {**ONE, "days_since_last_order": 90.1}),
    ("no_activity_15_days", {"days_since_last_order": 15, "activities_last_15_days": 0},
     {"days_since_last_order": 14.9, "activities_last_15_days": 0}),
    ("no_activity_15_days", {"days_since_last_order": 15, "activities_last_15_days": 0}, {"days_since_last_order": 15}),
    ("many_coupons", {"coupon_claims_last_30_days": 3}, {"coupon_claims_last_30_days": 2}),
    ("high_value_quiet", {**VALUED, "activities_last_90_days": 0, "active_days_last_90_days": 0}, {**VALUED}),
    ("no_order_90_days", {"days_since_last_order": 90}, {"days_since_last_order": 89.9}),
]  # fmt: skip
TAGGED = [
    ("big_spender", {"net_spend_lifetime_minor": 50_000}, {"net_spend_lifetime_minor": 49_999}),
    ("high_value", VALUED, {**VALUED, "orders_last_365_days": 1}),
    ("price_sensitive", {"coupon_claims_last_30_days": 5}, {"coupon_claims_last_30_days": 4}),
    ("bargain_hunter", {"bargain_share_of_spend": 0.8}, {"bargain_share_of_spend": 0.79}),
    ("full_price", {"orders_lifetime": 3, "discounted_order_share": 0.1}, {"orders_lifetime": 2, "discounted_order_share": 0.1}),
    ("bestseller_fan", {"favourite_is_bestseller": 1}, {"favourite_is_bestseller": 0}),
    ("regular_rhythm", {"orders_lifetime": 3, "gap_spread_of_mean": 0.5}, {"orders_lifetime": 3, "gap_spread_of_mean": 0.51}),
    ("fading", {"orders_last_365_days": 4, "orders_90_of_365_days": 0.1}, {"orders_last_365_days": 4, "orders_90_of_365_days": 0.2}),
    ("out_of_rhythm", {"orders_lifetime": 3, "recency_of_longest_gap": 1.01}, {"orders_lifetime": 3, "recency_of_longest_gap": 1}),
    ("weekend_buyer", {"orders_lifetime": 3, "weekend_share": 0.6}, {"orders_lifetime": 3, "weekend_share": 0.59}),
    ("evening_buyer", {"orders_lifetime": 3, "order_hour_mean": 19}, {"orders_lifetime": 3, "order_hour_mean": 18.9}),
    ("explorer", {"categories_last_365_days": 4}, {"categories_last_365_days": 3}),
    ("browser", {"views_last_30_days": 10, "orders_last_30_days": 0}, {"views_last_30_days": 10, "orders_last_30_days": 1}),
    ("wants_service", {"service_contacts_last_90_days": 3}, {"service_contacts_last_90_days": 2}),
    ("answers_messages", {"message_clicks_last_90_days": 1}, {"message_clicks_last_90_days": 0}),
]  # fmt: skip
LEFT_ALONE = [
    ("complaint_open", {"complaints_open": 1}, {"complaints_open": 0}),
    ("refunded", {"days_since_last_refunded_order": 9}, {"days_since_last_refunded_order": 11}),
    ("refund_open", {"days_since_last_refund_request": 0}, {"days_since_last_refund_request": 5, "days_since_last_refund": 1}),
    ("deposit_open", {"deposit_share": 0.1}, {"deposit_share": 0}),
    ("shipment_open", {"days_since_last_shipment": 30}, {"days_since_last_shipment": 30.1}),
    ("shipment_open", {"days_since_last_shipment": 3}, {"days_since_last_shipment": 3, "days_since_last_delivered": 1}),
    ("own_broadcast", {"days_since_last_campaign_received": 7}, {"days_since_last_campaign_received": 7.1}),
]  # fmt: skip


def marks(**facts):
    columns = {name: np.array([np.nan]) for name in ALL_NAMES}
    defaults = {"days_since_last_order": 10, "orders_lifetime": 2, "purchase_days_lifetime": 2, "orders_last_365_days": 2,
                "net_spend_lifetime_minor": 10_000, "net_spend_last_365_days_minor": 10_000}  # fmt: skip
    columns |= {name: np.array([float(value)]) for name, value in {**defaults, **facts}.items()}
    actual = assign_segments(
        columns, np.array([0.1]), np.array([True]), thresholds(), JourneySettings()
    )
    return {
        kind: {name for name, flags in getattr(actual, kind).items() if flags[0]}
        for kind in ("touchpoints", "tags", "never")
    }


@pytest.mark.parametrize(("name", "on", "beside"), TOUCHED)
def test_a_touchpoint_opens_at_its_boundary(name, on, beside):
    """B49, C15: what is inferred is a rule like the others."""
    assert name in marks(**on)["touchpoints"]
    assert name not in marks(**beside)["touchpoints"]


@pytest.mark.parametrize(("name", "on", "beside"), TAGGED)
def test_a_tag_begins_at_its_boundary(name, on, beside):
    """B54: generated from the features, so that everyone can check them."""
    assert name in marks(**on)["tags"]
    assert name not in marks(**beside)["tags"]


@pytest.mark.parametrize(("name", "on", "beside"), LEFT_ALONE)
def test_whoever_must_not_be_written_to_is_marked(name, on, beside):
    assert name in marks(**on)["never"]
    assert name not in marks(**beside)["never"]


def test_every_mark_is_tried_above():
    for kind, tried in ((TOUCHPOINTS, TOUCHED), (TAGS, TAGGED), (NEVER, LEFT_ALONE)):
        assert {mark.name for mark in kind} == {name for name, _, _ in tried}
    assert len(TAGS) == 15, "B54: as many as an operator would use"
    assert len(TOUCHPOINTS) >= 8, "B49 names eight"


def test_no_threshold_has_the_name_of_a_quantity():
    """It would be compared with itself."""
    assert not set(list_limits(thresholds(), JourneySettings())) & {
        *ALL_NAMES,
        "churn_probability",
        "behaviour_score",
        "in_population",
    }


def test_our_own_rules_can_all_fire():
    """In a shop that sends everything, no rule is dead and none covers another."""
    shop = Shop(
        name="x",
        orders=(OrderSource(profile="cdnow"),),
        messages={"sms_sign": "【x】", "email_opt_out": "–"},
    )
    for preset in (None, *PRESETS):
        for playbook in ("general", "home", "beauty", "electronics", "apparel", "live"):
            settings = Shop(
                name="x",
                orders=(OrderSource(profile="cdnow"),),
                preset=preset,
                playbook=playbook,
                messages=shop.messages,
            )
            actual = lint_playbook(
                settings, load_playbook(settings), list_limits(thresholds(), settings.journey), None
            )
            assert actual.is_ok, (preset, playbook, actual)
            assert [*actual.rules, *actual.plays, *actual.messages] == []
