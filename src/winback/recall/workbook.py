"""A weekly list as a workbook: a sheet for each owner, and no cell that a spreadsheet would run."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from winback.core.workbooks import create_workbook, set_width, write_cell
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
    used: set[str] = set()
    sheets = _split_by_owner(language, rows)
    with create_workbook(path) as workbook:
        styles = _add_styles(workbook)
        for (kind, owner), of in _sort_sheets(sheets):
            name, title = _title_sheet(kind, owner, language, of)
            for start in range(0, len(of), _SHEET_ROWS):
                part = of[start : start + _SHEET_ROWS]
                name_of_part = _choose_sheet_name(name, used)
                _write_sheet(workbook, styles, name_of_part, title, titles, part)
        if not sheets:
            nobody = _choose_sheet_name(translate("list.sheet.nobody", language), used)
            _write_sheet(workbook, styles, nobody, "", titles, [])


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


_SHEETS = {1: "list.sheet.later", 2: "list.sheet.dont"}


def _add_styles(workbook: Workbook) -> dict[str, Format]:
    """The styles of a list: of its title, of the titles of its columns, and of columns by name."""
    long_text = workbook.add_format({"text_wrap": True, "valign": "top"})
    return {
        "title": workbook.add_format({"bold": True, "font_size": 14}),
        "column_title": workbook.add_format({"bold": True}),
        "churn_probability": workbook.add_format({"num_format": "0%"}),
        **dict.fromkeys(("message", "then", "eligibility"), long_text),
    }


def _write_sheet(
    workbook: Workbook,
    styles: Mapping[str, Format],
    name: str,
    title: str,
    titles: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    sheet = workbook.add_worksheet(name)
    sheet.freeze_panes(2, 1)
    sheet.autofilter(1, 0, len(rows) + 1, len(LIST_COLUMNS) - 1)
    for place, column in enumerate(LIST_COLUMNS):
        set_width(sheet, place, _WIDTHS.get(column.name, 16))
    write_cell(sheet, 0, 0, escape_cell(title), styles["title"])
    for place, each in enumerate(titles):
        write_cell(sheet, 1, place, escape_cell(each), styles["column_title"])
    columns = [(place, each.name, styles.get(each.name)) for place, each in enumerate(LIST_COLUMNS)]
    for number, row in enumerate(rows, start=2):
        for place, column_name, style in columns:
            write_cell(sheet, number, place, escape_cell(row[column_name]), style)


def _choose_sheet_name(title: str, used: set[str]) -> str:
    """A name a workbook accepts, and no other sheet of it has."""
    allowed = re.sub(r"[\[\]:*?/\\]", " ", strip_control_chars(title)).strip(" '")
    plain = _shorten(allowed, 28).rstrip(" '") or "–"
    name, number = plain, 2
    while name.lower() in used:
        name, number = f"{_shorten(plain, 25)} {number}", number + 1
    used.add(name.lower())
    return name


def _shorten(text: str, units: int) -> str:
    """The beginning of a text; a sign beyond the first 65,536, as emoji are, counts twice."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")
