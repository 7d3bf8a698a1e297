"""Deliveries: one row for every step of everyone who is written to, claimed, settled and, after a crash, made whole again.

A row is claimed in a committed transaction before anything leaves, and settled after. What a crash leaves claimed depends on
the channel: what may be repeated waits again under the same key; a one-shot message is `unknown`, and stays so until a person
says what became of it (RELIABILITY 0.1). A channel that says for certain that nothing went out may be asked again.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from winback.errors import DeliveryKnown, DeliveryUnknown
from winback.ledger.database import Ledger
from winback.ledger.suppression import EVERY, Rules, why_not
from winback.ledger.tables import ASSIGNMENTS, BUDGETS, DELIVERIES, TURNS, WAVES
from winback.ledger.trail import note
from winback.ledger.turns import Turn, keep_turn

MOST_ATTEMPTS = 5
_LOOKED_AT = 100  # rows of one transaction that may turn out not to go

Said = Literal["sent", "failed", "unknown", "again"]
_SETTLED_STEP = ("failed", "capped", "suppressed", "not_needed")


@dataclass(frozen=True)
class Claimed:
    """A message that is this run's to hand to its channel, once."""

    delivery_id: str
    wave_id: str
    customer_id: str
    step: int
    channel: str
    owner: str | None
    offer: str | None
    subject: str | None
    body: str | None
    attempts: int
    seq: int


@dataclass(frozen=True)
class Outcome:
    """What a channel said of a claimed message. again: certainly not sent, to be tried later; receipt: what it calls it.

    tried: whether the attempt counts; where a channel stopped as a whole, it does not.
    """

    delivery_id: str
    said: Said
    reason: str | None = None
    receipt: str | None = None
    not_before: datetime | None = None
    tried: bool = True


@dataclass(frozen=True)
class Claims:
    """What a claim found: rows to hand over, and how many were settled without; next_due: when to look again, None: never."""

    claimed: tuple[Claimed, ...]
    kept: Mapping[str, int]
    next_due: datetime | None


def delivery_key(wave_id: str, customer_id: str, step: int) -> str:
    """The key a receiver knows a message by, the same in every attempt."""
    return hashlib.sha256(f"{wave_id}\0{customer_id}\0{step}".encode()).hexdigest()[:32]


def claim(ledger: Ledger, turn: Turn, now: datetime, rules: Rules, channels: Collection[str], most: int) -> Claims:
    """Claim up to `most` messages that are due on some channels, in one transaction, and settle those that may not go.

    Raises FencedOff when another run has taken over.
    """
    claimed: list[Claimed] = []
    kept: dict[str, int] = {}
    with ledger.writing() as connection:
        moment = keep_turn(connection, turn, now)
        seq = connection.execute(sa.select(TURNS.c.seq).where(TURNS.c.name == turn.name)).scalar_one()
        for row in connection.execute(_due(now, channels, max(most, _LOOKED_AT))).mappings().all():
            verdict = why_not(connection, row, rules, now, moment)
            if verdict is None:
                seq += 1
                _take(connection, row, turn, seq, moment)
                claimed.append(Claimed(seq=seq, attempts=row["attempts"] + 1, **{name: row[name] for name in _HANDED}))
                if len(claimed) == most:
                    break
                continue
            kept[verdict.reason] = kept.get(verdict.reason, 0) + 1
            _keep(connection, row, verdict.state, verdict.reason, verdict.not_before or row["due_at"], moment)
        connection.execute(sa.update(TURNS).where(TURNS.c.name == turn.name).values(seq=seq))
        next_due = connection.execute(_next_due(channels)).scalar()
    return Claims(tuple(claimed), kept, next_due)


_HANDED = ("delivery_id", "wave_id", "customer_id", "step", "channel", "owner", "offer", "subject", "body")


def _due(now: datetime, channels: Collection[str], most: int) -> sa.Select[Any]:
    ready = (DELIVERIES.c.state == "pending") & (DELIVERIES.c.due_at <= now) & DELIVERIES.c.channel.in_(sorted(channels))
    approved = sa.select(WAVES.c.wave_id).where(WAVES.c.state == "approved")
    order = (DELIVERIES.c.due_at, DELIVERIES.c.rank, DELIVERIES.c.delivery_id)
    theirs = (ASSIGNMENTS.c.wave_id == DELIVERIES.c.wave_id) & (ASSIGNMENTS.c.customer_id == DELIVERIES.c.customer_id)
    found = sa.select(DELIVERIES, ASSIGNMENTS.c.owner).join(ASSIGNMENTS, theirs)
    return found.where(ready, DELIVERIES.c.wave_id.in_(approved)).order_by(*order).limit(most)


