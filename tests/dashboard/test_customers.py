"""The search and the map say what the snapshot says, found by hand."""

import csv
import io
import itertools

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.dashboard.signed_in import DAY
from winback.dashboard import customers
from winback.dashboard.customers import CHOICES, SORTS, Wanted
from winback.scoring.customer_map import FREQUENCY_BINS, cells_of, edges_of


@pytest.fixture(scope="module")
def shelf(furnished_house):
    return furnished_house.desk.shelf


@pytest.fixture(scope="module")
def rows(furnished_house):
    """Snapshot and features, side by side, as dictionaries."""
    folder = furnished_house.home.shop("made") / "snapshots" / DAY
    snapshot = pq.read_table(folder / "snapshot.parquet").to_pylist()
    features = pq.read_table(folder / "features.parquet").to_pylist()
    return [one | other for one, other in zip(snapshot, features, strict=True)]


def ids(shelf, places):
    return [shelf.id_at(place) for place in places]


@pytest.mark.parametrize("name", CHOICES)
def test_a_filter_finds_those_and_only_those(shelf, rows, name):
    total = 0
    for value in CHOICES[name]:
        places, count = customers.found(shelf, Wanted(**{name: value}))
        assert count == sum(row[name] == value for row in rows), value
        assert all(shelf.label(name, place) == value for place in places)
        total += count
    assert total == sum(row[name] is not None for row in rows)


def test_a_search_finds_a_part_of_an_id(shelf, rows):
    for part in ("k00", "K00", "7", "k0042", "nobody", "%", "_", "' or true --"):
        _, count = customers.found(shelf, Wanted(q=part))
        assert count == sum(part.lower() in row["customer_id"].lower() for row in rows), part


@pytest.mark.parametrize("sort", SORTS)
def test_pages_in_order_show_everybody_once(shelf, rows, sort):
    seen = []
    for page in itertools.count(1):
        places, total = customers.found(shelf, Wanted(sort=sort, page=page))
        seen += ids(shelf, places)
        if page * customers.PAGE_ROWS >= total:
            break
    assert sorted(seen) == sorted(row["customer_id"] for row in rows)
    column, greatest = SORTS[sort]
    values = [
        value for each in seen if (value := shelf.value(column, shelf.place(each))) is not None
    ]
    assert values == sorted(values, reverse=greatest)


def test_the_map_counts_everybody_where_they_lie(shelf, rows):
    spend = np.array(
        [
            np.nan if row["net_spend_lifetime_cents"] is None else row["net_spend_lifetime_cents"]
            for row in rows
        ]
    )
    often = np.array([row["purchase_days_lifetime"] for row in rows], dtype=float)
    edges = edges_of(spend, often, shelf.told["high_monetary_cents"])
    assert edges.tolist() == shelf.told["pages"]["edges_cents"]
    cells = cells_of(spend, often, edges)
    told = {each["cell"]: each["customers"] for each in customers.bins(shelf, Wanted())}
    assert told == {
        cell: int((cells == cell).sum()) for cell in np.unique(cells[cells >= 0]).tolist()
    }
    for cell in told:
        within = customers.cell_told(shelf, str(cell))
        mine = [row for row, at in zip(rows, cells, strict=True) if at == cell]
        assert all(row["purchase_days_lifetime"] >= within["from_days"] for row in mine)
        assert within["to_days"] is None or all(
            row["purchase_days_lifetime"] <= within["to_days"] for row in mine
        )
        found, count = customers.found(shelf, Wanted(cell=str(cell)))
        assert count == len(mine)
        assert set(ids(shelf, found)) <= {row["customer_id"] for row in mine}
    assert sum(each["silent"] for each in customers.bins(shelf, Wanted())) == sum(
        each["customers"] for each in customers.bins(shelf, Wanted(asleep="yes"))
    )
    assert {each["row"] for each in customers.bins(shelf, Wanted())} <= set(
        range(len(FREQUENCY_BINS))
    )


def test_who_is_asleep_on_the_map_is_who_the_summary_counts(shelf, furnished_house):
    """One word has one meaning: the first page's number is what its link leads to."""
    _, count = customers.found(shelf, Wanted(asleep="yes"))
    mine = furnished_house.desk.summary("snapshots", DAY)["gold_mine"]["customers"]
    assert count == mine


@pytest.mark.parametrize(
    "asked", ["page=0", "page=99999", "page=x", "sort=drop", "cell=999", "cell=-1", "cell=x", "risk_tier=%27", "reach=maybe",
              "q=%00%27%3b--", "recall_segment=nobody"]
)  # fmt: skip
def test_an_address_that_asks_for_nonsense_gets_a_page(admin, asked):
    assert admin.get(f"/customers?{asked}").status_code == 200
    assert admin.get(f"/list?{asked}").status_code == 200


def test_what_is_exported_is_what_was_found(admin):
    answer = admin.get("/customers/export.csv?recall_segment=sleeping_value&sort=risk")
    table = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    shelf = admin.house.desk.shelf
    _, count = customers.found(shelf, Wanted(recall_segment="sleeping_value"))
    assert len(table) == count + 1
    chances = [float(row[3]) for row in table[1:]]
    assert chances == sorted(chances, reverse=True)


def test_who_falls_silent_next_is_told_with_most_at_stake_first(shelf, rows):
    told = shelf.told["pages"]["next"]
    by_id = {row["customer_id"]: row for row in rows}
    stakes = [by_id[each]["value_at_stake_cents"] for each in told]
    assert told
    assert stakes == sorted(stakes, reverse=True)
    cutoff = shelf.day
    soon = [
        row
        for row in rows
        if row["silent_on"]
        and 0 < (row["silent_on"] - cutoff).days <= 28
        and not row["do_not_contact"]
    ]
    assert stakes == sorted((row["value_at_stake_cents"] for row in soon), reverse=True)[:10]
