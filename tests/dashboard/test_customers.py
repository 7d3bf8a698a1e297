"""The search and the map say what the snapshot says, found by hand."""

import csv
import io
import itertools

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.dashboard.signed_in import DAY
from winback.dashboard import customers
from winback.dashboard.customers import CHOICES, COLUMNS
from winback.dashboard.table_filter import PAGE_ROWS, TableFilter
from winback.scoring.customer_map import FREQUENCY_BINS, assign_bins, choose_edges


@pytest.fixture(scope="module")
def index(furnished_dashboard):
    return furnished_dashboard.desk.snapshot


@pytest.fixture(scope="module")
def rows(furnished_dashboard):
    """Snapshot and features, side by side, as dictionaries."""
    folder = furnished_dashboard.home.get_shop_folder("made") / "snapshots" / DAY
    snapshot = pq.read_table(folder / "snapshot.parquet").to_pylist()
    features = pq.read_table(folder / "features.parquet").to_pylist()
    return [one | other for one, other in zip(snapshot, features, strict=True)]


SORTED = {
    "stake": ("value_at_stake_minor", True),
    "risk": ("churn_probability", True),
    "spend": ("spend_minor", True),
    "silent": ("days_silent", True),
    "next": ("next_order_90_day", False),
    "orders": ("orders", True),
}


def asked(**query):
    return TableFilter.from_query(COLUMNS, {name: str(value) for name, value in query.items()})


def ids(index, places):
    return [index.get_id(place) for place in places]


@pytest.mark.parametrize("name", CHOICES)
def test_a_filter_finds_those_and_only_those(index, rows, name):
    total = 0
    for value in CHOICES[name]:
        places, count = customers.find_customers(index, asked(**{name: value}))
        assert count == sum(row[name] == value for row in rows), value
        assert all(index.get_category(name, place) == value for place in places)
        total += count
    assert total == sum(row[name] is not None for row in rows)


def test_a_search_finds_a_part_of_an_id(index, rows):
    for part in ("k00", "K00", "7", "k0042", "nobody", "%", "_", "' or true --"):
        _, count = customers.find_customers(index, asked(q=part))
        assert count == sum(part.lower() in row["customer_id"].lower() for row in rows), part


@pytest.mark.parametrize("sort", COLUMNS.sorts)
def test_pages_in_order_show_everybody_once(index, rows, sort):
    seen = []
    for page in itertools.count(1):
        places, total = customers.find_customers(index, asked(sort=sort, page=page))
        seen += ids(index, places)
        if page * PAGE_ROWS >= total:
            break
    assert sorted(seen) == sorted(row["customer_id"] for row in rows)
    column, greatest = SORTED[sort]
    values = [
        value
        for each in seen
        if (value := index.get_value(column, index.find_place(each))) is not None
    ]
    assert values == sorted(values, reverse=greatest)


def test_the_map_counts_everybody_where_they_lie(index, rows):
    spend = np.array(
        [
            np.nan if row["net_spend_lifetime_minor"] is None else row["net_spend_lifetime_minor"]
            for row in rows
        ]
    )
    often = np.array([row["purchase_days_lifetime"] for row in rows], dtype=float)
    edges = choose_edges(spend, often, index.metadata["high_monetary_minor"])
    assert edges.tolist() == index.metadata["pages"]["edges_minor"]
    cells = assign_bins(spend, often, edges)
    result = {each["cell"]: each["customers"] for each in customers.count_bins(index, asked())}
    assert result == {
        cell: int((cells == cell).sum()) for cell in np.unique(cells[cells >= 0]).tolist()
    }
    for cell in result:
        within = customers.describe_cell(index, str(cell))
        mine = [row for row, at in zip(rows, cells, strict=True) if at == cell]
        assert all(row["purchase_days_lifetime"] >= within.from_days for row in mine)
        assert within.to_days is None or all(
            row["purchase_days_lifetime"] <= within.to_days for row in mine
        )
        actual, count = customers.find_customers(index, asked(cell=str(cell)))
        assert count == len(mine)
        assert set(ids(index, actual)) <= {row["customer_id"] for row in mine}
    assert sum(each["silent"] for each in customers.count_bins(index, asked())) == sum(
        each["customers"] for each in customers.count_bins(index, asked(dormant="yes"))
    )
    assert {each["row"] for each in customers.count_bins(index, asked())} <= set(
        range(len(FREQUENCY_BINS))
    )


def test_who_is_dormant_on_the_map_is_who_the_summary_counts(index, furnished_dashboard):
    """One word has one meaning: the first page's number is what its link leads to."""
    _, count = customers.find_customers(index, asked(dormant="yes"))
    mine = furnished_dashboard.desk.read_summary("snapshots", DAY)["dormant_value"]["customers"]
    assert count == mine


@pytest.mark.parametrize(
    "query", ["page=0", "page=99999", "page=x", "sort=drop", "cell=999", "cell=-1", "cell=x", "risk_tier=%27", "reach=maybe",
              "q=%00%27%3b--", "recall_segment=nobody"]
)  # fmt: skip
def test_an_address_that_asks_for_nonsense_gets_a_page(admin, query):
    assert admin.get(f"/customers?{query}").status_code == 200
    assert admin.get(f"/list?{query}").status_code == 200


def test_what_is_exported_is_what_was_found(admin):
    answer = admin.get("/customers/export.csv?recall_segment=dormant_high_value&sort=risk")
    table = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    index = admin.dashboard.desk.snapshot
    _, count = customers.find_customers(index, asked(recall_segment="dormant_high_value"))
    assert len(table) == count + 1
    chances = [float(row[3]) for row in table[1:]]
    assert chances == sorted(chances, reverse=True)


def test_who_falls_silent_next_is_told_with_most_at_stake_first(index, rows):
    result = index.metadata["pages"]["next"]
    by_id = {row["customer_id"]: row for row in rows}
    stakes = [by_id[each]["value_at_stake_minor"] for each in result]
    assert result
    assert stakes == sorted(stakes, reverse=True)
    cutoff = index.day
    soon = [
        row
        for row in rows
        if row["dormant_on"]
        and 0 < (row["dormant_on"] - cutoff).days <= 28
        and not row["do_not_contact"]
    ]
    assert stakes == sorted((row["value_at_stake_minor"] for row in soon), reverse=True)[:10]
