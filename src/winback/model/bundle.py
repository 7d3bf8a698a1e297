"""The model at rest: `models/<shop>/<version>/`, plain numbers only, verified before a byte of it is believed.

A bundle is `model.ubj`, `thresholds.json`, `card.md` and `manifest.json`. Its version is the hash of its content, so
the same data gives the same version on another day and in another folder. Loading checks every sha256 first and then
scores the golden rows: one flipped bit can load without any error and predict something else (RELIABILITY 1.3).
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import xgboost as xgb
from numpy.typing import NDArray

from winback.errors import BundleDamaged, BundleOfAnotherSpec, NoModelYet

GOLDEN_ROWS = 100
_FILES = ("model.ubj", "thresholds.json", "card.md")


@dataclass(frozen=True)
class Bundle:
    """A verified model, ready to score."""

    folder: Path
    version: str
    manifest: Mapping[str, Any]
    thresholds: Mapping[str, Any]
    booster: xgb.Booster

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(feature["name"] for feature in self.manifest["features"])

    def margin(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log-odds of churn for rows of features in the order of `names`; the same bits for one row and many."""
        return margin(self.booster, rows)


def margin(booster: xgb.Booster, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The booster's log-odds. Features are rounded to 32 bits once, here, as its trees' thresholds are."""
    values = booster.inplace_predict(np.ascontiguousarray(rows, dtype=np.float32), predict_type="margin")
    return np.asarray(values, dtype=np.float64)


def probability(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds → the chance of churn, 0 to 1."""
    return 1.0 / (1.0 + np.exp(-margins))


def matrix(features: pa.Table, names: Sequence[str]) -> NDArray[np.float64]:
    """A feature table's columns as rows x names, NaN = missing; each column lies in one piece, for who reads columns."""
    rows = np.empty((features.num_rows, len(names)), dtype=np.float64, order="F")
    for place, name in enumerate(names):
        rows[:, place] = features.column(name).to_numpy(zero_copy_only=False)
    return rows


def write_bundle(
    models: Path,
    booster: xgb.Booster,
    thresholds: Mapping[str, Any],
    card: str,
    manifest: Mapping[str, Any],
    golden: NDArray[np.float64],
) -> Bundle:
    """Write a bundle under `models` and return it as loaded back, verified.

    manifest: what it is made of (must name `features` and `spec_hash`); file hashes and golden rows are added here.
    golden: rows of features whose log-odds every later load must give again, bit for bit.
    """
    models.mkdir(parents=True, exist_ok=True)
    staging = models / f".writing-{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    booster.save_model(staging / "model.ubj")
    (staging / "thresholds.json").write_text(_json(thresholds), encoding="utf-8")
    (staging / "card.md").write_text(card, encoding="utf-8")
    saved = xgb.Booster(model_file=staging / "model.ubj")
    whole = {
        **manifest,
        "files": {name: _sha256(staging / name) for name in _FILES},
        "golden": {"rows": _plain(golden[:GOLDEN_ROWS]), "margins": margin(saved, golden[:GOLDEN_ROWS]).tolist()},
    }
    text = _json(whole)
    (staging / "manifest.json").write_text(text, encoding="utf-8")
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    final = models / version
    # What lies there already has this content, or is damaged; either way the fresh one takes its place.
    run = final / "run.json"
    if run.is_file():
        shutil.copy(run, staging)
    damaged = models / f".replaced-{os.getpid()}"
    if final.exists():
        final.replace(damaged)
    staging.replace(final)
    shutil.rmtree(damaged, ignore_errors=True)
    return load_bundle(final)


def load_bundle(folder: Path, spec_hash: str | None = None) -> Bundle:
    """A bundle, if it is whole: sha256 of every file first, then the golden rows bit for bit.

    spec_hash: the feature list it must have been trained on. Raises BundleDamaged or BundleOfAnotherSpec.
    """
    try:
        text = (folder / "manifest.json").read_bytes()
        manifest = json.loads(text)
        version = hashlib.sha256(text).hexdigest()[:16]
        if version != folder.name:
            raise BundleDamaged(file=str(folder / "manifest.json"), detail=f"sha256 {version}")
        for name, expected in manifest["files"].items():
            if _sha256(folder / name) != expected:
                raise BundleDamaged(file=str(folder / name), detail="sha256")
        if spec_hash is not None and manifest["spec_hash"] != spec_hash:
            raise BundleOfAnotherSpec(file=str(folder), version=version)
        booster = xgb.Booster(model_file=folder / "model.ubj")
        booster.set_param({"nthread": os.cpu_count() or 1})
        thresholds = json.loads((folder / "thresholds.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, xgb.core.XGBoostError) as error:
        raise BundleDamaged(file=str(folder), detail=str(error).splitlines()[0]) from None
    golden = np.array(manifest["golden"]["rows"], dtype=np.float64).reshape(-1, len(manifest["features"]))
    if margin(booster, golden).tolist() != manifest["golden"]["margins"]:
        raise BundleDamaged(file=str(folder / "model.ubj"), detail="golden rows")
    return Bundle(folder, version, manifest, thresholds, booster)


def crown(models: Path, version: str) -> None:
    """Make a version the one that scores from now on, in one step."""
    fresh = models / f".champion-{os.getpid()}"
    fresh.write_text(version + "\n", encoding="utf-8")
    fresh.replace(models / "champion")


def champion(models: Path, spec_hash: str | None = None) -> Bundle:
    """The bundle that scores for this shop. Raises NoModelYet before the first training."""
    try:
        version = (models / "champion").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise NoModelYet(shop=models.name) from None
    return load_bundle(models / version, spec_hash)


def _plain(rows: NDArray[np.float64]) -> list[list[float | None]]:
    return [[None if np.isnan(value) else float(value) for value in row] for row in rows]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
