"""What belongs to an order stands on its first row only: its other items are filled from there."""

import numpy as np
import pandas as pd

from winback.data.ingest.order_fields import fill_item_rows
from winback.data.ingest.raw_rows import RawRows
from winback.readers.archives import SourceFile

NAMES = [
    "order_id",
    "customer_id",
    "ordered_at",
    "status",
    "order_amount",
    "product_name",
    "quantity",
]
ANN = ["1001", "ann", "2026-01-03", "paid", "25.00", "Cup", "1"]
BOB = ["1002", "bob", "2026-01-04", "paid", "8.00", "Spoon", "2"]


def item(order, product):
    return [order, "", "", "", "", product, "1"]


def fill(*batches, names=NAMES):
    """The rows of batches after filling, each a list of cells."""
    raws = [
        RawRows(
            SourceFile("orders.csv"),
            pd.DataFrame(rows, columns=names, dtype="object"),
            np.arange(len(rows), dtype=np.int64),
            {},
        )
        for rows in batches
    ]
    frames = [raw.frame for raw in fill_item_rows(raws)]
    return [
        ["" if pd.isna(cell) else cell for cell in row]
        for frame in frames
        for row in frame.to_numpy()
    ]


def test_an_item_row_gets_what_belongs_to_its_order():
    """The order's total too, which is the order's and counts once."""
    rows = fill([ANN, item("1001", "Pot"), BOB, item("1002", "Fork")])
    assert rows[1] == [*ANN[:5], "Pot", "1"]
    assert rows[3] == [*BOB[:5], "Fork", "1"]
    assert rows[0] == ANN


def test_an_order_goes_on_in_the_next_batch():
    rows = fill([BOB, ANN], [item("1001", "Pot"), item("", "Pan"), BOB], [item("1002", "Fork")])
    assert [row[:2] for row in rows[2:4]] == [["1001", "ann"], ["1001", "ann"]]
    assert rows[5][:2] == ["1002", "bob"]


def test_cells_that_were_merged_are_those_of_the_row_above():
    rows = fill([ANN, item("", "Pot"), item("", "Pan"), BOB, item("", "Fork")])
    assert [row[0] for row in rows] == ["1001", "1001", "1001", "1002", "1002"]
    assert rows[2][:5] == ANN[:5]


def test_what_could_be_no_item_is_not_filled():
    """A sum, a row with a date or an amount of its own, an order that is not there: these stay
    refused, and are told."""
    for row in (
        ["", "", "", "", "", "Total", "3"],
        ["", "", "", "", "33.00", "Pot", "1"],
        ["", "", "", "", "", "", "3"],
        ["", "", "2026-01-05", "", "", "Pot", "1"],
        ["1003", "", "", "", "", "Pot", "1"],
        ["1001", "", "2026-01-05", "paid", "", "Pot", "1"],
    ):
        assert fill([ANN, row])[1] == row
    gap = fill([ANN, ["", "", "", "", "", "Total", "3"], item("", "Pot")])
    assert gap[2] == item("", "Pot")


def test_rows_without_an_order_number_or_a_date_stay_as_they_are():
    names = ["customer_id", "ordered_at", "amount"]
    assert fill([["ann", "", "5"], ["", "", "5"]], names=names) == [["ann", "", "5"], ["", "", "5"]]


def test_an_amount_on_the_first_row_only_is_the_whole_orders():
    """Repeated on each of its items it would be multiplied."""
    names = ["order_id", "customer_id", "ordered_at", "amount", "sku"]
    rows = fill(
        [["1", "ann", "d", "25", "a"], ["1", "", "", "", "b"], ["2", "bob", "d", "8", "c"]],
        names=names,
    )
    assert [[row[0], row[3], row[5]] for row in rows] == [
        ["1", "", "25"],
        ["1", "", "25"],
        ["2", "8", ""],
    ]
    own = [["1", "ann", "d", "10", "a"], ["1", "", "", "15", "b"]]
    assert fill(own, names=names) == [own[0], ["1", "ann", "d", "15", "b"]]
