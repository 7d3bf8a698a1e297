"""A snapshot as the service reads it: one uncompressed Arrow file, sorted by id and mapped into
memory.

The batch job writes `snapshot_index.arrow` beside the snapshot, with `snapshot_index.json` to say
what it is and its sha256. Workers map the same file, so a million customers are in memory once.
What every answer needs lies as plain numbers, labels beside them.
"""

import hashlib
import json
import mmap
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.core.errors import SnapshotDamaged
from winback.scoring.customer_map import NO_CELL, assign_bins, choose_edges
from winback.scoring.snapshot_metadata import PageFigures, SnapshotFacts, SnapshotMetadata

Reached = Callable[[Sequence[str]], Sequence[int]]

LAYOUT = 2
# Few different values each: a number in the file, its label in snapshot_index.json.
LABELLED = (
    "risk_tier",
    "quadrant",
    "silent_class",
    "lifecycle",
    "recall_segment",
    "routed_by",
    "reason",
    "touchpoints",
    "tags",
    "do_not_contact",
    "play",
)
_NUMBERS = ("churn_probability", "margin", "rfmb_score")
_SENTENCES = ("reason_zh", "reason_en", "model_reason_zh", "model_reason_en")
_WHOLE = ("expected_spend_minor", "value_at_stake_minor", "spend_low_minor", "spend_high_minor")
_DAYS = ("next_order_50_day", "next_order_90_day", "dormant_on")
# For the pages alone, from the features: the name there, and the one here.
_COUNTED = {
    "orders_lifetime": "orders",
    "purchase_days_lifetime": "purchase_days",
    "net_spend_lifetime_minor": "spend_minor",
}
_FIERCE = {"complaint_open", "refunded"}  # they do not sleep
NEXT_DAYS, MOST_NEXT = 28, 10  # whom the shop loses next
UNKNOWN = -1  # whether somebody can be reached


def write_index(staging: Path, facts: SnapshotFacts, reached: Reached | None = None) -> None:
    """Write `snapshot_index.{arrow,json}` from snapshot and features in a folder.

    reached: whether each of some customers can be written to, UNKNOWN where nobody knows.
    """
    table = _read_sorted(staging)
    labels, codes = _split_labels(table)
    columns = {"customer_id": table.column("customer_id"), **codes}
    columns["outside_population"] = table.column("outside_population").cast(pa.int8())
    columns |= {
        name: table.column(name)
        for name in (*_NUMBERS, *_WHOLE, *_DAYS, *_SENTENCES, *_COUNTED.values())
    }
    page_columns, pages = _build_page_columns(table, facts, reached)
    columns |= page_columns
    path = staging / "snapshot_index.arrow"
    with (
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_file(sink, pa.table(columns).schema) as writer,
    ):
        writer.write_table(pa.table(columns))
    _write_metadata(facts, pages, table, labels, path, staging)


def _read_sorted(staging: Path) -> pa.Table:
    table = pq.read_table(staging / "snapshot.parquet")
    features = pq.read_table(
        staging / "features.parquet", columns=["days_since_last_order", *_COUNTED]
    )
    for name in features.column_names:
        table = table.append_column(_COUNTED.get(name, name), features.column(name))
    return table.sort_by("customer_id").unify_dictionaries().combine_chunks()


def _split_labels(table: pa.Table) -> tuple[dict[str, list[str]], dict[str, pa.Array]]:
    """The labels of each of LABELLED, and each customer's code; -1 for none."""
    coded = {name: table.column(name).combine_chunks() for name in LABELLED}
    return (
        {name: each.dictionary.to_pylist() for name, each in coded.items()},
        {name: each.indices.fill_null(-1) for name, each in coded.items()},
    )


def _write_metadata(
    facts: SnapshotFacts,
    pages: PageFigures,
    table: pa.Table,
    labels: Mapping[str, Sequence[str]],
    path: Path,
    staging: Path,
) -> None:
    whole: dict[str, object] = {
        "layout": LAYOUT,
        **facts,
        "pages": pages,
        "rows": table.num_rows,
        "labels": labels,
        "sha256": _hash_file(path),
    }
    whole["sha256_of_this"] = _hash_metadata(whole)
    (staging / "snapshot_index.json").write_text(
        json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8"
    )


