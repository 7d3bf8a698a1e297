"""Who is in which arm of a wave, and with which messages: written with the wave, sealed by a
checksum."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal

import sqlalchemy as sa

from winback.ledger.entries import Drawn, EntryTerms, fix_arms
from winback.ledger.outbox import build_idempotency_key
from winback.ledger.row_seals import insert_sealed
from winback.ledger.tables.service import AUDIT_LOG
from winback.ledger.tables.waves import (
    ASSIGNMENTS,
    DELIVERIES,
)

Arm = Literal["treatment", "holdout", "excluded"]

_AT_ONCE = 5_000  # rows of one statement


@dataclass(frozen=True)
class PlannedStep:
    """One rung of one customer's ladder, with the message as it will go. skus: of the products it
    names; offer_hours: how long its offer holds from when it goes; offer_ends: the moment, naive
    UTC, at which one with a fixed day is over."""

    channel: str
    only_if: str
    after_days: int
    offer: str | None
    cost_minor: int
    subject: str | None
    body: str | None
    skus: tuple[str, ...] = ()
    offer_hours: int | None = None
    offer_ends: datetime | None = None


@dataclass(frozen=True)
class PlannedAssignment:
    """One customer of a wave. why: of an excluded one; variant: of a play on test; steps: of one
    who is written to; holdout_chance: with which their household was held out; facts: hashes
    of what the plan knew of their orders and refunds; drawn_by: the play whose share drew them,
    where that is another than theirs."""

    customer_id: str
    household: str
    arm: Arm
    segment: str
    play: str | None
    why: str | None = None
    churn_probability: float | None = None
    value_at_stake_minor: int | None = None
    owner: str | None = None
    steps: tuple[PlannedStep, ...] = ()
    variant: str | None = None
    holdout_chance: float | None = None
    facts: str | None = None
    drawn_by: str | None = None


def insert_assignments(
    assigned: Iterable[PlannedAssignment],
    connection: sa.Connection,
    wave_id: str,
    terms: EntryTerms | None = None,
) -> "AssignmentChecksum":
    """Write who is in which arm, and their messages; terms: of the entries that keep the arms.
    Raises PlanOutdated."""
    rest, rank, seal = iter(assigned), 0, AssignmentChecksum()
    while some := list(islice(rest, _AT_ONCE)):
        connection.execute(sa.insert(ASSIGNMENTS), [_to_row(wave_id, each) for each in some])
        steps = [
            row
            for place, each in enumerate(some, start=rank)
            for row in _to_step_rows(wave_id, each, place)
        ]
        insert_sealed(connection, DELIVERIES, steps)
        if terms is not None:
            fix_arms(connection, terms, _list_drawn(some))
        for each in some:
            seal.add(each.customer_id, each.household, each.arm)
        rank += len(some)
    return seal


class AssignmentChecksum:
    """A hash of who is in which arm, whatever the order: the audit log keeps it, so that no arm
    changes unseen."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, customer_id: str, household: str, arm: str) -> None:
        """Count one assignment in."""
        self.add_all([(customer_id, household, arm)])

    def add_all(self, rows: Iterable[Sequence[str]]) -> None:
        """Count assignments in: the first three of each row are customer, household and arm."""
        sha256, number = hashlib.sha256, int.from_bytes
        hashes = (sha256(f"{row[0]}\0{row[1]}\0{row[2]}".encode()).digest() for row in rows)
        self._sum = (self._sum + sum(number(each, "big") for each in hashes)) % 2**256

    def apply_shift(self, hexadecimal: str) -> None:
        """Count in what an erasure changed."""
        self._sum = (self._sum + int(hexadecimal, 16)) % 2**256

    @property
    def total(self) -> int:
        return self._sum

    @property
    def hexadecimal(self) -> str:
        return f"{self._sum:064x}"


def get_recorded_checksum(connection: sa.Connection, wave_id: str) -> str | None:
    """The seal of a wave's arms as the audit log has it, with what erasures have added; None where
    the audit log has none."""
    planned = sa.select(AUDIT_LOG.c.detail).where(
        AUDIT_LOG.c.action == "wave_planned", AUDIT_LOG.c.subject == wave_id
    )
    detail = connection.execute(planned.order_by(AUDIT_LOG.c.seq)).scalars().first()
    if detail is None:
        return None
    sealed = AssignmentChecksum()
    sealed.apply_shift(json.loads(detail)["assignments"])
    for erasure in connection.execute(
        sa.select(AUDIT_LOG.c.detail).where(AUDIT_LOG.c.action == "erased")
    ).scalars():
        sealed.apply_shift(json.loads(erasure)["seals"].get(wave_id, "0"))
    return sealed.hexadecimal


def _to_row(wave_id: str, each: PlannedAssignment) -> dict[str, object]:
    return {
        "wave_id": wave_id,
        **{name: value for name, value in vars(each).items() if name not in ("steps", "drawn_by")},
    }


def _list_drawn(some: Iterable[PlannedAssignment]) -> list[Drawn]:
    return [
        Drawn(each.customer_id, each.household, each.arm, each.drawn_by or each.play or "", chance)
        for each in some
        if each.arm != "excluded" and (chance := each.holdout_chance) is not None
    ]


def _to_step_rows(wave_id: str, each: PlannedAssignment, rank: int) -> list[dict[str, object]]:
    return [
        {
            "delivery_id": build_idempotency_key(wave_id, each.customer_id, number),
            "wave_id": wave_id,
            "customer_id": each.customer_id,
            "step": number,
            "state": "pending",
            "rank": rank,
            "attempts": 0,
            **vars(step),
            "skus": json.dumps(step.skus) if step.skus else None,
        }
        for number, step in enumerate(each.steps, start=1)
    ]
