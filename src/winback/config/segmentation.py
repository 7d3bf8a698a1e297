"""Thresholds of segments, numbers of the customer journey, and the presets of trades."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from winback.config.settings import Settings


class SegmentSettings(Settings):
    """Thresholds of the segments. They are fixed when a model is trained and take effect with
    it: a customer does not change segment because others did."""

    silence_days: int | None = Field(
        None,
        ge=1,
        le=3650,
        description="S: dormant is more days since the last order (A1, C1). Left out: the 90th "
        "percentile of the shop's gaps, 30 to 365.",
    )
    high_frequency_days: int = Field(
        3, ge=1, description="Days with a purchase, ever, from which a customer buys often (A5)."
    )
    high_monetary_quantile: float = Field(
        0.60,
        gt=0,
        lt=1,
        description="Part of all customers who have spent less, net and ever, than one who spends "
        "much (A5).",
    )
    high_monetary_minor: int | None = Field(
        None,
        description="What one who spends much has spent at least, in minor units "
        "(1999 is 19.99 EUR and 1,999 JPY). Left out: by "
        "`high_monetary_quantile`.",
    )
    high_value_quantile: float = Field(
        0.80,
        gt=0,
        lt=1,
        description="Part of the customers of `population_days` who spent less in a year, net, "
        "than a high-value one (C5).",
    )
    high_value_minor: int | None = Field(
        None,
        description="What a high-value customer has spent in a year at least, in minor units "
        "(1999 is 19.99 EUR and 1,999 JPY). Left out: "
        "by `high_value_quantile`.",
    )
    low_behaviour_score: float = Field(
        20.0,
        ge=0,
        le=100,
        description="Behaviour score B at or below which a high-value customer is at risk (B43).",
    )
    high_risk: float = Field(
        0.70, ge=0, le=1, description="Churn probability from which the risk is high (B42)."
    )
    medium_risk: float = Field(
        0.40, ge=0, le=1, description="Churn probability from which the risk is medium (B42)."
    )
    weights: tuple[float, float, float, float] = Field(
        (0.35, 0.30, 0.20, 0.15),
        description="Weights of R, F, M and B in the RFM-B score (B39). Without events B's goes "
        "to the others.",
    )
    coupon_claims: int = Field(
        5,
        ge=1,
        description="Coupons claimed in 30 days from which a customer is price-sensitive (B45).",
    )
    discounted_share: float = Field(
        0.80,
        ge=0,
        le=1,
        description="The same by the part of their orders with a discount, of three or more, "
        "where the shop sends no coupon claims (B45).",
    )
    bargain_share: float = Field(
        0.80,
        ge=0,
        le=1,
        description="Part of the spend that went into clearance and low prices, from which one is "
        "a bargain hunter, class B (A8).",
    )
    cart_days: int = Field(
        30, ge=1, le=30, description="Days for which an unpaid cart is worth a message (B15)."
    )
    first_order_days: int = Field(
        7, ge=1, description="Days without a second order that are worth a message (B49)."
    )


class JourneySettings(Settings):
    """Numbers of touchpoints, tags and never-contact rules. They take effect at the next score,
    without a new model."""

    review_days: int = Field(
        7,
        ge=1,
        description="Days from which a first order without a review is a touchpoint (B49, B71).",
    )
    no_activity_days: int = Field(
        15,
        ge=1,
        description="Days since the last order from which it is a touchpoint to have joined in "
        "nothing for 15 days (B49).",
    )
    no_order_days: int = Field(
        90, ge=1, description="Days without an order from which that is a touchpoint (B49)."
    )
    refund_days: int = Field(
        3,
        ge=0,
        description="Days from which a refund asked for and not paid is late (B18, C15).",
    )
    many_coupons: int = Field(
        3, ge=1, description="Coupons claimed in 30 days that are many (B7, C15)."
    )
    late_shipment_days: int = Field(
        7, ge=1, description="Days under way from which a parcel is late (C15)."
    )
    open_shipment_days: int = Field(
        30,
        ge=1,
        description="Days after which a parcel counts as delivered; until then its customer gets "
        "no marketing.",
    )
    broadcast_days: int = Field(
        7,
        ge=0,
        description="Days after a campaign of your own (`campaign_received`) in which its customer "
        "is not contacted.",
    )
    night_carts: int = Field(
        1,
        ge=1,
        description="Products put into the cart between 22:00 and 6:00 within seven days, and not "
        "bought, that are a touchpoint (B78).",
    )
    full_price_share: float = Field(
        0.10,
        ge=0,
        le=1,
        description="Tag: pays the full price. At most this part of their orders has a discount.",
    )
    regular_spread: float = Field(
        0.50,
        ge=0,
        description="Tag: orders by habit. The spread of their gaps is at most this many times "
        "their mean.",
    )
    fading_share: float = Field(
        0.10,
        ge=0,
        le=1,
        description="Tag: is fading. At most this part of a year's orders, of four or more, is of "
        "the last 90 days.",
    )
    weekend_orders_share: float = Field(
        0.60,
        ge=0,
        le=1,
        description="Tag: buys at weekends. At least this part of their orders is.",
    )
    evening_hour: float = Field(
        19.0,
        ge=0,
        le=24,
        description="Tag: buys in the evening. The mean hour of their orders is at least this.",
    )
    many_categories: int = Field(
        4, ge=2, description="Tag: explores the shop. At least so many categories in a year."
    )
    many_views: int = Field(
        10,
        ge=1,
        description="Tag: looks and does not buy. At least so many views in 30 days, and no order.",
    )
    many_questions: int = Field(
        3,
        ge=1,
        description="Tag: wants to be served. At least so many service contacts in 90 days (B85).",
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
        "segments": {"silence_days": 90, "high_value_minor": 200_000},
        "journey": {"no_order_days": 90},
        "playbook": "general",
    },
}
