"""Data on the page: what came in and how fresh it is, and what was refused and why."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.responses import Response

from winback.dashboard.context import DashboardContext, open_page_engine
from winback.dashboard.page import Page, PageRouter
from winback.dashboard.table_filter import PAGE_ROWS, parse_page_number
from winback.dashboard.uploads import list_uploads
from winback.data.store import quote_literal
from winback.i18n.translate import CATALOGUE
from winback.workflows.jobs import ImportSources


@dataclass(frozen=True)
class QuarantinedRow:
    """A row that was refused: where it stands, and which value is why."""

    file: str
    line: int
    column: str | None
    value: str | None
    reason: str


pages = PageRouter()


@pages.page("/data")
def show_data(page: Page) -> Response:
    """What came in."""
    values = build_data_page(page.context)
    return page.render("data", **values, describe_reason=describe_reason)


@pages.page("/data/quarantine")
def show_quarantine(page: Page) -> Response:
    """The rows that were refused."""
    number = parse_page_number(page.query)
    return page.render(
        "quarantine",
        **build_quarantine_page(page.context, page.query.get("reason", ""), number),
        number=number,
        page_rows=PAGE_ROWS,
        describe_reason=describe_reason,
    )


@pages.action("/data/import")
def import_sources(page: Page) -> Response:
    """Import the shop's exports again."""
    return page.run_job(ImportSources(), "/data")


def build_data_page(context: DashboardContext) -> dict[str, object]:
    """What the page of data shows; store None before the first import."""
    store = context.open_store()
    page: dict[str, object] = {"manifest": None, "uploads": list_uploads(context), "contacts": {}}
    lists = context.list_days("recalls")
    if lists:
        page["contacts"] = context.read_summary("recalls", lists[0]).get("contacts", {})
    if store is None:
        return page
    manifest = store.manifest
    last = datetime.fromisoformat(manifest.last_day) if manifest.last_day else None
    return {
        **page,
        "manifest": manifest,
        "quarantined": sum(manifest.quarantined.values()),
        "kept": manifest.counts.get("rows_kept", 0),
        "age_days": (context.to_local_time(context.now()).date() - last.date()).days
        if last
        else None,
    }


def build_quarantine_page(context: DashboardContext, reason: str, number: int) -> dict[str, object]:
    """One page of the rows that were refused, each with its file, line, column and value."""
    store = context.open_store()
    path = store.folder / "quarantine" / "000.parquet" if store is not None else None
    if store is None or path is None or not path.is_file():
        return {"rows": [], "total": 0, "reasons": {}, "reason": ""}
    refused = store.manifest.quarantined
    chosen = reason if reason in refused else ""
    return {
        "rows": _read_quarantine(path, chosen, (number - 1) * PAGE_ROWS),
        "total": refused[chosen] if chosen else sum(refused.values()),
        "reasons": dict(refused),
        "reason": chosen,
    }


def _read_quarantine(path: Path, reason: str, offset: int) -> list[QuarantinedRow]:
    """A page of refused rows, of one reason or of all."""
    where, values = ("reason = ?", [reason]) if reason else ("true", [])
    with open_page_engine(threads=1) as con:
        rows = con.execute(
            'select file, line, "column", value, reason '
            f"from read_parquet({quote_literal(str(path))}) where {where}"
            f" order by file, line limit {PAGE_ROWS} offset ?",
            [*values, offset],
        ).fetchall()
    return [QuarantinedRow(*row) for row in rows]


def describe_reason(reason: str) -> str:
    """A reason of the quarantine as a key of the catalogue."""
    return reason if reason in CATALOGUE else "quality.unknown_reason"
