"""What a playbook's waves earned and cost, and what the returned spend in the months that
follow."""

from collections.abc import Mapping

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.measurement.effect import Effect, estimate_mean_effect, estimate_share_effect
from winback.measurement.interval import Interval
from winback.measurement.outcomes import OutcomeRows
from winback.measurement.readout import (
    CountInterval,
    LongTerm,
    MinorInterval,
    Money,
    MoneyNoControl,
    MoneyNotMatured,
    MoneyResult,
    OrdersResult,
    Roi,
)
from winback.measurement.verdict import decide_roi


def measure_money(
    shop: Shop, rows: OutcomeRows, ripe: NDArray[np.bool_], costs: Mapping[str, NDArray[np.float64]]
) -> Money:
    """Net revenue and margin that came because of the messages, what they cost, and whether to
    go on (B103)."""
    days = shop.measurement.roi_days
    if not ripe.any():
        missing = int((days - rows.days_known)[rows.fresh].min()) if rows.fresh.any() else days
        return MoneyNotMatured(days_to_go=max(missing, 0))
    now, treated = rows.select(ripe), rows.treated[ripe]
    effect = estimate_mean_effect(now.units, now.orders)
    if effect is None:
        return MoneyNoControl()
    count = effect.treated
    gross_orders = int(now.orders[treated].sum())
    orders = _round_orders(effect.difference.scale(count))
    if np.isnan(now.net).all():
        return OrdersResult(gross_orders=gross_orders, orders=orders)
    revenue = estimate_mean_effect(now.units, now.net)
    assert revenue is not None
    cost = {name: float(values[ripe][treated].sum()) for name, values in costs.items()}
    money = MoneyResult(
        treated=count,
        held_out=revenue.held_out,
        gross_orders=gross_orders,
        orders=orders,
        gross_net_revenue_minor=round(float(now.net[treated].sum())),
        net_revenue_minor=_round_minor(revenue.difference.scale(count)),
        cost_minor={name: round(minor) for name, minor in cost.items()},
        margin="unknown",
        line="cannot_tell",
    )
    if np.isnan(now.margin).any():
        return money
    # What a gift or free shipping cost is paid beside the order; what a coupon took off is missing
    # in it already.
    beside = now.margin - np.where(treated, costs["messages"][ripe] + costs["beside"][ripe], 0.0)
    return _add_margin(money, now, beside, sum(cost.values()), shop.measurement.roi_least)


def _add_margin(
    money: MoneyResult, now: OutcomeRows, beside: NDArray[np.float64], whole: float, least: float
) -> MoneyResult:
    """What was earned by the messages. beside: each row's margin less what was paid beside the
    order; whole: all costs; least: the return worth going on for."""
    margin = estimate_mean_effect(now.units, now.margin)
    net = estimate_mean_effect(now.units, beside)
    assert margin is not None
    assert net is not None
    earned = net.difference.scale(money.treated)
    back = estimate_share_effect(now.units, now.returned)
    more = back.difference.value * money.treated if back else 0.0
    return replace(
        money,
        margin="known",
        margin_minor=_round_minor(margin.difference.scale(money.treated)),
        net_margin_minor=_round_minor(earned),
        line=decide_roi(earned, round(whole), least),
        cost_per_incremental_minor=round(whole / more) if more >= 1 and whole else None,
        sure=bool(back and back.difference.low > 0),
        roi=_compute_roi(earned, whole) if whole > 0 else None,
    )


def _compute_roi(earned: Interval, whole: float) -> Roi:
    """The margin that came for each unit of cost, and its interval."""
    value, low, high = ((each + whole) / whole for each in (earned.value, earned.low, earned.high))
    return Roi(value=value, low=low, high=high)


def measure_long_term(
    shop: Shop, rows: OutcomeRows, now: OutcomeRows, ripe: NDArray[np.bool_], back: Effect | None
) -> LongTerm:
    """What the returned spend in the months that follow (A16): a forecast for those whose months
    are not over, measured of those whose are; two figures of two groups.

    The forecast is what earlier customers of both arms spent in as many days after they came back.
    """
    days = shop.measurement.roi_days
    each = _estimate_spend_after_return(rows, days)
    forecast, because = (None, None) if np.isnan(each) else _forecast_waiting(now, days, back, each)
    effect = None
    if ripe.any() and not np.isnan(rows.net).any():
        effect = estimate_mean_effect(rows.select(ripe).units, rows.net[ripe])
    return LongTerm(
        forecast_minor=forecast,
        forecast_incremental_minor=because,
        measured_minor=_round_minor(effect.difference.scale(effect.treated)) if effect else None,
        measured_of=effect.treated if effect else 0,
        waiting=int((rows.treated & ~ripe).sum()) if effect else 0,
    )


def _estimate_spend_after_return(rows: OutcomeRows, days: int) -> float:
    returned = rows.returned & (rows.days_known - rows.first_order_day >= days)
    spend = rows.spend_after_return[returned]
    spend = spend[~np.isnan(spend)]
    return float(spend.mean()) if len(spend) else float("nan")


def _forecast_waiting(
    now: OutcomeRows, days: int, back: Effect | None, each: float
) -> tuple[int, int]:
    """(what those who returned and whose days are not over will spend, the part of it because of
    the messages), in minor units."""
    waiting = now.days_known < days
    gross = int((now.returned & now.treated & waiting).sum())
    because = back.difference.value * int((now.treated & waiting).sum()) if back else 0.0
    return round(each * gross), round(each * because)


def _round_orders(orders: Interval) -> CountInterval:
    value, low, high = (round(each, 1) for each in (orders.value, orders.low, orders.high))
    return CountInterval(value=value, low=low, high=high, p=orders.p)


def _round_minor(minor: Interval) -> MinorInterval:
    value, low, high = map(round, (minor.value, minor.low, minor.high))
    return MinorInterval(value=value, low=low, high=high, p=minor.p)
