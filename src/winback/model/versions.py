"""Which of a shop's bundles scores: `models/<shop>/champion` names it, `champions.jsonl` keeps
who did before, and why."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

from winback.core.errors import ModelUnknown, NoEarlierModel, NoModelYet
from winback.core.files import write_atomically
from winback.model.bundle import Bundle, load_bundle


class ModelVersion(TypedDict):
    """A bundle of a shop; figures are None where its manifest does not say.

    champion: whether it scores; damaged: its manifest has no figures."""

    version: str
    champion: bool
    damaged: bool
    trained_at: str | None
    run_id: str | None
    test_cutoff: str | None
    outcome_days: int | None
    auc: float | None
    log_loss: float | None
    ece: float | None


def load_champion(models: Path, spec_hash: str | None = None) -> Bundle:
    """The bundle that scores for this shop. Raises NoModelYet before the first training."""
    version = get_champion_version(models)
    if version is None:
        raise NoModelYet(shop=models.name)
    return load_bundle(models / version, spec_hash)


def get_champion_version(models: Path) -> str | None:
    """The version that is to score; None before the first training."""
    try:
        return (models / "champion").read_text(encoding="utf-8", errors="replace").strip()
    except (FileNotFoundError, IsADirectoryError):
        return None


def promote_version(
    models: Path, version: str, now: datetime, why: str, spec_hash: str | None = None
) -> None:
    """Make a version the one that scores from now on, in one step, if it is whole; why is kept with
    it.

    spec_hash: the feature list it must have been trained on. Raises ModelUnknown, BundleDamaged and
    BundleOfAnotherSpec.
    """
    if version not in {path.parent.name for path in _list_manifests(models)}:
        raise ModelUnknown(value=version, shop=models.name)
    load_bundle(models / version, spec_hash)
    write_atomically(models / "champion", version + "\n")
    # The line last, and on a line of its own: a crash before it or within it leaves the one before
    # as the last that scored.
    with (models / "champions.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("\n" + json.dumps({"at": now.isoformat(), "version": version, "why": why}))


def get_previous_champion(models: Path) -> str:
    """The version that scored before this one and is still there. Raises NoModelYet and
    NoEarlierModel."""
    champion = get_champion_version(models)
    if champion is None:
        raise NoModelYet(shop=models.name)
    earlier = next(
        (version for version in list_past_champions(models) if version != champion), None
    )
    if earlier is None:
        raise NoEarlierModel(shop=models.name)
    return earlier


def list_past_champions(models: Path) -> list[str]:
    """Every version that ever scored and is still there, the newest first."""
    versions = dict.fromkeys(str(line["version"]) for line in reversed(_read_history(models)))
    return [version for version in versions if (models / version / "manifest.json").is_file()]


def list_versions(models: Path) -> list[ModelVersion]:
    """Every bundle of a shop, the newest training first: its figures, when it was trained, and
    whether it scores."""
    champion, versions = get_champion_version(models), []
    for manifest in _list_manifests(models):
        content, run = _read_json(manifest), _read_json(manifest.with_name("run.json"))
        # One damaged manifest must not hide the models one could go back to.
        versions.append(_describe_version(manifest.parent.name, champion, run, content))
    return sorted(
        versions, key=lambda each: (each["trained_at"] or "", each["version"]), reverse=True
    )


def _describe_version(
    version: str, champion: str | None, run: Mapping[str, Any], manifest: Mapping[str, Any]
) -> ModelVersion:
    figures = manifest.get("metrics", {}).get("all", {})
    return {
        "version": version,
        "champion": version == champion,
        "damaged": not figures,
        "trained_at": run.get("trained_at"),
        "run_id": run.get("run_id"),
        "test_cutoff": manifest.get("window", {}).get("test_cutoff"),
        "outcome_days": manifest.get("outcome_days"),
        "auc": figures.get("auc"),
        "log_loss": figures.get("log_loss"),
        "ece": figures.get("ece"),
    }


def _list_manifests(models: Path) -> list[Path]:
    return [
        path
        for path in sorted(models.glob("*/manifest.json"))
        if not path.parent.name.startswith(".")
    ]


def _read_history(models: Path) -> list[Mapping[str, Any]]:
    try:
        lines = (models / "champions.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [line for line in map(_parse_line, lines) if line]


def _parse_line(text: str) -> dict[str, Any]:
    """A line of the history; empty if it was torn by a crash."""
    try:
        return dict(json.loads(text))
    except ValueError:
        return {}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
