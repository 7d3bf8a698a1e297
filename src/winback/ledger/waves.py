"""Waves: one run of a playbook in one week, with everyone's arm and every message, written whole or
not at all.

A wave is planned once and never changed; what an operator decides about it is noted beside it. Its
numbers must add up to the row: planned = excluded before the draw + treatment + holdout, and
treatment = what its messages came to.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypedDict, cast

import sqlalchemy as sa

from winback.core.wave_errors import SecondPersonNeeded, WaveDecided, WaveUnknown
from winback.ledger.assignments import PlannedAssignment, insert_assignments
from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.entries import EntryTerms, extend_entries
from winback.ledger.message_outcomes import MATCHES_ASSIGNMENT
from winback.ledger.recovery import FindKnown, mark_known
from winback.ledger.row_seals import update_sealed
from winback.ledger.tables.waves import (
    ASSIGNMENTS,
    BUDGETS,
    COUNTED,
    DELIVERIES,
    WAVES,
)
from winback.ledger.wave_plan import WavePlan
from winback.ledger.wave_seals import seal_wave


@dataclass(frozen=True)
class Wave:
    """A wave as the ledger has it. plan: what was shown to whoever decided about it;
    store_version: of the tables it was planned on, None where that was not kept; paused_at:
    since when nothing of it goes; first_approved_by: who approved it before a second person."""

    wave_id: str
    playbook: str
    cycle: str
    cutoff: date
    state: Literal["planned", "approved", "stopped"]
    planned_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    plan: WavePlan
    store_version: str | None = None
    paused_at: datetime | None = None
    first_approved_by: str | None = None

    @property
    def status(self) -> str:
        """What is said of its state: `paused` of an approved one of which nothing goes for now."""
        return "paused" if self.state == "approved" and self.paused_at else self.state


class ArmCount(TypedDict):
    """Customers of an arm; why: those were excluded, None else."""

    arm: str
    why: str | None
    customers: int


class MessageCount(TypedDict):
    """Messages of a step and channel in one state, and why they are in it."""

    step: int
    channel: str
    state: str
    reason: str | None
    messages: int


OUT = frozenset({"sent", "created", "claimed", "unknown"})  # of a message that went or may have


def measure_reach(rows: Iterable[MessageCount]) -> float | None:
    """The share of first messages that went out; None where none was planned."""
    first = [row for row in rows if row["step"] == 1]
    planned = sum(row["messages"] for row in first)
    out = sum(row["messages"] for row in first if row["state"] in OUT)
    return out / planned if planned else None


class BudgetUse(TypedDict):
    """name: an offer, or `*` for all of them."""

    name: str
    limit_minor: int
    spent_minor: int


class WaveCounts(TypedDict):
    """What a wave came to so far."""

    arms: list[ArmCount]
    messages: list[MessageCount]
    budgets: list[BudgetUse]


class UnconfirmedMessage(TypedDict):
    """A message whose fate a person has to find out."""

    delivery_id: str
    customer_id: str
    step: int
    channel: str
    claimed_at: datetime | None
    reason: str | None


def insert_wave(
    ledger: Ledger,
    wave_id: str,
    playbook: str,
    cycle: str,
    cutoff: date,
    assigned: Iterable[PlannedAssignment],
    budgets: Mapping[str, int],
    plan: WavePlan,
    actor: str,
    now: datetime,
    store_version: str | None = None,
    find_known: FindKnown | None = None,
    fixed_until: date | None = None,
) -> bool:
    """Write a wave; the best first. Returns whether it is new: one that is there stays as it is.

    budgets: the most that may be spent on an offer, or on all (ALL). plan: what is shown to
    whoever decides. find_known: tells of a message whether a ledger that was lost had claimed it:
    it is then `unknown` from the start, where nobody may repeat it. None: nothing was lost.
    fixed_until: the day until which it fixes the arms of households that no earlier wave has
    fixed; None fixes none. Raises PlanOutdated.
    """
    with ledger.begin_write() as connection:
        if _has_wave(connection, wave_id):
            return False
        connection.execute(
            sa.insert(WAVES).values(
                wave_id=wave_id,
                playbook=playbook,
                cycle=cycle,
                cutoff=cutoff,
                state="planned",
                planned_at=now,
                store_version=store_version,
                plan=json.dumps(plan.to_dict(), ensure_ascii=False, sort_keys=True),
            )
        )
        _insert_budgets(connection, wave_id, budgets)
        terms = EntryTerms(wave_id, playbook, cutoff, fixed_until) if fixed_until else None
        seal = insert_assignments(assigned, connection, wave_id, terms)
        sealed = seal_wave(connection, wave_id)
        mine = DELIVERIES.c.wave_id == wave_id
        known = mark_known(connection, mine, find_known, now) if find_known else 0
        append(
            connection,
            now,
            actor,
            "wave_planned",
            wave_id,
            {
                "plan": plan.to_dict(),
                "assignments": seal.hexadecimal,
                "unknown": known,
                **({"sealed": sealed} if sealed else {}),
            },
        )
    return True


def _has_wave(connection: sa.Connection, wave_id: str) -> bool:
    query = sa.select(WAVES.c.wave_id).where(WAVES.c.wave_id == wave_id)
    return connection.execute(query).first() is not None


def _insert_budgets(connection: sa.Connection, wave_id: str, budgets: Mapping[str, int]) -> None:
    for name, limit in budgets.items():
        connection.execute(
            sa.insert(BUDGETS).values(wave_id=wave_id, name=name, limit_minor=limit, spent_minor=0)
        )


def load_wave(ledger: Ledger, wave_id: str) -> Wave:
    """A wave. Raises WaveUnknown."""
    with ledger.begin_read() as connection:
        return find_wave(connection, wave_id)


def list_waves(ledger: Ledger) -> list[Wave]:
    """Every wave, the newest first."""
    newest = sa.select(WAVES).order_by(WAVES.c.planned_at.desc(), WAVES.c.wave_id)
    with ledger.begin_read() as connection:
        return [
            Wave(**{**row, "plan": WavePlan.from_json(row["plan"])})
            for row in connection.execute(newest).mappings()
        ]


def decide_wave(
    ledger: Ledger,
    wave_id: str,
    state: Literal["approved", "stopped"],
    actor: str,
    now: datetime,
    needs_second: bool = False,
) -> Wave:
    """Approve a planned wave, whose first messages are due at once or after their days, or stop
    one. The same again changes nothing.

    needs_second: whether it takes two persons to approve it; after the first one it is still
    planned. Raises WaveUnknown, SecondPersonNeeded, and WaveDecided: what was stopped stays
    stopped.
    """
    with ledger.begin_write() as connection:
        wave = find_wave(connection, wave_id)
        if wave.state == state:
            return wave
        if wave.state == "stopped":
            raise WaveDecided(wave=wave_id, state=wave.state, by=wave.decided_by or "–")
        mine = WAVES.c.wave_id == wave_id
        if state == "approved" and needs_second and wave.first_approved_by in (None, actor):
            if wave.first_approved_by == actor:
                raise SecondPersonNeeded(wave=wave_id, by=actor)
            connection.execute(sa.update(WAVES).where(mine).values(first_approved_by=actor))
            append(connection, now, actor, "wave_approved_first", wave_id, wave.plan.to_dict())
            return find_wave(connection, wave_id)
        connection.execute(
            sa.update(WAVES).where(mine).values(state=state, decided_at=now, decided_by=actor)
        )
        if state == "approved":
            _set_first_due(wave_id, connection, now)
            if wave.plan.roi_days is not None:  # money is judged from now on
                extend_entries(connection, wave_id, now.date() + timedelta(wave.plan.roi_days + 1))
        append(connection, now, actor, f"wave_{state}", wave_id, wave.plan.to_dict())
        return find_wave(connection, wave_id)


def _set_first_due(wave_id: str, connection: sa.Connection, now: datetime) -> None:
    first = (DELIVERIES.c.wave_id == wave_id) & (DELIVERIES.c.step == 1)
    rows = connection.execute(sa.select(DELIVERIES).where(first)).mappings().all()
    due = ((row, {"due_at": now + timedelta(days=row["after_days"])}) for row in rows)
    update_sealed(connection, DELIVERIES, due)


def list_released(ledger: Ledger) -> dict[date, frozenset[str]]:
    """By the day of their list, the customers of waves that were stopped before anything of them
    went out: they are new again.

    Where something went out, everybody stays: those held out are what it is compared with.
    """
    gone_out, query = _query_released()
    by_day: dict[date, set[str]] = {}
    with ledger.begin_read() as connection:
        for row in connection.execute(
            query.where(WAVES.c.state == "stopped", WAVES.c.wave_id.not_in(gone_out))
        ):
            by_day.setdefault(row.cutoff, set()).add(row.customer_id)
    return {day: frozenset(customers) for day, customers in by_day.items()}


def _query_released() -> tuple[sa.Select[*tuple[Any, ...]], sa.Select[Any, Any]]:
    gone_out = sa.select(DELIVERIES.c.wave_id).where(
        DELIVERIES.c.seq.is_not(None) | DELIVERIES.c.state.in_(COUNTED)
    )
    query = sa.select(WAVES.c.cutoff, ASSIGNMENTS.c.customer_id).join(
        WAVES, WAVES.c.wave_id == ASSIGNMENTS.c.wave_id
    )
    return gone_out, query


def count_wave(ledger: Ledger, wave_id: str) -> WaveCounts:
    """What a wave came to so far: customers by arm and why, messages by step, channel, state and
    reason, money by budget."""
    a = ASSIGNMENTS.c
    arms = sa.select(a.arm, a.why, sa.func.count().label("customers")).where(a.wave_id == wave_id)
    budgets = sa.select(BUDGETS.c.name, BUDGETS.c.limit_minor, BUDGETS.c.spent_minor).where(
        BUDGETS.c.wave_id == wave_id
    )
    with ledger.begin_read() as connection:
        return {
            "arms": cast(list[ArmCount], _load_sorted(connection, arms.group_by(a.arm, a.why))),
            "messages": cast(
                list[MessageCount], _load_sorted(connection, _query_messages(wave_id))
            ),
            "budgets": cast(list[BudgetUse], _load_sorted(connection, budgets)),
        }


def _query_messages(wave_id: str) -> sa.Select[Any]:
    d = DELIVERIES.c
    columns = (d.step, d.channel, d.state, d.reason)
    count = sa.func.count().label("messages")
    return sa.select(*columns, count).where(d.wave_id == wave_id).group_by(*columns)


def _load_sorted(
    connection: sa.Connection, query: sa.Select[*tuple[Any, ...]]
) -> list[dict[str, object]]:
    rows = connection.execute(query).mappings()
    return sorted((dict(row) for row in rows), key=_get_sort_key)


def _get_sort_key(row: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(
        f"{value:09}" if isinstance(value, int) else str(value or "") for value in row.values()
    )


def find_wave(connection: sa.Connection, wave_id: str) -> Wave:
    """A wave as a transaction sees it. Raises WaveUnknown."""
    row = connection.execute(sa.select(WAVES).where(WAVES.c.wave_id == wave_id)).mappings().first()
    if row is None:
        known = connection.execute(
            sa.select(WAVES.c.wave_id).order_by(WAVES.c.planned_at.desc()).limit(5)
        ).scalars()
        raise WaveUnknown(value=wave_id, known=", ".join(known) or "–")
    return Wave(**{**row, "plan": WavePlan.from_json(row["plan"])})


def count_ended_offers(ledger: Ledger, wave_id: str, now: datetime) -> int:
    """How many waiting messages of a wave name an offer with a fixed last day that is over before
    they could go if the wave were approved now."""
    d = DELIVERIES.c
    query = sa.select(d.after_days, d.offer_ends).where(
        d.wave_id == wave_id, d.state == "pending", d.offer_hours.is_(None)
    )
    with ledger.begin_read() as connection:
        rows = connection.execute(query.where(d.offer_ends.is_not(None))).all()
    return sum(row.offer_ends <= now + timedelta(days=row.after_days) for row in rows)


def list_due_customers(ledger: Ledger) -> dict[str, dict[str, str | None]]:
    """Who may still get a message, by approved wave, and what its plan knew of them: of them a run
    asks the shop's tables what has happened since.

    Also who was claimed when a run died: what may be repeated waits again in a moment.
    """
    d = DELIVERIES.c
    approved = sa.select(WAVES.c.wave_id).where(WAVES.c.state == "approved")
    open_ones = d.state.in_(("pending", "claimed")) & d.wave_id.in_(approved)
    waiting = (
        sa.select(d.wave_id, d.customer_id, ASSIGNMENTS.c.facts)
        .join(ASSIGNMENTS, MATCHES_ASSIGNMENT)
        .where(open_ones)
        .distinct()
        .order_by(d.wave_id, d.customer_id)
    )
    customers: dict[str, dict[str, str | None]] = {}
    with ledger.begin_read() as connection:
        for wave_id, customer_id, facts in connection.execute(waiting):
            customers.setdefault(wave_id, {})[customer_id] = facts
    return customers


def list_open_customers(ledger: Ledger) -> list[str]:
    """Whoever has a message that is not settled, in a wave that was not stopped."""
    d = DELIVERIES.c
    going = sa.select(WAVES.c.wave_id).where(WAVES.c.state != "stopped")
    query = sa.select(d.customer_id).distinct()
    with ledger.begin_read() as connection:
        open_ones = query.where(d.state.in_(("pending", "claimed")), d.wave_id.in_(going))
        return list(connection.execute(open_ones.order_by(d.customer_id)).scalars())


def list_claim_times(ledger: Ledger, since: datetime) -> dict[str, list[datetime]]:
    """Customer → when messages to them were claimed, since a moment."""
    d = DELIVERIES.c
    query = sa.select(d.customer_id, d.claimed_at).where(d.claimed_at > since)
    times: dict[str, list[datetime]] = {}
    with ledger.begin_read() as connection:
        for customer_id, at in connection.execute(query.order_by(d.claimed_at)):
            times.setdefault(customer_id, []).append(at)
    return times


def list_unconfirmed(ledger: Ledger, wave_id: str) -> list[UnconfirmedMessage]:
    """Messages of a wave whose fate a person has to find out."""
    d = DELIVERIES.c
    query = sa.select(d.delivery_id, d.customer_id, d.step, d.channel, d.claimed_at, d.reason)
    with ledger.begin_read() as connection:
        rows = connection.execute(
            query.where(d.wave_id == wave_id, d.state == "unknown").order_by(d.seq, d.delivery_id)
        )
        return [cast(UnconfirmedMessage, dict(row)) for row in rows.mappings()]
