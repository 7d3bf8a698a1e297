"""The model, its figures and its bundle: the numbers mean what they say, and damaged bytes are never believed."""

import json
import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.conftest import NOW
from winback.core import errors
from winback.features.registry import NAMES, build_spec, hash_spec
from winback.model.base_rate import BaseRate, RateShift
from winback.model.bundle import load_bundle, write_bundle
from winback.model.ensemble import compute_log_odds, to_probability
from winback.model.metrics import (
    compare_auc,
    compute_calibration_error,
    compute_metrics,
    simulate_calibration_noise,
)
from winback.model.training import TrainingSet, fit_booster, fit_ensemble
from winback.model.versions import (
    get_previous_champion,
    list_versions,
    load_champion,
    promote_version,
)
from winback.model.xgboost_parameters import MONOTONE


def rows_and_fates(customers=3000, seed=1):
    """Customers whose fate hangs on recency and frequency; a tenth of the cells are missing."""
    draw = np.random.default_rng(seed)
    rows = draw.gamma(2.0, 20.0, (customers, len(NAMES)))
    silent, orders = (
        rows[:, NAMES.index("days_since_last_order")],
        rows[:, NAMES.index("orders_last_90_days")],
    )
    churned = draw.random(customers) < 1 / (1 + np.exp(-(silent - orders) / 20))
    rows[draw.random(rows.shape) < 0.1] = np.nan
    return rows, churned


@pytest.fixture(scope="module")
def booster():
    return fit_booster(*rows_and_fates(), NAMES, seed=7)


@pytest.fixture(scope="module")
def ensemble():
    return learnt_blend()


def learnt_blend():
    rows, churned = rows_and_fates()
    customers = np.random.default_rng(4).integers(0, 2**63, len(rows)).astype(np.uint64)
    cutoff = np.arange(len(rows)) % 5
    return fit_ensemble(
        TrainingSet(rows, churned, customers, cutoff, 30.0 * cutoff, 100.0 * ~churned),
        rows,
        NAMES,
        30,
        30,
        False,
        seed=7,
    ).ensemble


SEASONS = BaseRate(
    date(2024, 1, 1), 30, [RateShift(date(2025, 1, 1), -0.4, 0.01, 900), RateShift(date(2025, 7, 1), 0.6, 0.01, 900)],
    {"618": (date(2025, 6, 18),)},
)  # fmt: skip


def written(folder, ensemble, silence=90.0):
    manifest = {"features": build_spec(), "spec_hash": hash_spec()}
    return write_bundle(
        folder,
        ensemble,
        SEASONS,
        {"silence_days": silence},
        "# card\n",
        manifest,
        rows_and_fates()[0],
    )


@pytest.fixture
def bundle(ensemble, tmp_path):
    return written(tmp_path / "models" / "shop", ensemble)


def test_the_model_ranks_what_it_has_not_seen(booster):
    rows, churned = rows_and_fates(seed=2)
    assert (
        compute_metrics(churned, to_probability(compute_log_odds(booster, rows)), seed=1)["auc"]
        > 0.7
    )


def test_one_row_and_many_give_the_same_bits(ensemble):
    """Batch and endpoint must agree, however the rows lie in memory."""
    rows, _ = rows_and_fates(500, seed=3)
    together = to_probability(ensemble.compute_log_odds(np.asfortranarray(rows)))
    alone = np.array(
        [to_probability(ensemble.compute_log_odds(rows[i : i + 1]))[0] for i in range(500)]
    )
    assert np.array_equal(together.view(np.int64), alone.view(np.int64))


def test_longer_silence_never_lowers_the_risk_and_more_orders_never_raise_it(booster):
    """What an operator would laugh at; 0 violations."""
    rows, _ = rows_and_fates(400, seed=4)
    before = compute_log_odds(booster, rows)
    for name, sign in MONOTONE.items():
        later = rows.copy()
        later[:, NAMES.index(name)] += 25
        assert (sign * (compute_log_odds(booster, later) - before))[
            ~np.isnan(rows[:, NAMES.index(name)])
        ].min() >= 0, name


