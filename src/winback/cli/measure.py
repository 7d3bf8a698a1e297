"""`winback measure`: what the waves really earned, gross beside incremental, with what cannot be
told yet."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from winback.cli.console import explained, home_of, language_of, ledger_of, wide_console
from winback.cli.options import AsJson, Lang, ShopFile
from winback.config.shop import read_shop
from winback.core.errors import PlaybookOther, WaveNotSent
from winback.i18n.translate import Language, inert, say
from winback.reports.table_cells import figures


def measure(
    shop: ShopFile,
    wave: Annotated[
        str | None,
        typer.Option("--wave", help="One wave; left out: each, and the campaign to date."),
    ] = None,
    playbook: Annotated[
        str | None, typer.Option("--playbook", help="The playbook whose waves are meant.")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Say what the waves earned: who came back, how many of them because of you, what it cost,
    and whether to go on."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.measurement.narrative import sentences, test_sentences
        from winback.measurement.results import measured
        from winback.playbooks.matching import book_of

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        book = book_of(settings)
        if playbook is not None and playbook != book.name:
            raise PlaybookOther(value=playbook, known=book.name)
        told = measured(settings, book, open_store(home.shop(settings.name)), ledger_of(shop), wave)
        if wave is not None and not told["waves"]:
            raise WaveNotSent(value=wave)
        if as_json:
            print(json.dumps(told, ensure_ascii=False))
            return
        console = wide_console()
        console.print(say("proof.title", language, told), style="bold")
        of_what = told["waves"][0] if wave else told["to_date"]
        first, *rest = sentences(told, of_what, language)
        console.print(first, style="bold", markup=False)
        for sentence in rest:
            console.print(sentence, markup=False)
        if of_what["status"] == "read":
            for key, titles in (("by_segment", "recall"), ("by_play", None)):
                _print_groups(
                    console, of_what[key], say(f"proof.{key}", language), titles, language
                )
        for test in told["tests"]:
            for sentence in test_sentences(test, language):
                console.print(sentence, markup=False)
        if wave is None and len(told["waves"]) > 1:
            _print_waves(console, told["waves"], language)

    raise typer.Exit(explained(run, language))


def _print_groups(
    console: Console,
    groups: Sequence[Mapping[str, Any]],
    title: str,
    words: str | None,
    language: Language,
) -> None:
    table = _table(
        language, title, "treated", "held_out", "gross", "because", "interval", "p", "said"
    )
    for each in groups:
        name = say(f"{words}.{each['name']}", language) if words else escape(inert(each["name"]))
        table.add_row(
            name,
            *figures(each),
            "–" if each["p"] is None else f"{each['p']:.3f}",
            say(f"proof.short.{each['said']['verdict']}", language),
        )
    console.print(table)


def _print_waves(console: Console, waves: Sequence[Mapping[str, Any]], language: Language) -> None:
    table = _table(
        language,
        say("proof.column.wave", language),
        "treated",
        "held_out",
        "gross",
        "because",
        "interval",
        "said",
    )
    for each in waves:
        if each["status"] == "read":
            said = say(f"proof.short.{each['said']['verdict']}", language)
            table.add_row(escape(each["wave"]), *figures(each["returned"]), said)
        else:
            counts = (f"{each['treated']:,}", f"{each['held_out']:,}", "", "", "")
            table.add_row(
                escape(each["wave"]), *counts, say(f"proof.short.{each['status']}", language)
            )
    console.print(table)


def _table(language: Language, first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for name in columns:
        table.add_column(
            say(f"proof.column.{name}", language), justify="left" if name == "said" else "right"
        )
    return table
