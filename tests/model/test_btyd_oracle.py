"""Our "buy till you die" models against `lifetimes`, an archived library that is a test's oracle and nothing else."""

import warnings

import numpy as np
import pandas as pd
import pytest

from winback.model.btyd import (
    PurchaseHistories,
    compute_log_likelihood,
    estimate_alive,
    estimate_order_value,
    estimate_purchases,
)
from winback.model.btyd_fit import fit_btyd, fit_gamma_gamma

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it was written for pandas of 2020
    import lifetimes

PARAMETERS = {
    "bg_nbd": (lifetimes.BetaGeoFitter, ("r", "alpha", "a", "b"), (0.243, 4.414, 0.793, 2.426)),
    "mbg_nbd": (
        lifetimes.ModifiedBetaGeoFitter,
        ("r", "alpha", "a", "b"),
        (0.525, 6.183, 0.891, 1.614),
    ),
    "pareto_nbd": (
        lifetimes.ParetoNBDFitter,
        ("r", "alpha", "s", "beta"),
        (0.553, 10.578, 0.606, 11.669),
    ),
}


def customers(count=400, seed=4):
    """Histories in weeks of customers who buy at their own pace until they drop out, as the models suppose."""
    draw = np.random.default_rng(seed)
    rows = []
    for age, pace, leaves in zip(
        draw.uniform(20, 60, count),
        draw.gamma(0.7, 1 / 4.0, count),
        draw.beta(0.8, 2.4, count),
        strict=True,
    ):
        repeats, last, alive = 0, 0.0, True
        while alive and (then := last + draw.exponential(1 / pace)) < age:
            repeats, last, alive = repeats + 1, then, draw.random() >= leaves
        rows.append((float(repeats), last, age))
    return PurchaseHistories(*(np.array(column) for column in zip(*rows, strict=True)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", PARAMETERS)
def test_every_expectation_is_the_oracles(model):
    kind, names, numbers = PARAMETERS[model]
    oracle, seen = kind(), customers()
    oracle.params_ = pd.Series(dict(zip(names, numbers, strict=True)))
    for weeks in (4.0, 39.0):
        other = oracle.conditional_expected_number_of_purchases_up_to_time(
            weeks, seen.repeats, seen.last, seen.age
        )
        assert estimate_purchases(model, numbers, seen, weeks) == pytest.approx(
            np.asarray(other), rel=1e-6
        )
    other = oracle.conditional_probability_alive(seen.repeats, seen.last, seen.age)
    assert estimate_alive(model, numbers, seen) == pytest.approx(np.asarray(other), rel=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", PARAMETERS)
def test_our_fit_is_at_least_as_likely_as_the_oracles(model):
    """Two searches may end apart; the one with the higher likelihood is right."""
    kind, names, _ = PARAMETERS[model]
    seen = customers(1_500)
    oracle = kind(penalizer_coef=0.0)
    oracle.fit(seen.repeats, seen.last, seen.age)
    other = compute_log_likelihood(
        model, [float(oracle.params_[name]) for name in names], seen
    ).sum()
    ours = compute_log_likelihood(model, fit_btyd(model, seen).parameters, seen).sum()
    assert ours >= other - 0.05


@pytest.mark.filterwarnings("ignore")
def test_gamma_gamma_is_the_oracles():
    draw = np.random.default_rng(2)
    orders = draw.integers(1, 9, 2_000).astype(float)
    value = draw.gamma(6.25 * orders, 1 / (6.25 * orders)) * 30 / draw.gamma(4, 0.25, 2_000)
    oracle = lifetimes.GammaGammaFitter()
    oracle.fit(orders, value)
    names = ("p", "q", "v")
    actual = fit_gamma_gamma(orders, value)
    other = oracle.conditional_expected_average_profit(orders, value)
    assert estimate_order_value(
        [float(oracle.params_[name]) for name in names], orders, value
    ) == pytest.approx(np.asarray(other))
    assert estimate_order_value(actual.parameters, orders, value) == pytest.approx(
        np.asarray(other), rel=0.02
    )