def test_the_same_rows_give_the_same_model(booster):
    assert fit_booster(*rows_and_fates(), NAMES, seed=7).save_raw() == booster.save_raw()


def test_the_figures_are_those_worked_out_by_hand():
    """Four customers: two stayed away, and one pair is ranked wrong."""
    churned, chance = np.array([True, True, False, False]), np.array([0.9, 0.4, 0.6, 0.1])
    actual = compute_metrics(churned, chance, seed=1)
    assert actual["auc"] == 0.75
    assert actual["brier"] == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)
    assert actual["log_loss"] == pytest.approx(-np.log([0.9, 0.4, 0.4, 0.9]).mean())
    assert actual["accuracy"] == 0.5
    assert actual["majority_accuracy"] == 0.5
    assert actual["lift_at_10"] == 2.0  # the most promising one returned, where half do
    assert compute_metrics(np.array([True, True]), np.array([0.5, 0.5]), seed=1)["auc"] is None


def test_honest_probabilities_show_no_more_than_their_noise():
    """The calibration error of the truth is the noise floor; of an exaggeration it is well above."""
    draw = np.random.default_rng(5)
    chance = draw.random(4000)
    churned = draw.random(4000) < chance
    floor = simulate_calibration_noise(chance, seed=1)
    assert compute_calibration_error(churned, chance) < 1.5 * floor
    assert compute_calibration_error(churned, np.where(chance > 0.5, 0.99, 0.01)) > 5 * floor


def test_a_paired_difference_is_told_with_its_interval():
    """A model beside itself is ahead by nothing; beside noise it is ahead for certain."""
    _, churned = rows_and_fates(seed=6)
    chance = to_probability(
        np.where(churned, 1.0, -1.0) + np.random.default_rng(1).normal(0, 2, len(churned))
    )
    ahead = compare_auc(
        churned,
        chance,
        {"itself": chance, "noise": np.random.default_rng(2).random(len(churned))},
        seed=1,
    )
    assert (ahead["itself"].value, ahead["itself"].low, ahead["itself"].high) == (0, 0, 0)
    assert 0 < ahead["noise"].low < ahead["noise"].value < ahead["noise"].high
    assert ahead["model"].value == pytest.approx(compute_metrics(churned, chance, 1)["auc"])


def test_a_bundle_is_loaded_back_and_scores_the_same(bundle, ensemble):
    again = load_bundle(bundle.folder, hash_spec())
    rows, _ = rows_and_fates(200, seed=8)
    assert np.array_equal(again.compute_margin(rows), ensemble.compute_log_odds(rows))
    assert again.base_rate == SEASONS
    assert again.names == NAMES
    assert again.version == bundle.folder.name


def test_the_version_is_the_hash_of_the_content(bundle, ensemble, tmp_path):
    """Same content, same version, in another folder; other content, another version."""
    same, other = (
        written(tmp_path / "elsewhere", ensemble),
        written(tmp_path / "elsewhere", ensemble, 91.0),
    )
    assert same.version == bundle.version != other.version


