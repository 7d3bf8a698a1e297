"""The map, the search and the pages of customers: asked of the snapshot's file where it lies, by
an engine that reads only the columns it needs. No page brings a whole snapshot into memory,
however many customers it has."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from winback.dashboard.context import open_page_engine
from winback.i18n.translate import Language, escape_formula, translate
from winback.scoring.customer_map import FREQUENCY_BINS, locate_bin
from winback.scoring.snapshot_index import SnapshotIndex
from winback.segmentation.definitions import LIFECYCLE, QUADRANTS, RECALL, TIERS

PAGE_ROWS = 50
MOST_PAGES = 400  # who would leaf further narrows the search
CHOICES: Mapping[str, tuple[str, ...]] = {
    "recall_segment": tuple(dict.fromkeys(each.name for each in RECALL)),
    "quadrant": tuple(each.name for each in QUADRANTS),
    "lifecycle": tuple(each.name for each in LIFECYCLE),
    "risk_tier": tuple(each.name for each in TIERS),
}
REACH = ("yes", "no")
# What a list is put in order by: the name in the address, the column, and whether the greatest
# comes first.
SORTS: Mapping[str, tuple[str, bool]] = {
    "stake": ("value_at_stake_cents", True),
    "risk": ("churn_probability", True),
    "spend": ("spend_cents", True),
    "silent": ("days_silent", True),
    "next": ("next_order_90_day", False),
    "orders": ("orders", True),
}


def parse_page_number(query: Mapping[str, str]) -> int:
    """Which page of many an address asks for."""
    number = query.get("page", "1")
    return min(max(int(number), 1), MOST_PAGES) if number.isdecimal() and len(number) <= 4 else 1


@dataclass(frozen=True)
class CustomerFilter:
    """What is looked for; empty is anything. cell: of the map."""

    q: str = ""
    recall_segment: str = ""
    quadrant: str = ""
    lifecycle: str = ""
    risk_tier: str = ""
    reach: str = ""
    dormant: str = ""
    cell: str = ""
    sort: str = "stake"
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "CustomerFilter":
        """As an address asks; what cannot be is left out."""
        values: dict[str, Any] = {
            name: query[name] for name in CHOICES if query.get(name) in CHOICES[name]
        }
        values |= {
            "q": query.get("q", "").strip()[:256],
            "dormant": "yes" if query.get("dormant") == "yes" else "",
        }
        values["reach"] = query.get("reach", "") if query.get("reach") in REACH else ""
        values["cell"] = (
            query["cell"] if query.get("cell", "").isdecimal() and len(query["cell"]) <= 4 else ""
        )
        values["sort"] = query.get("sort", "") if query.get("sort") in SORTS else "stake"
        values["page"] = parse_page_number(query)
        return cls(**values)

    @property
    def as_query(self) -> dict[str, Any]:
        """As an address says it, without what is usual."""
        usual = vars(CustomerFilter())
        return {name: value for name, value in vars(self).items() if value != usual[name]}


def find_customers(index: SnapshotIndex, criteria: CustomerFilter) -> tuple[list[int], int]:
    """The places of one page of customers, and how many there are."""
    where, values = _build_condition(index, criteria)
    column, greatest = SORTS[criteria.sort]
    order = f"{column} {'desc' if greatest else 'asc'} nulls last, customer_id"
    with _open_snapshot_engine(index) as con:
        counted = con.execute(
            f"select count(*) from snapshot_index where {where}", values
        ).fetchone()
        rows = con.execute(
            f"select customer_id from snapshot_index where {where} order by {order} "
            f"limit {PAGE_ROWS} offset ?",
            [*values, (criteria.page - 1) * PAGE_ROWS],
        ).fetchall()
    places = [place for (customer,) in rows if (place := index.find_place(customer)) is not None]
    return places, int(counted[0]) if counted else 0


def count_bins(index: SnapshotIndex, criteria: CustomerFilter) -> list[dict[str, Any]]:
    """The map's bins with how many customers of those wanted lie in each, and how many of them
    sleep; its cell is not asked."""
    edges = index.metadata["pages"]["edges_cents"]
    if edges is None:
        return []
    where, values = _build_condition(index, replace(criteria, cell=""))
    with _open_snapshot_engine(index) as con:
        rows = con.execute(
            f"select cell, count(*), sum(silent) from snapshot_index where cell >= 0 and {where}"
            " group by cell order by cell",
            values,
        ).fetchall()
    return [
        {
            "cell": cell,
            "row": locate_bin(cell, edges)[0],
            "column": locate_bin(cell, edges)[1],
            "customers": customers,
            "silent": int(silent),
        }
        for cell, customers, silent in rows
    ]


def iterate_ids(index: SnapshotIndex, criteria: CustomerFilter, most: int) -> Iterator[str]:
    """Ids of everybody wanted, in order, at most so many."""
    where, values = _build_condition(index, criteria)
    column, greatest = SORTS[criteria.sort]
    order = f"{column} {'desc' if greatest else 'asc'} nulls last, customer_id"
    with _open_snapshot_engine(index) as con:
        query = con.execute(
            f"select customer_id from snapshot_index where {where} order by {order} limit {most}",
            values,
        )
        rows = query.fetchall()
    # Handed on when the engine is free again: who reads slowly must not keep others from asking.
    yield from (customer for (customer,) in rows)


def build_row(index: SnapshotIndex, place: int) -> dict[str, Any]:
    """What lists show of a customer."""
    labels = ("recall_segment", "risk_tier", "lifecycle", "quadrant", "do_not_contact", "play")
    values = (
        "value_at_stake_cents",
        "spend_cents",
        "orders",
        "days_silent",
        "next_order_90_day",
        "dormant_on",
        "reachable",
    )
    return {
        "customer_id": index.get_id(place),
        "churn_probability": index.get_number("churn_probability", place),
        **{name: index.get_category(name, place) for name in labels},
        **{name: index.get_value(name, place) for name in values},
    }


# What an export says of each, and the title of its column.
EXPORTED: Mapping[str, str] = {
    "customer_id": "column.customer_id",
    "recall_segment": "column.recall_segment",
    "risk_tier": "dashboard.filter.risk_tier",
    "churn_probability": "column.churn_probability",
    "value_at_stake_cents": "column.value_at_stake",
    "days_silent": "column.days_since_last_order",
    "orders": "dashboard.column.orders",
    "spend_cents": "column.net_spend_lifetime",
    "next_order_90_day": "column.next_order_90_day",
    "lifecycle": "dashboard.filter.lifecycle",
    "quadrant": "dashboard.filter.quadrant",
    "do_not_contact": "dashboard.column.never",
}
_WORDS = {
    "recall_segment": "recall",
    "risk_tier": "tier",
    "lifecycle": "lifecycle",
    "quadrant": "quadrant",
}


def export_row(index: SnapshotIndex, place: int, language: Language) -> list[str]:
    """A customer's cells of an export, none of which a spreadsheet runs."""
    row, values = build_row(index, place), list[str]()
    for name in EXPORTED:
        value = row[name]
        if value is None:
            values.append("")
        elif name in _WORDS:
            values.append(translate(f"{_WORDS[name]}.{value}", language))
        elif name == "do_not_contact":
            values.append(
                "; ".join(translate(f"never.{each}", language) for each in value.split(","))
            )
        elif name.endswith("_cents"):
            values.append(f"{value / 100:.2f}")
        else:
            values.append(
                f"{value:.4f}" if isinstance(value, float) else escape_formula(str(value))
            )
    return values


