"""The "buy till you die" models: the published numbers, the definition by integration, and what lies far out."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import gammaln

from winback.model.btyd import (
    MODELS,
    PurchaseHistories,
    compute_log_likelihood,
    compute_logit_of_none,
    estimate_alive,
    estimate_days_to_next,
    estimate_order_value,
    estimate_purchases,
)
from winback.model.btyd_fit import fit_btyd, fit_gamma_gamma

# In weeks: Fader, Hardie and Lee (2005), Batislam and others (2007), Fader and Hardie (2005).
PUBLISHED = {
    "bg_nbd": ((0.243, 4.414, 0.793, 2.426), -9582.4),
    "mbg_nbd": ((0.525, 6.183, 0.891, 1.614), -9582.1),
    "pareto_nbd": ((0.553, 10.578, 0.606, 11.669), -9595.0),
}


END = pd.Timestamp("1997-09-30")


@pytest.fixture(scope="module")
def sample(real_shops):
    """The published sample of CDNOW: one row a customer's purchase day, with what was spent."""
    names = ["master", "id", "day", "units", "spent"]
    rows = pd.read_csv(
        real_shops / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None, names=names
    )
    rows["day"] = pd.to_datetime(rows["day"].astype(str))
    return rows.groupby(["id", "day"], as_index=False)["spent"].sum()


@pytest.fixture(scope="module")
def cdnow(sample):
    """The sample's 2,357 customers, their first 39 weeks, in days; and their purchases of the next 39."""
    rows, end = sample, END
    seen = rows[rows["day"] <= end].groupby("id")["day"].agg(["min", "max", "count"])
    later = rows[rows["day"] > end].groupby("id").size().reindex(seen.index, fill_value=0)
    days = [(seen["max"] - seen["min"]).dt.days, (end - seen["min"]).dt.days]
    return PurchaseHistories(
        (seen["count"] - 1).to_numpy(float), *(each.to_numpy(float) for each in days)
    ), later.to_numpy(float)


@pytest.mark.parametrize("model", MODELS)
def test_the_published_parameters_of_cdnow_come_out(cdnow, model):
    """What every textbook of the field prints."""
    numbers, likelihood = PUBLISHED[model]
    actual = list(fit_btyd(model, cdnow[0]).parameters)
    for place in (1, 3) if model == "pareto_nbd" else (1,):
        actual[place] /= 7
    assert actual == pytest.approx(numbers, rel=0.002)
    weeks = PurchaseHistories(cdnow[0].repeats, cdnow[0].last / 7, cdnow[0].age / 7)
    assert compute_log_likelihood(model, actual, weeks).sum() == pytest.approx(likelihood, abs=0.1)


@pytest.mark.parametrize("model", MODELS)
def test_the_purchases_to_come_are_foretold_within_the_published_error(cdnow, model):
    """39 weeks on: the root mean squared error of counts is about 1.6 in the papers."""
    expected = estimate_purchases(model, fit_btyd(model, cdnow[0]).parameters, cdnow[0], 273)
    assert np.sqrt(np.mean((expected - cdnow[1]) ** 2)) < 1.62
    assert expected.sum() == pytest.approx(cdnow[1].sum(), rel=0.2)


@pytest.mark.parametrize(
    "numbers",
    [(0.55, 10.6, 0.61, 11.7), (0.9, 3.0, 2.5, 40.0), (1.4, 60.0, 0.4, 5.0), (2.0, 8.0, 1.0, 8.0)],
)
@pytest.mark.parametrize(
    "history", [(0, 0.0, 30.0), (1, 29.0, 30.0), (7, 12.0, 38.0), (60, 38.0, 39.0)]
)
def test_the_pareto_likelihood_is_its_integral_over_the_moment_of_dropping_out(numbers, history):
    """Our closed form against the definition, whichever of α and β is larger."""
    (r, alpha, s, beta), (x, last, age) = numbers, history

    def gone_at(moment):
        return (
            s
            * np.exp(-(r + x) * np.log((alpha + moment) / (alpha + last)))
            * (beta + moment) ** -(s + 1)
        )

    there = np.exp(-(r + x) * np.log((alpha + age) / (alpha + last))) * (beta + age) ** -s
    gone, _ = quad(gone_at, last, age, epsabs=0, epsrel=1e-11)
    whole = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        + s * np.log(beta)
        - (r + x) * np.log(alpha + last)
    )
    seen = PurchaseHistories(*(np.array([value], dtype=float) for value in history))
    assert compute_log_likelihood("pareto_nbd", numbers, seen)[0] == pytest.approx(
        whole + np.log(there + gone), rel=1e-9
    )
    assert estimate_alive("pareto_nbd", numbers, seen)[0] == pytest.approx(
        there / (there + gone), rel=1e-8
    )


