"""Reasons: every feature belongs to a theme, every theme has words, and what moved the risk is what is told."""

from dataclasses import replace

import numpy as np
import pytest

from tests.model.test_model import learnt_blend, rows_and_fates
from winback.features.registry import NAMES
from winback.i18n.translate import CATALOGUE
from winback.model.ensemble import compute_log_odds
from winback.model.explanations import MOST, THEMES, find_reasons, get_theme
from winback.scoring.explanation_text import build_explanations


@pytest.fixture(scope="module")
def ensemble():
    return learnt_blend()


@pytest.fixture(scope="module")
def core(ensemble):
    """Reasons by the core, which has a say here."""
    return lambda rows: find_reasons(ensemble.compute_contributions(rows), NAMES, rows)


@pytest.fixture(scope="module")
def small(ensemble):
    """The same, where XGBoost has none."""
    members = replace(ensemble.members, used=("logistic", "pareto_nbd"))
    return lambda rows: find_reasons(
        replace(ensemble, members=members).compute_contributions(rows), NAMES, rows
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_feature_counts_for_a_theme(name):
    """A new feature without one would stop the first list it moves."""
    assert get_theme(name) in THEMES


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_theme_has_a_sentence_with_its_own_numbers(theme):
    for sentence in CATALOGUE[f"why.{theme.name}"]:
        assert all(f"{{{number}}}" in sentence for number in theme.numbers)
    assert set(theme.numbers.values()) <= set(NAMES)


def test_contributions_add_up_so_no_reason_is_made_up(ensemble):
    """Shapley values sum to what the trees say, up to a constant; the logistic's parts to what it says, up to its intercept."""
    rows, _ = rows_and_fates(200, seed=8)
    off = compute_log_odds(ensemble.core, rows) - ensemble.compute_contributions(rows).sum(axis=1)
    assert np.ptp(off) < 1e-4
    members = replace(ensemble.members, used=("logistic",))
    small = replace(ensemble, members=members)
    left = small.compute_member_logits(rows, ["logistic"])[
        "logistic"
    ] - small.compute_contributions(rows).sum(axis=1)
    assert left == pytest.approx(members.logistic.intercept)


@pytest.mark.parametrize("where", ["core", "small"])
def test_the_strongest_reason_is_what_decides_this_shop(where, request):
    """Its customers' fates hang on recency and orders of 90 days, by construction."""
    rows, _ = rows_and_fates(500, seed=9)
    actual = request.getfixturevalue(where)(rows)
    first = [THEMES[code].name for code in actual.theme[:, 0]]
    assert np.mean([name in ("rhythm", "in_time", "silence", "pace") for name in first]) > (
        0.9 if where == "core" else 0.6
    )
    silent = np.nan_to_num(rows[:, NAMES.index("days_since_last_order")], nan=-1)
    up = actual.moved[:, 0] > 0
    told_rhythm = np.array([name in ("rhythm", "in_time", "silence") for name in first])
    assert silent[told_rhythm & up].mean() > silent[told_rhythm & ~up].mean()


def test_one_customer_and_many_get_the_same_reasons(core):
    rows, _ = rows_and_fates(60, seed=10)
    together = build_explanations(core(rows), "en").to_pylist()
    assert together == [
        build_explanations(core(rows[i : i + 1]), "en").to_pylist()[0] for i in range(60)
    ]


def test_no_theme_is_told_twice_and_at_most_three_are(core):
    rows, _ = rows_and_fates(500, seed=11)
    actual = core(rows)
    assert actual.theme.shape == (500, MOST)
    for codes in actual.theme.tolist():
        result = [code for code in codes if code >= 0]
        assert len(set(result)) == len(result)


def test_a_reason_is_told_in_both_languages_with_the_customers_numbers(core):
    """「通常30天，已143天」."""
    rows = np.full((1, len(NAMES)), np.nan)
    for name, value in (
        ("days_since_last_order", 142.6),
        ("gap_median_days", 30.2),
        ("orders_last_90_days", 0.0),
    ):
        rows[0, NAMES.index(name)] = value
    actual = core(rows)
    assert "通常30天，已143天" in build_explanations(actual, "zh").to_pylist()[0]
    assert (
        "usually 30 days between orders, now 143" in build_explanations(actual, "en").to_pylist()[0]
    )


def test_who_is_in_time_is_not_told_to_be_late(core):
    """ "Usually 161 days, now 4" would read as a reason to worry about somebody who bought this week."""
    rows = np.full((1, len(NAMES)), np.nan)
    for name, value in (
        ("days_since_last_order", 3.2),
        ("gap_median_days", 161.0),
        ("gap_mean_days", 160.0),
    ):
        rows[0, NAMES.index(name)] = value
    assert (
        "about every 161 days an order, the last 4 days ago"
        in build_explanations(core(rows), "en").to_pylist()[0]
    )


def test_without_a_second_order_there_is_no_usual_gap_to_tell(core):
    rows = np.full((1, len(NAMES)), np.nan)
    rows[0, NAMES.index("days_since_last_order")] = 142.6
    assert "143 days since the last order" in build_explanations(core(rows), "en").to_pylist()[0]


def test_a_customer_without_a_reason_keeps_their_row(core):
    """A tree that never splits moves nobody; the list must not lose or shift a row for it."""
    rows, _ = rows_and_fates(5, seed=12)
    actual = core(rows)
    actual.theme[2] = -1
    result = build_explanations(actual, "en").to_pylist()
    assert [text is None for text in result] == [False, False, True, False, False]


def test_nobody_means_no_reasons(core):
    assert build_explanations(core(np.empty((0, len(NAMES)))), "en").to_pylist() == []


@pytest.mark.parametrize(
    ("currency", "shown"), [("EUR", "of 20,"), ("JPY", "of 1,999,"), ("KWD", "of 2,")]
)
def test_amounts_in_a_reason_are_units_of_the_currency(currency, shown):
    """1999 minor units are 19.99 EUR, 1,999 JPY and 1.999 KWD."""
    rows = np.full((1, len(NAMES)), np.nan)
    rows[0, NAMES.index("order_value_last_minor")] = 1999.0
    rows[0, NAMES.index("order_value_mean_minor")] = 5000.0
    parts = np.zeros((1, len(NAMES)))
    parts[0, NAMES.index("order_value_last_minor")] = 1.0
    reasons = find_reasons(parts, NAMES, rows, currency)
    assert shown in build_explanations(reasons, "en").to_pylist()[0]
