"""Cases: customers who wait for an answer, and until when they were promised one (MISSION B36).

Who answers a message opens one, of the segments worth most one that is answered sooner; who
complains to the shop opens one; a person may open one by hand. What is read twice is one case.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Literal, get_args

import sqlalchemy as sa

from winback.config.cases import CaseSettings
from winback.core.wave_errors import CaseSolved, CaseUnknown
from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.erasure import ERASED
from winback.ledger.tables.cases import CASES
from winback.ledger.tables.waves import ASSIGNMENTS, DELIVERIES, RECEIPTS

CaseKind = Literal["priority", "general", "complaint"]
KINDS: tuple[CaseKind, ...] = get_args(CaseKind)
_BY_HAND = "by "  # what the source of a case begins with that a person opened
_PRIORITY_SEGMENTS = ("dormant_high_value", "dormant_big_ticket")


@dataclass(frozen=True)
class Case:
    """A customer who waits. Moments are naive UTC; answered_at, solved_at: None where not yet."""

    case_id: str
    customer_id: str
    kind: CaseKind
    source: str
    opened_at: datetime
    due_at: datetime
    answered_at: datetime | None = None
    answered_by: str | None = None
    solved_at: datetime | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether nobody answered in time, and nobody has since."""
        return self.answered_at is None and now > self.due_at


@dataclass(frozen=True)
class Complaint:
    """A complaint as the shop's events tell it; solved_at: None while it is open."""

    customer_id: str
    opened_at: datetime
    solved_at: datetime | None


@dataclass(frozen=True)
class ServiceLevel:
    """How cases of a kind were answered. minutes: the mean until the first answer, None where there
    was none."""

    kind: CaseKind
    cases: int
    answered_in_time: int
    solved: int
    minutes: float | None


def open_case(
    ledger: Ledger,
    settings: CaseSettings,
    customer_id: str,
    kind: CaseKind,
    actor: str,
    now: datetime,
) -> Case:
    """Open a case by hand; the same customer and kind at the same moment is the same case."""
    case = _build_case(settings, customer_id, kind, f"{_BY_HAND}{actor}"[:64], now)
    with ledger.begin_write() as connection:
        if _insert_new(connection, [case]):
            append(connection, now, actor, "case_opened", case.case_id, {"kind": kind})
    return case


def read_answers(ledger: Ledger, settings: CaseSettings, now: datetime) -> int:
    """Open a case for every answer to a message that has none yet; returns how many."""
    d, r, a = DELIVERIES.c, RECEIPTS.c, ASSIGNMENTS.c
    answered = (
        sa.select(r.delivery_id, r.at, d.customer_id, a.segment)
        .join(DELIVERIES, d.delivery_id == r.delivery_id)
        .join(ASSIGNMENTS, (a.wave_id == d.wave_id) & (a.customer_id == d.customer_id))
        .where(r.kind == "answered", r.at > now - timedelta(days=settings.days_back), r.at <= now)
        .where(d.customer_id.not_like(f"{ERASED}%"))
        .order_by(r.at, r.delivery_id)
    )
    with ledger.begin_write() as connection:
        cases = [
            _build_case(
                settings,
                row.customer_id,
                "priority" if row.segment in _PRIORITY_SEGMENTS else "general",
                row.delivery_id,
                row.at,
            )
            for row in connection.execute(answered)
        ]
        return _insert_new(connection, cases)


def read_complaints(
    ledger: Ledger, settings: CaseSettings, complaints: Iterable[Complaint], now: datetime
) -> int:
    """Open a case for every complaint that has none yet, and close those that are solved; returns
    how many were opened."""
    since = now - timedelta(days=settings.days_back)
    recent = [each for each in complaints if since < each.opened_at <= now]
    cases = {
        each: _build_case(
            settings, each.customer_id, "complaint", f"event {each.opened_at}", each.opened_at
        )
        for each in recent
    }
    with ledger.begin_write() as connection:
        opened = _insert_new(connection, list(cases.values()))
        query = sa.select(CASES).where(CASES.c.solved_at.is_(None), CASES.c.kind == "complaint")
        rows = connection.execute(query).mappings()
        still_open = {_get_key(case): case.case_id for case in (Case(**row) for row in rows)}
        for complaint, case in cases.items():
            case_id = still_open.get(_get_key(case))
            if complaint.solved_at is not None and case_id is not None:
                _solve(connection, case_id, complaint.solved_at, "shop")
    return opened


def follow_merges(ledger: Ledger, merged: Mapping[str, str]) -> None:
    """Give cases to the customer that their own was merged into. merged: id → the customer's."""
    if not merged:
        return
    c = CASES.c
    with ledger.begin_write() as connection:
        query = sa.select(c.case_id, c.customer_id).where(c.solved_at.is_(None))
        for row in connection.execute(query).all():
            customer = merged.get(row.customer_id)
            if customer is not None:
                mine = sa.update(CASES).where(c.case_id == row.case_id)
                connection.execute(mine.values(customer_id=customer))


