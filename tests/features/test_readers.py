"""The two readers of the feature list: what they say of a customer typed by hand, and that they agree to the bit."""

import random
import struct
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import PLAIN, about, imported
from winback.core.cutoff import Cutoff
from winback.data.store import Store
from winback.features import evaluator, sql_statement
from winback.features.evaluator import evaluate_features
from winback.features.registry import FEATURES, GROUPS, NAMES, get_available_feeds
from winback.features.rule_features import ALL_FEATURES, JOURNEY
from winback.features.sql_compiler import compute_features

TABLES = ("orders", "order_lines", "refunds", "events")

# Shanghai; the cut-off is 1 March 2026, 00:00 there.
ORDERS = """
    buyer,order,paid_at,paid,qty,sku,category,off,status
    ann,1,2025-11-21 00:00:00,100.00,1,mug,kitchen,0,Done
    ann,2,2025-12-31 00:00:00,50.00,2,cup,kitchen,10,Done
    ann,2,2025-12-31 00:00:00,30.00,1,pan,kitchen,0,Done
    ann,3,2026-02-09 00:00:00,20.00,1,mug,kitchen,5,Done
    bob,4,2026-02-28 23:59:59,9.99,1,mug,kitchen,0,Done
    bob,5,2026-03-01 00:00:00,500.00,1,mug,kitchen,0,Done
    eve,6,2026-01-01 12:00:00,70.00,1,mug,kitchen,0,Back
    dan,7,2026-01-01 12:00:00,70.00,1,mug,kitchen,0,Stop
"""
EVENTS = """
    user,time,what,seconds
    ann,2026-02-27 10:00:00,pv,30
    ann,2026-02-27 10:05:00,basket,
    ann,2026-02-09 10:00:00,basket,
    ann,2026-03-01 00:00:00,pv,999
    bob,2025-06-01 10:00:00,pv,40
"""
MARCH = Cutoff(date(2026, 3, 1), "Asia/Shanghai", 30)


def at(store: Store, cutoff: Cutoff) -> dict[str, dict[str, float | None]]:
    table = compute_features(
        store.connect(), cutoff, get_available_feeds(store.first_known, cutoff)
    )
    return {row["customer_id"]: row for row in table.to_pylist()}


@pytest.fixture
def typed(shop_of, tmp_path):
    return imported(shop_of(PLAIN, orders=ORDERS, events=EVENTS), tmp_path / "home")


def test_a_customer_typed_by_hand_has_the_features_worked_out_by_hand(typed):
    """The one place where the meaning of a feature is written down twice, on purpose."""
    ann = at(typed, MARCH)["ann"]
    expected = {
        "days_since_last_order": 20.0, "days_since_2nd_last_order": 60.0, "days_since_3rd_last_order": 100.0,
        "days_since_first_order": 100.0, "recency_of_tenure": 0.2, "gap_mean_days": 40.0, "gap_std_days": 0.0,
        "recency_z_score": None, "orders_lifetime": 3.0, "orders_last_30_days": 1.0, "orders_last_60_days": 2.0,
        "purchase_days_lifetime": 3.0, "is_one_time_buyer": 0.0, "spend_lifetime_minor": 20000.0,
        "spend_last_90_days_minor": 10000.0, "order_value_last_minor": 2000.0, "order_value_median_minor": 8000.0,
        "lines_mean": 4 / 3, "units_mean": 5 / 3, "discounted_order_share": 2 / 3, "discount_lifetime_minor": 1500.0,
        "skus_last_365_days": 3.0, "categories_last_365_days": 1.0, "views_last_7_days": 1.0, "carts_last_30_days": 2.0,
        "view_seconds_last_90_days": 30.0, "cart_days_without_order": 1.0, "active_days_last_90_days": 2.0,
        "cart_to_view_90_days": 2.0, "searches_last_90_days": None, "days_since_last_cart": 1 + 13 / 24 + 55 / 1440,
    }  # fmt: skip
    assert {name: ann[name] for name in expected} == pytest.approx(expected, nan_ok=True)


def test_an_order_in_the_last_second_is_history_and_one_at_midnight_is_not(typed):
    """Who owns midnight is where leaks begin."""
    bob = at(typed, MARCH)["bob"]
    assert bob["orders_lifetime"] == 1
    assert bob["days_since_last_order"] == pytest.approx(1 / 86400)
    assert bob["spend_lifetime_minor"] == 999


def test_a_refunded_order_counts_until_its_refund_is_known(typed):
    """A refund without a time counts as known 30 days after payment; until then the shop saw an order."""
    before, after = at(typed, MARCH.shift_back(45))["eve"], at(typed, MARCH)["eve"]
    assert before["orders_lifetime"] == 1
    assert after["orders_lifetime"] == 0
    assert after["days_since_last_order"] is None
    assert after["refunded_orders_lifetime"] == 1


