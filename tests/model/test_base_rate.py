"""The season's forecast: what was known by the day, read a year before, and nothing where it cannot be seen."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from winback.model.base_rate import BaseRate, RateShift, measure_shift, solve_missing_level

FIRST = date(2023, 1, 1)


def yearly(day):
    """A season: most return in November."""
    return 0.8 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 140) / 365)


def seasons(until, trend=0.0):
    days = [FIRST + timedelta(days=60 + 30 * step) for step in range(60)]
    shifts = [
        RateShift(day, yearly(day) + trend * (day - FIRST).days / 365, 0.02, 2_000)
        for day in days
        if day < until
    ]
    return BaseRate(FIRST, 60, shifts, {})


def test_the_level_a_margin_lacks_is_found_exactly():
    draw = np.random.default_rng(1)
    margins = draw.normal(0, 2, 50_000)
    churned = draw.random(50_000) < 1 / (1 + np.exp(-(margins - 0.7)))
    level, noise = solve_missing_level(margins, churned)
    assert level == pytest.approx(-0.7, abs=3 * noise)
    assert np.mean(1 / (1 + np.exp(-(margins + level)))) == pytest.approx(churned.mean(), abs=1e-9)
    assert np.isfinite(measure_shift(FIRST, margins, np.ones(50_000, dtype=bool)).shift)


def test_a_season_seen_a_year_ago_is_expected_again():
    known = seasons(date(2024, 12, 1))
    for day in (date(2025, 1, 20), date(2024, 11, 15)):
        result = known.forecast(day)
        assert result.basis == "year_ago"
        assert result.shift == pytest.approx(yearly(day), abs=0.12)


def test_half_of_what_changed_since_the_year_before_goes_on():
    """A trend seen once is carried on in part (Gardner and McKenzie 1985)."""
    day = date(2025, 1, 20)
    result = seasons(date(2024, 12, 1), trend=0.4).forecast(day).shift - yearly(day)
    a_year_ago = 0.4 * (day - FIRST).days / 365 - 0.4
    assert result == pytest.approx(a_year_ago + 0.2, abs=0.12)


def test_what_was_not_over_by_the_day_is_not_used():
    """No outcome of the future may set the level of a score."""
    day = date(2025, 1, 20)
    known = seasons(date(2024, 11, 1))
    future = [RateShift(day - timedelta(days=late), 9.0, 0.02, 2_000) for late in (0, 20, 59)]
    assert replace(known, shifts=[*known.shifts, *future]).forecast(day) == known.forecast(day)


def test_under_fifteen_months_nothing_is_claimed():
    assert seasons(date(2023, 12, 1)).forecast(date(2024, 1, 1)).basis == "short_history"
    assert BaseRate(FIRST, 60, [], {}).forecast(date(2026, 1, 1)).basis == "no_year_ago"


def test_a_moving_feast_is_compared_with_itself():
    """Ten days before the lunar New Year is like ten days before the last one, not like the same date."""
    calendar = {"lunar_new_year": (date(2024, 2, 10), date(2025, 1, 29))}
    known = BaseRate(FIRST, 60, (), calendar)
    assert known.find_year_before(date(2025, 1, 19)) == date(2024, 1, 31)
    assert known.find_year_before(date(2025, 6, 1)) == date(2024, 6, 1)


def test_shifts_that_are_only_noise_are_not_followed():
    draw = np.random.default_rng(2)
    shifts = [
        RateShift(FIRST + timedelta(days=60 + 30 * step), float(draw.normal(0, 0.2)), 0.4, 100)
        for step in range(20)
    ]
    assert BaseRate(FIRST, 60, shifts, {}).forecast(date(2024, 11, 1)).shift == 0
