"""Uplift: its gate, what it may rank, and that it never costs a shop anything."""

import json
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from uplift import gated, learn

from winback.config.shop import load_shop
from winback.core.errors import BundleDamaged
from winback.core.paths import DataPaths
from winback.model.uplift import (
    UPLIFT_FEATURES,
    fit_uplift,
    load_uplift,
    predict_gain,
    write_uplift,
)
from winback.recall.list_capacity import EXPLORED, add_exploration
from winback.simulation.worlds import WORLDS, draw_sample

DAY = date(2026, 4, 1)


def waves(world, rng, count=6000, share=0.25):
    """Earlier waves of a world as the gate sees them, the newest third to prove on."""
    what = draw_sample(world, count, rng)
    treated = rng.random(count) >= share
    returned = what.returned.T[np.arange(count), treated.astype(int)]
    units = SimpleNamespace(held_out_share=np.full(count, share))
    rows = SimpleNamespace(treated=treated, returned=returned, units=units)
    return known(what), rows, np.arange(count) >= count * 2 // 3


def known(what):
    """What a shop would know of a sample's customers, as the features an uplift is learned from."""
    result = np.full((len(what.features), len(UPLIFT_FEATURES)), np.nan)
    names = (
        "days_since_last_order",
        "orders_lifetime",
        "order_value_mean_minor",
        "discounted_order_share",
        "recency_of_mean_gap",
    )
    for column, name in enumerate(names):
        result[:, UPLIFT_FEATURES.index(name)] = what.features[:, column]
    return result


def routed(what, uplift, rng, budget=900):
    """Whom the best budget goes to: by value at stake, or by uplift with a tenth by chance."""
    if uplift is None:
        return np.argsort(-(1 - what.chance_before) * what.value_minor)[:budget]
    order = np.argsort(-predict_gain(uplift, known(what)))
    first = list(
        dict.fromkeys([*rng.permutation(len(order))[: budget // 10].tolist(), *order.tolist()])
    )
    return np.array(first[:budget])


@pytest.mark.full
@pytest.mark.parametrize("world", WORLDS.values(), ids=lambda world: world.name)
def test_uplift_never_earns_less_than_value_and_more_where_there_is_something_to_find(world):
    """20 seeds: what a week's 900 messages earn by the truth of the world, routed by uplift after its gate and by value."""
    lead = []
    for seed in range(20):
        rng = np.random.default_rng([seed, 9])
        uplift, actual = gated(*waves(world, rng), seed)
        week = draw_sample(world, 3000, rng)
        by_value = week.gain_minor[routed(week, None, rng)].sum()
        mine = week.gain_minor[routed(week, uplift, rng)].sum() if actual["passed"] else by_value
        lead.append(mine - by_value)
    error = np.std(lead, ddof=1) / np.sqrt(len(lead))
    assert np.mean(lead) >= -1.96 * error
    if world.name == "friendly":
        assert np.mean(lead) > 1.96 * error
    if world.name == "no_effect":
        assert not any(lead), "no gate was passed by chance"


def test_a_gate_is_passed_where_there_is_much_to_find_and_not_where_there_is_nothing():
    rng = np.random.default_rng(1)
    strong = WORLDS["friendly"].__class__(
        "strong", moved_by_coupons=0.6, put_off_share=0.3, put_off=0.6
    )
    _, actual = gated(*waves(strong, rng), 1)
    assert actual["passed"]
    assert actual["qini"]["low"] > 0
    assert actual["caught"]["share"]["value"] > 0.4
    _, without_effect = gated(*waves(WORLDS["no_effect"], rng), 1)
    assert not without_effect["passed"]


def fitted(rng):
    features = rng.normal(size=(600, len(UPLIFT_FEATURES)))
    treated = rng.random(600) < 0.7
    outcome = (rng.random(600) < 0.1 + 0.3 * treated * (features[:, 0] > 0)).astype(float)
    return features, {each: fit_uplift(each, features, treated, outcome, np.full(600, 0.7)) for each in
                      ("s_learner", "dr_learner", "response")}  # fmt: skip


def test_a_learner_is_kept_whole_or_not_used(tmp_path):
    """Only one that passed its gate ranks; one that is not what was kept is refused."""
    features, learners = fitted(np.random.default_rng(3))
    assert load_uplift(tmp_path) is None
    for learner in learners.values():
        write_uplift(tmp_path, learner, {"passed": True})
        again = load_uplift(tmp_path)
        assert (again.rank(features) == learner.rank(features)).all()
        assert np.corrcoef(learner.rank(features), features[:, 0] > 0)[0, 1] > 0.3
    for refused in (learners["response"], None):
        write_uplift(tmp_path, refused, {"passed": False})
        assert load_uplift(tmp_path) is None
    write_uplift(tmp_path, learners["response"], {"passed": True})
    sha256 = json.loads((tmp_path / "uplift.json").read_text())["sha256"]
    path = tmp_path / f"uplift-{sha256[:16]}.ubj"
    raw = bytearray(path.read_bytes())
    raw[100] ^= 1
    path.write_bytes(raw)
    with pytest.raises(BundleDamaged):
        load_uplift(tmp_path)
    (tmp_path / "uplift.json").write_text("{")
    with pytest.raises(BundleDamaged):
        load_uplift(tmp_path)


def test_a_tenth_stays_chosen_by_chance():
    """And the same tenth each time the list of a day is drawn up."""
    rows = [SimpleNamespace(customer_id=f"c{number}", worth=1.0) for number in range(20_000)]
    add_exploration(rows, 5000, DAY)
    first = {row.customer_id for row in rows if row.worth > 1}
    assert len(first) == pytest.approx(EXPLORED * 5000, abs=70)
    again = [SimpleNamespace(customer_id=f"c{number}", worth=1.0) for number in range(20_000)]
    add_exploration(again, 5000, DAY)
    assert {row.customer_id for row in again if row.worth > 1} == first
    few = [SimpleNamespace(customer_id="c", worth=1.0)]
    add_exploration(few, 10, DAY)
    add_exploration(few, None, DAY)
    assert few[0].worth == 1.0


def test_a_shop_without_waves_has_nothing_to_learn_from(made_files, made_store, tmp_path):
    actual = learn(load_shop(made_files), DataPaths(tmp_path), made_store, 7)
    assert (actual["passed"], actual["why"]) == (False, "no_waves")
