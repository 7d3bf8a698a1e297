"""A weekly list as files: CSV, a workbook with a sheet for each owner, Parquet, and filters for
a platform's audience tool."""

import csv
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from winback.config.shop import Shop
from winback.core.errors import OutFolderMissing, OutFormatUnknown
from winback.core.files import publish_folder
from winback.i18n.translate import Language, escape_formula, strip_control_chars, translate
from winback.playbooks.matching import build_play_condition, build_rule_schema
from winback.playbooks.playbook import Play, Playbook
from winback.recall.decisions import RECALL_LIST_SCHEMA, get_weekly_play
from winback.recall.history import RECORD
from winback.recall.recall_list import RecallList
from winback.segmentation.assignment import list_limits
from winback.segmentation.conditions import InCell, iterate_leaves, to_dict
from winback.segmentation.describe import describe_condition
from winback.segmentation.rule_checker import inline_cells
from winback.segmentation.thresholds import Thresholds

SUFFIXES = (".csv", ".xlsx", ".parquet")
COLUMNS = (
    "customer_id",
    "what",
    "why_not",
    "segment",
    "reason",
    "model_reason",
    "churn_probability",
    "value_at_stake",
    "next_order_90_day",
    "play",
    "doer",
    "channel",
    "reach",
    "owner",
    "offer",
    "expiry",
    "cost",
    "eligibility",
    "subject",
    "message",
    "then",
    "touchpoints",
    "tags",
    "entered_on",
)
_SHEET_ROWS = 1_000_000  # a workbook's sheet holds 1,048,576
_WIDTHS = {
    "reason": 40,
    "model_reason": 48,
    "message": 60,
    "why_not": 28,
    "eligibility": 36,
    "play": 24,
    "segment": 22,
}


def publish_lists(
    recalls: Path,
    version: str,
    weekly: RecallList,
    shop: Shop,
    playbook: Playbook,
    thresholds: Thresholds,
    language: Language,
) -> dict[str, Any]:
    """Write a list whole or not at all as `recalls/<day>`; returns its summary with the files'
    names.

    kept: what the list was made of, the name its folder is kept under.
    """
    final = recalls / str(weekly.summary["cutoff"])
    recalls.mkdir(parents=True, exist_ok=True)
    summary = {**weekly.summary, **_locate_files(final)}
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=recalls) as scratch:
        staging = Path(scratch) / "list"
        staging.mkdir()
        write_lists(staging, weekly, shop, playbook, thresholds, language)
        text = json.dumps(summary, ensure_ascii=False, indent=1)
        (staging / "summary.json").write_text(text, encoding="utf-8")
        publish_folder(staging, recalls / ".kept" / final.name / version, final)
    return summary


def _locate_files(folder: Path) -> dict[str, str]:
    return {name: str(folder / file) for name, file in _FILES.items()}


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
        pa.Table.from_pylist(weekly.record, schema=RECORD),
        staging / "record.parquet",
        compression="zstd",
    )
    audiences = _collect_audiences(weekly)
    _write_filters(audiences, shop, playbook, thresholds, staging)
    for play, ids in audiences.items():
        _write_csv(
            staging / f"audience-{play}.csv",
            ["customer_id"],
            ([_escape_cell(each)] for each in ids),
        )


def _collect_audiences(weekly: RecallList) -> dict[str, list[str]]:
    audiences: dict[str, list[str]] = {}
    for row in weekly.rows:
        # Whom only a platform reaches; never whom a promise was broken to, who said no, or who
        # waits for room.
        only_there = row["channel"] == "audience" or (
            row["why_not"] == "stopped.unreachable" and not row["service"]
        )
        if row["play"] is not None and only_there:
            audiences.setdefault(row["play"], []).append(row["customer_id"])
    return audiences


def _write_filters(
    audiences: dict[str, list[str]],
    shop: Shop,
    playbook: Playbook,
    thresholds: Thresholds,
    staging: Path,
) -> None:
    filters = [
        _build_audience_filter(shop, playbook, thresholds, play, ids)
        for play, ids in audiences.items()
    ]
    (staging / "audience.json").write_text(
        json.dumps(filters, ensure_ascii=False, indent=1), encoding="utf-8"
    )


