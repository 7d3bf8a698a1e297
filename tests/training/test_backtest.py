"""Rolling cut-offs and the promotion: each model knows only its own past, and a worse one does not take over."""

import io
import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from backtest import backtest, main, show
from rich.console import Console
from rich.status import Status
from train import finish

from winback.config.shop import load_shop
from winback.training.pipeline import CutoffDataset, fit_at, run_rolling_backtest
from winback.training.promotion import decide_promotion


@pytest.fixture(scope="module")
def dataset(made_files, made_store):
    return CutoffDataset(load_shop(made_files), made_store, 7)


@pytest.fixture(scope="module")
def rolls(dataset):
    newest = fit_at(dataset, baselines=False)
    days = [newest.test_set.cutoff.day - timedelta(days=30 * step) for step in (1, 2)]
    return [newest, *run_rolling_backtest(dataset, days, baselines=False)]


@pytest.fixture(scope="module")
def champion(rolls, dataset, made_files, made_store, tmp_path_factory):
    """The model of two months before, which has seen none of the three outcomes."""
    made = fit_at(dataset, rolls[2].test_set.cutoff.day)
    return finish(
        made, load_shop(made_files), made_store, tmp_path_factory.mktemp("models"), 7
    ).bundle


@pytest.mark.full
def test_a_model_of_an_earlier_cutoff_knows_nothing_later(rolls):
    """Every label it learned from was over by its own test cut-off."""
    for roll in rolls:
        assert all(each.cutoff.outcome_end <= roll.test_set.cutoff.at for each in roll.past)
    assert len({roll.test_set.cutoff.day for roll in rolls}) == 3


@pytest.mark.full
def test_the_first_model_and_the_same_model_are_taken(rolls, champion):
    assert decide_promotion(rolls, "anything", None).why == "first"
    assert decide_promotion(rolls, champion.version, champion).why == "same"


@pytest.mark.full
def test_a_model_no_worse_than_the_one_that_scores_takes_its_place(rolls, champion):
    actual = decide_promotion(rolls, "another", champion)
    assert (actual.promoted, actual.why, len(actual.cutoffs)) == (True, "not_worse", 3)
    lead = actual.differences["auc"]
    assert lead.low <= lead.value <= lead.high
    assert lead.low <= 0.02


@pytest.mark.full
def test_a_model_is_not_asked_about_outcomes_it_has_learned(rolls, champion):
    """Else the old one would win by memory."""
    younger = replace(
        champion,
        manifest={
            **champion.manifest,
            "window": {"test_cutoff": str(rolls[1].test_set.cutoff.day)},
        },
    )
    assert list(decide_promotion(rolls, "another", younger).cutoffs) == [
        str(roll.test_set.cutoff.day) for roll in rolls[:2]
    ]


@pytest.mark.full
def test_a_model_of_an_earlier_day_never_takes_over(rolls, champion):
    """An exploration of last autumn must not score next week's list."""
    younger = replace(
        champion, manifest={**champion.manifest, "window": {"test_cutoff": "2099-01-01"}}
    )
    assert (
        decide_promotion(rolls, "another", younger).promoted,
        decide_promotion(rolls, "another", younger).why,
    ) == (
        False,
        "older",
    )


@pytest.mark.full
@pytest.mark.parametrize("spoil", ["ranking", "level"])
def test_a_worse_model_stays_a_challenger(rolls, champion, spoil):
    """Once in its ranking, once only in its probabilities."""
    draw = np.random.default_rng(1)
    worse = [
        replace(roll, chances={"model": draw.permutation(roll.chances["model"]) if spoil == "ranking"
                               else np.clip(roll.chances["model"] ** 4, 1e-4, 1)})
        for roll in rolls
    ]  # fmt: skip
    actual = decide_promotion(worse, "another", champion)
    assert (actual.promoted, actual.why) == (False, "worse")


@pytest.mark.full
def test_a_model_of_another_outcome_window_is_not_compared(rolls, champion):
    other = replace(champion, manifest={**champion.manifest, "outcome_days": 7})
    assert decide_promotion(rolls, "another", other).why == "incomparable"


@pytest.fixture(scope="module")
def actual(made_files, made_store, dataset):
    with pytest.MonkeyPatch.context() as patch:  # its lessons are those of the other tests here
        patch.setattr("backtest.CutoffDataset", lambda *_, **__: dataset)
        return backtest(load_shop(made_files), made_store, 7, 3, 30, Status(""), "en")


@pytest.mark.full
def test_the_backtest_tells_every_baseline_at_every_cutoff(actual):
    assert len(actual["cutoffs"]) == 3
    for each in actual["cutoffs"]:
        assert {"model", "recency", "rfm_logistic", "rfmb_fixed", "majority"} <= set(
            each["figures"]
        )
        assert {"all", "active", "silent"} <= set(each["figures"]["model"])
    days = [date.fromisoformat(each["cutoff"]) for each in actual["cutoffs"]]
    assert {(days[i] - days[i + 1]).days for i in range(2)} == {30}
    json.dumps(actual, allow_nan=False)


@pytest.mark.full
def test_the_mean_is_the_mean_and_leads_have_intervals(actual):
    aucs = [each["figures"]["model"]["all"]["auc"] for each in actual["cutoffs"]]
    assert actual["mean"]["model"]["auc"] == pytest.approx(np.mean(aucs))
    assert actual["mean"]["model"]["worst_auc"] == min(aucs)
    value, low, high = actual["model_ahead_of"]["majority"]["auc"]
    assert value == pytest.approx(np.mean(aucs) - 0.5)
    assert 0 < low < value < high


@pytest.mark.full
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_backtest_is_told_in_both_languages(actual, language):
    console = Console(file=io.StringIO(), width=160)
    show(console, {**actual, "asked": 24}, language)
    assert ("RFM logistic" if language == "en" else "RFM逻辑回归") in console.file.getvalue()
    assert (
        "Only 3 of the 24" if language == "en" else "要求24个截止日，只有3个"
    ) in console.file.getvalue()


def test_figures_for_a_folder_that_is_not_there_are_refused_before_the_work(capsys, tmp_path):
    with pytest.raises(SystemExit):
        main(["--shop", "x.toml", "--json", str(tmp_path / "nowhere" / "x.json")])
    assert "there is no folder" in capsys.readouterr().err


def test_an_impossible_number_of_cutoffs_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--shop", "x.toml", "--cutoffs", "0"])
    assert ended.value.code == 2
    assert "--cutoffs" in capsys.readouterr().err
