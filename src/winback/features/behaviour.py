"""B: what they do besides buying (B39, B40, B49). Missing, never 0, where the shop sends no such
events.

Nothing here but complaints looks further back than 180 days, so the compiler reads only the newest
events.
"""

from winback.features.dsl import Difference, Feature, Ratio, events, orders

FURTHEST_DAYS = 180

views = events.of("view")
carts = events.of("cart")
own_doing = events.of(
    "view",
    "search",
    "favourite",
    "cart",
    "checkout",
    "coupon_claim",
    "coupon_use",
    "message_open",
    "message_click",
    "activity",
    "service_contact",
    "review",
)

_COUNTED = (
    # kind, the word in the column's name, windows in days, meaning
    ("view", "views", (7, 30, 90), "Product views"),
    ("search", "searches", (90,), "Searches"),
    ("favourite", "favourites", (90,), "Products marked as favourite"),
    ("cart", "carts", (7, 30, 90), "Products put into the cart"),
    ("checkout", "checkouts", (90,), "Checkouts begun"),
    ("coupon_claim", "coupon_claims", (30, 90), "Coupons claimed (B45)"),
    ("coupon_use", "coupon_uses", (30, 90, 180), "Coupons used"),
    ("campaign_received", "campaigns_received", (30, 90, 180), "Campaigns received"),
    ("message_open", "message_opens", (90,), "Messages opened"),
    ("message_click", "message_clicks", (90,), "Messages clicked"),
    ("activity", "activities", (15, 90), "Activities joined (B49)"),
    ("service_contact", "service_contacts", (90,), "Questions before or after buying"),
    ("refund_request", "refund_requests", (90,), "Refunds asked for"),
    ("review", "reviews", (90,), "Reviews written"),
)  # fmt: skip

_SINCE = ("view", "cart", "coupon_use", "campaign_received", "message_click", "review")

BEHAVIOUR = (
    *(
        Feature(
            f"{word}_last_{days}_days",
            events.of(kind).last(days).count(),
            "events",
            f"{meaning} in the last {days} days.",
        )
        for kind, word, windows, meaning in _COUNTED
        for days in windows
    ),
    *(
        Feature(
            f"days_since_last_{kind}",
            events.of(kind).last(FURTHEST_DAYS).since_last(),
            "days",
            f"From the last event of kind {kind}; missing if none in {FURTHEST_DAYS} days.",
        )
        for kind in _SINCE
    ),
    Feature(
        "active_days_last_30_days",
        own_doing.last(30).distinct("local_day"),
        "days",
        "Days the customer did something on; what is sent to them and complaints do not count. "
        "Missing without views.",
    ),
    Feature(
        "active_days_last_90_days",
        own_doing.last(90).distinct("local_day"),
        "days",
        "Days the customer did something on; what is sent to them and complaints do not count. "
        "Missing without views.",
    ),
    Feature(
        "view_seconds_last_90_days",
        views.last(90).sum("value"),
        "seconds",
        "Time spent on products (B40).",
    ),
    Feature(
        "complaints_opened_lifetime",
        events.of("complaint_opened").count(),
        "complaints",
        "Complaints ever opened (B49): one that is open stays open, however old.",
    ),
    Feature(
        "complaints_resolved_lifetime",
        events.of("complaint_resolved").count(),
        "complaints",
        "Complaints ever resolved.",
    ),
    Feature(
        "complaints_open",
        Difference("complaints_opened_lifetime", "complaints_resolved_lifetime"),
        "complaints",
        "Opened and not resolved (B49, B72).",
    ),
    Feature(
        "cart_to_view_90_days",
        Ratio("carts_last_90_days", "views_last_90_days"),
        "share",
        "Carts for each view (B40).",
    ),
    Feature(
        "cart_days_without_order",
        carts.last(90).days_without(orders),
        "days",
        "Days with a cart and no order on the same day (B15).",
    ),
    Feature(
        "coupon_uses_of_campaigns",
        Ratio("coupon_uses_last_180_days", "campaigns_received_last_180_days"),
        "share",
        "Coupons used for each campaign received (B40).",
    ),
)
