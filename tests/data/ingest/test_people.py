"""Who bought, in exports where not everybody has an id."""

import pytest

from tests.data.ingest.strangers import import_stranger, list_remark_keys, sum_up
from winback.data.store import list_merges

GUESTS = """order_id,customer_id,email,order_date,total
1,17,ann@example.com,2026-01-03 09:00:00,10.00
2,{guest},ben@example.com,2026-01-08 09:00:00,20.00
3,{guest},Ann@Example.com,2026-01-13 09:00:00,30.00
4,{guest},ben@example.com,2026-02-03 09:00:00,40.00
5,18,cid@example.com,2026-02-08 09:00:00,50.00
"""


@pytest.mark.parametrize("guest", ["", "0", "Guest", "null", "0.0"])
def test_a_guest_is_known_by_the_address_and_is_the_id_it_stands_beside(guest, tmp_path):
    store = import_stranger(tmp_path, GUESTS.format(guest=guest))
    assert sum_up(store) == (5, 3, 15000, 0)
    assert [(each["customer_id"], each["rule"]) for each in list_merges(store)] == [("17", "guest")]


def test_an_address_beside_two_ids_makes_nobody_one(tmp_path):
    text = GUESTS.format(guest="").replace("18,cid@", "18,ann@")
    store = import_stranger(tmp_path, text)
    assert sum_up(store)[1] == 4
    assert store.manifest.tables["merges"] == 0


def test_the_id_of_an_assistant_who_types_in_many_addresses_takes_no_guest(tmp_path):
    till = [f"{i},99,guest{i}@example.com,2026-01-{i:02d},5.00" for i in range(10, 20)]
    text = GUESTS.format(guest="") + "\n".join(till) + "\n20,,guest12@example.com,2026-02-20,5.00\n"
    store = import_stranger(tmp_path, text)
    assert "99" not in {each["customer_id"] for each in list_merges(store)}


def test_without_an_address_a_guest_is_known_by_the_phone(tmp_path):
    text = """order_id,customer_id,email,phone,order_date,total
1,17,ann@example.com,+14155550101,2026-01-03,10.00
2,,,+14155550102,2026-01-08,20.00
3,0,-,+1 415 555 0102,2026-01-13,30.00
4,,,,2026-02-03,40.00
"""
    store = import_stranger(tmp_path, text)
    assert sum_up(store)[:2] == (3, 2)
    assert dict(store.manifest.quarantined) == {"customer_id_missing": 1}


def test_where_nothing_else_names_a_customer_0_is_an_id_like_others(tmp_path):
    text = "order_id,customer_id,order_date,total\n1,0,2026-01-03,10.00\n2,1,2026-01-04,10.00\n"
    assert sum_up(import_stranger(tmp_path, text))[1] == 2


def test_an_id_written_as_a_float_is_the_same_id(tmp_path):
    text = """order_id,customer_id,email,order_date,total
1.0,17.0,ann@example.com,2026-01-03,10.00
2,17,ann@example.com,2026-01-08,20.00
3.0,,ben@example.com,2026-01-13,30.00
"""
    store = import_stranger(tmp_path, text)
    assert sum_up(store)[:2] == (3, 2)
    ids = store.connect().execute("select order_id from orders order by order_id").fetchall()
    assert ids == [("1",), ("2",), ("3",)]


def test_addresses_that_differ_by_a_plus_and_phones_of_two_addresses_are_said(tmp_path):
    text = """order_id,email,phone,order_date,total
1,ann+shop@example.com,+14155550101,2026-01-03,10.00
2,ann@example.com,+14155550101,2026-01-08,20.00
3,ben@example.com,+14155550102,2026-01-13,30.00
"""
    store = import_stranger(tmp_path, text)
    assert sum_up(store)[1] == 3
    said = {remark["key"]: remark["values"] for remark in store.manifest.remarks}
    assert said["plus_addresses"] == {"count": 1}
    assert said["shared_phones"] == {"count": 1}


def test_one_id_with_far_more_orders_than_any_other_is_said(tmp_path):
    head = "order_id,customer_id,order_date,total,status\n"
    till = [f"{i},till,2026-01-{1 + i % 28:02d},10.{i:02d},paid" for i in range(30)]
    others = [f"{i},c{i % 20},2026-02-{1 + i % 28:02d},11.{i},paid" for i in range(30, 90)]
    store = import_stranger(tmp_path, head + "\n".join([*till, *others]) + "\n")
    assert store.manifest.remarks[0] == {
        "key": "one_customer",
        "values": {"customer": "till", "orders": 30, "of": 90},
    }


def test_ids_of_which_each_has_one_order_are_said(tmp_path):
    head = "order_id,customer_id,order_date,total,status\n"
    rows = [f"{i},c{i},2026-01-{1 + i % 28:02d},10.{i},paid" for i in range(10, 40)]
    store = import_stranger(tmp_path, head + "\n".join(rows) + "\n")
    assert "one_order_each" in list_remark_keys(store)


def test_a_line_of_totals_is_no_customer(tmp_path):
    text = """Date,Customer,Total
2026-01-03,K1,78.29
2026-01-08,K2,47.15
2026-05-31,Grand Total:,125.44
"""
    store = import_stranger(tmp_path, text)
    assert sum_up(store) == (2, 2, 12544, 0)
    assert dict(store.manifest.quarantined) == {"total_row": 1}


def test_a_phone_as_the_id_is_one_customer_however_it_is_written_and_no_table_has_it(tmp_path):
    text = """order_id,Téléphone,order_date,total
1,06.12.34.56.05,2026-01-03,10.00
2,06 12 34 56 05,2026-01-08,20.00
"""
    store = import_stranger(tmp_path, text)
    assert sum_up(store)[:2] == (2, 1)
    ids = store.connect().execute("select distinct customer_id from orders").fetchall()
    assert ids[0][0].startswith("phone-")
