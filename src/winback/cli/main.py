"""One command a step of the week. Commands read the clock and the environment, and render what is
refused.

Exit codes: 0 done, 1 failed, 2 usage, 3 data refused. `--json` prints exactly one JSON document on
stdout; progress goes to stderr, and only to a terminal.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from winback.cli.console import (
    day_of,
    done,
    explained,
    home_of,
    import_tables,
    language_of,
    near,
    progress,
    utc_now,
    wide_console,
)
from winback.cli.explain_row import explain_row
from winback.cli.import_wizard import ask_operator, first_import, previewed
from winback.cli.keys import keys_app
from winback.cli.measure import measure
from winback.cli.models import show_models
from winback.cli.operators import operators_app
from winback.cli.options import AsJson, CutoffDay, Lang, ShopFile, command_group
from winback.cli.privacy import erase, export, opt_out
from winback.cli.recall import book_app, diagnose, recall
from winback.cli.report import doctor, report_app
from winback.cli.serve import serve
from winback.cli.simulate import simulate
from winback.cli.wave import audit, rehearse, wave_app
from winback.config.shop import Shop, read_shop
from winback.core.cutoff import Cutoff
from winback.core.errors import (
    FilesAndShop,
    MergeUnknown,
    PreviewNeedsFiles,
    ShopOrFilesNeeded,
    WinbackError,
)
from winback.data.store import Manifest
from winback.i18n.translate import Language, inert, say
from winback.monitoring.data_quality import alarm_sentence
from winback.reports.data_quality_page import write_report

app = command_group("Find the customers a web shop is silently losing, and what to do about each.")

_OLD_MODEL_DAYS = 182  # MODEL 2.10: warn after six months
_WEEKS = 4  # of the calendar that are told; the file has them all


@app.command("import")
def import_command(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Exports to bring in as a new shop.")
    ] = None,
    shop: Annotated[
        Path | None, typer.Option("--shop", help="The shop's TOML file, if it has one.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call a new shop.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write a new shop's TOML.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", help="An answer beforehand, such as currency=EUR.")
    ] = None,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview", help="Say what files seem to be and write the TOML, but import nothing."
        ),
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option("--explain", help="FILE:LINE, an order or a customer: where is it?"),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Bring exports in: a shop's own, or files of a new shop; importing the same again changes
    nothing."""
    language = language_of(lang, os.environ)

    def run() -> None:
        home = home_of(os.environ)
        if explain is not None:
            explain_row(
                read_shop(_shop_file(shop), os.environ), home, utc_now(), explain, language, as_json
            )
            return
        told: dict[str, Any] = {}
        shop_file = shop
        if files and shop:
            raise FilesAndShop(shop=str(shop))
        if preview and not files:
            raise PreviewNeedsFiles
        if files:
            if preview:
                found = previewed(files, name, out, given or [], home, utc_now(), language)
                print(
                    json.dumps(found, ensure_ascii=False)
                    if as_json
                    else found["refused"] or near(found["shop_file"])
                )
                return
            ask = None if as_json or not sys.stdin.isatty() else ask_operator
            told = first_import(
                files, name, out, given or [], home, utc_now(), language, ask, quiet=as_json
            )
            shop_file = Path(told["shop_file"])
        settings = read_shop(_shop_file(shop_file), os.environ)
        try:
            store = import_tables(settings, home, utc_now(), language)
        except WinbackError:
            if files:  # so that another try with other answers finds no shop in its way
                Path(told["shop_file"]).unlink()
            raise
        report = write_report(settings, store, home.shop(settings.name), utc_now())
        if as_json:
            whole = {
                **told,
                **vars(store.manifest),
                "quarantine": _quarantine(settings),
                "quality": report.path,
                "alarms": report.alarms,
            }
            print(json.dumps(whole, ensure_ascii=False))
            return
        _print_import(store.manifest, language)
        console = wide_console()
        for alarm in report.alarms:
            console.print(
                say("import.alarm", language, {"alarm": alarm_sentence(alarm, language)}),
                markup=False,
                style="yellow",
            )
        page = near(Path(report.path).with_name(f"report.{language}.html"))
        console.print(say("import.report", language, {"page": page}), markup=False, soft_wrap=True)
        if files:
            console.print(
                say("import.next", language, {"shop_file": near(_shop_file(shop_file))}),
                markup=False,
                soft_wrap=True,
            )

    raise typer.Exit(explained(run, language))


