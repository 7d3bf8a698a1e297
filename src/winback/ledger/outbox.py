"""Deliveries: one row for every step of everyone who is written to, claimed, settled and, after a
crash, made whole again.

A row is claimed in a committed transaction before anything leaves, and settled after. What a crash
leaves claimed depends on the channel: what may be repeated waits again under the same key; a
one-shot message is `unknown`, and stays so until a person says what became of it.
A channel that says for certain that nothing went out may be asked again.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from winback.core.errors import DeliveryAlreadyResolved, DeliveryUnknown
from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.locks import Lease, renew
from winback.ledger.schema import ASSIGNMENTS, BUDGETS, COUNTED, DELIVERIES, LEASES, WAVES
from winback.ledger.suppression import SuppressionRules, list_budgets, load_state

MOST_ATTEMPTS = 5
_LOOKED_AT = 20  # rows of one transaction that may turn out not to go

SendState = Literal["sent", "created", "failed", "unknown", "again"]
Fate = tuple[
    sa.RowMapping, str, str | None, datetime | None
]  # a delivery, its new state, why, and when it is due again


@dataclass(frozen=True)
class ClaimedMessage:
    """A message that is this run's to hand to its channel, once."""

    delivery_id: str
    wave_id: str
    customer_id: str
    step: int
    channel: str
    play: str
    owner: str | None
    offer: str | None
    subject: str | None
    body: str | None
    attempts: int
    seq: int


@dataclass(frozen=True)
class Outcome:
    """What a channel said of a claimed message. again: to be tried later; receipt: what it calls
    it.

    tried: whether the attempt counts; where a channel stopped as a whole, it does not. sure:
    whether nothing went out; where that is not known, the last attempt leaves it unknown.
    """

    delivery_id: str
    state: SendState
    reason: str | None = None
    receipt: str | None = None
    not_before: datetime | None = None
    tried: bool = True
    sure: bool = True


@dataclass(frozen=True)
class ClaimResult:
    """What a claim found: rows to hand over, and how many were settled without; next_due: when
    to look again, None: never."""

    claimed: tuple[ClaimedMessage, ...]
    kept: Mapping[str, int]
    next_due: datetime | None


def build_idempotency_key(wave_id: str, customer_id: str, step: int) -> str:
    """The key a receiver knows a message by, the same in every attempt."""
    return hashlib.sha256(f"{wave_id}\0{customer_id}\0{step}".encode()).hexdigest()[:32]


def claim_messages(
    ledger: Ledger,
    lease: Lease,
    now: datetime,
    rules: SuppressionRules,
    channels: Collection[str],
    most: int,
    outcomes: Sequence[Outcome] = (),
    kind: str | None = None,
) -> ClaimResult:
    """Claim up to `most` messages that are due on some channels, in one transaction, and settle
    those that may not go.

    outcomes: of the claims before, recorded in the same transaction, which saves one. kind: the
    channels' class, kept with each claim: what a crash may do is decided by what it was then.
    Raises LeaseLost when another run has taken over; then what is in `outcomes` is for `settle`.
    """
    claimed: list[sa.RowMapping] = []
    held_back: list[Fate] = []
    with ledger.begin_write() as connection:
        moment, last = renew(connection, lease, now)
        _record_outcomes(connection, lease, outcomes, moment)
        parameters = {
            "param_channels": sorted(channels),
            "param_now": now,
            "param_most": max(most, _LOOKED_AT),
        }
        rows = connection.execute(_DUE, parameters).mappings().all() if most else []
        known = load_state(connection, rows, rules, moment)
        for row in rows:
            verdict = known.check(row, rules, now, moment)
            if verdict is not None:
                held_back.append((row, verdict.state, verdict.reason, verdict.not_before))
                continue
            known.count_claim(row, moment)
            claimed.append(row)
            if len(claimed) == most:
                break
        _mark_claimed(connection, claimed, lease, last, moment, kind)
        _set_states(connection, held_back, moment)
        next_due = (
            None
            if rows
            else connection.execute(_NEXT_DUE, {"param_channels": sorted(channels)}).scalar()
        )
    handed = [
        ClaimedMessage(
            seq=seq, attempts=row["attempts"] + 1, **{name: row[name] for name in _HANDED}
        )
        for seq, row in enumerate(claimed, start=last + 1)
    ]
    return ClaimResult(
        tuple(handed), Counter(str(reason) for _, _, reason, _ in held_back), next_due
    )


