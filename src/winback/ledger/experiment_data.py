"""What a read-out needs of the ledger: who was drawn into which arm, what was handed over to
them, and what came back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from winback.ledger.assignments import AssignmentChecksum, get_recorded_checksum
from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.tables.contacts import SUPPRESSIONS
from winback.ledger.tables.service import AUDIT_LOG
from winback.ledger.tables.waves import (
    ASSIGNMENTS,
    COUNTED,
    DELIVERIES,
    RECEIPT_KINDS,
    RECEIPTS,
    WAVES,
)

_AT_ONCE = 20_000  # rows


@dataclass(frozen=True)
class Assignments:
    """Everyone of some waves who was drawn into an arm, as columns of one length; and whether
    the arms are those that were sealed, by wave."""

    wave_id: Sequence[str]
    customer_id: Sequence[str]
    household: Sequence[str]
    treated: Sequence[bool]
    play: Sequence[str]
    segment: Sequence[str]
    variant: Sequence[str | None]
    churn_probability: Sequence[float | None]
    value_at_stake_minor: Sequence[int | None]
    holdout_chance: Sequence[float | None]
    sealed: dict[str, bool]


def load_assignments(ledger: Ledger, waves: Sequence[str]) -> Assignments:
    """The arms of some waves, in the order of the waves."""
    a = ASSIGNMENTS.c
    columns = (
        a.customer_id,
        a.household,
        a.arm,
        a.play,
        a.segment,
        a.variant,
        a.churn_probability,
        a.value_at_stake_minor,
        a.holdout_chance,
    )
    columns_kept: list[list[Any]] = [[] for _ in columns]
    households, sealed = list[str](), dict[str, bool]()
    with ledger.begin_snapshot() as connection:
        for wave in waves:
            # Parts at once, and columns from there on: a wave may have a million rows.
            seal, rows = (
                AssignmentChecksum(),
                connection.execute(sa.select(*columns).where(a.wave_id == wave)),
            )
            while some := rows.fetchmany(_AT_ONCE):
                seal.add_all(some)
                assigned = [row for row in some if row[2] != "excluded"]
                households += [wave] * len(assigned)
                for column, values in zip(
                    columns_kept, zip(*assigned, strict=True), strict=bool(assigned)
                ):
                    column.extend(values)
            sealed[wave] = seal.hexadecimal == get_recorded_checksum(connection, wave)
    customer, household, arm, play, segment, variant, returns, stake, chance = columns_kept
    treated = [each == "treatment" for each in arm]
    return Assignments(
        households,
        customer,
        household,
        treated,
        play,
        segment,
        variant,
        returns,
        stake,
        chance,
        sealed,
    )


def list_sent_messages(
    ledger: Ledger, waves: Sequence[str]
) -> list[tuple[str, str, str, str | None, int, datetime]]:
    """Messages that went out, or may have, the oldest first: wave, customer, channel, offer,
    cost in minor units, and when."""
    d = DELIVERIES.c
    query = sa.select(
        d.wave_id, d.customer_id, d.channel, d.offer, d.cost_minor, d.claimed_at
    ).order_by(d.claimed_at, d.seq)
    with ledger.begin_read() as connection:
        rows = connection.execute(query.where(d.wave_id.in_(waves), d.state.in_(COUNTED)))
        return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows]


def count_receipts(ledger: Ledger, waves: Sequence[str]) -> dict[str, int]:
    """What came back of some waves' messages: receipts by kind, and of those written to who want
    no more."""
    d = DELIVERIES.c
    with ledger.begin_read() as connection:
        kinds = sa.select(RECEIPTS.c.kind, sa.func.count()).join(
            DELIVERIES, d.delivery_id == RECEIPTS.c.delivery_id
        )
        receipts = connection.execute(kinds.where(d.wave_id.in_(waves)).group_by(RECEIPTS.c.kind))
        counts = dict.fromkeys(RECEIPT_KINDS, 0) | {str(row[0]): int(row[1]) for row in receipts}
    return {**counts, "unsubscribed": len(list_unsubscribed_since(ledger, waves, ["treatment"]))}


def decide_test(
    ledger: Ledger, test: str, variant: str, actor: str, why: str, now: datetime
) -> None:
    """Note that a variant of a test is taken for everybody from now on. test:
    `<playbook>/<play>/<test>`. The newest holds."""
    with ledger.begin_write() as connection:
        append(connection, now, actor, "test_decided", test, {"variant": variant, "why": why})


def list_decided_tests(ledger: Ledger) -> dict[str, str]:
    """The tests that are decided, and the variant that was taken."""
    with ledger.begin_read() as connection:
        query = (
            sa.select(AUDIT_LOG.c.subject, AUDIT_LOG.c.detail)
            .where(AUDIT_LOG.c.action == "test_decided")
            .order_by(AUDIT_LOG.c.seq)
        )
        return {
            row.subject: str(json.loads(row.detail)["variant"]) for row in connection.execute(query)
        }


def list_unsubscribed_since(
    ledger: Ledger, waves: Sequence[str], arms: Sequence[str] = ("treatment", "holdout")
) -> set[str]:
    """The customers of some waves who have said since a wave was approved that they want no
    more."""
    a, s = ASSIGNMENTS.c, SUPPRESSIONS.c
    query = (
        sa.select(s.subject)
        .join(ASSIGNMENTS, a.customer_id == s.subject)
        .join(WAVES, WAVES.c.wave_id == a.wave_id)
    )
    with ledger.begin_read() as connection:
        since = query.where(a.wave_id.in_(waves), a.arm.in_(arms), s.reason == "unsubscribed")
        since_query = since.where(s.since >= WAVES.c.decided_at)
        return set(connection.execute(since_query).scalars())


def list_approvals(ledger: Ledger) -> dict[str, datetime]:
    """When each wave was approved, also of those that were stopped later: from then on outcomes
    count, for both arms alike."""
    with ledger.begin_read() as connection:
        query = (
            sa.select(AUDIT_LOG.c.subject, AUDIT_LOG.c.at)
            .where(AUDIT_LOG.c.action == "wave_approved")
            .order_by(AUDIT_LOG.c.seq.desc())
        )
        return {row.subject: row.at for row in connection.execute(query)}