def write_one(
    path: Path, weekly: RecallList, rows: Sequence[Mapping[str, Any]], language: Language
) -> None:
    """Write a list as what the name of the file says. Raises OutFormatUnknown."""
    titles = [translate(f"list.column.{name}", language) for name in COLUMNS]
    match path.suffix.lower():
        case ".csv":
            _write_csv(
                path, titles, ([_escape_cell(row[name]) for name in COLUMNS] for row in rows)
            )
        case ".xlsx":
            _write_workbook(path, rows, titles, language)
        case ".parquet":
            pq.write_table(
                pa.Table.from_pylist(weekly.rows, schema=RECALL_LIST_SCHEMA),
                path,
                compression="zstd",
            )
        case _:
            check_out(path)


def check_out(path: Path) -> None:
    """Refuse a file no list can be written as, before any work is done. Raises OutFormatUnknown
    and OutFolderMissing."""
    if path.suffix.lower() not in SUFFIXES or path.is_dir():
        raise OutFormatUnknown(file=str(path), known=", ".join(SUFFIXES))
    if not path.absolute().parent.is_dir():
        raise OutFolderMissing(folder=str(path.parent), file=path.name)


def to_display_row(
    row: Mapping[str, Any], shop: Shop, playbook: Playbook, language: Language
) -> dict[str, Any]:
    """A row in the words of its reader."""
    play = get_weekly_play(row, playbook)
    offer = playbook.offers[row["offer"]] if row["offer"] else None
    known = shop.contacts is not None or row["reach"] is not None
    reach = [
        translate(f"channel.{each}", language) for each in (row["reach"] or "").split(",") if each
    ]
    stake = row["value_at_stake_cents"]
    words = {
        name: str(row[name]) if row[name] is not None else ""
        for name in ("next_order_90_day", "entered_on", "expiry")
    }
    return {
        **words,
        "customer_id": row["customer_id"],
        "what": translate(
            "list.do" if row["what"] == "contact" else f"list.{row['what']}", language
        ),
        "why_not": format_no_contact_reason(row, language),
        "segment": translate(f"recall.{row['segment']}", language),
        "reason": _format_reason(row, play, language),
        "model_reason": row[f"model_reason_{language}"] or "",
        "churn_probability": row["churn_probability"],
        "value_at_stake": None if stake is None else round(stake / 100, 2),
        "play": play.title.get_text(language) if play else "",
        "doer": play.owner.get_text(language) if play else "",
        "channel": translate(f"channel.{row['channel']}", language) if row["channel"] else "",
        "reach": "、".join(reach) if language == "zh" else ", ".join(reach),
        "owner": format_owner(row, language),
        "offer": offer.format_text(offer.title.get_text(language), shop.currency, language)
        if offer
        else "",
        "eligibility": offer.format_text(
            offer.eligibility.get_text(language), shop.currency, language
        )
        if offer
        else "",
        "then": _format_next_steps(play, shop, playbook, language)
        if play and row["what"] == "contact"
        else "",
        "cost": round(row["cost_cents"] / 100, 2) if offer else None,
        "subject": row["subject"] or "",
        "message": row["message"] or "",
        "touchpoints": _format_marks("touchpoint", row["touchpoints"], language),
        "tags": _format_marks("tag", row["tags"], language),
    } | ({} if known else {"reach": translate("channel.unknown", language)})


def format_no_contact_reason(row: Mapping[str, Any], language: Language) -> str:
    """Why a customer is not contacted, or not now: 「不发送：退款处理中」."""
    if not row["why_not"]:
        return ""
    why = translate(
        row["why_not"],
        language,
        {"detail": row["why_not_detail"] or "", "owner": row["why_not_detail"] or ""},
    )
    how = (
        "later"
        if row["what"] == "later"
        else "cannot"
        if row["why_not"].startswith("stopped.")
        else "dont"
    )
    return translate(f"list.{how}.because", language, {"why": why})


