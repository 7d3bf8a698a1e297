"""How the model would have done month after month: the recipe as of at least a dozen cut-offs,
beside every baseline.

    python training/backtest.py --shop shops/completejourney.toml [--cutoffs 12] [--every 30]
    [--json FILE]

Each cut-off has a model of its own that knew only the days before it. Differences are
paired: a customer is drawn with all of their cut-offs. Nothing is written but the figures, under
`var/<shop>/backtest.json`.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypedDict

import numpy as np
from cli_args import arguments_of, at_least_one, keep, opened
from rich.console import Console
from rich.table import Table

from winback.config.shop import Shop
from winback.data.store import Store
from winback.i18n.translate import Language, translate
from winback.measurement.exposure import Exposure, load_exposure
from winback.model.metrics import EvaluationSet, measure_paired_difference
from winback.training.manifest import Figures
from winback.training.pipeline import CutoffDataset, FittedModel, fit_at, run_rolling_backtest
from winback.training.summary import compute_figures, format_figure, format_with_interval
from winback.workflows.process import choose_language, create_console, run_and_exit_code

CUTOFFS, EVERY_DAYS = 12, 30

MeanFigures = dict[str, float | None]  # by metric


class CutoffFigures(TypedDict):
    """How the recipe did as of one cut-off. customers: the population; rows: those judged on."""

    cutoff: str
    customers: int
    rows: int
    churn_rate: float
    season: str
    figures: Figures


class BacktestResult(TypedDict):
    """As `--json` writes it. asked: how many cut-offs; model_ahead_of: by baseline and metric, the
    difference and its interval; mean: by name of the model."""

    shop: str
    outcome_days: int
    asked: int
    every_days: int
    cutoffs: list[CutoffFigures]
    model_ahead_of: dict[str, dict[str, tuple[float, float, float]]]
    mean: dict[str, MeanFigures]
    mean_by_slice: dict[str, MeanFigures]


def backtest(
    shop: Shop,
    store: Store,
    seed: int,
    cutoffs: int,
    every_days: int,
    status: Any,
    language: Language,
    exposure: Exposure | None = None,
) -> BacktestResult:
    """Figures of the model and every baseline at each cut-off, newest first, and over all of
    them."""
    dataset = CutoffDataset(shop, store, seed, exposure=exposure)
    status.update(translate("backtest.working", language, {"shop": shop.name, "day": ""}))
    newest = fit_at(dataset)

    def days() -> Iterator[date]:
        for step in range(1, cutoffs):
            day = newest.test_set.cutoff.day - timedelta(days=every_days * step)
            status.update(translate("backtest.working", language, {"shop": shop.name, "day": day}))
            yield day

    rolls = [newest, *run_rolling_backtest(dataset, days(), baselines=True)]
    names = list(rolls[0].chances)
    by_cutoff = [_judge_cutoff(roll, dataset.outcome_days, seed) for roll in rolls]
    return {
        "shop": shop.name,
        "outcome_days": dataset.outcome_days,
        "asked": cutoffs,
        "every_days": every_days,
        "cutoffs": by_cutoff,
        "model_ahead_of": {name: _compare_with(name, rolls, seed) for name in names[1:]},
        "mean": {name: _mean(by_cutoff, name, "all") for name in names},
        "mean_by_slice": {
            part: _mean(by_cutoff, "model", part) for part in by_cutoff[0]["figures"]["model"]
        },
    }


def _judge_cutoff(roll: FittedModel, outcome_days: int, seed: int) -> CutoffFigures:
    test_set = roll.test_set
    return {
        "cutoff": str(test_set.cutoff.day),
        "customers": test_set.population,
        "rows": len(test_set.rows),
        "churn_rate": float(test_set.churned.mean()),
        "season": roll.base_rate.forecast(test_set.cutoff.day).basis,
        "figures": compute_figures(test_set, roll.chances, outcome_days, roll.thresholds, seed),
    }


def _compare_with(
    name: str, rolls: Sequence[FittedModel], seed: int
) -> dict[str, tuple[float, float, float]]:
    """By metric, how far the model is ahead of a baseline at the cut-offs that have it, and the
    interval."""
    panels = [
        EvaluationSet(
            roll.test_set.churned,
            roll.chances["model"],
            roll.chances[name],
            roll.test_set.customer,
        )
        for roll in rolls
        if name in roll.chances
    ]
    differences = measure_paired_difference(panels, seed)
    return {key: (each.value, each.low, each.high) for key, each in differences.items()}


def _mean(by_cutoff: Sequence[CutoffFigures], name: str, part: str) -> MeanFigures:
    """The mean of each metric over the cut-offs that have it, and its worst and best AUC."""
    seen = [each["figures"][name][part] for each in by_cutoff if name in each["figures"]]
    means: MeanFigures = {}
    for metric in seen[0]:
        values = [value for figures in seen if (value := figures[metric]) is not None]
        means[metric] = float(np.mean(values)) if values else None
    aucs = [auc for figures in seen if (auc := figures["auc"]) is not None]
    return means | {"worst_auc": min(aucs, default=None), "best_auc": max(aucs, default=None)}


def show(console: Console, found: BacktestResult, language: Language) -> None:
    """The table a person reads."""
    days = [each["cutoff"] for each in found["cutoffs"]]
    values = {"shop": found["shop"], "cutoffs": len(days), "first": days[-1], "last": days[0]}
    console.print(translate("backtest.title", language, values), style="bold")
    table = Table(box=None, pad_edge=False)
    table.add_column(translate("train.column.model", language))
    for key in (
        "backtest.mean",
        "backtest.worst",
        "backtest.best",
        "train.column.log_loss",
        "train.column.ece",
        "backtest.ahead",
    ):
        table.add_column(translate(key, language), justify="right")
    for name, mean in sorted(found["mean"].items(), key=lambda item: -(item[1]["auc"] or 0)):
        lead = found["model_ahead_of"].get(name)
        table.add_row(
            translate(f"baseline.{name}", language),
            *(
                format_figure(mean[key])
                for key in ("auc", "worst_auc", "best_auc", "log_loss", "ece")
            ),
            format_with_interval(*lead["auc"]) if lead else "",
            style="" if lead else "bold",
        )
    console.print(table)
    slices = Table(box=None, pad_edge=False)
    slices.add_column(translate("backtest.slice", language))
    for part in found["mean_by_slice"]:
        slices.add_column(translate(f"slice.{part}", language), justify="right")
    slices.add_row("", *(format_figure(each["auc"]) for each in found["mean_by_slice"].values()))
    console.print(slices)
    if len(days) < found["asked"]:
        console.print(
            translate(
                "backtest.few",
                language,
                {"cutoffs": len(days), "asked": found["asked"], "last": days[-1]},
            )
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code: 0 done, 1 failed, 2 usage, 3 data refused."""
    parser = arguments_of("Judge the recipe at rolling cut-offs.")
    parser.add_argument(
        "--cutoffs", type=at_least_one, default=CUTOFFS, help="how many, newest first"
    )
    parser.add_argument("--every", type=at_least_one, default=EVERY_DAYS, help="days between them")
    chosen = parser.parse_args(arguments)
    language = choose_language(chosen.lang, os.environ)

    def run() -> None:
        workspace, store = opened(chosen.shop, language)
        shop = workspace.shop
        with Console(stderr=True).status("") as status:
            exposure = load_exposure(shop, workspace.home, store)
            found = backtest(
                shop, store, chosen.seed, chosen.cutoffs, chosen.every, status, language, exposure
            )
        keep(found, [workspace.folder / "backtest.json", chosen.json])
        show(create_console(), found, language)

    return run_and_exit_code(run, language)


if __name__ == "__main__":
    sys.exit(main())
