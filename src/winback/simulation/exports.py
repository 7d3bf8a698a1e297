"""A simulated shop's exports, as its shop system would write them: a file a week, and what is
sent back reported weeks later."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from winback.core.currency import get_minor_per_unit
from winback.simulation.products import ProductCatalogue
from winback.simulation.shop import REFUND_DAYS, SALES, Order, SimulatedShop

SHOP_FILE = "shop.toml"
_PER_UNIT = get_minor_per_unit("CNY")  # the shop file says so, below
OWNERS = ("小林", "Kim", "阿杰")
_ORDERS = (
    "订单号",
    "买家",
    "付款时间",
    "商品编码",
    "商品名称",
    "类目",
    "数量",
    "实付",
    "优惠",
    "成本",
    "状态",
    "退款时间",
)
_EVENTS = ("买家", "时间", "事件", "数值", "对象")
_CONTACTS = ("买家", "手机", "邮箱", "企微", "负责人", "退订", "短信同意")


def write_shop_file(folder: Path, name: str) -> Path:
    """The shop's TOML; returns its path."""
    sales = "\n".join(
        f'"{sale}" = [{", ".join(f"{year}-{month:02}-{day:02}" for year in range(2024, 2029))}]'
        for sale, (month, day) in SALES.items()
    )
    path = folder / SHOP_FILE
    path.write_text(_TOML.format(name=name, sales=sales), encoding="utf-8")
    return path


def write_products(shop: SimulatedShop, folder: Path) -> None:
    """The product list."""
    goods = shop.goods
    rows = zip(
        goods.sku,
        goods.name,
        goods.category,
        goods.price_minor / _PER_UNIT,
        goods.cost_minor / _PER_UNIT,
        strict=True,
    )
    _write_csv(folder / "products.csv", ("编码", "名称", "类目", "标价", "成本"), rows)


def write_contacts(shop: SimulatedShop, folder: Path, until: int) -> None:
    """Everybody who had joined by a day, and how they can be reached."""
    _write_csv(
        folder / "contacts.csv",
        _CONTACTS,
        (_build_contact(shop, each) for each in np.flatnonzero(shop.joined < until).tolist()),
    )


def _build_contact(shop: SimulatedShop, customer: int) -> tuple[Any, ...]:
    rng = np.random.default_rng([shop.seed, 4, customer])
    reach = rng.random(4)
    friend = reach[0] < 0.6
    return (
        shop.names[customer],
        f"139{customer:08}" if reach[1] < 0.85 else "",
        f"c{customer}@example.com" if reach[2] < 0.5 else "",
        "是" if friend else "",
        OWNERS[customer % len(OWNERS)] if friend else "",
        "是" if shop.left[customer] else "",
        "是" if reach[3] < 0.7 else "否",
    )


def write_week(shop: SimulatedShop, folder: Path, first: int, last: int) -> None:
    """Orders and events of days from first up to, but not including, last; and what of earlier
    orders was sent back in them."""
    begin, end = shop.get_day(first), shop.get_day(last)
    orders = shop.list_orders(max(first - REFUND_DAYS[1], 0), last)
    refunded = _list_refunded(orders, begin, end)
    last_day = end - timedelta(days=1)
    lines = _build_lines(shop, _list_changed(orders, refunded, begin), end)
    _write_csv(folder / f"orders-{last_day}.csv", _ORDERS, lines)
    events = _keep_between(_build_events(shop, orders, refunded), begin, end)
    _write_csv(folder / f"events-{last_day}.csv", _EVENTS, events)


def _list_changed(orders: Sequence[Order], refunded: Sequence[Order], begin: date) -> list[Order]:
    """The earlier orders that were refunded, then those of the days from `begin` on."""
    earlier = [each for each in refunded if each.day < begin]
    return earlier + [each for each in orders if each.day >= begin]


def _list_refunded(orders: Sequence[Order], begin: date, end: date) -> list[Order]:
    return [
        each for each in orders if each.refunded_on is not None and begin <= each.refunded_on < end
    ]


def _keep_between(
    events: Iterable[tuple[Any, ...]], begin: date, end: date
) -> Iterable[tuple[Any, ...]]:
    first, last = datetime.combine(begin, time()), datetime.combine(end, time())
    return (row for row in events if first <= row[1] < last)


def _build_lines(
    shop: SimulatedShop, orders: Sequence[Order], end: date
) -> Iterable[tuple[Any, ...]]:
    for order in orders:
        yield from _build_order_lines(shop, order, end)


def _build_order_lines(shop: SimulatedShop, order: Order, end: date) -> Iterable[tuple[Any, ...]]:
    goods, at = shop.goods, _get_moment(order)
    gone = order.refunded_on is not None and order.refunded_on < end
    for place, quantity in order.lines:
        whole, paid = _price_line(goods, order, place, quantity)
        yield (
            order.number,
            shop.names[order.customer],
            at,
            goods.sku[place],
            goods.name[place],
            goods.category[place],
            quantity,
            _format_minor(paid),
            _format_minor(whole - paid),
            _format_minor(goods.cost_minor[place]),
            "已退款" if gone else "已付款",
            f"{order.refunded_on} 12:00:00" if gone else "",
        )


