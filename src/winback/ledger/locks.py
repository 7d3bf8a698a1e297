"""Taking turns: what must not run twice at once holds a turn, and each turn has a number that only
grows.

A turn ends by itself when its holder dies or says nothing for too long. Who wakes after that finds
a higher number in the ledger and is fenced off in the same transaction in which it would have
claimed (RELIABILITY 2.3, W2).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.core.errors import FencedOff, RunUnderWay
from winback.ledger.engine import Ledger
from winback.ledger.schema import TURNS

TURN_SECONDS = 60


@dataclass(frozen=True)
class Turn:
    """The right to run, and its number."""

    name: str
    holder: str
    token: int


def take_turn(
    ledger: Ledger,
    name: str,
    holder: str,
    now: datetime,
    is_gone: Callable[[str], bool] = lambda _holder: False,
    alone: bool = True,
) -> Turn:
    """Begin to run alone. is_gone: whether a holder is known to be dead, so that nobody waits for
    its time to pass. alone: whether no other process of this machine is about to begin or to end;
    if one is, only a turn whose time has passed can be taken.

    Raises RunUnderWay.
    """
    with ledger.writing() as connection:
        found = connection.execute(sa.select(TURNS).where(TURNS.c.name == name)).mappings().first()
        held_by = found["holder"] if found else None
        until: datetime = (
            found["until"] if found and held_by else now + timedelta(seconds=TURN_SECONDS)
        )
        if not alone if held_by is None else until > now and not is_gone(held_by):
            raise RunUnderWay(
                run=name, holder=held_by or "–", until=f"{until:%Y-%m-%d %H:%M:%S} UTC"
            )
        if found is None:
            connection.execute(sa.insert(TURNS).values(name=name, token=0, seq=0))
        token = (found["token"] if found else 0) + 1
        ours = {"holder": holder, "token": token, "until": now + timedelta(seconds=TURN_SECONDS)}
        connection.execute(sa.update(TURNS).where(TURNS.c.name == name).values(ours))
    return Turn(name, holder, token)


def keep_turn(connection: sa.Connection, turn: Turn, now: datetime) -> tuple[datetime, int]:
    """Go on with a turn, in the transaction of what is done in it; returns the moment it is, and
    the number of the last claim.

    That moment never goes back, whatever the clock does: caps and ladders count from it. Raises
    FencedOff.
    """
    told = {
        "its_name": turn.name,
        "its_token": turn.token,
        "its_now": now,
        "its_until": now + timedelta(seconds=TURN_SECONDS),
    }
    found = connection.execute(_KEPT, told).first()
    if found is None:
        holder = connection.execute(
            sa.select(TURNS.c.holder).where(TURNS.c.name == turn.name)
        ).scalar()
        raise FencedOff(run=turn.name, holder=holder or "–")
    return found.seen_at, found.seq


# Built once: this stands in every transaction of a run.
_NOW = sa.bindparam("its_now", type_=sa.DateTime)
_KEPT = (
    sa.update(TURNS)
    .where(TURNS.c.name == sa.bindparam("its_name"), TURNS.c.token == sa.bindparam("its_token"))
    .values(
        seen_at=sa.case((TURNS.c.seen_at > _NOW, TURNS.c.seen_at), else_=_NOW),
        until=sa.bindparam("its_until"),
    )
    .returning(TURNS.c.seen_at, TURNS.c.seq)
)


def end_turn(ledger: Ledger, turn: Turn) -> None:
    """Let the next one run at once; whoever was fenced off ends nobody's turn."""
    with ledger.writing() as connection:
        mine = (TURNS.c.name == turn.name) & (TURNS.c.token == turn.token)
        connection.execute(sa.update(TURNS).where(mine).values(holder=None, until=None))
