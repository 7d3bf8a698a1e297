"""What a wave can show, before it is sent."""

import numpy as np
import pytest

from winback.experiments.power import (
    ArmSizes,
    compute_detectable_rise,
    compute_detectable_rise_weekly,
    estimate_weeks_to_tell,
    propose_holdout_share,
)
from winback.measurement.effect import ArmOutcomes, estimate_share_effect
from winback.measurement.verdict import judge_effect


@pytest.mark.parametrize(
    ("arms", "rise"),
    [
        # Textbook cases: 10 % against 15 % takes 686 in each arm, 5 % against 10 % takes 435, 40 % against 50 % takes 388.
        (ArmSizes(686, 686, 0.10), 0.05),
        (ArmSizes(435, 435, 0.05), 0.05),
        (ArmSizes(388, 388, 0.40), 0.10),
    ],
)
def test_the_textbook_sample_sizes_come_out(arms, rise):
    assert compute_detectable_rise(arms) == pytest.approx(rise, abs=0.0005)


def test_where_nothing_can_be_shown_nothing_is_promised():
    assert compute_detectable_rise(ArmSizes(100, 0, 0.2)) is None
    assert compute_detectable_rise(ArmSizes(0, 100, 0.2)) is None
    assert compute_detectable_rise(ArmSizes(3, 2, 0.5)) is None


def test_nothing_is_promised_that_is_never_called():
    """Under 100 households or 20 held out there is no verdict; where everybody returns, nothing to gain."""
    assert compute_detectable_rise(ArmSizes(60, 30, 0.1)) is None
    assert compute_detectable_rise(ArmSizes(600, 19, 0.1)) is None
    assert compute_detectable_rise(ArmSizes(160, 40, 0.1, households=99)) is None
    for compute in (compute_detectable_rise, lambda arms: compute_detectable_rise_weekly(arms, 4)):
        assert compute(ArmSizes(1000, 500, 1.0)) is None


def test_the_campaign_to_date_shows_more_than_one_wave():
    wave = ArmSizes(80, 20, 0.1)
    quarter = sum([wave] * 12, wave)
    assert (quarter.treated, quarter.held_out, quarter.returning) == (1040, 260, pytest.approx(0.1))
    assert compute_detectable_rise(quarter) < compute_detectable_rise(wave) / 3


def test_a_small_shop_holds_out_a_third_and_a_big_one_a_tenth():
    assert propose_holdout_share(40, 0.2, 13, first_quarter=True) == 0.30
    assert propose_holdout_share(100_000, 0.2, 13, first_quarter=False) == 0.10
    assert propose_holdout_share(100_000, 0.2, 13, first_quarter=True) == 0.20


def test_the_share_proposed_is_the_smallest_that_shows_five_points():
    share = propose_holdout_share(400, 0.2, 13, first_quarter=False)

    def shows(held_share):
        arms = ArmSizes(400 * 13, 0, 0.2).hold_out(held_share)
        return compute_detectable_rise_weekly(arms, 13) <= 0.05

    assert shows(share)
    assert share == 0.10 or not shows(share - 0.05)


def test_two_of_a_household_are_worth_less_than_two():
    """With a correlation of a half, pairs count for four thirds of a household."""
    pairs = ArmSizes(1600, 400, 0.2, households=1000)
    singles = ArmSizes(1600 / 1.5, 400 / 1.5, 0.2)
    assert compute_detectable_rise(pairs) == pytest.approx(compute_detectable_rise(singles))
    assert compute_detectable_rise(ArmSizes(1600, 400, 0.2)) < compute_detectable_rise(pairs)
    assert sum([pairs, pairs], ArmSizes(0, 0, 0)).all_households == 2000


def test_a_week_that_may_be_looked_at_takes_more():
    arms = ArmSizes(4000, 1000, 0.2)
    assert compute_detectable_rise_weekly(arms, 13) > compute_detectable_rise(arms)
    assert compute_detectable_rise_weekly(ArmSizes(400, 19, 0.2), 1) is None, (
        "nothing is called before 20 are held out"
    )


def test_the_weeks_to_tell_are_those_at_which_the_rise_shows():
    weekly = ArmSizes(120, 30, 0.15)
    weeks = estimate_weeks_to_tell(weekly, weekly, 0.05)
    assert compute_detectable_rise_weekly(weekly.repeat(weeks), weeks) <= 0.05
    assert compute_detectable_rise_weekly(weekly.repeat(weeks - 1), weeks - 1) > 0.05
    assert estimate_weeks_to_tell(weekly.repeat(40), weekly, 0.05) < weeks
    assert estimate_weeks_to_tell(weekly.repeat(0.1), weekly.repeat(0.1), 0.05) is None


def judged(arms, rise, runs, rng):
    """The share of waves that are called a gain; a household's customers are alike with a correlation of a half."""
    size, count = round(arms.customers / arms.all_households), round(arms.all_households)
    treated = np.arange(count) < round(arms.treated / size)
    chance = np.repeat(np.where(treated, arms.returning + rise, arms.returning), size)
    units = ArmOutcomes(np.repeat(treated, size), np.repeat(np.arange(count), size),
                        np.full(count * size, arms.held_out / arms.customers), np.empty((count * size, 0)))  # fmt: skip
    gains = 0
    for _ in range(runs):
        alike = np.repeat(rng.random(count) < 0.5, size)
        number = np.where(alike, np.repeat(rng.random(count), size), rng.random(count * size))
        gains += estimate_share_effect(units, number < chance).difference.low > 0
    return gains / runs


@pytest.mark.full
@pytest.mark.parametrize(
    "arms",
    [
        ArmSizes(80, 20, 0.1),
        ArmSizes(120, 30, 0.2),
        ArmSizes(450, 150, 0.1),
        ArmSizes(3600, 400, 0.05),
        ArmSizes(240, 60, 0.2, households=150),
        ArmSizes(1200, 300, 0.1, households=750),
    ],
    ids=str,
)
def test_the_power_promised_is_the_power_there_is(arms):
    """Four waves of five find the rise that is said to be found: 77 to 83 of 100, of 4,000."""
    rise = compute_detectable_rise(arms)
    assert 0.77 <= judged(arms, rise, 4_000, np.random.default_rng(7)) <= 0.83


@pytest.mark.full
@pytest.mark.parametrize(("a_week", "weeks"), [(150, 26), (400, 13)])
def test_the_power_promised_for_weekly_looks_is_the_power_there_is(a_week, weeks):
    """The campaign is called by the week it was promised for: 77 to 83 of 100, of 4,000."""
    arms, rng, called, runs = (
        ArmSizes(a_week * 0.8, a_week * 0.2, 0.15).repeat(weeks),
        np.random.default_rng(8),
        0,
        4_000,
    )
    rise = compute_detectable_rise_weekly(arms, weeks)
    count = a_week * weeks
    for _ in range(runs):
        treated = rng.random(count) >= 0.2
        came = rng.random(count) < np.where(treated, 0.15 + rise, 0.15)
        for week in range(1, weeks + 1):
            seen = slice(0, week * a_week)
            units = ArmOutcomes(treated[seen], np.arange(week * a_week), np.full(week * a_week, 0.2),
                                np.empty((week * a_week, 0)))  # fmt: skip
            effect = estimate_share_effect(units, came[seen], "always")
            if judge_effect(effect, week, 0.05, "always").verdict == "earned":
                called += 1
                break
    assert 0.77 <= called / runs <= 0.83
