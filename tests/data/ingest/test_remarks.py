"""What an import says of rows none of which is wrong by itself."""

import pytest

from tests.data.ingest.strangers import import_stranger, list_remark_keys, sum_up
from winback.monitoring.data_quality import format_remark

HEAD = "order_id,customer_id,order_date,total,status,refunded amount\n"
ROWS = [f"{i},c{i % 7},2026-01-{1 + i % 28:02d},10.{i},paid,0" for i in range(10, 40)]
PLAIN = HEAD + "\n".join(ROWS) + "\n"


def test_of_a_plain_export_nothing_is_said(tmp_path):
    assert list_remark_keys(import_stranger(tmp_path, PLAIN)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PLAIN.replace("total", "points"), "no_amounts"),
        (HEAD + "\n".join(r.replace(r.split(",")[3], "9.99") for r in ROWS), "equal_amounts"),
        (PLAIN.replace("order_id", "remark"), "no_order_numbers"),
        (PLAIN.replace("status", "mood"), "no_statuses"),
        (PLAIN.replace("refunded amount", "weather"), "no_refunds"),
        (HEAD + "\n".join(f"{i},c{i % 7},2026-01-09,{i},paid,0" for i in range(30)), "amounts_are_numbers"),
        (PLAIN + "99,c1,2026-02-28,307.35,paid,0\n", "last_is_sum"),
    ],
)  # fmt: skip
def test_what_may_be_wrong_is_one_line(text, expected, tmp_path):
    store = import_stranger(tmp_path, text)
    assert list_remark_keys(store) == [expected]
    for language in ("zh", "en"):
        assert "{" not in format_remark(store.manifest.remarks[0], "USD", language)


def test_items_without_prices_leave_what_the_order_cost(tmp_path):
    items = "order_item_id,order_id,product_id,quantity\n" + "".join(
        f"{i},{10 + i % 30},p{i % 3},{1 + i % 2}\n" for i in range(60)
    )
    with_items = import_stranger(tmp_path / "with", PLAIN, more=items)
    alone = import_stranger(tmp_path / "alone", PLAIN)
    assert sum_up(with_items) == sum_up(alone)
    assert with_items.manifest.tables["order_lines"] == 60


def test_items_that_do_not_sum_to_their_order_are_said_and_the_order_counts(tmp_path):
    items = "order_id,product_id,quantity,price\n" + "".join(
        f"{i},p{i % 3},1,5.00\n" for i in range(10, 40)
    )
    store = import_stranger(tmp_path / "with", PLAIN, more=items)
    assert list_remark_keys(store) == ["items_differ"]
    assert sum_up(store) == sum_up(import_stranger(tmp_path / "alone", PLAIN))
