"""The blend: who joins it, what must never move it, and histories too short for the window that is asked for."""

import re
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from train import learn

from tests.conftest import PLAIN, imported, made_exports
from winback.config.shop import load_shop
from winback.features.evaluator import evaluate_features
from winback.features.registry import NAMES, get_available_feeds
from winback.model.ensemble import MEMBERS, to_probability
from winback.model.metrics import compute_metrics
from winback.model.training import fit_ensemble
from winback.training.dataset import choose_cutoffs, load_cutoff_data, stack_cutoffs


@pytest.fixture(scope="module")
def made(made_files, made_store):
    """The made shop's test cut-off, what was learned, and the test's rows."""
    test, earlier = choose_cutoffs(load_shop(made_files), made_store, 30)
    past = [load_cutoff_data(made_store, each, 365, 2_000, 7) for each in earlier]
    test_set = load_cutoff_data(made_store, test, 365, 2_000, 7)
    return (
        test,
        stack_cutoffs(past),
        test_set,
        fit_ensemble(stack_cutoffs(past), test_set.rows, NAMES, 30, 30, False, 7),
    )


def test_the_blend_ranks_unseen_customers_better_than_its_worst_member(made):
    _, _, test_set, fit_result = made
    aucs = {
        name: compute_metrics(test_set.churned, to_probability(logit), 1)["auc"]
        for name, logit in fit_result.ensemble.compute_member_logits(
            test_set.rows, list(MEMBERS)
        ).items()
    }
    assert compute_metrics(
        test_set.churned, to_probability(fit_result.ensemble.compute_log_odds(test_set.rows)), 1
    )["auc"] > min(aucs.values())


def test_customers_are_judged_by_members_that_had_not_seen_them(made):
    """The same customers at another cut-off would give themselves away."""
    _, stack, _, fit_result = made
    assert fit_result.unseen.shape == stack.churned.shape
    seen, unseen = (compute_metrics(stack.churned, to_probability(each), 1)["log_loss"]
                    for each in (fit_result.ensemble.compute_log_odds(stack.rows), fit_result.unseen))  # fmt: skip
    assert unseen > seen


def test_another_currency_changes_no_probability(made):
    """A shop that changes from yuan to fen is the same shop; a factor of two changes no bit."""
    _, stack, test_set, fit_result = made
    money = np.array([name.endswith("_minor") for name in NAMES])
    factor = np.where(money, 128.0, 1.0)
    dearer = replace(stack, rows=stack.rows * factor)
    again = fit_ensemble(dearer, test_set.rows * factor, NAMES, 30, 30, False, 7).ensemble
    assert (
        np.abs(
            to_probability(again.compute_log_odds(test_set.rows * factor))
            - to_probability(fit_result.ensemble.compute_log_odds(test_set.rows))
        ).max()
        < 1e-6
    )


def test_an_order_just_before_the_cutoff_raises_nobodys_risk(made, made_store):
    """What an operator would laugh at; the whole list of features moves, not one column."""
    cutoff, _, _, fit_result = made
    con, feeds = made_store.connect(), get_available_feeds(made_store.first_known, cutoff)
    asked = f"select distinct customer_id from orders where occurred_at < timestamp '{cutoff.at}' order by 1 limit 250"
    before, after = [], []
    for (customer,) in con.execute(asked).fetchall():
        rows = {}
        for table in ("orders", "order_lines", "refunds", "events"):
            actual = con.execute(f"select * from {table} where customer_id = ?", [customer])
            names = [column[0] for column in actual.description]
            rows[table] = [dict(zip(names, row, strict=True)) for row in actual.fetchall()]
        moment = cutoff.at - timedelta(hours=2)
        last = max(
            (row for row in rows["orders"] if row["occurred_at"] < cutoff.at),
            key=lambda row: row["occurred_at"],
        )
        day = cutoff.day - timedelta(days=1)
        order = {
            **last,
            "order_id": "one more",
            "occurred_at": moment,
            "known_at": moment,
            "local_day": day,
        }
        for seen, orders in ((before, rows["orders"]), (after, [*rows["orders"], order])):
            made_of = evaluate_features({**rows, "orders": orders}, cutoff, feeds)
            seen.append([np.nan if made_of[name] is None else made_of[name] for name in NAMES])
    raised = to_probability(fit_result.ensemble.compute_log_odds(np.array(after))) - to_probability(
        fit_result.ensemble.compute_log_odds(np.array(before))
    )
    assert len(raised) == 250
    assert np.median(raised) < -0.03
    assert raised.max() < 1e-4  # what is shown has four decimals


