"""One command a step of the week. Commands read the clock and the environment, and render what rooms refuse.

Exit codes: 0 done, 1 failed, 2 usage, 3 data refused. `--json` prints exactly one JSON document on stdout; progress
goes to stderr, and only to a terminal.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from winback.cutoff import Cutoff
from winback.errors import CutoffUnreadable, FolderNotWritable, Unforeseen, WinbackError
from winback.settings import Home, Shop, read_shop
from winback.words import Language, say

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    help="Find the customers a web shop is silently losing, and what to do about each.",
)  # fmt: skip

ShopFile = Annotated[Path, typer.Option("--shop", help="The shop's TOML file.")]
CutoffDay = Annotated[str | None, typer.Option("--cutoff", help="The day we pretend is today, such as 2026-11-16.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Lang = Annotated[Literal["zh", "en"] | None, typer.Option("--lang", help="Language of what is printed.")]


@app.command("import")
def import_command(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Bring the shop's exports in; importing the same again changes nothing."""
    language = language_of(lang, os.environ)

    def run() -> None:
        settings = read_shop(shop, os.environ)
        manifest = import_tables(settings, _home(), _now(), language).manifest
        if as_json:
            print(json.dumps({**vars(manifest), "quarantine": _quarantine(settings)}, ensure_ascii=False))
            return
        console = wide_console()
        console.print(say("import.done", language, {
            "shop": manifest.shop, "first": manifest.first_day, "last": manifest.last_day,
            "events": f"{manifest.tables['events']:,}",
            **{key: f"{manifest.counts[key]:,}" for key in ("orders", "customers", "refunds", "gifts", "duplicates")},
        }))  # fmt: skip
        for reason, count in manifest.quarantined.items():
            console.print(say("import.quarantined", language, {"count": f"{count:,}", "reason": say(reason, language)}))
        for status, count in manifest.left_out.items():
            console.print(say("import.left_out", language, {"count": f"{count:,}", "status": status}))

    raise typer.Exit(explained(run, language))


