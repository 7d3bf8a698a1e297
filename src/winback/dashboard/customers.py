"""The map, the search and the pages of customers: asked of the snapshot's file where it lies, by
an engine that reads only the columns it needs. No page brings a whole snapshot into memory,
however many customers it has."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from winback.dashboard.context import engine_for_pages
from winback.i18n.translate import Language, cell, say
from winback.scoring.customer_map import FREQUENCY_BINS, place_of
from winback.scoring.snapshot_index import Shelf
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


def page_number(asked: Mapping[str, str]) -> int:
    """Which page of many an address asks for."""
    number = asked.get("page", "1")
    return min(max(int(number), 1), MOST_PAGES) if number.isdecimal() and len(number) <= 4 else 1


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty is anything. cell: of the map."""

    q: str = ""
    recall_segment: str = ""
    quadrant: str = ""
    lifecycle: str = ""
    risk_tier: str = ""
    reach: str = ""
    asleep: str = ""
    cell: str = ""
    sort: str = "stake"
    page: int = 1

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Wanted":
        """As an address asks; what cannot be is left out."""
        told: dict[str, Any] = {
            name: asked[name] for name in CHOICES if asked.get(name) in CHOICES[name]
        }
        told |= {
            "q": asked.get("q", "").strip()[:256],
            "asleep": "yes" if asked.get("asleep") == "yes" else "",
        }
        told["reach"] = asked.get("reach", "") if asked.get("reach") in REACH else ""
        told["cell"] = (
            asked["cell"] if asked.get("cell", "").isdecimal() and len(asked["cell"]) <= 4 else ""
        )
        told["sort"] = asked.get("sort", "") if asked.get("sort") in SORTS else "stake"
        told["page"] = page_number(asked)
        return cls(**told)

    @property
    def told(self) -> dict[str, Any]:
        """As an address says it, without what is usual."""
        usual = vars(Wanted())
        return {name: value for name, value in vars(self).items() if value != usual[name]}


def found(shelf: Shelf, wanted: Wanted) -> tuple[list[int], int]:
    """The places of one page of customers, and how many there are."""
    where, values = _where(shelf, wanted)
    column, greatest = SORTS[wanted.sort]
    order = f"{column} {'desc' if greatest else 'asc'} nulls last, customer_id"
    with _asking(shelf) as con:
        counted = con.execute(f"select count(*) from shelf where {where}", values).fetchone()
        rows = con.execute(
            f"select customer_id from shelf where {where} order by {order} limit {PAGE_ROWS} "
            f"offset ?",
            [*values, (wanted.page - 1) * PAGE_ROWS],
        ).fetchall()
    places = [place for (customer,) in rows if (place := shelf.place(customer)) is not None]
    return places, int(counted[0]) if counted else 0


def bins(shelf: Shelf, wanted: Wanted) -> list[dict[str, Any]]:
    """The map's bins with how many customers of those wanted lie in each, and how many of them
    sleep; its cell is not asked."""
    edges = shelf.told["pages"]["edges_cents"]
    if edges is None:
        return []
    where, values = _where(shelf, replace(wanted, cell=""))
    with _asking(shelf) as con:
        rows = con.execute(
            f"select cell, count(*), sum(silent) from shelf where cell >= 0 and {where}"
            " group by cell order by cell",
            values,
        ).fetchall()
    return [
        {
            "cell": cell,
            "row": place_of(cell, edges)[0],
            "column": place_of(cell, edges)[1],
            "customers": customers,
            "silent": int(silent),
        }
        for cell, customers, silent in rows
    ]


def all_ids(shelf: Shelf, wanted: Wanted, most: int) -> Iterator[str]:
    """Ids of everybody wanted, in order, at most so many."""
    where, values = _where(shelf, wanted)
    column, greatest = SORTS[wanted.sort]
    order = f"{column} {'desc' if greatest else 'asc'} nulls last, customer_id"
    with _asking(shelf) as con:
        asked = con.execute(
            f"select customer_id from shelf where {where} order by {order} limit {most}", values
        )
        rows = asked.fetchall()
    # Handed on when the engine is free again: who reads slowly must not keep others from asking.
    yield from (customer for (customer,) in rows)


