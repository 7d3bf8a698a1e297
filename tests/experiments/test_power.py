"""What a wave can show, before it is sent."""

import pytest

from winback.experiments.power import ArmSizes, compute_detectable_rise, propose_holdout_share


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
    held = round(400 * 13 * share)
    assert compute_detectable_rise(ArmSizes(400 * 13 - held, held, 0.2)) <= 0.05
    fewer = round(400 * 13 * (share - 0.05))
    assert share == 0.10 or compute_detectable_rise(ArmSizes(400 * 13 - fewer, fewer, 0.2)) > 0.05
