"""Waves of a simulated world, drawn into arms as a plan draws them."""

import numpy as np

from winback.measurement.effect import ArmOutcomes
from winback.simulation.worlds import draw_sample


def drawn(world, count, rng, share=0.25, household=1):
    """A sample of a world, its units, whether each came back, and the margin each left: as a shop would see them."""
    what = draw_sample(world, count, rng)
    home = np.arange(count) // household
    shares = (
        np.full(count, share) if np.isscalar(share) else rng.choice(share, count)[home * household]
    )
    treated = rng.random(count)[home * household] >= shares
    before = np.column_stack([what.chance_before, np.log1p(what.value_minor)])
    units = ArmOutcomes(treated, home, shares, before)
    seen = np.arange(count), treated.astype(int)
    return what, units, what.returned.T[seen], what.margin_minor.T[seen]
