"""`winback models`: which models a shop has, which one scores, and how to change that."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.table import Table

from winback.cli.console import wide_console
from winback.config.shop import Shop
from winback.core.errors import PromoteOrRollBack
from winback.core.paths import Home
from winback.features.registry import spec_hash
from winback.i18n.translate import Language, say
from winback.model.versions import before, crown, listed


def show_models(
    shop: Shop,
    home: Home,
    now: datetime,
    promote: str | None,
    back: bool,
    language: Language,
    as_json: bool,
) -> None:
    """List, promote or roll back. A bundle is verified before it may score; the MLflow registry
    follows if there is one."""
    folder = home.models(shop.name)
    if promote is not None and back:
        raise PromoteOrRollBack(value=promote)
    version = before(folder) if back else promote
    if version is not None:
        crown(folder, version, now, "rolled_back" if back else "promoted", spec_hash())
        _tell_registry(home, shop, version, os.environ, language)
    found = listed(folder)
    if as_json:
        print(json.dumps({"models": found}, ensure_ascii=False))
        return
    console = wide_console()
    if version is not None:
        console.print(say("models.done", language, {"version": version, "shop": shop.name}))
    console.print(
        _table(found, language) if found else say("models.none", language, {"shop": shop.name})
    )


def _table(found: list[dict[str, Any]], language: Language) -> Table:
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
        table.add_column(say(f"models.{key}", language), justify="right" if right else "left")
    for each in found:
        figures = (
            f"{each[name]:.3f}" if each[name] is not None else "–"
            for name in ("auc", "log_loss", "ece")
        )
        table.add_row(
            each["version"],
            "✓" if each["champion"] else "",
            (each["trained_at"] or "–")[:16],
            say("models.damaged", language) if each["damaged"] else each["test_cutoff"],
            str(each["outcome_days"] or "–"),
            *figures,
        )
    return table


def _tell_registry(
    home: Home, shop: Shop, version: str, environment: Mapping[str, str], language: Language
) -> None:
    """Let the registry follow, if there is one. It is not asked what scores, so a machine
    without MLflow goes on."""
    if not (home.runs / "mlflow.db").is_file() and "MLFLOW_TRACKING_URI" not in environment:
        return
    try:
        from winback.model.mlflow_tracking import realias

        realias(home.runs, shop.name, version)
    except ImportError:
        print(say("models.no_registry", language), file=sys.stderr)
