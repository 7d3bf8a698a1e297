"""Reports on the page: what was written for owners and for operators, to open or to take along."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from winback.dashboard.context import DashboardContext
from winback.dashboard.page import Page, PageRouter
from winback.dashboard.rendering import MEDIA
from winback.dashboard.security_headers import POLICY_OF_FILES
from winback.i18n.translate import Language
from winback.workflows.jobs import DiagnoseShop, Job, MakeReview

# Kinds of reports and where each lies, under the shop's folder.
PLACES = {
    "weekly": ("reports", "weekly-*"),
    "monthly": ("reports", "monthly-*"),
    "diagnosis": ("diagnosis", "*"),
    "quality": ("quality", "report.*"),
}


_JOBS: Mapping[str, Job] = {
    "weekly": MakeReview("weekly"),
    "monthly": MakeReview("monthly"),
    "diagnosis": DiagnoseShop(),
}

pages = PageRouter()


@dataclass(frozen=True)
class Report:
    """A file somebody may open. name: as its address has it."""

    kind: str
    name: str
    path: Path
    changed: float

    @property
    def is_page(self) -> bool:
        return self.path.suffix == ".html"


@pages.page("/reports")
def show_reports(page: Page) -> Response:
    """Every report there is, the newest first."""
    written = list_reports(page.context, page.language)
    return page.render("reports", reports=written, kinds=list(_JOBS))


@pages.page("/reports/file/{name:path}")
def show_report(page: Page) -> Response:
    """A report's file: pages and pictures in the browser, others to keep."""
    report = find_report(page.context, page.path["name"])
    if report is None:
        raise HTTPException(404)
    is_shown = report.path.suffix in (".html", ".svg")
    return FileResponse(
        report.path,
        filename=report.path.name,
        media_type=MEDIA[report.path.suffix],
        content_disposition_type="inline" if is_shown else "attachment",
        headers={"content-security-policy": POLICY_OF_FILES},
    )


@pages.action("/reports/make")
def make_report(page: Page) -> Response:
    """Write a report."""
    kind = page.read_field("kind", 16)
    if kind not in _JOBS:
        raise HTTPException(404)
    return page.run_job(_JOBS[kind], page.read_field("back") or "/reports")


def list_reports(context: DashboardContext, language: Language) -> list[Report]:
    """Every report in a language, the newest first."""
    return sorted(
        (
            each
            for each in _scan_reports(context)
            if f".{language}." in each.path.name or f"{language}." in each.path.name
        ),
        key=lambda each: (each.changed, each.name),
        reverse=True,
    )


def find_report(context: DashboardContext, name: str) -> Report | None:
    """The report of a name; None where there is none: a name is looked for, never made a path
    of."""
    return next((each for each in _scan_reports(context) if each.name == name), None)


def _scan_reports(context: DashboardContext) -> Iterator[Report]:
    for kind, (folder, pattern) in PLACES.items():
        for path in (context.folder / folder).glob(
            f"**/{pattern}" if kind == "diagnosis" else pattern
        ):
            if path.suffix in MEDIA and path.is_file():
                yield Report(
                    kind,
                    f"{kind}/{path.relative_to(context.folder / folder)}",
                    path,
                    path.stat().st_mtime,
                )
    models = sorted(context.models.glob("*/report.*.html"))
    for path in models:
        yield Report("model", f"model/{path.parent.name}/{path.name}", path, path.stat().st_mtime)
