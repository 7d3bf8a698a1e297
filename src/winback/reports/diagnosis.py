"""The diagnosis: how much of a shop is dormant, who comes back by themselves, whom it loses next,
and where to begin.

Figures first, as plain data (`diagnose`); `diagnosis_page` makes the pages of them. Everything is
as of one cut-off; the year-ago figures are as of the same day a year before, with the same
thresholds, so that what moved is the customers.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.data.contacts import Contacts, load_contacts
from winback.data.store import Store
from winback.features.registry import FEATURES, get_available_feeds
from winback.features.sql_compiler import compute_features
from winback.model.bundle import Bundle, to_matrix
from winback.model.labels import compute_outcomes
from winback.playbooks.matching import load_playbook
from winback.playbooks.playbook import Play, Playbook
from winback.scoring.batch import score_shop
from winback.scoring.customer_map import (
    FREQUENCY_BINS,
    NO_CELL,
    assign_bins,
    choose_edges,
    locate_bin,
)
from winback.scoring.customer_value import predict_churn
from winback.scoring.predict import to_columns
from winback.scoring.summary import ScoreSummary
from winback.segmentation.assignment import assign_cells
from winback.segmentation.definitions import LIFECYCLE, QUADRANTS
from winback.segmentation.thresholds import Thresholds

YEAR_DAYS = 365
COHORTS, QUARTERS = 8, 8  # newest quarters of first orders, and quarters they are followed for
NEXT_DAYS, NEXT_CUSTOMERS = 28, 10  # whom the shop loses next

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
_CELL_FEATURES = (
    "days_since_last_order",
    "orders_lifetime",
    "purchase_days_lifetime",
    "spend_lifetime_cents",
    "loose_refunds_lifetime_cents",
    "net_spend_lifetime_cents",
)
_OF_CELLS = tuple(feature for feature in FEATURES if feature.name in _CELL_FEATURES)

Array = NDArray[np.float64]


def build_diagnosis(
    shop: Shop,
    store: Store,
    bundle: Bundle,
    folder: Path,
    day: date | None = None,
    progress: Callable[[int, int], None] = lambda _part, _parts: None,
) -> dict[str, Any]:
    """A shop's diagnosis as plain data. folder: the shop's own. Raises what `score` and
    `load_playbook` do."""
    contacts = load_contacts(shop, store, folder)
    scored = score_shop(
        shop, store, bundle, folder / "snapshots", day, progress=progress, contacts=contacts
    )
    figures, thresholds = scored.to_dict(), Thresholds.from_dict(bundle.thresholds)
    cutoff = Cutoff(date.fromisoformat(scored.cutoff), shop.timezone, thresholds.outcome_days)
    snapshots = folder / "snapshots" / scored.cutoff
    now = _CurrentState(snapshots, thresholds, shop, contacts, cutoff)
    year_ago, before = cutoff.shift_back(YEAR_DAYS), cutoff.shift_back(cutoff.outcome_days)
    flows = (
        _count_flows(shop, store, thresholds, year_ago, now)
        if store.first_day < year_ago.day
        else None
    )
    return {
        "shop": shop.messages.shop_name or shop.name,
        "cutoff": scored.cutoff,
        "currency": shop.currency,
        "model_version": scored.model_version,
        "outcome_days": cutoff.outcome_days,
        "silence_days": thresholds.silence_days,
        "customers": scored.customers,
        "has_amounts": thresholds.high_monetary_cents is not None,
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
        "becomes_dormant": _round_calendar(figures["becomes_dormant"]),
        "next": now.list_next(),
        "start_with": _choose_starts(shop, scored, now),
        "by_recall_segment": scored.by_recall_segment,
        "segments_without_input": scored.segments_without_input,
        "model_has_seen_later_orders_until": scored.model_has_seen_later_orders_until,
        "days_of_history": (cutoff.day - store.first_day).days,
    }


class _CurrentState:
    """Everyone as of the cut-off, in as few columns as the figures need."""

    def __init__(
        self,
        snapshots: Path,
        thresholds: Thresholds,
        shop: Shop,
        contacts: Contacts,
        cutoff: Cutoff,
    ) -> None:
        self.thresholds, self.contacts, self.cutoff = thresholds, contacts, cutoff
        features, snapshot = (
            pq.ParquetFile(snapshots / f"{name}.parquet") for name in ("features", "snapshot")
        )
        parts = self._extract_parts(features, snapshot, shop)
        self.ids = pa.concat_arrays(parts.pop("ids")) if parts else pa.array([], pa.string())
        self.columns: dict[str, Any] = {
            name: np.concatenate(values) for name, values in parts.items()
        }

    def _extract_parts(
        self, features: pq.ParquetFile, snapshot: pq.ParquetFile, shop: Shop
    ) -> dict[str, list[Any]]:
        """Each column's parts, in the order of the files' row groups."""
        parts: dict[str, list[Any]] = {}
        for group in range(features.num_row_groups):
            part = self._extract_part(
                features.read_row_group(group), snapshot.read_row_group(group), shop
            )
            for name, values in part.items():
                parts.setdefault(name, []).append(values)
        return parts

    def _extract_part(self, features: pa.Table, scored: pa.Table, shop: Shop) -> dict[str, Any]:
        columns = to_columns(features)
        chance = scored.column("churn_probability").to_numpy()
        inside = ~scored.column("outside_population").to_numpy().astype(bool)
        days = columns["days_since_last_order"]
        ids = scored.column("customer_id").combine_chunks()
        never = scored.column("do_not_contact").cast(pa.string()).to_pylist()
        aggressive = _find_aggressive(never)
        return {
            "ids": ids,
            "left_alone": self._find_left_alone(ids.to_pylist(), never),
            "days": days,
            "away": predict_churn(self.thresholds, days, inside, chance),
            "chance": chance,
            "spend": columns["net_spend_lifetime_cents"],
            "purchase_days": columns["purchase_days_lifetime"],
            "silent": (days > self.thresholds.silence_days) & ~aggressive,
            "quadrant": assign_cells(columns, self.thresholds, shop.journey, QUADRANTS),
            "stake": _fill_nan(scored.column("value_at_stake_cents")),
            "dormant_on": _count_days_ahead(scored, self.cutoff.day),
            "segment": np.array(
                scored.column("recall_segment").cast(pa.string()).to_pylist(), dtype=object
            ),
            "reachable": self._find_reachable(ids.to_pylist()),
        }

    def _find_left_alone(
        self, customers: Sequence[str], never: Sequence[str | None]
    ) -> NDArray[np.bool_]:
        """Who is on the do-not-contact list, or has unsubscribed."""
        return np.array(
            [
                bool(each) or self.contacts.get_contact(customer).unsubscribed
                for each, customer in zip(never, customers, strict=True)
            ],
            dtype=bool,
        )

    def _find_reachable(self, customers: Sequence[str]) -> NDArray[np.bool_]:
        if not self.contacts.is_known:
            return np.zeros(len(customers), dtype=bool)
        return np.array(
            [self.contacts.get_contact(each).is_reachable for each in customers], dtype=bool
        )

    def count_dormant(self) -> dict[str, Any]:
        """How many are silent, how many of them can be reached, and how many of those come back
        by themselves."""
        silent, back = self.columns["silent"], 1 - self.columns["away"]
        spend, total = np.nansum(self.columns["spend"][silent]), np.nansum(self.columns["spend"])
        return {
            "customers": int(silent.sum()),
            "share": float(silent.mean()) if len(silent) else 0.0,
            "spend_cents": int(spend),
            "spend_share": float(spend / total) if total else 0.0,
            "would_return_anyway": float(back[silent].sum()),
            **self._count_reachable(silent, back),
        }

    def _count_reachable(self, silent: Array, back: Array) -> dict[str, int | float | None]:
        """Of the silent, who can be reached and would come back; None without contacts."""
        if not self.contacts.is_known:
            return {"reachable": None, "reachable_by_themselves": None}
        reached = silent & self.columns["reachable"]
        return {
            "reachable": int(reached.sum()),
            "reachable_by_themselves": float(back[reached].sum()),
        }

    def count_quadrants(self) -> list[dict[str, Any]]:
        """Customers and lifetime spend of each quadrant."""
        spend, customers = np.nan_to_num(self.columns["spend"]), max(len(self.columns["days"]), 1)
        of = [self.columns["quadrant"] == place for place in range(len(QUADRANTS))]
        return [
            {
                "name": segment.name,
                "customers": int(mine.sum()),
                "share": float(mine.sum() / customers),
                "spend_cents": int(spend[mine].sum()),
                "spend_share": float(spend[mine].sum() / (spend.sum() or 1)),
            }
            for segment, mine in zip(QUADRANTS, of, strict=True)
        ]

    def build_map(self) -> dict[str, Any] | None:
        """Customers by purchase days and lifetime spend, binned; None without amounts."""
        limit, spend, often = (
            self.thresholds.high_monetary_cents,
            self.columns["spend"],
            self.columns["purchase_days"],
        )
        edges = choose_edges(spend, often, limit)
        if edges is None or limit is None:
            return None
        return {
            "edges_cents": edges.tolist(),
            "rows": list(FREQUENCY_BINS),
            "bubbles": self._count_cells(assign_bins(spend, often, edges), edges.tolist()),
            "high_monetary_cents": float(limit),
            "high_frequency_days": self.thresholds.high_frequency_days,
        }

    def _count_cells(self, cells: NDArray[Any], edges: list[float]) -> list[dict[str, Any]]:
        bubbles = []
        for cell in np.unique(cells[cells != NO_CELL]).tolist():
            inside, (row, column) = cells == cell, locate_bin(cell, edges)
            bubbles.append(
                {
                    "row": row,
                    "column": column,
                    "customers": int(inside.sum()),
                    "silent_share": float(self.columns["silent"][inside].mean()),
                }
            )
        return bubbles

    def list_next(self) -> list[dict[str, Any]]:
        """Who is likeliest to fall silent with most at stake within the next weeks."""
        soon = (
            (self.columns["dormant_on"] > 0)
            & (self.columns["dormant_on"] <= NEXT_DAYS)
            & ~self.columns["left_alone"]
        )
        worth = np.where(
            np.isnan(self.columns["stake"]), self.columns["chance"], self.columns["stake"]
        )
        places = np.flatnonzero(soon)
        first = places[np.argsort(-worth[places], kind="stable")[:NEXT_CUSTOMERS]]
        return [self._describe_customer(int(at)) for at in first]

    def _describe_customer(self, at: int) -> dict[str, Any]:
        stake = self.columns["stake"][at]
        dormant_on = self.cutoff.day + timedelta(days=int(self.columns["dormant_on"][at]))
        return {
            "customer_id": self.ids[at].as_py(),
            "churn_probability": float(self.columns["chance"][at]),
            "dormant_on": str(dormant_on),
            "value_at_stake_cents": None if np.isnan(stake) else int(stake),
        }

    def count_reachable(self, segment: str) -> int | None:
        """How many of a recall segment can be reached; None where nobody knows."""
        mine = self.columns["segment"] == segment
        return int((mine & self.columns["reachable"]).sum()) if self.contacts.is_known else None

    def sum_likely_gone(self, segment: str) -> float:
        """How many of a recall segment are expected to stay away."""
        return float(self.columns["away"][self.columns["segment"] == segment].sum())


def _count_flows(
    shop: Shop, store: Store, thresholds: Thresholds, year_ago: Cutoff, now: _CurrentState
) -> dict[str, Any]:
    """From which quadrant to which within the year; who was no customer then comes from nowhere
    (the last row)."""
    feeds = get_available_feeds(store.first_known, year_ago)
    moved = np.zeros((len(QUADRANTS) + 1, len(QUADRANTS)), dtype=np.int64)
    active = gone = 0
    matched = np.zeros(len(now.ids), dtype=np.bool_)
    for con in store.iterate_parts():
        then = compute_features(con, year_ago, feeds, _OF_CELLS)
        columns = _to_arrays(then)
        here, at = _match_ids(then.column("customer_id"), now.ids)
        was = assign_cells(columns, thresholds, shop.journey, QUADRANTS)[here]
        np.add.at(moved, (was, now.columns["quadrant"][at]), 1)
        matched[at] = True
        bought = columns["days_since_last_order"][here] <= YEAR_DAYS
        active += int(bought.sum())
        gone += int((bought & ~(now.columns["days"][at] <= YEAR_DAYS)).sum())
    moved[len(QUADRANTS)] = np.bincount(now.columns["quadrant"][~matched], minlength=len(QUADRANTS))
    churn = {"customers": active, "gone": gone, "share": gone / active} if active else None
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
) -> list[dict[str, Any]]:
    """Of each stage one outcome window ago: how many there were, and how many then stayed away."""
    feeds = get_available_feeds(store.first_known, before)
    customers, away = (np.zeros(len(LIFECYCLE) + 1, dtype=np.int64) for _ in range(2))
    for con in store.iterate_parts():
        then = compute_features(con, before, feeds, _OF_CELLS)
        stage = assign_cells(_to_arrays(then), thresholds, shop.journey, LIFECYCLE)
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


def _describe_stages(customers: NDArray[np.int64], away: NDArray[np.int64]) -> list[dict[str, Any]]:
    return [
        {
            "name": segment.name,
            "customers": int(customers[place]),
            "share": float(away[place] / customers[place]),
        }
        for place, segment in enumerate(LIFECYCLE)
        if customers[place]
    ]


def _measure_cohorts(store: Store, cutoff: Cutoff) -> list[dict[str, Any]]:
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
          select order_id, customer_id, sum(amount_cents) as cents,
            bool_or(amount_cents is null) as whole from refunds
          where order_id is not null and {known} group by all
        ),
        placed as (
          select o.customer_id, date_trunc('quarter', o.local_day) as quarter from orders as o
          left join back using (customer_id, order_id)
          where not (gift or wholesale or brushing) and o.known_at < timestamp '{cutoff.at}'
            and o.occurred_at < timestamp '{cutoff.at}'
              and not coalesce(whole or cents >= o.amount_cents, false)
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


def _describe_cohort(first: date, counts: Mapping[int, int], cutoff: Cutoff) -> dict[str, Any]:
    whole = counts.get(0, 0)
    quarters, quarter = (cutoff.day.month - 1) // 3, (first.month - 1) // 3
    ended = (cutoff.day.year - first.year) * 4 + quarters - quarter
    shares = (
        [counts.get(later, 0) / whole for later in range(1, min(ended, QUARTERS + 1))]
        if whole
        else []
    )
    return {"quarter": f"{first.year} Q{quarter + 1}", "customers": whole, "shares": shares}


def _choose_starts(shop: Shop, scored: ScoreSummary, now: _CurrentState) -> list[dict[str, Any]]:
    """The three segments with most at stake that a weekly play is for; without amounts, with
    most people to lose."""
    playbook, starts = load_playbook(shop), []
    for name, customers in scored.by_recall_segment.items():
        play = _find_play(playbook, name)
        if not customers or play is None:
            continue
        worth = scored.worth.get(name)
        at_stake = msgspec.to_builtins(worth.value_at_stake_cents) if worth else None
        starts.append(
            {
                "segment": name,
                "customers": customers,
                "reachable": now.count_reachable(name),
                **_describe_play(play),
                "value_at_stake_cents": at_stake,
                "likely_gone": now.sum_likely_gone(name),
            }
        )
    by = "value_at_stake_cents" if scored.worth else "likely_gone"
    return sorted(starts, key=lambda each: -_get_value(each[by]))[:3]


def _describe_play(play: Play) -> dict[str, Any]:
    return {"play": play.name, "play_title": {"zh": play.title.zh, "en": play.title.en}}


def _get_value(figure: Any) -> float:
    """A figure's value, whether or not it comes with an interval."""
    return float(figure["value"] if isinstance(figure, Mapping) else figure)


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


def _round_calendar(calendar: Mapping[str, Any]) -> dict[str, Any]:
    return {"by_week": list(calendar["by_week"])[:12], "peaks": list(calendar["peaks"])}


def _to_arrays(table: pa.Table) -> dict[str, Array]:
    rows = to_matrix(table, _CELL_FEATURES)
    return {name: rows[:, place] for place, name in enumerate(_CELL_FEATURES)}


def _fill_nan(column: pa.ChunkedArray) -> Array:
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _find_aggressive(never: Sequence[str | None]) -> NDArray[np.bool_]:
    """Who has an open complaint or a refund among the reasons not to be contacted."""
    return np.array(
        [bool(set((each or "").split(",")) & {"complaint_open", "refunded"}) for each in never],
        dtype=bool,
    )


def _count_days_ahead(scored: pa.Table, day: date) -> Array:
    """Days from the cut-off to the one they fall silent on; 0 for those who are."""
    dates = _fill_nan(scored.column("dormant_on").cast(pa.int32()))
    return np.asarray(
        np.nan_to_num(dates - (day - date(1970, 1, 1)).days, nan=0.0), dtype=np.float64
    )
