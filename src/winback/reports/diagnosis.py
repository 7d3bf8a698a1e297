"""The diagnosis: how much of a shop is dormant, who comes back by themselves, whom it loses next,
and where to begin.

Figures first, as plain data (`diagnose`); `diagnosis_page` makes the pages of them. Everything is
as of one cut-off; the year-ago figures are as of the same day a year before, with the same
thresholds, so that what moved is the customers.
"""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.data.contacts import load_contacts
from winback.data.store import Store
from winback.features.registry import get_available_feeds
from winback.features.sql_compiler import compute_features
from winback.model.bundle import Bundle
from winback.model.labels import compute_outcomes
from winback.playbooks.matching import load_playbook
from winback.playbooks.playbook import Play, Playbook
from winback.reports.customer_state import OF_CELLS, CurrentState, to_arrays
from winback.reports.diagnosis_figures import (
    AnnualChurn,
    Cohort,
    Diagnosis,
    DormantWeeks,
    MoneyInterval,
    QuadrantFlows,
    StageChurn,
    Start,
)
from winback.scoring.batch import score_shop
from winback.scoring.summary import DormantCalendar, MoneyTotal, ScoreSummary
from winback.segmentation.assignment import assign_cells
from winback.segmentation.definitions import LIFECYCLE, QUADRANTS
from winback.segmentation.thresholds import Thresholds

YEAR_DAYS = 365
COHORTS, QUARTERS = 8, 8  # newest quarters of first orders, and quarters they are followed for

# Annual churn as source B gives it, in percent (B1–B3): claims, without a definition or a control
# group (C7, C19).
BENCHMARKS = (
    ("global", 32, "B1"),
    ("china", 38, "B1"),
    ("cross_border", 41, "B2"),
    ("domestic", 35, "B2"),
    ("social", 45, "B2"),
    ("b2c", 33, "B2"),
    ("fresh", 52, "B3"),
    ("beauty", 38, "B3"),
    ("electronics", 25, "B3"),
)
Array = NDArray[np.float64]


def build_diagnosis(
    shop: Shop,
    store: Store,
    bundle: Bundle,
    folder: Path,
    day: date | None = None,
    progress: Callable[[int, int], None] = lambda _part, _parts: None,
) -> Diagnosis:
    """A shop's diagnosis as plain data. folder: the shop's own. Raises what `score` and
    `load_playbook` do."""
    contacts = load_contacts(shop, store, folder)
    scored = score_shop(
        shop, store, bundle, folder / "snapshots", day, progress=progress, contacts=contacts
    )
    figures, thresholds = scored.to_dict(), Thresholds.from_dict(bundle.thresholds)
    cutoff = Cutoff(date.fromisoformat(scored.cutoff), shop.timezone, thresholds.outcome_days)
    snapshots = folder / "snapshots" / scored.cutoff
    now = CurrentState(snapshots, thresholds, shop, contacts, cutoff)
    year_ago, before = cutoff.shift_back(YEAR_DAYS), cutoff.shift_back(cutoff.outcome_days)
    flows = (
        _count_flows(shop, store, thresholds, year_ago, now)
        if store.first_day < year_ago.day
        else None
    )
    return {
        "shop": shop.messages.shop_name or shop.name,
        "cutoff": scored.cutoff,
        "day_left_out": scored.day_left_out,
        "currency": shop.currency,
        "model_version": scored.model_version,
        "outcome_days": cutoff.outcome_days,
        "silence_days": thresholds.silence_days,
        "customers": scored.customers,
        "has_amounts": thresholds.high_monetary_minor is not None,
        "silent": now.count_dormant(),
        "dormant_value": figures["dormant_value"],
        "worth": figures["worth"],
        "quadrants": now.count_quadrants(),
        "map": now.build_map(),
        "flows": flows,
        "annual_churn": None
        if flows is None or store.first_day > year_ago.shift_back(YEAR_DAYS).day
        else flows["annual_churn"],
        "benchmarks": [
            {"name": name, "percent": percent, "source": source}
            for name, percent, source in BENCHMARKS
        ],
        "lifecycle": _measure_churn_by_lifecycle(shop, store, thresholds, before)
        if store.first_day < before.day
        else [],
        "cohorts": _measure_cohorts(store, cutoff),
        "becomes_dormant": _shorten_calendar(scored.becomes_dormant),
        "next": now.list_next(),
        "start_with": _choose_starts(shop, scored, now),
        "by_recall_segment": scored.by_recall_segment,
        "segments_without_input": scored.segments_without_input,
        "model_has_seen_later_orders_until": scored.model_has_seen_later_orders_until,
        "days_of_history": (cutoff.day - store.first_day).days,
    }