def format_owner(row: Mapping[str, Any], language: Language) -> str:
    """Who looks after a customer; said where that person has left."""
    if not row["owner"]:
        return ""
    return (
        translate("list.owner.left", language, {"owner": row["owner"]})
        if row["owner_left"]
        else strip_control_chars(row["owner"])
    )


def _format_reason(row: Mapping[str, Any], play: Play | None, language: Language) -> str:
    """Why they are on the list: of a service call the touchpoint it answers, not where the
    segments put them."""
    if play is not None and play.service:
        touched = [
            atom.name
            for atom in iterate_leaves(build_play_condition(play))
            if isinstance(atom, InCell) and atom.kind == "touchpoint"
        ]
        if touched:
            return translate(f"touchpoint.{touched[0]}", language)
    return str(row[f"reason_{language}"])


def _format_next_steps(play: Play, shop: Shop, playbook: Playbook, language: Language) -> str:
    """The later steps of a ladder, for whoever works the list: when, on what condition, through
    what, with what."""
    steps = []
    for step in play.steps[1:]:
        only = translate(f"playbook_docs.only.{step.only_if}", language)
        offer = playbook.offers[step.offer] if step.offer else None
        given = (
            offer.format_text(offer.title.get_text(language), shop.currency, language)
            if offer
            else translate("list.then.message", language)
        )
        steps.append(
            translate(
                "list.then",
                language,
                {
                    "when": translate(
                        "playbook_docs.step.after",
                        language,
                        {"days": step.after_days, "only_if": only},
                    ),
                    "channels": " / ".join(
                        translate(f"channel.{channel}", language) for channel in step.channels
                    ),
                    "what": given,
                },
            )
        )
    return " → ".join(steps)


def _format_marks(kind: str, names: str | None, language: Language) -> str:
    between = "、" if language == "zh" else ", "
    return between.join(
        translate(f"{kind}.{name}", language) for name in (names or "").split(",") if name
    )


