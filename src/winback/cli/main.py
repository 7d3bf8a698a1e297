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
    choose_language,
    clear_progress,
    create_console,
    get_home,
    get_utc_now,
    import_and_open,
    parse_cutoff_day,
    relative_path,
    run_and_exit_code,
    show_progress,
)
from winback.cli.explain_row import explain_row
from winback.cli.import_wizard import ask_operator, import_new_shop, preview_import
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
from winback.config.shop import Shop, load_shop
from winback.core.cutoff import Cutoff
from winback.core.errors import (
    FilesAndShop,
    MergeUnknown,
    PreviewNeedsFiles,
    ShopOrFilesNeeded,
    WinbackError,
)
from winback.data.store import Manifest
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.monitoring.data_quality import format_quality_alert
from winback.reports.data_quality_page import write_report

app = command_group("Find the customers a web shop is losing, and decide what to do about each.")

_OLD_MODEL_DAYS = 182  # warn after six months
_WEEKS = 4  # of the calendar that are shown; the file has them all


@app.command("import")
def import_command(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Exports to import as a new shop.")
    ] = None,
    shop: Annotated[
        Path | None, typer.Option("--shop", help="The shop's TOML file, if it has one.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of a new shop.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write a new shop's TOML.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="An answer given in advance, such as currency=EUR."),
    ] = None,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview",
            help="Show what the files seem to be and write the TOML, but import nothing.",
        ),
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option("--explain", help="Say where FILE:LINE, an order or a customer is."),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Import a shop's exports, or the files of a new shop. Importing the same again changes
    nothing."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        home = get_home(os.environ)
        if explain is not None:
            explain_row(
                load_shop(_find_shop_file(shop), os.environ),
                home,
                get_utc_now(),
                explain,
                language,
                as_json,
            )
            return
        result: dict[str, Any] = {}
        shop_file = shop
        if files and shop:
            raise FilesAndShop(shop=str(shop))
        if preview and not files:
            raise PreviewNeedsFiles
        if files:
            if preview:
                preview_result = preview_import(
                    files, name, out, given or [], home, get_utc_now(), language
                )
                print(
                    json.dumps(preview_result, ensure_ascii=False)
                    if as_json
                    else preview_result["refused"] or relative_path(preview_result["shop_file"])
                )
                return
            ask = None if as_json or not sys.stdin.isatty() else ask_operator
            result = import_new_shop(
                files, name, out, given or [], home, get_utc_now(), language, ask, quiet=as_json
            )
            shop_file = Path(result["shop_file"])
        settings = load_shop(_find_shop_file(shop_file), os.environ)
        try:
            store = import_and_open(settings, home, get_utc_now(), language)
        except WinbackError:
            if files:  # so that another try with other answers finds no shop in its way
                Path(result["shop_file"]).unlink()
            raise
        report = write_report(settings, store, home.get_shop_folder(settings.name), get_utc_now())
        if as_json:
            whole = {
                **result,
                **vars(store.manifest),
                "quarantine": _describe_quarantine(settings),
                "quality": report.path,
                "alerts": report.alerts,
            }
            print(json.dumps(whole, ensure_ascii=False))
            return
        _print_import(store.manifest, language)
        console = create_console()
        for alert in report.alerts:
            console.print(
                translate(
                    "import.alert", language, {"alert": format_quality_alert(alert, language)}
                ),
                markup=False,
                style="yellow",
            )
        page = relative_path(Path(report.path).with_name(f"report.{language}.html"))
        console.print(
            translate("import.report", language, {"page": page}), markup=False, soft_wrap=True
        )
        if files:
            console.print(
                translate(
                    "import.next",
                    language,
                    {"shop_file": relative_path(_find_shop_file(shop_file))},
                ),
                markup=False,
                soft_wrap=True,
            )

    raise typer.Exit(run_and_exit_code(run, language))


