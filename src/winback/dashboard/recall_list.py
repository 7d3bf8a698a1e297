"""A weekly list on the page: searched, filtered and put in order by the engine, a page at a
time; and as a spreadsheet."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from winback.core.currency import to_units
from winback.dashboard.context import open_page_engine
from winback.dashboard.customers import CHOICES
from winback.dashboard.page import Page, PageRouter
from winback.dashboard.rendering import MEDIA, build_csv_response, format_csv_line
from winback.dashboard.table_filter import PAGE_ROWS, TableColumns, TableFilter
from winback.data.store import quote_literal
from winback.i18n.translate import CATALOGUE, Language, escape_formula, translate
from winback.ledger.list_edits import load_list_edits
from winback.playbooks.playbook import Playbook
from winback.recall.list_columns import LIST_COLUMNS
from winback.workflows.jobs import MakeRecallList

WHAT = ("contact", "later", "dont")
COLUMNS = TableColumns(
    {
        "what": WHAT,
        "segment": CHOICES["recall_segment"],
        "play": re.compile(".{1,64}"),  # an earlier list has others than today's playbook
        "owner": re.compile(".{1,256}"),
    },
    {
        "list": "file_row_number",  # as it was made
        "stake": "value_at_stake_minor desc nulls last, file_row_number",
        "risk": "churn_probability desc nulls last, file_row_number",
        "next": "next_order_90_day nulls last, file_row_number",
        "owner": "owner nulls last, file_row_number",
        "entered": "entered_on desc nulls last, file_row_number",
    },
)
_EXPORTED = tuple(column.name for column in LIST_COLUMNS if column.on_page)

pages = PageRouter()


@pages.page("/list")
def show_list(page: Page) -> Response:
    """A page of a list, by default the newest."""
    context, days = page.context, page.context.list_days("recalls")
    if not days:
        why = context.live.list_not_ready_reasons()
        return page.render("empty", what="list", why=why)
    criteria, day = TableFilter.from_query(COLUMNS, page.query), _choose_day(page, days)
    path = _get_folder(page, day) / "list.parquet"
    rows, total = find_rows(path, criteria)
    return page.render(
        "list",
        criteria=criteria,
        list_day=day,
        days=days,
        rows=rows,
        total=total,
        sorts=list(COLUMNS.sorts),
        whats=WHAT,
        segments=CHOICES["recall_segment"],
        choices=list_choices(path),
        summary=context.read_summary("recalls", day),
        named=get_titles(context.playbook, page.language),
        why_not=lambda row: format_no_contact_reason(row, page.language),
        page_rows=PAGE_ROWS,
        edits=load_list_edits(context.ledger),
    )


@pages.page("/list/export.csv")
def export_list(page: Page) -> Response:
    """What is looked for in a list as a file."""
    days = page.context.list_days("recalls")
    if not days:
        raise HTTPException(404)
    criteria, day = TableFilter.from_query(COLUMNS, page.query), _choose_day(page, days)
    path = _get_folder(page, day) / "list.parquet"
    lines = export_csv(
        path, criteria, page.context.playbook, page.language, page.context.shop.currency
    )
    return build_csv_response(lines, f"list-{day}.csv")


@pages.page("/list/export.xlsx")
def download_workbook(page: Page) -> Response:
    """A list's workbook, as it was made."""
    days = page.context.list_days("recalls")
    day = _choose_day(page, days)
    path = _get_folder(page, day) / "list.xlsx"
    if not days or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, filename=f"list-{day}.xlsx", media_type=MEDIA[".xlsx"])


@pages.action("/list/draw")
def make_list(page: Page) -> Response:
    """Make this week's list."""
    return page.run_job(MakeRecallList(), "/list")


