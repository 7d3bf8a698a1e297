"""`winback score`, and `winback sql`, which shows how its features are computed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from winback.cli.console import create_table, format_day_left_out, print_json, run_command
from winback.cli.options import AsJson, CutoffDay, Lang, ShopFile
from winback.i18n.numbers import format_count, format_money
from winback.i18n.translate import Language, translate
from winback.workflows.process import create_console, parse_cutoff_day

if TYPE_CHECKING:  # no command waits for what another loads
    from winback.scoring.summary import DormantCalendar, GroupWorth, ScoreSummary

_OLD_MODEL_DAYS = 182  # warn after six months
_WEEKS = 4  # of the calendar that are shown; the file has them all


def score(
    shop: ShopFile, cutoff: CutoffDay = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Score every customer and route each into one recall segment: a snapshot, a list and a
    summary."""

    def run(language: Language) -> None:
        from winback.workflows.score import score_customers
        from winback.workflows.workspace import open_workspace

        summary = score_customers(open_workspace(shop, language), parse_cutoff_day(cutoff))
        if as_json:
            print_json(summary.to_dict())
        else:
            _print_summary(create_console(), summary, language)

    run_command(lang, run)


def sql(
    shop: ShopFile,
    cutoff: CutoffDay = None,
    dialect: Annotated[Literal["duckdb", "postgres"], typer.Option(help="SQL dialect.")] = "duckdb",
    as_json: AsJson = False,
) -> None:
    """Print the SQL statement that computes every feature as of a cut-off."""

    def run(language: Language) -> None:
        from winback.core.cutoff import Cutoff
        from winback.features.registry import get_available_feeds
        from winback.features.sql_compiler import compile_features
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        settings, store = workspace.shop, workspace.open_store()
        day = parse_cutoff_day(cutoff) or store.default_cutoff_day
        chosen = Cutoff(day, settings.timezone, settings.outcome_days or 90)
        feeds = get_available_feeds(store.first_known, chosen)
        statement = compile_features(chosen, feeds, dialect)
        if as_json:
            print_json({"cutoff": str(chosen.day), "dialect": dialect, "sql": statement})
        else:
            print(statement + ";")

    run_command(None, run)


def _print_summary(console: Console, summary: "ScoreSummary", language: Language) -> None:
    head = {
        "shop": summary.shop,
        "cutoff": summary.cutoff,
        "customers": format_count(summary.customers),
    }
    console.print(translate("score.title", language, head), style="bold")
    for title, counts, words in (
        ("score.by_recall", summary.by_recall_segment, "recall"),
        ("score.by_quadrant", summary.by_quadrant, "quadrant"),
        ("score.by_tier", summary.by_tier, "tier"),
    ):
        worth = summary.worth if words == "recall" else {}
        names = {name: translate(f"{words}.{name}", language) for name in counts}
        _print_groups(console, summary, title, counts, names, worth, language)
    _print_dormant_value(console, summary, language)
    _print_calendar(console, summary.becomes_dormant, language)
    _print_caveats(console, summary, language)
    console.print(translate("score.files", language, summary.to_dict()), soft_wrap=True)


def _print_groups(
    console: Console,
    summary: "ScoreSummary",
    title: str,
    counts: Mapping[str, int],
    names: Mapping[str, str],
    worth: "Mapping[str, GroupWorth]",
    language: Language,
) -> None:
    """Customers by group, and what they are worth where that is known."""
    columns: tuple[str, ...] = ("score.customers", "score.share")
    if worth:
        columns = (*columns, "score.expected", "score.stake")
    table = create_table(language, *columns, right=columns, first=translate(title, language))
    for name, count in counts.items():
        cells = [format_count(count), f"{count / summary.customers:.1%}"]
        if worth:
            sums = worth[name].expected_spend_minor, worth[name].value_at_stake_minor
            cells += [_show_money(summary, each.value) for each in sums]
        table.add_row(names[name], *cells)
    console.print(table)


def _print_dormant_value(console: Console, summary: "ScoreSummary", language: Language) -> None:
    """The dormant value, how it is reckoned, and what the whole shop is worth."""
    dormant = summary.dormant_value
    values = {
        "customers": format_count(dormant.customers),
        "silence": round(dormant.silence_days),
        "outcome_days": dormant.outcome_days,
        "spend": _show_money(summary, dormant.spend_at_stake_minor),
        "returning": f"{dormant.self_returning_customers:,.0f}",
        "returning_spend": _show_money(summary, dormant.self_returning_spend_minor),
        **dormant.backtest,
    }
    has_money = bool(dormant.spend_at_stake_minor)
    key = "score.dormant_value" if has_money else "score.dormant_value.no_money"
    console.print(translate(key, language, values), style="bold")
    reckoned = {**values, "expected": f"{dormant.backtest['expected']:,.0f}"}
    console.print(translate("score.dormant_value.how", language, reckoned))
    for key, group in (("score.dormant_value.stake", "dormant_value"), ("score.worth", "all")):
        if summary.worth:
            totals = _format_totals(summary, group)
            totals |= {"outcome_days": dormant.outcome_days}
            console.print(translate(key, language, totals))


def _print_calendar(console: Console, calendar: "DormantCalendar", language: Language) -> None:
    """In which weeks customers become dormant, and on which days many do."""
    if calendar.peaks:
        weeks = ", ".join(
            f"{week.first_day} {week.expected:,.0f}" for week in calendar.by_week[:_WEEKS]
        )
        console.print(translate("score.weeks", language, {"weeks": weeks}), markup=False)
        console.print(translate("score.peaks", language))
    for peak in calendar.peaks:
        shown = {
            "day": peak.day,
            "customers": format_count(peak.customers),
            "expected": f"{peak.expected:,.0f}",
            "sale": peak.last_bought_in,
        }
        key = "score.peak.sale" if peak.last_bought_in else "score.peak"
        console.print(translate(key, language, shown), markup=False)


def _print_caveats(console: Console, summary: "ScoreSummary", language: Language) -> None:
    if summary.day_left_out:
        console.print(format_day_left_out(summary.day_left_out, language), soft_wrap=True)
    if summary.model_age_days > _OLD_MODEL_DAYS:
        age = {"days": summary.model_age_days}
        console.print(translate("score.old_model", language, age), style="yellow")
    if summary.segments_without_input:
        without = summary.segments_without_input
        names = ", ".join(translate(f"recall.{name}", language) for name in without)
        console.print(translate("score.no_input", language, {"segments": names}))
    if summary.model_has_seen_later_orders_until:
        seen = {"seen": summary.model_has_seen_later_orders_until}
        console.print(translate("score.after_training", language, seen))


def _show_money(summary: "ScoreSummary", minor: float) -> str:
    return format_money(minor, summary.dormant_value.currency)


def _format_totals(summary: "ScoreSummary", group: str) -> dict[str, object]:
    """A group's totals and their intervals as money."""
    worth, totals = summary.worth[group], dict[str, object]()
    for name, total in (
        ("expected", worth.expected_spend_minor),
        ("at_stake", worth.value_at_stake_minor),
    ):
        totals[name] = _show_money(summary, total.value)
        totals[f"{name}_low"] = _show_money(summary, total.low)
        totals[f"{name}_high"] = _show_money(summary, total.high)
    return totals
