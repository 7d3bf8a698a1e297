"""Bestsellers, clearance and low prices, as of the day of each purchase (A9)."""

from datetime import date, timedelta

import pytest

from tests.conftest import PLAIN, imported

START = date(2025, 3, 3)  # a Monday
USUAL = {"hit": 50, "mug": 40, "pot": 100, "pin": 1, "cup": 45, "pan": 55, "jar": 60, "jug": 70}
EVENTS = "user,time,what,seconds\nb0,2025-03-03 10:00:00,pv,5\n"


@pytest.fixture
def flags(shop_of, tmp_path):
    """Flags of the last lines (buyer, SKU, price, days after the start), after a month of ordinary sales."""

    def result(*last):
        sold = [(f"b{buyer}", "hit", USUAL["hit"], buyer % 5) for buyer in range(14)]
        sold += [(f"b{buyer}", "pot", USUAL["pot"], 7 + buyer) for buyer in range(12)]
        sold += [("b1", sku, price, 3) for sku, price in USUAL.items() if sku not in ("hit", "pot")]
        rows = "buyer,order,paid_at,paid,qty,sku,category,off,status\n" + "".join(
            f"{buyer},n{at},{START + timedelta(days=day)} 10:00:00,{price},1,{sku},k,0,Done\n"
            for at, (buyer, sku, price, day) in enumerate([*sold, *last])
        )
        store = imported(shop_of(PLAIN, orders=rows, events=EVENTS), tmp_path / "home")
        numbers = ", ".join(f"'n{len(sold) + at}'" for at in range(len(last)))
        query = (
            f"select order_id, bestseller, bargain from order_lines where order_id in ({numbers})"
        )
        actual = {
            order: (bestseller, bargain)
            for order, bestseller, bargain in store.connect().execute(query).fetchall()
        }
        return [actual[f"n{len(sold) + at}"] for at in range(len(last))]

    return result


def test_a_bestseller_is_what_many_different_people_bought_before(flags):
    """By distinct buyers of the half year before that purchase: what sells later cannot make it one."""
    assert flags(("z", "hit", 50, 30), ("z", "jar", 60, 30), ("z", "hit", 50, 1)) == [
        (True, False), (False, False), (False, False),
    ]  # fmt: skip


def test_clearance_is_far_below_what_the_same_product_cost_before(flags):
    """At most 70 % of its own median, and deeper than that day's sale of everything: 618 makes nobody a bargain hunter."""
    ordinary = [(f"b{buyer}", "hit", 50, 30) for buyer in range(3)]
    assert flags(("z", "pot", 70, 30), *ordinary)[0][1]
    assert not flags(("z", "pot", 71, 30), *ordinary)[0][1]
    everything_off = [
        (f"b{buyer}", sku, price * 0.65, 30)
        for buyer in range(3)
        for sku, price in USUAL.items()
        if sku != "pot"
    ]
    everything_off += [(f"b{buyer}", "pot", 65, 30) for buyer in range(12)]
    assert not flags(("z", "pot", 65, 30), *everything_off)[0][1]


def test_a_low_price_is_among_the_cheapest_quarter(flags):
    assert flags(("z", "pin", 1, 30), ("z", "jug", 70, 30)) == [(False, True), (False, False)]


def test_ten_sales_are_needed_to_know_what_a_product_costs(flags):
    """One earlier sale at a high price makes nothing a clearance."""
    assert not flags(("z", "jug", 45, 30))[0][1]