@pytest.mark.full
def test_the_weeks_can_be_moved_and_nothing_changes(made_files, learned, shop_of, tmp_path):
    """There is no calendar in a zone without summer time; the same bits, 26 weeks earlier."""
    exports = {
        name: (made_files.parent / f"{name}.csv").read_text(encoding="utf-8")
        for name in ("orders", "events")
    }
    moved = {name: _moved(text, -26) for name, text in exports.items()}
    path = shop_of(made_files.read_text(encoding="utf-8"), **moved)
    earlier = learn(load_shop(path), imported(path, tmp_path / "home"), tmp_path / "models", 7)
    assert earlier.test_set.cutoff.day - learned.test_set.cutoff.day == timedelta(weeks=-26)
    assert np.array_equal(earlier.chances["model"], learned.chances["model"])
    assert earlier.manifest["data_sha256"] == learned.manifest["data_sha256"]


def _moved(text, weeks):
    return re.sub(
        r"\d{4}-\d{2}-\d{2} ",
        lambda day: f"{date.fromisoformat(day.group().strip()) + timedelta(weeks=weeks)} ", text,
    )  # fmt: skip


@pytest.mark.full
def test_a_shop_that_grew_tenfold_last_quarter_trains_and_is_told_apart(shop_of, tmp_path):
    """Most customers are new then; the levels of the past are another shop's."""
    orders, _ = made_exports(250, seed=5, days=500)
    rush, _ = made_exports(2_500, seed=6, days=500)
    first = date(2025, 1, 6)
    rows = [row.replace(",n", ",r").replace("k", "g", 1) for row in rush.splitlines()[1:]
            if 410 <= (date.fromisoformat(row.split(",")[2][:10]) - first).days < 500]  # fmt: skip
    toml = PLAIN.split("    [events]")[0].replace('"CNY"', '"CNY"\n    outcome_days = 30')
    path = shop_of(toml, orders=orders + "\n".join(rows) + "\n")
    actual = learn(load_shop(path), imported(path, tmp_path / "home"), tmp_path / "models", 7)
    newest = actual.manifest["test"]["customers"]
    assert newest > 3 * 250
    assert actual.figures["model"]["all"]["auc"] > 0.6
    assert (
        actual.figures["model"]["all"]["log_loss"]
        < actual.figures["majority"]["all"]["log_loss"] + 0.01
    )


def test_one_giant_buyer_moves_nobody_else_far(made):
    """A reseller with a thousand times everyone's money must not decide."""
    _, stack, test_set, fit_result = made
    giant = stack.rows.copy()
    giant[0, [name.endswith("_minor") for name in NAMES]] *= 1_000
    again = fit_ensemble(
        replace(stack, rows=giant), test_set.rows, NAMES, 30, 30, False, 7
    ).ensemble
    moved = np.abs(
        to_probability(again.compute_log_odds(test_set.rows))
        - to_probability(fit_result.ensemble.compute_log_odds(test_set.rows))
    )
    assert np.quantile(moved, 0.99) < 0.05


def learned(shop_of, tmp_path, customers, days, outcome_days, amounts=True):
    """What training makes of a shop that sends orders only."""
    orders, _ = made_exports(customers, seed=5, days=days)
    toml = PLAIN.split("    [events]")[0].replace(
        '"CNY"', f'"CNY"\n    outcome_days = {outcome_days}'
    )
    if not amounts:
        toml = toml.replace('    amount = "paid"\n', "").replace('    discount = "off"\n', "")
    path = shop_of(toml, orders=orders)
    return learn(load_shop(path), imported(path, tmp_path / "home"), tmp_path / "models", 7)


def test_a_shop_of_three_hundred_customers_is_carried_by_the_small_members(shop_of, tmp_path):
    """Trees find nothing in so few; the report says so."""
    actual = learned(shop_of, tmp_path, 300, 500, 30)
    assert actual.manifest["members"]["small_shop"]
    assert not {"core", "recent"} & set(actual.manifest["members"]["used"])
    assert actual.figures["model"]["all"]["auc"] > 0.6
    assert "too small a shop for trees" in (actual.bundle.folder / "card.md").read_text()


def test_a_hundred_and_twenty_days_without_amounts_and_events_still_train(shop_of, tmp_path):
    """What is missing is missing, not an error."""
    actual = learned(shop_of, tmp_path, 700, 120, 30, amounts=False)
    assert actual.manifest["season"]["basis"] == "short_history"
    assert actual.figures["model"]["all"]["auc"] > 0.55


def test_a_history_shorter_than_two_windows_is_learned_on_half_and_stretched(shop_of, tmp_path):
    """CDNOW's 39 weeks tell of the next 39."""
    actual = learned(shop_of, tmp_path, 900, 170, 90)
    members = actual.manifest["members"]
    assert (actual.manifest["outcome_days"], members["learned_days"]) == (90, 39)
    said, came = actual.chances["model"].mean(), actual.test_set.churned.mean()
    assert abs(said - came) < 0.15
    assert "learned for 39 days and stretched" in (actual.bundle.folder / "card.md").read_text()
