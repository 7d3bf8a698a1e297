"""The blend: who joins it, what must never move it, and histories too short for the window that is asked for."""

import re
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from train import learn

from tests.conftest import PLAIN, imported, made_exports
from winback.config.shop import read_shop
from winback.features.evaluator import features_of
from winback.features.registry import NAMES, feeds_at
from winback.model.ensemble import MEMBERS, probability
from winback.model.metrics import metrics
from winback.model.training import fit_blend
from winback.training.dataset import cutoffs_of, lesson, stacked


@pytest.fixture(scope="module")
def made(made_files, made_store):
    """The made shop's test cut-off, what was learned, and the test's rows."""
    test, earlier = cutoffs_of(read_shop(made_files), made_store, 30)
    past = [lesson(made_store, each, 365, 2_000, 7) for each in earlier]
    exam = lesson(made_store, test, 365, 2_000, 7)
    return test, stacked(past), exam, fit_blend(stacked(past), exam.rows, NAMES, 30, 30, False, 7)


def test_the_blend_ranks_unseen_customers_better_than_its_worst_member(made):
    _, _, exam, learnt = made
    aucs = {
        name: metrics(exam.churned, probability(logit), 1)["auc"]
        for name, logit in learnt.blend.logits(exam.rows, list(MEMBERS)).items()
    }
    assert metrics(exam.churned, probability(learnt.blend.margin(exam.rows)), 1)["auc"] > min(
        aucs.values()
    )


def test_customers_are_judged_by_members_that_had_not_seen_them(made):
    """The same customers at another cut-off would give themselves away."""
    _, stack, _, learnt = made
    assert learnt.unseen.shape == stack.churned.shape
    seen, unseen = (metrics(stack.churned, probability(each), 1)["log_loss"]
                    for each in (learnt.blend.margin(stack.rows), learnt.unseen))  # fmt: skip
    assert unseen > seen


def test_another_currency_changes_no_probability(made):
    """A shop that changes from yuan to fen is the same shop; a factor of two changes no bit."""
    _, stack, exam, learnt = made
    money = np.array([name.endswith("_cents") for name in NAMES])
    factor = np.where(money, 128.0, 1.0)
    dearer = replace(stack, rows=stack.rows * factor)
    again = fit_blend(dearer, exam.rows * factor, NAMES, 30, 30, False, 7).blend
    assert (
        np.abs(
            probability(again.margin(exam.rows * factor))
            - probability(learnt.blend.margin(exam.rows))
        ).max()
        < 1e-6
    )


def test_an_order_just_before_the_cutoff_raises_nobodys_risk(made, made_store):
    """What an operator would laugh at (RELIABILITY 5.3); the whole list of features moves, not one column."""
    cutoff, _, _, learnt = made
    con, feeds = made_store.connect(), feeds_at(made_store.first_known, cutoff)
    asked = f"select distinct customer_id from orders where occurred_at < timestamp '{cutoff.at}' order by 1 limit 250"
    before, after = [], []
    for (customer,) in con.execute(asked).fetchall():
        rows = {}
        for table in ("orders", "order_lines", "refunds", "events"):
            found = con.execute(f"select * from {table} where customer_id = ?", [customer])
            names = [column[0] for column in found.description]
            rows[table] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
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
            made_of = features_of({**rows, "orders": orders}, cutoff, feeds)
            seen.append([np.nan if made_of[name] is None else made_of[name] for name in NAMES])
    raised = probability(learnt.blend.margin(np.array(after))) - probability(
        learnt.blend.margin(np.array(before))
    )
    assert len(raised) == 250
    assert np.median(raised) < -0.03
    assert raised.max() < 1e-4  # what is shown has four decimals


