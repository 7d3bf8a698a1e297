"""M: what they spend, on what, and how much of it on offers (A4, A8, A9)."""

from winback.features.dsl import (
    Difference,
    Feature,
    Ratio,
    lines,
    loose_refunds,
    orders,
    refunded_orders,
    refunds,
)
from winback.features.frequency import HALF_LIVES_DAYS

MONETARY = (
    Feature(
        "spend_lifetime_minor",
        orders.sum("amount_minor"),
        "minor units",
        "All orders, less the refunds that name one of them.",
    ),
    *(
        Feature(
            f"spend_last_{days}_days_minor",
            orders.last(days).sum("amount_minor"),
            "minor units",
            f"Orders of the last {days} days, less the refunds that name one of them.",
        )
        for days in (30, 90, 365)
    ),
    Feature(
        "loose_refunds_lifetime_minor",
        loose_refunds.sum("amount_minor"),
        "minor units",
        "Money paid back that names no order.",
    ),
    Feature(
        "loose_refunds_last_365_days_minor",
        loose_refunds.last(365).sum("amount_minor"),
        "minor units",
        "Money paid back in the last year that names no order.",
    ),
    Feature(
        "net_spend_lifetime_minor",
        Difference("spend_lifetime_minor", "loose_refunds_lifetime_minor"),
        "minor units",
        "Lifetime spend net of every refund known (A4).",
    ),
    Feature(
        "net_spend_last_365_days_minor",
        Difference("spend_last_365_days_minor", "loose_refunds_last_365_days_minor"),
        "minor units",
        "A year's spend net of every refund known (C5).",
    ),
    *(
        Feature(
            f"spend_decayed_{days}_days_minor",
            orders.decayed(days, "amount_minor"),
            "minor units",
            f"Spend, each order weighing half as much for every {days} days of age.",
        )
        for days in HALF_LIVES_DAYS
    ),
    Feature(
        "order_value_mean_minor", orders.mean("amount_minor"), "minor units", "Mean order value."
    ),
    Feature(
        "order_value_median_minor",
        orders.median("amount_minor"),
        "minor units",
        "Median order value.",
    ),
    Feature(
        "order_value_std_minor",
        orders.std("amount_minor"),
        "minor units",
        "Spread of order values; missing where it would not be exact: from 2^53 minor units, "
        "orders times the largest.",
    ),
    Feature("order_value_max_minor", orders.max("amount_minor"), "minor units", "Largest order."),
    Feature(
        "order_value_last_minor",
        orders.latest("amount_minor"),
        "minor units",
        "The last order's value.",
    ),
    Feature(
        "last_of_mean_order_value",
        Ratio("order_value_last_minor", "order_value_mean_minor"),
        "times",
        "Below 1 the last basket was smaller than usual.",
    ),
    Feature("units_mean", orders.mean("units"), "units", "Mean units in a basket."),
    Feature("lines_mean", orders.mean("lines"), "lines", "Mean lines in a basket."),
    Feature(
        "discounted_order_share",
        orders.share("discounted"),
        "share",
        "Orders with something off (B45).",
    ),
    Feature(
        "discount_lifetime_minor",
        orders.sum("discount_minor"),
        "minor units",
        "All that was taken off.",
    ),
    Feature(
        "discount_of_spend",
        Ratio("discount_lifetime_minor", "spend_lifetime_minor"),
        "times",
        "What was taken off for each cent paid.",
    ),
    Feature("refunds_lifetime", refunds.count(), "refunds", "Refunds known."),
    Feature(
        "refunded_minor_lifetime",
        refunds.sum("amount_minor"),
        "minor units",
        "All money paid back.",
    ),
    Feature(
        "refunded_orders_lifetime", refunded_orders.count(), "orders", "Orders wholly refunded."
    ),
    Feature(
        "skus_last_365_days",
        lines.last(365).distinct("sku"),
        "SKUs",
        "Different products of the last year.",
    ),
    Feature(
        "categories_last_365_days",
        lines.last(365).distinct("category"),
        "categories",
        "Different categories of the last year.",
    ),
    Feature(
        "spend_on_bargains_minor",
        lines.sum("bargain_minor"),
        "minor units",
        "Spent on clearance or low-priced products (A9).",
    ),
    Feature(
        "spend_on_lines_minor",
        lines.sum("amount_minor"),
        "minor units",
        "Spent on lines of orders that count.",
    ),
    Feature(
        "bargain_share_of_spend",
        Ratio("spend_on_bargains_minor", "spend_on_lines_minor"),
        "share",
        "The part of their spend that went into bargains (A8, class B).",
    ),
    Feature(
        "favourite_is_bestseller",
        lines.top("sku", "amount_minor", "bestseller"),
        "0 or 1",
        "Whether the SKU they spent most on was a bestseller when bought (A8, class A).",
    ),
)
