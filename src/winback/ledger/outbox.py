"""The outbox: one row for every step of everyone who is written to, claimed before it is sent.

A row is claimed in a committed transaction before anything leaves. What a channel says of it then
is in `message_outcomes`; what a crash leaves claimed, in `recovery`.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.core.expiry_marks import fill_expiry
from winback.ledger.budgets import update_deliveries
from winback.ledger.due_messages import DueMessages, RulesOutdated, select_messages
from winback.ledger.engine import Ledger
from winback.ledger.locks import TURN_SECONDS, Lease, renew
from winback.ledger.message_outcomes import (
    MATCHES_ASSIGNMENT,
    Fate,
    Outcome,
    record_outcomes,
    set_states,
)
from winback.ledger.row_seals import get_seal_key, is_intact
from winback.ledger.suppression import (
    SuppressionRules,
    SuppressionVerdict,
)
from winback.ledger.tables.service import LEASES
from winback.ledger.tables.waves import ASSIGNMENTS, DELIVERIES, WAVES

KEY_HOURS = 24.0  # how long a receiver of the class `keyed_for_a_time` knows a key at least


@dataclass(frozen=True)
class ClaimedMessage:
    """A message that is this run's to hand to its channel, once."""

    delivery_id: str
    wave_id: str
    customer_id: str
    step: int
    channel: str
    play: str
    household: str
    owner: str | None
    offer: str | None
    subject: str | None
    body: str | None
    attempts: int
    seq: int
    kind: str | None = None  # the class of its channel
    address: str | None = None  # its keyed hash, where it is known
    endpoint: str | None = None  # who it goes to, hashed

    @classmethod
    def from_row(cls, row: sa.RowMapping) -> "ClaimedMessage":
        """A message as `select_messages` reads it."""
        return cls(**{name: row[name] for name in _COLUMNS})


@dataclass(frozen=True)
class KnownClaim:
    """A claim that the ledger may have lost. kind: the class of its channel; endpoint: who it was
    for, None where that was not kept."""

    kind: str
    endpoint: str | None


@dataclass(frozen=True)
class ClaimResult:
    """What a claim found: rows to hand over, and how many were settled without; next_due: when
    to look again, None: never; unknown: of those settled, how many may have arrived before."""

    claimed: tuple[ClaimedMessage, ...]
    kept: Mapping[str, int]
    next_due: datetime | None
    unknown: int = 0


def get_cycle(wave_id: str) -> str:
    """The week of a wave, as the last part of its name has it."""
    return wave_id.rsplit("-", 1)[-1]


def build_idempotency_key(wave_id: str, customer_id: str, step: int) -> str:
    """The key a receiver knows a message by, the same in every attempt."""
    return hashlib.sha256(f"{wave_id}\0{customer_id}\0{step}".encode()).hexdigest()[:32]


def claim_messages(
    ledger: Ledger,
    lease: Lease,
    now: datetime,
    rules: SuppressionRules,
    due: DueMessages,
    most: int,
    outcomes: Sequence[Outcome] = (),
    kind: str | None = None,
    is_current: Callable[[], bool] = lambda: True,
    endpoint: str | None = None,
    key_hours: float = KEY_HOURS,
) -> ClaimResult:
    """Claim up to `most` of the messages that are due, in one transaction, and settle those that
    may not go.

    outcomes: of the claims before, recorded in the same transaction, which saves one. kind: the
    channels' class, kept with each claim: what a crash may do is decided by what it was then.
    is_current: whether what the rules rest on is as it was, asked within the transaction. endpoint:
    a hash of who is behind the channels; key_hours: how long that one knows a key, where it forgets
    them.

    Raises LeaseLost when another run has taken over, and RulesOutdated; then what is in `outcomes`
    is not recorded.
    """
    with ledger.begin_write() as connection:
        due.check(connection, outcomes)
        moment, last = renew(connection, lease, now)
        if not is_current():
            raise RulesOutdated
        record_outcomes(connection, lease, outcomes, moment)
        due.read(connection, rules, now, moment, most)
        receiver = _Receiver(kind, endpoint, moment - timedelta(hours=key_hours))
        key = get_seal_key(connection)
        claimed, held_back = _choose(due, rules, receiver, now, moment, most, key)
        offers = [_date_offer(row, rules, now) for row in claimed]
        _mark_claimed(connection, claimed, offers, lease, last, moment, receiver, rules)
        set_states(connection, held_back, moment)
        next_due = None if due.rows else due.find_next(connection)
        due.keep(connection, len(claimed) + len(held_back))
    handed = [
        ClaimedMessage(
            **{name: row[name] for name in _HANDED if name not in _TEXTS},
            subject=fill_expiry(row["subject"], offer.expiry),
            body=fill_expiry(row["body"], offer.expiry),
            seq=seq,
            kind=kind,
            endpoint=endpoint,
            attempts=row["attempts"] + 1,
            address=rules.get_address(row["channel"], row["customer_id"]),
        )
        for seq, (row, offer) in enumerate(zip(claimed, offers, strict=True), start=last + 1)
    ]
    kept = Counter(str(reason) for _, _, reason, _ in held_back)
    unknown = sum(state == "unknown" for _, state, _, _ in held_back)
    return ClaimResult(tuple(handed), kept, next_due, unknown)


