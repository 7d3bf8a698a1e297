"""From a shop file to a trained, tracked model, top to bottom: what `make train` runs.

    python training/train.py --shop shops/completejourney.toml [--json FILE]

Import → cut-offs → features and labels at each → fit → beat every baseline or say so → bundle → MLflow.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from winback.cli import explained, import_tables, language_of, wide_console
from winback.cutoff import Cutoff, test_cutoff, training_cutoffs
from winback.errors import HistoryTooShort, NoGaps, OneClassOnly
from winback.features import NAMES, feature_table, feeds_at, spec, spec_hash
from winback.labels import OUTCOME_DAYS, in_population, matured_gaps, outcomes, own_outcome_days
from winback.model import matrix, write_bundle
from winback.model.baselines import baseline_chances
from winback.model.bundle import crown, margin, probability
from winback.model.evaluate import METRICS, Interval, auc_against, metrics
from winback.model.fit import MONOTONE, PARAMETERS, TREES, fit
from winback.model.plots import draw
from winback.model.registry import record
from winback.segments import Thresholds, freeze, own_silence_days, rfmb_score, self_return
from winback.settings import Home, Shop, read_shop
from winback.sources import Store, gap_days
from winback.words import Language, say

MOST_ROWS = 30_000  # in all: more cut-offs beat more rows (MODEL 1)
MOST_TEST_ROWS = 200_000
MONTHS_15_DAYS = 456  # below this the season cannot be seen (MODEL 2.3)

Array = NDArray[np.float64]

# Of everyone at the test cut-off only what the thresholds are made of is kept, so that memory does not grow with it.
_FOR_THRESHOLDS = (
    "days_since_last_order", "orders_last_365_days", "net_spend_lifetime_cents", "net_spend_last_365_days_cents",
    "view_seconds_last_90_days", "active_days_last_90_days", "carts_last_90_days", "views_last_90_days",
    "service_contacts_last_90_days", "activities_last_90_days",
)  # fmt: skip


@dataclass(frozen=True)
class Lesson:
    """One cut-off: rows of the population (perhaps a sample), and of everyone what thresholds are made of."""

    cutoff: Cutoff
    rows: Array
    churned: NDArray[np.bool_]
    population: int
    everyone: dict[str, Array]
    inside: NDArray[np.bool_]
    back: NDArray[np.bool_]
    spend: Array


def train(shop: Shop, home: Home, seed: int, now: datetime, language: Language, console: Console) -> dict[str, Any]:
    """Train, evaluate, bundle and register a shop's model; returns what `--json` writes.

    seed: of the booster, the samples and the bootstrap. now: for MLflow and the manifest of the import only.
    """
    store = import_tables(shop, home, now, language)
    gaps = matured_gaps(gap_days(store.connect()), store.first_day, store.last_day)
    outcome_days = shop.outcome_days or _own_outcome_days(shop, gaps)
    test, earlier = _cutoffs(shop, store, outcome_days)
    with console.status(say("train.title", language, {"shop": shop.name, "outcome_days": outcome_days})):
        lessons = joblib.Parallel(n_jobs=min(2, os.cpu_count() or 1), prefer="threads")(
            joblib.delayed(lesson)(store, cutoff, shop.population_days, most, seed)
            for cutoff, most in [(test, MOST_TEST_ROWS), *((each, MOST_ROWS // len(earlier)) for each in earlier)]
        )
        exam, past = lessons[0], lessons[1:]
        rows, churned = np.concatenate([each.rows for each in past]), np.concatenate([each.churned for each in past])
        _check_two_classes(shop, store, test, exam)
        _check_two_classes(shop, store, earlier[0], past[0])
        silence = own_silence_days(gaps)
        bands = self_return(map(_silence_and_return, lessons), silence)
        thresholds = freeze(exam.everyone, exam.inside, shop.segments, silence, outcome_days, bands)
        booster = fit(rows, churned, NAMES, seed)
        chances = {"model": probability(margin(booster, exam.rows))}
        chances |= baseline_chances(_columns(rows, thresholds), churned, _columns(exam.rows, thresholds), rows, exam.rows, seed)
        figures = _figures(exam, chances, outcome_days, thresholds, seed)
        ahead = auc_against(exam.churned, chances["model"], {k: v for k, v in chances.items() if k != "model"}, seed)
    manifest: dict[str, Any] = {
        "shop": shop.name, "outcome_days": outcome_days, "population_days": shop.population_days, "seed": seed,
        "window": {"test_cutoff": str(test.day), "outcomes_until": str(store.last_day),
                   "training_cutoffs": [str(each.day) for each in earlier], "rows": len(rows)},
        "features": spec(), "spec_hash": spec_hash(), "data_sha256": _fingerprint(rows, churned, exam.rows, exam.churned),
        "parameters": {**PARAMETERS, "trees": TREES, "monotone": MONOTONE},
        "metrics": figures["model"], "baselines": {name: each for name, each in figures.items() if name != "model"},
        "test": {"customers": exam.population, "rows": len(exam.rows), "churn_rate": float(exam.churned.mean())},
        "self_return_backtest": _backtest(exam, past, silence),
    }  # fmt: skip
    card = _card(shop, manifest, thresholds, store)
    bundle = write_bundle(home.models(shop.name), booster, thresholds.plain(), card, manifest, exam.rows)
    with tempfile.TemporaryDirectory() as plots:
        draw(Path(plots), exam.churned, chances, "model")
        run_id = record(
            home.runs, shop.name, _parameters(shop, manifest, thresholds, store), _flat(figures),
            {"data_sha256": manifest["data_sha256"], "import": store.manifest.version, "spec_hash": spec_hash()},
            bundle.folder, Path(plots),
        )  # fmt: skip
    (bundle.folder / "run.json").write_text(json.dumps({"run_id": run_id, "trained_at": now.isoformat()}) + "\n")
    crown(home.models(shop.name), bundle.version)
    history_days = (store.last_day - store.first_day).days
    _print(console, language, shop, manifest, figures, ahead, thresholds, history_days, bundle.folder, run_id)
    return {
        "shop": shop.name, "version": bundle.version, "run_id": run_id, "bundle": str(bundle.folder),
        "outcome_days": outcome_days, "test_cutoff": str(test.day), "customers": exam.population,
        "churn_rate": manifest["test"]["churn_rate"], "history_days": history_days, "training_rows": len(rows),
        "training_cutoffs": manifest["window"]["training_cutoffs"], "silence_days": thresholds.silence_days,
        "metrics": figures["model"], "baselines": manifest["baselines"],
        "auc_ahead_of": {name: [each.value, each.low, each.high] for name, each in ahead.items() if name != "model"},
    }  # fmt: skip


def lesson(store: Store, cutoff: Cutoff, population_days: int, most: int, seed: int) -> Lesson:
    """Features and labels at one cut-off, one hash partition after the other; at most `most` rows, chosen by hash."""
    kept: list[tuple[NDArray[np.uint64], Array, NDArray[np.bool_]]] = []
    everyone: list[tuple[dict[str, Array], NDArray[np.bool_], NDArray[np.bool_], Array]] = []
    feeds, population = feeds_at(store.first_known, cutoff), 0
    for part in store.parts:
        con = store.connect([part])
        features, returned = feature_table(con, cutoff, feeds), outcomes(con, cutoff)
        place = pa.compute.index_in(features.column("customer_id"), returned.column("customer_id"))
        back = np.asarray(place.is_valid())
        spend = np.asarray(returned.column("spend_cents").take(place).cast(pa.float64()), dtype=np.float64)
        columns = {name: np.asarray(features.column(name), dtype=np.float64) for name in _FOR_THRESHOLDS}
        inside = in_population(columns["days_since_last_order"], cutoff, population_days)
        chosen = np.flatnonzero(inside)
        population += len(chosen)
        drawn = _drawn(features.column("customer_id").take(chosen), cutoff, seed)
        few = np.argsort(drawn, kind="stable")[:most]
        kept.append((drawn[few], matrix(features.take(chosen[few]), NAMES), ~back[chosen[few]]))
        everyone.append((columns, inside, back, spend))
    drawn, rows, churned = (np.concatenate([each[i] for each in kept]) for i in range(3))
    few = np.argsort(drawn, kind="stable")[:most]
    return Lesson(
        cutoff, rows[few], churned[few], population,
        {name: np.concatenate([each[0][name] for each in everyone]) for name in _FOR_THRESHOLDS},
        *(np.concatenate([each[i] for each in everyone]) for i in (1, 2, 3)),
    )  # fmt: skip


def _drawn(customers: pa.ChunkedArray, cutoff: Cutoff, seed: int) -> NDArray[np.uint64]:
    """A hash of each customer for this seed and cut-off: the same customers are chosen whoever else is there."""
    key = f"{seed % 10**8:08d}{cutoff.day:%Y%m%d}"
    return pd.util.hash_array(np.asarray(customers, dtype=object), hash_key=key, categorize=False)


def _own_outcome_days(shop: Shop, gaps: NDArray[np.int64]) -> int:
    if not len(gaps):
        raise NoGaps(shop=shop.name)
    return own_outcome_days(gaps)


def _cutoffs(shop: Shop, store: Store, outcome_days: int) -> tuple[Cutoff, Sequence[Cutoff]]:
    """The test cut-off and those to learn from. Raises HistoryTooShort with the nearest outcome window that fits."""
    test = test_cutoff(store.last_day, shop.timezone, outcome_days)
    earlier = training_cutoffs(test, store.first_day)
    if not earlier:
        days = (store.last_day - store.first_day).days
        fitting = [choice for choice in OUTCOME_DAYS if 2 * choice < days]
        raise HistoryTooShort(
            shop=shop.name, days=days, first_order=store.first_day, last_order=store.last_day, outcome_days=outcome_days,
            needed=2 * outcome_days + 1, nearest=max(fitting, default=None),
        )  # fmt: skip
    return test, earlier


def _check_two_classes(shop: Shop, store: Store, cutoff: Cutoff, seen: Lesson) -> None:
    """Raises OneClassOnly, with the nearest outcome window that has both, if everyone stayed away or everyone came."""
    if len(seen.churned) and seen.churned.any() and not seen.churned.all():
        return
    nearest = None
    for choice in sorted(OUTCOME_DAYS, key=lambda days: abs(np.log(days / cutoff.outcome_days))):
        other = test_cutoff(store.last_day, shop.timezone, choice)
        if choice != cutoff.outcome_days and other.earlier(choice).day > store.first_day:
            found = lesson(store, other, shop.population_days, MOST_ROWS, 0)
            if found.churned.any() and not found.churned.all():
                nearest = choice
                break
    raise OneClassOnly(
        cutoff=cutoff.day, customers=seen.population, share="100 %", outcome_days=cutoff.outcome_days,
        fate="all" if seen.churned.all() else "none", nearest=nearest,
    )  # fmt: skip


def _columns(rows: Array, thresholds: Thresholds) -> dict[str, Array]:
    columns = {name: rows[:, place] for place, name in enumerate(NAMES)}
    return {**columns, "rfmb_score": rfmb_score(columns, thresholds)[0]}


def _figures(
    exam: Lesson, chances: dict[str, Array], outcome_days: int, thresholds: Thresholds, seed: int
) -> dict[str, dict[str, dict[str, float | None]]]:
    """Every metric for the model and each baseline, on everyone and per slice (MISSION 2: recency flatters on all)."""
    columns = {name: exam.rows[:, place] for place, name in enumerate(NAMES)}
    days, orders = columns["days_since_last_order"], columns["orders_lifetime"]
    active = days <= outcome_days
    slices = {
        "all": np.ones(len(days), dtype=bool), "active": active, "active_new": active & (orders <= 3),
        "active_growing": active & (orders > 3) & (orders < 10), "active_mature": active & (orders >= 10),
        "quiet": ~active & (days <= thresholds.silence_days), "silent": days > thresholds.silence_days,
    }  # fmt: skip
    return {
        name: {part: metrics(exam.churned[rows], chance[rows], seed) if rows.any() else dict.fromkeys(METRICS)
               for part, rows in slices.items() if name == "model" or part in ("all", "active")}
        for name, chance in chances.items()
    }  # fmt: skip


def _silence_and_return(seen: Lesson) -> tuple[Array, NDArray[np.bool_], Array]:
    return seen.everyone["days_since_last_order"], seen.back, seen.spend


def _backtest(exam: Lesson, past: Sequence[Lesson], silence: float) -> dict[str, Any]:
    """What the earlier cut-offs expected of the silent at the test cut-off, and what happened (MODEL 2.8)."""
    bands = self_return(map(_silence_and_return, past), silence)
    days = exam.everyone["days_since_last_order"]
    band = np.searchsorted([each.from_days for each in bands], days[days > silence], side="left") - 1
    return {
        "test_cutoff": str(exam.cutoff.day), "cutoffs": len(past), "silent": len(band),
        "expected": round(sum(bands[place].rate for place in band), 1), "actual": int(exam.back[days > silence].sum()),
    }  # fmt: skip


def _fingerprint(*arrays: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _parameters(shop: Shop, manifest: dict[str, Any], thresholds: Thresholds, store: Store) -> dict[str, Any]:
    return {
        **PARAMETERS, "trees": TREES, "shop": shop.name, "outcome_days": manifest["outcome_days"],
        "population_days": shop.population_days, "test_cutoff": manifest["window"]["test_cutoff"],
        "training_cutoffs": len(manifest["window"]["training_cutoffs"]), "training_rows": manifest["window"]["rows"],
        "seed": manifest["seed"], "silence_days": thresholds.silence_days, "features": len(NAMES),
        "orders": store.manifest.counts["orders"], "customers": store.manifest.counts["customers"],
    }  # fmt: skip


def _flat(figures: dict[str, dict[str, dict[str, float | None]]]) -> dict[str, float]:
    return {
        f"{name}.{part}.{metric}": value
        for name, parts in figures.items() for part, each in parts.items() for metric, value in each.items()
        if value is not None
    }  # fmt: skip


def _card(shop: Shop, manifest: dict[str, Any], thresholds: Thresholds, store: Store) -> str:
    """The model card: what it is for, what it learned from, how good it is and what it must not be used for."""
    own, best = manifest["metrics"]["all"], max(
        (each["all"]["auc"], name) for name, each in manifest["baselines"].items() if each["all"]["auc"] is not None
    )  # fmt: skip
    short = (store.last_day - store.first_day).days < MONTHS_15_DAYS
    calibration = "not claimed: under 15 months of history the season cannot be seen" if short else (
        f"expected error {own['ece']:.3f}, of which {own['ece_floor']:.3f} would be chance")  # fmt: skip
    window, test, past = manifest["window"], manifest["test"], manifest["window"]["training_cutoffs"]
    active = _or_none(manifest["metrics"]["active"]["auc"])
    return f"""# Churn model of {shop.name}

