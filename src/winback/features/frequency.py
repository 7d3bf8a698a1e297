"""F: how often, how regularly, and whether it is fading (A3, B40)."""

from winback.features.dsl import Feature, Flag, Ratio, orders

WINDOWS_DAYS = (7, 30, 60, 90, 180, 365)
HALF_LIVES_DAYS = (45, 120, 360)  # measured useful over all shops

FREQUENCY = (
    Feature("orders_lifetime", orders.count(), "orders", "All orders that count (A3)."),
    *(
        Feature(
            f"orders_last_{days}_days",
            orders.last(days).count(),
            "orders",
            f"Orders of the last {days} days.",
        )
        for days in WINDOWS_DAYS
    ),
    Feature(
        "purchase_days_lifetime",
        orders.distinct("local_day"),
        "days",
        "Different days with an order.",
    ),
    Feature(
        "purchase_days_last_365_days",
        orders.last(365).distinct("local_day"),
        "days",
        "Different days with an order in the last year.",
    ),
    *(
        Feature(
            f"orders_decayed_{days}_days",
            orders.decayed(days),
            "orders",
            f"Orders, each weighing half as much for every {days} days of age.",
        )
        for days in HALF_LIVES_DAYS
    ),
    Feature(
        "gap_mean_days", orders.gaps().mean(), "days", "Mean time between neighbouring orders."
    ),
    Feature(
        "gap_median_days",
        orders.gaps().median(),
        "days",
        "Median time between neighbouring orders.",
    ),
    Feature("gap_std_days", orders.gaps().std(), "days", "Spread of the times between orders."),
    Feature(
        "gap_max_days", orders.gaps().max(), "days", "Longest time between neighbouring orders."
    ),
    Feature(
        "gap_spread_of_mean",
        Ratio("gap_std_days", "gap_mean_days"),
        "times",
        "Below 1 they order by habit, above 1 in bursts.",
    ),
    Feature(
        "orders_per_day_of_tenure",
        Ratio("orders_lifetime", "days_since_first_order"),
        "orders a day",
        "Pace over the whole time since the first order.",
    ),
    Feature(
        "orders_30_of_90_days",
        Ratio("orders_last_30_days", "orders_last_90_days"),
        "share",
        "A third is steady; less is fading.",
    ),
    Feature(
        "orders_90_of_365_days",
        Ratio("orders_last_90_days", "orders_last_365_days"),
        "share",
        "A quarter is steady; less is fading.",
    ),
    Feature(
        "weekend_share",
        orders.share("local_weekend"),
        "share",
        "Orders placed on a Saturday or Sunday.",
    ),
    Feature(
        "order_hour_mean", orders.mean("local_hour"), "hour", "Mean local hour of their orders."
    ),
    Feature(
        "is_one_time_buyer", Flag("orders_lifetime", 1), "0 or 1", "Exactly one order that counts."
    ),
)
