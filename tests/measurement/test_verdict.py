"""What is asked before and after an effect: are the arms as drawn, what may be said, may one look every week."""

import numpy as np
import pytest
from scipy import stats

from tests.measurement.simulated_waves import drawn
from winback.measurement.effect import estimate_share_effect
from winback.measurement.interval import Interval
from winback.measurement.sample_ratio import LEAST_P, compute_ratio_p_value
from winback.measurement.sequential import build_always_valid_interval
from winback.measurement.verdict import decide_roi, holm_adjust, judge
from winback.simulation.worlds import WORLDS


@pytest.mark.parametrize(("households", "share"), [(20, 0.3), (150, 0.2), (150, 0.02), (700, 0.25)])
def test_the_sample_ratio_fires_on_one_clean_wave_of_a_thousand_at_most(households, share):
    """Counted exactly: the chance of every number held out at which it fires."""
    fires = [
        held
        for held in range(households + 1)
        if compute_ratio_p_value([(households, held, share)]) < LEAST_P
    ]
    assert stats.binom.pmf(fires, households, share).sum() <= 0.001
    assert fires, "it can fire"


@pytest.mark.parametrize(
    "lost", ["half the held out", "a tenth of the treated turned into held out"]
)
def test_the_sample_ratio_fires_where_an_arm_was_tampered_with(lost):
    rng = np.random.default_rng(2)
    for _ in range(200):
        held = int(rng.binomial(2000, 0.2))
        result = (
            (2000 - held // 2, held - held // 2)
            if lost.startswith("half")
            else (2000, held + (2000 - held) // 10)
        )
        assert compute_ratio_p_value([(*result, 0.2)]) < LEAST_P


def test_the_sample_ratio_is_exact():
    """Of ten tosses of a fair coin none falls on this side: 2 x 1/1024."""
    assert compute_ratio_p_value([(10, 0, 0.5)]) == pytest.approx(2 / 1024)
    assert compute_ratio_p_value([(4, 2, 0.5), (6, 3, 0.5)]) == 1


def test_what_is_said_of_an_effect():
    """Zero is no answer: an interval that holds nought says earned, harmful, too small, or how many weeks more."""
    assert judge(Interval(0.08, 0.02, 0.14, 0.03, 0.01), 4).verdict == "earned"
    assert judge(Interval(-0.08, -0.14, -0.02, 0.03, 0.01), 4).verdict == "harmful"
    assert judge(Interval(0.01, -0.02, 0.04, 0.015, 0.5), 4).verdict == "too_small"
    open_one = judge(Interval(0.04, -0.03, 0.11, 0.036, 0.27), 4)
    assert (open_one.verdict, open_one.weeks) == (
        "cannot_tell",
        13,
    )  # 4 x (.036 x 2.8 / .05)^2 = 16.3, less 4
    assert (
        judge(Interval(0.0, -0.5, 0.5, 0.25, 1.0), 4).weeks is None or judge(None, 4).weeks is None
    )


def test_the_weeks_promised_are_enough():
    """Of worlds with an effect, four in five that were told a number of weeks can tell after them."""
    rng, result, asked = np.random.default_rng(4), 0, 0
    while asked < 60:
        _, units, returned, _ = drawn(WORLDS["friendly"], 500, rng)
        said = judge(estimate_share_effect(units, returned).difference, 1, worth=0.05)
        if said.verdict != "cannot_tell" or not said.weeks:
            continue
        asked += 1
        _, units, returned, _ = drawn(WORLDS["friendly"], 500 * (1 + said.weeks), rng)
        result += (
            judge(estimate_share_effect(units, returned).difference, 1, worth=0.05).verdict
            != "cannot_tell"
        )
    assert result / asked >= 0.7


def test_holm_steps_down():
    assert holm_adjust({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "c": 0.06, "b": 0.06}
    )
    assert holm_adjust({}) == {}


def test_the_line_of_one_to_three():
    """B103: continue only if 1:3 is sure; margin after cost of 2,000 on a cost of 1,000 is 1:3."""
    assert decide_roi(Interval(4000, 2000, 6000, 1, 0.01), 1000, 3) == "continue"
    assert decide_roi(Interval(500, -900, 1900, 1, 0.01), 1000, 3) == "stop"
    assert decide_roi(Interval(3000, 1900, 5000, 1, 0.01), 1000, 3) == "cannot_tell"
    assert decide_roi(None, 1000, 3) == "cannot_tell"
    assert decide_roi(Interval(3000, 1900, 5000, 1, 0.01), 0, 3) == "no_cost"


@pytest.mark.full
def test_who_looks_every_week_is_not_fooled():
    """An A/A test looked at every week for half a year: the sequence cries wolf 5 times of 100, an interval often."""
    rng, plain, always = np.random.default_rng(6), 0, 0
    runs = 300
    for _ in range(runs):
        _, units, returned, _ = drawn(WORLDS["no_effect"], 26 * 60, rng, share=0.5)
        looks = []
        for week in range(2, 27):
            seen = np.arange(len(returned)) < week * 60
            difference = estimate_share_effect(units.select(seen), returned[seen]).difference
            looks.append(
                (
                    difference.p < 0.05,
                    build_always_valid_interval(difference, int(seen.sum()), 26 * 60),
                )
            )
        plain += any(actual for actual, _ in looks)
        always += any(one.low > 0 or one.high < 0 for _, one in looks)
    assert always / runs <= 0.05 + 1.4 * 0.0126
    assert plain / runs > 0.12


def test_a_sequence_and_its_chance_say_the_same():
    inside = build_always_valid_interval(Interval(0.05, 0.01, 0.09, 0.02, 0.01), 400, 1000)
    assert (inside.low > 0) == (inside.p < 0.05)
    sure = build_always_valid_interval(Interval(0.09, 0.05, 0.13, 0.02, 0.001), 400, 1000)
    assert sure.low > 0
    assert sure.p < 0.05