def row_of(shelf: Shelf, place: int) -> dict[str, Any]:
    """What lists show of a customer."""
    labels = ("recall_segment", "risk_tier", "lifecycle", "quadrant", "do_not_contact", "play")
    values = (
        "value_at_stake_cents",
        "spend_cents",
        "orders",
        "days_silent",
        "next_order_90_day",
        "silent_on",
        "reachable",
    )
    return {
        "customer_id": shelf.id_at(place),
        "churn_probability": shelf.number("churn_probability", place),
        **{name: shelf.label(name, place) for name in labels},
        **{name: shelf.value(name, place) for name in values},
    }


# What an export says of each, and the title of its column.
EXPORTED: Mapping[str, str] = {
    "customer_id": "column.customer_id",
    "recall_segment": "column.recall_segment",
    "risk_tier": "desk.filter.risk_tier",
    "churn_probability": "column.churn_probability",
    "value_at_stake_cents": "column.value_at_stake",
    "days_silent": "column.days_since_last_order",
    "orders": "desk.column.orders",
    "spend_cents": "column.net_spend_lifetime",
    "next_order_90_day": "column.next_order_90_day",
    "lifecycle": "desk.filter.lifecycle",
    "quadrant": "desk.filter.quadrant",
    "do_not_contact": "desk.column.never",
}
_WORDS = {
    "recall_segment": "recall",
    "risk_tier": "tier",
    "lifecycle": "lifecycle",
    "quadrant": "quadrant",
}


def exported(shelf: Shelf, place: int, language: Language) -> list[str]:
    """A customer's cells of an export, none of which a spreadsheet runs."""
    row, told = row_of(shelf, place), list[str]()
    for name in EXPORTED:
        value = row[name]
        if value is None:
            told.append("")
        elif name in _WORDS:
            told.append(say(f"{_WORDS[name]}.{value}", language))
        elif name == "do_not_contact":
            told.append("; ".join(say(f"never.{each}", language) for each in value.split(",")))
        elif name.endswith("_cents"):
            told.append(f"{value / 100:.2f}")
        else:
            told.append(f"{value:.4f}" if isinstance(value, float) else cell(str(value)))
    return told


def drawn(shelf: Shelf, told: Sequence[Mapping[str, Any]], wanted: Wanted) -> dict[str, Any] | None:
    """The map as the picture needs it; None without amounts."""
    edges = shelf.told["pages"]["edges_cents"]
    if edges is None:
        return None
    return {
        "edges": edges,
        "rows": list(FREQUENCY_BINS),
        "bins": list(told),
        "chosen": wanted.cell,
        "high_monetary_cents": shelf.told["high_monetary_cents"],
        "high_frequency_days": shelf.told["high_frequency_days"],
    }


def cell_told(shelf: Shelf, cell: str) -> dict[str, Any] | None:
    """Which spend and which purchase days a cell of the map is."""
    edges = shelf.told["pages"]["edges_cents"]
    if edges is None or not cell or int(cell) >= len(FREQUENCY_BINS) * (len(edges) - 1):
        return None
    row, column = place_of(int(cell), edges)
    often = FREQUENCY_BINS[row + 1] - 1 if row + 1 < len(FREQUENCY_BINS) else None
    return {
        "from_cents": edges[column],
        "to_cents": edges[column + 1],
        "from_days": FREQUENCY_BINS[row],
        "to_days": often,
    }


@contextmanager
def _asking(shelf: Shelf) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that sees the snapshot's file, which stays where it is mapped."""
    with engine_for_pages() as con:
        con.register("shelf", shelf.table)
        yield con


def _where(shelf: Shelf, wanted: Wanted) -> tuple[str, list[Any]]:
    """Names of columns are ours; every value is bound."""
    parts, values = ["true"], list[Any]()
    for name in CHOICES:
        label = getattr(wanted, name)
        if label:
            known = shelf.told["labels"][name]
            parts.append(f"{name} = ?")
            values.append(known.index(label) if label in known else -2)  # nobody is it
    if wanted.q:
        parts.append("contains(lower(customer_id), lower(?))")
        values.append(wanted.q)
    if wanted.reach:
        parts.append(f"reachable = {1 if wanted.reach == 'yes' else 0}")
    if wanted.asleep:
        parts.append("silent = 1")
    if wanted.cell:
        parts.append("cell = ?")
        values.append(int(wanted.cell))
    return " and ".join(parts), values
