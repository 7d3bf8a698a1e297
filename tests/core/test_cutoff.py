"""Time is a value: windows are half-open and days are the shop's own."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from winback.core.cutoff import Cutoff, build_training_cutoffs, to_epoch_seconds
from winback.core.cutoff import build_test_cutoff as last_testable_cutoff

JULY = Cutoff(date(2024, 7, 1), "UTC", 30)
ZONES = (
    "UTC",
    "Asia/Shanghai",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)


def test_an_order_on_the_cutoff_day_counts_as_outcome():
    """The cut-off day is the first day the model has not seen."""
    assert JULY.is_outcome(datetime(2024, 7, 1))
    assert not JULY.is_history(datetime(2024, 7, 1))


def test_the_first_moment_after_the_outcome_window_is_outside_it():
    assert JULY.is_outcome(datetime(2024, 7, 30, 23, 59, 59))
    assert not JULY.is_outcome(datetime(2024, 7, 31))


def test_a_cutoff_is_a_local_midnight_stored_in_utc():
    """A shop in Shanghai begins its Monday on Sunday afternoon, London time."""
    assert Cutoff(date(2024, 7, 1), "Asia/Shanghai", 30).at == datetime(2024, 6, 30, 16)


def test_a_window_over_the_clock_change_has_its_own_length():
    """H counts local days, and the day New York's clocks go forward has 23 hours."""
    march = Cutoff(date(2024, 3, 10), "America/New_York", 1)
    assert march.outcome_end - march.at == timedelta(hours=23)
    assert march.shift_back(-1).get_window_seconds(1) == 23 * 3600


def test_a_moment_before_1970_is_floored_to_its_second():
    """Truncation would call half a second before the epoch second 0."""
    assert to_epoch_seconds(datetime(1969, 12, 31, 23, 59, 59, 500_000)) == -1


@given(st.dates(date(1990, 1, 1), date(2035, 1, 1)), st.sampled_from(ZONES), st.integers(1, 365))
def test_neighbouring_windows_share_no_second_and_miss_none(day, zone, outcome_days):
    """History, outcome and what follows cut time into three parts."""
    cutoff = Cutoff(day, zone, outcome_days)
    later = Cutoff(day + timedelta(days=outcome_days), zone, outcome_days)
    assert cutoff.outcome_end == later.at
    assert later.get_window_start(outcome_days) == cutoff.at


def test_no_training_label_reaches_into_the_test_window():
    """A label that knows what the test asks is a leak."""
    test = last_testable_cutoff(date(2024, 12, 31), "UTC", 90)
    cutoffs = build_training_cutoffs(test, date(2023, 1, 1))
    assert len(cutoffs) == 12
    assert all(cutoff.outcome_end <= test.at for cutoff in cutoffs)
    assert {(a.day - b.day).days for a, b in pairwise(cutoffs)} == {30}


def test_a_short_history_gives_only_the_cutoffs_that_have_a_past():
    test = last_testable_cutoff(date(2024, 5, 1), "UTC", 30)
    cutoffs = build_training_cutoffs(test, date(2024, 1, 1))
    assert [cutoff.day for cutoff in cutoffs] == [
        date(2024, 3, 2),
        date(2024, 2, 1),
        date(2024, 1, 2),
    ]