_HANDED = (
    "delivery_id",
    "wave_id",
    "customer_id",
    "step",
    "channel",
    "play",
    "owner",
    "offer",
    "subject",
    "body",
)


# Built once: a run executes them for every message.
_WAITING = (
    (DELIVERIES.c.state == "pending")
    & DELIVERIES.c.channel.in_(sa.bindparam("param_channels", expanding=True))
    & DELIVERIES.c.wave_id.in_(sa.select(WAVES.c.wave_id).where(WAVES.c.state == "approved"))
)
_ITS_ARM = (ASSIGNMENTS.c.wave_id == DELIVERIES.c.wave_id) & (
    ASSIGNMENTS.c.customer_id == DELIVERIES.c.customer_id
)
_DUE = (
    sa.select(DELIVERIES, ASSIGNMENTS.c.owner, ASSIGNMENTS.c.play)
    .join(ASSIGNMENTS, _ITS_ARM)
    .where(_WAITING, DELIVERIES.c.due_at <= sa.bindparam("param_now"))
    .order_by(DELIVERIES.c.due_at, DELIVERIES.c.rank, DELIVERIES.c.delivery_id)
    .limit(sa.bindparam("param_most"))
)
_NEXT_DUE = sa.select(sa.func.min(DELIVERIES.c.due_at)).where(_WAITING)
_OPEN = ("pending", "unknown", "created")  # what comes after such a step is not decided yet
_ITS_ID = DELIVERIES.c.delivery_id == sa.bindparam("param_id")
_TAKEN = (
    sa.update(DELIVERIES)
    .where(_ITS_ID)
    .values(
        state="claimed",
        reason=None,
        claim=sa.bindparam("param_claim"),
        claimed_at=sa.bindparam("param_moment"),
        seq=sa.bindparam("param_seq"),
        kind=sa.bindparam("param_kind"),
        attempts=DELIVERIES.c.attempts + 1,
    )
)
_NUMBERED = (
    sa.update(LEASES)
    .where(LEASES.c.name == sa.bindparam("param_name"))
    .values(seq=sa.bindparam("param_seq"))
)
_SPENT = (
    sa.update(BUDGETS)
    .where(
        BUDGETS.c.wave_id == sa.bindparam("param_wave"),
        BUDGETS.c.name == sa.bindparam("param_offer"),
    )
    .values(spent_cents=BUDGETS.c.spent_cents + sa.bindparam("param_cents"))
)
_MINE = sa.select(DELIVERIES).where(
    DELIVERIES.c.delivery_id.in_(sa.bindparam("param_ids", expanding=True)),
    DELIVERIES.c.claim == sa.bindparam("param_claim"),
    DELIVERIES.c.state.in_(("claimed", "unknown")),
)
_FATE = (
    sa.update(DELIVERIES)
    .where(_ITS_ID)
    .values(
        {
            column: sa.bindparam(f"param_{column}")
            for column in ("state", "reason", "due_at", "settled_at", "claimed_at")
        }
    )
)
_LATER = (
    sa.select(DELIVERIES)
    .where(
        DELIVERIES.c.wave_id.in_(sa.bindparam("param_waves", expanding=True)),
        DELIVERIES.c.customer_id.in_(sa.bindparam("param_customers", expanding=True)),
        DELIVERIES.c.state == "pending",
        DELIVERIES.c.due_at.is_(None),
    )
    .order_by(DELIVERIES.c.step)
)


def _mark_claimed(
    connection: sa.Connection,
    rows: Sequence[sa.RowMapping],
    lease: Lease,
    last: int,
    moment: datetime,
    kind: str | None,
) -> None:
    """Claim messages under the numbers after the last one."""
    if not rows:
        return
    common = {"param_claim": lease.token, "param_moment": moment, "param_kind": kind}
    values = [
        {"param_id": row["delivery_id"], "param_seq": seq, **common}
        for seq, row in enumerate(rows, start=last + 1)
    ]
    connection.execute(_TAKEN, values)
    connection.execute(_NUMBERED, {"param_name": lease.name, "param_seq": last + len(rows)})
    _reserve_budget(connection, rows, 1)