def _build_page_columns(
    table: pa.Table, facts: SnapshotFacts, reached: Reached | None
) -> tuple[dict[str, pa.Array], PageFigures]:
    """What pages show or filter by beside the snapshot: as columns, and as figures of the whole
    shop."""
    days, spend, often = (
        _to_floats(table.column(name))
        for name in ("days_since_last_order", "spend_minor", "purchase_days")
    )
    never = table.column("do_not_contact").combine_chunks()
    marks = [bool(_FIERCE & set(each.split(","))) for each in never.dictionary.to_pylist()]
    codes = never.indices.fill_null(len(marks)).to_numpy()
    aggressive = np.array([*marks, False])[codes]
    edges = choose_edges(spend, often, facts["high_monetary_minor"])
    reach = (
        [UNKNOWN] * len(days)
        if reached is None
        else reached(table.column("customer_id").to_pylist())
    )
    columns = {
        "days_silent": pa.array(np.ceil(np.nan_to_num(days)).astype(np.int32)),
        "silent": pa.array(((days > facts["silence_days"]) & ~aggressive).astype(np.int8)),
        "reachable": pa.array(np.array(reach, dtype=np.int8)),
        "cell": pa.array(
            assign_bins(spend, often, edges)
            if edges is not None
            else np.full(len(days), NO_CELL, dtype=np.int16)
        ),
    }
    day = date.fromisoformat(facts["cutoff"])
    pages: PageFigures = {
        "edges_minor": None if edges is None else edges.tolist(),
        "next": _find_next_dormant(table, codes < len(marks), day),
    }
    return columns, pages


def _find_next_dormant(table: pa.Table, left_alone: NDArray[np.bool_], day: date) -> list[str]:
    """Ids of those who fall silent soon with most at stake, and may be written to; without
    amounts the likeliest to leave."""
    ahead = _to_floats(table.column("dormant_on").cast(pa.int32())) - (day - date(1970, 1, 1)).days
    stake = _to_floats(table.column("value_at_stake_minor"))
    worth = np.where(np.isnan(stake), table.column("churn_probability").to_numpy(), stake)
    places = np.flatnonzero((ahead > 0) & (ahead <= NEXT_DAYS) & ~left_alone)
    best = places[np.argsort(-worth[places], kind="stable")[:MOST_NEXT]]
    return [str(each) for each in table.column("customer_id").take(pa.array(best)).to_pylist()]


def _to_floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


@dataclass(frozen=True)
class SnapshotIndex:
    """An open snapshot."""

    folder: Path
    metadata: SnapshotMetadata
    table: pa.Table

    @property
    def day(self) -> date:
        """Its cut-off."""
        return date.fromisoformat(self.metadata["cutoff"])

    @property
    def model_version(self) -> str:
        return str(self.metadata["model_version"])

    @property
    def learned_until(self) -> date:
        """The last day whose outcomes its model had seen."""
        return date.fromisoformat(self.metadata["learned_until"])

    @cached_property
    def first_known(self) -> dict[str, datetime]:
        """When the shop began to send each feed, as `get_available_feeds` asks for it."""
        return {
            feed: datetime.fromisoformat(moment)
            for feed, moment in self.metadata["first_known"].items()
        }

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def find_place(self, customer_id: str) -> int | None:
        """Where a customer stands; None if the snapshot does not know them."""
        key = customer_id.encode()
        at = bisect_left(self._ids, key)
        return at if at < len(self) and self._ids[at] == key else None

    def get_id(self, place: int) -> str:
        return str(self._ids[place], "utf-8")

    def get_category(self, name: str, place: int) -> str | None:
        """One of LABELLED, of the customer at a place."""
        code = self._codes[name][place]
        return self._labels[name][code] if code >= 0 else None

    def get_number(self, name: str, place: int) -> float:
        return float(self._floats[name][place])

    def is_outside(self, place: int) -> bool:
        return bool(self._outside[place])

    def get_value(self, name: str, place: int) -> Any:
        """Any column, of the customer at a place, as Python has it."""
        return self.table.column(name)[place].as_py()

    def list_page(self, segment: str, after: str | None, limit: int) -> tuple[list[int], int]:
        """The places of the next customers of a recall segment, by id; and how many the segment
        has."""
        places = self._by_segment.get(segment)
        if places is None:
            return [], 0
        start = 0
        if after is not None:
            at = bisect_left(self._ids, after.encode())
            at += at < len(self) and self._ids[at] == after.encode()
            start = int(np.searchsorted(places, at))
        return places[start : start + limit].tolist(), len(places)

    @cached_property
    def segments(self) -> dict[str, int]:
        """How many customers each recall segment has."""
        return {name: len(places) for name, places in self._by_segment.items()}

    @cached_property
    def _by_segment(self) -> dict[str, NDArray[np.int64]]:
        codes = np.frombuffer(self._codes["recall_segment"], dtype=np.int32)
        return {
            name: np.flatnonzero(codes == code)
            for code, name in enumerate(self._labels["recall_segment"])
        }

    @cached_property
    def _labels(self) -> Mapping[str, Sequence[str]]:
        return dict(self.metadata["labels"])

    @cached_property
    def _ids(self) -> "_Ids":
        return _Ids(self.table.column("customer_id"))

    @cached_property
    def _codes(self) -> dict[str, "memoryview[int]"]:
        return {name: _read_plain(self.table.column(name), "i") for name in LABELLED}

    @cached_property
    def _floats(self) -> dict[str, "memoryview[float]"]:
        return {name: _read_plain(self.table.column(name), "d") for name in _NUMBERS}

    @cached_property
    def _outside(self) -> "memoryview[int]":
        outside: memoryview[int] = _read_plain(self.table.column("outside_population"), "b")
        return outside


