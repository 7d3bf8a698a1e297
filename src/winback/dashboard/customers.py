"""The map, the search and the pages of customers: asked of the snapshot's file where it lies, by
an engine that reads only the columns it needs. No page brings a whole snapshot into memory,
however many customers it has."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict

import duckdb
from starlette.responses import Response

from winback.core.currency import get_exponent, get_minor_per_unit
from winback.dashboard.context import open_page_engine
from winback.dashboard.page import Page, PageRouter
from winback.dashboard.rendering import build_csv_response, format_csv_line
from winback.dashboard.table_filter import PAGE_ROWS, TableColumns, TableFilter
from winback.i18n.translate import Language, escape_formula, translate
from winback.scoring.customer_map import FREQUENCY_BINS, locate_bin
from winback.scoring.snapshot_index import SnapshotIndex
from winback.segmentation.definitions import LIFECYCLE, QUADRANTS, RECALL, TIERS

MOST_EXPORTED = 100_000  # customers of one file
_CELL = re.compile("[0-9]{1,4}")  # of the map
CHOICES: Mapping[str, tuple[str, ...]] = {
    "recall_segment": tuple(dict.fromkeys(each.name for each in RECALL)),
    "quadrant": tuple(each.name for each in QUADRANTS),
    "lifecycle": tuple(each.name for each in LIFECYCLE),
    "risk_tier": tuple(each.name for each in TIERS),
}
COLUMNS = TableColumns(
    {**CHOICES, "reach": ("yes", "no"), "dormant": ("yes",), "cell": _CELL},
    {
        "stake": "value_at_stake_minor desc nulls last, customer_id",
        "risk": "churn_probability desc nulls last, customer_id",
        "spend": "spend_minor desc nulls last, customer_id",
        "silent": "days_silent desc nulls last, customer_id",
        "next": "next_order_90_day asc nulls last, customer_id",
        "orders": "orders desc nulls last, customer_id",
    },
)


class MapBin(TypedDict):
    """A cell of the map, and how many of its customers are silent. row, column: its place."""

    cell: int
    row: int
    column: int
    customers: int
    silent: int


class MapChart(TypedDict):
    """The map as its chart's script reads it. edges: of lifetime spend, in minor units; rows: the
    fewest purchase days of each."""

    edges: list[float]
    rows: list[int]
    bins: list[MapBin]
    chosen: str
    high_monetary_minor: float | None
    high_frequency_days: float


@dataclass(frozen=True)
class CellRange:
    """The spend and purchase days of a cell of the map. to_days: None where there is no end."""

    from_minor: float
    to_minor: float
    from_days: int
    to_days: int | None


pages = PageRouter()


@pages.page("/customers")
def show_customers(page: Page) -> Response:
    """The map, and a page of the customers looked for."""
    index = page.context.snapshot
    if index is None:
        why = page.context.live.list_not_ready_reasons()
        return page.render("empty", what="customers", why=why)
    criteria = TableFilter.from_query(COLUMNS, page.query)
    places, total = find_customers(index, criteria)
    return page.render(
        "customers",
        criteria=criteria,
        choices=CHOICES,
        sorts=list(COLUMNS.sorts),
        rows=[build_row(index, place) for place in places],
        total=total,
        page_rows=PAGE_ROWS,
        map=build_map(index, count_bins(index, criteria), criteria),
        cell=describe_cell(index, criteria["cell"]),
        day=index.day,
        silence_days=round(index.metadata["silence_days"]),
    )


@pages.page("/customers/export.csv")
def export_customers(page: Page) -> Response:
    """The customers looked for as a file."""
    index, criteria = page.get_snapshot(), TableFilter.from_query(COLUMNS, page.query)
    return build_csv_response(
        _generate_lines(index, criteria, page.language, page.context.shop.currency), "customers.csv"
    )


def find_customers(index: SnapshotIndex, criteria: TableFilter) -> tuple[list[int], int]:
    """The places of one page of customers, and how many there are."""
    where, values = _build_condition(index, criteria)
    with _open_snapshot_engine(index) as con:
        counted = con.execute(
            f"select count(*) from snapshot_index where {where}", values
        ).fetchone()
        rows = con.execute(
            f"select customer_id from snapshot_index where {where} order by {criteria.order} "
            f"limit {PAGE_ROWS} offset ?",
            [*values, criteria.offset],
        ).fetchall()
    places = [place for (customer,) in rows if (place := index.find_place(customer)) is not None]
    return places, int(counted[0]) if counted else 0


def count_bins(index: SnapshotIndex, criteria: TableFilter) -> list[MapBin]:
    """The map's bins with how many customers of those wanted lie in each, and how many of them
    sleep; its cell is not asked."""
    edges = index.metadata["pages"]["edges_minor"]
    if edges is None:
        return []
    where, values = _build_condition(index, criteria.without("cell"))
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


def iterate_ids(index: SnapshotIndex, criteria: TableFilter, most: int) -> Iterator[str]:
    """Ids of everybody wanted, in order, at most so many."""
    where, values = _build_condition(index, criteria)
    with _open_snapshot_engine(index) as con:
        query = con.execute(
            f"select customer_id from snapshot_index where {where}"
            f" order by {criteria.order} limit {most}",
            values,
        )
        rows = query.fetchall()
    # Handed on when the engine is free again: who reads slowly must not keep others from asking.
    yield from (customer for (customer,) in rows)


def build_row(index: SnapshotIndex, place: int) -> dict[str, object]:
    """What lists show of a customer."""
    labels = ("recall_segment", "risk_tier", "lifecycle", "quadrant", "do_not_contact", "play")
    values = (
        "value_at_stake_minor",
        "spend_minor",
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
    "value_at_stake_minor": "column.value_at_stake",
    "days_silent": "column.days_since_last_order",
    "orders": "dashboard.column.orders",
    "spend_minor": "column.net_spend_lifetime",
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


def _generate_lines(
    index: SnapshotIndex, criteria: TableFilter, language: Language, currency: str
) -> Iterator[str]:
    titles = [translate(key, language) for key in EXPORTED.values()]
    yield "\ufeff" + format_csv_line(titles)  # the mark: so that Chinese is read
    for customer_id in iterate_ids(index, criteria, MOST_EXPORTED):
        place = index.find_place(customer_id)
        if place is not None:
            row = build_row(index, place)
            yield format_csv_line(
                [_export_cell(name, row[name], language, currency) for name in EXPORTED]
            )


def _export_cell(name: str, value: Any, language: Language, currency: str) -> str:
    """A cell of an export, which no spreadsheet runs."""
    if value is None:
        return ""
    if name in _WORDS:
        return translate(f"{_WORDS[name]}.{value}", language)
    if name == "do_not_contact":
        return "; ".join(translate(f"never.{each}", language) for each in value.split(","))
    if name.endswith("_minor"):
        return f"{value / get_minor_per_unit(currency):.{get_exponent(currency)}f}"
    return f"{value:.4f}" if isinstance(value, float) else escape_formula(str(value))


def build_map(
    index: SnapshotIndex, bins: Sequence[MapBin], criteria: TableFilter
) -> MapChart | None:
    """The map as the picture needs it; None without amounts."""
    edges = index.metadata["pages"]["edges_minor"]
    if edges is None:
        return None
    return {
        "edges": edges,
        "rows": list(FREQUENCY_BINS),
        "bins": list(bins),
        "chosen": criteria["cell"],
        "high_monetary_minor": index.metadata["high_monetary_minor"],
        "high_frequency_days": index.metadata["high_frequency_days"],
    }


def describe_cell(index: SnapshotIndex, cell: str) -> CellRange | None:
    """Which spend and which purchase days a cell of the map is."""
    edges = index.metadata["pages"]["edges_minor"]
    if edges is None or not cell or int(cell) >= len(FREQUENCY_BINS) * (len(edges) - 1):
        return None
    row, column = locate_bin(int(cell), edges)
    often = FREQUENCY_BINS[row + 1] - 1 if row + 1 < len(FREQUENCY_BINS) else None
    return CellRange(edges[column], edges[column + 1], FREQUENCY_BINS[row], often)


@contextmanager
def _open_snapshot_engine(index: SnapshotIndex) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that sees the snapshot's file, which stays where it is mapped."""
    with open_page_engine() as con:
        con.register("snapshot_index", index.table)
        yield con


def _build_condition(index: SnapshotIndex, criteria: TableFilter) -> tuple[str, list[Any]]:
    """Names of columns are ours; every value is bound."""
    parts, values = ["true"], list[Any]()
    for name in CHOICES:
        label, known = criteria[name], index.metadata["labels"][name]
        if label:
            parts.append(f"{name} = ?")
            values.append(known.index(label) if label in known else -2)  # nobody is it
    if criteria.q:
        parts.append("contains(lower(customer_id), lower(?))")
        values.append(criteria.q)
    if criteria["reach"]:
        parts.append(f"reachable = {1 if criteria['reach'] == 'yes' else 0}")
    if criteria["dormant"]:
        parts.append("silent = 1")
    if criteria["cell"]:
        parts.append("cell = ?")
        values.append(int(criteria["cell"]))
    return " and ".join(parts), values
