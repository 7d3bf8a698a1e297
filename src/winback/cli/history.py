"""`winback check-history`: receivers' logs held against the ledger, by code that has no part in the
sending."""

from typing import TYPE_CHECKING, Annotated

import typer

from winback.cli.console import print_json, run_command
from winback.cli.options import AsJson, Lang, ShopFile
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.workflows.process import create_console, parse_cutoff_day

if TYPE_CHECKING:  # no command waits for what another loads
    from winback.workflows.history import CheckedHistory


def check_history(
    shop: ShopFile,
    log: Annotated[
        list[str] | None,
        typer.Option(
            "--log",
            help="A receiver's log, JSON lines or CSV; CHANNEL=FILE if it has all of a channel.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="The day the logs begin, such as 2026-11-16."),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Hold receivers' own logs and the hand-off lists against the ledger: nothing twice, nothing to
    a no or to the holdout, nothing lost."""

    def run(language: Language) -> bool:
        from winback.workflows.history import check_receivers
        from winback.workflows.workspace import open_workspace

        checked = check_receivers(
            open_workspace(shop, language), log or [], parse_cutoff_day(since)
        )
        if as_json:
            _print_document(checked)
        else:
            _print_findings(checked, language)
        return not checked.result.findings

    run_command(lang, run)


def _print_document(checked: "CheckedHistory") -> None:
    result = checked.result
    counts = {name: getattr(result, name) for name in ("lines", "matched", "nameless")}
    findings = [vars(each) for each in result.findings]
    print_json({"well": not findings, "messages": checked.messages, **counts, "faults": findings})


def _print_findings(checked: "CheckedHistory", language: Language) -> None:
    console, result = create_console(), checked.result
    for each in result.findings:
        values = {
            **vars(each),
            "count": format_count(each.count),
            "examples": ", ".join(each.examples),
        }
        text = translate(f"history.{each.rule}", language, values)
        console.print(text, style="red", markup=False)
    if result.nameless:
        values = {"count": format_count(result.nameless)}
        console.print(translate("history.nameless", language, values), markup=False)
    if not result.findings:
        values = {
            "count": format_count(checked.messages),
            "lines": format_count(result.lines),
        }
        console.print(translate("history.well", language, values), style="bold")
