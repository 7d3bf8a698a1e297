"""A weekly list as a workbook: a sheet for each owner, and no cell that a spreadsheet would run."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, escape_formula, strip_control_chars, translate
from winback.recall.list_columns import LIST_COLUMNS

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


def escape_cell(value: Any) -> Any:
    """A cell that no spreadsheet runs."""
    if not isinstance(value, str):
        return "" if value is None else value
    return escape_formula(value)


def write_workbook(
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
        {"owner": name, "count": format_count(len(of))}
        if kind == 0
        else {"count": format_count(len(of))},
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
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(LIST_COLUMNS))}{len(rows) + 2}"
    _set_widths(sheet)
    sheet.append([_build_title_cell(sheet, title, 14)])
    sheet.append([_build_title_cell(sheet, each, 11) for each in titles])
    for row in rows:
        sheet.append([_build_cell(sheet, row[each.name], each.name) for each in LIST_COLUMNS])


def _set_widths(sheet: Any) -> None:
    for place, column in enumerate(LIST_COLUMNS, start=1):
        width = _WIDTHS.get(column.name, 16)
        sheet.column_dimensions[get_column_letter(place)].width = width


def _build_title_cell(sheet: Any, value: str, size: int) -> WriteOnlyCell:
    made = _build_cell(sheet, value)
    made.font = Font(bold=True, size=size)
    return made


def _build_cell(sheet: Any, value: Any, column: str = "") -> WriteOnlyCell:
    made = WriteOnlyCell(sheet, value=escape_cell(value) if isinstance(value, str) else value)
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
