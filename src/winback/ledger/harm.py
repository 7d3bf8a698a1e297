"""Who is in which arm of a playbook's waves, and since when: what harm is counted by; and that its
waves were paused for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from winback.ledger.engine import Ledger
from winback.ledger.tables.service import AUDIT_LOG
from winback.ledger.tables.waves import ASSIGNMENTS, DELIVERIES, WAVES

Harm = Literal["complaints", "refunds"]


@dataclass(frozen=True)
class ArmMember:
    """A customer of an approved wave. since: when it was approved; arm: treatment or holdout."""

    wave_id: str
    play: str
    arm: str
    customer_id: str
    since: datetime


@dataclass(frozen=True)
class HarmStop:
    """Why a playbook's waves were paused. treated, held_out: people with such an event, of how
    many, as `3/120`; waves: those that were paused."""

    harm: Harm
    treated: str
    held_out: str
    waves: tuple[str, ...]


def list_sending_waves(ledger: Ledger, playbook: str) -> list[str]:
    """A playbook's approved waves that are not paused and still have something to send."""
    w, d = WAVES.c, DELIVERIES.c
    waits = sa.exists().where(d.wave_id == w.wave_id, d.state == "pending")
    query = sa.select(w.wave_id).where(
        w.playbook == playbook, w.state == "approved", w.paused_at.is_(None), waits
    )
    with ledger.begin_read() as connection:
        return list(connection.execute(query.order_by(w.wave_id)).scalars())


def list_arm_members(ledger: Ledger, playbook: str, since: datetime) -> list[ArmMember]:
    """Everybody in an arm of a playbook's waves that were approved after a moment."""
    a, w = ASSIGNMENTS.c, WAVES.c
    query = (
        sa.select(a.wave_id, a.play, a.arm, a.customer_id, w.decided_at)
        .join(WAVES, w.wave_id == a.wave_id)
        .where(w.playbook == playbook, w.state == "approved", w.decided_at > since)
        .where(a.arm.in_(("treatment", "holdout")))
        .order_by(a.wave_id, a.customer_id)
    )
    with ledger.begin_read() as connection:
        return [
            ArmMember(row.wave_id, row.play or "", row.arm, row.customer_id, row.decided_at)
            for row in connection.execute(query)
        ]


def find_last_harm_stop(ledger: Ledger, playbook: str) -> datetime | None:
    """When a playbook's waves were last paused for the harm they do."""
    a = AUDIT_LOG.c
    query = sa.select(sa.func.max(a.at)).where(a.action == "harm_stopped", a.subject == playbook)
    with ledger.begin_read() as connection:
        at: datetime | None = connection.execute(query).scalar()
        return at
