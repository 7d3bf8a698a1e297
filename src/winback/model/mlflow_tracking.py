"""MLflow: one run a training, the registry's `champion` and `challenger`. Nothing is ever loaded
back from it."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EXPERIMENT = "winback"
_OURS: set[str] = set()  # addresses this process has chosen itself


def log_run(
    runs: Path,
    shop: str,
    parameters: Mapping[str, Any],
    figures: Mapping[str, float],
    tags: Mapping[str, str],
    bundle: Path,
    plots: Path,
    alias: str,
) -> str:
    """Log a training under `runs` (or wherever MLFLOW_TRACKING_URI points), register it, return the
    run's id.

    alias: `champion` or `challenger`.
    """
    mlflow = _import_mlflow(runs)
    _set_experiment(mlflow, runs)
    with mlflow.start_run(run_name=f"{shop} {bundle.name}", tags=dict(tags)) as run:
        mlflow.log_params(dict(parameters))
        mlflow.log_metrics(dict(figures))
        mlflow.log_artifacts(str(bundle), "bundle")  # with the report beside it
        mlflow.log_artifacts(str(plots), "plots")
    _register_version(mlflow, shop, run, bundle, alias)
    return str(run.info.run_id)


def _set_experiment(mlflow: Any, runs: Path) -> None:
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        mlflow.create_experiment(
            EXPERIMENT, artifact_location=(runs / "artifacts").resolve().as_uri()
        )
    mlflow.set_experiment(EXPERIMENT)


def _register_version(mlflow: Any, shop: str, run: Any, bundle: Path, alias: str) -> None:
    client, name = mlflow.MlflowClient(), f"winback-{shop}"
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    source = f"{run.info.artifact_uri}/bundle"
    version = client.create_model_version(
        name, source=source, run_id=run.info.run_id, tags={"bundle": bundle.name}
    )
    client.set_registered_model_alias(name, alias, version.version)


def set_champion_alias(runs: Path, shop: str, bundle: str) -> bool:
    """Let the registry's `champion` be a bundle's version; False where the registry knows no
    such bundle."""
    client, name = _import_mlflow(runs).MlflowClient(), f"winback-{shop}"
    matching = [
        each
        for each in client.search_model_versions(f"name = '{name}'")
        if each.tags.get("bundle") == bundle
    ]
    if matching:
        client.set_registered_model_alias(
            name, "champion", max(matching, key=lambda each: int(each.version)).version
        )
    return bool(matching)


def _import_mlflow(runs: Path) -> Any:
    """MLflow, quiet and local: no telemetry, SQLite beside the runs unless the environment names
    another store."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_ENABLE_ASYNC_LOGGING", "false")
    import mlflow  # four seconds; only when something is recorded

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # MLflow keeps the address it was given in the environment, where ours would pass for the
    # operator's own next time.
    named = os.environ.get("MLFLOW_TRACKING_URI")
    if named is None or named in _OURS:
        runs.mkdir(parents=True, exist_ok=True)
        address = f"sqlite:///{(runs / 'mlflow.db').resolve()}"
        _OURS.add(address)
        mlflow.set_tracking_uri(address)
    return mlflow
