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
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from cli_args import arguments_of, keep
from numpy.typing import NDArray
from rich.console import Console

from winback.config.shop import Shop
from winback.core.errors import BundleDamaged, NoModelYet
from winback.core.paths import DataPaths
from winback.data.store import Store
from winback.features.registry import NAMES, build_spec, hash_spec
from winback.i18n.translate import translate
from winback.measurement.exposure import load_exposure
from winback.model.base_rate import measure_shift
from winback.model.bundle import Bundle, write_bundle
from winback.model.metrics import compare_auc, compute_reliability
from winback.model.mlflow_tracking import log_run
from winback.model.plots import write_png
from winback.model.versions import load_champion, promote_version
from winback.model.xgboost_parameters import MONOTONE, PARAMETERS, TREES
from winback.training.dataset import backtest_returns
from winback.training.manifest import Figures, JudgementFacts, LearningFacts, TrainingManifest
from winback.training.pipeline import (
    CutoffDataset,
    FittedModel,
    fit_at,
    run_rolling_backtest,
    to_columns,
)
from winback.training.promotion import CUTOFFS, EVERY_DAYS, PromotionDecision, decide_promotion
from winback.training.report import draw_pictures, write_reports
from winback.training.spend import fit_and_judge_spend
from winback.training.summary import (
    TrainingResult,
    compute_figures,
    flatten,
    print_summary,
    render_model_card,
)
from winback.training.tuned_parameters import load_tuned
from winback.workflows.import_exports import import_tables
from winback.workflows.process import (
    choose_language,
    create_console,
    parse_cutoff_day,
    run_and_exit_code,
)
from winback.workflows.workspace import Workspace, open_workspace


def train(
    workspace: Workspace,
    seed: int,
    console: Console,
    day: date | None = None,
    tuned: Mapping[str, Any] | None = None,
) -> Mapping[str, object]:
    """Import, learn, record in MLflow, and let the model score if it is not worse than the one that
    does.

    seed: of the booster, the samples and the bootstrap. console: where the result is shown. day: as
    in `learn`. tuned: parameters in place of the default ones (`training/tune.py`). Returns what
    `--json` writes.
    """
    shop, home, language = workspace.shop, workspace.home, workspace.language
    store, models, now = import_tables(workspace), workspace.models_folder, workspace.now
    with Console(stderr=True).status(translate("train.working", language, {"shop": shop.name})):
        dataset = CutoffDataset(shop, store, seed, tuned, load_exposure(shop, home, store))
        made = fit_at(dataset, day)
        learned = finish(made, shop, store, models, seed, tuned)
        earlier = [
            made.test_set.cutoff.day - timedelta(days=EVERY_DAYS * step)
            for step in range(1, CUTOFFS)
        ]
        rolls = [made, *run_rolling_backtest(dataset, earlier, baselines=False)]
        promotion = decide_promotion(rolls, learned.bundle.version, *_reigning(models))
        bundle = learned.bundle
        reports = write_reports(bundle.folder, shop, learned, rolls, seed)
        run_id = _record_run(home, shop, store, learned, promotion)
    # For the dashboard's picture; the bundle's own bytes are the same each time it is trained.
    run = {
        "run_id": run_id,
        "trained_at": now.isoformat(),
        "calibration": compute_reliability(learned.test_set.churned, learned.chances["model"]),
    }
    (bundle.folder / "run.json").write_text(json.dumps(run) + "\n")
    if promotion.promoted and promotion.why != "same":
        promote_version(models, bundle.version, now, promotion.why)
    print_summary(console, language, shop, learned, run_id, promotion, reports[language])
    return {
        **_describe(shop, learned, run_id),
        "promotion": _plain(promotion),
        "reports": {key: str(path) for key, path in reports.items()},
    }


def learn(
    shop: Shop, store: Store, models: Path, seed: int, day: date | None = None
) -> TrainingResult:
    """Fit and judge a model and write its bundle under `models`: the same tables and seed give the
    same bytes.

    day: the test cut-off, by default the last whose outcome is over.
    """
    return finish(fit_at(CutoffDataset(shop, store, seed), day), shop, store, models, seed)


def finish(
    made: FittedModel,
    shop: Shop,
    store: Store,
    models: Path,
    seed: int,
    tuned: Mapping[str, Any] | None = None,
) -> TrainingResult:
    """Judge what the recipe made and write its bundle."""
    test_set, thresholds, chances = made.test_set, made.thresholds, made.chances
    test, ensemble = test_set.cutoff, made.fit_result.ensemble
    spend, expected, money = fit_and_judge_spend(
        made.stack,
        made.past,
        test_set,
        chances["model"],
        ensemble.members,
        made.base_rate,
        seed,
    )
    figures = compute_figures(test_set, chances, test.outcome_days, thresholds, seed)
    manifest: TrainingManifest = {
        **_describe_learning(made, shop, store, seed, tuned),
        **_describe_test(made, figures),
        "spend": money,
    }
    card = render_model_card(shop, manifest, thresholds)
    # From the next cut-off on, the test's own outcome is known too.
    shifts = [*made.base_rate.shifts, measure_shift(test.day, made.margins, test_set.churned)]
    base_rate = replace(made.base_rate, shifts=shifts)
    bundle = write_bundle(
        models, ensemble, base_rate, thresholds.to_dict(), card, manifest, test_set.rows, spend
    )
    ahead = compare_auc(
        test_set.churned, chances["model"], {k: v for k, v in chances.items() if k != "model"}, seed
    )
    return TrainingResult(bundle, thresholds, manifest, figures, ahead, test_set, chances, expected)


