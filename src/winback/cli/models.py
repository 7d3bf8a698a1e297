"""`winback models`: which models a shop has, which one scores, and how to change that."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.table import Table

from winback.cli.console import create_console
from winback.config.shop import Shop
from winback.core.errors import PromoteOrRollBack
from winback.core.paths import DataPaths
from winback.features.registry import hash_spec
from winback.i18n.translate import Language, translate
from winback.model.versions import get_previous_champion, list_versions, promote_version


def show_models(
    shop: Shop,
    home: DataPaths,
    now: datetime,
    promote: str | None,
    back: bool,
    language: Language,
    as_json: bool,
) -> None:
    """List, promote or roll back. A bundle is verified before it may score; the MLflow registry
    follows if there is one."""
    folder = home.get_models_folder(shop.name)
    if promote is not None and back:
        raise PromoteOrRollBack(value=promote)
    version = get_previous_champion(folder) if back else promote
    if version is not None:
        promote_version(folder, version, now, "rolled_back" if back else "promoted", hash_spec())
        _update_registry(home, shop, version, os.environ, language)
    versions = list_versions(folder)
    if as_json:
        print(json.dumps({"models": versions}, ensure_ascii=False))
        return
    console = create_console()
    if version is not None:
        console.print(translate("models.done", language, {"version": version, "shop": shop.name}))
    console.print(
        _build_table(versions, language)
        if versions
        else translate("models.none", language, {"shop": shop.name})
    )


def _build_table(versions: list[dict[str, Any]], language: Language) -> Table:
    table = Table(box=None, pad_edge=False)
    for key in (
        "version",
        "scores",
        "trained_at",
        "test_cutoff",
        "outcome_days",
        "auc",
        "log_loss",
        "ece",
    ):
        right = key in ("outcome_days", "auc", "log_loss", "ece")
        table.add_column(translate(f"models.{key}", language), justify="right" if right else "left")
    for each in versions:
        figures = (
            f"{each[name]:.3f}" if each[name] is not None else "–"
            for name in ("auc", "log_loss", "ece")
        )
        table.add_row(
            each["version"],
            "✓" if each["champion"] else "",
            (each["trained_at"] or "–")[:16],
            translate("models.damaged", language) if each["damaged"] else each["test_cutoff"],
            str(each["outcome_days"] or "–"),
            *figures,
        )
    return table


def _update_registry(
    home: DataPaths, shop: Shop, version: str, environment: Mapping[str, str], language: Language
) -> None:
    """Let the registry follow, if there is one. It is not asked what scores, so a machine
    without MLflow goes on."""
    if not (home.runs_folder / "mlflow.db").is_file() and "MLFLOW_TRACKING_URI" not in environment:
        return
    try:
        from winback.model.mlflow_tracking import set_champion_alias

        set_champion_alias(home.runs_folder, shop.name, version)
    except ImportError:
        print(translate("models.no_registry", language), file=sys.stderr)
