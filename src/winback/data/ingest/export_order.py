"""Which of several exports is the newer: what it says of an order wins over an older one.

By what is inside, never by name: of weekly exports that a browser numbers, 10 sorts before 9.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from winback.data.ingest.staged_parts import Kind, Part, Staged, Unit
from winback.data.store import build_parquet_scan, open_engine

_KINDS: Sequence[Kind] = ("orders", "items", "events")

_NEWEST_OF_ITEMS = """
select u.unit, max(l.known_at)
from {items} as i join units_of_items as u using (filename)
  join {lines} as l on l.order_id = i.order_id
group by u.unit
"""


def sort_by_newest(staged: Sequence[Staged]) -> list[Staged]:
    """Of each kind the unit first whose newest moment is the oldest. Units that end together keep
    the order in which their sources name them."""
    of_items = _find_newest_of_items(staged)

    def get_sort_key(each: Staged) -> tuple[int, str]:
        unit, parts = each
        newest = of_items.get(_get_identity(unit), "") if unit.kind == "items" else ""
        return _KINDS.index(unit.kind), newest or _find_newest(parts)

    return sorted(staged, key=get_sort_key)


def _find_newest(parts: Sequence[Part]) -> str:
    return max((part.tally.newest for part in parts), default="")


def _find_newest_of_items(staged: Sequence[Staged]) -> Mapping[str, str]:
    """The newest moment of each item sheet, which has none itself: that of the orders it names."""
    items = [
        (str(part.files["items"]), _get_identity(unit))
        for unit, parts in staged
        if unit.kind == "items"
        for part in parts
        if "items" in part.files
    ]
    lines = [part.files["lines"] for _, parts in staged for part in parts if "lines" in part.files]
    if len({unit for _, unit in items}) < 2 or not lines:
        return {}
    con = open_engine(threads=1)
    con.register("units_of_items", pd.DataFrame(items, columns=["filename", "unit"], dtype="str"))
    query = _NEWEST_OF_ITEMS.format(
        items=build_parquet_scan([Path(path) for path, _ in items], "filename = true"),
        lines=build_parquet_scan(lines),
    )
    newest = {unit: moment.isoformat() for unit, moment in con.execute(query).fetchall()}
    con.close()
    return newest


def _get_identity(unit: Unit) -> str:
    return f"{unit.at}:{unit.key}"
