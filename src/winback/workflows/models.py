"""Which of a shop's models scores. The MLflow registry follows if there is one."""

import os

from winback.features.registry import hash_spec
from winback.i18n.translate import translate
from winback.model.versions import (
    ModelVersion,
    get_previous_champion,
    list_versions,
    promote_version,
)
from winback.workflows.process import print_note
from winback.workflows.workspace import Workspace


def promote_model(workspace: Workspace, version: str) -> None:
    """Let a version score from now on. Raises ModelUnknown, BundleDamaged and
    BundleOfAnotherSpec."""
    _set_champion(workspace, version, "promoted")


def roll_back_model(workspace: Workspace) -> str:
    """Let the model score that scored before; returns its version. Raises NoModelYet and
    NoEarlierModel."""
    version = get_previous_champion(workspace.models_folder)
    _set_champion(workspace, version, "rolled_back")
    return version


def list_models(workspace: Workspace) -> list[ModelVersion]:
    """Every version there is, newest first."""
    return list_versions(workspace.models_folder)


def _set_champion(workspace: Workspace, version: str, why: str) -> None:
    promote_version(workspace.models_folder, version, workspace.now, why, hash_spec())
    runs = workspace.home.runs_folder
    if not (runs / "mlflow.db").is_file() and "MLFLOW_TRACKING_URI" not in os.environ:
        return
    try:  # the registry is not asked what scores, so a machine without MLflow goes on
        from winback.model.mlflow_tracking import set_champion_alias

        set_champion_alias(runs, workspace.shop.name, version)
    except ImportError:
        print_note(translate("models.no_registry", workspace.language))
