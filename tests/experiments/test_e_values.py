"""Evidence that may be looked at after every message."""

import numpy as np
import pytest

from winback.experiments.e_values import (
    LEVEL,
    EventsByArm,
    compute_excess_e_value,
    compute_rate_e_value,
)


def count_alarms(rate, line, trials=3_000, shops=400, seed=3):
    """Of shops that look after every message how many ever see too many."""
    draw, alarms = np.random.default_rng(seed), 0
    for _ in range(shops):
        events = np.flatnonzero(draw.random(trials) < rate) + 1
        alarms += any(
            compute_rate_e_value(count, int(at), line) >= 1 / LEVEL
            for count, at in enumerate(events, start=1)
        )
    return alarms / shops


def test_a_rate_at_the_line_is_called_too_high_in_few_shops_however_often_they_look():
    assert count_alarms(0.005, 0.005) <= LEVEL


def test_three_times_the_line_is_seen_in_most():
    assert count_alarms(0.015, 0.005) >= 0.9


@pytest.mark.parametrize(("events", "trials"), [(0, 0), (0, 10_000), (50, 10_000)])
def test_no_evidence_at_or_below_the_line(events, trials):
    assert compute_rate_e_value(events, trials, 0.005) <= 1


def test_a_line_near_one_is_exceeded_too():
    assert compute_rate_e_value(10, 10, 0.9) < 20
    assert compute_rate_e_value(100, 100, 0.9) > 20


def count_excess(odds, looks=40, shops=400, seed=4):
    draw, alarms = np.random.default_rng(seed), 0
    for _ in range(shops):
        treated = held_out = 0
        for _ in range(looks):
            treated += draw.binomial(25, 0.02 * odds)
            held_out += draw.binomial(10, 0.02)
            draws = [EventsByArm(1_000, 400, treated, held_out)]
            if compute_excess_e_value(draws) >= 1 / LEVEL:
                alarms += 1
                break
    return alarms / shops


def test_a_message_that_does_nothing_is_rarely_called_harmful_however_often_somebody_looks():
    assert count_excess(1) <= LEVEL


def test_four_times_the_complaints_are_seen_in_most():
    assert count_excess(4) >= 0.8


def test_without_a_holdout_there_is_no_evidence():
    assert compute_excess_e_value([EventsByArm(100, 0, 50, 0)]) == 1
