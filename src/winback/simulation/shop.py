"""A simulated shop, lived day by day: latent purchase and dropout, seasons and sale days, and what
messages change.

What everybody would do without messages is drawn once, for all days to come; messages add to it and
take from it. So for each customer both lives are known, and what a wave really earned can be
counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from winback.simulation.products import ProductCatalogue, build_catalogue, build_customer_names
from winback.simulation.worlds import Traits, World, draw_traits

HISTORY_DAYS = 560  # so that a season can be seen
PACE = (1.3, 1 / 55)  # of a gamma distribution: orders a day of who is active
ACTIVE_DAYS = 170.0  # on average, until somebody becomes dormant
DORMANT = 0.10  # of their pace that is left
SALES = {"618": (6, 18), "双11": (11, 11), "双12": (12, 12), "38节": (3, 8)}
SALE_RUSH = 4.0  # times the usual orders on a sale day
PUT_OFF_DAYS, PULLED_DAYS, REVIVED_DAYS = 30, 60, 90
ANSWER_DAYS = 10  # in which a message that moves somebody does
REFUNDED = 0.05
REFUND_DAYS = (7, 35)  # after the order
MOST_LINES = 3


@dataclass
class Order:
    """An order of a simulated shop; discount: the part of the price taken off; refunded_on: when
    it was sent back."""

    number: str
    customer: int
    day: date
    seconds: int
    lines: Sequence[tuple[int, int]]  # goods, quantity
    discount: float
    coupon: bool
    refunded_on: date | None = None


@dataclass
class SimulatedShop:
    """A shop from `start` on. natural: orders of each customer and day without any message."""

    world: World
    seed: int
    customers: int
    start: date
    weeks: int
    names: list[str] = field(init=False)
    goods: ProductCatalogue = field(init=False)
    traits: Traits = field(init=False)
    joined: NDArray[np.int64] = field(init=False)
    natural: NDArray[np.int8] = field(init=False)
    actual: NDArray[np.int8] = field(init=False)
    left: NDArray[np.bool_] = field(init=False)
    pace: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, 1])
        count, days = self.customers, HISTORY_DAYS + 7 * self.weeks
        self.names = build_customer_names(count, rng)
        self.goods = build_catalogue(rng)
        self.traits = draw_traits(self.world, count, rng)
        self.joined = np.sort(rng.integers(0, days, count) - HISTORY_DAYS // 3).clip(0)
        self.pace = rng.gamma(PACE[0], PACE[1], count)
        # Messages of the last week have their time.
        self.natural = self._draw_natural_orders(days + 120, rng)
        self.actual = self.natural.copy()
        self.left = np.zeros(count, dtype=bool)

    def _draw_natural_orders(self, days: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """Who orders on which day if nobody is ever written to."""
        count = self.customers
        dormant_from = self.joined + rng.exponential(ACTIVE_DAYS, count)
        rush = _compute_demand_by_day(self.start, days)
        natural = np.zeros((count, days), dtype=np.int8)
        for day in range(days):
            rate = self.pace * np.where(day >= dormant_from, DORMANT, 1.0) * rush[day]
            natural[:, day] = (rng.random(count) < -np.expm1(-rate)) & (day > self.joined)
        natural[np.arange(count), self.joined] = 1
        return natural

    def get_day(self, number: int) -> date:
        """The date of a day counted from the start."""
        return self.start + timedelta(days=number)

    def send_messages(self, customers: Iterable[int], day: int) -> None:
        """Let a message reach some customers on a day, and have its effect on each.

        What it does is drawn from the customer and the day alone: who else is written to changes
        nothing.
        """
        for customer in customers:
            self._send_message(customer, day)

    def _send_message(self, customer: int, day: int) -> None:
        rng = np.random.default_rng([self.seed, 2, customer, day])
        chance, who = rng.random(5), self.traits
        if chance[0] < who.put_off[customer]:
            self.actual[customer, day : day + PUT_OFF_DAYS] = 0
        if chance[1] < who.moved[customer]:
            self._add_answer(customer, day, chance[2] < self.world.revives, rng)
        if chance[3] < who.pulled[customer]:
            self._pull_order_forward(customer, day, rng)
        if chance[4] < self.world.leaves:
            self.left[customer] = True

    def _add_answer(self, customer: int, day: int, revived: bool, rng: np.random.Generator) -> None:
        """An order in answer to a message; whoever is revived orders on as an active customer."""
        orders = self.actual[customer]
        end = len(orders)
        orders[min(day + int(rng.integers(ANSWER_DAYS)), end - 1)] = 1
        if revived:
            days = np.arange(day + ANSWER_DAYS, min(day + REVIVED_DAYS, end))
            orders[days] |= (rng.random(len(days)) < self.pace[customer]).astype(np.int8)

    def _pull_order_forward(self, customer: int, day: int, rng: np.random.Generator) -> None:
        """Place the next order sooner, unless it is due anyway."""
        orders = self.actual[customer]
        ahead = np.flatnonzero(orders[day + 1 : day + PULLED_DAYS])
        if len(ahead) and ahead[0] >= ANSWER_DAYS:
            orders[day + 1 + ahead[0]] = 0
            orders[day + int(rng.integers(1, ANSWER_DAYS))] = 1

    def has_returned(
        self, customers: Sequence[int], day: int, days: int, natural: bool
    ) -> NDArray[np.bool_]:
        """Who of some customers ordered within so many days, with messages or without any."""
        life = self.natural if natural else self.actual
        return np.asarray(life[list(customers), day : day + days].any(axis=1), dtype=bool)

    def list_orders(self, first: int, last: int) -> list[Order]:
        """The orders of days from first up to, but not including, last, by time."""
        orders = []
        for customer, day in zip(*np.nonzero(self.actual[:, first:last]), strict=True):
            orders.append(self._build_order(int(customer), first + int(day)))
        return sorted(orders, key=lambda each: (each.day, each.seconds, each.number))

    def _build_order(self, customer: int, day: int) -> Order:
        """An order as it always is, whenever it is asked for."""
        rng = np.random.default_rng([self.seed, 3, customer, day])
        sale = _compute_demand(self.get_day(day)) > 2
        coupon = bool(rng.random() < self.traits.coupon_love[customer])
        lines = self._draw_lines(rng)
        back = self._draw_refund_day(day, rng)
        discount = (0.2 if sale else 0.0) + (0.1 if coupon else 0.0)
        seconds = int(np.clip(rng.normal(15.5, 4.5), 0.2, 23.8) * 3600)
        return Order(
            f"{day:04}-{customer:05}",
            customer,
            self.get_day(day),
            seconds,
            lines,
            discount,
            coupon,
            back,
        )

    def _draw_refund_day(self, day: int, rng: np.random.Generator) -> date | None:
        if rng.random() < REFUNDED:
            return self.get_day(day + int(rng.integers(*REFUND_DAYS)))
        return None

    def _draw_lines(self, rng: np.random.Generator) -> list[tuple[int, int]]:
        """(product, quantity) of each line."""
        count = 1 + int(rng.binomial(MOST_LINES - 1, 0.3))
        things = rng.choice(len(self.goods.sku), size=count, replace=False, p=self.goods.popularity)
        return [(int(each), 1 + int(rng.random() < 0.15)) for each in things]


def _compute_demand(day: date) -> float:
    """How much more is ordered on a day than on an average one: seasons, and sales with the days
    around them."""
    season = 1 + 0.25 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 330) / 365)
    return float(season * (SALE_RUSH if (day.month, day.day) in SALES.values() else 1.0))


def _compute_demand_by_day(start: date, days: int) -> NDArray[np.float64]:
    return np.array([_compute_demand(start + timedelta(days=day)) for day in range(days)])
