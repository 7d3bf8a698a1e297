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
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from lessons import (
    MOST_ROWS,
    MOST_SEASON_ROWS,
    MOST_TEST_ROWS,
    SHORT_DAYS,
    Array,
    Lesson,
    backtest,
    check_two_classes,
    cutoffs_of,
    lesson,
    outcome_days_of,
    silence_and_return,
    stacked,
)  # fmt: skip
from money import learn_spend
from numpy.typing import NDArray
from rich.console import Console
from verdict import Figures, card_of, figures_of, flat, show

from winback.cli import day_of, explained, import_tables, language_of, wide_console
from winback.cutoff import Cutoff
from winback.features import NAMES, spec, spec_hash
from winback.labels import matured_gaps
from winback.model import Bundle, write_bundle
from winback.model.base_rate import BaseRate, shift_at
from winback.model.baselines import analytic_chances, baseline_chances
from winback.model.blend import histories, margin, probability
from winback.model.bundle import crown
from winback.model.evaluate import Interval, auc_against
from winback.model.fit import MONOTONE, PARAMETERS, SMALL_SHOP, TREES, Learnt, Stack, fit_blend
from winback.model.plots import draw
from winback.model.registry import record
from winback.segments import Thresholds, freeze, own_silence_days, rfmb_score, self_return
from winback.settings import Home, Shop, read_shop
from winback.sources import Store, gap_days
from winback.words import Language, say


@dataclass(frozen=True)
class Learned:
    """A bundle and how it was judged; chances are the test customers' probabilities by name of the model."""

    bundle: Bundle
    thresholds: Thresholds
    manifest: dict[str, Any]
    figures: Figures
    ahead: dict[str, Interval]
    churned: NDArray[np.bool_]
    chances: dict[str, Array]


def train(
    shop: Shop, home: Home, seed: int, now: datetime, language: Language, console: Console, day: date | None = None
) -> dict[str, Any]:
    """Import, learn, record in MLflow and make the model champion; returns what `--json` writes.

    seed: of the booster, the samples and the bootstrap. now: when this happens, kept beside the bundle. day: as in `learn`.
    """
    store = import_tables(shop, home, now, language)
    with Console(stderr=True).status(say("train.working", language, {"shop": shop.name})):
        learned = learn(shop, store, home.models(shop.name), seed, day)
        bundle = learned.bundle
        with tempfile.TemporaryDirectory() as plots:
            draw(Path(plots), learned.churned, learned.chances, "model")
            run_id = record(
                home.runs, shop.name, _parameters(shop, learned, store), flat(learned.figures),
                {"data_sha256": learned.manifest["data_sha256"], "import": store.manifest.version, "spec_hash": spec_hash()},
                bundle.folder, Path(plots),
            )  # fmt: skip
    (bundle.folder / "run.json").write_text(json.dumps({"run_id": run_id, "trained_at": now.isoformat()}) + "\n")
    crown(home.models(shop.name), bundle.version)
    manifest, window = learned.manifest, learned.manifest["window"]
    show(console, language, shop, manifest, learned.figures, learned.ahead, learned.thresholds, bundle.folder, run_id)
    return {
        "shop": shop.name, "version": bundle.version, "run_id": run_id, "bundle": str(bundle.folder),
        "outcome_days": manifest["outcome_days"], "test_cutoff": window["test_cutoff"],
        "customers": manifest["test"]["customers"], "churn_rate": manifest["test"]["churn_rate"],
        "history_days": window["history_days"], "training_rows": window["rows"],
        "training_cutoffs": window["training_cutoffs"], "silence_days": learned.thresholds.silence_days,
        "metrics": manifest["metrics"], "baselines": manifest["baselines"], "spend": manifest["spend"],
        "auc_ahead_of": {name: [each.value, each.low, each.high] for name, each in learned.ahead.items() if name != "model"},
    }  # fmt: skip


