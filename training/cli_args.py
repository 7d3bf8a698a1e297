"""What the commands of this folder share: their arguments, opening the shop, and where their
figures go."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from winback.data.store import Store
from winback.i18n.translate import Language
from winback.workflows.import_exports import import_tables
from winback.workflows.workspace import Workspace, open_workspace


def arguments_of(description: str) -> argparse.ArgumentParser:
    """A parser with `--shop`, `--json`, `--seed` and `--lang`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--shop", type=Path, required=True, help="the shop's TOML file")
    parser.add_argument("--json", type=_file, help="write the figures to this file")
    parser.add_argument(
        "--seed", type=int, default=7, help="of samples, boosters, trials and bootstrap"
    )
    parser.add_argument("--lang", choices=["zh", "en"], help="language of what is printed")
    return parser


def _file(text: str) -> Path:
    # Said before an hour of work, not after it.
    if not Path(text).resolve().parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {Path(text).resolve().parent}")
    return Path(text)


def at_least_one(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def opened(shop_file: Path, language: Language) -> tuple[Workspace, Store]:
    """The shop and its tables, imported if its exports have changed."""
    workspace = open_workspace(shop_file, language)
    return workspace, import_tables(workspace)


def keep(found: Mapping[str, object], paths: Sequence[Path | None]) -> None:
    """Write figures to each path there is."""
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    for path in paths:
        if path is not None:
            path.write_text(text, encoding="utf-8")
