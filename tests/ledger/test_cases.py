"""Customers who wait for an answer, and until when they were promised one (B36)."""

from datetime import timedelta

import pytest

from tests.ledger.world import NOW, WAVE, Receiver, plan, run, treated
from winback.config.cases import CaseSettings
from winback.core.wave_errors import CaseSolved, CaseUnknown
from winback.ledger.assignments import PlannedAssignment
from winback.ledger.cases import (
    Complaint,
    answer_case,
    follow_merges,
    list_open_cases,
    measure_service,
    open_case,
    read_answers,
    read_complaints,
    solve_case,
)
from winback.ledger.consents import add_receipt
from winback.ledger.erasure import Alias, erase_customers
from winback.ledger.outbox import build_idempotency_key
from winback.monitoring.overdue_cases import find_overdue

SETTINGS = CaseSettings()
MINUTE = timedelta(minutes=1)


def answer_message(ledger, folder, at=NOW):
    rich = treated("rich")
    worth_most = PlannedAssignment(**{**vars(rich), "segment": "dormant_high_value"})
    plan(ledger, [treated("plain"), worth_most])
    run(ledger, {"email": Receiver("one_shot")}, folder)
    for name in ("plain", "rich"):
        add_receipt(ledger, build_idempotency_key(WAVE, name, 1), "answered", at, "wecom")


def test_who_answers_a_message_is_answered_in_fifteen_minutes_and_who_is_worth_most_in_ten(
    ledger, tmp_path
):
    answer_message(ledger, tmp_path)
    assert read_answers(ledger, SETTINGS, NOW + MINUTE) == 2
    cases = {each.customer_id: each for each in list_open_cases(ledger)}
    assert (cases["rich"].kind, cases["rich"].due_at) == ("priority", NOW + 10 * MINUTE)
    assert (cases["plain"].kind, cases["plain"].due_at) == ("general", NOW + 15 * MINUTE)
    assert read_answers(ledger, SETTINGS, NOW + 2 * MINUTE) == 0, "read twice it is one case"


def test_an_alert_says_who_waits_too_long_and_is_over_when_somebody_answered(ledger, tmp_path):
    answer_message(ledger, tmp_path)
    read_answers(ledger, SETTINGS, NOW + MINUTE)
    assert find_overdue(ledger, NOW + 10 * MINUTE) == []
    [found] = find_overdue(ledger, NOW + 12 * MINUTE)
    assert (found.subject, found.detail["count"], found.severity) == ("priority", 1, "page")
    assert len(find_overdue(ledger, NOW + 16 * MINUTE)) == 2
    for case in list_open_cases(ledger):
        answer_case(ledger, case.case_id, "li", NOW + 16 * MINUTE)
    assert find_overdue(ledger, NOW + 99 * MINUTE) == []
    assert len(list_open_cases(ledger)) == 2, "answered is not solved"


def test_a_complaint_is_called_back_within_a_day_and_closed_by_the_shops_own_word(ledger):
    complaint = Complaint("a", NOW, None)
    assert read_complaints(ledger, SETTINGS, [complaint], NOW + MINUTE) == 1
    [case] = list_open_cases(ledger)
    assert (case.kind, case.due_at) == ("complaint", NOW + timedelta(hours=24))
    solved = Complaint("a", NOW, NOW + timedelta(hours=3))
    assert read_complaints(ledger, SETTINGS, [solved], NOW + timedelta(days=1)) == 0
    assert list_open_cases(ledger) == []
    [_, _, level] = measure_service(ledger, NOW, NOW + timedelta(days=2))
    assert (level.cases, level.answered_in_time, level.solved, level.minutes) == (1, 1, 1, 180)


def test_complaints_of_long_before_open_no_case(ledger):
    old = Complaint("a", NOW - timedelta(days=15), None)
    later = Complaint("b", NOW + timedelta(days=1), None)
    assert read_complaints(ledger, SETTINGS, [old, later], NOW) == 0


def test_a_case_is_opened_answered_and_solved_by_hand(ledger):
    case = open_case(ledger, SETTINGS, "a", "general", "li", NOW)
    assert open_case(ledger, SETTINGS, "a", "general", "li", NOW) == case
    assert answer_case(ledger, case.case_id, "li", NOW + MINUTE).answered_by == "li"
    again = answer_case(ledger, case.case_id, "wang", NOW + 5 * MINUTE)
    assert (again.answered_by, again.answered_at) == ("li", NOW + MINUTE)
    assert solve_case(ledger, case.case_id, "wang", NOW + 9 * MINUTE).solved_at == NOW + 9 * MINUTE
    with pytest.raises(CaseSolved):
        solve_case(ledger, case.case_id, "wang", NOW + 10 * MINUTE)
    with pytest.raises(CaseUnknown):
        answer_case(ledger, "none", "li", NOW)


def test_who_was_answered_late_and_who_still_waits_are_measured(ledger):
    late = open_case(ledger, SETTINGS, "a", "general", "li", NOW)
    answer_case(ledger, late.case_id, "li", NOW + 40 * MINUTE)
    open_case(ledger, SETTINGS, "b", "general", "li", NOW)
    open_case(ledger, SETTINGS, "c", "general", "li", NOW + 50 * MINUTE)  # not due yet
    level = measure_service(ledger, NOW - MINUTE, NOW + 60 * MINUTE)[1]
    assert (level.cases, level.answered_in_time, level.solved, level.minutes) == (2, 0, 0, 40)


def test_who_was_erased_has_no_case_any_more(ledger, tmp_path):
    answer_message(ledger, tmp_path)
    read_answers(ledger, SETTINGS, NOW + MINUTE)
    alias = Alias({"plain": "erased-1", "rich": "erased-2"}, {})
    erase_customers(ledger, alias, "two", "li", NOW + 2 * MINUTE)
    assert list_open_cases(ledger) == []
    assert read_answers(ledger, SETTINGS, NOW + 3 * MINUTE) == 0
    assert list_open_cases(ledger) == []


def test_a_complaint_of_who_was_merged_since_is_one_case_and_ends_with_it(ledger):
    read_complaints(ledger, SETTINGS, [Complaint("old", NOW, None)], NOW)
    follow_merges(ledger, {"old": "new"})
    solved = Complaint("new", NOW, NOW + MINUTE)
    assert read_complaints(ledger, SETTINGS, [solved], NOW + 2 * MINUTE) == 0
    assert list_open_cases(ledger) == []


def test_an_answer_of_who_was_merged_since_is_one_case(ledger, tmp_path):
    answer_message(ledger, tmp_path)
    read_answers(ledger, SETTINGS, NOW + MINUTE)
    follow_merges(ledger, {"plain": "new"})
    assert read_answers(ledger, SETTINGS, NOW + 2 * MINUTE) == 0
    assert {each.customer_id for each in list_open_cases(ledger)} == {"new", "rich"}
