"""What must be true of the ledger after every crash, counted from its own rows.
`winback audit` tells it.

That no message went out twice is counted at the receivers, by the rehearsal and the tests: a ledger
cannot bear witness for itself. What it can show is that nobody is lost, no arm has changed, and no
cap, budget or note was broken.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from winback.core.addresses import ADDRESS_KIND
from winback.ledger.assignments import AssignmentChecksum, get_recorded_checksum
from winback.ledger.audit_log import find_first_tampered
from winback.ledger.budgets import count_spending
from winback.ledger.engine import Ledger
from winback.ledger.entries import query_moved
from winback.ledger.erasure import ERASED
from winback.ledger.locks import CLOCK_TOLERANCE
from winback.ledger.row_seals import get_seal_key
from winback.ledger.seal_audit import SealMarks, check_seals
from winback.ledger.suppression import ALL, Cap
from winback.ledger.tables.service import LEASES
from winback.ledger.tables.waves import (
    ASSIGNMENTS,
    BUDGETS,
    COUNTED,
    DELIVERIES,
    ENTRIES,
    SPENDING,
    STATES,
    WAVES,
)
from winback.ledger.violations import Violation as Violation
from winback.ledger.violations import build_violation


def audit(
    ledger: Ledger,
    caps: Sequence[Cap] = (),
    find_arm: Callable[[str, str, str], str | None] | None = None,
    now: datetime | None = None,
    marks: SealMarks | None = None,
) -> list[Violation]:
    """Every promise that is broken; none for a healthy ledger.

    find_arm: draws the arm of a wave, a play and a household again, so that what was drawn once is
    seen to be what would be drawn now; None, or no arm: it is not looked at. now: what the clock
    says, so that a clock which ran ahead is seen; None: it is not looked at. marks: what the
    machine keeps of the seals; without them, and without a key, less can be shown.
    """
    with ledger.begin_snapshot() as connection:
        violations = [
            *_check_audit_log(connection, marks),
            *_check_claim_numbers(connection),
            *(_check_clock(connection, now) if now is not None else ()),
            *_check_budgets(connection),
            *_check_spending(connection),
            *_check_caps(connection, caps),
        ]
        for wave_id in (
            connection.execute(sa.select(WAVES.c.wave_id).order_by(WAVES.c.wave_id)).scalars().all()
        ):
            violations += [
                *_check_sums(connection, wave_id),
                *_check_arms(connection, wave_id, find_arm),
            ]
    return violations


def _check_audit_log(connection: sa.Connection, marks: SealMarks | None) -> Iterator[Violation]:
    """The log is whole; under a key, so is everything that is sealed."""
    if get_seal_key(connection) is not None:
        yield from check_seals(connection, marks)
        return
    broken = find_first_tampered(connection)
    if broken is not None:
        yield Violation("audit_log_broken", "audit_log", 1, (str(broken),))


def _check_claim_numbers(connection: sa.Connection) -> Iterator[Violation]:
    """Each claim has a number of its own, and none above the last one given."""
    seqs = sa.select(DELIVERIES.c.seq).where(DELIVERIES.c.seq.is_not(None))
    twice = (
        connection.execute(seqs.group_by(DELIVERIES.c.seq).having(sa.func.count() > 1))
        .scalars()
        .all()
    )
    yield from build_violation("claim_number_twice", "deliveries", [str(each) for each in twice])
    last = connection.execute(sa.select(sa.func.max(LEASES.c.seq))).scalar() or 0
    above = connection.execute(seqs.where(DELIVERIES.c.seq > last)).scalars().all()
    yield from build_violation("claim_number_unknown", "deliveries", [str(each) for each in above])


def _check_clock(connection: sa.Connection, now: datetime) -> Iterator[Violation]:
    """No run has seen a moment that is still to come."""
    latest = now + CLOCK_TOLERANCE
    ahead = sa.select(LEASES.c.seen_at).where(LEASES.c.seen_at > latest)
    moments = connection.execute(ahead).scalars().all()
    yield from build_violation("clock_ahead", "leases", [f"{each:%Y-%m-%d}" for each in moments])


def _check_sums(connection: sa.Connection, wave_id: str) -> Iterator[Violation]:
    """I2: who is written to has messages, nobody else has, and each is in a state there is."""
    a, d = ASSIGNMENTS.c, DELIVERIES.c
    first = sa.select(d.customer_id).where(d.wave_id == wave_id, d.step == 1)
    treated = sa.select(a.customer_id).where(a.wave_id == wave_id, a.arm == "treatment")
    lost = treated.where(a.customer_id.not_in(first)).order_by(a.customer_id)
    yield from _check_none(connection, "treated_without_message", wave_id, lost)
    messages = sa.select(d.delivery_id).where(d.wave_id == wave_id)
    others = messages.where(d.customer_id.not_in(treated))
    yield from _check_none(connection, "message_without_treatment", wave_id, others)
    strange = messages.where(d.state.not_in(STATES))
    yield from _check_none(connection, "state_unknown", wave_id, strange)


def _check_none(
    connection: sa.Connection, rule: str, wave_id: str, query: sa.Select[Any]
) -> Iterator[Violation]:
    """A violation of a rule by every id that a query finds."""
    yield from build_violation(rule, wave_id, connection.execute(query).scalars().all())


def _check_arms(
    connection: sa.Connection, wave_id: str, find_arm: Callable[[str, str, str], str | None] | None
) -> Iterator[Violation]:
    """I3: every arm is what the audit log sealed, what its household's entry fixed, and what
    would be drawn again."""
    seal, moved = AssignmentChecksum(), list[str]()
    rows = sa.select(ASSIGNMENTS).where(ASSIGNMENTS.c.wave_id == wave_id)
    for row in connection.execute(rows).mappings():
        seal.add(row["customer_id"], row["household"], row["arm"])
        # What kept its chance was drawn by an entry, maybe of an earlier wave.
        if row["holdout_chance"] is None and _has_moved(row, find_arm):
            moved.append(row["customer_id"])
    entries = sa.select(ENTRIES).where(ENTRIES.c.wave_id == wave_id)
    for row in connection.execute(entries).mappings():
        if _has_moved(row, find_arm):
            moved.append(row["household"])
    yield from build_violation("arm_not_drawn", wave_id, sorted(moved))
    yield from _check_none(connection, "arm_not_kept", wave_id, query_moved(wave_id))
    if get_recorded_checksum(connection, wave_id) != seal.hexadecimal:
        yield Violation("assignments_changed", wave_id, 1, (wave_id,))


def _has_moved(row: sa.RowMapping, find_arm: Callable[[str, str, str], str | None] | None) -> bool:
    """Whether another arm than an assignment's or an entry's would be drawn today."""
    # Who was erased has no household any more that could be drawn again.
    if find_arm is None or row["arm"] == "excluded" or row["household"].startswith(ERASED):
        return False
    arm = find_arm(row["wave_id"], row["play"], row["household"])
    return arm is not None and arm != row["arm"]


def _check_budgets(connection: sa.Connection) -> Iterator[Violation]:
    """What is counted as spent is what was claimed, and no more than allowed."""
    for row in connection.execute(sa.select(BUDGETS)).mappings().all():
        spent = _sum_spent(row, connection)
        name = f"{row['wave_id']} {row['name']}"
        if spent != row["spent_minor"]:
            yield Violation("budget_miscounted", name, 1, (f"{row['spent_minor']} ≠ {spent}",))
        # What a lost ledger may have sent was not this one's to hold back.
        held_to = row["spent_minor"] - (_sum_spent(row, connection, is_restored=True) or 0)
        if held_to > row["limit_minor"]:
            yield Violation(
                "budget_overspent", name, 1, (f"{row['spent_minor']} > {row['limit_minor']}",)
            )


def _check_spending(connection: sa.Connection) -> Iterator[Violation]:
    """What all waves are counted to have cost is what was claimed, at its time."""
    d = DELIVERIES.c
    paid = sa.select(d.state, d.cost_minor, d.claimed_at, d.exposed_at).where(d.cost_minor > 0)
    rows = connection.execution_options(yield_per=10_000).execute(paid).mappings()
    spent = count_spending(rows)
    kept = {row.quarter_hour: row.spent_minor for row in connection.execute(sa.select(SPENDING))}
    wrong = [
        f"{at:%Y-%m-%d %H:%M}: {kept.get(at, 0)} ≠ {spent[at]}"
        for at in sorted({*kept, *spent})
        if kept.get(at, 0) != spent[at]
    ]
    yield from build_violation("spending_miscounted", "spending", wrong)


def _sum_spent(
    row: sa.RowMapping, connection: sa.Connection, is_restored: bool = False
) -> Any | None:
    """What a budget's messages cost; is_restored: of those a lost ledger may have sent."""
    may_have = (DELIVERIES.c.state == "pending") & DELIVERIES.c.exposed_at.is_not(None)
    deliveries = (DELIVERIES.c.wave_id == row["wave_id"]) & (
        DELIVERIES.c.state.in_(COUNTED) | may_have
    )
    if is_restored:
        deliveries &= DELIVERIES.c.reason == "restored"
    if row["name"] != ALL:
        deliveries &= DELIVERIES.c.offer == row["name"]
    return connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(DELIVERIES.c.cost_minor), 0)).where(deliveries)
    ).scalar()


