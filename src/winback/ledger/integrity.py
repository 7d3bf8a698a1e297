"""What must be true of the ledger after every crash, counted from its own rows (RELIABILITY 2.1).
`winback audit` tells it.

That no message went out twice is counted at the receivers, by the rehearsal and the tests: a ledger
cannot bear witness for itself. What it can show is that nobody is lost, no arm has changed, and no
cap, budget or note was broken.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.ledger.audit_log import first_broken
from winback.ledger.engine import Ledger
from winback.ledger.erasure import ERASED
from winback.ledger.schema import ASSIGNMENTS, BUDGETS, COUNTED, DELIVERIES, STATES, TURNS, WAVES
from winback.ledger.suppression import EVERY, Cap
from winback.ledger.waves import Seal, sealed_arms

_EXAMPLES = 3


@dataclass(frozen=True)
class Fault:
    """A promise that does not hold: which one (a key of the catalogue), of what, how often, and
    some of those it is about."""

    rule: str
    subject: str
    count: int
    examples: tuple[str, ...]


def audit(
    ledger: Ledger,
    caps: Sequence[Cap] = (),
    arm_of: Callable[[str, str, str], str | None] | None = None,
) -> list[Fault]:
    """Every promise that is broken; none for a healthy ledger.

    arm_of: draws the arm of a wave, a play and a household again, so that what was drawn once is
    seen to be what would be drawn now; None, or no arm: it is not looked at.
    """
    with ledger.steady() as connection:
        found = [
            *_trail(connection),
            *_numbers(connection),
            *_budgets(connection),
            *_caps(connection, caps),
        ]
        for wave_id in (
            connection.execute(sa.select(WAVES.c.wave_id).order_by(WAVES.c.wave_id)).scalars().all()
        ):
            found += [*_sums(connection, wave_id), *_arms(connection, wave_id, arm_of)]
    return found


def _fault(rule: str, subject: str, ids: Sequence[str]) -> Iterator[Fault]:
    if ids:
        yield Fault(rule, subject, len(ids), tuple(ids[:_EXAMPLES]))


def _trail(connection: sa.Connection) -> Iterator[Fault]:
    broken = first_broken(connection)
    if broken is not None:
        yield Fault("trail_broken", "trail", 1, (str(broken),))


def _numbers(connection: sa.Connection) -> Iterator[Fault]:
    """Each claim has a number of its own, and none above the last one given."""
    seqs = sa.select(DELIVERIES.c.seq).where(DELIVERIES.c.seq.is_not(None))
    twice = (
        connection.execute(seqs.group_by(DELIVERIES.c.seq).having(sa.func.count() > 1))
        .scalars()
        .all()
    )
    yield from _fault("claim_number_twice", "deliveries", [str(each) for each in twice])
    last = connection.execute(sa.select(sa.func.max(TURNS.c.seq))).scalar() or 0
    above = connection.execute(seqs.where(DELIVERIES.c.seq > last)).scalars().all()
    yield from _fault("claim_number_unknown", "deliveries", [str(each) for each in above])


def _sums(connection: sa.Connection, wave_id: str) -> Iterator[Fault]:
    """I2: who is written to has messages, nobody else has, and each is in a state there is."""
    a, d = ASSIGNMENTS.c, DELIVERIES.c
    first = sa.select(d.customer_id).where(d.wave_id == wave_id, d.step == 1)
    treated = sa.select(a.customer_id).where(a.wave_id == wave_id, a.arm == "treatment")
    lost = (
        connection.execute(treated.where(a.customer_id.not_in(first)).order_by(a.customer_id))
        .scalars()
        .all()
    )
    yield from _fault("treated_without_message", wave_id, lost)
    others = sa.select(d.delivery_id).where(d.wave_id == wave_id, d.customer_id.not_in(treated))
    yield from _fault(
        "message_without_treatment", wave_id, connection.execute(others).scalars().all()
    )
    strange = sa.select(d.delivery_id).where(d.wave_id == wave_id, d.state.not_in(STATES))
    yield from _fault("state_unknown", wave_id, connection.execute(strange).scalars().all())


def _arms(
    connection: sa.Connection, wave_id: str, arm_of: Callable[[str, str, str], str | None] | None
) -> Iterator[Fault]:
    """I3: every arm is what the trail sealed, and what would be drawn again."""
    seal, moved = Seal(), list[str]()
    theirs = sa.select(ASSIGNMENTS).where(ASSIGNMENTS.c.wave_id == wave_id)
    for row in connection.execute(theirs).mappings():
        seal.add(row["customer_id"], row["household"], row["arm"])
        # Who was erased has no household any more that could be drawn again.
        if (
            arm_of is not None
            and row["arm"] != "excluded"
            and not row["household"].startswith(ERASED)
        ):
            drawn = arm_of(wave_id, row["play"], row["household"])
            if drawn is not None and drawn != row["arm"]:
                moved.append(row["customer_id"])
    yield from _fault("arm_not_drawn", wave_id, sorted(moved))
    if sealed_arms(connection, wave_id) != seal.told:
        yield Fault("assignments_changed", wave_id, 1, (wave_id,))


def _budgets(connection: sa.Connection) -> Iterator[Fault]:
    """What is counted as spent is what was claimed, and no more than allowed."""
    for row in connection.execute(sa.select(BUDGETS)).mappings().all():
        theirs = (DELIVERIES.c.wave_id == row["wave_id"]) & DELIVERIES.c.state.in_(COUNTED)
        if row["name"] != EVERY:
            theirs &= DELIVERIES.c.offer == row["name"]
        spent = connection.execute(
            sa.select(sa.func.coalesce(sa.func.sum(DELIVERIES.c.cost_cents), 0)).where(theirs)
        ).scalar()
        name = f"{row['wave_id']} {row['name']}"
        if spent != row["spent_cents"]:
            yield Fault("budget_miscounted", name, 1, (f"{row['spent_cents']} ≠ {spent}",))
        if row["spent_cents"] > row["limit_cents"]:
            yield Fault(
                "budget_overspent", name, 1, (f"{row['spent_cents']} > {row['limit_cents']}",)
            )


def _caps(connection: sa.Connection, caps: Sequence[Cap]) -> Iterator[Fault]:
    """I8: in no window of a cap has a customer more messages than it allows."""
    claims = sa.select(
        DELIVERIES.c.customer_id, DELIVERIES.c.channel, DELIVERIES.c.claimed_at
    ).where(DELIVERIES.c.state.in_(COUNTED))
    rows = connection.execute(claims.order_by(DELIVERIES.c.claimed_at)).all()
    for cap in caps:
        over, recent = list[str](), defaultdict[str, deque[datetime]](deque)
        for customer, channel, at in rows:
            if cap.channel not in (EVERY, channel):
                continue
            window = recent[customer]
            while window and window[0] <= at - timedelta(days=cap.days):
                window.popleft()
            window.append(at)
            if len(window) > cap.most:
                over.append(customer)
        yield from _fault("cap_broken", f"{cap.channel} {cap.most}/{cap.days}", sorted(set(over)))
