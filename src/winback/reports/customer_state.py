"""The state of every customer at the cut-off, for the diagnosis: dormant or not, in which cell,
how likely to stay away, reachable, and what is at stake."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.data.contacts import Contacts
from winback.features.registry import FEATURES
from winback.model.bundle import to_matrix
from winback.reports.diagnosis_figures import (
    CustomerMap,
    DormantCount,
    MapCell,
    NextDormant,
    QuadrantCount,
)
from winback.scoring.customer_map import (
    FREQUENCY_BINS,
    NO_CELL,
    assign_bins,
    choose_edges,
    locate_bin,
)
from winback.scoring.customer_value import predict_churn
from winback.scoring.predict import to_columns
from winback.segmentation.assignment import assign_cells
from winback.segmentation.definitions import QUADRANTS
from winback.segmentation.thresholds import Thresholds

NEXT_DAYS, NEXT_CUSTOMERS = 28, 10  # whom the shop loses next
_CELL_FEATURES = (
    "days_since_last_order",
    "orders_lifetime",
    "purchase_days_lifetime",
    "spend_lifetime_minor",
    "loose_refunds_lifetime_minor",
    "net_spend_lifetime_minor",
)
OF_CELLS = tuple(feature for feature in FEATURES if feature.name in _CELL_FEATURES)

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class CustomerColumns:
    """One entry a customer. left_alone: may not be contacted; away, chance: the chance of no order
    in the outcome window, away also of those whom the model does not score; quadrant: its place
    among QUADRANTS; stake: in minor units, missing without amounts; dormant_on: in days from the
    cut-off, 0 for those who are dormant."""

    left_alone: Flags
    days: Array
    away: Array
    chance: Array
    spend: Array
    purchase_days: Array
    silent: Flags
    quadrant: NDArray[np.int64]
    stake: Array
    dormant_on: Array
    segment: NDArray[np.object_]
    reachable: Flags


class CurrentState:
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
        parts = [
            self._extract_part(features.read_row_group(group), snapshot.read_row_group(group), shop)
            for group in range(features.num_row_groups)
        ]
        self.ids = pa.concat_arrays([ids for ids, _ in parts])
        self.columns = _join_columns([columns for _, columns in parts])

    def _extract_part(
        self, features: pa.Table, scored: pa.Table, shop: Shop
    ) -> tuple[pa.Array, CustomerColumns]:
        """The ids and columns of a row group of both files."""
        columns = to_columns(features)
        chance = scored.column("churn_probability").to_numpy()
        inside = ~scored.column("outside_population").to_numpy().astype(bool)
        days = columns["days_since_last_order"]
        ids = scored.column("customer_id").combine_chunks()
        never = scored.column("do_not_contact").cast(pa.string()).to_pylist()
        aggressive = _find_aggressive(never)
        return ids, CustomerColumns(
            left_alone=self._find_left_alone(ids.to_pylist(), never),
            days=days,
            away=predict_churn(self.thresholds, days, inside, chance),
            chance=chance,
            spend=columns["net_spend_lifetime_minor"],
            purchase_days=columns["purchase_days_lifetime"],
            silent=(days > self.thresholds.silence_days) & ~aggressive,
            quadrant=assign_cells(columns, self.thresholds, shop.journey, QUADRANTS),
            stake=_fill_nan(scored.column("value_at_stake_minor")),
            dormant_on=_count_days_ahead(scored, self.cutoff.day),
            segment=np.array(
                scored.column("recall_segment").cast(pa.string()).to_pylist(), dtype=object
            ),
            reachable=self._find_reachable(ids.to_pylist()),
        )

    def _find_left_alone(self, customers: Sequence[str], never: Sequence[str | None]) -> Flags:
        """Who is on the do-not-contact list, or has unsubscribed."""
        return np.array(
            [
                bool(each) or self.contacts.get_contact(customer).unsubscribed
                for each, customer in zip(never, customers, strict=True)
            ],
            dtype=bool,
        )

    def _find_reachable(self, customers: Sequence[str]) -> Flags:
        if not self.contacts.is_known:
            return np.zeros(len(customers), dtype=bool)
        return np.array(
            [self.contacts.get_contact(each).is_reachable for each in customers], dtype=bool
        )

    def count_dormant(self) -> DormantCount:
        """How many are silent, how many of them can be reached, and how many of those come back
        by themselves."""
        silent, back = self.columns.silent, 1 - self.columns.away
        spend, total = np.nansum(self.columns.spend[silent]), np.nansum(self.columns.spend)
        reached = silent & self.columns.reachable if self.contacts.is_known else None
        return {
            "customers": int(silent.sum()),
            "share": float(silent.mean()) if len(silent) else 0.0,
            "spend_minor": int(spend),
            "spend_share": float(spend / total) if total else 0.0,
            "would_return_anyway": float(back[silent].sum()),
            "reachable": None if reached is None else int(reached.sum()),
            "reachable_by_themselves": None if reached is None else float(back[reached].sum()),
        }

    def count_quadrants(self) -> list[QuadrantCount]:
        """Customers and lifetime spend of each quadrant."""
        spend, customers = np.nan_to_num(self.columns.spend), max(len(self.columns.days), 1)
        of = [self.columns.quadrant == place for place in range(len(QUADRANTS))]
        return [
            {
                "name": segment.name,
                "customers": int(mine.sum()),
                "share": float(mine.sum() / customers),
                "spend_minor": int(spend[mine].sum()),
                "spend_share": float(spend[mine].sum() / (spend.sum() or 1)),
            }
            for segment, mine in zip(QUADRANTS, of, strict=True)
        ]

    def build_map(self) -> CustomerMap | None:
        """Customers by purchase days and lifetime spend, binned; None without amounts."""
        limit, spend, often = (
            self.thresholds.high_monetary_minor,
            self.columns.spend,
            self.columns.purchase_days,
        )
        edges = choose_edges(spend, often, limit)
        if edges is None or limit is None:
            return None
        return {
            "edges_minor": edges.tolist(),
            "rows": list(FREQUENCY_BINS),
            "bubbles": self._count_cells(assign_bins(spend, often, edges), edges.tolist()),
            "high_monetary_minor": float(limit),
            "high_frequency_days": self.thresholds.high_frequency_days,
        }

    def _count_cells(self, cells: NDArray[np.int16], edges: list[float]) -> list[MapCell]:
        bubbles = list[MapCell]()
        for cell in np.unique(cells[cells != NO_CELL]).tolist():
            inside, (row, column) = cells == cell, locate_bin(cell, edges)
            bubbles.append(
                {
                    "row": row,
                    "column": column,
                    "customers": int(inside.sum()),
                    "silent_share": float(self.columns.silent[inside].mean()),
                }
            )
        return bubbles

    def list_next(self) -> list[NextDormant]:
        """Who is likeliest to fall silent with most at stake within the next weeks."""
        soon = (
            (self.columns.dormant_on > 0)
            & (self.columns.dormant_on <= NEXT_DAYS)
            & ~self.columns.left_alone
        )
        worth = np.where(np.isnan(self.columns.stake), self.columns.chance, self.columns.stake)
        places = np.flatnonzero(soon)
        first = places[np.argsort(-worth[places], kind="stable")[:NEXT_CUSTOMERS]]
        return [self._describe_customer(int(at)) for at in first]

    def _describe_customer(self, at: int) -> NextDormant:
        stake = self.columns.stake[at]
        dormant_on = self.cutoff.day + timedelta(days=int(self.columns.dormant_on[at]))
        return {
            "customer_id": self.ids[at].as_py(),
            "churn_probability": float(self.columns.chance[at]),
            "dormant_on": str(dormant_on),
            "value_at_stake_minor": None if np.isnan(stake) else int(stake),
        }

    def count_reachable(self, segment: str) -> int | None:
        """How many of a recall segment can be reached; None where nobody knows."""
        mine = self.columns.segment == segment
        return int((mine & self.columns.reachable).sum()) if self.contacts.is_known else None

    def sum_likely_gone(self, segment: str) -> float:
        """How many of a recall segment are expected to stay away."""
        return float(self.columns.away[self.columns.segment == segment].sum())


def _join_columns(parts: Sequence[CustomerColumns]) -> CustomerColumns:
    names = [field.name for field in fields(CustomerColumns)]
    return CustomerColumns(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in names)
    )


def to_arrays(table: pa.Table) -> dict[str, Array]:
    """The features that cells are made of, one array each."""
    rows = to_matrix(table, _CELL_FEATURES)
    return {name: rows[:, place] for place, name in enumerate(_CELL_FEATURES)}


def _fill_nan(column: pa.ChunkedArray) -> Array:
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _find_aggressive(never: Sequence[str | None]) -> Flags:
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
