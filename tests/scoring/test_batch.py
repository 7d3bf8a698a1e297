"""The batch job end to end on a made shop: everyone counted once, nothing half-written, nothing executable in the list."""

import csv
import io
import json
import math
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from train import finish, train

from tests.conftest import NOW, PLAIN, imported, made_exports
from tests.fixtures.workspaces import workspace_at
from winback.config.shop import load_shop
from winback.core import errors
from winback.core.cutoff import Cutoff
from winback.core.paths import DataPaths
from winback.data.store import open_store
from winback.features.registry import get_available_feeds
from winback.features.sql_compiler import compute_features
from winback.model.bundle import load_bundle
from winback.scoring import snapshot as snapshot_rows
from winback.scoring.batch import score_shop
from winback.scoring.snapshot import SNAPSHOT
from winback.segmentation.definitions import RECALL
from winback.training.pipeline import CutoffDataset, fit_at

COLUMNS = [
    "customer_id", "outside_population", "churn_probability", "margin", "risk_tier", "rfmb_score", "quadrant", "silent_class",
    "lifecycle", "recall_segment", "routed_by", "reason", "reason_zh", "reason_en",
    "model_reason_zh", "model_reason_en", "expected_spend_minor", "value_at_stake_minor", "spend_low_minor",
    "spend_high_minor", "next_order_50_day", "next_order_90_day", "dormant_on", "touchpoints", "tags", "do_not_contact",
    "play",
]  # fmt: skip
MAY_BE_NULL = {"silent_class", "model_reason_zh", "model_reason_en", *COLUMNS[-7:]}


@pytest.fixture
def run(made_files, made_store, learned, tmp_path):
    def once(day=None, store=made_store, language="en"):
        return score_shop(
            load_shop(made_files), store, learned.bundle, tmp_path / "snapshots", day, language
        )

    return once


def snapshot(summary):
    return pq.read_table(summary.snapshot)


def test_every_customer_who_ever_ordered_is_counted_once(run, made_store):
    summary = run()
    con = made_store.connect()
    [(everyone,)] = con.sql(
        f"select count(distinct customer_id) from orders where local_day < '{made_store.last_day}' and not gift"
    ).fetchall()
    assert summary.customers == everyone
    for by in ("by_quadrant", "by_recall_segment", "by_tier", "by_lifecycle", "routed_by"):
        assert sum(getattr(summary, by).values()) == everyone, by
    ids = snapshot(summary).column("customer_id").to_pylist()
    assert len(set(ids)) == len(ids) == everyone


def test_the_snapshot_has_the_columns_others_rely_on(run):
    table = snapshot(run())
    assert table.schema.names == COLUMNS == SNAPSHOT.names
    chance = table.column("churn_probability").to_numpy()
    assert np.array_equal(chance, np.round(chance, 4))
    assert set(table.column("recall_segment").to_pylist()) <= {segment.name for segment in RECALL}
    assert all(table.column(name).null_count == 0 for name in COLUMNS if name not in MAY_BE_NULL)


def test_routed_by_says_whether_a_rule_or_the_model_decided(run):
    rows = snapshot(run()).to_pylist()
    assert {row["routed_by"] for row in rows if row["recall_segment"] == "model_high_risk"} <= {
        "model"
    }
    assert all(
        row["routed_by"].startswith("rule:")
        for row in rows
        if row["recall_segment"] != "model_high_risk"
    )


def test_reasons_are_told_in_both_languages_with_the_customers_own_days(run):
    summary = run()
    rows = [row for row in snapshot(summary).to_pylist() if row["recall_segment"] == "wake_regular"]
    features = {
        row["customer_id"]: row
        for row in pq.read_table(Path(summary.snapshot).with_name("features.parquet")).to_pylist()
    }
    assert rows
    for row in rows:
        days = math.ceil(features[row["customer_id"]]["days_since_last_order"])
        assert row["reason_en"] == f"a regular, dormant: {days} days since the last order"
        assert row["reason_zh"] == f"熟客，沉睡：距上次下单{days}天"


def test_the_gold_mine_is_the_sum_of_the_silent(run, learned, made_store):
    """A7, recomputed the long way."""
    summary = run()
    cutoff = Cutoff(made_store.last_day, "Asia/Shanghai", learned.thresholds.outcome_days)
    features = compute_features(
        made_store.connect(), cutoff, get_available_feeds(made_store.first_known, cutoff)
    ).to_pylist()
    silent = [
        row for row in features
        if (row["days_since_last_order"] or 0) > learned.thresholds.silence_days
        and not (row["days_since_last_refunded_order"] or np.inf) < row["days_since_last_order"]
    ]  # fmt: skip
    assert summary.dormant_value.customers == len(silent) > 0
    assert summary.dormant_value.spend_at_stake_minor == sum(
        row["net_spend_lifetime_minor"] for row in silent
    )
    assert 0 < summary.dormant_value.self_returning_customers < len(silent)