@dataclass(frozen=True)
class _Receiver:
    """Who is behind the channels of a claim. kind: their class; endpoint: who, hashed;
    known_since: of which moment on it still knows keys, where it forgets them."""

    kind: str | None
    endpoint: str | None
    known_since: datetime


@dataclass(frozen=True)
class _DatedOffer:
    """When the offer of a claimed message is over, and what its text says of that."""

    ends: datetime | None
    expiry: str | None


def _date_offer(row: sa.RowMapping, rules: SuppressionRules, now: datetime) -> _DatedOffer:
    """The end of an offer that is counted from now on; what somebody may have already says the
    same again."""
    if row["offer_hours"] is None or row["exposed_at"] is not None:
        return _DatedOffer(row["offer_ends"], row["expiry"])
    return _DatedOffer(*rules.count_offer(row["offer_hours"], now))


def _choose(
    due: DueMessages,
    rules: SuppressionRules,
    receiver: _Receiver,
    now: datetime,
    moment: datetime,
    most: int,
    key: bytes | None,
) -> tuple[list[sa.RowMapping], list[Fate]]:
    """The rows that may go, up to `most`, and what becomes of those before them that may not."""
    claimed, held_back = list[sa.RowMapping](), list[Fate]()
    for row in due.rows:
        verdict = _check_exposure(row, receiver) or due.state.check(row, rules, now, moment)
        if not is_intact(key, DELIVERIES, row):
            verdict = SuppressionVerdict("suppressed", "tampered")
        if verdict is not None:
            held_back.append(_hold_back(row, verdict))
            continue
        due.state.count_claim(row, rules, moment)
        claimed.append(row)
        if len(claimed) == most:
            break
    return claimed, held_back


def _check_exposure(row: sa.RowMapping, receiver: _Receiver) -> SuppressionVerdict | None:
    """Why what may have arrived at an earlier attempt must not go again; None if it may, or never
    left."""
    if row["exposed_at"] is None:
        return None
    if row["endpoint"] != receiver.endpoint or receiver.kind == "one_shot":
        return SuppressionVerdict("unknown", "other_receiver")
    # A claim may be handed over half a turn later, and its answer take as long.
    forgets = row["exposed_at"] - timedelta(seconds=TURN_SECONDS)
    if receiver.kind == "keyed_for_a_time" and forgets <= receiver.known_since:
        return SuppressionVerdict("unknown", "key_forgotten")
    return None


def _hold_back(row: sa.RowMapping, verdict: SuppressionVerdict) -> Fate:
    """What becomes of a message that may not go: what may have arrived before is `unknown`, and
    not simply kept back."""
    settled = verdict.state != "pending" and row["exposed_at"] is not None
    state = "unknown" if settled else verdict.state
    return row, state, verdict.reason, verdict.not_before


_HANDED = (
    "delivery_id",
    "wave_id",
    "customer_id",
    "step",
    "channel",
    "play",
    "household",
    "owner",
    "offer",
    "subject",
    "body",
)

_TEXTS = ("subject", "body")

# Built once: a run executes it for every message.
_NUMBERED = (
    sa.update(LEASES)
    .where(LEASES.c.name == sa.bindparam("param_name"))
    .values(seq=sa.bindparam("param_seq"))
)


