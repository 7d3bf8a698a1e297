"""Spend in the outcome window: the parts add up, the level follows the season, and one giant does not decide."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from winback.features.registry import NAMES
from winback.model.base_rate import BaseRate, RateShift
from winback.model.spend import ValueSums
from winback.model.spend_fit import evaluate_spend, fit_spend, measure_level
from winback.model.training import TrainingSet

DAY = date(2026, 6, 1)
CALENDAR = BaseRate(date(2025, 1, 1), 30, (), {})


def shop(customers=4_000, seed=3, factor=1.0):
    """Customers who spend about what their mean order was, if they come at all; big ones come no more often."""
    draw = np.random.default_rng(seed)
    rows = np.full((customers, len(NAMES)), np.nan)
    usual = draw.lognormal(8, 1, customers)
    rows[:, NAMES.index("order_value_mean_minor")] = usual
    churned = draw.random(customers) < 0.6
    spend = np.where(churned, 0.0, usual * draw.lognormal(0, 0.5, customers)) * factor
    cutoff = np.arange(customers) % 4
    ids = draw.integers(0, 2**63, customers).astype(np.uint64)
    return TrainingSet(rows, churned, ids, cutoff, 30.0 * cutoff, spend)


def fitted(stack, calendar=CALENDAR):
    days = [date(2026, 4, 1), date(2026, 3, 1), date(2026, 2, 1), date(2026, 1, 1)]
    return fit_spend(stack, days, NAMES, 30, 30, {}, calendar, 7)


@pytest.fixture(scope="module")
def spend():
    return fitted(shop())


def test_what_comes_by_itself_is_what_came(spend):
    """On customers it has not seen, within a tenth, and in nearly the best order there is."""
    other = shop(seed=9)
    worth = spend.estimate_value(
        spend.predict_typical(other.rows, DAY), np.full(len(other.rows), 0.6)
    )
    actual = evaluate_spend(worth.expected, other.spend_minor)
    assert abs(actual.bias) < 0.1
    usual = np.nan_to_num(other.rows[:, NAMES.index("order_value_mean_minor")])
    assert actual.gini > evaluate_spend(usual, other.spend_minor).gini - 0.02


def test_expected_and_at_stake_are_the_two_parts_of_the_same_amount(spend):
    rows = shop(50, seed=1).rows
    chance = np.linspace(0, 1, 50)
    worth = spend.estimate_value(spend.predict_typical(rows, DAY), chance)
    assert worth.expected + worth.at_stake == pytest.approx(worth.if_back)
    assert (worth.expected[chance == 1], worth.at_stake[chance == 0]) == (0, 0)


def test_eight_in_ten_end_up_between_low_and_high(spend):
    """An interval that holds everyone, or hardly anyone, says nothing."""
    other = shop(seed=10)
    worth = spend.estimate_value(
        spend.predict_typical(other.rows, DAY), np.full(len(other.rows), 0.3)
    )
    chosen = np.random.default_rng(1).random(len(other.rows)) < 0.7
    came = np.where(chosen, other.rows[:, NAMES.index("order_value_mean_minor")], 0.0)
    came = came * np.random.default_rng(2).lognormal(0, 0.5, len(came))
    inside = (came >= worth.low) & (came <= worth.high)
    assert 0.78 < inside.mean() < 0.93


def test_a_likely_stayer_away_is_told_nothing_as_the_low_end(spend):
    rows = shop(3, seed=2).rows
    worth = spend.estimate_value(spend.predict_typical(rows, DAY), np.array([0.95, 0.5, 0.05]))
    assert (worth.low > 0).tolist() == [False, False, True]
    assert (worth.high > 0).tolist() == [False, True, True]


def test_the_level_follows_what_the_year_before_spent(spend):
    """At Online Retail autumn orders are a quarter larger; without this the forecast is 35 % short."""
    autumn = replace(spend, level=replace(CALENDAR, shifts=[RateShift(date(2025, 6, 1), 0.5, 0.01, 900),
                                                            RateShift(date(2026, 3, 1), 0.0, 0.01, 900)]))  # fmt: skip
    rows = shop(5).rows
    assert autumn.predict_typical(rows, DAY) / spend.predict_typical(rows, DAY) == pytest.approx(
        np.exp(0.5), rel=0.05
    )


def test_the_level_of_a_cutoff_is_told_with_its_noise():
    shift = measure_level(DAY, np.full(400, 100.0), np.full(400, 150.0))
    assert shift.shift == pytest.approx(np.log(1.5))
    assert shift.noise == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("customers", [40, 700])
def test_too_few_orders_or_no_amounts_teach_nothing(customers):
    stack = shop(customers)
    if customers > 100:
        stack = replace(stack, spend_minor=np.full(customers, np.nan))
    assert fitted(stack) is None


def test_another_currency_scales_every_amount_and_nothing_else(spend):
    """From yuan to fen: a factor of 128."""
    money = np.array([128.0 if name.endswith("_minor") else 1.0 for name in NAMES])
    dear = shop(factor=128.0)
    again = fitted(replace(dear, rows=dear.rows * money))
    rows = shop(200, seed=4).rows
    assert again.predict_typical(rows * money, DAY) / spend.predict_typical(
        rows, DAY
    ) == pytest.approx(128, rel=1e-3)


def test_one_reseller_at_every_cutoff_moves_nobody_elses_amount_far(spend):
    """A buyer of ten thousand times the usual, a dozen rows in four thousand."""
    stack = shop()
    giant = np.flatnonzero(~stack.churned)[:12]
    spent, rows = stack.spend_minor.copy(), stack.rows.copy()
    spent[giant], rows[giant, NAMES.index("order_value_mean_minor")] = 3e8, 3e8
    one = np.where(np.isin(np.arange(4_000), giant), np.uint64(2), stack.customer)
    again = fitted(replace(stack, spend_minor=spent, rows=rows, customer=one))
    others = shop(200, seed=4).rows
    before, after = (
        each.estimate_value(each.predict_typical(others, DAY), np.full(200, 0.5)).expected
        for each in (spend, again)
    )
    assert 0.8 < np.median(after / before) < 1.3


def test_totals_add_up_over_parts_and_their_intervals_hold_what_came(spend):
    """Three hundred shops of 500: the interval of the total holds what came in 19 of 20, within chance."""
    draw = np.random.default_rng(5)
    rows, chance = shop(500, seed=6).rows, draw.uniform(0.2, 0.9, 500)
    usual = rows[:, NAMES.index("order_value_mean_minor")]
    worth = spend.estimate_value(spend.predict_typical(rows, DAY), chance)
    whole = ValueSums.sum_over(worth, chance, np.ones(500, dtype=bool))
    first = np.arange(500) < 200
    parts = ValueSums.sum_over(worth, chance, first) + ValueSums.sum_over(worth, chance, ~first)
    assert vars(parts) == pytest.approx(vars(whole))
    expected, at_stake = whole.compute_totals(0.0, 0.0)
    held = 0
    for _ in range(300):
        came = draw.random(500) >= chance
        amount = usual * draw.lognormal(0, 0.5, 500)
        held += expected.low <= float((came * amount).sum()) <= expected.high
    assert 0.90 < held / 300 <= 1
    assert expected.high - expected.low < 0.6 * expected.value
    assert whole.compute_totals(0.2, 0.1)[0].high > expected.high
    assert at_stake.low < at_stake.value < at_stake.high
