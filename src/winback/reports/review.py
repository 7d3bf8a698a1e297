"""What a week or a month came to: read-outs, the three-dimensional indicators,
weighted churn (B96, B97, B101).

Each figure that comes from a table has its question beside it, so that anybody can ask again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

import numpy as np
from msgspec.structs import asdict
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff, build_test_cutoff
from winback.data.store import Store
from winback.features.registry import NAMES, get_available_feeds
from winback.features.sql_compiler import compute_features
from winback.ledger.alerts import list_alerts
from winback.ledger.engine import Ledger
from winback.ledger.experiment_data import list_approvals
from winback.ledger.waves import OUT, MessageCount, count_wave, list_waves, measure_reach
from winback.measurement.readout import EffectReadout, MoneyResult, Readout
from winback.measurement.results import measure_waves
from winback.model.bundle import Bundle, to_matrix
from winback.model.labels import compute_outcomes, is_in_population
from winback.monitoring.alert_text import format_alert
from winback.playbooks.playbook import Playbook
from winback.reports.review_content import (
    ChannelCount,
    ChurnShare,
    Indicator,
    MonthlyReview,
    OpenAlert,
    WeeklyReview,
)
from winback.segmentation.thresholds import Thresholds

NEW_ORDERS = 3  # at most, of a new customer (B46)
WEIGHTS = {"high_value": 0.40, "new": 0.30, "ordinary": 0.30}  # B97

# What each part of a report is counted from; `:wave` is a wave's name, `:since` the moment it was
# approved.
QUERIES: Mapping[str, str] = {
    "treated, held out": "select arm, count(*) from assignments where wave_id = :wave and arm <> "
    "'excluded' group by arm",
    "approved at": "select at from audit_log where action = 'wave_approved' and subject = :wave",
    "came back": "select count(distinct customer_id) from orders /* the tables; :drawn are those "
    "above, :days their play's */"
    " where customer_id in (:drawn) and occurred_at >= :since and occurred_at < :since + "
    "to_days(:days)"
    " and not (gift or wholesale or brushing) -- less orders refunded in full and households of "
    "an earlier wave since the draw",
    "messages": "select step, channel, state, reason, count(*) from deliveries where wave_id = "
    ":wave group by 1, 2, 3, 4",
    "cost": "select channel, offer, sum(cost_minor) from deliveries where wave_id = :wave"
    " and state in ('claimed', 'sent', 'created', 'unknown') group by 1, 2",
    "heard back": "select r.kind, count(*) from receipts r join deliveries d using (delivery_id) "
    "where d.wave_id = :wave"
    " group by 1",
    "alerts": "select rule, subject, severity, opened_at from alerts where resolved_at is null",
    "decisions": "select subject, at, actor from audit_log where action in ('wave_planned', "
    "'wave_approved', 'test_decided')",
}


def build_weekly_review(
    shop: Shop, playbook: Playbook, store: Store, ledger: Ledger, now: datetime
) -> WeeklyReview:
    """《干预效果周报》: the campaign to date, every wave, what became of messages, alerts."""
    readout = measure_waves(shop, playbook, store, ledger)
    rows = [row for wave in readout.waves for row in count_wave(ledger, wave.wave)["messages"]]
    alerts = [
        OpenAlert(
            severity=alert.severity,
            opened_at=f"{alert.opened_at:%Y-%m-%d}",
            zh=format_alert(alert, "zh"),
            en=format_alert(alert, "en"),
        )
        for alert in list_alerts(ledger)
    ]
    return WeeklyReview(
        **asdict(readout),
        kind="weekly",
        made_at=now.isoformat(timespec="seconds"),
        alerts=alerts,
        queries=dict(QUERIES),
        reached=measure_reach(rows),
        messages=_count_messages(rows),
    )


def _count_messages(rows: Sequence[MessageCount]) -> list[ChannelCount]:
    """Messages of all waves by channel and state."""
    messages: dict[tuple[str, str], int] = {}
    for row in rows:
        key = row["channel"], row["state"]
        messages[key] = messages.get(key, 0) + row["messages"]
    return [
        ChannelCount(channel=channel, state=state, messages=count)
        for (channel, state), count in sorted(messages.items())
    ]


def build_monthly_review(
    shop: Shop, playbook: Playbook, store: Store, ledger: Ledger, bundle: Bundle, now: datetime
) -> MonthlyReview:
    """The monthly review: the week's, and churn by group, weighted, and the indicators of the
    three dimensions."""
    review = build_weekly_review(shop, playbook, store, ledger, now)
    thresholds = Thresholds.from_dict(bundle.thresholds)
    cutoff = _choose_cutoff(store, shop.timezone, thresholds.outcome_days)
    churn = measure_churn_by_group(shop, store, thresholds, cutoff)
    return MonthlyReview(
        **(asdict(review) | {"kind": "monthly"}),
        churn=churn,
        weights=WEIGHTS,
        weighted_churn=weigh_churn(churn),
        churn_day=str(cutoff.day),
        outcome_days=thresholds.outcome_days,
        population_days=shop.population_days,
        silence_days=round(thresholds.silence_days),
        indicators=_build_indicators(shop, store, ledger, thresholds, review, churn),
    )


def _choose_cutoff(store: Store, timezone: str, outcome_days: int) -> Cutoff:
    """The latest whose outcome window has ended."""
    return build_test_cutoff(store.default_cutoff_day, timezone, outcome_days)


def measure_churn_by_group(
    shop: Shop, store: Store, thresholds: Thresholds, cutoff: Cutoff
) -> dict[str, ChurnShare]:
    """The population of a day in three groups that share nobody, and all of it: who stayed away
    since."""
    feeds, available = (
        get_available_feeds(store.first_known, cutoff),
        dict[str, list[NDArray[np.bool_]]](),
    )
    returned = set(compute_outcomes(store.connect(), cutoff).column("customer_id").to_pylist())
    for con in store.iterate_parts():
        table = compute_features(con, cutoff, feeds)
        rows = to_matrix(table, NAMES)
        of = {name: rows[:, place] for place, name in enumerate(NAMES)}
        inside = is_in_population(of["days_since_last_order"], cutoff, shop.population_days)
        churned = _find_churned(table.column("customer_id").to_pylist(), returned)
        for name, group in _split_groups(of, thresholds).items():
            available.setdefault(name, []).append(churned[inside & group])
    return {name: _measure_share(np.concatenate(parts)) for name, parts in available.items()}


def _find_churned(customers: Sequence[str], returned: set[str]) -> NDArray[np.bool_]:
    return np.array([customer not in returned for customer in customers], dtype=bool)


def _measure_share(churned: NDArray[np.bool_]) -> ChurnShare:
    return ChurnShare(len(churned), float(churned.mean()) if len(churned) else None)


def _split_groups(
    of: Mapping[str, NDArray[np.float64]], thresholds: Thresholds
) -> dict[str, NDArray[np.bool_]]:
    """Who is in each group, by its name; `all` is everybody."""
    rich = np.zeros(len(of["orders_lifetime"]), dtype=bool)
    if thresholds.high_value_minor is not None:
        rich = (of["net_spend_last_365_days_minor"] >= thresholds.high_value_minor) & (
            of["orders_last_365_days"] >= 2
        )
    fresh = ~rich & (of["orders_lifetime"] <= NEW_ORDERS)
    return {
        "high_value": rich,
        "new": fresh,
        "ordinary": ~rich & ~fresh,
        "all": rich | ~rich,
    }


def weigh_churn(churn: Mapping[str, ChurnShare]) -> float | None:
    """High value 40 %, new 30 %, ordinary 30 % (B97); an empty group leaves its weight to the
    others. None: all are empty."""
    there = {name: weight for name, weight in WEIGHTS.items() if churn[name].customers}
    total = sum(there.values())
    return (
        sum((churn[name].share or 0.0) * weight for name, weight in there.items()) / total
        if total
        else None
    )


def _build_indicators(
    shop: Shop,
    store: Store,
    ledger: Ledger,
    thresholds: Thresholds,
    review: WeeklyReview,
    churn: Mapping[str, ChurnShare],
) -> list[Indicator]:
    """Three dimensions (B96, B98), each figure as it is known today; None where it cannot."""
    now = review.to_date
    receipts = now.heard if isinstance(now, Readout) else {}
    effect = now if isinstance(now, EffectReadout) else None
    back, recovered = (effect.returned, effect.recovered) if effect else (None, None)
    difference = back.difference if back else None
    spend = recovered.spend_after_return_minor if recovered else None
    margin = _get_net_margin(effect)
    out = sum(row.messages for row in review.messages if row.state in OUT)
    answered = receipts.get("clicked", 0) + receipts.get("answered", 0)
    active, mean = _measure_active_spend(shop, store), _measure_order_mean(store)
    repeat = recovered.repeat_30_days.share if recovered else None
    retained = recovered.retained_180_days.share if recovered else None
    revenue = recovered.customers * mean if recovered and mean is not None else None
    return [
        Indicator("customer", "churn", churn["all"].share, "share"),
        Indicator("customer", "silent", _measure_silent_share(store, thresholds), "share"),
        Indicator("customer", "recalled", back.share if back else None, "share"),
        Indicator(
            "customer", "recalled_incremental", difference.value if difference else None, "points"
        ),
        Indicator("customer", "repeat", repeat, "share"),
        Indicator("customer", "retained", retained, "share"),
        Indicator("customer", "nps", None, "share"),
        Indicator("business", "revenue", revenue, "minor units"),
        Indicator("business", "net_incremental", margin, "minor units"),
        Indicator(
            "business", "ltv", spend / active if spend is not None and active else None, "share"
        ),
        Indicator("operations", "reached", review.reached, "share"),
        Indicator("operations", "response", answered / out if out else None, "share"),
        Indicator("operations", "decided", _measure_decision_days(ledger), "days"),
    ]


def _get_net_margin(effect: EffectReadout | None) -> int | None:
    """The margin that came because of the messages, in minor units; None where it is not known."""
    if effect is None or not isinstance(effect.money, MoneyResult):
        return None
    margin = effect.money.net_margin_minor
    return margin.value if margin else None


def _measure_silent_share(store: Store, thresholds: Thresholds) -> float | None:
    """Silent churn (A18): of all who ever ordered, who has not for more than S days."""
    row = (
        store.connect()
        .execute(
            "select count(*) filter (date_diff('day', last, ?) > ?), count(*) from (select "
            "max(local_day) as last from orders"
            " where not (gift or wholesale or brushing) group by customer_id)",
            [store.default_cutoff_day, thresholds.silence_days],
        )
        .fetchone()
    )
    return row[0] / row[1] if row and row[1] else None


def _measure_order_mean(store: Store) -> float | None:
    row = (
        store.connect()
        .execute(
            "select avg(amount_minor) from orders where not (gift or wholesale or brushing) and "
            "local_day > ?",
            [store.last_day - timedelta(days=365)],
        )
        .fetchone()
    )
    return row[0] if row else None


def _measure_active_spend(shop: Shop, store: Store) -> float | None:
    """What somebody who was active spends in as many days as a return is judged by: the mean of
    who ordered in them."""
    days = shop.measurement.roi_days
    row = (
        store.connect()
        .execute(
            "select sum(amount_minor) / count(distinct customer_id) from orders where not (gift or "
            "wholesale or brushing)"
            " and local_day > ? and local_day <= ?",
            [store.last_day - timedelta(days=days), store.last_day],
        )
        .fetchone()
    )
    return row[0] if row else None


def _measure_decision_days(ledger: Ledger) -> float | None:
    approved = list_approvals(ledger)
    waits = [
        (approved[wave.wave_id] - wave.planned_at) / timedelta(days=1)
        for wave in list_waves(ledger)
        if wave.wave_id in approved
    ]
    return round(median(waits), 1) if waits else None
