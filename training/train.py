"""From a shop file to a trained, tracked model, top to bottom: what `make train` runs.

    python training/train.py --shop shops/completejourney.toml [--json FILE]

Import → cut-offs → features and labels at each → fit → beat every baseline or say so → bundle →
MLflow.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from cli_args import arguments_of, keep
from numpy.typing import NDArray
from rich.console import Console

from winback.cli.console import (
    day_of,
    explained,
    home_of,
    import_tables,
    language_of,
    utc_now,
    wide_console,
)
from winback.config.shop import Shop, read_shop
from winback.core.errors import BundleDamaged, NoModelYet
from winback.core.paths import Home
from winback.data.store import Store
from winback.features.registry import NAMES, spec, spec_hash
from winback.i18n.translate import Language, say
from winback.measurement.exposure import exposure_of
from winback.model.base_rate import shift_at
from winback.model.bundle import Bundle, write_bundle
from winback.model.metrics import auc_against, reliability
from winback.model.mlflow_tracking import record
from winback.model.plots import png
from winback.model.training import MONOTONE, PARAMETERS, TREES
from winback.model.versions import champion, crown
from winback.training.dataset import backtest
from winback.training.pipeline import Fitted, Lessons, columns_of, fitted, rolled
from winback.training.promotion import CUTOFFS, EVERY_DAYS, Promotion, judged
from winback.training.report import draw, write_reports
from winback.training.spend import learn_spend
from winback.training.summary import Learned, card_of, figures_of, flat, show
from winback.training.tuned_parameters import read_tuned


def train(
    shop: Shop,
    home: Home,
    seed: int,
    now: datetime,
    language: Language,
    console: Console,
    day: date | None = None,
    tuned: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Import, learn, record in MLflow, and let the model score if it is not worse than the one that
    does (MODEL 2.10).

    seed: of the booster, the samples and the bootstrap. now: when this happens, kept beside the
    bundle. day: as in `learn`. tuned: parameters in place of the default ones (`training/tune.py`).
    Returns what `--json` writes.
    """
    store, models = import_tables(shop, home, now, language), home.models(shop.name)
    with Console(stderr=True).status(say("train.working", language, {"shop": shop.name})):
        lessons = Lessons(shop, store, seed, tuned, exposure_of(shop, home, store))
        made = fitted(lessons, day)
        learned = finish(made, shop, store, models, seed, tuned)
        earlier = [
            made.exam.cutoff.day - timedelta(days=EVERY_DAYS * step) for step in range(1, CUTOFFS)
        ]
        rolls = [made, *rolled(lessons, earlier, baselines=False)]
        promotion = judged(rolls, learned.bundle.version, *_reigning(models))
        bundle = learned.bundle
        reports = write_reports(bundle.folder, shop, learned, rolls, seed)
        with tempfile.TemporaryDirectory() as plots:
            for name, figure in draw(learned).items():
                png(figure, Path(plots) / name)
            run_id = record(
                home.runs,
                shop.name,
                _parameters(shop, learned, store),
                flat(learned.figures),
                {
                    "data_sha256": learned.manifest["data_sha256"],
                    "import": store.manifest.version,
                    "spec_hash": spec_hash(),
                },
                bundle.folder,
                Path(plots),
                "champion" if promotion.promoted else "challenger",
            )
    # For the dashboard's picture; the bundle's own bytes are the same each time it is trained.
    run = {
        "run_id": run_id,
        "trained_at": now.isoformat(),
        "calibration": reliability(learned.exam.churned, learned.chances["model"]),
    }
    (bundle.folder / "run.json").write_text(json.dumps(run) + "\n")
    if promotion.promoted and promotion.why != "same":
        crown(models, bundle.version, now, promotion.why)
    manifest, window = learned.manifest, learned.manifest["window"]
    show(
        console,
        language,
        shop,
        manifest,
        learned.figures,
        learned.ahead,
        learned.thresholds,
        bundle.folder,
        run_id,
        promotion,
        reports[language],
    )
    return {
        "shop": shop.name,
        "version": bundle.version,
        "run_id": run_id,
        "bundle": str(bundle.folder),
        "outcome_days": manifest["outcome_days"],
        "test_cutoff": window["test_cutoff"],
        "customers": manifest["test"]["customers"],
        "churn_rate": manifest["test"]["churn_rate"],
        "history_days": window["history_days"],
        "training_rows": window["rows"],
        "training_cutoffs": window["training_cutoffs"],
        "silence_days": learned.thresholds.silence_days,
        "metrics": manifest["metrics"],
        "baselines": manifest["baselines"],
        "spend": manifest["spend"],
        "auc_ahead_of": {
            name: [each.value, each.low, each.high]
            for name, each in learned.ahead.items()
            if name != "model"
        },
        "promotion": _plain(promotion),
        "reports": {key: str(path) for key, path in reports.items()},
    }


def learn(shop: Shop, store: Store, models: Path, seed: int, day: date | None = None) -> Learned:
    """Fit and judge a model and write its bundle under `models`: the same tables and seed give the
    same bytes.

    day: the test cut-off, by default the last whose outcome is over.
    """
    return finish(fitted(Lessons(shop, store, seed), day), shop, store, models, seed)


