"""A shop made up from a seed, and what is true of it: the random exports are written from it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/Los_Angeles",
    "UTC",
)
FIRST = [
    "Ann",
    "Bob",
    "Cleo",
    "Dan",
    "Eve",
    "Fay",
    "Gus",
    "Hal",
    "Ida",
    "Jon",
    "Kim",
    "Leo",
    "Mia",
    "Ned",
    "Ola",
    "Pia",
    "Quin",
    "Ros",
    "Sam",
    "Tea",
]
LAST = [
    "Abel",
    "Brook",
    "Cole",
    "Dorn",
    "Ende",
    "Falk",
    "Gray",
    "Hart",
    "Ilg",
    "Jung",
    "Kern",
    "Lund",
    "Moss",
    "Nash",
    "Orth",
    "Pohl",
]
GOODS = ("Mug", "Tea towel", "Lamp", "Chair, oak", "Vase 24 cm", "Rug", 'Frame 8"', "Candle")

PRICES = (1290, 450, 12_345, 129_900, 4900, 8_995, 1999, 99)  # of one each, in minor units


@dataclass(frozen=True)
class Buyer:
    """Somebody who buys: with an account (an id), and an e-mail, a phone and a name either way."""

    id: str
    email: str
    phone: str
    name: str


@dataclass(frozen=True)
class Line:
    """One product of an order; the price is of one piece, in cents."""

    sku: str
    product: str
    quantity: int
    price_minor: int

    @property
    def amount_minor(self) -> int:
        return self.quantity * self.price_minor


@dataclass(frozen=True)
class Order:
    """at: by the shop's clock; state: paid, unpaid or cancelled; extra_minor: shipping less
    discount; is_guest: bought without an account, so the export has no id of the buyer."""

    number: str
    buyer: Buyer
    is_guest: bool
    at: datetime
    lines: tuple[Line, ...]
    extra_minor: int
    state: str
    refund_minor: int
    refunded_at: datetime | None

    @property
    def goods_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.extra_minor

    @property
    def is_wholly_refunded(self) -> bool:
        return self.refund_minor >= self.total_minor


@dataclass(frozen=True)
class Shop:
    """A shop's orders, the oldest first; cents: minor units of its currency in one."""

    zone: str
    currency: str
    orders: tuple[Order, ...]


@dataclass(frozen=True)
class ShopRules:
    """What the export can say, and so what may happen in the shop."""

    has_guests: bool
    has_unpaid: bool
    has_cancelled: bool
    refunds: str  # none, whole or any
    has_extra: bool  # shipping and discounts, where the export has totals of orders
    dearer: int  # times as many units as in dollars
    has_r_numbers: bool  # order numbers such as R051125064, of which R could be a currency's mark


@dataclass(frozen=True)
class Truth:
    """What an import must find. Money in minor units; units None where the export has none."""

    orders: int
    customers: int
    paid_minor: int
    refunded_minor: int
    first_day: date
    last_day: date
    units: int | None


def make_shop(draw: random.Random, zone: str, currency: str, rules: ShopRules) -> Shop:
    """5–40 buyers and 10–120 orders over one to twenty months."""
    buyers = _make_buyers(draw, draw.randint(5, 40))
    start = datetime(2024, 1, 1) + timedelta(days=draw.randrange(400))
    days, write_number = draw.randint(30, 600), _choose_numbering(draw, rules)
    times = sorted(
        start + timedelta(days=draw.randrange(days), seconds=_draw_clock(draw))
        for _ in range(draw.randint(10, 120))
    )
    orders = [
        _make_order(draw, write_number(place), draw.choice(buyers), at, rules)
        for place, at in enumerate(times)
    ]
    # So that every import has something to import.
    sold = replace(orders[0], state="paid", refund_minor=0, refunded_at=None)
    return Shop(zone, currency, (sold, *orders[1:]))


