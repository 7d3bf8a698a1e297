"""The record a weekly list leaves, and who is new by it (A14).

A customer enters a segment, and enters it anew by ordering in between. Who was listed since
entering is not listed again; who was not, for whatever reason, stays new through any number of
skipped weeks. A list made twice, or of an earlier day, forgets nobody: what any list of the shop
has taken, every list knows.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from winback.core.errors import TableDamaged
from winback.playbooks.playbook import Play
from winback.recall.recall_row import RecallRow

RECORD = pa.schema(
    [
        ("customer_id", pa.string()),
        ("segment", pa.string()),
        ("orders", pa.int64()),
        ("entered_on", pa.date32()),
        ("listed_on", pa.date32()),
        ("served_on", pa.date32()),
        ("why_not", pa.string()),
    ]
)


# The day of a list → its customers who are as if they had not been on it.
Released = Mapping[date, Collection[str]]


@dataclass(frozen=True, slots=True)
class ListRecord:
    """What a list records of one customer (a row of `record.parquet`), for the next to be compared
    with. Who is no candidate any more has neither segment, orders nor entry."""

    customer_id: str
    segment: str | None = None
    orders: int | None = None
    entered_on: date | None = None
    listed_on: date | None = None
    served_on: date | None = None
    why_not: str | None = None


@dataclass(frozen=True)
class ListHistory:
    """What earlier lists knew. since: the day of the last one before; last: its rows; listed,
    served: the newest days on which any other list took a customer; today: whom an earlier list
    of the same day took, and how (`listed_on` or `served_on`)."""

    since: str | None
    last: Mapping[str, ListRecord]
    listed: Mapping[str, date]
    served: Mapping[str, date]
    today: Mapping[str, str]

    def is_unchanged(self, row: RecallRow) -> bool:
        """Whether a customer is where the last list found them, without an order since."""
        old = self.last.get(row.customer_id)
        return (
            old is not None
            and old.entered_on is not None
            and (old.segment, old.orders) == (row.segment, row.orders)
        )

    def find_entry_day(self, row: RecallRow, day: date) -> date:
        """Since when a customer is in their segment, as far as lists tell."""
        entered = self.last[row.customer_id].entered_on if self.is_unchanged(row) else None
        return entered or day

    def is_new(self, row: RecallRow, play: Play, day: date) -> bool:
        """Whether a play shall be listed: nobody was listed for it since they entered, and the last
        time is long enough ago.

        A service call repairs something: it is repeated until it is repaired, and no offer made in
        between puts it off.
        """
        if play.service:
            served = self.served.get(row.customer_id)
            return served is None or (day - served).days >= play.again_after_days
        listed = self.listed.get(row.customer_id)
        if listed is None:
            return True
        return (
            self.find_entry_day(row, day) > listed and (day - listed).days >= play.again_after_days
        )

    def was_reported(self, row: RecallRow, why_not: str) -> bool:
        """Whether the last list said the same of a customer who has not moved."""
        return self.is_unchanged(row) and self.last[row.customer_id].why_not == why_not


def load_history(recalls: Path, day: date, released: Released | None = None) -> ListHistory:
    """What the published lists of a shop remember, for a list of a day. released: who was listed
    and let go again.

    Raises TableDamaged.
    """
    let_go = released or {}
    last: dict[str, ListRecord] = {}
    since, today = None, dict[str, str]()
    listed, served = dict[str, date](), dict[str, date]()
    for name, rows in _read_records(recalls):
        if name < day.isoformat():
            since, last = name, {row.customer_id: row for row in rows}
        _note_days(rows, listed, served, let_go, day, today)
    return ListHistory(since, last, listed, served, today)


def _read_records(recalls: Path) -> Iterator[tuple[str, list[ListRecord]]]:
    """(day, what its list recorded), the oldest first."""
    for folder in sorted(recalls.glob("????-??-??")):
        path = folder / "record.parquet"
        if path.is_file():
            yield folder.name, _read_record(path)


def _read_record(path: Path) -> list[ListRecord]:
    try:
        rows = pq.read_table(path, schema=RECORD).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise TableDamaged(file=str(path), detail=str(error).splitlines()[0]) from None
    return [ListRecord(**row) for row in rows]


def _note_days(
    rows: Iterable[ListRecord],
    listed: dict[str, date],
    served: dict[str, date],
    let_go: Mapping[date, Collection[str]],
    day: date,
    today: dict[str, str],
) -> None:
    for row in rows:
        for column, then, newest in (
            ("listed_on", row.listed_on, listed),
            ("served_on", row.served_on, served),
        ):
            if then is not None and row.customer_id in let_go.get(then, ()):
                continue
            if then == day:
                today[row.customer_id] = column
            elif then is not None:
                newest[row.customer_id] = max(then, newest.get(row.customer_id, then))