def _reserve_budget(connection: sa.Connection, rows: Sequence[sa.RowMapping], sign: int) -> None:
    """Reserve what messages cost at most (sign 1), or give it back (-1)."""
    cents = Counter[tuple[str, str]]()
    for row in rows:
        for name in list_budgets(row):
            cents[row["wave_id"], name] += sign * row["cost_cents"]
    values = [
        {"param_wave": wave_id, "param_offer": name, "param_cents": spent}
        for (wave_id, name), spent in cents.items()
        if spent
    ]
    if values:
        connection.execute(_SPENT, values)


def complete(ledger: Ledger, lease: Lease, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Record what channels said. It is recorded also by a run that was fenced off: it alone knows
    what became of its claims.

    A claim that was taken for lost meanwhile is `unknown`, and becomes what it was; one that
    another run has claimed again (of a channel that may be repeated) is that run's to settle.
    """
    with ledger.begin_write() as connection:
        _record_outcomes(connection, lease, outcomes, now)


def _record_outcomes(
    connection: sa.Connection, lease: Lease, outcomes: Sequence[Outcome], moment: datetime
) -> None:
    if not outcomes:
        return
    by_id = {outcome.delivery_id: outcome for outcome in outcomes}
    rows = (
        connection.execute(_MINE, {"param_ids": sorted(by_id), "param_claim": lease.token})
        .mappings()
        .all()
    )
    fates, waiting = _decide_fates(rows, by_id, moment)
    _uncount_attempts(fates, by_id, connection)
    _keep_receipts(connection, [by_id[row["delivery_id"]] for row, _, _, _ in fates])
    _set_states(connection, fates, moment)
    _keep_claim_times(connection, waiting)


def _decide_fates(
    rows: Sequence[sa.RowMapping], by_id: dict[str, Outcome], moment: datetime
) -> tuple[list[Fate], list[sa.RowMapping]]:
    fates: list[Fate] = []
    waiting: list[sa.RowMapping] = []
    for row in rows:
        outcome = by_id[row["delivery_id"]]
        again = _is_tried_again(outcome, row["attempts"])
        if again and not outcome.sure:
            waiting.append(row)
        state = "pending" if again else _get_final_state(outcome)
        not_before = (outcome.not_before or moment) if again else None
        fates.append((row, state, outcome.reason, not_before))
    return fates, waiting


def _is_tried_again(outcome: Outcome, attempts: int) -> bool:
    return outcome.state == "again" and (not outcome.tried or attempts < MOST_ATTEMPTS)


def _get_final_state(outcome: Outcome) -> str:
    """The state of what is not tried again: what was given up failed, if that is sure."""
    if outcome.state != "again":
        return outcome.state
    return "failed" if outcome.sure else "unknown"


def _uncount_attempts(
    fates: list[Fate],
    by_id: dict[str, Outcome],
    connection: sa.Connection,
) -> None:
    untried = [
        {"param_id": row["delivery_id"]}
        for row, _, _, _ in fates
        if not by_id[row["delivery_id"]].tried
    ]
    if untried:
        connection.execute(
            sa.update(DELIVERIES).where(_ITS_ID).values(attempts=DELIVERIES.c.attempts - 1), untried
        )


def _keep_claim_times(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> None:
    """Let messages that may have arrived, and wait to be asked again, count against caps
    meanwhile."""
    if rows:
        values = [
            {"param_id": row["delivery_id"], "param_claimed_at": row["claimed_at"]} for row in rows
        ]
        connection.execute(
            sa.update(DELIVERIES)
            .where(_ITS_ID)
            .values(claimed_at=sa.bindparam("param_claimed_at")),
            values,
        )


def _keep_receipts(connection: sa.Connection, outcomes: Sequence[Outcome]) -> None:
    values = [
        {"param_id": each.delivery_id, "param_receipt": each.receipt}
        for each in outcomes
        if each.receipt
    ]
    if values:
        connection.execute(
            sa.update(DELIVERIES).where(_ITS_ID).values(receipt=sa.bindparam("param_receipt")),
            values,
        )


def _set_states(connection: sa.Connection, fates: Sequence[Fate], moment: datetime) -> None:
    """Give deliveries their new states, their money back where nothing went out, and their
    ladders what follows."""
    if not fates:
        return
    values = [
        {
            "param_id": row["delivery_id"],
            "param_state": state,
            "param_reason": reason,
            "param_due_at": due or row["due_at"],
            "param_settled_at": None if state == "pending" else moment,
            "param_claimed_at": row["claimed_at"] if state in COUNTED else None,
        }
        for row, state, reason, due in fates
    ]
    connection.execute(_FATE, values)
    _reserve_budget(
        connection,
        [row for row, state, _, _ in fates if row["state"] in COUNTED and state not in COUNTED],
        -1,
    )
    _schedule_next_steps(connection, fates, moment)


def _schedule_next_steps(
    connection: sa.Connection, fates: Sequence[Fate], moment: datetime
) -> None:
    """What settled steps mean for their ladders: the next one gets its day, or nobody needs
    those that are left."""
    settled = {
        (row["wave_id"], row["customer_id"]): (row["step"], state)
        for row, state, _, _ in fates
        if state not in _OPEN
    }
    if not settled:
        return
    waves, customers = (sorted({key[place] for key in settled}) for place in (0, 1))
    later = (
        connection.execute(_LATER, {"param_waves": waves, "param_customers": customers})
        .mappings()
        .all()
    )
    due, gone = _split_later_steps(later, settled, moment)
    _update_later_steps(due, connection, gone, moment)


def _split_later_steps(
    later: Sequence[sa.RowMapping],
    settled: dict[tuple[Any, Any], tuple[Any, str]],
    moment: datetime,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    due, gone, handled = list[dict[str, Any]](), list[dict[str, Any]](), set[tuple[str, str]]()
    for row in later:
        key = (row["wave_id"], row["customer_id"])
        if key not in settled or row["step"] < settled[key][0]:
            continue
        if settled[key][1] != "sent":
            gone.append({"param_id": row["delivery_id"]})
        elif key not in handled:
            due_at = moment + timedelta(days=row["after_days"])
            due.append({"param_id": row["delivery_id"], "param_due": due_at})
        handled.add(key)
    return due, gone


def _update_later_steps(
    due: list[dict[str, Any]],
    connection: sa.Connection,
    gone: list[dict[str, Any]],
    moment: datetime,
) -> None:
    if due:
        connection.execute(
            sa.update(DELIVERIES).where(_ITS_ID).values(due_at=sa.bindparam("param_due")), due
        )
    if gone:
        left = {"state": "not_needed", "reason": "step_before", "settled_at": moment}
        connection.execute(sa.update(DELIVERIES).where(_ITS_ID).values(left), gone)


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
        _set_states(connection, fates, now)
        _keep_claim_times(connection, [row for row, state, _, _ in fates if state == "pending"])
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
        _set_states(connection, [(row, state, "resolved", None)], now)
        append(
            connection,
            now,
            actor,
            "resolved",
            delivery_id,
            {"wave": row["wave_id"], "as": state, "why": why},
        )


def list_pending_receipts(ledger: Ledger, channel: str) -> list[sa.RowMapping]:
    """Messages of a channel of which more may be learnt: tasks a person has to confirm, and
    those of unknown fate."""
    query = sa.select(DELIVERIES, ASSIGNMENTS.c.owner).join(ASSIGNMENTS, _ITS_ARM)
    with ledger.begin_read() as connection:
        open_ones = query.where(
            DELIVERIES.c.channel == channel, DELIVERIES.c.state.in_(("created", "unknown"))
        )
        return list(
            connection.execute(
                open_ones.order_by(DELIVERIES.c.seq, DELIVERIES.c.delivery_id)
            ).mappings()
        )


def apply_receipts(ledger: Ledger, outcomes: Sequence[Outcome], source: str, now: datetime) -> int:
    """Record what a channel says later of messages that were `created` or `unknown`; returns of
    how many it was news."""
    by_id = {outcome.delivery_id: outcome for outcome in outcomes}
    with ledger.begin_write() as connection:
        rows = _load_changed(by_id, connection)
        _keep_receipts(connection, [by_id[row["delivery_id"]] for row in rows])
        _set_states(
            connection,
            [
                (row, by_id[row["delivery_id"]].state, by_id[row["delivery_id"]].reason, None)
                for row in rows
            ],
            now,
        )
        if rows:
            counts = Counter(str(by_id[row["delivery_id"]].state) for row in rows)
            append(connection, now, source, "learnt", source, counts)
    return len(rows)


def _load_changed(by_id: dict[str, Outcome], connection: sa.Connection) -> list[sa.RowMapping]:
    query = sa.select(DELIVERIES).where(
        DELIVERIES.c.delivery_id.in_(sorted(by_id)),
        DELIVERIES.c.state.in_(("created", "unknown")),
    )
    return [
        row
        for row in connection.execute(query).mappings()
        if row["state"] != by_id[row["delivery_id"]].state
    ]


def find_customer(ledger: Ledger, delivery_id: str) -> tuple[str, str] | None:
    """The customer and the channel of a message; None where there is no such message."""
    with ledger.begin_read() as connection:
        query = sa.select(DELIVERIES.c.customer_id, DELIVERIES.c.channel).where(
            DELIVERIES.c.delivery_id == delivery_id
        )
        row = connection.execute(query).first()
    return (row.customer_id, row.channel) if row else None


def get_last_claim(ledger: Ledger, name: str) -> int:
    """The number of the last claim a run has made; 0 before the first."""
    with ledger.begin_read() as connection:
        return (
            connection.execute(sa.select(LEASES.c.seq).where(LEASES.c.name == name)).scalar() or 0
        )


def reconcile_after_restore(
    ledger: Ledger, name: str, highest: int, repeatable: Collection[str], actor: str, now: datetime
) -> int:
    """Let a restored ledger send again: whatever may have gone out after the backup is `unknown`.
    Returns how many that are.

    highest: the number of the last claim of the ledger it replaces.
    """
    with ledger.begin_write() as connection:
        connection.execute(sa.update(LEASES).where(LEASES.c.name == name).values(seq=highest))
        lost = _match_lost(repeatable)
        rows = connection.execute(sa.select(DELIVERIES).where(lost)).mappings().all()
        # They count as sent, from now on: neither a cap nor a budget is used twice.
        _claim_waiting(rows, connection, now)
        _set_unknown(connection, lost, now)
        append(
            connection,
            now,
            actor,
            "reconciled",
            name,
            {"last_claim": highest, "unknown": len(rows)},
        )
    return len(rows)


def _match_lost(repeatable: Collection[str]) -> sa.ColumnElement[bool]:
    approved = sa.select(WAVES.c.wave_id).where(WAVES.c.state == "approved")
    return (
        DELIVERIES.c.state.in_(("pending", "claimed"))
        & DELIVERIES.c.due_at.is_not(None)
        & DELIVERIES.c.wave_id.in_(approved)
        & DELIVERIES.c.channel.not_in(sorted(repeatable))
    )


def _claim_waiting(rows: Sequence[sa.RowMapping], connection: sa.Connection, now: datetime) -> None:
    waiting = [row for row in rows if row["state"] == "pending"]
    if waiting:
        values = [{"param_id": row["delivery_id"]} for row in waiting]
        connection.execute(
            sa.update(DELIVERIES).where(_ITS_ID).values(state="claimed", claimed_at=now), values
        )
        _reserve_budget(connection, waiting, 1)


def _set_unknown(connection: sa.Connection, lost: sa.ColumnElement[bool], now: datetime) -> None:
    lost_now = connection.execute(sa.select(DELIVERIES).where(lost)).mappings().all()
    _set_states(connection, [(row, "unknown", "restored", None) for row in lost_now], now)