def _write_csv(path: Path, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open(
        "w", encoding="utf-8-sig", newline=""
    ) as stream:  # so that spreadsheets read Chinese
        table = csv.writer(stream)
        table.writerow(titles)
        table.writerows(rows)


def _escape_cell(value: Any) -> Any:
    """A cell that no spreadsheet runs."""
    if not isinstance(value, str):
        return "" if value is None else value
    return escape_formula(value)


def _write_workbook(
    path: Path, rows: Sequence[Mapping[str, Any]], titles: Sequence[str], language: Language
) -> None:
    """One sheet for each owner with whom to contact first today, then those for later, and those
    not to contact."""
    workbook = Workbook(write_only=True)
    used: set[str] = set()
    sheets = _split_by_owner(language, rows)
    for (kind, owner), of in _sort_sheets(sheets):
        name, title = _title_sheet(kind, owner, language, of)
        _add_sheets(of, workbook, name, used, title, titles)
    if not sheets:
        _write_sheet(
            workbook,
            _choose_sheet_name(translate("list.sheet.nobody", language), used),
            "",
            titles,
            [],
        )
    _save_workbook(workbook, path)


def _split_by_owner(
    language: Language, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[int, str], list[Mapping[str, Any]]]:
    sheets: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    contact, later = translate("list.do", language), translate("list.later", language)
    for row in rows:
        kind = 0 if row["what"] == contact else 1 if row["what"] == later else 2
        sheets.setdefault((kind, row["owner"] if kind == 0 else ""), []).append(row)
    return sheets


def _sort_sheets(
    sheets: Mapping[tuple[int, str], list[Mapping[str, Any]]],
) -> list[tuple[tuple[int, str], list[Mapping[str, Any]]]]:
    """By kind, then the longest first, then by owner."""
    return sorted(sheets.items(), key=lambda each: (each[0][0], -len(each[1]), each[0][1]))


def _title_sheet(
    kind: int, owner: str, language: Language, of: list[Mapping[str, Any]]
) -> tuple[str, str]:
    name = (
        (owner or translate("list.sheet.nobody", language))
        if kind == 0
        else translate(_SHEETS[kind], language)
    )
    title_key = "list.sheet.title" if kind == 0 else f"{_SHEETS[kind]}.title"
    title = translate(
        title_key,
        language,
        {"owner": name, "count": f"{len(of):,}"} if kind == 0 else {"count": f"{len(of):,}"},
    )
    return name, title


def _add_sheets(
    of: list[Mapping[str, Any]],
    workbook: Any,
    name: str,
    used: set[str],
    title: str,
    titles: Sequence[str],
) -> None:
    for start in range(0, len(of), _SHEET_ROWS):
        _write_sheet(
            workbook,
            _choose_sheet_name(name, used),
            title,
            titles,
            of[start : start + _SHEET_ROWS],
        )


def _save_workbook(workbook: Workbook, path: Path) -> None:
    """Write a workbook whose bytes do not tell when: the same list on another day is the same
    file."""
    whole = io.BytesIO()
    workbook.save(whole)
    with (
        zipfile.ZipFile(whole) as made,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in made.namelist():
            content = made.read(name)
            if name == "docProps/core.xml":
                content = re.sub(
                    rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*",
                    rb"\g<1>2000-01-01T00:00:00Z",
                    content,
                )
            archive.writestr(
                zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED
            )


_SHEETS = {1: "list.sheet.later", 2: "list.sheet.dont"}


def _write_sheet(
    workbook: Workbook,
    name: str,
    title: str,
    titles: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    sheet = workbook.create_sheet(name)
    sheet.freeze_panes = "B3"
    sheet.auto_filter.ref = f"A2:{chr(64 + len(COLUMNS))}{len(rows) + 2}"
    _set_widths(sheet)
    sheet.append([_build_title_cell(sheet, title, 14)])
    sheet.append([_build_title_cell(sheet, each, 11) for each in titles])
    for row in rows:
        sheet.append([_build_cell(sheet, row[name], name) for name in COLUMNS])


def _set_widths(sheet: Any) -> None:
    for place, column in enumerate(COLUMNS):
        sheet.column_dimensions[chr(65 + place)].width = _WIDTHS.get(column, 16)


def _build_title_cell(sheet: Any, value: str, size: int) -> WriteOnlyCell:
    made = _build_cell(sheet, value)
    made.font = Font(bold=True, size=size)
    return made


def _build_cell(sheet: Any, value: Any, column: str = "") -> WriteOnlyCell:
    made = WriteOnlyCell(sheet, value=_escape_cell(value) if isinstance(value, str) else value)
    if column == "churn_probability":
        made.number_format = "0%"
    if column in ("message", "then", "eligibility"):
        made.alignment = Alignment(wrap_text=True, vertical="top")
    if isinstance(value, str):
        made.data_type = "s"  # never a formula, whatever it begins with
    return made


def _choose_sheet_name(title: str, used: set[str]) -> str:
    """A name a workbook accepts, and no other sheet of it has."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", strip_control_chars(title)).strip(" '")[:28] or "–"
    name, number = plain, 2
    while name.lower() in used:
        name, number = f"{plain[:25]} {number}", number + 1
    used.add(name.lower())
    return name


def _build_audience_filter(
    shop: Shop, playbook: Playbook, thresholds: Thresholds, play: str, ids: Sequence[str]
) -> dict[str, Any]:
    """What to set in a platform's audience tool for the customers of a play whom nothing else
    reaches.

    Down to quantities and numbers: a platform knows neither our segments nor the order in which
    they are read.
    """
    limits = list_limits(thresholds, shop.journey)
    condition = inline_cells(
        build_play_condition(next(each for each in playbook.plays if each.name == play)),
        build_rule_schema(limits, None),
    )
    return {
        "play": play,
        "customers": len(ids),
        "ids": f"audience-{play}.csv",
        "filter": to_dict(condition, limits),
        "in_words": {
            language: describe_condition(condition, limits, language, shop.currency)
            for language in ("zh", "en")
        },
    }