- **Says**: the chance that a customer places no order in the {manifest["outcome_days"]} days from a cut-off day on.
- **For**: ranking customers for recall. Not for prices: a churn score must not decide what anyone pays (PIPL art. 24).
- **Model**: XGBoost, {TREES} trees of depth {PARAMETERS["max_depth"]}, one untuned parameter set for every shop.
- **Learned from**: {window["rows"]} rows at {len(past)} cut-offs, {past[-1]} to {past[0]}.
- **Tested on**: {window["test_cutoff"]}, {test["customers"]} customers who ordered in the {manifest["population_days"]} days
  before; {test["churn_rate"]:.1%} stayed away.
- **Ranking**: AUC {own["auc"]:.3f}; the best baseline ({best[1]}) {best[0]:.3f}; on active customers {active}.
- **Accuracy**: {own["accuracy"]:.1%}, where always saying the commoner fate gives {own["majority_accuracy"]:.1%}.
- **Calibration**: {calibration}.
- **Silent** means more than {thresholds.silence_days:.0f} days without an order.
- **Unknown yet**: what a message changes. That takes a holdout; this model only says who is likely to stay away.
"""


def _or_none(value: float | None) -> str:
    return "unknown (one kind of customer only)" if value is None else f"{value:.3f}"


def _print(
    console: Console, language: Language, shop: Shop, manifest: dict[str, Any],
    figures: dict[str, dict[str, dict[str, float | None]]], ahead: dict[str, Interval], thresholds: Thresholds,
    history_days: int, folder: Path, run_id: str,
) -> None:  # fmt: skip
    """The short table a person reads: the model beside each baseline, on all and on active customers."""

    def words(key: str, **values: Any) -> str:
        return say(f"train.{key}", language, values)

    window, test = manifest["window"], manifest["test"]
    console.print(words("title", shop=shop.name, outcome_days=manifest["outcome_days"]), style="bold")
    console.print(words("facts", test_cutoff=window["test_cutoff"], customers=f"{test['customers']:,}",
                        churn=f"{test['churn_rate']:.1%}", rows=f"{window['rows']:,}",
                        cutoffs=len(window["training_cutoffs"]), silence=round(thresholds.silence_days)))  # fmt: skip
    table = Table(box=None, pad_edge=False)
    for place, column in enumerate(("model", "auc", "active", "log_loss", "ece", "lift", "accuracy", "ahead")):
        table.add_column(words(f"column.{column}"), justify="left" if place == 0 else "right")
    for name in sorted(figures, key=lambda name: -(figures[name]["all"]["auc"] or 0)):
        own, active = figures[name]["all"], figures[name]["active"]
        lead = "" if name == "model" else "+.3f"
        interval = ahead[name]
        table.add_row(
            say(f"baseline.{name}", language), *(_shown(value, ".3f") for value in
            (own["auc"], active["auc"], own["log_loss"], own["ece"])), _shown(own["lift_at_10"], ".2f"),
            _shown(own["accuracy"], ".1%"),
            f"{interval.value:{lead}} ({interval.low:{lead}} … {interval.high:{lead}})" if lead else "",
            style="bold" if name == "model" else "",
        )  # fmt: skip
    console.print(table)
    own = figures["model"]["all"]
    console.print(words("noise", floor=_shown(own["ece_floor"], ".3f"), majority=_shown(own["majority_accuracy"], ".1%")))
    if history_days < MONTHS_15_DAYS:
        console.print(words("short", days=history_days))
    console.print(words("done", version=folder.name, run_id=run_id, folder=folder), soft_wrap=True)


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else f"{value:{form}}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code: 0 done, 1 failed, 2 usage, 3 data refused."""
    parser = argparse.ArgumentParser(description="Train a shop's churn model.")
    parser.add_argument("--shop", type=Path, required=True, help="the shop's TOML file")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--seed", type=int, default=7, help="of samples, booster and bootstrap")
    parser.add_argument("--lang", choices=["zh", "en"], help="language of what is printed")
    chosen = parser.parse_args(arguments)
    language = language_of(chosen.lang, os.environ)
    console = wide_console()

    def run() -> None:
        home = Home(Path(os.environ.get("WINBACK_HOME", ".")))
        result = train(read_shop(chosen.shop), home, chosen.seed, datetime.now(UTC).replace(tzinfo=None), language, console)
        if chosen.json:
            chosen.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    return explained(run, language)


if __name__ == "__main__":
    sys.exit(main())