class _Ids(Sequence[bytes]):
    """Ids as bytes, looked at where they lie: making texts of a million would take longer than
    all questions of a day."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        array = _read_one(column)
        _, offsets, data = array.buffers()
        self._count = len(array)
        self._offsets = memoryview(offsets or b"").cast("i")
        self._data = memoryview(data or b"")

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: Any) -> Any:
        return bytes(self._data[self._offsets[place] : self._offsets[place + 1]])


def read_reached(folder: Path) -> Reached:
    """Who can be reached, from the snapshot index in a folder: for one without somebody."""
    table = pa.ipc.open_file(pa.memory_map(str(folder / "snapshot_index.arrow"))).read_all()
    known = dict(
        zip(
            table.column("customer_id").to_pylist(),
            table.column("reachable").to_pylist(),
            strict=True,
        )
    )
    return lambda customers: [known.get(each, UNKNOWN) for each in customers]


def open_index(folder: Path) -> SnapshotIndex:
    """The snapshot in a folder, its bytes checked before they are believed.

    Raises SnapshotDamaged."""
    path = folder / "snapshot_index.arrow"
    try:
        metadata = json.loads((folder / "snapshot_index.json").read_text(encoding="utf-8"))
        _check_metadata(metadata, folder, path)
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotDamaged(
            file=str(path), detail=str(error).splitlines()[0] if str(error) else "empty"
        ) from None
    return SnapshotIndex(folder, metadata, table)


def _check_metadata(metadata: Any, folder: Path, path: Path) -> None:
    if metadata["layout"] != LAYOUT:
        raise SnapshotDamaged(file=str(folder), detail=f"layout {metadata['layout']}")
    if _hash_metadata(metadata) != metadata["sha256_of_this"]:
        raise SnapshotDamaged(file=str(folder / "snapshot_index.json"), detail="sha256")
    if _hash_file(path) != metadata["sha256"]:
        raise SnapshotDamaged(file=str(path), detail="sha256")


def list_indexes(snapshots: Path) -> Iterator[Path]:
    """The folders of a shop's snapshots that a service can open, the newest cut-off first."""
    for folder in sorted(snapshots.glob("????-??-??"), reverse=True):
        if (folder / "snapshot_index.json").is_file():
            yield folder.resolve()


def _read_plain(column: pa.ChunkedArray, kind: Literal["i", "d", "b"]) -> Any:
    """A column's numbers where they lie in the file."""
    array = _read_one(column)
    view: Any = memoryview(array.buffers()[1] or b"")
    return view.cast(kind)[array.offset : array.offset + len(array)]


def _read_one(column: pa.ChunkedArray) -> pa.Array:
    """A column of one record batch as it lies; an empty one where there is none."""
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _hash_metadata(metadata: Mapping[str, object]) -> str:
    """Of everything snapshot_index.json says but itself."""
    rest = {name: value for name, value in metadata.items() if name != "sha256_of_this"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    if not path.stat().st_size:
        return digest.hexdigest()
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        digest.update(content)
    return digest.hexdigest()