def test_the_list_leaves_out_whom_to_let_be_and_puts_the_most_valuable_first(run):
    summary = run(language="zh")
    text = Path(summary.list).read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert len(rows) == summary.customers - summary.by_recall_segment["no_action"]
    assert list(rows[0]) == [
        "顾客", "召回分群", "原因", "模型理由（↑升高风险 ↓降低风险）", "流失概率", "面临损失", "预计自然消费", "累计消费",
        "距上次下单天数", "最迟应购日（90%）",
    ]  # fmt: skip
    first = [float(row["面临损失"]) for row in rows if row["召回分群"] == rows[0]["召回分群"]]
    assert first == sorted(first, reverse=True)


def test_the_list_says_what_is_at_stake_why_and_when_an_order_was_due(run):
    """What each customer is worth now, beside what comes by itself."""
    summary = run()
    table = snapshot(summary).to_pylist()
    for row in table:
        assert row["spend_low_minor"] <= row["spend_high_minor"]
        assert row["expected_spend_minor"] >= 0 <= row["value_at_stake_minor"]
        assert (row["model_reason_zh"] is None) == (row["model_reason_en"] is None)
        if row["next_order_50_day"] and row["next_order_90_day"]:
            assert row["next_order_50_day"] <= row["next_order_90_day"]
    listed = [row for row in table if row["recall_segment"] != "no_action"]
    assert np.mean([row["model_reason_en"] is not None for row in listed]) > 0.95
    assert all(
        row["model_reason_en"] is None for row in table if row["recall_segment"] == "no_action"
    )
    assert sum(
        row["dormant_on"] is None for row in table
    ) == summary.dormant_value.customers + fierce_and_silent(summary)


def fierce_and_silent(summary):
    """Silent, but refunded or complaining: no part of the mine."""
    features = pq.read_table(Path(summary.snapshot).with_name("features.parquet")).to_pylist()
    silence = summary.dormant_value.silence_days
    return (
        sum(not (row["days_since_last_order"] or np.inf) <= silence for row in features)
        - summary.dormant_value.customers
    )


def test_reasons_go_to_those_with_most_at_stake_where_the_list_is_too_long_to_read(
    run, monkeypatch
):
    """A million reasons would take longer than everything else, and nobody reads them."""
    monkeypatch.setattr(snapshot_rows, "MOST_REASONS", 5)
    rows = [row for row in snapshot(run()).to_pylist() if row["recall_segment"] != "no_action"]
    result = [row["value_at_stake_minor"] for row in rows if row["model_reason_en"]]
    assert len(result) == 5
    assert sorted(result) == sorted(row["value_at_stake_minor"] for row in rows)[-5:]


def test_totals_by_segment_are_the_sums_of_their_customers_with_intervals(run):
    summary = run()
    table = snapshot(summary).to_pylist()
    worth = summary.worth
    for name in summary.by_recall_segment:
        own = [row for row in table if row["recall_segment"] == name]
        assert worth[name].customers == len(own)
        for column in ("expected_spend_minor", "value_at_stake_minor"):
            result = getattr(worth[name], column)
            assert result.value == pytest.approx(sum(row[column] for row in own), abs=len(own) + 1)
            assert result.low <= result.value <= result.high
    assert worth["dormant_value"].customers == summary.dormant_value.customers
    assert worth["all"].customers == summary.customers


def test_the_dormant_are_valued_by_what_the_shops_own_silent_did(
    learned, made_files, made_store, tmp_path
):
    """Beyond the population the model is not asked."""
    shop = load_shop(made_files).model_copy(update={"population_days": 60})
    summary = score_shop(shop, made_store, learned.bundle, tmp_path / "dormant")
    features = pq.read_table(Path(summary.snapshot).with_name("features.parquet")).to_pylist()
    bands = learned.thresholds.list_return_rates()
    silence = learned.thresholds.silence_days
    dormant = [(row, feature) for row, feature in zip(snapshot(summary).to_pylist(), features, strict=True)
               if row["outside_population"] and (feature["days_since_last_order"] or 0) > silence]  # fmt: skip
    assert dormant
    for row, feature in dormant:
        band = [each for each in bands if feature["days_since_last_order"] > each.from_days][-1]
        assert row["expected_spend_minor"] == pytest.approx(band.spend_a_head_minor, abs=1)


@pytest.mark.parametrize(
    "customers", [pytest.param(count, marks=pytest.mark.full) for count in (5, 40, 150)]
)
def test_a_tiny_shop_trains_twice_and_is_scored(customers, shop_of, tmp_path):
    """Nothing to split, hardly anybody to resample, nobody with a reason: the week must go on."""
    orders, _ = made_exports(customers, seed=2, days=500)
    toml = PLAIN.split("    [events]")[0].replace('"CNY"', '"CNY"\n    outcome_days = 60')
    path, home = shop_of(toml, orders=orders), DataPaths(tmp_path / "home")
    for _ in range(2):
        said = io.StringIO()
        trained = train(workspace_at(load_shop(path), home, NOW), 7, Console(file=said, width=120))
        json.dumps(trained, allow_nan=False)
    bundle, shop = load_bundle(Path(trained["bundle"])), load_shop(path)
    summary = score_shop(
        shop, open_store(home.get_shop_folder(shop.name)), bundle, tmp_path / "snapshots"
    )
    table = snapshot(summary)
    assert table.num_rows == summary.customers > 0
    assert "core" not in bundle.ensemble.members.used
    listed = table.num_rows - summary.by_recall_segment["no_action"]
    assert table.num_rows - table.column("model_reason_en").null_count <= listed
    if customers == 150:  # the logistic regression gives reasons where XGBoost has no say
        assert table.num_rows - table.column("model_reason_en").null_count > 0.9 * listed > 0
    json.dumps(summary.to_dict(), allow_nan=False)