@app.command()
def score(shop: ShopFile, cutoff: CutoffDay = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """Score every customer and route each into one recall segment: a snapshot, a list and a summary."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.features import spec_hash
        from winback.model import champion
        from winback.serving.batch import score as score_shop
        from winback.sources import open_store

        settings, home = read_shop(shop, os.environ), _home()
        day = day_of(cutoff)
        bundle = champion(home.models(settings.name), spec_hash())
        store = open_store(home.shop(settings.name))
        summary = score_shop(settings, store, bundle, home.shop(settings.name) / "snapshots", day, language,
                             lambda part, parts: _progress(f"{settings.name}: {part}/{parts}"))  # fmt: skip
        _done()
        if as_json:
            print(json.dumps(summary, ensure_ascii=False))
        else:
            _print_summary(summary, language)

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
        from winback.features import feature_statement, feeds_at
        from winback.sources import open_store

        settings = read_shop(shop, os.environ)
        store = open_store(_home().shop(settings.name))
        chosen = Cutoff(day_of(cutoff) or store.last_day, settings.timezone, settings.outcome_days or 90)
        statement = feature_statement(chosen, feeds_at(store.first_known, chosen), dialect)
        print(json.dumps({"cutoff": str(chosen.day), "dialect": dialect, "sql": statement}) if as_json else statement + ";")

    raise typer.Exit(explained(run, language))


def run() -> None:
    """The `winback` command."""
    app()


# What `training/` shares with the commands.


def language_of(chosen: str | None, environment: Mapping[str, str]) -> Language:
    """The language asked for, else that of the environment: Chinese where it says so, English elsewhere."""
    wanted = chosen or environment.get("WINBACK_LANG") or environment.get("LC_ALL") or environment.get("LANG") or "en"
    return "zh" if wanted.lower().startswith("zh") else "en"


def explained(step: Callable[[], None], language: Language) -> int:
    """Run a step and return its exit code; a refusal becomes one clear sentence on stderr, never a traceback."""
    try:
        step()
    except WinbackError as error:
        if isinstance(error, Unforeseen) and os.environ.get("WINBACK_DEBUG"):
            raise
        print(sentence(error, language), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        folder = str(error.filename or Path.cwd())
        refusal = FolderNotWritable(folder=folder, detail=error.strerror or str(error))
        print(sentence(refusal, language), file=sys.stderr)
        return refusal.exit_code
    except Exception as error:  # a user never sees a traceback; whoever mends it asks for one
        if os.environ.get("WINBACK_DEBUG"):
            raise
        detail = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        print(sentence(Unforeseen(detail=detail), language), file=sys.stderr)
        return Unforeseen.exit_code
    return 0


def sentence(error: WinbackError, language: Language) -> str:
    """A refusal in words. What depends on a value (which choice works) is worded first."""
    values = dict(error.values)
    key = error.key()
    if "nearest" in values:
        nearest = values["nearest"]
        ending = "choice" if nearest is not None else ("none" if key == "history_too_short" else "nothing")
        values["choice"] = say(f"{key}.{ending}", language, {"choice": nearest})
    if "hint" in values:
        hint = values["hint"]
        values["choice"] = say(f"{key}.{'hint' if hint else 'nothing'}", language, {"choice": hint})
    if "fate" in values:
        values["fate"] = say(f"{key}.{values['fate']}", language)
    if key == "nothing_imported":
        values["reason"] = say(values["reason"], language)
    return say(key, language, values)


def wide_console() -> Console:
    """A console on stdout; in a file or a pipe its tables are as wide as they need."""
    return Console() if sys.stdout.isatty() else Console(width=120)


def import_tables(shop: Shop, home: Home, now: datetime, language: Language) -> Any:
    """Import a shop's exports if they have changed, and open its tables (a `Store`)."""
    from winback.sources import import_shop, open_store

    folder = home.shop(shop.name)
    folder.mkdir(parents=True, exist_ok=True)
    import_shop(shop, folder, now, lambda file, rows: _progress(
        say("import.progress", language, {"file": file, "rows": f"{rows:,}"})))  # fmt: skip
    _done()
    return open_store(folder)


def day_of(text: str | None) -> date | None:
    """The day a cut-off names. Raises CutoffUnreadable."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CutoffUnreadable(value=text) from None


def _home() -> Home:
    return Home(Path(os.environ.get("WINBACK_HOME", ".")))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _done() -> None:
    """Clear the line progress was shown on."""
    _progress("")


def _quarantine(shop: Shop) -> str:
    return str(_home().shop(shop.name) / "tables" / "quarantine" / "000.parquet")


def _print_summary(summary: dict[str, Any], language: Language) -> None:
    console = wide_console()
    customers = summary["customers"]
    console.print(say("score.title", language, {**summary, "customers": f"{customers:,}"}), style="bold")
    for title, by, words in (
        ("score.by_recall", "by_recall_segment", "recall"),
        ("score.by_quadrant", "by_quadrant", "quadrant"),
        ("score.by_tier", "by_tier", "tier"),
    ):
        table = Table(box=None, pad_edge=False)
        table.add_column(say(title, language), min_width=34)
        table.add_column(say("score.customers", language), justify="right")
        table.add_column(say("score.share", language), justify="right")
        for name, count in summary[by].items():
            table.add_row(say(f"{words}.{name}", language), f"{count:,}", f"{count / customers:.1%}")
        console.print(table)
    mine = summary["gold_mine"]

    def money(cents: int) -> str:
        return f"{mine['currency']} {cents / 100:,.0f}"

    values = {
        "customers": f"{mine['customers']:,}", "silence": round(mine["silence_days"]), "outcome_days": mine["outcome_days"],
        "spend": money(mine["spend_at_stake_cents"]), "returning": f"{mine['self_returning_customers']:,.0f}",
        "returning_spend": money(mine["self_returning_spend_cents"]), **mine["backtest"],
    }  # fmt: skip
    console.print(say("score.gold_mine", language, values), style="bold")
    console.print(say("score.gold_mine.how", language, {**values, "expected": f"{mine['backtest']['expected']:,.0f}"}))
    if summary["segments_without_input"]:
        names = ", ".join(say(f"recall.{name}", language) for name in summary["segments_without_input"])
        console.print(say("score.no_input", language, {"segments": names}))
    if summary["model_has_seen_later_orders_until"]:
        console.print(say("score.after_training", language, {"seen": summary["model_has_seen_later_orders_until"]}))
    console.print(say("score.files", language, summary), soft_wrap=True)
