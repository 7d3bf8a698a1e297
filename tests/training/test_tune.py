"""Tuning: an explicit command that says when it was not worth it, and parameters that are read with care."""

import json

import pytest
from rich.status import Status
from train import finish
from tune import tune

from tests.conftest import PLAIN, imported, made_exports
from winback.config.shop import load_shop
from winback.core import errors
from winback.model.xgboost_parameters import PARAMETERS
from winback.training.pipeline import CutoffDataset, fit_at
from winback.training.tuned_parameters import load_tuned


@pytest.fixture(scope="module")
def actual(made_files, made_store):
    return tune(load_shop(made_files), made_store, 7, 3, Status(""), "en")


@pytest.mark.full
def test_tuning_says_whether_it_beats_the_default_beyond_chance(actual):
    value, low, high = actual["ahead"]
    assert low <= value <= high
    assert value == pytest.approx(actual["auc"]["tuned"] - actual["auc"]["default"])
    assert actual["verdict"] == "same" or actual["verdict"] == (
        "better" if low > 0 else "worse" if high < 0 else "as_good"
    )


@pytest.mark.full
def test_the_default_is_the_first_trial_so_tuning_is_never_worse_where_it_is_judged(
    made_files, made_store
):
    only = tune(load_shop(made_files), made_store, 7, 1, Status(""), "en")
    assert {
        name: only["parameters"][name] for name in PARAMETERS if name in only["parameters"]
    } == {name: PARAMETERS[name] for name in PARAMETERS if name in only["parameters"]}
    assert only["ahead"][0] == 0
    assert only["verdict"] == "same"


@pytest.mark.full
def test_what_was_found_is_what_training_takes(actual, made_files, made_store, tmp_path):
    """The same parameters in the file, in the booster and in the manifest."""
    file = tmp_path / "tuned.json"
    file.write_text(json.dumps({**actual, "parameters": {"max_depth": 2, "trees": 60}}))
    tuned, shop = load_tuned(file), load_shop(made_files)
    learned = finish(
        fit_at(CutoffDataset(shop, made_store, 7, tuned)),
        shop,
        made_store,
        tmp_path / "models",
        7,
        tuned,
    )
    assert learned.bundle.ensemble.core.num_boosted_rounds() == 60
    assert (
        learned.manifest["parameters"]["trees"],
        learned.manifest["parameters"]["max_depth"],
    ) == (60, 2)


@pytest.mark.parametrize(
    ("text", "result"),
    [("{", "Expecting"), ('{"depth": 3}', "depth"), ('{"max_depth": -1}', "-1"), ('{"max_depth": "3"}', "3"), ("[]", ""),
     ("{}", "{}"), ('{"max_depth": true}', "true"), ('{"subsample": 2}', "2"), ('{"max_depth": 2.5}', "2.5"),
     ('{"trees": 0.5}', "0.5"), ('{"reg_lambda": NaN}', "NaN")],
)  # fmt: skip
def test_other_files_are_no_parameters(tmp_path, text, result):
    """One clear sentence with the value seen; XGBoost would say something else, later."""
    file = tmp_path / "tuned.json"
    file.write_text(text)
    with pytest.raises(errors.ParametersUnreadable) as refused:
        load_tuned(file)
    assert result in refused.value.values["detail"]


def test_a_history_too_short_to_judge_tuning_keeps_the_default(shop_of, tmp_path):
    orders, events = made_exports(700, seed=3, days=170)
    path = shop_of(
        PLAIN.replace('"CNY"', '"CNY"\n    outcome_days = 60'), orders=orders, events=events
    )
    with pytest.raises(errors.TooShortToTune):
        tune(load_shop(path), imported(path, tmp_path), 7, 1, Status(""), "en")
