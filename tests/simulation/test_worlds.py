"""The simulated worlds are what they say, so that figures can be held against them."""

import numpy as np
import pytest

from winback.simulation.worlds import WORLDS, draw_sample


@pytest.mark.parametrize("world", WORLDS.values(), ids=lambda world: world.name)
def test_the_truth_told_is_the_mean_of_what_happens(world):
    what = draw_sample(world, 200_000, np.random.default_rng(1))
    seen = what.returned[1].mean() - what.returned[0].mean()
    assert seen == pytest.approx(what.lift.mean(), abs=0.004)
    gain = what.margin_minor[1].mean() - what.margin_minor[0].mean()
    assert gain == pytest.approx(what.gain_minor.mean(), abs=120)


def test_each_world_does_what_its_name_says():
    effect = {
        name: draw_sample(world, 50_000, np.random.default_rng(2)) for name, world in WORLDS.items()
    }
    assert effect["friendly"].lift.mean() > 0.04
    assert (effect["friendly"].lift < 0).mean() > 0.05, "some are put off"
    assert not effect["no_effect"].lift.any()
    assert effect["harmful"].lift.mean() < -0.03
    assert effect["pull_forward"].lift.mean() > 0.03
    assert not effect["pull_forward"].gain_minor.any(), (
        "only pulled forward: a quarter later nothing is left of it"
    )