@pytest.mark.parametrize(
    "name",
    [
        "model.ubj",
        "recent.ubj",
        "members.json",
        "base_rate.json",
        "thresholds.json",
        "card.md",
        "manifest.json",
    ],
)
def test_any_flipped_bit_is_refused_before_the_file_is_parsed(bundle, name):
    """One flipped bit in a booster can kill the process or silently change its answers."""
    path = bundle.folder / name
    whole = path.read_bytes()
    draw = random.Random(9)
    for _ in range(25):
        damaged = bytearray(whole)
        damaged[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(errors.BundleDamaged):
            load_bundle(bundle.folder)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(errors.BundleDamaged):
        load_bundle(bundle.folder)


def test_golden_rows_that_score_otherwise_are_refused(bundle, tmp_path):
    """The hashes may be right and the library another one: what counts is the answer."""
    manifest = json.loads((bundle.folder / "manifest.json").read_text())
    manifest["golden"]["margins"][0] += 1e-9
    import hashlib

    text = json.dumps(manifest)
    moved = tmp_path / hashlib.sha256(text.encode()).hexdigest()[:16]
    bundle.folder.rename(moved)
    (moved / "manifest.json").write_text(text)
    with pytest.raises(errors.BundleDamaged) as refused:
        load_bundle(moved)
    assert refused.value.values["detail"] == "golden rows"


def test_a_bundle_of_another_feature_list_is_refused(bundle):
    with pytest.raises(errors.BundleOfAnotherSpec):
        load_bundle(bundle.folder, "another")


def test_the_champion_is_the_bundle_last_crowned(bundle):
    models = bundle.folder.parent
    with pytest.raises(errors.NoModelYet):
        load_champion(models)
    promote_version(models, bundle.version, NOW, "first")
    assert load_champion(models).version == bundle.version


def test_one_can_go_back_to_the_model_that_scored_before(bundle, ensemble):
    """A bad Monday must end with one command."""
    models = bundle.folder.parent
    promote_version(models, bundle.version, NOW, "first")
    with pytest.raises(errors.NoEarlierModel):
        get_previous_champion(models)
    other = written(models, ensemble, silence=91.0)
    promote_version(models, other.version, NOW, "not_worse")
    assert get_previous_champion(models) == bundle.version
    promote_version(models, get_previous_champion(models), NOW, "rolled_back")
    assert load_champion(models).version == bundle.version
    assert get_previous_champion(models) == other.version


def test_a_torn_history_or_a_damaged_manifest_hides_no_model_to_go_back_to(bundle, ensemble):
    """The very moment one needs to go back."""
    models = bundle.folder.parent
    promote_version(models, bundle.version, NOW, "first")
    other = written(models, ensemble, silence=91.0)
    promote_version(models, other.version, NOW, "not_worse")
    with (models / "champions.jsonl").open("a") as stream:
        stream.write('\n{"at": "2026", "versi')
    promote_version(models, other.version, NOW, "promoted")
    (other.folder / "manifest.json").write_text("{")
    assert get_previous_champion(models) == bundle.version
    assert {each["version"]: each["damaged"] for each in list_versions(models)}[other.version]


def test_only_a_whole_model_is_crowned(bundle):
    models = bundle.folder.parent
    for name in ("nobody", "../shop/" + bundle.version, ""):
        with pytest.raises(errors.ModelUnknown):
            promote_version(models, name, NOW, "promoted")
    (bundle.folder / "members.json").write_text("{}")
    with pytest.raises(errors.BundleDamaged):
        promote_version(models, bundle.version, NOW, "promoted")
    assert not (models / "champion").exists()


def test_without_an_analytic_model_a_longer_wait_is_still_less_likely(bundle):
    """A shop of few repeaters has none; its calendar must not give one chance for every horizon."""
    rows = rows_and_fates(50, seed=5)[0]
    bare = replace(
        bundle, ensemble=replace(bundle.ensemble, members=replace(bundle.ensemble.members, btyd={}))
    )
    margins, day = bare.compute_margin(rows), date(2026, 1, 1)
    waits = [
        bare.compute_chance_over(rows, margins, day, np.full(50, days))
        for days in (1.0, 10.0, 30.0)
    ]
    assert (waits[0] > waits[1]).all()
    assert (waits[1] > waits[2]).all()
    assert np.allclose(waits[2], bare.compute_chance(margins, day))


def test_training_again_heals_a_damaged_bundle(bundle, ensemble):
    """That is what the refusal tells the user to do."""
    (bundle.folder / "card.md").write_text("scribbled over")
    again = written(bundle.folder.parent, ensemble)
    assert again.version == bundle.version
