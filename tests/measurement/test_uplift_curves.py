"""Qini: nought for a random ranking, and the goals on Hillstrom's randomised e-mails."""

import numpy as np
import pandas as pd
import pytest

from winback.measurement.uplift_curves import estimate_cumulative_gain, estimate_qini
from winback.model.uplift import cross_fit


@pytest.fixture
def hillstrom(real_shops):
    rows = pd.read_parquet(real_shops / "hillstrom" / "hillstrom.parquet")
    words = pd.get_dummies(rows[["zip_code", "channel"]]).astype(float)
    return rows, pd.concat(
        [rows[["recency", "history", "mens", "womens", "newbie"]], words], axis=1
    ).to_numpy(float)


@pytest.mark.full
@pytest.mark.parametrize(
    ("without", "goal"), [((), 0.37), (("Mens E-Mail",), 0.43)], ids=["any e-mail", "women's"]
)
def test_a_third_of_the_budget_catches_what_it_should(hillstrom, without, goal):
    """Cross-fitted, at 30 % of the customers; a random ranking's Qini holds nought."""
    rows, features = hillstrom
    mine = ~rows.segment.isin(without).to_numpy()
    treated, visit = (
        (rows.segment != "No E-Mail").to_numpy()[mine],
        rows.visit.to_numpy(float)[mine],
    )
    share = np.full(len(treated), treated.mean())
    ranks = cross_fit("s_learner", features[mine], treated, visit, share)
    assert estimate_cumulative_gain(ranks, treated, visit, share, 0.3, 1).share.value >= goal
    assert estimate_qini(ranks, treated, visit, share, 1).low > 0
    assert estimate_cumulative_gain(ranks, treated, visit, share, 0.3, 1).share.low > 0.3, (
        "more than by chance"
    )


@pytest.mark.full
def test_a_random_ranking_comes_out_at_nought(hillstrom):
    """Its interval holds nought 95 times of a hundred: of 25, 21 at least."""
    rows, _ = hillstrom
    treated, visit = (rows.segment != "No E-Mail").to_numpy(), rows.visit.to_numpy(float)
    share = np.full(len(treated), treated.mean())
    rankings = [
        np.zeros(len(treated)),
        *(np.random.default_rng(seed).random(len(treated)) for seed in range(24)),
    ]
    actual = [
        estimate_qini(each, treated, visit, share, seed, draws=100)
        for seed, each in enumerate(rankings)
    ]
    assert sum(each.low <= 0 <= each.high for each in actual) >= 21
    assert abs(np.mean([each.value for each in actual])) < 0.0006


@pytest.mark.full
def test_the_area_of_a_perfect_and_of_a_reversed_ranking():
    """Half of the customers are moved by the message and half not at all: the area is a quarter of half, either way round."""
    rng = np.random.default_rng(1)
    moved, treated = np.arange(40_000) % 2 == 0, rng.random(40_000) < 0.5
    outcome, share = (moved & treated).astype(float), np.full(40_000, 0.5)
    best = estimate_qini(moved.astype(float), treated, outcome, share, 1)
    worst = estimate_qini(-moved.astype(float), treated, outcome, share, 1)
    assert best.value == pytest.approx(0.125, abs=0.006)
    assert worst.value == pytest.approx(-0.125, abs=0.006)
    assert estimate_cumulative_gain(
        moved.astype(float), treated, outcome, share, 0.5, 1
    ).share.value == pytest.approx(1, abs=0.05)
