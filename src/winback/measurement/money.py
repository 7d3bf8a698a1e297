"""What a playbook's waves earned and cost, and what the returned spend in the months that
follow."""

from collections.abc import Mapping

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.measurement.effect import Effect, estimate_mean_effect, estimate_share_effect
from winback.measurement.interval import Interval, Reading
from winback.measurement.outcomes import USUAL_RETURN, OutcomeRows
from winback.measurement.readout import (
    CountInterval,
    LongTerm,
    MeasuredMinor,
    MinorInterval,
    Money,
    MoneyNoControl,
    MoneyNotMatured,
    MoneyResult,
    OrdersResult,
    PricedBuyers,
    Roi,
)
from winback.measurement.verdict import LEAST_EXPECTED, decide_roi, has_enough


def measure_money(
    shop: Shop,
    rows: OutcomeRows,
    ripe: NDArray[np.bool_],
    costs: Mapping[str, NDArray[np.float64]],
    reading: Reading,
) -> Money:
    """What came because of the messages, what they cost, and whether to go on (B103)."""
    if not ripe.any():
        return MoneyNotMatured(days_to_go=max(int((rows.roi_days - rows.days_known).min()), 0))
    now, treated = rows.select(ripe), rows.treated[ripe]
    effect = estimate_mean_effect(now.units, now.orders, reading)
    if effect is None:
        return MoneyNoControl()
    gross_orders = int(now.orders[treated].sum())
    orders = _round_orders(effect.difference.scale(effect.treated))
    if np.isnan(now.net).any():
        return OrdersResult(gross_orders=gross_orders, orders=orders)
    cost = {name: float(values[ripe][treated].sum()) for name, values in costs.items()}
    bought = estimate_share_effect(now.units, now.bought, reading)
    revenue = estimate_mean_effect(now.units, now.capped, reading)
    # Its interval is not told, so no draws are repeated for it.
    uncapped = estimate_mean_effect(now.units, now.net, "always")
    assert bought is not None
    assert revenue is not None
    assert uncapped is not None
    money = MoneyResult(
        treated=effect.treated,
        held_out=effect.held_out,
        gross_orders=gross_orders,
        orders=orders,
        gross_net_revenue_minor=round(float(now.net[treated].sum())),
        priced=_price_buyers(now, bought),
        net_revenue_minor=_round_measured(revenue, now),
        uncapped_minor=round(uncapped.difference.value * effect.treated),
        cost_minor={name: round(minor) for name, minor in cost.items()},
        margin="unknown",
        line="cannot_tell",
    )
    margin = None
    if not np.isnan(now.margin).any():
        margin = estimate_mean_effect(now.units, now.margin, reading)
    if margin is not None:
        money = replace(money, margin="known", margin_minor=_round_measured(margin, now))
    return _add_return(money, now, bought, sum(cost.values()), shop.measurement.roi_least)


def _has_enough_expected(rows: OutcomeRows) -> bool:
    """Whether enough of the holdout were to be expected to buy by themselves when they were drawn:
    what was observed since decides nothing about what is told."""
    chances = rows.units.before[~rows.treated, 0]
    return float(np.where(np.isnan(chances), USUAL_RETURN, chances).sum()) >= LEAST_EXPECTED


def _price_buyers(rows: OutcomeRows, bought: Effect) -> PricedBuyers | None:
    """Extra buyers at the value set at planning; of several waves, at the mean of the treated."""
    values = rows.values.select(rows.treated)
    if np.isnan(values.value).all():
        return None
    value, margin = round(float(np.nanmean(values.value))), _estimate_margin_value(rows)
    extra = bought.difference.scale(bought.treated)
    return PricedBuyers(
        extra=_round_orders(extra),
        value_minor=value,
        margin_value_minor=margin,
        revenue_minor=_round_minor(extra.scale(value)),
        margin_minor=None if margin is None else _round_minor(extra.scale(margin)),
    )