def _next_due(channels: Collection[str]) -> sa.Select[Any]:
    waiting = (DELIVERIES.c.state == "pending") & DELIVERIES.c.channel.in_(sorted(channels))
    approved = sa.select(WAVES.c.wave_id).where(WAVES.c.state == "approved")
    return sa.select(sa.func.min(DELIVERIES.c.due_at)).where(waiting, DELIVERIES.c.wave_id.in_(approved))


def _take(connection: sa.Connection, row: sa.RowMapping, turn: Turn, seq: int, moment: datetime) -> None:
    values = {"state": "claimed", "reason": None, "claim": turn.token, "seq": seq, "claimed_at": moment,
              "attempts": row["attempts"] + 1}  # fmt: skip
    connection.execute(sa.update(DELIVERIES).where(DELIVERIES.c.delivery_id == row["delivery_id"]).values(values))
    _spend(connection, row, row["cost_cents"])


def _keep(connection: sa.Connection, row: sa.RowMapping, state: str, reason: str, due: datetime, moment: datetime) -> None:
    """Leave a message where it is for now, or settle it without sending; then the steps after it go with it."""
    mine = DELIVERIES.c.delivery_id == row["delivery_id"]
    settled = None if state == "pending" else moment
    values = {"state": state, "reason": reason, "due_at": due, "settled_at": settled}
    connection.execute(sa.update(DELIVERIES).where(mine).values(values))
    if settled is not None:
        _after(connection, row, state, moment)


def _after(connection: sa.Connection, row: sa.RowMapping, state: str, moment: datetime) -> None:
    """What a settled step means for the ladder: the next one gets its day, or nobody needs those that are left."""
    later = (
        (DELIVERIES.c.wave_id == row["wave_id"]) & (DELIVERIES.c.customer_id == row["customer_id"])
        & (DELIVERIES.c.step > row["step"]) & (DELIVERIES.c.state == "pending")
    )  # fmt: skip
    if state in _SETTLED_STEP:
        gone = {"state": "not_needed", "reason": "step_before", "settled_at": moment}
        connection.execute(sa.update(DELIVERIES).where(later).values(gone))
        return
    if state != "sent":
        return
    following = sa.select(DELIVERIES.c.delivery_id, DELIVERIES.c.after_days).where(later).order_by(DELIVERIES.c.step).limit(1)
    found = connection.execute(following).first()
    if found is not None:
        due = moment + timedelta(days=found.after_days)
        connection.execute(sa.update(DELIVERIES).where(DELIVERIES.c.delivery_id == found.delivery_id).values(due_at=due))


def _spend(connection: sa.Connection, row: sa.RowMapping, cents: int) -> None:
    """Reserve what a message costs at most, or give it back."""
    names = [EVERY, *([row["offer"]] if row["offer"] else [])]
    theirs = (BUDGETS.c.wave_id == row["wave_id"]) & BUDGETS.c.name.in_(names)
    connection.execute(sa.update(BUDGETS).where(theirs).values(spent_cents=BUDGETS.c.spent_cents + cents))