def _count_flows(
    shop: Shop, store: Store, thresholds: Thresholds, year_ago: Cutoff, now: CurrentState
) -> QuadrantFlows:
    """From which quadrant to which within the year; who was no customer then comes from nowhere
    (the last row)."""
    feeds = get_available_feeds(store.first_known, year_ago)
    moved = np.zeros((len(QUADRANTS) + 1, len(QUADRANTS)), dtype=np.int64)
    active = gone = 0
    matched = np.zeros(len(now.ids), dtype=np.bool_)
    for con in store.iterate_parts():
        then = compute_features(con, year_ago, feeds, OF_CELLS)
        columns = to_arrays(then)
        here, at = _match_ids(then.column("customer_id"), now.ids)
        was = assign_cells(columns, thresholds, shop.journey, QUADRANTS)[here]
        np.add.at(moved, (was, now.columns.quadrant[at]), 1)
        matched[at] = True
        bought = columns["days_since_last_order"][here] <= YEAR_DAYS
        active += int(bought.sum())
        gone += int((bought & ~(now.columns.days[at] <= YEAR_DAYS)).sum())
    moved[len(QUADRANTS)] = np.bincount(now.columns.quadrant[~matched], minlength=len(QUADRANTS))
    churn: AnnualChurn | None = (
        {"customers": active, "gone": gone, "share": gone / active} if active else None
    )
    return {"day": str(year_ago.day), "moved": moved.tolist(), "annual_churn": churn}


