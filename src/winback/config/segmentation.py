"""Thresholds of segments, numbers of the customer journey, and the presets of trades."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from winback.config.sources import Settings


class SegmentSettings(Settings):
    """Thresholds that rules compare with; a number set here replaces the quantile fixed at
    training."""

    silence_days: int | None = Field(None, ge=1, le=3650, description="S (A1, C1).")
    high_frequency_days: int = Field(
        3, ge=1, description="Purchase days ever that make a customer high F (A5)."
    )
    high_monetary_quantile: float = Field(
        0.60, gt=0, lt=1, description="Of lifetime net spend (A5)."
    )
    high_monetary_cents: int | None = None
    high_value_quantile: float = Field(0.80, gt=0, lt=1, description="Of a year's net spend (C5).")
    high_value_cents: int | None = None
    low_behaviour_score: float = Field(
        20.0, ge=0, le=100, description="B at or below this is low (B43)."
    )
    high_risk: float = Field(0.70, ge=0, le=1, description="B42.")
    medium_risk: float = Field(0.40, ge=0, le=1)
    weights: tuple[float, float, float, float] = Field(
        (0.35, 0.30, 0.20, 0.15), description="R, F, M, B (B39)."
    )
    coupon_claims: int = Field(
        5, ge=1, description="Claims in 30 days that make price-sensitive (B45)."
    )
    discounted_share: float = Field(0.80, ge=0, le=1)
    bargain_share: float = Field(0.80, ge=0, le=1, description="Of spend, for class B (A8).")
    cart_days: int = Field(
        30, ge=1, le=30, description="How long an unpaid cart is worth a message (B15)."
    )
    first_order_days: int = Field(
        7, ge=1, description="Silence after a first order that is worth a message (B49)."
    )


class JourneySettings(Settings):
    """Numbers of touchpoints, tags and never-contact rules; they take effect at the next score,
    without a new model."""

    review_days: int = Field(
        7, ge=1, description="After a first order without a review (B49, B71)."
    )
    no_activity_days: int = Field(
        15, ge=1, description="Silence from which missing activities matter (B49)."
    )
    no_order_days: int = Field(90, ge=1, description="Without an order (B49).")
    refund_days: int = Field(
        3, ge=0, description="A refund asked for so long ago is late (B18, C15)."
    )
    many_coupons: int = Field(3, ge=1, description="Claimed in 30 days (B7, C15).")
    late_shipment_days: int = Field(
        7, ge=1, description="A parcel under way for longer is late (C15)."
    )
    open_shipment_days: int = Field(
        30, ge=1, description="A parcel sent longer ago is taken as delivered."
    )
    broadcast_days: int = Field(7, ge=0, description="No message after the shop's own broadcast.")
    night_carts: int = Field(1, ge=1, description="At night within a week (B78).")
    full_price_share: float = Field(
        0.10, ge=0, le=1, description="Orders with something off, at most: pays the full price."
    )
    regular_spread: float = Field(
        0.50, ge=0, description="Spread of their gaps by its mean, at most: orders by habit."
    )
    fading_share: float = Field(
        0.10, ge=0, le=1, description="Of a year's orders in the last 90 days, at most: is fading."
    )
    weekend_orders_share: float = Field(
        0.60, ge=0, le=1, description="Orders at weekends, at least."
    )
    evening_hour: float = Field(
        19.0, ge=0, le=24, description="Mean hour of their orders, at least: buys in the evening."
    )
    many_categories: int = Field(4, ge=2, description="In a year: explores the shop.")
    many_views: int = Field(
        10, ge=1, description="In 30 days without an order: looks and does not buy."
    )
    many_questions: int = Field(
        3, ge=1, description="To the service in 90 days: wants to be served (B85)."
    )


# Thresholds of a trade (C5, B81); a shop's own file goes before them. Home goods are bought seldom,
# so two purchase days are many and a first order may rest for a month. Beauty is used up: a month
# without joining in is long, and a cart is old after two weeks. `source` has the amounts and days
# source B names in yuan: M from ¥2,000 a year (B43), silent after 90 days (B49).
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "home": {
        "segments": {"high_frequency_days": 2, "first_order_days": 30},
        "journey": {
            "review_days": 14,
            "no_activity_days": 30,
            "no_order_days": 180,
            "many_categories": 3,
        },
        "playbook": "home",
    },
    "beauty": {
        "segments": {"high_frequency_days": 3, "first_order_days": 7, "cart_days": 14},
        "journey": {
            "review_days": 10,
            "no_activity_days": 30,
            "no_order_days": 90,
            "many_views": 15,
        },
        "playbook": "beauty",
    },
    "source": {
        "segments": {"silence_days": 90, "high_value_cents": 200_000},
        "journey": {"no_order_days": 90},
        "playbook": "general",
    },
}
