"""Leases: what must not run twice at once holds a lease, and each lease has a number that only
grows.

A lease ends by itself when its holder dies or says nothing for too long. Who wakes after that finds
a higher number in the ledger and is fenced off in the same transaction in which it would have
claimed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.core.wave_errors import LeaseLost, RunInProgress
from winback.ledger.engine import Ledger
from winback.ledger.tables.service import LEASES

TURN_SECONDS = 60
# Seen by a run and still to come: so far caps and next steps may wait, further they may not.
CLOCK_TOLERANCE = timedelta(days=3)


@dataclass(frozen=True)
class Lease:
    """The right to run, and its number."""

    name: str
    holder: str
    token: int


def acquire(
    ledger: Ledger,
    name: str,
    holder: str,
    now: datetime,
    is_gone: Callable[[str], bool] = lambda _holder: False,
    alone: bool = True,
) -> Lease:
    """Begin to run alone. is_gone: whether a holder is known to be dead, so that nobody waits for
    its time to pass. alone: whether no other process of this machine is about to begin or to end;
    if one is, only a lease whose time has passed can be taken.

    Raises RunInProgress.
    """
    with ledger.begin_write() as connection:
        row = _read_free_lease(connection, name, now, alone, is_gone)
        if row is None:
            connection.execute(sa.insert(LEASES).values(name=name, token=0, seq=0))
        token = (row["token"] if row else 0) + 1
        ours = {"holder": holder, "token": token, "until": now + timedelta(seconds=TURN_SECONDS)}
        connection.execute(sa.update(LEASES).where(LEASES.c.name == name).values(ours))
    return Lease(name, holder, token)


def _read_free_lease(
    connection: sa.Connection, name: str, now: datetime, alone: bool, is_gone: Callable[[str], bool]
) -> sa.RowMapping | None:
    row = connection.execute(sa.select(LEASES).where(LEASES.c.name == name)).mappings().first()
    held_by = row["holder"] if row else None
    until: datetime = row["until"] if row and held_by else now + timedelta(seconds=TURN_SECONDS)
    if not alone if held_by is None else until > now and not is_gone(held_by):
        raise RunInProgress(run=name, holder=held_by or "–", until=f"{until:%Y-%m-%d %H:%M:%S} UTC")
    return row


def renew(connection: sa.Connection, lease: Lease, now: datetime) -> tuple[datetime, int]:
    """Renew a lease, in the transaction of what is done in it; returns the moment it is, and
    the number of the last claim.

    That moment never goes back, whatever the clock does: caps and ladders count from it. Raises
    LeaseLost.
    """
    values = {
        "param_name": lease.name,
        "param_token": lease.token,
        "param_now": now,
        "param_until": now + timedelta(seconds=TURN_SECONDS),
    }
    row = connection.execute(_KEPT, values).first()
    if row is None:
        holder = connection.execute(
            sa.select(LEASES.c.holder).where(LEASES.c.name == lease.name)
        ).scalar()
        raise LeaseLost(run=lease.name, holder=holder or "–")
    return row.seen_at, row.seq


# Built once: this stands in every transaction of a run.
_NOW = sa.bindparam("param_now", type_=sa.DateTime)
_KEPT = (
    sa.update(LEASES)
    .where(
        LEASES.c.name == sa.bindparam("param_name"), LEASES.c.token == sa.bindparam("param_token")
    )
    .values(
        seen_at=sa.case((LEASES.c.seen_at > _NOW, LEASES.c.seen_at), else_=_NOW),
        until=sa.bindparam("param_until"),
    )
    .returning(LEASES.c.seen_at, LEASES.c.seq)
)


def find_clock_ahead(ledger: Ledger, name: str, now: datetime) -> datetime | None:
    """The latest moment a run has seen, where that lies further ahead of now than clocks differ by:
    either was wrong. None else."""
    with ledger.begin_read() as connection:
        seen = connection.execute(sa.select(LEASES.c.seen_at).where(LEASES.c.name == name)).scalar()
    return seen if seen is not None and seen > now + CLOCK_TOLERANCE else None


def release(ledger: Ledger, lease: Lease) -> None:
    """Let the next one run at once; whoever was fenced off ends nobody's lease."""
    with ledger.begin_write() as connection:
        mine = (LEASES.c.name == lease.name) & (LEASES.c.token == lease.token)
        connection.execute(sa.update(LEASES).where(mine).values(holder=None, until=None))
