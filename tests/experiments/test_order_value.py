"""What an order is worth, before anything is drawn."""

from datetime import datetime
from types import SimpleNamespace

import duckdb
import pytest

from tests.conftest import imported
from tests.measurement.test_results import HEAD, SHOP
from winback.config.shop import load_shop
from winback.experiments.order_value import estimate_order_value
from winback.ledger.wave_plan import OrderValue

UNTIL = datetime(2026, 3, 2)


@pytest.fixture
def value(shop_of, tmp_path):
    def estimate(orders, customers=("a", "b"), shop=SHOP):
        file = shop_of(shop, orders=HEAD + "\n".join(orders) + "\n")
        return estimate_order_value(
            load_shop(file), imported(file, tmp_path / "home"), customers, UNTIL
        )

    return estimate


def order(who, number, paid, day="2026-01-05", cost=40, status="Done", back=""):
    return f"{who},{number},{day} 09:00:00,{paid},1,a,{cost},{status},{back}"


def test_it_is_the_mean_of_what_the_customers_paid(value):
    """a paid 100 and 200: 150, of which the shop keeps 60 %. What others paid, and what comes later, does not count."""
    assert value([order("a", 1, 100), order("a", 2, 200, cost=80), order("z", 3, 900, cost=360),
                  order("a", 4, 999, "2026-03-02")], ["a"]) == OrderValue(150_00, 90_00, 900_00)  # fmt: skip


def test_a_huge_order_counts_up_to_the_shops_99th_percentile(value):
    orders = [order(f"c{number}", number, 100) for number in range(199)]
    told = value([*orders, order("a", 999, 1_000_000)], ["a"])
    assert (told.value_minor, told.cap_minor) == (100_00, 100_00)


def test_what_was_sent_back_is_worth_nothing(value):
    told = value(
        [order("a", 1, 100), order("a", 2, 500, status="Back", back="2026-01-20 10:00:00")]
    )
    assert told.value_minor == 100_00


def test_refunds_that_name_no_order_take_their_part():
    """Ten orders of 100, and nine refunds of 100 that name none of them: ten are left of each."""
    con = duckdb.connect()
    con.execute(
        "create table orders as select 'a' as customer_id, i::text as order_id, timestamp '2026-01-05' as occurred_at,"
        " 10000 as amount_minor, false as gift, false as wholesale, false as brushing from range(10) t(i)"
    )
    con.execute(
        "create table refunds as select 'a' as customer_id, null::text as order_id, timestamp '2026-01-20' as occurred_at,"
        " 10000 as amount_minor from range(9)"
    )
    con.execute(
        "create table order_lines (customer_id text, order_id text, occurred_at timestamp, quantity int, unit_cost_minor int)"
    )
    shop = SimpleNamespace(measurement=SimpleNamespace(margin_share=0.5))
    told = estimate_order_value(shop, SimpleNamespace(connect=lambda: con), ["a"], UNTIL)
    assert told == OrderValue(10_00, 5_00, 100_00)


def test_who_has_ordered_nothing_is_worth_the_shops_mean(value):
    assert value([order("x", 1, 100), order("y", 2, 300, cost=120)], ["a"]).value_minor == 200_00


def test_without_costs_the_margin_is_not_known(value):
    orders = [order("a", 1, 100, cost=""), order("a", 2, 200, cost="")]
    assert value(orders) == OrderValue(150_00, None, 200_00)
    kept = SHOP.replace("[measurement]", "[measurement]\n    margin_share = 0.5")
    assert value(orders, shop=kept).margin_minor == 75_00


def test_without_orders_nothing_is_known(value):
    assert value([order("a", 1, 100, "2026-04-01")]) == OrderValue()