@app.command()
def merges(
    shop: ShopFile,
    undo: Annotated[
        str | None, typer.Option("--undo", help="An id of the list that is a person of its own.")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """List ids that stand under another customer, or keep one apart from the next import on."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.ingest.pipeline import keep_apart
        from winback.data.store import merges_in, open_store

        settings = read_shop(shop, os.environ)
        folder = home_of(os.environ).shop(settings.name)
        found = merges_in(open_store(folder))
        if undo is not None:
            merge = next((each for each in found if each["merged_id"] == undo), None)
            if merge is None:
                raise MergeUnknown(value=undo, shop=settings.name)
            keep_apart(folder, merge["merged_id"], merge["customer_id"])
            wide_console().print(say("merges.undone", language, merge)) if not as_json else print(
                json.dumps({"undone": merge})
            )
            return
        if as_json:
            print(json.dumps({"merges": found}, ensure_ascii=False))
            return
        table = Table(box=None, pad_edge=False)
        for key in ("merged_id", "customer_id", "rule"):
            table.add_column(say(f"merges.{key}", language))
        for merge in found:
            ids = (escape(inert(merge[key])) for key in ("merged_id", "customer_id"))
            table.add_row(*ids, say(f"merges.rule.{merge['rule']}", language))
        wide_console().print(table if found else say("merges.none", language))

    raise typer.Exit(explained(run, language))


@app.command()
def score(
    shop: ShopFile, cutoff: CutoffDay = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Score every customer and route each into one recall segment: a snapshot, a list and a
    summary."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.contacts import read_contacts
        from winback.data.store import open_store
        from winback.features.registry import spec_hash
        from winback.model.versions import champion
        from winback.scoring.batch import score as score_shop

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        day = day_of(cutoff)
        bundle = champion(home.models(settings.name), spec_hash())
        folder = home.shop(settings.name)
        store = open_store(folder)
        summary = score_shop(
            settings,
            store,
            bundle,
            folder / "snapshots",
            day,
            language,
            lambda part, parts: progress(f"{settings.name}: {part}/{parts}"),
            read_contacts(settings, store, folder),
        )
        done()
        if as_json:
            print(json.dumps(summary, ensure_ascii=False))
        else:
            _print_summary(summary, language)

    raise typer.Exit(explained(run, language))


@app.command()
def models(
    shop: ShopFile,
    promote: Annotated[
        str | None, typer.Option("--promote", help="The version that shall score from now on.")
    ] = None,
    back: Annotated[
        bool, typer.Option("--rollback", help="Let the model score again that did before.")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """List a shop's models, or say which one scores."""
    language = language_of(lang, os.environ)

    def run() -> None:
        show_models(
            read_shop(shop, os.environ),
            home_of(os.environ),
            utc_now(),
            promote,
            back,
            language,
            as_json,
        )

    raise typer.Exit(explained(run, language))


@app.command()
def sql(
    shop: ShopFile,
    cutoff: CutoffDay = None,
    dialect: Annotated[Literal["duckdb", "postgres"], typer.Option(help="Whose SQL.")] = "duckdb",
    as_json: AsJson = False,
) -> None:
    """Print the statement that makes every feature as of a cut-off (A20)."""
    language = language_of(None, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.features.registry import feeds_at
        from winback.features.sql_compiler import feature_statement

        settings = read_shop(shop, os.environ)
        store = open_store(home_of(os.environ).shop(settings.name))
        chosen = Cutoff(
            day_of(cutoff) or store.last_day, settings.timezone, settings.outcome_days or 90
        )
        statement = feature_statement(chosen, feeds_at(store.first_known, chosen), dialect)
        print(
            json.dumps({"cutoff": str(chosen.day), "dialect": dialect, "sql": statement})
            if as_json
            else statement + ";"
        )

    raise typer.Exit(explained(run, language))


app.command()(diagnose)
app.command()(recall)
app.add_typer(book_app, name="playbook")
app.add_typer(keys_app, name="keys")
app.add_typer(operators_app, name="operators")
app.add_typer(wave_app, name="wave")
app.command()(measure)
app.add_typer(report_app, name="report")
app.command()(audit)
app.command()(rehearse)
for person_command, its_name in ((opt_out, "opt-out"), (erase, "erase"), (export, "export")):
    app.command(its_name)(person_command)
app.command()(serve)
app.command()(doctor)
app.command()(simulate)


def _shop_file(path: Path | None) -> Path:
    if path is None:
        raise ShopOrFilesNeeded
    return path


def _print_import(manifest: Manifest, language: Language) -> None:
    console = wide_console()
    console.print(
        say(
            "import.done",
            language,
            {
                "shop": manifest.shop,
                "first": manifest.first_day,
                "last": manifest.last_day,
                "events": f"{manifest.tables['events']:,}",
                **{
                    key: f"{manifest.counts[key]:,}"
                    for key in ("orders", "customers", "refunds", "duplicates")
                },
            },
        )
    )
    for flag in ("gifts", "wholesale", "brushing", "deposits", "taken_back", "merged_ids"):
        if manifest.counts[flag]:
            console.print(say(f"import.{flag}", language, {"count": f"{manifest.counts[flag]:,}"}))
    for reason, count in manifest.quarantined.items():
        console.print(
            say(
                "import.quarantined",
                language,
                {"count": f"{count:,}", "reason": say(reason, language)},
            )
        )
    for status, count in manifest.left_out.items():
        console.print(
            say("import.left_out", language, {"count": f"{count:,}", "status": status}),
            markup=False,
        )


def _quarantine(shop: Shop) -> str:
    return str(home_of(os.environ).shop(shop.name) / "tables" / "quarantine" / "000.parquet")


def _print_summary(summary: dict[str, Any], language: Language) -> None:
    console = wide_console()
    customers, mine = summary["customers"], summary["gold_mine"]

    def money(cents: int) -> str:
        return f"{mine['currency']} {cents / 100:,.0f}"

    console.print(
        say("score.title", language, {**summary, "customers": f"{customers:,}"}), style="bold"
    )
    for title, by, words in (
        ("score.by_recall", "by_recall_segment", "recall"),
        ("score.by_quadrant", "by_quadrant", "quadrant"),
        ("score.by_tier", "by_tier", "tier"),
    ):
        table = Table(box=None, pad_edge=False)
        table.add_column(say(title, language), min_width=34)
        table.add_column(say("score.customers", language), justify="right")
        table.add_column(say("score.share", language), justify="right")
        worth = summary["worth"] if by == "by_recall_segment" else {}
        for key in ("expected", "stake") if worth else ():
            table.add_column(say(f"score.{key}", language), justify="right")
        for name, count in summary[by].items():
            sums = (
                [
                    worth[name][f"{key}_cents"]["value"]
                    for key in ("expected_spend", "value_at_stake")
                ]
                if worth
                else []
            )
            table.add_row(
                say(f"{words}.{name}", language),
                f"{count:,}",
                f"{count / customers:.1%}",
                *map(money, sums),
            )
        console.print(table)
    values = {
        "customers": f"{mine['customers']:,}",
        "silence": round(mine["silence_days"]),
        "outcome_days": mine["outcome_days"],
        "spend": money(mine["spend_at_stake_cents"]),
        "returning": f"{mine['self_returning_customers']:,.0f}",
        "returning_spend": money(mine["self_returning_spend_cents"]),
        **mine["backtest"],
    }
    spoken = "score.gold_mine" if mine["spend_at_stake_cents"] else "score.gold_mine.no_money"
    console.print(say(spoken, language, values), style="bold")
    console.print(
        say(
            "score.gold_mine.how",
            language,
            {**values, "expected": f"{mine['backtest']['expected']:,.0f}"},
        )
    )
    for key, group in (("score.gold_mine.stake", "gold_mine"), ("score.worth", "all")):
        if summary["worth"]:
            console.print(
                say(
                    key,
                    language,
                    {
                        "outcome_days": mine["outcome_days"],
                        **_totals(summary["worth"][group], money),
                    },
                )
            )
    if summary["falls_silent"]["peaks"]:
        weeks = ", ".join(
            f"{week['from']} {week['expected']:,.0f}"
            for week in summary["falls_silent"]["by_week"][:_WEEKS]
        )
        console.print(say("score.weeks", language, {"weeks": weeks}), markup=False)
        console.print(say("score.peaks", language))
    for peak in summary["falls_silent"]["peaks"]:
        shown = {
            "day": peak["day"],
            "customers": f"{peak['customers']:,}",
            "expected": f"{peak['expected']:,.0f}",
        }
        sale = peak["last_bought_in"]
        console.print(
            say("score.peak.sale" if sale else "score.peak", language, {**shown, "sale": sale}),
            markup=False,
        )
    if summary["model_age_days"] > _OLD_MODEL_DAYS:
        console.print(
            say("score.old_model", language, {"days": summary["model_age_days"]}), style="yellow"
        )
    if summary["segments_without_input"]:
        names = ", ".join(
            say(f"recall.{name}", language) for name in summary["segments_without_input"]
        )
        console.print(say("score.no_input", language, {"segments": names}))
    if summary["model_has_seen_later_orders_until"]:
        console.print(
            say(
                "score.after_training",
                language,
                {"seen": summary["model_has_seen_later_orders_until"]},
            )
        )
    console.print(say("score.files", language, summary), soft_wrap=True)


def _totals(group: dict[str, Any], money: Callable[[int], str]) -> dict[str, str]:
    """A group's totals and their intervals as money."""
    return {
        f"{short}{'' if part == 'value' else f'_{part}'}": money(cents)
        for short, key in (
            ("expected", "expected_spend_cents"),
            ("at_stake", "value_at_stake_cents"),
        )
        for part, cents in group[key].items()
    }