def settle(ledger: Ledger, turn: Turn, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Record what channels said. It is recorded also by a run that was fenced off: it alone knows what became of its claims.

    A claim that was taken for lost meanwhile is `unknown`, and becomes what it was; one that another run has claimed again (of
    a channel that may be repeated) is that run's to settle.
    """
    with ledger.writing() as connection:
        for outcome in outcomes:
            mine = (DELIVERIES.c.delivery_id == outcome.delivery_id) & (DELIVERIES.c.claim == turn.token)
            known = sa.select(DELIVERIES).where(mine, DELIVERIES.c.state.in_(("claimed", "unknown")))
            row = connection.execute(known).mappings().first()
            if row is not None:
                _settle(connection, row, outcome, now)


def _settle(connection: sa.Connection, row: sa.RowMapping, outcome: Outcome, now: datetime) -> None:
    again = outcome.said == "again" and (not outcome.tried or row["attempts"] < MOST_ATTEMPTS)
    state = "pending" if again else "failed" if outcome.said == "again" else outcome.said
    values: dict[str, Any] = {"state": state, "reason": outcome.reason, "receipt": outcome.receipt}
    if again:
        values |= {"due_at": outcome.not_before or now, "claimed_at": None, "attempts": row["attempts"] - (not outcome.tried)}
    else:
        values |= {"settled_at": now}
    connection.execute(sa.update(DELIVERIES).where(DELIVERIES.c.delivery_id == row["delivery_id"]).values(values))
    if state in ("pending", "failed"):
        _spend(connection, row, -row["cost_cents"])
    _after(connection, row, state, now)


def recover(ledger: Ledger, turn: Turn, repeatable: Collection[str], now: datetime) -> dict[str, int]:
    """Make whole what an earlier run left claimed: at the start of a run, before anything is claimed.

    repeatable: channels whose class allows it; of any other, also of one that is no longer there, nobody knows. Returns how
    many wait again and how many nobody can say anything of. Raises FencedOff.
    """
    told = {"again": 0, "unknown": 0}
    with ledger.writing() as connection:
        keep_turn(connection, turn, now)
        left = sa.select(DELIVERIES).where(DELIVERIES.c.state == "claimed", DELIVERIES.c.claim != turn.token)
        for row in connection.execute(left).mappings().all():
            mine = DELIVERIES.c.delivery_id == row["delivery_id"]
            if row["channel"] in repeatable:
                told["again"] += 1
                values: dict[str, Any] = {"state": "pending", "reason": "run_died", "claimed_at": None}
                _spend(connection, row, -row["cost_cents"])
            else:
                told["unknown"] += 1
                values = {"state": "unknown", "reason": "run_died", "settled_at": now}
            connection.execute(sa.update(DELIVERIES).where(mine).values(values))
        if any(told.values()):
            note(connection, now, turn.holder, "recovered", turn.name, told)
    return told


def resolve(ledger: Ledger, delivery_id: str, was_sent: bool, actor: str, why: str, now: datetime) -> None:
    """A person's word on a message nobody knew the fate of. Not sent is settled, too: it is not sent after all.

    Raises DeliveryUnknown and DeliveryKnown.
    """
    with ledger.writing() as connection:
        mine = DELIVERIES.c.delivery_id == delivery_id
        row = connection.execute(sa.select(DELIVERIES).where(mine)).mappings().first()
        if row is None:
            raise DeliveryUnknown(value=delivery_id)
        if row["state"] != "unknown":
            raise DeliveryKnown(value=delivery_id, state=row["state"])
        state = "sent" if was_sent else "failed"
        values = {"state": state, "reason": "resolved", "settled_at": now}
        connection.execute(sa.update(DELIVERIES).where(mine).values(values))
        if not was_sent:
            _spend(connection, row, -row["cost_cents"])
        _after(connection, row, state, now)
        note(connection, now, actor, "resolved", delivery_id, {"wave": row["wave_id"], "as": state, "why": why})


def last_claim(ledger: Ledger, name: str) -> int:
    """The number of the last claim a run has made; 0 before the first."""
    with ledger.reading() as connection:
        return connection.execute(sa.select(TURNS.c.seq).where(TURNS.c.name == name)).scalar() or 0


def reconcile(ledger: Ledger, name: str, highest: int, repeatable: Collection[str], actor: str, now: datetime) -> int:
    """Let a restored ledger send again: whatever may have gone out after the backup is `unknown`. Returns how many that are.

    highest: the number of the last claim of the ledger it replaces.
    """
    with ledger.writing() as connection:
        connection.execute(sa.update(TURNS).where(TURNS.c.name == name).values(seq=highest))
        approved = sa.select(WAVES.c.wave_id).where(WAVES.c.state == "approved")
        lost = (
            DELIVERIES.c.state.in_(("pending", "claimed")) & DELIVERIES.c.due_at.is_not(None)
            & DELIVERIES.c.wave_id.in_(approved) & DELIVERIES.c.channel.not_in(sorted(repeatable))
        )  # fmt: skip
        rows = connection.execute(sa.select(DELIVERIES).where(lost)).mappings().all()
        for row in rows:
            values = {"state": "unknown", "reason": "restored", "settled_at": now, "claimed_at": row["claimed_at"] or now}
            connection.execute(sa.update(DELIVERIES).where(DELIVERIES.c.delivery_id == row["delivery_id"]).values(values))
            if row["state"] == "pending":
                _spend(connection, row, row["cost_cents"])
        note(connection, now, actor, "reconciled", name, {"last_claim": highest, "unknown": len(rows)})
    return len(rows)