def build_map(
    index: SnapshotIndex, bins: Sequence[Mapping[str, Any]], criteria: CustomerFilter
) -> dict[str, Any] | None:
    """The map as the picture needs it; None without amounts."""
    edges = index.metadata["pages"]["edges_cents"]
    if edges is None:
        return None
    return {
        "edges": edges,
        "rows": list(FREQUENCY_BINS),
        "bins": list(bins),
        "chosen": criteria.cell,
        "high_monetary_cents": index.metadata["high_monetary_cents"],
        "high_frequency_days": index.metadata["high_frequency_days"],
    }


def describe_cell(index: SnapshotIndex, cell: str) -> dict[str, Any] | None:
    """Which spend and which purchase days a cell of the map is."""
    edges = index.metadata["pages"]["edges_cents"]
    if edges is None or not cell or int(cell) >= len(FREQUENCY_BINS) * (len(edges) - 1):
        return None
    row, column = locate_bin(int(cell), edges)
    often = FREQUENCY_BINS[row + 1] - 1 if row + 1 < len(FREQUENCY_BINS) else None
    return {
        "from_cents": edges[column],
        "to_cents": edges[column + 1],
        "from_days": FREQUENCY_BINS[row],
        "to_days": often,
    }


@contextmanager
def _open_snapshot_engine(index: SnapshotIndex) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that sees the snapshot's file, which stays where it is mapped."""
    with open_page_engine() as con:
        con.register("snapshot_index", index.table)
        yield con


def _build_condition(index: SnapshotIndex, criteria: CustomerFilter) -> tuple[str, list[Any]]:
    """Names of columns are ours; every value is bound."""
    parts, values = ["true"], list[Any]()
    for name in CHOICES:
        label = getattr(criteria, name)
        if label:
            known = index.metadata["labels"][name]
            parts.append(f"{name} = ?")
            values.append(known.index(label) if label in known else -2)  # nobody is it
    if criteria.q:
        parts.append("contains(lower(customer_id), lower(?))")
        values.append(criteria.q)
    if criteria.reach:
        parts.append(f"reachable = {1 if criteria.reach == 'yes' else 0}")
    if criteria.dormant:
        parts.append("silent = 1")
    if criteria.cell:
        parts.append("cell = ?")
        values.append(int(criteria.cell))
    return " and ".join(parts), values
