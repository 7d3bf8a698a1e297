"""What operators change in lists by hand: customers taken out, whose messages stop at once, and
customers added to the next list."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa

from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.row_seals import delete_sealed, insert_sealed
from winback.ledger.suppression import ALL
from winback.ledger.tables.contacts import SUPPRESSIONS
from winback.ledger.tables.service import LIST_EDITS

TAKEN_OUT = "taken_out"  # why nothing more is sent to them


@dataclass(frozen=True)
class ListEdit:
    """One customer's newest edit. play: of one added; taken_on: the day of the list that took
    them."""

    customer_id: str
    what: Literal["out", "add"]
    play: str | None
    why: str
    by: str
    at: datetime
    taken_on: date | None = None

    def is_waiting_for(self, day: date) -> bool:
        """Whether somebody added is for the list of a day: no list has taken them yet, or only
        that one."""
        return self.what == "add" and self.taken_on in (None, day)


def edit_list(ledger: Ledger, edit: ListEdit, subject: str) -> None:
    """Take a customer out, from the lists to come and from what waits to be sent, or add one to the
    next list.

    An arm once drawn stays: who is taken out afterwards counts where they were drawn. subject: what
    the audit log calls them.
    """
    with ledger.begin_write() as connection:
        _delete(connection, edit.customer_id)
        connection.execute(sa.insert(LIST_EDITS).values(**vars(edit)))
        if edit.what == "out":
            values = {
                "subject": edit.customer_id,
                "channel": ALL,
                "reason": TAKEN_OUT,
                "since": edit.at,
                "until": None,
            }
            insert_sealed(connection, SUPPRESSIONS, [{**values, "source": "operator"}])
        append(connection, edit.at, edit.by, f"list_{edit.what}", subject, {"play": edit.play})


def undo_edit(ledger: Ledger, customer_id: str, subject: str, actor: str, now: datetime) -> bool:
    """Take an edit back; False where there is none."""
    with ledger.begin_write() as connection:
        known = _delete(connection, customer_id)
        if known:
            append(connection, now, actor, "list_undone", subject, {})
    return known


def mark_taken(ledger: Ledger, customers: Collection[str], day: date) -> None:
    """Note that a list has taken customers who were added by hand; it may be drawn up again."""
    if not customers:
        return
    added = (LIST_EDITS.c.what == "add") & LIST_EDITS.c.taken_on.is_(None)
    with ledger.begin_write() as connection:
        for customer in customers:
            mine = added & (LIST_EDITS.c.customer_id == customer)
            connection.execute(sa.update(LIST_EDITS).where(mine).values(taken_on=day))


def load_list_edits(ledger: Ledger) -> dict[str, ListEdit]:
    """Every edit that stands, by customer; none in a ledger nothing was ever written to."""
    if ledger.read_version() is None:
        return {}
    with ledger.begin_read() as connection:
        rows = connection.execute(
            sa.select(LIST_EDITS).order_by(LIST_EDITS.c.at, LIST_EDITS.c.customer_id)
        ).mappings()
        return {row["customer_id"]: ListEdit(**row) for row in rows}


def _delete(connection: sa.Connection, customer_id: str) -> bool:
    s = SUPPRESSIONS.c
    mine = (s.subject == customer_id) & (s.channel == ALL) & (s.reason == TAKEN_OUT)
    delete_sealed(connection, SUPPRESSIONS, mine)
    return (
        connection.execute(
            sa.delete(LIST_EDITS).where(LIST_EDITS.c.customer_id == customer_id)
        ).rowcount
        > 0
    )