@app.command()
def merges(
    shop: ShopFile,
    undo: Annotated[
        str | None, typer.Option("--undo", help="An id of the list that is a separate person.")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """List ids merged into another customer, or keep one separate from the next import on."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.data.ingest.pipeline import add_unmerge
        from winback.data.store import list_merges, open_store

        settings = load_shop(shop, os.environ)
        folder = get_home(os.environ).get_shop_folder(settings.name)
        merges = list_merges(open_store(folder))
        if undo is not None:
            merge = next((each for each in merges if each["merged_id"] == undo), None)
            if merge is None:
                raise MergeUnknown(value=undo, shop=settings.name)
            add_unmerge(folder, merge["merged_id"], merge["customer_id"])
            create_console().print(
                translate("merges.undone", language, merge)
            ) if not as_json else print(json.dumps({"undone": merge}))
            return
        if as_json:
            print(json.dumps({"merges": merges}, ensure_ascii=False))
            return
        table = Table(box=None, pad_edge=False)
        for key in ("merged_id", "customer_id", "rule"):
            table.add_column(translate(f"merges.{key}", language))
        for merge in merges:
            ids = (escape(strip_control_chars(merge[key])) for key in ("merged_id", "customer_id"))
            table.add_row(*ids, translate(f"merges.rule.{merge['rule']}", language))
        create_console().print(table if merges else translate("merges.none", language))

    raise typer.Exit(run_and_exit_code(run, language))


@app.command()
def score(
    shop: ShopFile, cutoff: CutoffDay = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Score every customer and route each into one recall segment: a snapshot, a list and a
    summary."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.data.contacts import load_contacts
        from winback.data.store import open_store
        from winback.features.registry import hash_spec
        from winback.model.versions import load_champion
        from winback.scoring.batch import score_shop as score_shop

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        day = parse_cutoff_day(cutoff)
        bundle = load_champion(home.get_models_folder(settings.name), hash_spec())
        folder = home.get_shop_folder(settings.name)
        store = open_store(folder)
        summary = score_shop(
            settings,
            store,
            bundle,
            folder / "snapshots",
            day,
            language,
            lambda part, parts: show_progress(f"{settings.name}: {part}/{parts}"),
            load_contacts(settings, store, folder),
        )
        clear_progress()
        if as_json:
            print(json.dumps(summary, ensure_ascii=False))
        else:
            _print_summary(summary, language)

    raise typer.Exit(run_and_exit_code(run, language))


@app.command()
def models(
    shop: ShopFile,
    promote: Annotated[
        str | None, typer.Option("--promote", help="The version that scores from now on.")
    ] = None,
    back: Annotated[
        bool, typer.Option("--rollback", help="Go back to the model that scored before.")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """List a shop's models, or choose which one scores."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        show_models(
            load_shop(shop, os.environ),
            get_home(os.environ),
            get_utc_now(),
            promote,
            back,
            language,
            as_json,
        )

    raise typer.Exit(run_and_exit_code(run, language))


@app.command()
def sql(
    shop: ShopFile,
    cutoff: CutoffDay = None,
    dialect: Annotated[Literal["duckdb", "postgres"], typer.Option(help="SQL dialect.")] = "duckdb",
    as_json: AsJson = False,
) -> None:
    """Print the SQL statement that computes every feature as of a cut-off."""
    language = choose_language(None, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.features.registry import get_available_feeds
        from winback.features.sql_compiler import compile_features

        settings = load_shop(shop, os.environ)
        store = open_store(get_home(os.environ).get_shop_folder(settings.name))
        chosen = Cutoff(
            parse_cutoff_day(cutoff) or store.last_day,
            settings.timezone,
            settings.outcome_days or 90,
        )
        statement = compile_features(
            chosen, get_available_feeds(store.first_known, chosen), dialect
        )
        print(
            json.dumps({"cutoff": str(chosen.day), "dialect": dialect, "sql": statement})
            if as_json
            else statement + ";"
        )

    raise typer.Exit(run_and_exit_code(run, language))


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


def _find_shop_file(path: Path | None) -> Path:
    if path is None:
        raise ShopOrFilesNeeded
    return path


def _print_import(manifest: Manifest, language: Language) -> None:
    console = create_console()
    console.print(
        translate(
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
            console.print(
                translate(f"import.{flag}", language, {"count": f"{manifest.counts[flag]:,}"})
            )
    for reason, count in manifest.quarantined.items():
        console.print(
            translate(
                "import.quarantined",
                language,
                {"count": f"{count:,}", "reason": translate(reason, language)},
            )
        )
    for status, count in manifest.left_out.items():
        console.print(
            translate("import.left_out", language, {"count": f"{count:,}", "status": status}),
            markup=False,
        )


def _describe_quarantine(shop: Shop) -> str:
    return str(
        get_home(os.environ).get_shop_folder(shop.name) / "tables" / "quarantine" / "000.parquet"
    )


def _print_summary(summary: dict[str, Any], language: Language) -> None:
    console = create_console()
    customers, mine = summary["customers"], summary["dormant_value"]

    def format_money(cents: int) -> str:
        return f"{mine['currency']} {cents / 100:,.0f}"

    console.print(
        translate("score.title", language, {**summary, "customers": f"{customers:,}"}), style="bold"
    )
    for title, by, words in (
        ("score.by_recall", "by_recall_segment", "recall"),
        ("score.by_quadrant", "by_quadrant", "quadrant"),
        ("score.by_tier", "by_tier", "tier"),
    ):
        table = Table(box=None, pad_edge=False)
        table.add_column(translate(title, language), min_width=34)
        table.add_column(translate("score.customers", language), justify="right")
        table.add_column(translate("score.share", language), justify="right")
        worth = summary["worth"] if by == "by_recall_segment" else {}
        for key in ("expected", "stake") if worth else ():
            table.add_column(translate(f"score.{key}", language), justify="right")
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
                translate(f"{words}.{name}", language),
                f"{count:,}",
                f"{count / customers:.1%}",
                *map(format_money, sums),
            )
        console.print(table)
    values = {
        "customers": f"{mine['customers']:,}",
        "silence": round(mine["silence_days"]),
        "outcome_days": mine["outcome_days"],
        "spend": format_money(mine["spend_at_stake_cents"]),
        "returning": f"{mine['self_returning_customers']:,.0f}",
        "returning_spend": format_money(mine["self_returning_spend_cents"]),
        **mine["backtest"],
    }
    spoken = (
        "score.dormant_value" if mine["spend_at_stake_cents"] else "score.dormant_value.no_money"
    )
    console.print(translate(spoken, language, values), style="bold")
    console.print(
        translate(
            "score.dormant_value.how",
            language,
            {**values, "expected": f"{mine['backtest']['expected']:,.0f}"},
        )
    )
    for key, group in (("score.dormant_value.stake", "dormant_value"), ("score.worth", "all")):
        if summary["worth"]:
            console.print(
                translate(
                    key,
                    language,
                    {
                        "outcome_days": mine["outcome_days"],
                        **_format_totals(summary["worth"][group], format_money),
                    },
                )
            )
    if summary["becomes_dormant"]["peaks"]:
        weeks = ", ".join(
            f"{week['from']} {week['expected']:,.0f}"
            for week in summary["becomes_dormant"]["by_week"][:_WEEKS]
        )
        console.print(translate("score.weeks", language, {"weeks": weeks}), markup=False)
        console.print(translate("score.peaks", language))
    for peak in summary["becomes_dormant"]["peaks"]:
        shown = {
            "day": peak["day"],
            "customers": f"{peak['customers']:,}",
            "expected": f"{peak['expected']:,.0f}",
        }
        sale = peak["last_bought_in"]
        console.print(
            translate(
                "score.peak.sale" if sale else "score.peak", language, {**shown, "sale": sale}
            ),
            markup=False,
        )
    if summary["model_age_days"] > _OLD_MODEL_DAYS:
        console.print(
            translate("score.old_model", language, {"days": summary["model_age_days"]}),
            style="yellow",
        )
    if summary["segments_without_input"]:
        names = ", ".join(
            translate(f"recall.{name}", language) for name in summary["segments_without_input"]
        )
        console.print(translate("score.no_input", language, {"segments": names}))
    if summary["model_has_seen_later_orders_until"]:
        console.print(
            translate(
                "score.after_training",
                language,
                {"seen": summary["model_has_seen_later_orders_until"]},
            )
        )
    console.print(translate("score.files", language, summary), soft_wrap=True)


def _format_totals(group: dict[str, Any], money: Callable[[int], str]) -> dict[str, str]:
    """A group's totals and their intervals as money."""
    return {
        f"{short}{'' if part == 'value' else f'_{part}'}": money(cents)
        for short, key in (
            ("expected", "expected_spend_cents"),
            ("at_stake", "value_at_stake_cents"),
        )
        for part, cents in group[key].items()
    }
