"""Options that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated, Literal

import typer

ShopFile = Annotated[Path, typer.Option("--shop", help="The shop's TOML file.")]
CutoffDay = Annotated[
    str | None,
    typer.Option(
        "--cutoff",
        help="The day to compute as of, such as 2026-11-16; by default the newest before which "
        "all days are whole.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Who = Annotated[
    str | None, typer.Option("--by", help="Who decides; left out: the name you are logged in as.")
]
Lang = Annotated[
    Literal["zh", "en"] | None, typer.Option("--lang", help="Language of what is printed.")
]


def command_group(about: str) -> typer.Typer:
    """A group of commands, whose help joins the lines of a docstring as Markdown does."""
    return typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        help=about,
    )
