"""What columns hold is shown beside each, and said of those that nothing is read from."""

import io

import pandas as pd
import pytest

from tests.conftest import NOW
from winback.core.paths import DataPaths
from winback.data.ingest.column_contents import describe_contents
from winback.data.ingest.unknown_export import recognise_by_words
from winback.workflows.new_shop import NewShop, import_new_shop

ROWS = [
    f"{100 + at},2025-0{1 + at % 9}-1{at % 3},c{at % 3}@x.example,{10 + at}.00,{at}.50,"
    f"{'ZW' if at % 4 == 0 else 'VK'}"
    for at in range(12)
]


def describe(folder, header, *given):
    file = folder / "orders.csv"
    file.write_text("\n".join([header, *ROWS]) + "\n", encoding="utf-8")
    answers = ["timezone=UTC", "currency=EUR", *given]
    shop = NewShop([file], "shop", None, answers)
    return import_new_shop(shop, DataPaths(folder / "home"), NOW, "en", None, None)


def find_remarks(text):
    sample = pd.read_csv(io.StringIO(text), dtype=str)
    return recognise_by_words("orders.csv", list(sample.columns), sample).remarks


def test_columns_of_money_that_are_not_used_are_said_beside_the_one_that_is(tmp_path):
    told = describe(tmp_path, "Order number,Date,Email,Total,Surcharge,Depot")["unused_columns"]
    assert told[0].startswith("orders.csv: what counts as paid is Total (sum of all rows 186.00)")
    assert "not used: Surcharge (sum of all rows 72.00)." in told[0]


def test_columns_of_few_words_that_are_not_used_are_said_with_their_counts(tmp_path):
    told = describe(tmp_path, "Order number,Date,Email,Total,Surcharge,Depot")["unused_columns"]
    assert "not used: Depot (VK 9, ZW 3)." in told[1]


def test_what_an_answer_makes_use_of_is_not_said_to_be_unused(tmp_path):
    header = "Order number,Date,Email,Total,Surcharge,Depot"
    told = describe(tmp_path, header, "amount=Surcharge", "status=Depot", "paid=VK")
    assert len(told["unused_columns"]) == 1
    assert "is Surcharge (sum of all rows 72.00)" in told["unused_columns"][0]
    assert "not used: Total (sum of all rows 186.00)" in told["unused_columns"][0]


def test_blank_cells_count_as_a_word_and_contacts_stay_masked():
    sample = pd.DataFrame({"Deleted": ["Y", None, None, None], "By": ["a@x.example"] * 3 + ["b"]})
    contents = describe_contents(sample)
    assert contents["Deleted"].words == {"": 3, "Y": 1}
    assert not any("a@x.example" in word for word in contents["By"].words)


@pytest.mark.parametrize(
    ("name", "value"), [("Discount %", "10"), ("Discount", "10%"), ("Rabatt", "2.50")]
)
def test_a_discount_beside_a_price_of_units_is_said_not_to_be_taken_off(name, value):
    """Nobody says whether a price is before it, and the sum of what was paid rests on that."""
    text = f"Order,Date,Buyer,Product,Qty,Unit price,{name}\n" + "".join(
        f"N{at},2026-01-{1 + at:02},c{at % 4},tea,2,{10 + at}.00,{value if at % 3 else 0}\n"
        for at in range(12)
    )
    assert ("discount_apart", name) in find_remarks(text)


def test_a_discount_beside_what_was_paid_is_not_spoken_of():
    text = "Order,Date,Buyer,Product,Qty,Unit price,Line total,Discount %\n" + "".join(
        f"N{at},2026-01-{1 + at:02},c{at % 4},tea,2,{10 + at}.00,{18 + at}.00,10\n"
        for at in range(12)
    )
    assert "discount_apart" not in dict(find_remarks(text))


def test_a_report_in_groups_is_said_to_be_one():
    """Who bought stands in a row of its own above what they bought."""
    groups = "".join(
        f"Customer {name},,,\n"
        + "".join(f",2026-01-{1 + at:02},10{at}{name},{10 + at}.50\n" for at in range(4))
        for name in "123456"
    )
    remarks = dict(find_remarks(f",Transaction date,Num,Amount\n{groups}"))
    assert remarks["grouped"] == "Customer 1"


def test_first_lines_of_orders_are_no_groups():
    lines = "".join(
        f"N{at},2026-01-{1 + at:02},c{at % 3},tea,{10 + at}.50\n,,,cup,5.00\n,,,,1.00\n"
        for at in range(12)
    )
    assert "grouped" not in dict(find_remarks(f"Order,Date,Buyer,Product,Amount\n{lines}"))
