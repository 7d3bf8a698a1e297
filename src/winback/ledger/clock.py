"""A ledger that a clock ran ahead in: every moment later than now is set to now, so that nothing
waits for years and nothing counts twice."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.ledger.audit_log import append
from winback.ledger.budgets import update_deliveries
from winback.ledger.engine import Ledger
from winback.ledger.tables.service import LEASES
from winback.ledger.tables.waves import DELIVERIES, WAVES

_NOTED = ("claimed_at", "settled_at", "exposed_at")


def reset_clock(ledger: Ledger, name: str, actor: str, now: datetime) -> int:
    """Set what a run under a clock that was ahead has noted to now; returns how many messages that
    concerns.

    What was claimed counts against caps from now on; a next step keeps its days after the one
    before, counted from now. A cap that the wrong clock broke stays broken: the messages went out.
    """
    with ledger.begin_write() as connection:
        lease = LEASES.c.name == name
        seen = connection.execute(sa.select(LEASES.c.seen_at).where(lease)).scalar()
        connection.execute(sa.update(LEASES).where(lease).values(seen_at=now))
        changed = _reset_messages(connection, now)
        late = WAVES.c.decided_at > now
        connection.execute(sa.update(WAVES).where(late).values(decided_at=now))
        detail = {"seen": seen.isoformat() if seen else None, "messages": changed}
        append(connection, now, actor, "clock_reset", name, detail)
    return changed


def _reset_messages(connection: sa.Connection, now: datetime) -> int:
    """Set moments of messages that are still to come to now, and bring back what waits longer than
    its days from now on; returns how many messages that are."""
    late = sa.or_(*(DELIVERIES.c[name] > now for name in (*_NOTED, "due_at")))
    rows = connection.execute(sa.select(DELIVERIES).where(late)).mappings().all()
    changes = [(row, _reset_message(row, now)) for row in rows]
    changes = [(row, changed) for row, changed in changes if changed]
    update_deliveries(connection, changes)
    return len(changes)


def _reset_message(row: sa.RowMapping, now: datetime) -> dict[str, object]:
    changed: dict[str, object] = {
        name: now for name in _NOTED if row[name] is not None and row[name] > now
    }
    due = now + timedelta(days=row["after_days"])
    if row["state"] == "pending" and row["due_at"] is not None and row["due_at"] > due:
        changed["due_at"] = due
    return changed