def test_the_weeks_can_be_moved_and_nothing_changes(made_files, learned, shop_of, tmp_path):
    """RELIABILITY 5.3: there is no calendar in a zone without summer time; the same bits, 26 weeks earlier."""
    exports = {
        name: (made_files.parent / f"{name}.csv").read_text(encoding="utf-8")
        for name in ("orders", "events")
    }
    moved = {name: _moved(text, -26) for name, text in exports.items()}
    path = shop_of(made_files.read_text(encoding="utf-8"), **moved)
    earlier = learn(read_shop(path), imported(path, tmp_path / "home"), tmp_path / "models", 7)
    assert earlier.exam.cutoff.day - learned.exam.cutoff.day == timedelta(weeks=-26)
    assert np.array_equal(earlier.chances["model"], learned.chances["model"])
    assert earlier.manifest["data_sha256"] == learned.manifest["data_sha256"]


def _moved(text, weeks):
    return re.sub(
        r"\d{4}-\d{2}-\d{2} ",
        lambda day: f"{date.fromisoformat(day.group().strip()) + timedelta(weeks=weeks)} ", text,
    )  # fmt: skip


def test_a_shop_that_grew_tenfold_last_quarter_trains_and_is_told_apart(shop_of, tmp_path):
    """Most customers are new then; the levels of the past are another shop's."""
    orders, _ = made_exports(250, seed=5, days=500)
    rush, _ = made_exports(2_500, seed=6, days=500)
    first = date(2025, 1, 6)
    rows = [row.replace(",n", ",r").replace("k", "g", 1) for row in rush.splitlines()[1:]
            if 410 <= (date.fromisoformat(row.split(",")[2][:10]) - first).days < 500]  # fmt: skip
    toml = PLAIN.split("    [events]")[0].replace('"CNY"', '"CNY"\n    outcome_days = 30')
    path = shop_of(toml, orders=orders + "\n".join(rows) + "\n")
    found = learn(read_shop(path), imported(path, tmp_path / "home"), tmp_path / "models", 7)
    newest = found.manifest["test"]["customers"]
    assert newest > 3 * 250
    assert found.figures["model"]["all"]["auc"] > 0.6
    assert (
        found.figures["model"]["all"]["log_loss"]
        < found.figures["majority"]["all"]["log_loss"] + 0.01
    )


def test_one_giant_buyer_moves_nobody_else_far(made):
    """A reseller with a thousand times everyone's money must not decide."""
    _, stack, exam, learnt = made
    giant = stack.rows.copy()
    giant[0, [name.endswith("_cents") for name in NAMES]] *= 1_000
    again = fit_blend(replace(stack, rows=giant), exam.rows, NAMES, 30, 30, False, 7).blend
    moved = np.abs(
        probability(again.margin(exam.rows)) - probability(learnt.blend.margin(exam.rows))
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
    return learn(read_shop(path), imported(path, tmp_path / "home"), tmp_path / "models", 7)


def test_a_shop_of_three_hundred_customers_is_carried_by_the_small_members(shop_of, tmp_path):
    """Trees find nothing in so few; the report says so (MODEL 2.6)."""
    found = learned(shop_of, tmp_path, 300, 500, 30)
    assert found.manifest["members"]["small_shop"]
    assert not {"core", "recent"} & set(found.manifest["members"]["used"])
    assert found.figures["model"]["all"]["auc"] > 0.6
    assert "too small a shop for trees" in (found.bundle.folder / "card.md").read_text()


def test_a_hundred_and_twenty_days_without_amounts_and_events_still_train(shop_of, tmp_path):
    """What is missing is missing, not an error."""
    found = learned(shop_of, tmp_path, 700, 120, 30, amounts=False)
    assert found.manifest["season"]["basis"] == "short_history"
    assert found.figures["model"]["all"]["auc"] > 0.55


def test_a_history_shorter_than_two_windows_is_learned_on_half_and_stretched(shop_of, tmp_path):
    """CDNOW's 39 weeks tell of the next 39 (MODEL 3)."""
    found = learned(shop_of, tmp_path, 900, 170, 90)
    members = found.manifest["members"]
    assert (found.manifest["outcome_days"], members["learned_days"]) == (90, 39)
    said, came = found.chances["model"].mean(), found.exam.churned.mean()
    assert abs(said - came) < 0.15
    assert "learned for 39 days and stretched" in (found.bundle.folder / "card.md").read_text()