@pytest.mark.parametrize(
    ("model", "numbers"), [("bg_nbd", (0.8, 10.0, 0.7, 2.4)), ("mbg_nbd", (0.8, 10.0, 0.7, 2.4))]
)
def test_newcomers_buy_as_often_as_people_drawn_from_the_model(model, numbers):
    """The expected purchases against 40,000 customers who really toss the coin."""
    r, alpha, a, b = numbers
    draw = np.random.default_rng(3)
    pace, quits = draw.gamma(r, 1 / alpha, 40_000), draw.beta(a, b, 40_000)
    time, bought = np.zeros(40_000), np.zeros(40_000)
    there = draw.random(40_000) >= quits if model == "mbg_nbd" else np.ones(40_000, dtype=bool)
    while there.any():
        time[there] += draw.exponential(1 / pace[there])
        there &= time < 50
        bought[there] += 1
        there &= draw.random(40_000) >= quits
    newcomer = PurchaseHistories(np.zeros(1), np.zeros(1), np.zeros(1))
    assert estimate_purchases(model, numbers, newcomer, 50)[0] == pytest.approx(
        bought.mean(), abs=4 * bought.std() / 200
    )


@pytest.mark.parametrize("model", MODELS)
def test_ten_thousand_orders_overflow_nothing(model):
    """A reseller must not turn a column into NaN."""
    numbers = (0.5, 60.0, 0.8, 2.4) if model != "pareto_nbd" else (0.5, 60.0, 0.8, 90.0)
    seen = PurchaseHistories(
        np.array([0.0, 1, 100, 10_000, 1e6]),
        np.array([0.0, 50, 3, 364.99, 364.99]),
        np.full(5, 365.0),
    )
    for value in (
        compute_logit_of_none(model, numbers, seen, 30),
        estimate_purchases(model, numbers, seen, 30),
    ):
        assert np.isfinite(value).all()
    assert np.all(estimate_purchases(model, numbers, seen, 30) >= 0)
    assert estimate_purchases(model, numbers, seen, 30)[3] == pytest.approx(
        10_000 * 30 / 365, rel=0.3
    )


@pytest.mark.parametrize("model", MODELS)
def test_a_one_time_buyer_grows_less_likely_to_come_back_and_a_longer_window_more(model):
    numbers = (0.5, 60.0, 0.8, 2.4) if model != "pareto_nbd" else (0.5, 60.0, 0.8, 90.0)
    ages = np.arange(0.0, 800.0, 20.0)
    seen = PurchaseHistories(np.zeros(len(ages)), np.zeros(len(ages)), ages)
    assert np.all(np.diff(compute_logit_of_none(model, numbers, seen, 30)) > 0)
    assert np.all(
        compute_logit_of_none(model, numbers, seen, 90)
        < compute_logit_of_none(model, numbers, seen, 30)
    )


def test_a_shop_where_nobody_buys_twice_is_told_so():
    """No member is better than one that means nothing."""
    seen = PurchaseHistories(np.zeros(500), np.zeros(500), np.linspace(1, 300, 500))
    for model in MODELS:
        assert (fit_btyd(model, seen).parameters, fit_btyd(model, seen).why) == (
            None,
            "too_few_repeaters",
        )


def test_the_published_gamma_gamma_parameters_of_cdnow_come_out(sample):
    """The 946 customers who bought again, by the mean of their repeat purchases (Fader, Hardie 2013)."""
    early = sample[sample["day"] <= END]
    repeats = (
        early[early.groupby("id").cumcount() > 0].groupby("id")["spent"].agg(["count", "mean"])
    )
    actual = fit_gamma_gamma(
        repeats["count"].to_numpy(float), repeats["mean"].to_numpy(float)
    ).parameters
    assert actual == pytest.approx((6.25, 3.74, 15.44), rel=0.002)


def test_an_order_value_is_drawn_to_the_shops_mean_and_less_the_more_orders_tell_of_it():
    """One big basket is luck; ten are a customer."""
    p, q, v = 6.25, 3.74, 15.44
    shop = p * v / (q - 1)
    none, one, ten = estimate_order_value(
        (p, q, v), np.array([0.0, 1, 10]), np.array([np.nan, 100, 100])
    )
    assert none == pytest.approx(shop)
    assert shop < one < ten < 100
    assert fit_gamma_gamma(np.ones(100), np.full(100, 20.0)).why == "too_few_repeaters"


def test_half_of_the_next_orders_come_within_the_days_given_for_half():
    """Late is late for them: the quantile of customers drawn from the model itself, regulars and newcomers alike."""
    r, alpha = 2.0, 60.0
    draw = np.random.default_rng(3)
    repeats, last = np.array([0.0, 2.0, 12.0]), np.array([0.0, 90.0, 200.0])
    seen = PurchaseHistories(repeats, last, last + 1)
    pace = draw.gamma(r + repeats, 1 / (alpha + last), (40_000, 3))
    gaps = draw.exponential(1 / pace)
    for share in (0.5, 0.9):
        days = estimate_days_to_next((r, alpha, 1.0, 3.0), seen, share)
        assert (gaps <= days).mean(axis=0) == pytest.approx(share, abs=0.01)
    regular, newcomer = days[2], days[0]
    assert regular < newcomer
