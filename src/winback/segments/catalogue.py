"""The rules of the house as data: quadrants (A5), lifecycle (B47), tiers (B42), silent classes (A8), recall segments.

The first rule that fits wins. Numbers are names of thresholds (`thresholds.py`), each a setting in the shop file
(CONTRACTS 4). Reasons are keys of the catalogue in `words`.
"""

from winback.segments.rules import Segment, above, all_of, always, any_of, at_least, at_most, is_in, missing, nearer, no

_frequent = at_least("purchase_days_lifetime", "high_frequency_days")
_big = at_least("net_spend_lifetime_cents", "high_monetary_cents")
_recent = at_most("days_since_last_order", "silence_days")

# 激烈流失 (A1): asked for the money back, or is complaining now. Never silent, never marketed to, routed before all else.
_complains = at_least("complaints_open", 1)
_refunded = nearer("days_since_last_refunded_order", "days_since_last_order")
FIERCE = any_of(_complains, _refunded)

# F x M with recency as overlay, so that everyone fits somewhere (C2); they serve as the eight groups of B52 too.
QUADRANTS = (
    Segment("loyal_regular", all_of(_frequent, _big, _recent), "quadrant.loyal_regular"),
    Segment("rising_vip", all_of(_big, _recent), "quadrant.rising_vip"),
    Segment("frequent_small", all_of(_frequent, _recent), "quadrant.frequent_small"),
    Segment("newcomer", _recent, "quadrant.newcomer"),
    Segment("sleeping_value", all_of(_frequent, _big), "quadrant.sleeping_value"),
    Segment("sleeping_big_ticket", _big, "quadrant.sleeping_big_ticket"),
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

# They divide the quadrant `silent` only; `silent_bestseller` and `silent_bargain` are the source's classes A and B (C4).
_silent = all_of(is_in("quadrant", QUADRANTS, "silent"), no(FIERCE))
SILENT_CLASSES = (
    Segment("silent_bestseller", all_of(_silent, at_least("favourite_is_bestseller", 1)), "class.silent_bestseller"),
    Segment("silent_bargain", all_of(_silent, at_least("bargain_share_of_spend", "bargain_share")), "class.silent_bargain"),
    Segment("silent_other", _silent, "class.silent_other"),
)

_high_value = all_of(at_least("net_spend_last_365_days_cents", "high_value_cents"), at_least("orders_last_365_days", 2))
_price_sensitive = any_of(
    at_least("coupon_claims_last_30_days", "coupon_claims"),
    # Only where the shop sends no coupon claims (B45).
    all_of(
        missing("coupon_claims_last_30_days"),
        at_least("discounted_order_share", "discounted_share"),
        at_least("orders_lifetime", 3),
    ),
)

RECALL = (
    Segment("complaint_open", _complains, "reason.complaint_open"),
    Segment("let_be", _refunded, "reason.refunded"),
    Segment("high_value_at_risk", all_of(_high_value, _recent, at_most("behaviour_score", "low_behaviour_score")),
            "reason.high_value_quiet"),
    Segment("high_value_at_risk", all_of(_high_value, _recent, at_least("churn_probability", "high_risk")),
            "reason.high_value_at_risk"),
    Segment("sleeping_value", is_in("quadrant", QUADRANTS, "sleeping_value"), "reason.sleeping_value"),
    Segment("sleeping_big_ticket", is_in("quadrant", QUADRANTS, "sleeping_big_ticket"), "reason.sleeping_big_ticket"),
    Segment("silent_bestseller", is_in("silent_class", SILENT_CLASSES, "silent_bestseller"), "reason.silent_bestseller"),
    Segment("silent_bargain", is_in("silent_class", SILENT_CLASSES, "silent_bargain"), "reason.silent_bargain"),
    Segment("silent_other", is_in("silent_class", SILENT_CLASSES, "silent_other"), "reason.silent_other"),
    Segment("wake_regular", is_in("quadrant", QUADRANTS, "wake_regular"), "reason.wake_regular"),
    Segment("cart_unpaid",
            all_of(at_most("days_since_last_cart", "cart_days"), nearer("days_since_last_cart", "days_since_last_order")),
            "reason.cart_unpaid"),
    Segment("first_order_no_repeat",
            all_of(at_most("orders_lifetime", 1), at_least("days_since_last_order", "first_order_days"), _recent),
            "reason.first_order_no_repeat"),
    Segment("price_sensitive_at_risk", all_of(_price_sensitive, at_least("churn_probability", "medium_risk")),
            "reason.price_sensitive_at_risk"),
    Segment("model_high_risk", all_of(above("in_population", 0), at_least("churn_probability", "high_risk")),
            "reason.model_high_risk", by_model=True),
    Segment("let_be", always, "reason.let_be"),
)  # fmt: skip

# What a shop must send, at least one of them, for a segment to have anyone in it.
NEEDS = {
    "complaint_open": frozenset({"events.complaint_opened"}),
    "high_value_at_risk": frozenset({"orders.amount_cents"}),
    "sleeping_value": frozenset({"orders.amount_cents"}),
    "sleeping_big_ticket": frozenset({"orders.amount_cents"}),
    "silent_bestseller": frozenset({"order_lines.sku"}),
    "silent_bargain": frozenset({"order_lines.sku"}),
    "cart_unpaid": frozenset({"events.cart"}),
    "price_sensitive_at_risk": frozenset({"events.coupon_claim", "orders.discount_cents"}),
}
