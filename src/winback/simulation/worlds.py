"""Worlds: how the customers of a simulated shop take a message. Fixed and written down before any
learner saw them.

A message may bring an order that would not have come (moved), more so to who loves coupons; bring
the next order forward and nothing more (pulled); or put somebody off, so that the orders of a month
stay away. Each customer's chances are their own and known, so every figure a read-out tells can be
held against the truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COUPON_LOVE = (
    0.8,
    1.6,
)  # of a beta distribution: most care little for coupons, some for nothing else
MARGIN = 0.5
ACTIVE_ORDERS = 1.2  # of a revived customer in two months

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Chances of what a message does. moved: an order more, to anybody; moved_by_coupons: more
    than that, times their love of coupons; put_off_share: of customers; put_off: the chance that
    it costs such a one the orders of a month; pulled: that the next order within two months
    comes at once; revives: that who was moved is a regular again; leaves: an unsubscription."""

    name: str
    moved: float = 0.0
    moved_by_coupons: float = 0.0
    put_off_share: float = 0.0
    put_off: float = 0.0
    pulled: float = 0.0
    revives: float = 0.0
    leaves: float = 0.003


WORLDS: Mapping[str, World] = {
    each.name: each
    for each in (
        World(
            "friendly",
            moved=0.02,
            moved_by_coupons=0.22,
            put_off_share=0.15,
            put_off=0.35,
            revives=0.3,
            leaves=0.004,
        ),
        World("no_effect"),
        World("harmful", put_off_share=0.8, put_off=0.5, leaves=0.03),
        World("pull_forward", pulled=0.35),
    )
}


@dataclass(frozen=True)
class Traits:
    """What a message does to each customer, one number each."""

    coupon_love: Numbers
    moved: Numbers
    put_off: Numbers
    pulled: Numbers


def draw_traits(world: World, count: int, rng: np.random.Generator) -> Traits:
    """Traits of some customers. Who is put off cares little for coupons, so it can be predicted
    beforehand, though not for sure."""
    love = rng.beta(*COUPON_LOVE, count)
    rank = (np.argsort(np.argsort(love - 0.5 * rng.random(count))) + 0.5) / count
    off = np.where(rank < world.put_off_share, world.put_off, 0.0)
    return Traits(
        love, world.moved + world.moved_by_coupons * love, off, np.full(count, world.pulled)
    )


@dataclass(frozen=True)
class Sample:
    """A wave drawn at once: what was known of each customer, both arms' outcomes, and each one's
    expected effect.

    features: recency in days, orders, mean order in minor units, share of orders with a coupon,
    chance of no order as a model would give it; returned and margin_minor: what happened, by arm
    (rows 0: without, 1: with the message); lift and gain_minor: the expected effect on both.
    """

    features: Numbers
    chance_before: Numbers
    returned: NDArray[np.bool_]
    margin_minor: Numbers
    lift: Numbers
    gain_minor: Numbers
    value_minor: Numbers


def draw_sample(world: World, count: int, rng: np.random.Generator) -> Sample:
    """A wave of customers with both of their outcomes."""
    who = draw_traits(world, count, rng)
    habits = _draw_habits(count, rng)
    returned, margins = _draw_outcomes(world, who, habits, rng)
    lift, gain = _compute_expected_effect(world, who, habits)
    used = rng.binomial(habits.orders, who.coupon_love) / habits.orders
    guess = np.exp(rng.normal(0, 0.35, count))
    predicted = np.clip(1 - np.exp(-habits.soon * guess), 0.01, 0.99)
    return Sample(
        np.column_stack([habits.recency, habits.orders, habits.mean_minor, used, 1 - predicted]),
        predicted,
        returned,
        margins,
        lift,
        gain,
        MARGIN * habits.mean_minor * (habits.soon + habits.later),
    )


@dataclass(frozen=True)
class _Habits:
    """How customers buy by themselves. recency: days since the last order; mean_minor: of an
    order; soon: orders to expect in the next 30 days, later: in the 60 days after."""

    recency: Numbers
    orders: NDArray[np.int64]
    mean_minor: Numbers
    soon: Numbers
    later: Numbers


def _draw_habits(count: int, rng: np.random.Generator) -> _Habits:
    recency = rng.gamma(2.0, 60.0, count) + 30
    orders = 1 + rng.poisson(rng.gamma(1.0, 2.0, count))
    soon = rng.gamma(1.2, 0.35, count) * np.exp(-recency / 240) * (orders / 3) ** 0.3
    mean = np.exp(rng.normal(9.0, 0.6, count))
    return _Habits(recency, orders, mean, soon, 2 * soon)


def _draw_outcomes(
    world: World, who: Traits, habits: _Habits, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], Numbers]:
    """Who returned and their margin, by arm: natural orders, and what the message does to them."""
    count = len(habits.soon)
    n_soon, n_later = rng.poisson(habits.soon), rng.poisson(habits.later)
    off, moved = rng.random(count) < who.put_off, rng.random(count) < who.moved
    again = moved * (rng.random(count) < world.revives) * rng.poisson(ACTIVE_ORDERS, count)
    retained = np.where(off, 0, n_soon)
    pulled = (retained == 0) & (n_later > 0) & (rng.random(count) < who.pulled)
    with_soon, with_later = retained + moved + pulled, n_later - pulled + again
    noise = np.exp(rng.normal(0, 0.5, (2, count)) - 0.125)
    orders = np.stack([(n_soon + n_later) * noise[0], (with_soon + with_later) * noise[1]])
    return np.stack([n_soon > 0, with_soon > 0]), MARGIN * habits.mean_minor * orders


def _compute_expected_effect(world: World, who: Traits, habits: _Habits) -> tuple[Numbers, Numbers]:
    """The true effect of the message on each customer's chance to return, and on their margin."""
    none = np.exp(-habits.soon)
    none_with = (
        (who.put_off + (1 - who.put_off) * none)
        * (1 - who.moved)
        * (1 - who.pulled * (1 - np.exp(-habits.later)))
    )
    orders = who.moved * (1 + world.revives * ACTIVE_ORDERS) - who.put_off * habits.soon
    return none - none_with, MARGIN * habits.mean_minor * orders
