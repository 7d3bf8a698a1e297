"""`winback report daily|weekly|monthly` (B99, B101) and `winback doctor`."""

import json
import os
from typing import Any

import typer

from winback.cli.console import (
    choose_language,
    create_console,
    get_home,
    get_utc_now,
    open_shop_ledger,
    relative_path,
    run_and_exit_code,
)
from winback.cli.options import AsJson, Lang, ShopFile, command_group
from winback.config.shop import load_shop
from winback.i18n.error_text import format_error
from winback.i18n.translate import translate

report_app = command_group("Daily check, weekly report and monthly review.")


@report_app.command("daily")
def daily(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Check data, model and waves; open and resolve alerts, and send each alert once."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.ledger.alerts import list_alerts
        from winback.monitoring.alert_text import format_alert
        from winback.monitoring.daily_check import run_checks, save_result
        from winback.monitoring.notify import send_alerts

        settings, home, now = load_shop(shop, os.environ), get_home(os.environ), get_utc_now()
        ledger, store = open_shop_ledger(shop), open_store(home.get_shop_folder(settings.name))
        look = run_checks(settings, home, store, ledger, now)
        save_result(home.get_shop_folder(settings.name) / "reports" / "look", look, store, now)
        alerts_sent = send_alerts(settings, ledger, language, now)
        alerts = list_alerts(ledger)
        if as_json:
            shown = [
                {
                    "rule": each.rule,
                    "subject": each.subject,
                    "severity": each.severity,
                    "detail": each.detail,
                    "opened_at": f"{each.opened_at}Z",
                    "said": format_alert(each, language),
                }
                for each in alerts
            ]
            print(
                json.dumps(
                    {
                        "shop": settings.name,
                        "checked": look.checked,
                        "alerts": shown,
                        "alerts_sent": alerts_sent,
                    },
                    ensure_ascii=False,
                )
            )
            return
        console = create_console()
        console.print(
            translate(
                "review.daily", language, {"shop": settings.name, "day": str(store.last_day)}
            ),
            style="bold",
        )
        for rule, state in look.checked.items():
            style = {"alert": "red", "unknown": "yellow"}.get(state, "green")
            console.print(
                f"  "
                f"{translate(f'monitoring.state.{state}', language):<16}"
                f"{translate(f'monitoring.rule.{rule}', language)}",
                style=style,
            )
        for alert in alerts:
            console.print(format_alert(alert, language), markup=False)
        if alerts_sent:
            console.print(translate("review.sent", language, {"count": alerts_sent}))

    raise typer.Exit(run_and_exit_code(run, language))


@report_app.command("weekly")
def weekly(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Write the weekly effect report (《干预效果周报》), as pages and workbooks."""
    _write_review("weekly", shop, as_json, lang)


@report_app.command("monthly")
def monthly(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Write the monthly review: indicators of three dimensions, weighted churn, return and
    whether to go on."""
    _write_review("monthly", shop, as_json, lang)


def _write_review(kind: str, shop: Any, as_json: bool, lang: str | None) -> None:
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.features.registry import hash_spec
        from winback.measurement.narrative import write_headline
        from winback.model.versions import load_champion
        from winback.playbooks.matching import load_playbook
        from winback.reports.review import build_monthly_review, build_weekly_review
        from winback.reports.review_files import write_review

        settings, home, now = load_shop(shop, os.environ), get_home(os.environ), get_utc_now()
        store, playbook, ledger = (
            open_store(home.get_shop_folder(settings.name)),
            load_playbook(settings),
            open_shop_ledger(shop),
        )
        if kind == "weekly":
            review = build_weekly_review(settings, playbook, store, ledger, now)
        else:
            review = build_monthly_review(
                settings,
                playbook,
                store,
                ledger,
                load_champion(home.get_models_folder(settings.name), hash_spec()),
                now,
            )
        files = write_review(home.get_shop_folder(settings.name) / "reports", review)
        if as_json:
            print(
                json.dumps(
                    {"files": {name: str(path) for name, path in files.items()}, **review},
                    ensure_ascii=False,
                )
            )
            return
        console = create_console()
        console.print(translate(f"review.{kind}.title", language), style="bold")
        console.print(write_headline(review["to_date"], language), markup=False)
        shown = {
            "page": relative_path(files[f"{language}.html"]),
            "book": relative_path(files[f"{language}.xlsx"]),
        }
        console.print(translate("review.files", language, shown), markup=False, soft_wrap=True)

    raise typer.Exit(run_and_exit_code(run, language))


def doctor(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Check this installation and say what to repair; exits with 1 if something must be."""
    language = choose_language(lang, os.environ)
    failed = False

    def run() -> None:
        nonlocal failed
        from winback.monitoring.doctor import examine_installation, grade_points

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        points = examine_installation(settings, home)
        failed = any(point.state == "bad" for point in points)
        sentences = [
            translate(
                point.key,
                language,
                {
                    **point.values,
                    **({"why": format_error(point.error, language)} if point.error else {}),
                },
            )
            for point in points
        ]
        if as_json:
            rows = [
                {"state": point.state, "point": point.key, "said": text}
                for point, text in zip(points, sentences, strict=True)
            ]
            print(
                json.dumps(
                    {"shop": settings.name, "grade": grade_points(points), "points": rows},
                    ensure_ascii=False,
                )
            )
            return
        console = create_console()
        console.print(translate("doctor.title", language, {"shop": settings.name}), style="bold")
        for point, text in zip(points, sentences, strict=True):
            style = {"bad": "red", "watch": "yellow"}.get(point.state, "green")
            console.print(
                f"  {translate(f'doctor.state.{point.state}', language):<8}{text}",
                style=style,
                markup=False,
            )
        counts = {
            state: sum(point.state == state for point in points)
            for state in ("well", "watch", "bad")
        }
        console.print(
            translate("doctor.grade", language, {"grade": grade_points(points), **counts}),
            style="bold",
        )

    code = run_and_exit_code(run, language)
    raise typer.Exit(code or int(failed))
