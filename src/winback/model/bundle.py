"""The model at rest: `models/<shop>/<version>/`, plain numbers only, verified before a byte of it
is believed.

A bundle is `model.ubj` (the XGBoost core), `recent.ubj`, `members.json`, `base_rate.json`,
`thresholds.json`, `card.md`, `manifest.json` and, where the shop has amounts, `spend.ubj` and
`spend.json`. Its version is the hash of its content, so the same data gives the same version on
another day and in another folder. Loading checks every sha256 first and then scores the golden
rows: one flipped bit can load without any error and predict something else.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import xgboost as xgb
from numpy.typing import NDArray

from winback.core.errors import BundleDamaged, BundleOfAnotherSpec
from winback.model.base_rate import BaseRate
from winback.model.btyd import estimate_days_to_next
from winback.model.ensemble import (
    ANALYTIC,
    Ensemble,
    EnsembleParameters,
    build_histories,
    to_probability,
)
from winback.model.spend import SpendModel

GOLDEN_ROWS = 100
_GOLDEN_DAY = date(2000, 1, 1)  # long before any history, so without a season
_FILES = ("model.ubj", "recent.ubj", "members.json", "base_rate.json", "thresholds.json", "card.md")
_SPEND_FILES = ("spend.ubj", "spend.json")


@dataclass(frozen=True)
class Predictions:
    """What a model says of customers at a cut-off day, one value a row: the log-odds of churn
    before the season, for ranking, and its probability."""

    margins: NDArray[np.float64]
    churn_probability: NDArray[np.float64]


@dataclass(frozen=True)
class Bundle:
    """A verified model, ready to score."""

    folder: Path
    version: str
    manifest: Mapping[str, Any]
    thresholds: Mapping[str, Any]
    ensemble: Ensemble
    base_rate: BaseRate
    spend: SpendModel | None  # None where the shop has no amounts, or too few orders with them
    card: str  # what it was made of and how good it is, in Markdown

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.ensemble.names)

    def predict(self, rows: NDArray[np.float64], day: date) -> Predictions:
        """The one trip into the model. rows: of features in the order of `names`."""
        margins = self.compute_margin(rows)
        return Predictions(margins, self.compute_chance(margins, day))

    def compute_margin(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log-odds of churn for rows of features in the order of `names`, before the season;
        for ranking."""
        return self.ensemble.compute_log_odds(rows)

    def compute_chance(self, margins: NDArray[np.float64], day: date) -> NDArray[np.float64]:
        """The probability of churn at a cut-off day: the margins at the level forecast for its
        season."""
        return to_probability(margins + self.base_rate.forecast(day).shift)

    def compute_chance_over(
        self,
        rows: NDArray[np.float64],
        margins: NDArray[np.float64],
        day: date,
        days: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """The probability of no order in the next `days`, each customer's own number of them,
        from a cut-off day on."""
        outcome_days = self.ensemble.members.outcome_days
        if ANALYTIC not in self.ensemble.members.btyd:
            # Nothing knows this shop's pace within the window: an even one.
            return np.asarray(self.compute_chance(margins, day) ** (days / outcome_days))
        shift = self.ensemble.rescale_horizon(build_histories(rows, self.names), outcome_days, days)
        return to_probability(margins + self.base_rate.forecast(day).shift + shift)

    def estimate_days_to_next(self, rows: NDArray[np.float64], share: float) -> NDArray[np.float64]:
        """Days from the last order within which a `share` of the next orders come; NaN where the
        shop is too small to say."""
        numbers = self.ensemble.members.btyd.get("bg_nbd")
        return (
            estimate_days_to_next(numbers, build_histories(rows, self.names), share)
            if numbers
            else np.full(len(rows), np.nan)
        )


def to_matrix(features: pa.Table, names: Sequence[str]) -> NDArray[np.float64]:
    """A feature table's columns as rows x names, NaN = missing; each column lies in one piece,
    for who reads columns."""
    rows = np.empty((features.num_rows, len(names)), dtype=np.float64, order="F")
    for place, name in enumerate(names):
        rows[:, place] = features.column(name).to_numpy(zero_copy_only=False)
    return rows


def write_bundle(
    models: Path,
    ensemble: Ensemble,
    base_rate: BaseRate,
    thresholds: Mapping[str, Any],
    card: str,
    manifest: Mapping[str, Any],
    golden: NDArray[np.float64],
    spend: SpendModel | None = None,
) -> Bundle:
    """Write a bundle under `models` and return it as loaded back, verified.

    manifest: what it is made of (must name `features` and `spec_hash`); file hashes and golden rows
    are added here. golden: rows of features whose log-odds every later load must give again, bit
    for bit.
    """
    staging = _create_staging(models)
    _write_files(ensemble, staging, base_rate, thresholds, spend, card)
    whole = _complete_manifest(manifest, spend, staging, golden)
    text = _to_json(whole)
    (staging / "manifest.json").write_text(text, encoding="utf-8")
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    final = models / version
    _put_in_place(staging, final)
    return load_bundle(final)


def _create_staging(models: Path) -> Path:
    models.mkdir(parents=True, exist_ok=True)
    staging = models / f".writing-{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    return staging


def _put_in_place(staging: Path, final: Path) -> None:
    """What lies there already has this content, or is damaged; either way the fresh one takes its
    place."""
    run = final / "run.json"
    if run.is_file():
        shutil.copy(run, staging)
    damaged = final.parent / f".replaced-{os.getpid()}"
    if final.exists():
        final.replace(damaged)
    staging.replace(final)
    shutil.rmtree(damaged, ignore_errors=True)


def _write_files(
    ensemble: Ensemble,
    staging: Path,
    base_rate: BaseRate,
    thresholds: Mapping[str, Any],
    spend: SpendModel | None,
    card: str,
) -> None:
    ensemble.core.save_model(staging / "model.ubj")
    ensemble.recent.save_model(staging / "recent.ubj")
    plain = {
        "members": ensemble.members.to_dict(),
        "base_rate": base_rate.to_dict(),
        "thresholds": thresholds,
    }
    if spend is not None:
        spend.booster.save_model(staging / "spend.ubj")
        plain["spend"] = spend.to_dict()
    for name, content in plain.items():
        (staging / f"{name}.json").write_text(_to_json(content), encoding="utf-8")
    (staging / "card.md").write_text(card, encoding="utf-8")


def _complete_manifest(
    manifest: Mapping[str, Any],
    spend: SpendModel | None,
    staging: Path,
    golden: NDArray[np.float64],
) -> dict[str, object]:
    names = tuple(feature["name"] for feature in manifest["features"])
    content = {
        name: (staging / name).read_bytes() for name in (*_FILES, *(_SPEND_FILES if spend else ()))
    }
    saved, amounts = _load_ensemble(content, names), _load_spend(content, names)
    return {
        **manifest,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in content.items()},
        "golden": {
            "rows": _to_lists(golden[:GOLDEN_ROWS]),
            **_compute_golden_answers(saved, amounts, golden[:GOLDEN_ROWS]),
        },
    }