def finish(
    made: Fitted,
    shop: Shop,
    store: Store,
    models: Path,
    seed: int,
    tuned: Mapping[str, Any] | None = None,
) -> Learned:
    """Judge what the recipe made and write its bundle."""
    exam, past, stack, thresholds, chances = (
        made.exam,
        made.past,
        made.stack,
        made.thresholds,
        made.chances,
    )
    blend, test, earlier = made.learnt.blend, exam.cutoff, [each.cutoff for each in past]
    outcome_days, forecast = test.outcome_days, made.base_rate.forecast(test.day)
    spend, expected, money = learn_spend(
        stack, past, exam, chances["model"], blend.members, made.base_rate, seed
    )
    figures = figures_of(exam, chances, outcome_days, thresholds, seed)
    manifest: dict[str, Any] = {
        "shop": shop.name,
        "outcome_days": outcome_days,
        "population_days": shop.population_days,
        "seed": seed,
        "window": {
            "test_cutoff": str(test.day),
            "rows": len(stack.rows),
            "outcomes_until": str(test.day + timedelta(days=outcome_days)),
            "training_cutoffs": [str(each.day) for each in earlier],
            "history_days": (store.last_day - store.first_day).days,
            "days_before_test": (test.day - store.first_day).days,
        },
        "features": spec(),
        "spec_hash": spec_hash(),
        "data_sha256": _fingerprint(stack.rows, stack.churned, exam.rows, exam.churned),
        "parameters": {**PARAMETERS, "trees": TREES, **(tuned or {}), "monotone": MONOTONE},
        "members": {
            "used": list(blend.members.used),
            "missing": dict(blend.members.missing),
            "slope": blend.members.slope,
            "learned_days": made.learned_days,
            "small_shop": made.small,
        },
        "season": {
            "basis": forecast.basis,
            "shift": forecast.shift,
            "year_ago": str(forecast.year_ago) if forecast.year_ago else None,
        },
        "metrics": figures["model"],
        "baselines": {name: each for name, each in figures.items() if name != "model"},
        "test": {
            "customers": exam.population,
            "rows": len(exam.rows),
            "churn_rate": float(exam.churned.mean()),
        },
        "spend": money,
        # The rule the "+22 %" of the field was measured against: a score below 50 is lost (MODEL
        # 4).
        "rule_accuracy": float(
            np.mean((columns_of(exam.rows, thresholds)["rfmb_score"] < 50) == exam.churned)
        ),
        "self_return_backtest": backtest(exam, past, thresholds.silence_days, chances["model"]),
    }
    card = card_of(shop, manifest, thresholds)
    # From the next cut-off on, the test's own outcome is known too.
    shifts = [*made.base_rate.shifts, shift_at(test.day, made.margins, exam.churned)]
    base_rate = replace(made.base_rate, shifts=shifts)
    bundle = write_bundle(
        models, blend, base_rate, thresholds.plain(), card, manifest, exam.rows, spend
    )
    ahead = auc_against(
        exam.churned, chances["model"], {k: v for k, v in chances.items() if k != "model"}, seed
    )
    return Learned(bundle, thresholds, manifest, figures, ahead, exam, chances, expected)


def _reigning(models: Path) -> tuple[Bundle | None, bool]:
    """The bundle that scores now, if there is one, and whether there is one that cannot be
    believed."""
    try:
        return champion(models), False
    except NoModelYet:
        return None, False
    except BundleDamaged:
        return None, True


def _plain(promotion: Promotion) -> dict[str, Any]:
    found = promotion.differences or {}
    return {
        "promoted": promotion.promoted,
        "why": promotion.why,
        "cutoffs": list(promotion.cutoffs),
        "differences": {name: [each.value, each.low, each.high] for name, each in found.items()},
    }


def _fingerprint(*arrays: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _parameters(shop: Shop, learned: Learned, store: Store) -> dict[str, Any]:
    manifest = learned.manifest
    return {
        **{name: value for name, value in manifest["parameters"].items() if name != "monotone"},
        "shop": shop.name,
        "outcome_days": manifest["outcome_days"],
        "population_days": shop.population_days,
        "test_cutoff": manifest["window"]["test_cutoff"],
        "training_cutoffs": len(manifest["window"]["training_cutoffs"]),
        "training_rows": manifest["window"]["rows"],
        "seed": manifest["seed"],
        "silence_days": learned.thresholds.silence_days,
        "features": len(NAMES),
        "orders": store.manifest.counts["orders"],
        "customers": store.manifest.counts["customers"],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code: 0 done, 1 failed, 2 usage, 3 data refused."""
    parser = arguments_of("Train a shop's churn model.")
    parser.add_argument(
        "--cutoff",
        help="the day to test on, such as 2026-08-16; left out: the last that can be judged",
    )
    parser.add_argument(
        "--parameters", type=Path, help="what training/tune.py found, in place of the default"
    )
    chosen = parser.parse_args(arguments)
    language = language_of(chosen.lang, os.environ)
    console = wide_console()

    def run() -> None:
        home, now, day = home_of(os.environ), utc_now(), day_of(chosen.cutoff)
        tuned = read_tuned(chosen.parameters) if chosen.parameters else None
        result = train(
            read_shop(chosen.shop, os.environ),
            home,
            chosen.seed,
            now,
            language,
            console,
            day,
            tuned,
        )
        keep(result, [chosen.json])

    return explained(run, language)


if __name__ == "__main__":
    sys.exit(main())
