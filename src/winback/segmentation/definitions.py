"""The rules as data: quadrants (A5), lifecycle (B47), tiers (B42), silent classes (A8), recall
segments, touchpoints (B49), tags (B54) and who is never written to.

The first rule that fits wins; touchpoints, tags and never-contact rules do not exclude one another.
Numbers are names of thresholds (`thresholds.py`), each a setting in the shop file.
Reasons are keys of the messages in `i18n`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from winback.segmentation.conditions import (
    Condition,
    InCell,
    Missing,
    MoreRecent,
    Segment,
    above,
    all_of,
    always,
    any_of,
    at_least,
    at_most,
    negate,
)

_frequent = at_least("purchase_days_lifetime", "high_frequency_days")
_big = at_least("net_spend_lifetime_minor", "high_monetary_minor")
_recent = at_most("days_since_last_order", "silence_days")

# 激烈流失 (A1): asked for the money back, or is complaining now. Never silent, never marketed to,
# routed before all else.
_complains = at_least("complaints_open", 1)
_refunded = MoreRecent("days_since_last_refunded_order", "days_since_last_order")
FIERCE = any_of(_complains, _refunded)

# F x M with recency as overlay, so that everyone fits somewhere (C2); they serve as the eight
# groups of B52 too.
QUADRANTS = (
    Segment("loyal_regular", all_of(_frequent, _big, _recent), "quadrant.loyal_regular"),
    Segment("rising_vip", all_of(_big, _recent), "quadrant.rising_vip"),
    Segment("frequent_small", all_of(_frequent, _recent), "quadrant.frequent_small"),
    Segment("newcomer", _recent, "quadrant.newcomer"),
    Segment("dormant_high_value", all_of(_frequent, _big), "quadrant.dormant_high_value"),
    Segment("dormant_big_ticket", _big, "quadrant.dormant_big_ticket"),
    Segment("wake_regular", _frequent, "quadrant.wake_regular"),
    Segment("silent", always, "quadrant.silent"),
)

_active = at_most("days_since_last_order", "active_days")
LIFECYCLE = (
    Segment("new", all_of(_active, at_most("orders_lifetime", 3)), "lifecycle.new"),
    Segment("growing", all_of(_active, at_most("orders_lifetime", 9)), "lifecycle.growing"),
    Segment("mature", _active, "lifecycle.mature"),
    Segment("quiet", _recent, "lifecycle.quiet"),
    Segment("lost", always, "lifecycle.lost"),
)

TIERS = (
    Segment("high", at_least("churn_probability", "high_risk"), "tier.high"),
    Segment("medium", at_least("churn_probability", "medium_risk"), "tier.medium"),
    Segment("low", always, "tier.low"),
)

# They divide the quadrant `silent` only; `silent_bestseller` and `silent_bargain` are the source's
# classes A and B (C4).
_silent = all_of(InCell("quadrant", "silent"), negate(FIERCE))
SILENT_CLASSES = (
    Segment(
        "silent_bestseller",
        all_of(_silent, at_least("favourite_is_bestseller", 1)),
        "class.silent_bestseller",
    ),
    Segment(
        "silent_bargain",
        all_of(_silent, at_least("bargain_share_of_spend", "bargain_share")),
        "class.silent_bargain",
    ),
    Segment("silent_other", _silent, "class.silent_other"),
)

# Bought once or twice and then nothing (A1): a sub-flag of the silent (C1).
SILENT_1_2 = all_of(
    above("days_since_last_order", "silence_days"), negate(FIERCE), at_most("orders_lifetime", 2)
)

_high_value = all_of(
    at_least("net_spend_last_365_days_minor", "high_value_minor"),
    at_least("orders_last_365_days", 2),
)
_price_sensitive = any_of(
    at_least("coupon_claims_last_30_days", "coupon_claims"),
    # Only where the shop sends no coupon claims (B45).
    all_of(
        Missing("coupon_claims_last_30_days"),
        at_least("discounted_order_share", "discounted_share"),
        at_least("orders_lifetime", 3),
    ),
)

_cart_unpaid = all_of(
    at_most("days_since_last_cart", "cart_days"),
    MoreRecent("days_since_last_cart", "days_since_last_order"),
)

RECALL = (
    Segment("complaint_open", _complains, "reason.complaint_open"),
    Segment("no_action", _refunded, "reason.refunded"),
    Segment(
        "high_value_at_risk",
        all_of(_high_value, _recent, at_most("behaviour_score", "low_behaviour_score")),
        "reason.high_value_quiet",
    ),
    Segment(
        "high_value_at_risk",
        all_of(_high_value, _recent, at_least("churn_probability", "high_risk")),
        "reason.high_value_at_risk",
    ),
    Segment(
        "dormant_high_value", InCell("quadrant", "dormant_high_value"), "reason.dormant_high_value"
    ),
    Segment(
        "dormant_big_ticket",
        InCell("quadrant", "dormant_big_ticket"),
        "reason.dormant_big_ticket",
    ),
    Segment(
        "silent_bestseller", InCell("silent_class", "silent_bestseller"), "reason.silent_bestseller"
    ),
    Segment("silent_bargain", InCell("silent_class", "silent_bargain"), "reason.silent_bargain"),
    Segment("silent_other", InCell("silent_class", "silent_other"), "reason.silent_other"),
    Segment("wake_regular", InCell("quadrant", "wake_regular"), "reason.wake_regular"),
    Segment("cart_unpaid", _cart_unpaid, "reason.cart_unpaid"),
    Segment(
        "first_order_no_repeat",
        all_of(
            at_most("orders_lifetime", 1),
            at_least("days_since_last_order", "first_order_days"),
            _recent,
        ),
        "reason.first_order_no_repeat",
    ),
    Segment(
        "price_sensitive_at_risk",
        all_of(_price_sensitive, at_least("churn_probability", "medium_risk")),
        "reason.price_sensitive_at_risk",
    ),
    Segment(
        "model_high_risk",
        all_of(above("in_population", 0), at_least("churn_probability", "high_risk")),
        "reason.model_high_risk",
        by_model=True,
    ),
    Segment("no_action", always, "reason.no_action"),
)

# What a shop must send, at least one of them, for a segment to have anyone in it.
NEEDS = {
    "complaint_open": frozenset({"events.complaint_opened"}),
    "high_value_at_risk": frozenset({"orders.amount_minor"}),
    "dormant_high_value": frozenset({"orders.amount_minor"}),
    "dormant_big_ticket": frozenset({"orders.amount_minor"}),
    "silent_bestseller": frozenset({"order_lines.sku"}),
    "silent_bargain": frozenset({"order_lines.sku"}),
    "cart_unpaid": frozenset({"events.cart"}),
    "price_sensitive_at_risk": frozenset({"events.coupon_claim", "orders.discount_minor"}),
}


@dataclass(frozen=True)
class Mark:
    """A touchpoint, a tag or a reason not to write: its name, its rule, the source's number, and
    whether we inferred it.

    claim: the share of churn the source gives for a touchpoint; a claim without a control group
    (C16, C19), in percent.
    """

    name: str
    condition: Condition
    source: str
    claim: int | None = None
    inferred: bool = False


_first_order = at_most("orders_lifetime", 1)

# The source names eight and gives five (B49); the others are candidates from its text (C15).
TOUCHPOINTS = (
    Mark("complaint_unresolved", _complains, "B49", 73),
    Mark(
        "refund_delayed",
        all_of(
            at_least("days_since_last_refund_request", "refund_days"),
            MoreRecent("days_since_last_refund_request", "days_since_last_refund"),
        ),
        "B18",
        18,
        True,
    ),
    Mark(
        "shipment_late",
        all_of(
            at_least("days_since_last_shipment", "late_shipment_days"),
            at_most("days_since_last_shipment", "open_shipment_days"),
            negate(Missing("deliveries_last_180_days")),
            MoreRecent("days_since_last_shipment", "days_since_last_delivered"),
        ),
        "B89",
        None,
        True,
    ),
    Mark(
        "night_cart",
        all_of(at_least("night_carts_last_7_days", "night_carts"), _cart_unpaid),
        "B78",
    ),
    Mark("cart_unpaid", _cart_unpaid, "B15", 76, True),
    Mark(
        "first_order_unreviewed",
        all_of(
            _first_order,
            at_least("days_since_last_order", "review_days"),
            at_most("days_since_last_order", "no_order_days"),
            at_most("days_since_last_order", 90),  # further back no review is known of
            at_most("reviews_last_90_days", 0),
        ),
        "B49",
        25,
    ),
    Mark(
        "no_repeat_7_days",
        all_of(_first_order, at_least("days_since_last_order", "first_order_days"), _recent),
        "B49",
        42,
    ),
    Mark(
        "no_activity_15_days",
        all_of(
            at_least("days_since_last_order", "no_activity_days"),
            _recent,
            at_most("activities_last_15_days", 0),
        ),
        "B49",
        58,
    ),
    Mark("many_coupons", at_least("coupon_claims_last_30_days", "many_coupons"), "B7", 68, True),
    Mark(
        "high_value_quiet",
        all_of(_high_value, _recent, at_most("behaviour_score", "low_behaviour_score")),
        "B53",
    ),
    Mark("no_order_90_days", at_least("days_since_last_order", "no_order_days"), "B49", 89),
)

_several = at_least("orders_lifetime", 3)
TAGS = (
    Mark("big_spender", _big, "B54"),
    Mark("high_value", _high_value, "C5"),
    Mark("price_sensitive", _price_sensitive, "B45"),
    Mark("bargain_hunter", at_least("bargain_share_of_spend", "bargain_share"), "A8"),
    Mark(
        "full_price", all_of(_several, at_most("discounted_order_share", "full_price_share")), "B54"
    ),
    Mark("bestseller_fan", at_least("favourite_is_bestseller", 1), "A8"),
    Mark(
        "regular_rhythm", all_of(_several, at_most("gap_spread_of_mean", "regular_spread")), "B54"
    ),
    Mark(
        "fading",
        all_of(
            at_least("orders_last_365_days", 4), at_most("orders_90_of_365_days", "fading_share")
        ),
        "B54",
    ),
    Mark("out_of_rhythm", all_of(_several, above("recency_of_longest_gap", 1)), "B54"),
    Mark(
        "weekend_buyer", all_of(_several, at_least("weekend_share", "weekend_orders_share")), "B54"
    ),
    Mark("evening_buyer", all_of(_several, at_least("order_hour_mean", "evening_hour")), "B54"),
    Mark("explorer", at_least("categories_last_365_days", "many_categories"), "B54"),
    Mark(
        "browser",
        all_of(at_least("views_last_30_days", "many_views"), at_most("orders_last_30_days", 0)),
        "B54",
    ),
    Mark("wants_service", at_least("service_contacts_last_90_days", "many_questions"), "B85"),
    Mark("answers_messages", at_least("message_clicks_last_90_days", 1), "B54"),
)

# Never contact, as far as the tables tell; contacts, stock and the calendar are asked
# by `recall`.
NEVER = (
    Mark("complaint_open", _complains, "A1"),
    Mark("refunded", _refunded, "A1"),
    Mark(
        "refund_open",
        all_of(
            negate(Missing("days_since_last_refund_request")),
            MoreRecent("days_since_last_refund_request", "days_since_last_refund"),
        ),
        "B18",
    ),
    Mark("deposit_open", above("deposit_share", 0), "–"),
    Mark(
        "shipment_open",
        all_of(
            at_most("days_since_last_shipment", "open_shipment_days"),
            MoreRecent("days_since_last_shipment", "days_since_last_delivered"),
        ),
        "–",
    ),
    Mark(
        "own_broadcast",
        at_most("days_since_last_campaign_received", "broadcast_days"),
        "–",
    ),
)

# What rules may speak of by name: lists of which a customer is in one cell, and lists of which they
# may have several.
CELLS: Mapping[str, tuple[Segment, ...]] = {
    "quadrant": QUADRANTS,
    "lifecycle": LIFECYCLE,
    "tier": TIERS,
    "silent_class": SILENT_CLASSES,
    "segment": RECALL,
}
MARKS: Mapping[str, tuple[Mark, ...]] = {"touchpoint": TOUCHPOINTS, "tag": TAGS, "never": NEVER}