def answer_case(ledger: Ledger, case_id: str, actor: str, now: datetime) -> Case:
    """Note that somebody answered; the first answer holds. Raises CaseUnknown."""
    c = CASES.c
    with ledger.begin_write() as connection:
        case = _load_case(connection, case_id)
        if case.answered_at is None:
            answered = {"answered_at": now, "answered_by": actor}
            connection.execute(sa.update(CASES).where(c.case_id == case_id).values(answered))
            append(connection, now, actor, "case_answered", case_id, {"kind": case.kind})
        return _load_case(connection, case_id)


def solve_case(ledger: Ledger, case_id: str, actor: str, now: datetime) -> Case:
    """Note that a case is solved, and with it answered. Raises CaseUnknown and CaseSolved."""
    with ledger.begin_write() as connection:
        case = _load_case(connection, case_id)
        if case.solved_at is not None:
            raise CaseSolved(value=case_id, at=f"{case.solved_at:%Y-%m-%d %H:%M} UTC")
        _solve(connection, case_id, now, actor)
        append(connection, now, actor, "case_solved", case_id, {"kind": case.kind})
        return _load_case(connection, case_id)


def list_open_cases(ledger: Ledger) -> list[Case]:
    """Every case that is not solved, the one that is due first first."""
    query = sa.select(CASES).where(CASES.c.solved_at.is_(None))
    with ledger.begin_read() as connection:
        rows = connection.execute(query.order_by(CASES.c.due_at, CASES.c.case_id)).mappings()
        return [Case(**row) for row in rows]


def measure_service(ledger: Ledger, since: datetime, now: datetime) -> list[ServiceLevel]:
    """How the cases opened from a moment on were answered, by kind. One that is not due yet, and
    not answered, is not counted."""
    query = sa.select(CASES).where(CASES.c.opened_at >= since).order_by(CASES.c.case_id)
    with ledger.begin_read() as connection:
        cases = [Case(**row) for row in connection.execute(query).mappings()]
    judged = [each for each in cases if each.answered_at or each.solved_at or each.due_at <= now]
    return [_measure(kind, [each for each in judged if each.kind == kind]) for kind in KINDS]


def _measure(kind: CaseKind, cases: list[Case]) -> ServiceLevel:
    answered = [
        (each.answered_at - each.opened_at).total_seconds() / 60
        for each in cases
        if each.answered_at is not None
    ]
    in_time = sum(
        each.answered_at is not None and each.answered_at <= each.due_at for each in cases
    )
    return ServiceLevel(
        kind,
        len(cases),
        in_time,
        sum(each.solved_at is not None for each in cases),
        sum(answered) / len(answered) if answered else None,
    )


def _build_case(
    settings: CaseSettings, customer_id: str, kind: CaseKind, source: str, opened_at: datetime
) -> Case:
    content = "\0".join((customer_id, kind, source, opened_at.isoformat()))
    case_id = hashlib.sha256(content.encode()).hexdigest()[:12]
    due_at = opened_at + _get_promise(settings, kind)
    return Case(case_id, customer_id, kind, source, opened_at, due_at)


def _get_promise(settings: CaseSettings, kind: CaseKind) -> timedelta:
    if kind == "complaint":
        return timedelta(hours=settings.complaint_hours)
    is_priority = kind == "priority"
    return timedelta(minutes=settings.priority_minutes if is_priority else settings.general_minutes)


def _insert_new(connection: sa.Connection, cases: list[Case]) -> int:
    """Insert the cases that are not there; returns how many."""
    if not cases:
        return 0
    first = min(each.opened_at for each in cases)
    rows = connection.execute(sa.select(CASES).where(CASES.c.opened_at >= first)).mappings()
    there = {_get_key(Case(**row)) for row in rows}
    fresh = {_get_key(each): each for each in cases if _get_key(each) not in there}
    if fresh:
        connection.execute(sa.insert(CASES), [_to_row(case) for case in fresh.values()])
    return len(fresh)


def _get_key(case: Case) -> tuple[object, ...]:
    """What makes a case the same one, also after its customer was merged with another. A message is
    answered once."""
    is_of_message = case.kind != "complaint" and not case.source.startswith(_BY_HAND)
    if is_of_message:
        return (case.source,)
    return case.customer_id, case.kind, case.source, case.opened_at


def _to_row(case: Case) -> dict[str, object]:
    return {each.name: getattr(case, each.name) for each in fields(case)}


def _load_case(connection: sa.Connection, case_id: str) -> Case:
    mine = sa.select(CASES).where(CASES.c.case_id == case_id)
    row = connection.execute(mine).mappings().first()
    if row is None:
        raise CaseUnknown(value=case_id)
    return Case(**row)


def _solve(connection: sa.Connection, case_id: str, at: datetime, by: str) -> None:
    """A case that is solved was answered then at the latest; solved before, it stays as it is."""
    c = CASES.c
    mine = (c.case_id == case_id) & c.solved_at.is_(None)
    connection.execute(
        sa.update(CASES).where(mine, c.answered_at.is_(None)).values(answered_at=at, answered_by=by)
    )
    connection.execute(sa.update(CASES).where(mine).values(solved_at=at))
