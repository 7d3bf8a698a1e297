"""What a playbook's waves earned: one read-out for the campaign to date, and one for each wave
(DESIGN 7, A15–A18, B98, B103).

Before anything is read it is asked whether the arms are those that were drawn. Everything told is
plain data with a reason where there is no figure: not matured, cannot tell yet, arms changed. One
measure is primary: who came back within their play's success window.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import epoch_seconds
from winback.data.store import Store
from winback.ledger.engine import Ledger
from winback.ledger.experiment_data import handed_over, heard_of
from winback.measurement.ab_tests import tests_told
from winback.measurement.effect import Effect, Interval, mean_effect, share_effect
from winback.measurement.outcomes import (
    REPEAT_DAYS,
    RETAINED_DAYS,
    WEEKS,
    Rows,
    Sent,
    rows_of,
    sent_waves,
)
from winback.measurement.sample_ratio import LEAST_P, ratio_p
from winback.measurement.verdict import Said, holm, judged, roi_line
from winback.playbooks.playbook import Playbook

IN_AMOUNTS = frozenset(
    {"coupon", "percent", "threshold"}
)  # what these take off is missing in what was paid


def measured(
    shop: Shop, book: Playbook, store: Store, ledger: Ledger, wave: str | None = None
) -> dict[str, Any]:
    """The read-out of a playbook's waves; wave: of that one alone, beside the campaign to date."""
    sent = sent_waves(ledger, book.name)
    told: dict[str, Any] = {
        "shop": shop.name,
        "playbook": book.name,
        "currency": shop.currency,
        "as_of": str(store.last_day),
        "roi_days": shop.measurement.roi_days,
        "roi_least": shop.measurement.roi_least,
        "worth_points": shop.measurement.worth_points,
        "waves": [],
        "tests": [],
    }
    if not sent:
        return told | {"to_date": {"status": "no_waves"}}
    with _no_collections():
        rows = rows_of(shop, book, store, ledger, sent)
    costs = _costs(shop, book, ledger, sent, rows)
    by_wave = {each.wave.wave_id: rows.wave == each.wave.wave_id for each in sent}
    for each in sent:
        name = each.wave.wave_id
        if wave in (None, name):
            heard = heard_of(ledger, [name])
            one = _readout(shop, rows, by_wave[name], costs, 1, heard)
            told["waves"].append(
                {
                    "wave": name,
                    "cutoff": str(each.wave.cutoff),
                    "approved_at": f"{each.began}Z",
                    **one,
                }
            )
    told["tests"] = tests_told(book, store, ledger, rows)
    if len(sent) == 1 and told["waves"]:  # the campaign to date is that wave
        names = {"wave", "cutoff", "approved_at"}
        return told | {
            "to_date": {
                name: value for name, value in told["waves"][0].items() if name not in names
            }
        }
    everything = np.ones(len(rows.wave), dtype=bool)
    heard = heard_of(ledger, list(by_wave))
    return told | {"to_date": _readout(shop, rows, everything, costs, len(sent), heard)}