def _match_ids(
    ids: pa.ChunkedArray, known: pa.Array
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """(which ids are known, the places of those among the known)"""
    places = pc.index_in(ids, value_set=known)
    here = places.is_valid().to_numpy(zero_copy_only=False)
    return here, places.drop_null().to_numpy().astype(np.int64)


def _measure_churn_by_lifecycle(
    shop: Shop, store: Store, thresholds: Thresholds, before: Cutoff
) -> list[StageChurn]:
    """Of each stage one outcome window ago: how many there were, and how many then stayed away."""
    feeds = get_available_feeds(store.first_known, before)
    customers, away = (np.zeros(len(LIFECYCLE) + 1, dtype=np.int64) for _ in range(2))
    for con in store.iterate_parts():
        then = compute_features(con, before, feeds, OF_CELLS)
        stage = assign_cells(to_arrays(then), thresholds, shop.journey, LIFECYCLE)
        stayed = _find_stayed_away(con, then.column("customer_id"), before)
        np.add.at(customers, stage, 1)
        np.add.at(away, stage[stayed], 1)
    return _describe_stages(customers, away)


def _find_stayed_away(
    con: duckdb.DuckDBPyConnection, ids: pa.ChunkedArray, before: Cutoff
) -> NDArray[np.bool_]:
    returned = compute_outcomes(con, before).column("customer_id").combine_chunks()
    stayed: NDArray[np.bool_] = ~pc.is_in(ids, value_set=returned).to_numpy().astype(bool)
    return stayed


def _describe_stages(customers: NDArray[np.int64], away: NDArray[np.int64]) -> list[StageChurn]:
    return [
        {
            "name": segment.name,
            "customers": int(customers[place]),
            "share": float(away[place] / customers[place]),
        }
        for place, segment in enumerate(LIFECYCLE)
        if customers[place]
    ]


def _measure_cohorts(store: Store, cutoff: Cutoff) -> list[Cohort]:
    """By the quarter of the first order: how many, and which share ordered in each whole quarter
    after it."""
    by_first: dict[date, dict[int, int]] = {}
    for first, later, customers in _count_cohorts(store, cutoff):
        by_first.setdefault(first, {})[later] = customers
    return [
        _describe_cohort(first, by_first[first], cutoff) for first in sorted(by_first)[-COHORTS:]
    ]


def _count_cohorts(store: Store, cutoff: Cutoff) -> list[tuple[date, int, int]]:
    """(first quarter, quarters later, customers) of each whole quarter."""
    known = f"known_at < timestamp '{cutoff.at}' and occurred_at < timestamp '{cutoff.at}'"
    return (
        store.connect()
        .execute(f"""
        with back as (
          select order_id, customer_id, sum(amount_minor) as minor,
            bool_or(amount_minor is null) as whole from refunds
          where order_id is not null and {known} group by all
        ),
        placed as (
          select o.customer_id, date_trunc('quarter', o.local_day) as quarter from orders as o
          left join back using (customer_id, order_id)
          where not (gift or wholesale or brushing) and o.known_at < timestamp '{cutoff.at}'
            and o.occurred_at < timestamp '{cutoff.at}'
              and not coalesce(whole or minor >= o.amount_minor, false)
        ),
        firsts as (select customer_id, min(quarter) as first from placed group by customer_id),
        seen as (
          select first, date_diff('quarter', first, quarter) as later,
            count(distinct customer_id) as customers
          from placed join firsts using (customer_id) group by all
        )
        select cast(first as date), later, customers from seen
        where first + to_months(cast(3 * later + 3 as integer)) <= timestamp '{cutoff.day}'
          order by all
    """)
        .fetchall()
    )


def _describe_cohort(first: date, counts: Mapping[int, int], cutoff: Cutoff) -> Cohort:
    whole = counts.get(0, 0)
    quarters, quarter = (cutoff.day.month - 1) // 3, (first.month - 1) // 3
    ended = (cutoff.day.year - first.year) * 4 + quarters - quarter
    shares = (
        [counts.get(later, 0) / whole for later in range(1, min(ended, QUARTERS + 1))]
        if whole
        else []
    )
    return {"quarter": f"{first.year} Q{quarter + 1}", "customers": whole, "shares": shares}


def _choose_starts(shop: Shop, scored: ScoreSummary, now: CurrentState) -> list[Start]:
    """The three segments with most at stake that a weekly play is for; without amounts, with
    most people to lose."""
    playbook, starts = load_playbook(shop), list[Start]()
    for name, customers in scored.by_recall_segment.items():
        play = _find_play(playbook, name)
        if not customers or play is None:
            continue
        worth = scored.worth.get(name)
        starts.append(
            {
                "segment": name,
                "customers": customers,
                "reachable": now.count_reachable(name),
                "play": play.name,
                "play_title": {"zh": play.title.zh, "en": play.title.en},
                "value_at_stake_minor": _to_interval(worth.value_at_stake_minor) if worth else None,
                "likely_gone": now.sum_likely_gone(name),
            }
        )
    return sorted(starts, key=lambda each: -_get_loss(each))[:3]


def _to_interval(total: MoneyTotal) -> MoneyInterval:
    return {"value": total.value, "low": total.low, "high": total.high}


def _get_loss(start: Start) -> float:
    """What is at stake; without amounts, how many are expected to stay away."""
    at_stake = start["value_at_stake_minor"]
    return start["likely_gone"] if at_stake is None else at_stake["value"]


def _find_play(playbook: Playbook, segment: str) -> Play | None:
    """The weekly play for all of a segment, not one for some of its customers; None where it is a
    service."""
    plays = [
        each
        for each in playbook.plays
        if each.weekly and any(f"segment is {segment}" in when for when in each.when)
    ]
    play = min(plays, key=lambda each: len(each.when), default=None)
    return None if play is None or play.service else play


def _shorten_calendar(calendar: DormantCalendar) -> DormantWeeks:
    plain: DormantWeeks = msgspec.to_builtins(calendar)
    return {"by_week": plain["by_week"][:12], "peaks": plain["peaks"]}