def test_whoever_is_routed_to_service_is_not_about_to_fall_silent(run):
    """激烈流失 is not silent, and never marketed to."""
    rows = snapshot(run()).to_pylist()
    assert all(row["dormant_on"] is None for row in rows if "refunded" in row["reason"])
    assert any("refunded" in row["reason"] for row in rows)


EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", ' "=cmd"', "王=小"]


def test_nothing_in_the_list_is_a_formula(made_files, learned, tmp_path):
    """An id can be anything a stranger typed; a spreadsheet must show it, not run it."""
    other = tmp_path / "evil"
    other.mkdir()
    (other / "shop.toml").write_text(made_files.read_text())
    (other / "events.csv").write_text((made_files.parent / "events.csv").read_text())
    with io.StringIO(newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        for i, evil in enumerate(EVIL):
            for day in (1, 8, 15):
                writer.writerow(
                    [
                        evil,
                        f"evil{i}-{day}",
                        f"2025-02-{day:02d} 10:00:00",
                        "900",
                        1,
                        "s1",
                        "c1",
                        0,
                        "Done",
                    ]
                )
        (other / "orders.csv").write_text(
            (made_files.parent / "orders.csv").read_text() + text.getvalue()
        )
    store = imported(other / "shop.toml", tmp_path / "home")
    summary = score_shop(
        load_shop(other / "shop.toml"), store, learned.bundle, tmp_path / "snapshots"
    )
    ids = {
        row["customer"]
        for row in csv.DictReader(io.StringIO(Path(summary.list).read_text(encoding="utf-8-sig")))
    }
    assert {f"'{evil}" for evil in EVIL[:-1]} | {EVIL[-1]} <= ids
    assert set(EVIL) <= set(snapshot(summary).column("customer_id").to_pylist())


def test_scoring_again_gives_the_same_bytes_and_a_crash_leaves_the_last_good_snapshot(
    run, monkeypatch
):
    """The last good one keeps serving; a half-written snapshot is never seen."""
    first = run()
    before = Path(first.snapshot).read_bytes()
    monkeypatch.setattr(
        "winback.scoring.batch.write_list",
        lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")),
    )
    with pytest.raises(OSError, match="No space left"):
        run()
    assert Path(first.snapshot).read_bytes() == before
    monkeypatch.undo()
    assert Path(run().snapshot).read_bytes() == before
    folder = Path(first.snapshot).parent.parent
    assert not list(folder.glob(".writing-*"))
    assert (
        json.loads((folder / first.cutoff / "summary.json").read_text())["customers"]
        == first.customers
    )


def test_partitions_change_nobodys_score(run, made_store_in_parts):
    whole = {row["customer_id"]: row for row in snapshot(run()).to_pylist()}
    split = run(store=made_store_in_parts)
    assert {row["customer_id"]: row for row in snapshot(split).to_pylist()} == whole


def test_segments_whose_inputs_the_shop_lacks_are_empty_and_said_so(run):
    summary = run()
    assert summary.segments_without_input == ["complaint_open"]
    assert summary.by_recall_segment["complaint_open"] == 0


def test_a_cutoff_the_model_has_learned_from_is_marked(run):
    assert run(date(2025, 9, 1)).model_has_seen_later_orders_until is not None
    assert run().model_has_seen_later_orders_until is None


def test_a_cutoff_outside_the_data_is_refused(run, made_store):
    with pytest.raises(errors.CutoffAfterData):
        run(date(2031, 1, 1))
    with pytest.raises(errors.CutoffTooEarly):
        run(made_store.first_day)


@pytest.mark.full
def test_a_silence_set_in_the_shop_file_is_the_one_used_everywhere(
    made_files, made_store, tmp_path
):
    """Bands of silence and the gold mine must begin at the same day."""
    shop = load_shop(made_files)
    shop = shop.model_copy(
        update={"segments": shop.segments.model_copy(update={"silence_days": 40})}
    )
    few = {"trees": 20}  # what is asked about does not come of the trees
    made = fit_at(CutoffDataset(shop, made_store, 7, few))
    bundle = finish(made, shop, made_store, tmp_path / "models", 7, few).bundle
    assert (
        bundle.thresholds["self_return"][0]["from_days"] == bundle.thresholds["silence_days"] == 40
    )
    assert (
        score_shop(shop, made_store, bundle, tmp_path / "snapshots").dormant_value.silence_days
        == 40
    )
