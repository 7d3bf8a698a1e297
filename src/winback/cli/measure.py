"""`winback measure`: what the waves really earned, gross beside incremental, with what cannot be
told yet."""

from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec import to_builtins
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from winback.cli.console import print_json, run_command
from winback.cli.options import AsJson, Lang, ShopFile
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.measurement.readout import EffectReadout, GroupEffect, PlaybookReadout, Readout
from winback.reports.table_cells import format_figures
from winback.workflows.process import create_console


def measure(
    shop: ShopFile,
    wave: Annotated[
        str | None,
        typer.Option("--wave", help="One wave; left out: each, and the campaign to date."),
    ] = None,
    playbook: Annotated[
        str | None, typer.Option("--playbook", help="The playbook whose waves are measured.")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Measure what the waves earned: how many returned, how many of them were won back by the
    messages, what it cost, and whether to go on."""

    def run(language: Language) -> None:
        from winback.workflows.measure import measure
        from winback.workflows.workspace import open_workspace

        readout = measure(open_workspace(shop, language), wave, playbook)
        if as_json:
            print_json(to_builtins(readout))
        else:
            _print_readout(create_console(), readout, wave is None, language)

    run_command(lang, run)


def _print_readout(
    console: Console, readout: PlaybookReadout, to_date: bool, language: Language
) -> None:
    """to_date: the whole campaign, else its only wave."""
    from winback.measurement.narrative import write_sentences, write_test_sentences

    shown = {"shop": readout.shop, "playbook": readout.playbook, "as_of": readout.as_of}
    console.print(translate("measurement.title", language, shown), style="bold")
    of_what = readout.to_date if to_date else readout.waves[0]
    first, *rest = write_sentences(readout, of_what, language)
    console.print(first, style="bold", markup=False)
    for sentence in rest:
        console.print(sentence, markup=False)
    if isinstance(of_what, EffectReadout):
        _print_groups(console, of_what.by_segment, "by_segment", "recall", language)
        _print_groups(console, of_what.by_play, "by_play", None, language)
    for test in readout.tests:
        for sentence in write_test_sentences(test, language):
            console.print(sentence, markup=False)
    if to_date and len(readout.waves) > 1:
        _print_waves(console, readout.waves, language)


def _print_groups(
    console: Console,
    groups: Sequence[GroupEffect],
    title: str,
    words: str | None,
    language: Language,
) -> None:
    table = _create_table(
        language,
        translate(f"measurement.{title}", language),
        *("treated", "held_out", "gross", "because", "interval", "p", "said"),
    )
    for each in groups:
        name = (
            translate(f"{words}.{each.name}", language)
            if words
            else escape(strip_control_chars(each.name))
        )
        table.add_row(
            name,
            *format_figures(each),
            "–" if each.p is None else f"{each.p:.3f}",
            translate(f"measurement.short.{each.said.verdict}", language),
        )
    console.print(table)


def _print_waves(console: Console, waves: Sequence[Readout], language: Language) -> None:
    table = _create_table(
        language,
        translate("measurement.column.wave", language),
        *("treated", "held_out", "gross", "because", "interval", "said"),
    )
    for each in waves:
        if isinstance(each, EffectReadout):
            figures, word = format_figures(each.returned), str(each.said.verdict)
        else:
            counts = format_count(each.treated), format_count(each.held_out)
            figures, word = [*counts, "", "", ""], each.status
        said = translate(f"measurement.short.{word}", language)
        table.add_row(escape(each.wave), *figures, said)
    console.print(table)


def _create_table(language: Language, first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for name in columns:
        table.add_column(
            translate(f"measurement.column.{name}", language),
            justify="left" if name == "said" else "right",
        )
    return table