def learn(shop: Shop, store: Store, models: Path, seed: int, day: date | None = None) -> Learned:
    """Fit and judge a model and write its bundle under `models`: the same tables and seed give the same bytes.

    day: the test cut-off, by default the last whose outcome is over.
    """
    gaps = matured_gaps(gap_days(store.connect()), store.first_day, store.last_day)
    outcome_days = outcome_days_of(shop, gaps)
    test, earlier = cutoffs_of(shop, store, outcome_days, day)
    learned_days = earlier[0].outcome_days
    calendar = BaseRate(store.first_day, outcome_days, (), shop.sales)
    seasons = _year_before(calendar, test, earlier) if learned_days == outcome_days else []
    asked = [(test, MOST_TEST_ROWS), *((each, MOST_ROWS // len(earlier)) for each in earlier),
             *((each, MOST_SEASON_ROWS) for each in seasons)]  # fmt: skip
    lessons = joblib.Parallel(n_jobs=min(2, os.cpu_count() or 1), prefer="threads")(
        joblib.delayed(lesson)(store, cutoff, shop.population_days, most, seed) for cutoff, most in asked
    )
    exam, past, before = lessons[0], lessons[1 : 1 + len(earlier)], lessons[1 + len(earlier) :]
    for seen in (exam, past[0]):
        check_two_classes(shop, store, seen)
    stack = stacked(past)
    silence = float(shop.segments.silence_days or own_silence_days(gaps))
    bands = self_return(map(silence_and_return, [exam, *past]), silence)
    thresholds = freeze(exam.everyone, exam.inside, shop.segments, silence, outcome_days, bands)
    small = exam.population < SMALL_SHOP or (test.day - store.first_day).days < SHORT_DAYS
    learnt = fit_blend(stack, exam.rows, NAMES, outcome_days, learned_days, small, seed)
    blend, margins = learnt.blend, learnt.blend.margin(exam.rows)
    base_rate = _base_rate(calendar, learnt, stack, past, before)
    forecast = base_rate.forecast(test.day)
    chances = {"model": probability(margins + forecast.shift), "xgboost_core": probability(margin(blend.core, exam.rows))}
    chances |= analytic_chances(blend.members.btyd, histories(exam.rows, NAMES), outcome_days)
    chances |= baseline_chances(_columns(stack.rows, thresholds), stack.churned, _columns(exam.rows, thresholds),
                                stack.rows, exam.rows, seed)  # fmt: skip
    spend, money = learn_spend(stack, past, exam, chances["model"], blend.members, calendar, seed)
    figures = figures_of(exam, chances, outcome_days, thresholds, seed)
    manifest: dict[str, Any] = {
        "shop": shop.name, "outcome_days": outcome_days, "population_days": shop.population_days, "seed": seed,
        "window": {"test_cutoff": str(test.day), "rows": len(stack.rows),
                   "outcomes_until": str(test.day + timedelta(days=outcome_days)),
                   "training_cutoffs": [str(each.day) for each in earlier],
                   "history_days": (store.last_day - store.first_day).days},
        "features": spec(), "spec_hash": spec_hash(),
        "data_sha256": _fingerprint(stack.rows, stack.churned, exam.rows, exam.churned),
        "parameters": {**PARAMETERS, "trees": TREES, "monotone": MONOTONE},
        "members": {"used": list(blend.members.used), "missing": dict(blend.members.missing),
                    "slope": blend.members.slope, "learned_days": learned_days, "small_shop": small},
        "season": {"basis": forecast.basis, "shift": forecast.shift,
                   "year_ago": str(forecast.year_ago) if forecast.year_ago else None},
        "metrics": figures["model"], "baselines": {name: each for name, each in figures.items() if name != "model"},
        "test": {"customers": exam.population, "rows": len(exam.rows), "churn_rate": float(exam.churned.mean())},
        "spend": money,
        "self_return_backtest": backtest(exam, past, thresholds.silence_days, chances["model"]),
    }  # fmt: skip
    card = card_of(shop, manifest, thresholds)
    # From the next cut-off on, the test's own outcome is known too.
    base_rate = replace(base_rate, shifts=[*base_rate.shifts, shift_at(test.day, margins, exam.churned)])
    bundle = write_bundle(models, blend, base_rate, thresholds.plain(), card, manifest, exam.rows, spend)
    ahead = auc_against(exam.churned, chances["model"], {k: v for k, v in chances.items() if k != "model"}, seed)
    return Learned(bundle, thresholds, manifest, figures, ahead, exam.churned, chances)


def _year_before(calendar: BaseRate, test: Cutoff, earlier: Sequence[Cutoff]) -> list[Cutoff]:
    """The cut-offs that serve the base-rate forecast only: a year before the test, and before the newest to learn from."""
    days = dict.fromkeys(calendar.year_before(each.day) for each in (test, earlier[0]))
    learned = {each.day for each in earlier}
    return [replace(test, day=day) for day in days if day > calendar.first_day and day not in learned]


def _base_rate(calendar: BaseRate, learnt: Learnt, stack: Stack, past: Sequence[Lesson], before: Sequence[Lesson]) -> BaseRate:
    """The shifts of every past cut-off, on customers the members had not seen where they learned from that day."""
    shifts = [shift_at(each.cutoff.day, learnt.blend.margin(each.rows), each.churned) for each in before if len(each.rows)]
    for place, each in enumerate(past):
        if len(each.rows) and each.cutoff.outcome_days == calendar.outcome_days:
            shifts.append(shift_at(each.cutoff.day, learnt.unseen[stack.cutoff == place], each.churned))
    return replace(calendar, shifts=shifts)


def _columns(rows: Array, thresholds: Thresholds) -> dict[str, Array]:
    columns = {name: rows[:, place] for place, name in enumerate(NAMES)}
    return {**columns, "rfmb_score": rfmb_score(columns, thresholds)[0]}


def _fingerprint(*arrays: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _parameters(shop: Shop, learned: Learned, store: Store) -> dict[str, Any]:
    manifest = learned.manifest
    return {
        **PARAMETERS, "trees": TREES, "shop": shop.name, "outcome_days": manifest["outcome_days"],
        "population_days": shop.population_days, "test_cutoff": manifest["window"]["test_cutoff"],
        "training_cutoffs": len(manifest["window"]["training_cutoffs"]), "training_rows": manifest["window"]["rows"],
        "seed": manifest["seed"], "silence_days": learned.thresholds.silence_days, "features": len(NAMES),
        "orders": store.manifest.counts["orders"], "customers": store.manifest.counts["customers"],
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code: 0 done, 1 failed, 2 usage, 3 data refused."""
    parser = argparse.ArgumentParser(description="Train a shop's churn model.")
    parser.add_argument("--shop", type=Path, required=True, help="the shop's TOML file")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--cutoff", help="the day to test on, such as 2026-08-16; left out: the last that can be judged")
    parser.add_argument("--seed", type=int, default=7, help="of samples, booster and bootstrap")
    parser.add_argument("--lang", choices=["zh", "en"], help="language of what is printed")
    chosen = parser.parse_args(arguments)
    language = language_of(chosen.lang, os.environ)
    console = wide_console()

    def run() -> None:
        home = Home(Path(os.environ.get("WINBACK_HOME", ".")))
        now, day = datetime.now(UTC).replace(tzinfo=None), day_of(chosen.cutoff)
        result = train(read_shop(chosen.shop, os.environ), home, chosen.seed, now, language, console, day)
        if chosen.json:
            chosen.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    return explained(run, language)


if __name__ == "__main__":
    sys.exit(main())
