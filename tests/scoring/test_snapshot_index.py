"""The shelf says what the snapshot says, for every shop and every id."""

import hashlib
import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from winback.core.errors import SnapshotDamaged
from winback.privacy import _republish_without
from winback.scoring.snapshot_index import LABELLED, LAYOUT, open_index, write_index

TOLD = {
    "cutoff": "2026-05-20", "model_version": "v", "outcome_days": 30, "first_known": {}, "learned_until": "2026-04-20",
    "silence_days": 60.0, "high_monetary_minor": 20_000.0, "high_frequency_days": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def snapshot(scored_home):
    return pq.read_table(scored_home.snapshots / "2026-05-20" / "snapshot.parquet")


def shelf_of(table, folder):
    pq.write_table(table, folder / "snapshot.parquet")
    counted = ("orders_lifetime", "purchase_days_lifetime", "net_spend_lifetime_minor")
    features = {
        "days_since_last_order": pa.array([float(at) for at in range(len(table))], pa.float64())
    }
    features |= {name: pa.array(range(len(table)), pa.int64()) for name in counted}
    pq.write_table(pa.table(features), folder / "features.parquet")
    write_index(folder, TOLD)
    return open_index(folder)


def test_every_value_of_the_snapshot_is_on_the_shelf(snapshot, tmp_path):
    index = shelf_of(snapshot, tmp_path)
    rows = sorted(snapshot.to_pylist(), key=lambda row: row["customer_id"].encode())
    for at, row in enumerate(rows):
        assert index.get_id(at) == row["customer_id"]
        assert index.find_place(row["customer_id"]) == at
        for name in LABELLED:
            assert index.get_category(name, at) == row[name]
        assert index.is_outside(at) == row["outside_population"]
        for name in ("churn_probability", "margin"):
            assert index.get_number(name, at) == row[name]
        for name in ("expected_spend_minor", "next_order_90_day", "reason_zh", "model_reason_en"):
            assert index.get_value(name, at) == row[name]


@pytest.mark.parametrize(
    "ids",
    [["b", "a"], ["小明", "é", "z", "😀", "a\0b"], ["2", "10", "1"], ["a" * 300, "a" * 299]],
    ids=str,
)
def test_ids_are_found_byte_for_byte(snapshot, tmp_path, ids):
    table = snapshot.slice(0, len(ids)).set_column(0, "customer_id", [ids])
    index = shelf_of(table, tmp_path)
    assert all(index.get_id(index.find_place(each)) == each for each in ids)
    assert all(
        index.find_place(each) is None for each in ("", "nobody", ids[0] + " ", "\U0010ffff")
    )


def test_a_shelf_of_nobody_and_of_one_can_be_opened(snapshot, tmp_path):
    empty = shelf_of(snapshot.slice(0, 0), tmp_path)
    assert (
        len(empty),
        empty.find_place("a"),
        empty.segments,
        empty.list_page("no_action", None, 5)[0],
    ) == (
        0,
        None,
        {},
        [],
    )
    one = shelf_of(snapshot.slice(0, 1), tmp_path)
    assert sum(one.segments.values()) == len(one) == 1


def test_pages_go_on_where_a_customer_is_gone(snapshot, tmp_path):
    """Between two pages a new snapshot may come."""
    index = shelf_of(snapshot, tmp_path)
    name = max(index.segments, key=index.segments.get)
    first, count = index.list_page(name, None, 1)
    after = index.get_id(first[0])
    rest, _ = index.list_page(name, after, count)
    assert len(rest) == count - 1
    assert index.list_page(name, after + "!", count)[0] == rest
    assert index.list_page(name, "\U0010ffff", 5)[0] == []
    assert index.list_page("no segment", None, 5) == ([], 0)


def test_the_same_snapshot_gives_the_same_bytes(snapshot, tmp_path):
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shelf_of(snapshot, tmp_path / name)
        contents.append(
            [
                (tmp_path / name / file).read_bytes()
                for file in ("snapshot_index.arrow", "snapshot_index.json")
            ]
        )
    assert contents[0] == contents[1]


def with_another_layout(folder):
    """Make the index of a snapshot one of another version."""
    result = json.loads((folder / "snapshot_index.json").read_text())
    old = {name: value for name, value in result.items() if name != "sha256_of_this"} | {
        "layout": LAYOUT - 1
    }
    old["sha256_of_this"] = hashlib.sha256(json.dumps(old, sort_keys=True).encode()).hexdigest()
    (folder / "snapshot_index.json").write_text(json.dumps(old))


def test_an_index_of_another_layout_is_not_served(snapshot, tmp_path):
    """What its columns mean is not known."""
    shelf_of(snapshot, tmp_path)
    with_another_layout(tmp_path)
    with pytest.raises(SnapshotDamaged, match="layout"):
        open_index(tmp_path)


def test_a_customer_is_erased_from_a_snapshot_whose_index_has_another_layout(scored_home, tmp_path):
    """Nobody scores last year's snapshots again, and whoever asks to be forgotten stands in them, too."""
    root = tmp_path / "snapshots"
    shutil.copytree(scored_home.snapshots, root, symlinks=True)
    link = root / "2026-05-20"
    somebody = open_index(link).get_id(3)
    with_another_layout(link.resolve())
    assert _republish_without(root, link, [somebody]) > 0
    assert not list(link.resolve().glob("shelf.*"))
    assert (
        somebody not in pq.read_table(link / "snapshot.parquet").column("customer_id").to_pylist()
    )
