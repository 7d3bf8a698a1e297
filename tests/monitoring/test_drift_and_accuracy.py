"""Alerts mean something: accuracy, calibration and drift, simulated."""

import numpy as np
import pytest

from winback.monitoring.accuracy import compare_deciles, measure_accuracy
from winback.monitoring.drift import find_drift


def forecasts(rng, true_share, count, churned_share=0.5):
    """Customers of whom so many are predicted rightly, both fates alike."""
    churned = rng.random(count) < churned_share
    right = rng.random(count) < true_share
    return np.where(churned == right, 0.9, 0.1), churned


def test_eighty_percent_pages_in_its_first_week():
    """T14: 2,000 matured customers of whom 80 % were predicted rightly: 990 of 1,000 simulations page at once."""
    rng = np.random.default_rng(1)
    paged = sum(measure_accuracy(*forecasts(rng, 0.80, 2000)).state == "page" for _ in range(1000))
    assert paged >= 990


def test_eighty_eight_percent_pages_nobody():
    """T14: one false page in 1,000 weeks at most, two warnings running included."""
    rng, paged, warned = np.random.default_rng(2), 0, False
    for _ in range(1000):
        actual = measure_accuracy(*forecasts(rng, 0.88, 2000), warned)
        paged += actual.state == "page"
        warned = actual.state == "warn"
    assert paged <= 1


def test_exactly_eighty_five_percent_warns_half_of_the_time_and_pages_on_the_second():
    """On the line itself every second week is below it; that two running are a page is what the line costs."""
    rng = np.random.default_rng(3)
    states = [measure_accuracy(*forecasts(rng, 0.85, 2000)).state for _ in range(400)]
    assert 0.4 < states.count("warn") / 400 < 0.6
    low = next(
        each
        for each in (forecasts(rng, 0.85, 2000) for _ in range(50))
        if measure_accuracy(*each).state == "warn"
    )
    assert measure_accuracy(*low, warned_before=True).state == "page"


def test_too_few_is_unknown_and_no_green_light():
    assert measure_accuracy(*forecasts(np.random.default_rng(4), 0.99, 999)).state == "unknown"
    assert compare_deciles(np.full(999, 0.5), np.ones(999, dtype=bool)).state == "unknown"


def test_accuracy_stands_beside_the_majority():
    """Where 95 % stay away, "everyone stays away" is 95 % accurate, finds nobody, and is a warning."""
    churned = np.arange(4000) % 20 != 0
    everyone = measure_accuracy(np.full(4000, 0.9), churned)
    assert everyone.share == pytest.approx(0.95)
    assert everyone.state == "warn"
    assert set(everyone.why) == {"no_better_than_majority", "unbalanced"}
    good = measure_accuracy(np.where(churned, 0.9, 0.1), churned)
    assert (good.state, good.why) == ("well", ())


def test_chances_that_come_true_raise_no_alert_and_others_do():
    """T15: three tenths outside of their 99 % band."""
    rng, fired = np.random.default_rng(5), 0
    for _ in range(500):
        chance = rng.beta(3, 1, 3000)
        fired += compare_deciles(chance, rng.random(3000) < chance).state == "warn"
    assert fired <= 2
    chance = rng.beta(3, 1, 3000)
    assert compare_deciles(chance, rng.random(3000) < chance**2).state == "warn"


@pytest.mark.parametrize(
    ("count", "weeks"),
    [(120, 150), *(pytest.param(count, 500, marks=pytest.mark.full) for count in (120, 5000))],
)
def test_a_stable_shop_has_one_false_alert_in_a_hundred_weeks(count, weeks):
    """T16: stable weeks of 20 quantities, one of them mostly missing, one of whole numbers."""
    rng, fired = np.random.default_rng(6), 0

    def week():
        result = {f"q{place}": rng.lognormal(size=count) for place in range(18)}
        gone = rng.normal(size=count)
        gone[rng.random(count) < 0.6] = np.nan
        return result | {"gone": gone, "count": rng.poisson(1.0, count).astype(float)}

    for _ in range(weeks):
        fired += bool(find_drift(week(), week()))
    assert fired / weeks <= 0.01


@pytest.mark.parametrize("shops", [60, pytest.param(200, marks=pytest.mark.full)])
def test_a_planted_shift_is_found(shops):
    """T16: three tenths of a standard deviation in one of 20 quantities at 5,000 rows: 95 of 100."""
    rng, actual = np.random.default_rng(7), 0
    for _ in range(shops):
        before = {f"q{place}": rng.normal(size=5000) for place in range(20)}
        after = {
            f"q{place}": rng.normal(size=5000) + (0.3 if place == 11 else 0) for place in range(20)
        }
        shifts = find_drift(before, after)
        actual += [(each.quantity, each.what) for each in shifts] == [("q11", "values")]
    assert actual / shops >= 0.95


def test_a_quantity_that_goes_missing_is_found():
    before, after = {"spend": np.ones(500)}, {"spend": np.where(np.arange(500) < 200, np.nan, 1.0)}
    [shift] = find_drift(before, after)
    assert (shift.what, shift.before, shift.after) == ("missing", 0.0, 0.4)


def test_few_rows_and_nothing_at_all_raise_nothing():
    assert find_drift({"q": np.zeros(10)}, {"q": np.ones(10)}) == []
    assert find_drift({"q": np.full(100, np.nan)}, {"q": np.full(100, np.nan)}) == []