def _mark_claimed(
    connection: sa.Connection,
    rows: Sequence[sa.RowMapping],
    offers: Sequence[_DatedOffer],
    lease: Lease,
    last: int,
    moment: datetime,
    receiver: _Receiver,
    rules: SuppressionRules,
) -> None:
    """Claim messages under the numbers after the last one."""
    if not rows:
        return
    key = get_seal_key(connection)
    common = {
        "state": "claimed",
        "reason": None,
        "claim": lease.token,
        "claimed_at": moment,
        "kind": receiver.kind,
        "endpoint": receiver.endpoint,
    }
    changes = [
        {
            **common,
            "seq": seq,
            "address": rules.get_address(row["channel"], row["customer_id"]),
            "offer_ends": offer.ends,
            "expiry": offer.expiry,
            "text_hash": _hash_text(key, row, offer.expiry),
            "attempts": row["attempts"] + 1,
        }
        for seq, (row, offer) in enumerate(zip(rows, offers, strict=True), start=last + 1)
    ]
    update_deliveries(connection, zip(rows, changes, strict=True))
    connection.execute(_NUMBERED, {"param_name": lease.name, "param_seq": last + len(rows)})


def _hash_text(key: bytes | None, row: sa.RowMapping, expiry: str | None) -> str | None:
    """A keyed hash of a message as it is handed over."""
    if key is None:
        return None
    parts = (fill_expiry(row[name], expiry) or "" for name in _TEXTS)
    return hmac.digest(key, "\0".join(parts).encode(), "sha256").hex()[:32]


@dataclass(frozen=True)
class Addressee:
    """Who a message was for. address: the keyed hash of where it went; None where that is not
    known."""

    customer_id: str
    channel: str
    address: str | None


def find_addressee(ledger: Ledger, delivery_id: str) -> Addressee | None:
    """Who a message was for; None where there is no such message."""
    columns = (DELIVERIES.c.customer_id, DELIVERIES.c.channel, DELIVERIES.c.address)
    with ledger.begin_read() as connection:
        query = sa.select(*columns).where(DELIVERIES.c.delivery_id == delivery_id)
        row = connection.execute(query).first()
    return Addressee(*row) if row else None


def list_claims_after(ledger: Ledger, seq: int) -> list[ClaimedMessage]:
    """Every claim with a greater number, in their order."""
    query = select_messages().where(DELIVERIES.c.seq > seq).order_by(DELIVERIES.c.seq)
    with ledger.begin_read() as connection:
        return [ClaimedMessage.from_row(row) for row in connection.execute(query).mappings()]


def list_never_claimed(ledger: Ledger) -> list[ClaimedMessage]:
    """Waiting messages of waves that may still send, of which no claim is known."""
    d, going = DELIVERIES.c, sa.select(WAVES.c.wave_id).where(WAVES.c.state == "approved")
    waiting = (d.state == "pending") & d.seq.is_(None) & d.exposed_at.is_(None)
    query = select_messages().where(waiting, d.wave_id.in_(going)).order_by(d.delivery_id)
    with ledger.begin_read() as connection:
        return [ClaimedMessage.from_row(row) for row in connection.execute(query).mappings()]


def load_claimed_households(ledger: Ledger) -> set[tuple[str, str, str, int]]:
    """The household, play, cycle and step of every message that was claimed, or may have been: what
    the journal knows a claim by."""
    d, a = DELIVERIES.c, ASSIGNMENTS.c
    query = sa.select(a.household, a.play, d.wave_id, d.step).join(ASSIGNMENTS, MATCHES_ASSIGNMENT)
    may_have = d.seq.is_not(None) | d.exposed_at.is_not(None) | (d.state == "unknown")
    with ledger.begin_read() as connection:
        rows = connection.execute(query.where(may_have)).all()
    return {(row.household, row.play, get_cycle(row.wave_id), row.step) for row in rows}


def list_claims_of(ledger: Ledger, customers: Collection[str]) -> list[ClaimedMessage]:
    """Every message of customers that was ever claimed."""
    mine = DELIVERIES.c.customer_id.in_(customers) & DELIVERIES.c.seq.is_not(None)
    with ledger.begin_read() as connection:
        rows = connection.execute(
            select_messages().where(mine).order_by(DELIVERIES.c.seq)
        ).mappings()
        return [ClaimedMessage.from_row(row) for row in rows]


_COLUMNS = (*_HANDED, "kind", "attempts", "seq", "address", "endpoint")