def _describe_learning(
    made: FittedModel, shop: Shop, store: Store, seed: int, tuned: Mapping[str, Any] | None
) -> LearningFacts:
    """What the manifest says of what was learned, and from what."""
    test, stack, members = made.test_set.cutoff, made.stack, made.fit_result.ensemble.members
    forecast = made.base_rate.forecast(test.day)
    seen = (stack.rows, stack.churned, made.test_set.rows, made.test_set.churned)
    return {
        "shop": shop.name,
        "outcome_days": test.outcome_days,
        "population_days": shop.population_days,
        "seed": seed,
        "window": {
            "test_cutoff": str(test.day),
            "rows": len(stack.rows),
            "outcomes_until": str(test.day + timedelta(days=test.outcome_days)),
            "training_cutoffs": [str(each.cutoff.day) for each in made.past],
            "history_days": (store.last_day - store.first_day).days,
            "days_before_test": (test.day - store.first_day).days,
        },
        "features": build_spec(),
        "spec_hash": hash_spec(),
        "data_sha256": _fingerprint(*seen),
        "parameters": {**PARAMETERS, "trees": TREES, **(tuned or {}), "monotone": MONOTONE},
        "members": {
            "used": list(members.used),
            "missing": dict(members.missing),
            "slope": members.slope,
            "learned_days": made.learned_days,
            "small_shop": made.small,
        },
        "season": {
            "basis": forecast.basis,
            "shift": forecast.shift,
            "year_ago": str(forecast.year_ago) if forecast.year_ago else None,
        },
    }


def _describe_test(made: FittedModel, figures: Figures) -> JudgementFacts:
    """What the manifest says of how good it is on the test cut-off."""
    test_set, thresholds = made.test_set, made.thresholds
    # The rule the "+22 %" of the field was measured against: a score below 50 is lost.
    is_lost = to_columns(test_set.rows, thresholds)["rfmb_score"] < 50
    return {
        "metrics": figures["model"],
        "baselines": {name: each for name, each in figures.items() if name != "model"},
        "test": {
            "customers": test_set.population,
            "rows": len(test_set.rows),
            "churn_rate": float(test_set.churned.mean()),
        },
        "rule_accuracy": float(np.mean(is_lost == test_set.churned)),
        "self_return_backtest": backtest_returns(
            test_set, made.past, thresholds.silence_days, made.chances["model"]
        ),
    }


def _record_run(
    home: DataPaths,
    shop: Shop,
    store: Store,
    learned: TrainingResult,
    promotion: PromotionDecision,
) -> str:
    """Record a training in MLflow, with its pictures; returns the run's id."""
    tags = {
        "data_sha256": learned.manifest["data_sha256"],
        "import": store.manifest.version,
        "spec_hash": hash_spec(),
    }
    with tempfile.TemporaryDirectory() as plots:
        for name, figure in draw_pictures(learned).items():
            write_png(figure, Path(plots) / name)
        return log_run(
            home.runs_folder,
            shop.name,
            _parameters(shop, learned, store),
            flatten(learned.figures),
            tags,
            learned.bundle.folder,
            Path(plots),
            "champion" if promotion.promoted else "challenger",
        )


def _describe(shop: Shop, learned: TrainingResult, run_id: str) -> dict[str, object]:
    """What `--json` says of the model."""
    manifest, window = learned.manifest, learned.manifest["window"]
    return {
        "shop": shop.name,
        "version": learned.bundle.version,
        "run_id": run_id,
        "bundle": str(learned.bundle.folder),
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
    }


def _reigning(models: Path) -> tuple[Bundle | None, bool]:
    """The bundle that scores now, if there is one, and whether there is one that cannot be
    believed."""
    try:
        return load_champion(models), False
    except NoModelYet:
        return None, False
    except BundleDamaged:
        return None, True


def _plain(promotion: PromotionDecision) -> dict[str, object]:
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


def _parameters(shop: Shop, learned: TrainingResult, store: Store) -> dict[str, object]:
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
    parser.add_argument(
        "--timer",
        action="store_true",
        help="train only where the shop file allows it (`training` in [service])",
    )
    chosen = parser.parse_args(arguments)
    language = choose_language(chosen.lang, os.environ)
    console = create_console()

    def run() -> None:
        day = parse_cutoff_day(chosen.cutoff)
        tuned = load_tuned(chosen.parameters) if chosen.parameters else None
        workspace = open_workspace(chosen.shop, language)
        if chosen.timer and not workspace.shop.service.training:
            console.print(translate("train.timer_off", language), markup=False)
            return
        result = train(workspace, chosen.seed, console, day, tuned)
        keep(result, [chosen.json])

    return run_and_exit_code(run, language)


if __name__ == "__main__":
    sys.exit(main())
