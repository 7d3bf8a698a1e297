"""Which rows are compared: a household's first after each draw, with the chance it was drawn with."""

from datetime import date, datetime, timedelta

import pytest

from winback.ledger.assignments import PlannedAssignment
from winback.ledger.engine import open_ledger
from winback.ledger.experiment_data import load_assignments
from winback.ledger.wave_plan import WavePlan
from winback.ledger.waves import decide_wave, insert_wave
from winback.measurement.first_entries import find_first_entries, list_sent_waves

MARCH, MAY, JULY = date(2026, 3, 2), date(2026, 5, 4), date(2026, 7, 6)
FIRST, SECOND = date(2026, 7, 1), date(2027, 1, 1)


@pytest.fixture
def ledger(tmp_path):
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.migrate()
    return ledger


def wave(ledger, name, day, until, *drawn, state="approved"):
    """drawn: household and chance, held out."""
    now = datetime(day.year, day.month, day.day, 3)
    assigned = [
        PlannedAssignment(household, household, "holdout", "silent", "wake", holdout_chance=chance)
        for household, chance in drawn
    ]
    insert_wave(
        ledger,
        name,
        name.rsplit("-", 1)[0],
        "w",
        day,
        assigned,
        {},
        WavePlan(washout_days=28),
        "li",
        now,
        fixed_until=until,
    )
    if state == "approved":
        decide_wave(ledger, name, "approved", "li", now)


def compared(ledger, playbook="general"):
    """(wave, household) → the chance, of those that are compared."""
    waves = list_sent_waves(ledger, playbook)
    assignments = load_assignments(ledger, [each.wave.wave_id for each in waves])
    fresh, share = find_first_entries(None, None, ledger, waves, assignments)
    keys = zip(assignments.wave_id, assignments.household, strict=True)
    return {
        key: chance for key, chance, is_fresh in zip(keys, share, fresh, strict=True) if is_fresh
    }


def test_a_household_is_compared_once_while_its_entry_holds(ledger):
    wave(ledger, "general-1", MARCH, FIRST, ("a", 0.2))
    wave(ledger, "general-2", MAY, FIRST, ("a", 0.2), ("b", 0.3))
    assert compared(ledger) == {("general-1", "a"): 0.2, ("general-2", "b"): 0.3}


def test_it_is_compared_again_after_the_next_draw_and_the_rest_that_follows(ledger):
    wave(ledger, "general-1", MARCH, FIRST, ("a", 0.2), ("rests", 0.2), ("never", 0.2))
    wave(ledger, "general-2", JULY, SECOND, ("rests", 0.05))
    wave(
        ledger,
        "general-3",
        JULY + timedelta(days=28),
        SECOND,
        ("a", 0.3),
        ("rests", 0.05),
        ("never", 1.0),
    )
    assert compared(ledger) == {
        ("general-1", "a"): 0.2,
        ("general-1", "rests"): 0.2,
        ("general-1", "never"): 0.2,
        ("general-3", "a"): 0.3,
    }


def test_what_another_playbook_has_sent_a_household_is_no_first_entry(ledger):
    """A playbook renamed in the half-year: who came back under the new name was influenced under the old one."""
    wave(ledger, "former-1", MARCH, FIRST, ("a", 0.2))
    wave(ledger, "general-2", MAY, FIRST, ("a", 0.2), ("b", 0.2))
    assert compared(ledger) == {("general-2", "b"): 0.2}


def test_who_was_let_go_before_anything_was_sent_is_compared_where_something_was(ledger):
    wave(ledger, "general-1", MARCH, FIRST, ("a", 0.2), state="planned")
    wave(ledger, "general-2", MAY, FIRST, ("a", 0.2))
    wave(ledger, "general-3", MAY + timedelta(days=7), FIRST, ("a", 0.2))
    assert compared(ledger) == {("general-2", "a"): 0.2}
