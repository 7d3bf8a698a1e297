"""Customers who wait for an answer: who, until when, and that somebody answered."""

from dataclasses import dataclass
from datetime import timedelta

from winback.core.errors import NotImported
from winback.delivery.opt_out import find_known_customer
from winback.ledger.alerts import update_alerts
from winback.ledger.cases import (
    Case,
    CaseKind,
    ServiceLevel,
    answer_case,
    list_open_cases,
    measure_service,
    open_case,
    solve_case,
)
from winback.monitoring.notify import send_alerts
from winback.monitoring.overdue_cases import RULE, find_overdue, refresh_cases
from winback.workflows.workspace import Workspace

MEASURED_DAYS = 30


@dataclass(frozen=True)
class CaseList:
    """The open cases, the one due first first, and how those of the last MEASURED_DAYS days were
    answered."""

    cases: list[Case]
    service: list[ServiceLevel]


def check_cases(workspace: Workspace) -> CaseList:
    """Bring the cases to what is known, and send an alert of those that wait too long, each
    once."""
    ledger, shop, now = workspace.open_ledger(), workspace.shop, workspace.now
    try:
        store = workspace.open_store()
    except NotImported:
        store = None
    refresh_cases(ledger, shop.cases, store, now)
    update_alerts(ledger, find_overdue(ledger, now), [RULE], now)
    send_alerts(shop, ledger, workspace.language, now)
    since = now - timedelta(days=MEASURED_DAYS)
    return CaseList(list_open_cases(ledger), measure_service(ledger, since, now))


def open_case_by_hand(workspace: Workspace, customer_id: str, kind: CaseKind) -> Case:
    """Open a case, for who asks by telephone or in the shop. Raises CustomerUnknown:
    nobody would find a case of a mistyped id."""
    try:
        store = workspace.open_store()
    except NotImported:
        known = customer_id
    else:
        known = find_known_customer(workspace.shop, store, workspace.folder, customer_id)
    return open_case(
        workspace.open_ledger(),
        workspace.shop.cases,
        known,
        kind,
        workspace.actor,
        workspace.now,
    )


def note_answer(workspace: Workspace, case_id: str) -> Case:
    """Note that somebody answered a case. Raises CaseUnknown."""
    return answer_case(workspace.open_ledger(), case_id, workspace.actor, workspace.now)


def note_solution(workspace: Workspace, case_id: str) -> Case:
    """Note that a case is solved. Raises CaseUnknown and CaseSolved."""
    return solve_case(workspace.open_ledger(), case_id, workspace.actor, workspace.now)
