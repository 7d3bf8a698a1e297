"""What a shop is shown: the daily check, the weekly and monthly reviews, and the diagnosis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, Literal, TypeVar

from winback.ledger.alerts import Alert, list_alerts
from winback.monitoring.daily_check import CheckResult, run_checks, save_result
from winback.monitoring.notify import send_alerts
from winback.reports.diagnosis import build_diagnosis
from winback.reports.diagnosis_figures import Diagnosis
from winback.reports.diagnosis_page import PAGES, write_pages
from winback.reports.review import build_monthly_review, build_weekly_review
from winback.reports.review_content import WeeklyReview
from winback.reports.review_files import write_review
from winback.workflows.workspace import Workspace

ReviewKind = Literal["weekly", "monthly"]
Content = TypeVar("Content")


@dataclass(frozen=True)
class DailyCheck:
    """What was checked of data up to a day, the alerts that are open, and how many were sent."""

    checks: CheckResult
    last_day: date
    alerts: Sequence[Alert]
    alerts_sent: int


@dataclass(frozen=True)
class Written(Generic[Content]):
    """What was computed, and the files it was written to by name."""

    content: Content
    files: Mapping[str, Path]


def run_daily_check(workspace: Workspace) -> DailyCheck:
    """Check data, model and waves; open and resolve alerts, and send each alert once."""
    shop, now = workspace.shop, workspace.now
    ledger, store = workspace.open_ledger(), workspace.open_store()
    checks = run_checks(shop, workspace.home, store, ledger, now)
    save_result(workspace.folder / "reports" / "look", checks, store, now)
    alerts_sent = send_alerts(shop, ledger, workspace.language, now)
    return DailyCheck(checks, store.last_day, list_alerts(ledger), alerts_sent)


def make_review(workspace: Workspace, kind: ReviewKind) -> Written[WeeklyReview]:
    """Write the weekly effect report or the monthly review (B99, B101)."""
    shop, now = workspace.shop, workspace.now
    store, playbook, ledger = (
        workspace.open_store(),
        workspace.load_playbook(),
        workspace.open_ledger(),
    )
    if kind == "weekly":
        review: WeeklyReview = build_weekly_review(shop, playbook, store, ledger, now)
    else:
        bundle = workspace.load_champion()
        review = build_monthly_review(shop, playbook, store, ledger, bundle, now)
    return Written(review, write_review(workspace.folder / "reports", review))


def diagnose_shop(workspace: Workspace, day: date | None) -> Written[Diagnosis]:
    """Write the diagnosis: a page, and one sheet for the owner, in both languages; files holds
    each in `<name>.<language>`, and the figures."""
    bundle, store = workspace.load_champion(), workspace.open_store()
    diagnosis = build_diagnosis(
        workspace.shop, store, bundle, workspace.folder, day, workspace.show_part
    )
    workspace.end_progress()
    places = write_pages(workspace.folder / "diagnosis" / diagnosis["cutoff"], diagnosis)
    files = {
        f"{name}.{language}": places[name].with_suffix(f".{language}.html")
        for name in PAGES
        for language in ("zh", "en")
    }
    return Written(diagnosis, {**files, "figures": places["figures"]})