def _check_caps(connection: sa.Connection, caps: Sequence[Cap]) -> Iterator[Violation]:
    """I8: in no window of a cap has a customer, or a phone, more messages than it allows."""
    d = DELIVERIES.c
    # Of what a lost ledger may have claimed nobody knows when.
    restored = sa.func.coalesce(d.reason, "") == "restored"
    claims = sa.select(d.customer_id, d.channel, d.claimed_at, d.address).where(
        d.state.in_(COUNTED), sa.not_(restored)
    )
    rows = connection.execute(claims.order_by(d.claimed_at)).all()
    by_customer = [(row.customer_id, row.channel, row.claimed_at) for row in rows]
    by_phone = [(row.address, row.channel, row.claimed_at) for row in rows if row.address]
    for cap in caps:
        over = set(_find_over_cap(by_customer, cap))
        if ADDRESS_KIND.get(cap.channel) == "phone":
            over.update(_find_over_cap(by_phone, cap))
        yield from build_violation(
            "cap_broken", f"{cap.channel} {cap.most}/{cap.days}", sorted(over)
        )


def _find_over_cap(rows: Sequence[tuple[str, str, datetime]], cap: Cap) -> list[str]:
    over, recent = list[str](), defaultdict[str, deque[datetime]](deque)
    for customer, channel, at in rows:
        if cap.channel not in (ALL, channel):
            continue
        window = recent[customer]
        while window and window[0] <= at - timedelta(days=cap.days):
            window.popleft()
        window.append(at)
        if len(window) > cap.most:
            over.append(customer)
    return over
