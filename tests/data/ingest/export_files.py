"""Random exports on disk: dates and numbers in their notation, and files in their dialect."""

import csv
import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import openpyxl

from tests.data.ingest.export_rows import Money, Sheet

if TYPE_CHECKING:
    from tests.data.ingest.random_exports import Plan

MARKS = {
    "USD": "$",
    "EUR": "€",
    "BRL": "R$",
    "CNY": "¥",
    "JPY": "¥",
    "INR": "₹",
    "PLN": "zł",
    "SEK": "kr",
}
DATES = {
    "iso": "%Y-%m-%d %H:%M:%S",
    "iso_t": "%Y-%m-%dT%H:%M:%S",
    "iso_minutes": "%Y-%m-%d %H:%M",
    "offset": "%Y-%m-%dT%H:%M:%S%z",
    "offset_blank": "%Y-%m-%d %H:%M:%S %z",
    "abbreviation": "%Y-%m-%d %H:%M:%S %Z",
    "day": "%Y-%m-%d",
    "dmy_dot": "%d.%m.%Y %H:%M",
    "dmy_slash": "%d/%m/%Y %H:%M:%S",
    "mdy_slash": "%m/%d/%Y %H:%M",
    "mdy_clock": "%m/%d/%Y %I:%M %p",
    "dmy_short_year": "%d.%m.%y %H:%M",
    "mdy_short_year": "%m/%d/%y %H:%M",
    "month_name": "%d %b %Y %H:%M",
    "month_first": "%b %d, %Y %I:%M %p",
    "month_short_year": "%d-%b-%y",
    "compact_day": "%Y%m%d",
    "compact": "%Y%m%d%H%M%S",
    "year_slash": "%Y/%m/%d %H:%M",
    "day_dmy": "%d.%m.%Y",
    "day_mdy": "%m/%d/%Y",
    "day_compact": "%Y%m%d",
}


def write_files(
    draw: random.Random, plan: "Plan", sheets: Sequence[Sheet], folder: Path
) -> list[Path]:
    """Write the sheets, and return what the import is given: files, a folder or an archive."""
    if plan.wrapper in ("zip", "folder", "overlap"):
        return [_write_bundle(plan, sheets, folder)]
    paths = []
    for sheet in sheets:
        rows = [cells for _, cells in sheet.rows]
        match plan.wrapper:
            case "xlsx" | "xlsx_text" | "xlsx_cover" | "xlsx_title":
                paths.append(folder / f"{sheet.name}.xlsx")
                _write_workbook(plan, sheet, rows, paths[-1])
            case "jsonl" | "json":
                paths.append(folder / f"{sheet.name}.{plan.wrapper}")
                paths[-1].write_text(_write_json(plan, sheet, rows), encoding="utf-8")
            case "gzip":
                paths.append(folder / f"{sheet.name}.csv.gz")
                paths[-1].write_bytes(gzip.compress(_write_csv(plan, sheet, rows), mtime=0))
            case _:
                paths.append(folder / f"{sheet.name}.csv")
                paths[-1].write_bytes(_write_csv(plan, sheet, rows))
    draw.shuffle(paths)
    return paths


