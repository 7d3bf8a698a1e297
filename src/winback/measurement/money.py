"""What a playbook's waves earned and cost, and what the returned spend in the months that
follow."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.measurement.effect import Effect, Interval, estimate_mean_effect, estimate_share_effect
from winback.measurement.outcomes import (
    OutcomeRows,
)
from winback.measurement.verdict import decide_roi


def measure_money(
    shop: Shop, rows: OutcomeRows, ripe: NDArray[np.bool_], costs: Mapping[str, NDArray[np.float64]]
) -> dict[str, Any]:
    """Net revenue and margin that came because of the messages, what they cost, and whether to
    go on (B103)."""
    days = shop.measurement.roi_days
    if not ripe.any():
        missing = int((days - rows.days_known)[rows.fresh].min()) if rows.fresh.any() else days
        return {"status": "not_matured", "days_to_go": max(missing, 0)}
    now, treated = rows.select(ripe), rows.treated[ripe]
    orders = estimate_mean_effect(now.units, now.orders)
    if orders is None:
        return {"status": "no_control"}
    count = orders.treated
    placed = {
        "gross_orders": int(now.orders[treated].sum()),
        "orders": _interval_to_dict(orders.difference.scale(count)),
    }
    if np.isnan(now.net).all():
        return {"status": "no_amounts", **placed}
    revenue = estimate_mean_effect(now.units, now.net)
    assert revenue is not None
    cost = {name: float(values[ripe][treated].sum()) for name, values in costs.items()}
    money: dict[str, Any] = {
        "status": "read",
        "treated": count,
        "held_out": revenue.held_out,
        **placed,
        "gross_net_revenue_minor": round(float(now.net[treated].sum())),
        "net_revenue_minor": _interval_to_minor(revenue.difference.scale(count)),
        "cost_minor": {k: round(v) for k, v in cost.items()},
    }
    if np.isnan(now.margin).any():
        return money | {"margin": "unknown", "line": "cannot_tell"}
    # What a gift or free shipping cost is paid beside the order; what a coupon took off is missing
    # in it already.
    beside = now.margin - np.where(treated, costs["messages"][ripe] + costs["beside"][ripe], 0.0)
    least = shop.measurement.roi_least
    return money | _measure_margin(now, beside, count, sum(cost.values()), least)


def _measure_margin(
    now: OutcomeRows, beside: NDArray[np.float64], count: int, whole: float, least: float
) -> dict[str, Any]:
    """What was earned by the messages. beside: each row's margin less what was paid beside the
    order; count: the treated; whole: all costs; least: the return worth going on for."""
    margin = estimate_mean_effect(now.units, now.margin)
    net = estimate_mean_effect(now.units, beside)
    assert margin is not None
    assert net is not None
    earned = net.difference.scale(count)
    back = estimate_share_effect(now.units, now.returned)
    more = back.difference.value * count if back else 0.0
    money: dict[str, Any] = {
        "margin": "known",
        "margin_minor": _interval_to_minor(margin.difference.scale(count)),
        "net_margin_minor": _interval_to_minor(earned),
        "line": decide_roi(earned, round(whole), least),
        "cost_per_incremental_minor": round(whole / more) if more >= 1 and whole else None,
        "sure": bool(back and back.difference.low > 0),
    }
    if whole > 0:
        money["roi"] = _compute_roi(earned, whole)
    return money


def _compute_roi(earned: Interval, whole: float) -> dict[str, float]:
    """The margin that came for each unit of cost, and its interval."""
    return {name: (getattr(earned, name) + whole) / whole for name in ("value", "low", "high")}


def measure_long_term(
    shop: Shop, rows: OutcomeRows, now: OutcomeRows, ripe: NDArray[np.bool_], back: Effect | None
) -> dict[str, Any]:
    """What the returned spend in the months that follow (A16): a forecast for those whose months
    are not over, measured of those whose are; two figures of two groups.

    The forecast is what earlier customers of both arms spent in as many days after they came back.
    """
    each = _estimate_spend_after_return(rows, shop)
    result: dict[str, Any] = {
        "forecast_minor": None,
        "forecast_incremental_minor": None,
        "measured_minor": None,
        "measured_of": 0,
        "waiting": 0,
    }
    if not np.isnan(each):
        result = _forecast_waiting(now, shop, back, result, each)
    if ripe.any() and not np.isnan(rows.net).any():
        result |= _measure_spent(rows, ripe)
    return result


def _measure_spent(rows: OutcomeRows, ripe: NDArray[np.bool_]) -> dict[str, Any]:
    """What those whose months are over spent because of the messages, where both arms have some."""
    effect = estimate_mean_effect(rows.select(ripe).units, rows.net[ripe])
    if effect is None:
        return {}
    return {
        "measured_minor": _interval_to_minor(effect.difference.scale(effect.treated)),
        "measured_of": effect.treated,
        "waiting": int((rows.treated & ~ripe).sum()),
    }


def _estimate_spend_after_return(rows: OutcomeRows, shop: Shop) -> float:
    returned = rows.returned & (rows.days_known - rows.first_order_day >= shop.measurement.roi_days)
    spend = rows.spend_after_return[returned]
    spend = spend[~np.isnan(spend)]
    return float(spend.mean()) if len(spend) else float("nan")


def _forecast_waiting(
    now: OutcomeRows, shop: Shop, back: Effect | None, result: dict[str, Any], each: float
) -> dict[str, Any]:
    waiting = now.days_known < shop.measurement.roi_days
    gross = int((now.returned & now.treated & waiting).sum())
    because = back.difference.value * int((now.treated & waiting).sum()) if back else 0.0
    result |= {
        "forecast_minor": round(each * gross),
        "forecast_incremental_minor": round(each * because),
    }
    return result


def _interval_to_dict(interval: Interval) -> dict[str, Any]:
    return {name: round(getattr(interval, name), 1) for name in ("value", "low", "high")} | {
        "p": interval.p
    }


def _interval_to_minor(interval: Interval) -> dict[str, Any]:
    return {name: round(getattr(interval, name)) for name in ("value", "low", "high")} | {
        "p": interval.p
    }