def _estimate_margin_value(rows: OutcomeRows) -> int | None:
    values = rows.values.margin[rows.treated]
    return None if np.isnan(values).all() else round(float(np.nanmean(values)))


def _add_return(
    money: MoneyResult, rows: OutcomeRows, bought: Effect, whole: float, least: float
) -> MoneyResult:
    """What extra buyers left after all that was spent. whole: all costs, of coupons too: the value
    set at planning is that of orders without them; least: the return worth going on for."""
    each = _estimate_margin_value(rows)
    if money.priced is None or each is None:
        return money
    extra = bought.difference.scale(bought.treated)
    margin = extra.scale(each)
    earned = Interval(
        margin.value - whole, margin.low - whole, margin.high - whole, margin.error, margin.p
    )
    return replace(
        money,
        net_margin_minor=_round_minor(earned),
        line=decide_roi(earned if has_enough(bought) else None, round(whole), least),
        cost_per_incremental_minor=round(whole / extra.value)
        if extra.value >= 1 and whole
        else None,
        sure=bought.difference.low > 0 and has_enough(bought),
        roi=_compute_roi(margin, whole) if whole > 0 else None,
    )


def _compute_roi(margin: Interval, whole: float) -> Roi:
    """The margin that came for each unit of cost, and its interval."""
    value, low, high = (each / whole for each in (margin.value, margin.low, margin.high))
    return Roi(value=value, low=low, high=high)


def measure_long_term(
    shop: Shop,
    rows: OutcomeRows,
    now: OutcomeRows,
    ripe: NDArray[np.bool_],
    back: Effect | None,
    money: Money,
) -> LongTerm:
    """What the returned spend in the months that follow (A16): a forecast for those whose months
    are not over, measured of those whose are, as `money` has it; two figures of two groups.

    The forecast is what earlier customers of both arms spent in as many days after they came back.
    """
    days = shop.measurement.roi_days
    each = _estimate_spend_after_return(rows, days)
    forecast, because = (None, None) if np.isnan(each) else _forecast_waiting(now, back, each)
    known = money if isinstance(money, MoneyResult) else None
    return LongTerm(
        forecast_minor=forecast,
        forecast_incremental_minor=because,
        measured_minor=known.net_revenue_minor if known else None,
        measured_of=known.treated if known else 0,
        waiting=int((rows.treated & ~ripe).sum()) if known else 0,
    )


def _estimate_spend_after_return(rows: OutcomeRows, days: int) -> float:
    returned = rows.returned & (rows.days_known - rows.first_order_day >= days)
    spend = rows.spend_after_return[returned]
    spend = spend[~np.isnan(spend)]
    return float(spend.mean()) if len(spend) else float("nan")


def _forecast_waiting(now: OutcomeRows, back: Effect | None, each: float) -> tuple[int, int]:
    """(what those who returned and whose days are not over will spend, the part of it because of
    the messages), in minor units."""
    waiting = now.days_known < now.roi_days
    gross = int((now.returned & now.treated & waiting).sum())
    because = back.difference.value * int((now.treated & waiting).sum()) if back else 0.0
    return round(each * gross), round(each * because)


def _round_orders(orders: Interval) -> CountInterval:
    value, low, high = (round(each, 1) for each in (orders.value, orders.low, orders.high))
    return CountInterval(value=value, low=low, high=high, p=orders.p)


def _round_minor(minor: Interval) -> MinorInterval:
    value, low, high = map(round, (minor.value, minor.low, minor.high))
    return MinorInterval(value=value, low=low, high=high, p=minor.p)


def _round_measured(effect: Effect, rows: OutcomeRows) -> MeasuredMinor:
    """Of all treated; without an interval where too few buyers were to be expected."""
    whole = _round_minor(effect.difference.scale(effect.treated))
    if not _has_enough_expected(rows):
        return MeasuredMinor(value=whole.value, low=None, high=None, p=None)
    return MeasuredMinor(value=whole.value, low=whole.low, high=whole.high, p=whole.p)