def find_rows(path: Path, criteria: TableFilter) -> tuple[list[dict[str, object]], int]:
    """One page of a list, and how many rows there are."""
    where, values = _build_condition(criteria)
    with open_page_engine() as con:
        table = _read_table(path)
        counted = con.execute(f"select count(*) from {table} where {where}", values).fetchone()
        cursor = con.execute(
            f"select * from {table} where {where} order by {criteria.order} "
            f"limit {PAGE_ROWS} offset ?",
            [*values, criteria.offset],
        )
        names = [each[0] for each in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return rows, int(counted[0]) if counted else 0


def list_choices(path: Path) -> dict[str, list[str]]:
    """The plays and owners a list has."""
    with open_page_engine(threads=1) as con:
        return {
            name: [
                row[0]
                for row in con.execute(
                    f"select {name} from {_read_table(path)} where {name} is not null "
                    f"group by {name} "
                    f"order by count(*) desc, {name}"
                ).fetchall()
            ]
            for name in ("play", "owner")
        }


def find_customer_row(path: Path, customer_id: str) -> dict[str, object] | None:
    """A customer's row of a list; None where they are on it not at all."""
    with open_page_engine(threads=1) as con:
        cursor = con.execute(
            f"select * from {_read_table(path)} where customer_id = ? limit 1", [customer_id]
        )
        names = [each[0] for each in cursor.description or ()]
        row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def export_csv(
    path: Path,
    criteria: TableFilter,
    playbook: Playbook | None,
    language: Language,
    currency: str,
) -> Iterator[str]:
    """A list as wanted, all of it, as CSV that no spreadsheet runs; a part at a time."""
    where, values = _build_condition(criteria)
    named = get_titles(playbook, language)
    yield "\ufeff" + format_csv_line(
        [translate(f"list.column.{name}", language) for name in _EXPORTED]
    )  # the mark: so that Chinese is read
    with open_page_engine(threads=1) as con:
        table = _read_table(path)
        cursor = con.execute(
            f"select * from {table} where {where} order by {criteria.order}", values
        )
        names = [each[0] for each in cursor.description or ()]
        while rows := cursor.fetchmany(2_000):
            listed = (dict(zip(names, row, strict=True)) for row in rows)
            lines = ([*_export_row(row, named, language, currency)] for row in listed)
            yield "".join(map(format_csv_line, lines))


def format_no_contact_reason(row: Mapping[str, Any], language: Language) -> str:
    """Why somebody is not contacted, or not now; empty for those who are."""
    if not row["why_not"]:
        return ""
    detail = row["why_not_detail"] or ""
    return translate(row["why_not"], language, {"detail": detail, "owner": detail})


def get_titles(playbook: Playbook | None, language: Language) -> dict[str, dict[str, str]]:
    """The names of a playbook's plays and offers."""
    if playbook is None:
        return {"play": {}, "offer": {}}
    money = playbook.currencies[0]
    return {
        "play": {play.name: play.title.get_text(language) for play in playbook.plays},
        "offer": {
            name: each.format_text(each.title.get_text(language), money, language)
            for name, each in playbook.offers.items()
        },
    }


def _export_row(
    row: Mapping[str, Any],
    named: Mapping[str, Mapping[str, str]],
    language: Language,
    currency: str,
) -> Iterator[Any]:
    words = {
        "what": translate(f"dashboard.what.{row['what']}", language),
        "why_not": format_no_contact_reason(row, language),
        "segment": translate(f"recall.{row['segment']}", language),
        "reason": row[f"reason_{language}"],
        "model_reason": row[f"model_reason_{language}"],
        "play": named["play"].get(row["play"] or "", row["play"]),
        "value_at_stake": _to_units(row["value_at_stake_minor"], currency),
        "channel": translate(f"channel.{row['channel']}", language) if row["channel"] else "",
        "offer": named["offer"].get(row["offer"] or "", row["offer"]),
        "cost": _to_units(row["cost_minor"], currency),
    }
    for name in _EXPORTED:
        value = words[name] if name in words else row[name]
        yield escape_formula(value) if isinstance(value, str) else "" if value is None else value


def _to_units(minor: int | None, currency: str) -> float | None:
    return None if minor is None else to_units(minor, currency)


def _choose_day(page: Page, days: list[str]) -> str:
    """The list asked for, else the newest; empty without any."""
    asked = page.query.get("day", "")
    return asked if asked in days else next(iter(days), "")


def _get_folder(page: Page, day: str) -> Path:
    return (page.context.folder / "recalls" / day).resolve()


def _read_table(path: Path) -> str:
    return f"read_parquet({quote_literal(str(path))}, file_row_number = true)"


def _build_condition(criteria: TableFilter) -> tuple[str, list[Any]]:
    parts, values = ["true"], list[Any]()
    for name in ("what", "segment", "play", "owner"):
        if criteria[name]:
            parts.append(f"{name} = ?")
            values.append(criteria[name])
    if criteria.q:
        parts.append("contains(lower(customer_id), lower(?))")
        values.append(criteria.q)
    return " and ".join(parts), values


def translate_if_key(key: str | None, language: Language) -> str:
    """A key of the catalogue in words; what is no key stays as it is."""
    return (
        translate(key, language, {"detail": "…", "owner": "…"})
        if key in CATALOGUE
        else str(key or "")
    )
