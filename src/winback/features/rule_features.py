"""What is open or due on a customer's way (B48): not learned from, but read by touchpoints, tags
and never-contact rules.

They are declared in the language of the features and made by the same two readers. They stand apart
from the list the model learns from, so that a rule of the operator's can be added without a new
model.
"""

from winback.features.dsl import Feature, events, orders
from winback.features.registry import FEATURES

FURTHEST_DAYS = 180

_SINCE = {
    "refund_request": "From the last refund asked for: nearer than the last money paid back, it "
    "is open (B18).",
    "shipment": "From the last parcel sent: nearer than the last one delivered, it is under way "
    "(B89).",
    "delivered": "From the last parcel delivered.",
}

JOURNEY = (
    Feature(
        "night_carts_last_7_days",
        events.of("cart").last(7).at_night().count(),
        "events",
        "Products put into the cart between 22:00 and 6:00 of the shop's clock (B78).",
    ),
    *(
        Feature(
            f"days_since_last_{kind}",
            events.of(kind).last(FURTHEST_DAYS).since_last(),
            "days",
            f"{meaning} Missing if none in {FURTHEST_DAYS} days.",
        )
        for kind, meaning in _SINCE.items()
    ),
    Feature(
        "deliveries_last_180_days",
        events.of("delivered").last(FURTHEST_DAYS).count(),
        "events",
        "Parcels delivered; missing where the shop does not say, so that nothing is called late.",
    ),
    Feature(
        "deposit_share",
        orders.last(90).share("deposit"),
        "share",
        "Of their orders of 90 days, those that are a deposit (预售定金) whose rest is open; above "
        "0 there is one.",
    ),
    Feature(
        "wecom_friend_events",
        events.of("wecom_friend").count(),
        "events",
        "Whether they ever became a WeCom friend; a list of contacts knows better (A13).",
    ),
)

ALL_FEATURES: tuple[Feature, ...] = (*FEATURES, *JOURNEY)
