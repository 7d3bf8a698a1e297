"""The draw repeated: exact where it can be counted by hand, and blind to how far amounts lie apart."""

from itertools import combinations

import numpy as np
import pytest

from winback.measurement.effect import ArmOutcomes, estimate_mean_effect
from winback.measurement.permutation import MOST_AMOUNTS, compute_one_sided_p


def chances(held, amounts, stratum=None, household=None):
    count = len(amounts)
    treated = ~np.isin(np.arange(count), held)
    household = np.arange(count) if household is None else household
    stratum = np.zeros(count, dtype=np.int64) if stratum is None else stratum
    return compute_one_sided_p(treated, household, stratum, np.array(amounts, dtype=float))


@pytest.mark.parametrize("held", [(0, 1, 2), (7, 8, 9), (0, 4, 9)])
def test_it_is_the_count_of_all_draws(held):
    """Of the 120 ways to hold out three of ten: in how many they hold as little, and as much."""
    amounts = [0, 0, 0, 0, 1, 2, 4, 8, 16, 32]
    sums = [sum(amounts[each] for each in three) for three in combinations(range(10), 3)]
    seen = sum(amounts[each] for each in held)
    gain, loss = chances(held, amounts)
    assert gain == pytest.approx(np.mean([each <= seen for each in sums]), abs=0.03)
    assert loss == pytest.approx(np.mean([each >= seen for each in sums]), abs=0.03)


def test_of_shares_it_is_fishers_exact_test():
    """Four of six held out came back and one of fourteen treated: by the hypergeometric distribution .0139."""
    from scipy import stats

    came = [1, 1, 1, 1, 0, 0, *[1] + [0] * 13]
    _, loss = chances(range(6), came)
    assert loss == pytest.approx(stats.hypergeom.sf(3, 20, 5, 6), abs=0.006)


def test_nobody_changes_sides_outside_of_their_wave_and_play():
    """All who bought are in a play that holds everybody out, and in one that writes to all: nothing could be otherwise."""
    stratum = np.repeat([0, 1], 5)
    assert chances(range(5), [1] * 5 + [0] * 5, stratum) == (1, 1)
    assert chances((0, 5), [9, 0, 0, 0, 0, 9, 0, 0, 0, 0], stratum)[1] == pytest.approx(
        0.04, abs=0.015
    )


def test_a_household_changes_sides_as_a_whole():
    """Ten rows of two households tell no more than two."""
    household = np.repeat([0, 1], 5)
    gain, loss = chances(range(5), [1] * 5 + [0] * 5, household=household)
    assert loss == pytest.approx(0.5, abs=0.04)
    assert gain == 1


def test_one_whale_decides_nothing():
    """A single order of ten million in either arm: no sure gain, and no sure loss."""
    for whale in (0, 99):
        amounts = np.where(np.arange(100) % 10 == 5, 50.0, 0.0)
        amounts[whale] = 1e7
        units = ArmOutcomes(
            np.arange(100) >= 25, np.arange(100), np.full(100, 0.25), np.empty((100, 0))
        )
        difference = estimate_mean_effect(units, amounts).difference
        assert difference.low <= 0 <= difference.high
        assert difference.p >= 0.05


def test_of_many_amounts_normal_intervals_serve():
    amounts = np.arange(1.0, MOST_AMOUNTS + 2)
    assert chances((0, 1), amounts) is None
    assert chances((0, 1), np.ones(MOST_AMOUNTS + 2)) == (1, 1)


def test_the_same_data_say_the_same():
    rng = np.random.default_rng(3)
    amounts = np.where(rng.random(300) < 0.2, rng.lognormal(4, 2, 300), 0)
    assert chances(range(60), amounts) == chances(range(60), amounts)