def _write_bundle(plan: "Plan", sheets: Sequence[Sheet], folder: Path) -> Path:
    """A folder or zip with a file of some months each; where they overlap each begins with the
    last month of the file before it."""
    files = dict[str, bytes]()
    for sheet in sheets:
        months = sorted({f"{at:%Y-%m}" for at, _ in sheet.rows})
        ends = months[:: -max(1, len(months) // 3)][::-1]
        for place, end in enumerate(ends):
            before = ends[place - 1] if place else ""
            rows = [
                cells
                for at, cells in sheet.rows
                if before < f"{at:%Y-%m}" <= end
                or (plan.wrapper == "overlap" and f"{at:%Y-%m}" == before)
            ]
            files[f"{sheet.name}-{end}.csv"] = _write_csv(plan, sheet, rows)
    if plan.wrapper == "zip":
        with zipfile.ZipFile(folder / "exports.zip", "w") as packed:
            for name, content in files.items():
                packed.writestr(name, content)
        return folder / "exports.zip"
    (folder / "exports").mkdir()
    for name, content in files.items():
        (folder / "exports" / name).write_bytes(content)
    return folder / "exports"


def _write_csv(plan: "Plan", sheet: Sheet, rows: Sequence[Mapping[str, Any]]) -> bytes:
    table = [[write_cell(plan, row.get(name, "")) for name in sheet.names] for row in rows]
    lines: list[Sequence[str]] = [sheet.names, *table]
    before, after = "", ""
    match plan.junk:
        case "title":
            before = f"Orders report{plan.newline}"
        case "two_titles":
            before = f"Orders report{plan.newline}Created 2026-11-01{plan.newline}{plan.newline}"
        case "sep":
            before = f"sep={plan.delimiter}{plan.newline}"
        case "blank_first":
            before = plan.newline
        case "header_again":
            lines = [sheet.names, *table[: len(table) // 2], sheet.names, *table[len(table) // 2 :]]
        case "footer_note":
            after = f"{plan.newline}End of report{plan.newline}"
        case "footer_total" if sheet.totals:
            lines.append(_build_total_row(plan, sheet, rows))
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if plan.quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=plan.delimiter, quoting=quoting, lineterminator=plan.newline)
    writer.writerows(lines)
    return (before + out.getvalue() + after).encode(plan.encoding)


def _build_total_row(plan: "Plan", sheet: Sheet, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A last row with the sum of the amounts, and `Total` where it first has room."""
    sums = {
        name: Money(sum(row[name].minor for row in rows if isinstance(row[name], Money)))
        for name in sheet.totals
    }
    cells = [write_cell(plan, sums.get(name, "")) for name in sheet.names]
    cells[next(place for place, cell in enumerate(cells) if not cell)] = "Total"
    return cells


def _write_workbook(
    plan: "Plan", sheet: Sheet, rows: Sequence[Mapping[str, Any]], path: Path
) -> None:
    workbook = openpyxl.Workbook()
    page = workbook.active
    if plan.wrapper == "xlsx_cover":
        page.append(["Orders report"])
        page = workbook.create_sheet("Data")
    if plan.wrapper == "xlsx_title":
        page.append(["Orders report", None, "2026-11-01"])
        page.append([])
    page.append(list(sheet.names))
    for row in rows:
        cells = [row.get(name, "") for name in sheet.names]
        if plan.wrapper != "xlsx_text":
            page.append([_get_typed(plan, cell) for cell in cells])
        else:
            page.append([write_cell(plan, cell) for cell in cells])
    workbook.save(path)


def _write_json(plan: "Plan", sheet: Sheet, rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        {
            name: write_cell(plan, cell) if isinstance(cell, datetime) else _get_typed(plan, cell)
            for name in sheet.names
            for cell in (row.get(name, ""),)
        }
        for row in rows
    ]
    if plan.wrapper == "json":
        return json.dumps(lines, ensure_ascii=False)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _get_typed(plan: "Plan", cell: Any) -> Any:
    """A cell as a typed file has it."""
    if isinstance(cell, Money):
        return cell.minor if plan.currency == "JPY" else cell.minor / 100
    if isinstance(cell, str) and re.fullmatch(r"[1-9]\d{0,14}", cell):
        return int(cell)
    return None if cell == "" else cell


def write_cell(plan: "Plan", cell: Any) -> str:
    """A cell as the file writes it."""
    if isinstance(cell, Money):
        return write_money(plan, cell.minor)
    return write_moment(plan, cell) if isinstance(cell, datetime) else str(cell)


def write_moment(plan: "Plan", at: datetime) -> str:
    """A moment of the shop's clock in the notation of the file."""
    exact = at.replace(tzinfo=ZoneInfo(plan.zone))
    match plan.dates:
        case "utc":
            return exact.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")
        case "epoch":
            return str(int(exact.timestamp()))
        case "epoch_ms":
            return str(int(exact.timestamp()) * 1000)
        case "serial":
            return f"{(at - datetime(1899, 12, 30)) / timedelta(days=1):.6f}"
        case "offset":
            text = exact.strftime(DATES["offset"])
            return f"{text[:-2]}:{text[-2:]}"
    return exact.strftime(DATES[plan.dates])


def write_money(plan: "Plan", minor: int) -> str:
    """An amount in the notation of the file."""
    digits = 0 if plan.currency == "JPY" else 2
    text = f"{abs(minor) / 10**digits:,.{digits}f}"
    whole, _, cents = text.partition(".")
    if plan.currency == "INR":
        whole = re.sub(
            r"(?<=\d)(?=(\d\d)+,\d{3}$)", ",", whole.replace(",", "", whole.count(",") - 1)
        )
    ungrouped, mark = whole.replace(",", ""), MARKS[plan.currency]
    point = f".{cents}" if cents else ""
    comma = f",{cents}" if cents else ""
    plain = {
        "point": ungrouped + point,
        "comma": ungrouped + comma,
        "point_grouped": whole + point,
        "comma_grouped": whole.replace(",", ".") + comma,
        "space_grouped": whole.replace(",", " ") + comma,
        "apostrophe": whole.replace(",", "'") + point,
        "mark_first": mark + whole + point,
        "mark_last": f"{whole.replace(',', '.')}{comma} {mark}",
        "code_first": f"{plan.currency} {ungrouped}{point}",
        "trimmed": f"{abs(minor) / 10**digits:g}" if abs(minor) < 10**6 else ungrouped + point,
    }[plan.numbers]
    if minor >= 0:
        return plain
    return {"minus": f"-{plain}", "brackets": f"({plain})", "minus_last": f"{plain}-"}[
        plan.negative
    ]
