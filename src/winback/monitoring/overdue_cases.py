"""Cases brought to what the shop's tables and the ledger tell, and alerts of those that nobody
answered in time (MISSION B36)."""

from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta

from winback.config.cases import CaseSettings
from winback.data.store import Store, list_merges
from winback.ledger.alerts import Finding
from winback.ledger.cases import (
    KINDS,
    Complaint,
    follow_merges,
    list_open_cases,
    read_answers,
    read_complaints,
)
from winback.ledger.engine import Ledger

RULE = "case_overdue"


def refresh_cases(
    ledger: Ledger, settings: CaseSettings, store: Store | None, now: datetime
) -> int:
    """Open a case for every answer and complaint that has none yet; returns how many. store: None
    where nothing was imported yet."""
    opened = read_answers(ledger, settings, now)
    if store is None:
        return opened
    follow_merges(ledger, {each["merged_id"]: each["customer_id"] for each in list_merges(store)})
    since = now - timedelta(days=settings.days_back)
    return opened + read_complaints(ledger, settings, _load_complaints(store, since), now)


def find_overdue(ledger: Ledger, now: datetime) -> list[Finding]:
    """An alert for each kind of case that waits too long."""
    late = [each for each in list_open_cases(ledger) if each.is_overdue(now)]
    counts = Counter(each.kind for each in late)
    first = {each.kind: each for each in reversed(late)}
    return [
        Finding(
            RULE,
            kind,
            "page",
            {"count": counts[kind], "due": f"{first[kind].due_at:%Y-%m-%d %H:%M} UTC"},
        )
        for kind in KINDS
        if counts[kind]
    ]


def _load_complaints(store: Store, since: datetime) -> list[Complaint]:
    """Complaints of customers who had one after a moment; each solution ends the oldest one that
    is open."""
    rows = (
        store.connect()
        .execute(
            "select customer_id, kind, occurred_at from events"
            " where kind in ('complaint_opened', 'complaint_resolved') and customer_id in"
            " (select customer_id from events where kind = 'complaint_opened' and occurred_at > ?)"
            " order by customer_id, occurred_at, kind",
            [since],
        )
        .fetchall()
    )
    complaints, waiting = list[Complaint](), defaultdict[str, deque[datetime]](deque)
    for customer, kind, at in rows:
        if kind == "complaint_opened":
            waiting[customer].append(at)
        elif waiting[customer]:
            complaints.append(Complaint(customer, waiting[customer].popleft(), at))
    complaints += [
        Complaint(customer, at, None) for customer in sorted(waiting) for at in waiting[customer]
    ]
    return complaints