def count_truth(
    shop: Shop,
    *,
    with_units: bool,
    with_wholly_refunded: bool = True,
    by_number: bool = True,
    with_guests_apart: bool = False,
) -> Truth:
    """What is true of a shop. An order that was wholly refunded may count as an order with a
    refund or as none: paid less refunded is the same. by_number: without numbers of orders, what
    somebody buys on a day is one. with_guests_apart: a guest is nobody with an account: by a phone
    alone nobody is known again.
    """
    sold = [
        order
        for order in shop.orders
        if order.state == "paid" and (with_wholly_refunded or not order.is_wholly_refunded)
    ]
    return Truth(
        orders=len(sold if by_number else {(order.buyer, order.at.date()) for order in sold}),
        customers=len({(order.buyer, with_guests_apart and order.is_guest) for order in sold}),
        paid_minor=sum(order.total_minor for order in sold),
        refunded_minor=sum(order.refund_minor for order in sold),
        first_day=min(order.at for order in sold).date(),
        last_day=max(order.at for order in sold).date(),
        units=sum(line.quantity for order in sold for line in order.lines) if with_units else None,
    )


def _make_buyers(draw: random.Random, many: int) -> Sequence[Buyer]:
    """Buyers of different names."""
    write_id = draw.choice((
        lambda n: f"c{n}",
        lambda n: f"{1000 + n}",
        lambda n: f"{n:06d}",
        lambda n: f"CUST-{n:04d}",
        lambda n: f"{(n * 2654435761) % 2**64:016x}",
        lambda n: f"{7_000_000_000_000 + n * 7919}",
    ))  # fmt: skip
    names = draw.sample([f"{first} {last}" for first in FIRST for last in LAST], many)
    start = draw.randrange(1, 5000)
    return [
        Buyer(
            id=write_id(start + place),
            email=f"{name.replace(' ', '.').lower()}@example.com",
            phone=f"+49 151 {1_000_000 + 37 * (start + place)}",
            name=name,
        )
        for place, name in enumerate(names)
    ]


def _choose_numbering(draw: random.Random, rules: ShopRules) -> Callable[[int], str]:
    first, letter = draw.randrange(1001, 9000), "R" if rules.has_r_numbers else "M"
    return draw.choice((
        lambda n: f"{first + n}",
        lambda n: f"#{first + n}",
        lambda n: f"ORD-{first + n}",
        lambda n: f"{first + n:08d}",
        lambda n: f"2025{first + n:014d}",
        lambda n: f"{letter}{(first + n) * 7919:09d}",
    ))  # fmt: skip


def _draw_clock(draw: random.Random) -> int:
    """Seconds after midnight, not in the hours in which clocks are changed; often late or early,
    so that a zone read wrong moves the day."""
    hour = draw.choice((0, 0, 4, 7, 9, 10, 12, 13, 15, 17, 19, 20, 22, 23, 23))
    return hour * 3600 + draw.randrange(3600)


def _make_order(
    draw: random.Random, number: str, buyer: Buyer, at: datetime, rules: ShopRules
) -> Order:
    lines = tuple(
        Line(
            sku=f"S-{place + 10}",
            product=GOODS[place],
            quantity=draw.choice((1, 1, 1, 2, 3)),
            price_minor=PRICES[place] * rules.dearer,
        )
        for place in draw.choices(range(len(GOODS)), k=draw.choice((1, 1, 2, 3)))
    )
    extra = draw.choice((0, 0, 495, -90)) if rules.has_extra else 0
    states = ["paid"] * 8 + ["unpaid"] * rules.has_unpaid + ["cancelled"] * rules.has_cancelled
    state, whole = draw.choice(states), sum(line.amount_minor for line in lines) + extra
    refund = 0
    if rules.refunds != "none" and state == "paid" and draw.random() < 0.15:
        part = rules.refunds == "any" and draw.random() < 0.6
        refund = max(1, whole * draw.choice((25, 40, 50)) // 100) if part else whole
    back = datetime.combine(at.date(), at.time().replace(hour=12)) if refund else None
    return Order(
        number=number,
        buyer=buyer,
        is_guest=rules.has_guests and draw.random() < 0.25,
        at=at,
        lines=lines,
        extra_minor=extra,
        state=state,
        refund_minor=refund,
        refunded_at=back + timedelta(days=draw.randint(1, 20)) if back else None,
    )
