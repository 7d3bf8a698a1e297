"""Quiet hours, by the clock on the customer's wall."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winback.config.quiet_hours import QuietHours

DAY = QuietHours(time(9), time(20))
ZONES = (
    "Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu",
    "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Chatham", "America/Sao_Paulo", "Asia/Tehran", "Africa/Casablanca",
)  # fmt: skip


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "zone", "opens"),
    [
        ("2026-11-16T03:00", "Asia/Shanghai", "2026-11-16T03:00"),  # eleven in the morning
        (
            "2026-11-16T12:00",
            "Asia/Shanghai",
            "2026-11-17T01:00",
        ),  # eight in the evening is quiet already
        ("2026-11-16T11:59:59", "Asia/Shanghai", "2026-11-16T11:59:59"),
        ("2026-11-15T20:00", "Asia/Shanghai", "2026-11-16T01:00"),  # four in the morning
        ("2026-12-31T23:30", "Asia/Shanghai", "2027-01-01T01:00"),
        ("2026-03-29T00:30", "Europe/Berlin", "2026-03-29T07:00"),  # the night has an hour less
        ("2026-10-25T00:30", "Europe/Berlin", "2026-10-25T08:00"),  # and in autumn one more
        ("2024-02-28T21:00", "UTC", "2024-02-29T09:00"),
        ("2011-12-30T09:00", "Pacific/Apia", "2011-12-30T19:00"),  # Samoa left out a whole day
    ],
)
def test_the_next_open_moment(now, zone, opens):
    assert DAY.find_next_open(at(now), zone) == at(opens)


@settings(max_examples=400)
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.sampled_from(ZONES),
    st.tuples(st.integers(0, 22), st.integers(1, 23)).filter(lambda pair: pair[0] < pair[1]),
)  # fmt: skip
def test_it_is_open_then_and_not_before(now, zone, hours):
    """Thirteen zones, also those with odd offsets and half-hour summer times."""
    day = QuietHours(time(hours[0]), time(hours[1]))

    def is_open(moment):
        return (
            day.opens <= moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).time() < day.closes
        )

    opens = day.find_next_open(now, zone)
    assert opens >= now
    assert is_open(opens)
    between = now
    while between < opens:
        assert not is_open(between)
        between += timedelta(minutes=5)
