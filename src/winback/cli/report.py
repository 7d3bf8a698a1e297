"""`winback report daily|weekly|monthly` (B99, B101), `winback diagnose` and `winback doctor`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import to_builtins

from winback.cli.console import format_day_left_out, print_json, run_command
from winback.cli.options import AsJson, CutoffDay, Lang, ShopFile, command_group
from winback.i18n.error_text import format_error
from winback.i18n.translate import Language, translate
from winback.workflows.process import create_console, parse_cutoff_day, relative_path

if TYPE_CHECKING:  # no command waits for what another loads
    from winback.monitoring.doctor import CheckPoint
    from winback.workflows.report import DailyCheck, ReviewKind

report_app = command_group("Daily check, weekly report and monthly review.")

_CHECK_STYLES = {"alert": "red", "unknown": "yellow"}
_POINT_STYLES = {"bad": "red", "watch": "yellow"}


@report_app.command("daily")
def daily(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Check data, model and waves; open and resolve alerts, and send each alert once."""

    def run(language: Language) -> None:
        from winback.workflows.report import run_daily_check
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        check = run_daily_check(workspace)
        if as_json:
            print_json(_describe_check(workspace.shop.name, check, language))
        else:
            _print_check(workspace.shop.name, check, language)

    run_command(lang, run)


@report_app.command("weekly")
def weekly(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Write the weekly effect report (《干预效果周报》), as pages and workbooks."""
    _make_review("weekly", shop, as_json, lang)


@report_app.command("monthly")
def monthly(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Write the monthly review: indicators of three dimensions, weighted churn, return and
    whether to go on."""
    _make_review("monthly", shop, as_json, lang)


def diagnose(
    shop: ShopFile, cutoff: CutoffDay = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Show how much of the shop is dormant, who becomes dormant next and where to begin: a page,
    and one sheet for the owner."""

    def run(language: Language) -> None:
        from winback.reports.diagnosis_page import PAGES, write_headline
        from winback.workflows.report import diagnose_shop
        from winback.workflows.workspace import open_workspace

        written = diagnose_shop(open_workspace(shop, language), parse_cutoff_day(cutoff))
        if as_json:
            pages = {
                name: {each: str(written.files[f"{name}.{each}"]) for each in ("zh", "en")}
                for name in PAGES
            }
            print_json({**written.content, "pages": pages})
            return
        console = create_console()
        console.print(write_headline(written.content, language), style="bold", markup=False)
        left_out = written.content["day_left_out"]
        if left_out:
            console.print(format_day_left_out(left_out, language), soft_wrap=True)
        files = {name: relative_path(written.files[f"{name}.{language}"]) for name in PAGES}
        shown = {**files, "figures": relative_path(written.files["figures"])}
        console.print(translate("diagnosis.files", language, shown), soft_wrap=True, markup=False)

    run_command(lang, run)


def doctor(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Check this installation and say what to repair; exits with 1 if something must be."""

    def run(language: Language) -> bool:
        from winback.monitoring.doctor import examine_installation
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        points = examine_installation(workspace.shop, workspace.home, workspace.now)
        if as_json:
            print_json(_describe_points(workspace.shop.name, points, language))
        else:
            _print_points(workspace.shop.name, points, language)
        return all(point.state != "bad" for point in points)

    run_command(lang, run)


def _make_review(kind: "ReviewKind", shop: Path, as_json: bool, lang: str | None) -> None:
    def run(language: Language) -> None:
        from winback.measurement.narrative import write_headline
        from winback.workflows.report import make_review
        from winback.workflows.workspace import open_workspace

        written = make_review(open_workspace(shop, language), kind)
        if as_json:
            files = {name: str(path) for name, path in written.files.items()}
            print_json({"files": files, **to_builtins(written.content)})
            return
        console = create_console()
        console.print(translate(f"review.{kind}.title", language), style="bold")
        console.print(write_headline(written.content.to_date, language), markup=False)
        shown = {
            "page": relative_path(written.files[f"{language}.html"]),
            "book": relative_path(written.files[f"{language}.xlsx"]),
        }
        console.print(translate("review.files", language, shown), markup=False, soft_wrap=True)

    run_command(lang, run)


def _describe_check(shop_name: str, check: "DailyCheck", language: Language) -> dict[str, object]:
    from winback.monitoring.alert_text import format_alert

    alerts = [
        {
            "rule": each.rule,
            "subject": each.subject,
            "severity": each.severity,
            "detail": each.detail,
            "opened_at": f"{each.opened_at}Z",
            "said": format_alert(each, language),
        }
        for each in check.alerts
    ]
    return {
        "shop": shop_name,
        "checked": check.checks.checked,
        "alerts": alerts,
        "alerts_sent": check.alerts_sent,
    }


def _print_check(shop_name: str, check: "DailyCheck", language: Language) -> None:
    from winback.monitoring.alert_text import format_alert

    console, title = create_console(), {"shop": shop_name, "day": str(check.last_day)}
    console.print(translate("review.daily", language, title), style="bold")
    for rule, state in check.checks.checked.items():
        shown = translate(f"monitoring.state.{state}", language)
        named = translate(f"monitoring.rule.{rule}", language)
        console.print(f"  {shown:<16}{named}", style=_CHECK_STYLES.get(state, "green"))
    for alert in check.alerts:
        console.print(format_alert(alert, language), markup=False)
    if check.alerts_sent:
        console.print(translate("review.sent", language, {"count": check.alerts_sent}))


def _format_point(point: "CheckPoint", language: Language) -> str:
    why = {"why": format_error(point.error, language)} if point.error else {}
    return translate(point.key, language, {**point.values, **why})


def _describe_points(
    shop_name: str, points: "Sequence[CheckPoint]", language: Language
) -> dict[str, object]:
    from winback.monitoring.doctor import grade_points

    rows = [
        {"state": point.state, "point": point.key, "said": _format_point(point, language)}
        for point in points
    ]
    return {"shop": shop_name, "grade": grade_points(points), "points": rows}


def _print_points(shop_name: str, points: "Sequence[CheckPoint]", language: Language) -> None:
    from winback.monitoring.doctor import grade_points

    console = create_console()
    console.print(translate("doctor.title", language, {"shop": shop_name}), style="bold")
    for point in points:
        state = translate(f"doctor.state.{point.state}", language)
        style = _POINT_STYLES.get(point.state, "green")
        console.print(f"  {state:<8}{_format_point(point, language)}", style=style, markup=False)
    counts = {
        state: sum(point.state == state for point in points) for state in ("well", "watch", "bad")
    }
    grade = {"grade": grade_points(points), **counts}
    console.print(translate("doctor.grade", language, grade), style="bold")
