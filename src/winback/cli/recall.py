"""`winback recall`, the weekly list."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from winback.cli.console import create_table, format_day_left_out, print_json, run_command
from winback.cli.options import AsJson, CutoffDay, Lang, ShopFile
from winback.i18n.numbers import format_count, format_money
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.workflows.process import create_console, parse_cutoff_day, relative_path

if TYPE_CHECKING:  # no command waits for what another loads
    from winback.recall.recall_list import RecallSummary
    from winback.workflows.recall import WeeklyList

_MANY = 200  # more than anybody calls in a week


def recall(
    shop: ShopFile,
    cutoff: CutoffDay = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Also write the list there: .csv, .xlsx or .parquet."),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make this week's list: whom to win back, why, with which offer and owner, and whom not to
    contact."""

    def run(language: Language) -> None:
        from winback.workflows.recall import make_recall_list
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        weekly = make_recall_list(workspace, parse_cutoff_day(cutoff), out)
        if as_json:
            print_json(weekly.to_json())
        else:
            _print_list(create_console(), weekly, language)

    run_command(lang, run)


def _print_list(console: Console, weekly: "WeeklyList", language: Language) -> None:
    summary = weekly.summary
    counts = {
        "shop": summary.shop,
        "cutoff": summary.cutoff,
        "contact": format_count(summary.contact),
        "later": format_count(summary.later),
        "dont": format_count(summary.dont),
    }
    console.print(translate("list.title", language, counts), style="bold")
    since = {"since": summary.since, "already": format_count(summary.already_listed)}
    console.print(translate("list.since" if summary.since else "list.first", language, since))
    plays = {weekly.titles[name]: count for name, count in summary.by_play.items()}
    unfilled = {"detail": "…", "owner": "…"}
    reasons = {
        translate(key, language, unfilled): count for key, count in summary.by_why_not.items()
    }
    _print_counts(console, "list.by_play", plays, language)
    _print_counts(console, "list.by_why", reasons, language)
    _print_remarks(console, summary, language)
    _print_reach(console, summary, language)
    _print_cost(console, summary, language)
    files = {name: relative_path(weekly.files[name]) for name in ("xlsx", "csv", "audience")}
    console.print(translate("list.files", language, files), soft_wrap=True, markup=False)
    if weekly.out:
        copied = {"out": str(weekly.out)}
        console.print(translate("list.out", language, copied), soft_wrap=True, markup=False)


def _print_counts(
    console: Console, title: str, counts: Mapping[str, int], language: Language
) -> None:
    """A table of customers by name; nothing where there are none."""
    if not counts:
        return
    columns = ("list.customers",)
    table = create_table(language, *columns, right=columns, first=translate(title, language))
    for name, count in counts.items():
        table.add_row(escape(strip_control_chars(name)), format_count(count))
    console.print(table)


def _print_remarks(console: Console, summary: "RecallSummary", language: Language) -> None:
    """What somebody who works through the list has to know first."""
    if summary.day_left_out:
        console.print(format_day_left_out(summary.day_left_out, language), soft_wrap=True)
    if summary.capacity is None and summary.contact > _MANY:
        many = {"count": format_count(summary.contact)}
        sentence = translate("list.no_capacity", language, many)
        console.print(sentence, style="yellow", markup=False)
    if summary.service:
        served = {"count": format_count(summary.service)}
        console.print(translate("list.service", language, served))
    if summary.listed_before_today:
        kept = {"count": format_count(summary.listed_before_today)}
        console.print(translate("list.kept", language, kept), style="yellow")


def _print_reach(console: Console, summary: "RecallSummary", language: Language) -> None:
    """How many can be reached, and contacts that fit nobody."""
    if summary.reachable is None:
        console.print(translate("list.no_contacts", language), style="yellow", markup=False)
    else:
        reach = {
            "reachable": format_count(summary.reachable),
            "candidates": format_count(summary.candidates),
        }
        console.print(translate("list.reach", language, reach), soft_wrap=True)
    people = summary.contacts
    if people.strangers:
        counts = {
            "strangers": format_count(people.strangers),
            "listed": format_count(people.customers),
        }
        console.print(translate("list.strangers", language, counts), style="yellow", soft_wrap=True)
    if people.without_id:
        counts = {"count": format_count(people.without_id)}
        console.print(translate("list.contacts_without_id", language, counts), style="yellow")


def _print_cost(console: Console, summary: "RecallSummary", language: Language) -> None:
    currency, stake = summary.currency, summary.value_at_stake_minor
    spent = {"cost": format_money(summary.cost_minor, currency)}
    if stake is None:
        console.print(translate("list.cost.no_money", language, spent))
    else:
        at_stake = {**spent, "stake": format_money(stake, currency)}
        console.print(translate("list.cost", language, at_stake))