def load_bundle(folder: Path, spec_hash: str | None = None, threads: int | None = None) -> Bundle:
    """A bundle, if it is whole: sha256 of every file first, then the golden rows bit for bit.

    Every file is read once, so that what is believed is what was checked. spec_hash: the feature
    list it must have been trained on; threads: of the trees, by default every core. Raises
    BundleDamaged or BundleOfAnotherSpec.
    """
    try:
        manifest, version = _read_manifest(folder), folder.name
        content = _read_files(folder, manifest["files"])
        if spec_hash is not None and manifest["spec_hash"] != spec_hash:
            raise BundleOfAnotherSpec(file=str(folder), version=version)
        names = tuple(feature["name"] for feature in manifest["features"])
        ensemble = _load_ensemble(content, names, threads)
        spend = _load_spend(content, names, threads)
        base_rate = BaseRate.from_dict(json.loads(content["base_rate.json"]))
        thresholds, card = json.loads(content["thresholds.json"]), content["card.md"].decode()
    except (OSError, ValueError, KeyError, TypeError, xgb.core.XGBoostError) as error:
        raise BundleDamaged(file=str(folder), detail=str(error).splitlines()[0]) from None
    if not _gives_golden_answers(ensemble, spend, manifest["golden"], len(manifest["features"])):
        raise BundleDamaged(file=str(folder / "model.ubj"), detail="golden rows")
    return Bundle(folder, version, manifest, thresholds, ensemble, base_rate, spend, card)


def _read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, if its hash is what its folder says."""
    text = (folder / "manifest.json").read_bytes()
    manifest: dict[str, Any] = json.loads(text)
    version = hashlib.sha256(text).hexdigest()[:16]
    if version != folder.name:
        raise BundleDamaged(
            file=str(folder / "manifest.json"),
            detail=f"its content is {version}, not what its folder says",
        )
    return manifest


def _read_files(folder: Path, hashes: Mapping[str, str]) -> dict[str, bytes]:
    """The content of each file, if its hash is what the manifest says."""
    content = {name: (folder / name).read_bytes() for name in hashes}
    for name, expected in hashes.items():
        if hashlib.sha256(content[name]).hexdigest() != expected:
            raise BundleDamaged(file=str(folder / name), detail="sha256")
    return content


def _gives_golden_answers(
    ensemble: Ensemble, spend: SpendModel | None, golden: Mapping[str, Any], features: int
) -> bool:
    """Whether the golden rows still give the same answers, bit for bit."""
    rows = np.array(golden["rows"], dtype=np.float64).reshape(-1, features)
    answers = _compute_golden_answers(ensemble, spend, rows)
    return all(golden[name] == values for name, values in answers.items())


def _load_ensemble(
    content: Mapping[str, bytes], names: tuple[str, ...], threads: int | None = None
) -> Ensemble:
    core, recent = (_load_booster(content[name], threads) for name in ("model.ubj", "recent.ubj"))
    return Ensemble(
        names, core, recent, EnsembleParameters.from_dict(json.loads(content["members.json"]))
    )


def _load_spend(
    content: Mapping[str, bytes], names: tuple[str, ...], threads: int | None = None
) -> SpendModel | None:
    if "spend.json" not in content:
        return None
    return SpendModel.from_dict(
        names, _load_booster(content["spend.ubj"], threads), json.loads(content["spend.json"])
    )


def _load_booster(content: bytes, threads: int | None) -> xgb.Booster:
    booster = xgb.Booster(model_file=bytearray(content))
    booster.set_param({"nthread": threads or os.cpu_count() or 1})
    return booster


def _compute_golden_answers(
    ensemble: Ensemble, spend: SpendModel | None, golden: NDArray[np.float64]
) -> dict[str, list[float]]:
    """What every load must give for the golden rows again, bit for bit."""
    answers = {"margins": ensemble.compute_log_odds(golden).tolist()}
    return (
        answers | {"amounts": spend.predict_typical(golden, _GOLDEN_DAY).tolist()}
        if spend
        else answers
    )


def _to_lists(rows: NDArray[np.float64]) -> list[list[float | None]]:
    return [[None if np.isnan(value) else float(value) for value in row] for row in rows]


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"