@contextmanager
def _no_collections() -> Iterator[None]:
    """Python looks for garbage again and again while a million rows are read, and finds none:
    half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _readout(
    shop: Shop,
    rows: Rows,
    chosen: NDArray[np.bool_],
    costs: Mapping[str, NDArray[np.float64]],
    weeks: int,
    heard: Mapping[str, int],
) -> dict[str, Any]:
    """What some rows show. weeks: how many waves they are of."""
    settings = shop.measurement
    mine = rows.where(chosen)
    told: dict[str, Any] = {
        "treated": int(mine.treated.sum()),
        "held_out": int((~mine.treated).sum()),
        "entered_before": int((~mine.fresh).sum()),
        "heard": dict(heard),
        "waves": weeks,
    }
    changed = sorted({str(wave) for wave in np.unique(mine.wave) if not rows.sealed[str(wave)]})
    told["ratio"] = _ratio(mine)
    if changed or told["ratio"]["p"] < LEAST_P:
        return told | {"status": "arms_changed" if changed else "ratio_off", "changed": changed}
    # Where nobody is held out there is nothing to compare with; where everybody is, nobody.
    share = mine.units.held_out_share
    compared = mine.fresh & (share > 0) & (share < 1)
    if not compared.any():
        return told | {"status": "no_control"}
    costs = {name: cost[chosen][compared] for name, cost in costs.items()}
    mine = mine.where(compared)
    ready = mine.fresh & (mine.days_known >= mine.success_days)
    if not ready.any():
        missing = (
            int((mine.success_days - mine.days_known)[mine.fresh].min()) if mine.fresh.any() else 0
        )
        return told | {
            "status": "not_matured",
            "days_to_go": max(missing, 0),
            "waiting": int(mine.fresh.sum()),
        }
    now = mine.where(ready)
    back = share_effect(now.units, now.returned)
    through, waves = len(set(now.wave)), len(set(mine.wave))
    said = judged(back.difference if back else None, through, settings.worth_points)
    if said.weeks is not None:  # those that are out already need only time
        said = replace(said, weeks=max(1, said.weeks - (waves - through)))
    told |= {
        "status": "read",
        "waiting": int((mine.fresh & ~ready).sum()),
        "compared": int(ready.sum()),
        "returned": _shown(back, now.treated, now.returned),
        "said": asdict(said),
        "by_segment": _by(now, now.segment, through, settings.worth_points),
        "by_play": _by(now, now.play, through, settings.worth_points),
        "recovered": _recovered(now, settings.roi_days),
    }
    # Money counts once its own window is over; messages' costs are those of the same customers.
    ripe = mine.fresh & (mine.days_known >= settings.roi_days)
    told["money"] = _money(shop, mine, ripe, costs)
    told["curve"] = _curve(mine)
    told["long_term"] = _long_term(shop, mine, now, ripe, back)
    return told


def _ratio(rows: Rows) -> dict[str, Any]:
    """How many households were held out, and how many the draw would hold out; each counted
    once."""
    mine = rows.where(rows.fresh)
    _, first = np.unique(mine.units.household, return_index=True)
    held, share = ~mine.treated[first], mine.units.held_out_share[first]
    draws = [
        (int((share == each).sum()), int(held[share == each].sum()), float(each))
        for each in np.unique(share)
    ]
    expected = sum(households * each for households, _, each in draws)
    return {"held_out": int(held.sum()), "expected": round(expected, 1), "p": ratio_p(draws)}


def _shown(
    effect: Effect | None, treated: NDArray[np.bool_], happened: NDArray[np.bool_]
) -> dict[str, Any]:
    """An effect on a share, as customers: how many did it, how many of them because of the
    message."""
    gross = int((happened & treated).sum())
    if effect is None:
        return {"gross": gross, "treated": int(treated.sum()), "incremental": None}
    return {
        "gross": gross,
        "treated": effect.treated,
        "held_out": effect.held_out,
        "held_out_gross": int((happened & ~treated).sum()),
        "share": effect.treated_mean,
        "held_out_share": effect.held_out_mean,
        "difference": asdict(effect.difference),
        "incremental": asdict(effect.difference.times(effect.treated)),
        "adjusted": effect.adjusted,
    }


def _by(rows: Rows, group: NDArray[Any], weeks: int, worth: float) -> list[dict[str, Any]]:
    """The same for each of some groups, with chances adjusted for how many they are (Holm)."""
    told: list[dict[str, Any]] = []
    found: dict[str, Effect] = {}
    for name in sorted(set(map(str, group))):
        mine = rows.where(group == name)
        effect = share_effect(mine.units, mine.returned)
        if effect is not None:
            found[name] = effect
        told.append({"name": name, **_shown(effect, mine.treated, mine.returned)})
    chances = holm({name: effect.difference.p for name, effect in found.items()})
    for row in told:
        name = row["name"]
        said = (
            judged(found[name].difference, weeks, worth) if name in found else Said("cannot_tell")
        )
        # A group that stands out among many does so by chance, unless it does after Holm.
        if said.verdict in ("earned", "harmful") and chances[name] >= 0.05:
            said = Said("cannot_tell")
        row |= {"p": chances.get(name), "said": asdict(said)}
    return told


def _recovered(rows: Rows, roi_days: int) -> dict[str, Any]:
    """Of the treated who came back: who ordered again, who stayed, what they spend (B24–B26,
    B98). Gross: no control group tells how many of them would have come anyway."""
    mine = rows.where(rows.treated & rows.returned)
    first, second = mine.first_order_day, mine.second_order_day
    repeat, retained = (
        _told_share(second - first < days, mine.days_known - first >= days)
        for days in (REPEAT_DAYS, RETAINED_DAYS)
    )
    ripe = mine.days_known - first >= roi_days
    spend = mine.spend_after_return[ripe]
    known = spend[~np.isnan(spend)]
    return {
        "customers": len(first),
        "repeat_30_days": repeat,
        "retained_180_days": retained,
        "spend_after_return_cents": None if not len(known) else round(float(known.mean())),
        "spend_known_of": len(known),
    }


def _told_share(happened: NDArray[np.bool_], matured: NDArray[np.bool_]) -> dict[str, Any]:
    known = int(matured.sum())
    return {"known_of": known, "share": float(happened[matured].mean()) if known else None}


def _money(
    shop: Shop, rows: Rows, ripe: NDArray[np.bool_], costs: Mapping[str, NDArray[np.float64]]
) -> dict[str, Any]:
    """Net revenue and margin that came because of the messages, what they cost, and whether to
    go on (B103)."""
    days = shop.measurement.roi_days
    if not ripe.any():
        missing = int((days - rows.days_known)[rows.fresh].min()) if rows.fresh.any() else days
        return {"status": "not_matured", "days_to_go": max(missing, 0)}
    now, treated = rows.where(ripe), rows.treated[ripe]
    orders = mean_effect(now.units, now.orders)
    if orders is None:
        return {"status": "no_control"}
    count = orders.treated
    placed = {
        "gross_orders": int(now.orders[treated].sum()),
        "orders": _plain(orders.difference.times(count)),
    }
    if np.isnan(now.net).all():
        return {"status": "no_amounts", **placed}
    revenue = mean_effect(now.units, now.net)
    assert revenue is not None
    cost = {name: float(values[ripe][treated].sum()) for name, values in costs.items()}
    told: dict[str, Any] = {
        "status": "read",
        "treated": count,
        "held_out": revenue.held_out,
        **placed,
        "gross_net_revenue_cents": round(float(now.net[treated].sum())),
        "net_revenue_cents": _cents(revenue.difference.times(count)),
        "cost_cents": {k: round(v) for k, v in cost.items()},
    }
    if np.isnan(now.margin).any():
        return told | {"margin": "unknown", "line": "cannot_tell"}
    # What a gift or free shipping cost is paid beside the order; what a coupon took off is missing
    # in it already.
    beside = now.margin - np.where(treated, costs["messages"][ripe] + costs["beside"][ripe], 0.0)
    margin, net = mean_effect(now.units, now.margin), mean_effect(now.units, beside)
    assert margin is not None
    assert net is not None
    whole = sum(cost.values())
    earned = net.difference.times(count)
    back = share_effect(now.units, now.returned)
    more = back.difference.value * count if back else 0.0
    told |= {
        "margin": "known",
        "margin_cents": _cents(margin.difference.times(count)),
        "net_margin_cents": _cents(earned),
        "line": roi_line(earned, round(whole), shop.measurement.roi_least),
        "cost_per_incremental_cents": round(whole / more) if more >= 1 and whole else None,
        "sure": bool(back and back.difference.low > 0),
    }
    if whole > 0:
        told["roi"] = {
            name: (getattr(earned, name) + whole) / whole for name in ("value", "low", "high")
        }
    return told


def _long_term(
    shop: Shop, rows: Rows, now: Rows, ripe: NDArray[np.bool_], back: Effect | None
) -> dict[str, Any]:
    """What the returned spend in the months that follow (A16): a forecast for those whose months
    are not over, measured of those whose are; two figures of two groups.

    The forecast is what earlier customers of both arms spent in as many days after they came back.
    """
    returned = rows.returned & (rows.days_known - rows.first_order_day >= shop.measurement.roi_days)
    spend = rows.spend_after_return[returned]
    spend = spend[~np.isnan(spend)]
    each = float(spend.mean()) if len(spend) else float("nan")
    told: dict[str, Any] = {
        "forecast_cents": None,
        "forecast_because_cents": None,
        "measured_cents": None,
        "measured_of": 0,
        "waiting": 0,
    }
    if not np.isnan(each):
        waiting = now.days_known < shop.measurement.roi_days
        gross = int((now.returned & now.treated & waiting).sum())
        because = back.difference.value * int((now.treated & waiting).sum()) if back else 0.0
        told |= {
            "forecast_cents": round(each * gross),
            "forecast_because_cents": round(each * because),
        }
    if ripe.any() and not np.isnan(rows.net).any():
        effect = mean_effect(rows.where(ripe).units, rows.net[ripe])
        if effect is not None:
            told |= {
                "measured_cents": _cents(effect.difference.times(effect.treated)),
                "measured_of": effect.treated,
                "waiting": int((rows.treated & ~ripe).sum()),
            }
    return told


def _plain(interval: Interval) -> dict[str, Any]:
    return {name: round(getattr(interval, name), 1) for name in ("value", "low", "high")} | {
        "p": interval.p
    }


def _cents(interval: Interval) -> dict[str, Any]:
    return {name: round(getattr(interval, name)) for name in ("value", "low", "high")} | {
        "p": interval.p
    }


def _curve(rows: Rows) -> dict[str, Any]:
    """What came because of the messages, week after week, of those whose quarter is over: what
    was only pulled forward comes down again."""
    ripe = rows.fresh & (rows.days_known >= 7 * WEEKS)
    told: list[dict[str, Any]] = []
    now = rows.where(ripe)
    for week in range(WEEKS):
        effect = mean_effect(now.units, now.by_week[:, week]) if ripe.any() else None
        if effect is not None:
            whole = effect.difference.times(effect.treated)
            told.append(
                {"week": week + 1, "value": whole.value, "low": whole.low, "high": whole.high}
            )
    return {"measure": rows.measure, "weeks": told}


def _costs(
    shop: Shop, book: Playbook, ledger: Ledger, sent: Sequence[Sent], rows: Rows
) -> dict[str, NDArray[np.float64]]:
    """What was spent on each row, in cents: messages; offers paid beside an order; and what coupons
    took off, at most.

    An offer costs something where it is used: of the offers that held when the first order came,
    the newest, at its full cost.
    """
    told = {name: np.zeros(len(rows.wave)) for name in ("messages", "beside", "coupons")}
    fees: Mapping[str, int] = {
        str(channel): cents for channel, cents in shop.measurement.message_cents.items()
    }
    messages = handed_over(ledger, [each.wave.wave_id for each in sent])
    place = (
        {key: number for number, key in enumerate(zip(rows.wave, rows.customer, strict=True))}
        if messages
        else {}
    )
    used: dict[int, tuple[str, int]] = {}  # the newest offer that held when the first order came
    for wave, customer, channel, offer, cost, at in messages:
        row = place.get((wave, customer))
        if row is None:  # a service: no part of the comparison
            continue
        told["messages"][row] += fees.get(channel, 0)
        known = book.offers.get(offer) if offer else None
        holds = (
            timedelta(hours=known.expires_hours) / timedelta(days=1)
            if known
            else float(rows.success_days[row])
        )
        since = rows.first_order_day[row] - (epoch_seconds(at) - rows.began[row]) / 86_400
        if offer and 0 <= since < holds:
            used[row] = "coupons" if known and known.kind in IN_AMOUNTS else "beside", cost
    for row, (kind, cost) in used.items():
        told[kind][row] += cost
    return told
