"""What makes the outbox whole again: after a crash, after a restored backup, by a person's word.

What a crash leaves claimed depends on the channel: what may be repeated waits again under the same
key; a one-shot message is `unknown`, and stays so until a person says what became of it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from winback.core.wave_errors import DeliveryAlreadyResolved, DeliveryUnknown
from winback.ledger.audit_log import append
from winback.ledger.budgets import update_deliveries
from winback.ledger.due_messages import select_messages
from winback.ledger.engine import Ledger
from winback.ledger.locks import Lease, renew
from winback.ledger.message_outcomes import (
    Fate,
    set_states,
)
from winback.ledger.outbox import ClaimedMessage, KnownClaim
from winback.ledger.tables.service import LEASES
from winback.ledger.tables.waves import DELIVERIES, WAVES

FindKnown = Callable[[ClaimedMessage], KnownClaim | None]
_AT_ONCE = 5_000  # messages of one statement


def recover_stale(
    ledger: Ledger, lease: Lease, repeatable: Collection[str], now: datetime
) -> dict[str, int]:
    """Make whole what an earlier run left claimed: at the start of a run, before anything is
    claimed.

    repeatable: channels whose class allows it, for claims that do not tell their own; of any other
    nobody knows. Returns how many wait again and how many nobody can say anything of. Raises
    LeaseLost.
    """
    with ledger.begin_write() as connection:
        renew(connection, lease, now)
        fates = _load_left_claimed(lease, connection, repeatable)
        set_states(connection, fates, now, {row["delivery_id"] for row, _, _, _ in fates})
        counts = Counter("again" if state == "pending" else state for _, state, _, _ in fates)
        if counts:
            append(connection, now, lease.holder, "recovered", lease.name, counts)
    return {"again": counts["again"], "unknown": counts["unknown"]}


def _load_left_claimed(
    lease: Lease, connection: sa.Connection, repeatable: Collection[str]
) -> list[Fate]:
    left = sa.select(DELIVERIES).where(
        DELIVERIES.c.state == "claimed", DELIVERIES.c.claim != lease.token
    )
    return [
        (row, "pending" if _can_repeat(row, repeatable) else "unknown", "run_died", None)
        for row in connection.execute(left).mappings().all()
    ]


def _can_repeat(row: sa.RowMapping, repeatable: Collection[str]) -> bool:
    return row["kind"] != "one_shot" if row["kind"] is not None else row["channel"] in repeatable


def resolve_unconfirmed(
    ledger: Ledger, delivery_id: str, was_sent: bool, actor: str, why: str, now: datetime
) -> None:
    """A person's word on a message nobody knew the fate of. Not sent is settled, too: it is not
    sent after all.

    Raises DeliveryUnknown and DeliveryAlreadyResolved.
    """
    with ledger.begin_write() as connection:
        row = (
            connection.execute(sa.select(DELIVERIES).where(DELIVERIES.c.delivery_id == delivery_id))
            .mappings()
            .first()
        )
        if row is None:
            raise DeliveryUnknown(value=delivery_id)
        if row["state"] not in ("unknown", "created"):
            raise DeliveryAlreadyResolved(value=delivery_id, state=row["state"])
        state = "sent" if was_sent else "failed"
        set_states(connection, [(row, state, "resolved", None)], now)
        append(
            connection,
            now,
            actor,
            "resolved",
            delivery_id,
            {"wave": row["wave_id"], "as": state, "why": why},
        )


def get_last_claim(ledger: Ledger, name: str) -> int:
    """The number of the last claim a run has made; 0 before the first."""
    with ledger.begin_read() as connection:
        return (
            connection.execute(sa.select(LEASES.c.seq).where(LEASES.c.name == name)).scalar() or 0
        )


def reconcile_after_restore(
    ledger: Ledger,
    name: str,
    highest: int,
    find_known: FindKnown,
    actor: str,
    now: datetime,
) -> int:
    """Let a restored ledger send again: what went out after the backup is `unknown` where nobody
    may repeat it. Returns how many that are.

    highest: the number of the last claim of the ledger it replaces. find_known: tells of a message
    whether that ledger had claimed it, or may have.
    """
    with ledger.begin_write() as connection:
        renumber = sa.case((LEASES.c.seq > highest, LEASES.c.seq), else_=highest)
        connection.execute(sa.update(LEASES).where(LEASES.c.name == name).values(seq=renumber))
        open_ones = sa.select(WAVES.c.wave_id).where(WAVES.c.state != "stopped")
        unknown = mark_known(connection, DELIVERIES.c.wave_id.in_(open_ones), find_known, now)
        append(
            connection,
            now,
            actor,
            "reconciled",
            name,
            {"last_claim": highest, "unknown": unknown},
        )
    return unknown


def mark_known(
    connection: sa.Connection,
    condition: sa.ColumnElement[bool],
    find_known: FindKnown,
    now: datetime,
) -> int:
    """Settle what waits and was claimed already by the ledger before a restore; returns how many
    messages are `unknown` since.

    A one-shot message is `unknown`, and so is one whose receiver forgets keys: nobody knows since
    when it has it. Any other may be repeated under its key, by the endpoint that has it and by no
    other; it keeps its money and counts against caps, as whatever may have arrived.
    """
    waiting = select_messages().where(condition, DELIVERIES.c.state.in_(("pending", "claimed")))
    lost = list[sa.RowMapping]()
    exposed = list[tuple[sa.RowMapping, dict[str, object]]]()
    for row in connection.execute(waiting).mappings().all():
        known = find_known(ClaimedMessage.from_row(row))
        if known is None:
            continue
        if known.kind in ("one_shot", "keyed_for_a_time"):
            lost.append(row)
        else:
            marks = {name: row[name] or now for name in ("exposed_at", "claimed_at")}
            exposed.append((row, {"endpoint": known.endpoint, **marks}))
    if exposed:
        update_deliveries(connection, exposed)
    # They count as sent, from now on, against caps and budgets.
    _claim_waiting(lost, connection, now)
    ids = [row["delivery_id"] for row in lost]
    _set_unknown(connection, ids, now)
    return len(lost)


def _claim_waiting(rows: Sequence[sa.RowMapping], connection: sa.Connection, now: datetime) -> None:
    waiting = [row for row in rows if row["state"] == "pending"]
    if waiting:
        claimed = {"state": "claimed", "claimed_at": now}
        update_deliveries(connection, ((row, claimed) for row in waiting))


def _set_unknown(connection: sa.Connection, ids: Sequence[str], now: datetime) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        lost = DELIVERIES.c.delivery_id.in_(ids[start : start + _AT_ONCE])
        rows = connection.execute(sa.select(DELIVERIES).where(lost)).mappings().all()
        set_states(connection, [(row, "unknown", "restored", None) for row in rows], now)