def test_a_cancelled_order_makes_no_customer(typed):
    assert "dan" not in at(typed, MARCH)


def test_what_the_shop_does_not_send_is_missing_and_what_did_not_happen_is_zero(typed):
    """A shop without searches must not look like a shop whose customers never search."""
    bob = at(typed, MARCH)["bob"]
    assert bob["views_last_90_days"] == 0
    assert bob["searches_last_90_days"] is None


def test_the_journey_typed_by_hand(shop_of, tmp_path):
    """What is open on a customer's way: read by rules, at night by the shop's own clock, and never of a bare day."""
    events = """
        user,time,what,seconds
        ann,2026-02-27 22:00:00,basket,
        ann,2026-02-28 05:59:59,basket,
        ann,2026-02-28 06:00:00,basket,
        ann,2026-02-28,basket,
        ann,2026-02-20 23:00:00,basket,
        ann,2026-02-26 00:00:00,refund_request,
        ann,2026-02-24 00:00:00,shipment,
        bob,2026-02-25 00:00:00,shipment,
        bob,2026-02-27 00:00:00,delivered,
        bob,2025-01-01 12:00:00,wecom_friend,
    """
    store = imported(shop_of(PLAIN, orders=ORDERS, events=events), tmp_path / "home")
    rows = compute_features(
        store.connect(), MARCH, get_available_feeds(store.first_known, MARCH), JOURNEY
    ).to_pylist()
    result = {row.pop("customer_id"): row for row in rows}
    assert result["ann"] == {
        "night_carts_last_7_days": 2, "days_since_last_refund_request": 3, "days_since_last_shipment": 5,
        "days_since_last_delivered": None, "deliveries_last_180_days": 0, "deposit_share": 0, "wecom_friend_events": 0,
    }  # fmt: skip
    assert (
        result["bob"]["days_since_last_delivered"],
        result["bob"]["deliveries_last_180_days"],
    ) == (
        2,
        1,
    )
    assert result["bob"]["wecom_friend_events"] == 1
    assert result["eve"]["deposit_share"] is None, "no order that counts"
    assert_readers_agree(store, [MARCH.day], "Asia/Shanghai", 9)


def test_there_are_at_least_sixty_features_of_all_four_groups():
    assert len(FEATURES) == len(set(NAMES)) >= 60
    assert {GROUPS[name] for name in NAMES} == set("RFMB")


def assert_readers_agree(store: Store, days: list[date], zone: str, customers: int) -> int:
    """Compare every feature as its 64 bits, and return how many cells were."""
    con, cells = store.connect(), 0
    for day in days:
        cutoff = Cutoff(day, zone, 30)
        feeds = get_available_feeds(store.first_known, cutoff)
        rows = compute_features(con, cutoff, feeds, ALL_FEATURES).to_pylist()
        rows = random.Random(3).sample(rows, min(customers, len(rows)))
        con.execute("create or replace temp table chosen as select unnest($ids) as customer_id",
                    {"ids": [row["customer_id"] for row in rows]})  # fmt: skip
        own: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
        for table in TABLES:
            for row in (
                con.sql(f"select t.* from {table} as t join chosen using (customer_id)")
                .to_arrow_table()
                .to_pylist()
            ):
                own[row["customer_id"]][table].append(row)
        for row in rows:
            read = evaluate_features(own[row["customer_id"]], cutoff, feeds, ALL_FEATURES)
            differing = {
                name: (row[name], value)
                for name, value in read.items()
                if bits(row[name]) != bits(value)
            }
            assert not differing, (row["customer_id"], day, differing)
            cells += len(read)
    return cells


def bits(value: float | None) -> bytes | None:
    return None if value is None else struct.pack("<d", value)


def test_the_readers_agree_to_the_bit_on_a_made_shop(made_store):
    """Batch and endpoint must give one number: no tree's threshold may lie between two readings."""
    days = [date(2025, 3, 1), date(2025, 9, 14), date(2026, 5, 1)]
    assert assert_readers_agree(made_store, days, "Asia/Shanghai", 900) > 100_000


@pytest.mark.parametrize(
    ("shop", "days", "zone"),
    [about("online_retail", [date(2010, 6, 1), date(2011, 3, 3), date(2011, 9, 10)], "Europe/London"),
     ("cdnow", [date(1997, 3, 1), date(1997, 10, 1), date(1998, 4, 1)], "UTC")],
)  # fmt: skip
def test_the_readers_agree_to_the_bit_on_real_shops(shop, days, zone, real_stores):
    """2,000 customers at 3 cut-offs, every feature."""
    assert assert_readers_agree(real_stores[shop], days, zone, 2000) > 400_000


