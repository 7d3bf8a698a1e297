"""R: how long ago, and how late for *them* (A2)."""

from winback.features.dsl import Feature, Ratio, orders, refunded_orders, refunds

RECENCY = (
    Feature(
        "days_since_last_order",
        orders.since_last(),
        "days",
        "From the last order to the cut-off; below 1 is within the last 24 hours (A2).",
    ),
    Feature(
        "days_since_2nd_last_order", orders.nth_last(2), "days", "From the last order but one."
    ),
    Feature(
        "days_since_3rd_last_order", orders.nth_last(3), "days", "From the last order but two."
    ),
    Feature(
        "days_since_first_order",
        orders.since_first(),
        "days",
        "From the first order: how long a customer.",
    ),
    Feature(
        "recency_of_tenure",
        Ratio("days_since_last_order", "days_since_first_order"),
        "share",
        "Silence as a share of all the time since the first order; 1 for one order.",
    ),
    Feature(
        "recency_z_score",
        orders.gaps().z_score(),
        "own standard deviations",
        "How far the silence exceeds their own mean gap; missing under three orders.",
    ),
    Feature(
        "recency_of_mean_gap",
        Ratio("days_since_last_order", "gap_mean_days"),
        "times",
        "Silence in units of their own mean gap.",
    ),
    Feature(
        "recency_of_median_gap",
        Ratio("days_since_last_order", "gap_median_days"),
        "times",
        "Silence in units of their own median gap.",
    ),
    Feature(
        "recency_of_longest_gap",
        Ratio("days_since_last_order", "gap_max_days"),
        "times",
        "Above 1 they have never been silent for so long.",
    ),
    Feature(
        "days_since_last_refund", refunds.since_last(), "days", "From the last money paid back."
    ),
    Feature(
        "days_since_last_refunded_order",
        refunded_orders.since_last(),
        "days",
        "From the last order that was wholly refunded; nearer than the last order is "
        "激烈流失 (A1).",
    ),
)
