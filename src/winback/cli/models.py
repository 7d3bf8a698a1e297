"""`winback models`: which models a shop has, which one scores, and how to change that."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from winback.cli.console import create_table, print_json, run_command
from winback.cli.options import AsJson, Lang, ShopFile
from winback.core.errors import PromoteOrRollBack
from winback.i18n.translate import Language, translate
from winback.workflows.process import create_console

_FIGURES = ("auc", "log_loss", "ece")
_COLUMNS = ("version", "scores", "trained_at", "test_cutoff", "outcome_days", *_FIGURES)


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

    def run(language: Language) -> None:
        from winback.workflows import models
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        if promote is not None and back:
            raise PromoteOrRollBack(value=promote)
        version = models.roll_back_model(workspace) if back else promote
        if promote is not None:
            models.promote_model(workspace, promote)
        versions = models.list_models(workspace)
        if as_json:
            print_json({"models": versions})
        else:
            _print_versions(workspace.shop.name, versions, version, language)

    run_command(lang, run)


def _print_versions(
    shop_name: str, versions: Sequence[Mapping[str, Any]], chosen: str | None, language: Language
) -> None:
    console = create_console()
    if chosen is not None:
        console.print(translate("models.done", language, {"version": chosen, "shop": shop_name}))
    if versions:
        console.print(_build_table(versions, language))
    else:
        console.print(translate("models.none", language, {"shop": shop_name}))


def _build_table(versions: Sequence[Mapping[str, Any]], language: Language) -> Table:
    right = tuple(f"models.{name}" for name in ("outcome_days", *_FIGURES))
    table = create_table(language, *(f"models.{name}" for name in _COLUMNS), right=right)
    for each in versions:
        figures = (f"{each[name]:.3f}" if each[name] is not None else "–" for name in _FIGURES)
        table.add_row(
            each["version"],
            "✓" if each["champion"] else "",
            (each["trained_at"] or "–")[:16],
            translate("models.damaged", language) if each["damaged"] else each["test_cutoff"],
            str(each["outcome_days"] or "–"),
            *figures,
        )
    return table