@pytest.mark.full
def test_the_readers_agree_on_behaviour_of_a_real_shop(real_stores):
    """Complete Journey: campaigns and coupons, and baskets of a hundred lines."""
    store = real_stores["completejourney"]
    assert_readers_agree(store, [date(2017, 6, 1), date(2017, 12, 18)], "America/New_York", 300)


def test_partitions_of_customers_make_the_same_table(made_store, made_store_in_parts):
    """Memory is bounded by reading customers in hash partitions; nobody may be lost or change in one."""
    cutoff = Cutoff(date(2026, 2, 1), "Asia/Shanghai", 30)
    feeds = get_available_feeds(made_store.first_known, cutoff)
    expected = compute_features(made_store.connect(), cutoff, feeds)
    parts = [
        compute_features(con, cutoff, feeds).to_pylist()
        for con in made_store_in_parts.iterate_parts()
    ]
    assert len(parts) > 4
    assert (
        sorted((row for part in parts for row in part), key=lambda row: row["customer_id"])
        == expected.to_pylist()
    )


def test_the_reference_in_docs_is_what_the_list_says():
    from winback.features.docs import render_reference

    assert (Path(__file__).parents[2] / "docs" / "reference" / "features.md").read_text(
        encoding="utf-8"
    ) == render_reference()


COMPLAINTS = """
    user,time,what,seconds
    ann,2025-05-01 10:00:00,complaint_opened,
    ann,2025-12-01 10:00:00,complaint_resolved,
    ann,2026-02-20 10:00:00,complaint_opened,
    bob,2025-06-01 10:00:00,complaint_opened,
    ann,2026-02-27 10:00:00,campaign_received,
    ann,2026-02-26 10:00:00,pv,10
"""


def test_a_complaint_stays_open_until_resolved_however_old(shop_of, tmp_path):
    """Whoever is complaining is never marketed to; what is sent to them is no activity of theirs."""
    store = imported(shop_of(PLAIN, orders=ORDERS, events=COMPLAINTS), tmp_path / "home")
    actual = at(store, MARCH)
    assert (actual["ann"]["complaints_open"], actual["bob"]["complaints_open"]) == (1, 1)
    assert actual["ann"]["active_days_last_30_days"] == 1
    assert_readers_agree(store, [MARCH.day], "Asia/Shanghai", 9)


def test_orders_of_millions_of_rupiah_add_up_to_the_bit(shop_of, tmp_path):
    """One order of IDR 30 million is 3,000,000,000 minor units; its square is beyond 63 bits."""
    lines = "".join(
        f"ann,{at},2026-01-{at:02d} 10:00:00,{30_000_000.01 + at * 1e9:.2f},1,m,k,0,Done\n"
        for at in range(1, 11)
    )
    orders = "buyer,order,paid_at,paid,qty,sku,category,off,status\n" + lines
    toml = PLAIN.split("    [events]")[0].replace('"CNY"', '"IDR"')
    store = imported(shop_of(toml, orders=orders), tmp_path / "home")
    ann = at(store, MARCH)["ann"]
    amounts = [3_000_000_001 + number * 10**11 for number in range(1, 11)]
    assert ann["spend_lifetime_minor"] == sum(amounts)
    assert ann["order_value_std_minor"] == pytest.approx(np.std(amounts, ddof=1), rel=1e-14)
    assert_readers_agree(store, [MARCH.day], "Asia/Shanghai", 1)


def test_a_spread_that_would_not_be_exact_is_missing(monkeypatch, shop_of, tmp_path):
    """The bound is rows times the largest amount, made small enough for a table typed by hand."""
    orders = "buyer,order,paid_at,paid,qty,sku,category,off,status\n" + "".join(
        f"{who},{who}{at},2026-01-{at:02d} 10:00:00,{paid},1,m,k,0,Done\n"
        for who, paid in (("ann", 5), ("bob", 20))
        for at in range(1, 4)
    )
    for module in (evaluator, sql_statement):
        monkeypatch.setattr(module, "EXACT_SUM", 6_000)
    store = imported(shop_of(PLAIN.split("    [events]")[0], orders=orders), tmp_path / "home")
    values = at(store, MARCH)
    assert values["ann"]["order_value_std_minor"] == 0  # 3 × 500 minor units
    assert values["bob"]["order_value_std_minor"] is None  # 3 × 2,000
    assert values["bob"]["spend_lifetime_minor"] == 6_000
    assert_readers_agree(store, [MARCH.day], "Asia/Shanghai", 2)
