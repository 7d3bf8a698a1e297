"""Who is in which arm of a playbook's waves, and since when: what harm is counted by; and that its
waves were paused for it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from winback.ledger.audit_log import append, find_last_moment
from winback.ledger.engine import Ledger
from winback.ledger.tables.waves import ASSIGNMENTS, DELIVERIES, WAVES

Harm = Literal["complaints", "refunds", "fewer_orders"]
_STOPPED = "harm_stopped"


@dataclass(frozen=True)
class ArmMember:
    """A customer of an approved wave. since: when it was approved; arm: treatment or holdout;
    first: whether it is the household's first wave, drawn with a chance of either arm."""

    wave_id: str
    play: str
    arm: str
    customer_id: str
    household: str
    since: datetime
    first: bool


@dataclass(frozen=True)
class HarmStop:
    """Why a playbook's waves were paused. treated, held_out: people with such an event, of how
    many, as `3/120`; waves: those that were paused."""

    harm: Harm
    treated: str
    held_out: str
    waves: tuple[str, ...]


def list_sending_waves(ledger: Ledger) -> dict[str, list[str]]:
    """By playbook the approved waves that are not paused and still have something to send."""
    w, d = WAVES.c, DELIVERIES.c
    waits = sa.exists().where(d.wave_id == w.wave_id, d.state == "pending")
    query = sa.select(w.playbook, w.wave_id).where(
        w.state == "approved", w.paused_at.is_(None), waits
    )
    sending: dict[str, list[str]] = {}
    with ledger.begin_read() as connection:
        for playbook, wave_id in connection.execute(query.order_by(w.playbook, w.wave_id)):
            sending.setdefault(playbook, []).append(wave_id)
    return sending


def list_arm_members(ledger: Ledger, playbook: str, since: datetime) -> list[ArmMember]:
    """Everybody in an arm of a playbook's waves that were approved after a moment, once, as of the
    first of these waves: what happens to a person is counted once, however often they are written
    to."""
    a, w = ASSIGNMENTS.c, WAVES.c
    drawn = sa.and_(
        w.playbook == playbook, w.state == "approved", a.arm.in_(("treatment", "holdout"))
    )
    columns = a.wave_id, a.play, a.arm, a.customer_id, a.household, a.holdout_chance, w.decided_at
    query = sa.select(*columns).join(WAVES, w.wave_id == a.wave_id).where(drawn)
    query = query.where(w.decided_at > since).order_by(w.decided_at, a.wave_id, a.customer_id)
    earlier = (
        sa.select(a.household)
        .distinct()
        .join(WAVES, w.wave_id == a.wave_id)
        .where(drawn, w.decided_at <= since)
    )
    members: dict[str, ArmMember] = {}
    entered: dict[str, str] = {}
    with ledger.begin_read() as connection:
        former = set(connection.execute(earlier).scalars())
        for row in connection.execute(query):
            wave_id = entered.setdefault(row.household, row.wave_id)
            first = wave_id == row.wave_id and row.household not in former
            member = ArmMember(
                row.wave_id,
                row.play or "",
                row.arm,
                row.customer_id,
                row.household,
                row.decided_at,
                first and row.holdout_chance not in (0, 1),
            )
            members.setdefault(row.customer_id, member)
    return list(members.values())


def stop_for_harm(
    ledger: Ledger, playbook: str, stop: HarmStop, actor: str, now: datetime
) -> HarmStop:
    """Pause a playbook's waves and note why, in one transaction; waves that somebody stopped or
    paused meanwhile stay as they are. Returns the stop with those that were paused."""
    w = WAVES.c
    with ledger.begin_write() as connection:
        going = sa.select(w.wave_id).where(
            w.wave_id.in_(stop.waves), w.state == "approved", w.paused_at.is_(None)
        )
        waves = tuple(connection.execute(going.order_by(w.wave_id)).scalars())
        note = {"harm": stop.harm, "treated": stop.treated, "held_out": stop.held_out}
        append(connection, now, actor, _STOPPED, playbook, {**note, "waves": len(waves)})
        for wave_id in waves:
            connection.execute(sa.update(WAVES).where(w.wave_id == wave_id).values(paused_at=now))
            append(connection, now, actor, "wave_paused", wave_id, {})
    return replace(stop, waves=waves)


def find_last_harm_stop(ledger: Ledger, playbook: str, now: datetime) -> datetime | None:
    """When a playbook's waves were last paused for the harm they do."""
    with ledger.begin_read() as connection:
        return find_last_moment(connection, _STOPPED, playbook, now)
