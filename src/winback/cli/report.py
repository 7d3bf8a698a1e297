"""`winback report daily|weekly|monthly` (B99, B101) and `winback doctor`."""

import json
import os
from typing import Any

import typer

from winback.cli.console import (
    explained,
    home_of,
    language_of,
    ledger_of,
    near,
    utc_now,
    wide_console,
)
from winback.cli.options import AsJson, Lang, ShopFile, command_group
from winback.config.shop import read_shop
from winback.i18n.error_text import sentence
from winback.i18n.translate import say

report_app = command_group("A look a day, a report a week, a review a month.")


@report_app.command("daily")
def daily(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Look at data, model and waves; open and resolve alarms, and tell whoever is named of them,
    once."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.ledger.alarms import list_alarms
        from winback.monitoring.alarm_text import alarm_told
        from winback.monitoring.daily_check import keep_look, looked
        from winback.monitoring.notify import tell

        settings, home, now = read_shop(shop, os.environ), home_of(os.environ), utc_now()
        ledger, store = ledger_of(shop), open_store(home.shop(settings.name))
        look = looked(settings, home, store, ledger, now)
        keep_look(home.shop(settings.name) / "reports" / "look", look, store, now)
        told = tell(settings, ledger, language, now)
        alarms = list_alarms(ledger)
        if as_json:
            shown = [
                {
                    "rule": each.rule,
                    "subject": each.subject,
                    "severity": each.severity,
                    "detail": each.detail,
                    "opened_at": f"{each.opened_at}Z",
                    "said": alarm_told(each, language),
                }
                for each in alarms
            ]
            print(
                json.dumps(
                    {"shop": settings.name, "checked": look.checked, "alarms": shown, "told": told},
                    ensure_ascii=False,
                )
            )
            return
        console = wide_console()
        console.print(
            say("review.daily", language, {"shop": settings.name, "day": str(store.last_day)}),
            style="bold",
        )
        for rule, state in look.checked.items():
            style = {"alarm": "red", "unknown": "yellow"}.get(state, "green")
            console.print(
                f"  "
                f"{say(f'watch.state.{state}', language):<16}{say(f'watch.rule.{rule}', language)}",
                style=style,
            )
        for alarm in alarms:
            console.print(alarm_told(alarm, language), markup=False)
        if told:
            console.print(say("review.told", language, {"count": told}))

    raise typer.Exit(explained(run, language))


@report_app.command("weekly")
def weekly(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Write the weekly effect report (《干预效果周报》), as pages and workbooks."""
    _written("weekly", shop, as_json, lang)


@report_app.command("monthly")
def monthly(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Write the monthly review: indicators of three dimensions, weighted churn, return and
    whether to go on."""
    _written("monthly", shop, as_json, lang)


def _written(kind: str, shop: Any, as_json: bool, lang: str | None) -> None:
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.features.registry import spec_hash
        from winback.measurement.narrative import headline
        from winback.model.versions import champion
        from winback.playbooks.matching import book_of
        from winback.reports.review import monthly_review, weekly_review
        from winback.reports.review_files import write_review

        settings, home, now = read_shop(shop, os.environ), home_of(os.environ), utc_now()
        store, book, ledger = (
            open_store(home.shop(settings.name)),
            book_of(settings),
            ledger_of(shop),
        )
        if kind == "weekly":
            told = weekly_review(settings, book, store, ledger, now)
        else:
            told = monthly_review(
                settings,
                book,
                store,
                ledger,
                champion(home.models(settings.name), spec_hash()),
                now,
            )
        files = write_review(home.shop(settings.name) / "reports", told)
        if as_json:
            print(
                json.dumps(
                    {"files": {name: str(path) for name, path in files.items()}, **told},
                    ensure_ascii=False,
                )
            )
            return
        console = wide_console()
        console.print(say(f"review.{kind}.title", language), style="bold")
        console.print(headline(told["to_date"], language), markup=False)
        shown = {"page": near(files[f"{language}.html"]), "book": near(files[f"{language}.xlsx"])}
        console.print(say("review.files", language, shown), markup=False, soft_wrap=True)

    raise typer.Exit(explained(run, language))


def doctor(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Say how well this installation is, and what to mend; ends with 1 where something must be."""
    language = language_of(lang, os.environ)
    failed = False

    def run() -> None:
        nonlocal failed
        from winback.monitoring.doctor import examined, grade

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        points = examined(settings, home)
        failed = any(point.state == "bad" for point in points)
        said = [
            say(
                point.key,
                language,
                {
                    **point.values,
                    **({"why": sentence(point.error, language)} if point.error else {}),
                },
            )
            for point in points
        ]
        if as_json:
            rows = [
                {"state": point.state, "point": point.key, "said": text}
                for point, text in zip(points, said, strict=True)
            ]
            print(
                json.dumps(
                    {"shop": settings.name, "grade": grade(points), "points": rows},
                    ensure_ascii=False,
                )
            )
            return
        console = wide_console()
        console.print(say("doctor.title", language, {"shop": settings.name}), style="bold")
        for point, text in zip(points, said, strict=True):
            style = {"bad": "red", "watch": "yellow"}.get(point.state, "green")
            console.print(
                f"  {say(f'doctor.state.{point.state}', language):<8}{text}",
                style=style,
                markup=False,
            )
        counts = {
            state: sum(point.state == state for point in points)
            for state in ("well", "watch", "bad")
        }
        console.print(
            say("doctor.grade", language, {"grade": grade(points), **counts}), style="bold"
        )

    code = explained(run, language)
    raise typer.Exit(code or int(failed))