def _price_line(
    goods: ProductCatalogue, order: Order, place: int, quantity: int
) -> tuple[int, int]:
    """(list price, price paid) of a line in minor units; clearance halves it every third month."""
    cut = 0.5 if goods.on_clearance[place] and order.day.month % 3 == 0 else 1.0
    whole = goods.price_minor[place] * quantity
    return whole, round(whole * cut * (1 - order.discount))


def _build_events(
    shop: SimulatedShop, orders: Sequence[Order], back: Sequence[Order]
) -> Iterable[tuple[Any, ...]]:
    """Browsing before an order and without one, carts, coupons, tickets, reviews, and asking for
    money back."""
    for order in orders:
        yield from _build_order_events(shop, order)
    for order in back:
        assert order.refunded_on is not None
        yield (
            shop.names[order.customer],
            datetime.combine(order.refunded_on, time(9)),
            "申请退款",
            "",
            order.number,
        )


def _build_order_events(shop: SimulatedShop, order: Order) -> Iterable[tuple[Any, ...]]:
    rng = np.random.default_rng([shop.seed, 5, order.customer, order.day.toordinal()])
    who, sku = shop.names[order.customer], shop.goods.sku[order.lines[0][0]]
    at = _get_moment(order)
    yield from _build_events_before(rng, who, at, sku, order.coupon)
    yield from _build_feedback(rng, who, at, order.number)
    yield from _build_later_visits(rng, who, at, sku)


def _build_events_before(
    rng: np.random.Generator, who: str, at: datetime, sku: str, coupon: bool
) -> Iterable[tuple[Any, ...]]:
    for _ in range(int(rng.integers(1, 5))):
        yield (
            who,
            at - timedelta(minutes=int(rng.integers(5, 600))),
            "浏览",
            int(rng.integers(10, 240)),
            sku,
        )
    yield who, at - timedelta(minutes=3), "加购", "", sku
    if coupon:
        yield who, at - timedelta(minutes=2), "领券", 1000, "coupon"
        yield who, at, "用券", 1000, "coupon"


def _build_feedback(
    rng: np.random.Generator, who: str, at: datetime, number: str
) -> Iterable[tuple[Any, ...]]:
    if rng.random() < 0.25:
        yield who, at + timedelta(days=3), "评价", int(rng.choice([5, 5, 5, 4, 2])), number
    if rng.random() < 0.03:
        yield who, at + timedelta(days=2), "投诉", "", number
        if rng.random() < 0.8:
            yield who, at + timedelta(days=4), "投诉解决", "", number


def _build_later_visits(
    rng: np.random.Generator, who: str, at: datetime, sku: str
) -> Iterable[tuple[Any, ...]]:
    for _ in range(int(rng.poisson(0.6))):
        later = at + timedelta(days=float(rng.uniform(1, 20)))
        yield who, later, "浏览", int(rng.integers(5, 120)), sku
        if rng.random() < 0.2:
            yield who, later + timedelta(minutes=1), "加购", "", sku


def _format_minor(minor: int) -> str:
    return f"{minor / _PER_UNIT:.2f}"


def _get_moment(order: Order) -> datetime:
    return datetime.combine(order.day, time()) + timedelta(seconds=order.seconds)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(header)
        table.writerows(rows)


KINDS: Mapping[str, str] = {
    "浏览": "view",
    "加购": "cart",
    "领券": "coupon_claim",
    "用券": "coupon_use",
    "评价": "review",
    "投诉": "complaint_opened",
    "投诉解决": "complaint_resolved",
    "申请退款": "refund_request",
}

_TOML = (
    """# A shop made by `winback simulate`; what is known of its customers' hearts \
stands in simulated.json.
name = "{name}"
timezone = "Asia/Shanghai"
currency = "CNY"
outcome_days = 60
preset = "home"

[orders]
paths = ["exports/orders-*.csv"]
[orders.columns]
order_id = "订单号"
customer_id = "买家"
ordered_at = "付款时间"
sku = "商品编码"
product_name = "商品名称"
category = "类目"
quantity = "数量"
amount = "实付"
discount = "优惠"
unit_cost = "成本"
status = "状态"
refunded_at = "退款时间"
[orders.status]
"已付款" = "paid"
"已退款" = "refunded"

[events]
paths = ["exports/events-*.csv"]
[events.columns]
customer_id = "买家"
occurred_at = "时间"
kind = "事件"
value = "数值"
ref = "对象"
[events.kinds]
"""
    + "\n".join(f'"{theirs}" = "{ours}"' for theirs, ours in KINDS.items())
    + """

[products]
path = "exports/products.csv"
[products.columns]
sku = "编码"
name = "名称"
category = "类目"
list_price = "标价"
cost = "成本"

[contacts]
path = "exports/contacts.csv"
[contacts.columns]
customer_id = "买家"
phone = "手机"
email = "邮箱"
wecom = "企微"
owner = "负责人"
unsubscribed = "退订"
sms_consent = "短信同意"

[messages]
shop_name = "木屋家居"
sms_sign = "【木屋家居】"
email_opt_out = "https://example.com/stop"

[recall]
capacity = 150

[waves]
holdout_share = 0.25

[measurement]
message_minor = {{ sms = 5, call = 300 }}

[sales]
{sales}
"""
)
