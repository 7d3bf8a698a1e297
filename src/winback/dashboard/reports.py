"""Reports on the page: what was written for owners and for operators, to open or to take along."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from winback.dashboard.context import DashboardContext
from winback.i18n.translate import Language

MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Kinds of reports and where each lies, under the shop's folder.
PLACES = {
    "weekly": ("reports", "weekly-*"),
    "monthly": ("reports", "monthly-*"),
    "diagnosis": ("diagnosis", "*"),
    "quality": ("quality", "report.*"),
}


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
