"""Look for a shop's own parameters of the XGBoost core, and say when the default is as good.

    python training/tune.py --shop shops/completejourney.toml [--trials 50] [--json FILE]

Trials learn from cut-offs whose outcomes were over before the newest training cut-off and are
judged there; what they find is judged once, on the test cut-off, against the default. Needs the
extra `tune` (optuna). What scores is not changed.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from cli_args import arguments_of, at_least_one, keep, opened
from rich.console import Console

from winback.config.shop import Shop
from winback.core.errors import TooShortToTune
from winback.data.store import Store
from winback.features.registry import NAMES
from winback.i18n.translate import Language, translate
from winback.model.ensemble import compute_log_odds, to_probability
from winback.model.metrics import (
    EvaluationSet,
    Interval,
    compute_metrics,
    measure_paired_difference,
)
from winback.model.training import fit_booster
from winback.model.xgboost_parameters import PARAMETERS, TREES
from winback.training.pipeline import CutoffDataset, fit_at
from winback.training.summary import format_with_interval
from winback.training.tuned_parameters import RANGES, draw_parameters
from winback.workflows.process import choose_language, create_console, run_and_exit_code

TRIALS = 50


class TuningResult(TypedDict):
    """As `--json` writes it. auc: of `default` and `tuned`; ahead: of the tuned one's AUC, the
    difference and its interval; verdict: same, better, worse or as_good."""

    shop: str
    trials: int
    parameters: dict[str, float]
    test_cutoff: str
    auc: dict[str, float | None]
    ahead: tuple[float, float, float]
    verdict: str


def tune(
    shop: Shop, store: Store, seed: int, trials: int, status: Any, language: Language
) -> TuningResult:
    """The best parameters of some trials, and how they do against the default where neither was
    chosen.

    Raises TooShortToTune.
    """
    import optuna  # only this command needs it

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    made = fit_at(CutoffDataset(shop, store, seed), baselines=False)
    stack, test_set, days = made.stack, made.test_set, made.learned_days
    newest, older = stack.select(stack.cutoff == 0), stack.select(stack.age_days >= days)
    if len(np.unique(older.churned)) < 2 or len(np.unique(newest.churned)) < 2:
        raise TooShortToTune(shop=shop.name, newest=made.past[0].cutoff.day)

    def loss(trial: Any) -> float:
        status.update(
            translate(
                "tune.working",
                language,
                {"shop": shop.name, "trial": trial.number + 1, "trials": trials},
            )
        )
        booster = fit_booster(older.rows, older.churned, NAMES, seed, draw_parameters(trial))
        return float(
            compute_metrics(
                newest.churned, to_probability(compute_log_odds(booster, newest.rows)), seed
            )["log_loss"]
            or np.inf
        )

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(
        {**{name: PARAMETERS[name] for name in RANGES if name != "trees"}, "trees": TREES}
    )
    study.optimize(loss, n_trials=trials)
    chances = {
        name: to_probability(
            compute_log_odds(
                fit_booster(stack.rows, stack.churned, NAMES, seed, tuned), test_set.rows
            )
        )
        for name, tuned in (("default", None), ("tuned", study.best_params))
    }
    panel = EvaluationSet(test_set.churned, chances["tuned"], chances["default"], test_set.customer)
    lead = measure_paired_difference([panel], seed)["auc"]
    return {
        "shop": shop.name,
        "trials": trials,
        "parameters": study.best_params,
        "test_cutoff": str(test_set.cutoff.day),
        "auc": {
            name: compute_metrics(test_set.churned, chance, seed)["auc"]
            for name, chance in chances.items()
        },
        "ahead": (lead.value, lead.low, lead.high),
        "verdict": "same" if study.best_trial.number == 0 else _verdict(lead),
    }


def _verdict(lead: Interval) -> str:
    return "better" if lead.low > 0 else "worse" if lead.high < 0 else "as_good"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code: 0 done, 1 failed, 2 usage, 3 data refused."""
    parser = arguments_of("Look for a shop's own parameters.")
    parser.add_argument("--trials", type=at_least_one, default=TRIALS, help="how many to try")
    chosen = parser.parse_args(arguments)
    language = choose_language(chosen.lang, os.environ)

    def run() -> None:
        workspace, store = opened(chosen.shop, language)
        with Console(stderr=True).status("") as status:
            found = tune(workspace.shop, store, chosen.seed, chosen.trials, status, language)
        file = workspace.folder / "tuned.json"
        keep(found, [file, chosen.json])
        _show(create_console(), found, file, language)

    return run_and_exit_code(run, language)


def _show(console: Console, found: TuningResult, file: Path, language: Language) -> None:
    console.print(
        translate(
            "tune.result",
            language,
            {
                "shop": found["shop"],
                "trials": found["trials"],
                **{name: f"{auc:.4f}" for name, auc in found["auc"].items()},
                "difference": format_with_interval(*found["ahead"]),
            },
        )
    )
    console.print(translate(f"tune.{found['verdict']}", language, {"file": file}), soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
