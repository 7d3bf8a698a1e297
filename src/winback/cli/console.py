"""How every command begins and ends: in its language, with its exit code, and with one JSON
document where `--json` asks for it."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NoReturn

import typer
from rich.table import Table

from winback.i18n.translate import Language, translate
from winback.workflows.process import choose_language, run_and_exit_code


def run_command(lang: str | None, step: Callable[[Language], bool | None]) -> NoReturn:
    """Run a command's step in the language asked for and leave with its exit code. A step that
    returns False did its work and found something wrong: 1."""
    language = choose_language(lang, os.environ)
    is_well: list[bool | None] = []
    code = run_and_exit_code(lambda: is_well.append(step(language)), language)
    raise typer.Exit(code or int(False in is_well))


def print_json(document: Any) -> None:
    """Print one JSON document on stdout."""
    print(json.dumps(document, ensure_ascii=False))


def to_plain(values: Mapping[str, object]) -> dict[str, object]:
    """A result's fields as JSON has them; a day or a moment as its text."""
    return {
        name: value if isinstance(value, str | int | float | dict | list | None) else str(value)
        for name, value in values.items()
    }


def format_day_left_out(day: str, language: Language) -> str:
    """The sentence that says which day's orders are not counted, and what counts them."""
    following = date.fromisoformat(day) + timedelta(days=1)
    return translate("score.day_left_out", language, {"day": day, "next": str(following)})


def create_table(
    language: Language, *keys: str, right: tuple[str, ...] = (), first: str | None = None
) -> Table:
    """A table whose titles are keys of the catalogue; right: those that stand to the right. first:
    the title of a wide column before them."""
    table = Table(box=None, pad_edge=False)
    if first is not None:
        table.add_column(first, min_width=34)
    for key in keys:
        table.add_column(translate(key, language), justify="right" if key in right else "left")
    return table
