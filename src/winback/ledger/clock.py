"""A ledger that a clock ran ahead in: every moment later than now is set to now, so that nothing
waits for years and nothing counts twice."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.tables.service import LEASES
from winback.ledger.tables.waves import DELIVERIES, WAVES


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
        changed = _reset_due(connection, now)
        for column in ("claimed_at", "settled_at", "exposed_at"):
            late = DELIVERIES.c[column] > now
            found = connection.execute(sa.update(DELIVERIES).where(late).values({column: now}))
            changed = max(changed, found.rowcount)
        late = WAVES.c.decided_at > now
        connection.execute(sa.update(WAVES).where(late).values(decided_at=now))
        detail = {"seen": seen.isoformat() if seen else None, "messages": changed}
        append(connection, now, actor, "clock_reset", name, detail)
    return changed


def _reset_due(connection: sa.Connection, now: datetime) -> int:
    """Bring back what waits longer than its days from now on."""
    d = DELIVERIES.c
    waits = sa.select(d.delivery_id, d.due_at, d.after_days).where(d.state == "pending")
    changed = 0
    for row in connection.execute(waits.where(d.due_at > now)).all():
        due = now + timedelta(days=row.after_days)
        if row.due_at > due:
            mine = d.delivery_id == row.delivery_id
            connection.execute(sa.update(DELIVERIES).where(mine).values(due_at=due))
            changed += 1
    return changed
