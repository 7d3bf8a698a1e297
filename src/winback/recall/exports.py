"""A weekly list as a folder of files: CSV, workbook, Parquet, its record, and filters for a
platform's audience tool."""

import csv
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from winback.config.shop import Shop
from winback.core.errors import OutFolderMissing, OutFormatUnknown
from winback.core.files import publish_folder
from winback.i18n.translate import Language, translate
from winback.playbooks.playbook import Playbook
from winback.recall.audiences import collect_audiences, write_filters
from winback.recall.history import RECORD
from winback.recall.list_columns import LIST_COLUMNS, RECALL_LIST_SCHEMA, to_display_row
from winback.recall.recall_list import RecallList
from winback.recall.recall_row import RecallRow
from winback.recall.workbook import escape_cell, write_workbook
from winback.segmentation.thresholds import Thresholds

SUFFIXES = (".csv", ".xlsx", ".parquet")


def publish_lists(
    recalls: Path,
    version: str,
    weekly: RecallList,
    shop: Shop,
    playbook: Playbook,
    thresholds: Thresholds,
    language: Language,
) -> dict[str, str]:
    """Write a list whole or not at all as `recalls/<day>`; returns where its files are, by kind.

    version: what the list was made of, the name its folder is kept under.
    """
    final = recalls / weekly.summary.cutoff
    recalls.mkdir(parents=True, exist_ok=True)
    files = {kind: str(final / name) for kind, name in _FILES.items()}
    summary = {**asdict(weekly.summary), **files}
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=recalls) as scratch:
        staging = Path(scratch) / "list"
        staging.mkdir()
        write_lists(staging, weekly, shop, playbook, thresholds, language)
        text = json.dumps(summary, ensure_ascii=False, indent=1)
        (staging / "summary.json").write_text(text, encoding="utf-8")
        publish_folder(staging, recalls / ".kept" / final.name / version, final)
    return files


_FILES = {
    "xlsx": "list.xlsx",
    "csv": "list.csv",
    "parquet": "list.parquet",
    "audience": "audience.json",
}


def write_lists(
    staging: Path,
    weekly: RecallList,
    shop: Shop,
    playbook: Playbook,
    thresholds: Thresholds,
    language: Language,
) -> None:
    """Write `list.csv`, `list.xlsx`, `list.parquet`, `record.parquet`, `audience.json` and
    `audience-*.csv` into a folder."""
    rows = [to_display_row(row, shop, playbook, language) for row in weekly.rows]
    for suffix in SUFFIXES:
        write_one(staging / f"list{suffix}", weekly, rows, language)
    pq.write_table(
        pa.Table.from_pylist([asdict(each) for each in weekly.record], schema=RECORD),
        staging / "record.parquet",
        compression="zstd",
    )
    audiences = collect_audiences(weekly)
    write_filters(audiences, shop, playbook, thresholds, staging)
    for play, ids in audiences.items():
        _write_csv(
            staging / f"audience-{play}.csv",
            ["customer_id"],
            ([escape_cell(each)] for each in ids),
        )


def write_one(
    path: Path, weekly: RecallList, rows: Sequence[Mapping[str, Any]], language: Language
) -> None:
    """Write a list as what the name of the file says. Raises OutFormatUnknown."""
    names = [column.name for column in LIST_COLUMNS]
    titles = [translate(f"list.column.{name}", language) for name in names]
    match path.suffix.lower():
        case ".csv":
            _write_csv(path, titles, ([escape_cell(row[name]) for name in names] for row in rows))
        case ".xlsx":
            write_workbook(path, rows, titles, language)
        case ".parquet":
            pq.write_table(_build_table(weekly.rows), path, compression="zstd")
        case _:
            check_out(path)


def _build_table(rows: Sequence[RecallRow]) -> pa.Table:
    columns = {name: [getattr(row, name) for row in rows] for name in RECALL_LIST_SCHEMA.names}
    return pa.table(columns, schema=RECALL_LIST_SCHEMA)


def check_out(path: Path) -> None:
    """Refuse a file no list can be written as, before any work is done. Raises OutFormatUnknown
    and OutFolderMissing."""
    if path.suffix.lower() not in SUFFIXES or path.is_dir():
        raise OutFormatUnknown(file=str(path), known=", ".join(SUFFIXES))
    if not path.absolute().parent.is_dir():
        raise OutFolderMissing(folder=str(path.parent), file=path.name)


def _write_csv(path: Path, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open(
        "w", encoding="utf-8-sig", newline=""
    ) as stream:  # so that spreadsheets read Chinese
        table = csv.writer(stream)
        table.writerow(titles)
        table.writerows(rows)
