"""What a training says of its model: figures per slice, the model card, and the table a person
reads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from winback.config.shop import Shop
from winback.features.registry import NAMES
from winback.i18n.translate import Language, say
from winback.model.bundle import Bundle
from winback.model.ensemble import MEMBERS
from winback.model.metrics import METRICS, Interval, metrics
from winback.model.training import PARAMETERS, TREES
from winback.segmentation.thresholds import Thresholds
from winback.training.dataset import Array, Lesson
from winback.training.promotion import Promotion

Figures = dict[str, dict[str, dict[str, float | None]]]  # by name of the model, slice and metric


@dataclass(frozen=True)
class Learned:
    """A bundle and how it was judged on the exam.

    chances: the exam's probabilities by name of the model; expected: its spend in cents, None
    without amounts.
    """

    bundle: Bundle
    thresholds: Thresholds
    manifest: dict[str, Any]
    figures: Figures
    ahead: dict[str, Interval]
    exam: Lesson
    chances: dict[str, Array]
    expected: Array | None


def slices_of(
    exam: Lesson, outcome_days: int, thresholds: Thresholds
) -> dict[str, NDArray[np.bool_]]:
    """The kinds of customers figures are told of (MISSION 2: recency flatters on all)."""
    columns = {name: exam.rows[:, place] for place, name in enumerate(NAMES)}
    days, orders = columns["days_since_last_order"], columns["orders_lifetime"]
    active = days <= outcome_days
    return {
        "all": np.ones(len(days), dtype=bool),
        "active": active,
        "active_new": active & (orders <= 3),
        "active_growing": active & (orders > 3) & (orders < 10),
        "active_mature": active & (orders >= 10),
        "quiet": ~active & (days <= thresholds.silence_days),
        "silent": days > thresholds.silence_days,
    }


def season_seen(manifest: dict[str, Any]) -> bool:
    """Whether the test's probabilities had the season of a year before in them; without it no
    calibration is claimed."""
    return bool(manifest["season"]["basis"] == "year_ago")


def figures_of(
    exam: Lesson, chances: dict[str, Array], outcome_days: int, thresholds: Thresholds, seed: int
) -> Figures:
    """Every metric for the model and each baseline, on everyone and per slice."""
    slices = slices_of(exam, outcome_days, thresholds)
    return {
        name: {
            part: metrics(exam.churned[rows], chance[rows], seed)
            if rows.any()
            else dict.fromkeys(METRICS)
            for part, rows in slices.items()
            if name == "model" or part in ("all", "active")
        }
        for name, chance in chances.items()
    }


def flat(figures: Figures) -> dict[str, float]:
    return {
        f"{name}.{part}.{metric}": value
        for name, parts in figures.items()
        for part, each in parts.items()
        for metric, value in each.items()
        if value is not None
    }


def card_of(shop: Shop, manifest: dict[str, Any], thresholds: Thresholds) -> str:
    """The model card: what it is for, what it learned from, how good it is and what it must not
    be used for."""
    own, best = (
        manifest["metrics"]["all"],
        max(
            (each["all"]["auc"], name)
            for name, each in manifest["baselines"].items()
            if each["all"]["auc"] is not None and name != "xgboost_core"
        ),
    )
    calibration = (
        "not claimed"
        if not season_seen(manifest)
        else (f"expected error {own['ece']:.3f}, of which {own['ece_floor']:.3f} would be chance")
    )
    parameters = manifest["parameters"]
    default = parameters["trees"] == TREES and all(
        parameters[name] == value for name, value in PARAMETERS.items()
    )
    tuned = "nothing is tuned per shop" if default else "tuned for this shop"
    window, test, past = (
        manifest["window"],
        manifest["test"],
        manifest["window"]["training_cutoffs"],
    )
    active, core = (
        _or_none(manifest["metrics"]["active"]["auc"]),
        manifest["baselines"]["xgboost_core"]["all"],
    )
    return f"""# Churn model of {shop.name}

- **Says**: the chance that a customer places no order in the {manifest["outcome_days"]} days \
from a cut-off day on.
- **For**: ranking customers for recall. Not for prices: a churn score must not decide what \
anyone pays (PIPL art. 24).
- **Model**: the mean log-odds of {_members(manifest)}.
  XGBoost has {parameters["trees"]} trees of depth {parameters["max_depth"]}; {tuned}.
- **Learned from**: {window["rows"]} rows at {len(past)} cut-offs, {past[-1]} to {past[0]}.
- **Tested on**: {window["test_cutoff"]}, {test["customers"]} customers who ordered in the \
{manifest["population_days"]} days
  before; {test["churn_rate"]:.1%} stayed away.
- **Ranking**: AUC {own["auc"]:.3f}; its XGBoost core alone {core["auc"]:.3f};
  the best baseline ({best[1]}) {best[0]:.3f}; on active customers {active}.
{_spend(shop, manifest)}- **Accuracy**: {own["accuracy"]:.1%}, \
where always saying the commoner fate gives
  {own["majority_accuracy"]:.1%}.
- **Calibration**: {calibration}. \
{_SEASONS[manifest["season"]["basis"]].format(**manifest["season"])}
- **Silent** means more than {thresholds.silence_days:.0f} days without an order.
- **Unknown yet**: what a message changes. That takes a holdout; this model only says who is \
likely to stay away.
"""


_SEASONS = {
    "year_ago": "The level follows the season of {year_ago} (log-odds {shift:+.2f}).",
    "short_history": "The season is not in it: under about 15 months of history it cannot be seen.",
    "no_year_ago": "The season is not in it: too few customers at the cut-off a year before.",
}


def _members(manifest: dict[str, Any]) -> str:
    """Who is in the blend, and who is not and why."""
    members = manifest["members"]
    used = ", ".join(say(f"member.{name}", "en") for name in members["used"])
    left = ", ".join(
        f"{say(f'member.{name}', 'en')}: {_why_left(name, members)}"
        for name in MEMBERS
        if name not in members["used"]
    )
    stretched = members["learned_days"] != manifest["outcome_days"]
    short = f"; learned for {members['learned_days']} days and stretched" if stretched else ""
    return used + (f" (without {left})" if left else "") + short


def _why_left(name: str, members: dict[str, Any]) -> str:
    if name in members["missing"]:
        return str(members["missing"][name]).replace("_", " ")
    return (
        "too small a shop for trees"
        if members["small_shop"] and name in ("core", "recent")
        else "no help on unseen customers"
    )


def _spend(shop: Shop, manifest: dict[str, Any]) -> str:
    """What it is worth as a forecast of spend; nothing without amounts."""
    spend = manifest["spend"]
    if spend is None:
        return ""
    own = spend["foretold"]["model"]
    expected, actual = (
        f"{shop.currency} {spend[f'{key}_cents'] / 100:,.0f}" for key in ("expected", "actual")
    )
    return (
        f"- **Spend**: expected {expected} in the window, {actual} came; order of customers "
        f"(normalised Gini) "
        f"{own['gini']:.3f}.\n"
    )


def _or_none(value: float | None) -> str:
    return "unknown (one kind of customer only)" if value is None else f"{value:.3f}"


def show(
    console: Console,
    language: Language,
    shop: Shop,
    manifest: dict[str, Any],
    figures: Figures,
    ahead: dict[str, Interval],
    thresholds: Thresholds,
    folder: Path,
    run_id: str,
    promotion: Promotion,
    report: Path,
) -> None:
    """The short table a person reads: the model beside each baseline, on all and on active
    customers."""

    def words(key: str, **values: Any) -> str:
        return say(f"train.{key}", language, values)

    window, test = manifest["window"], manifest["test"]
    console.print(
        words("title", shop=shop.name, outcome_days=manifest["outcome_days"]), style="bold"
    )
    console.print(
        words(
            "facts",
            test_cutoff=window["test_cutoff"],
            customers=f"{test['customers']:,}",
            churn=f"{test['churn_rate']:.1%}",
            rows=f"{window['rows']:,}",
            cutoffs=len(window["training_cutoffs"]),
            silence=round(thresholds.silence_days),
        )
    )
    table = Table(box=None, pad_edge=False)
    for place, column in enumerate(
        ("model", "auc", "active", "log_loss", "ece", "lift", "accuracy", "ahead")
    ):
        table.add_column(words(f"column.{column}"), justify="left" if place == 0 else "right")
    for name in sorted(figures, key=lambda name: -(figures[name]["all"]["auc"] or 0)):
        own, active = figures[name]["all"], figures[name]["active"]
        interval = ahead[name]
        table.add_row(
            say(f"baseline.{name}", language),
            *(
                shown(value, ".3f")
                for value in (own["auc"], active["auc"], own["log_loss"], own["ece"])
            ),
            shown(own["lift_at_10"], ".2f"),
            shown(own["accuracy"], ".1%"),
            with_interval(interval.value, interval.low, interval.high, 3)
            if name != "model"
            else "",
            style="bold" if name == "model" else "",
        )
    console.print(table)
    own = figures["model"]["all"]
    console.print(
        words(
            "noise",
            floor=shown(own["ece_floor"], ".3f"),
            majority=shown(own["majority_accuracy"], ".1%"),
        )
    )
    if not season_seen(manifest):
        console.print(words(manifest["season"]["basis"], days=window["days_before_test"]))
    differences = promotion.differences or {}
    console.print(
        words(
            f"promotion.{promotion.why}",
            cutoffs=len(promotion.cutoffs),
            **{
                name: with_interval(each.value, each.low, each.high)
                for name, each in differences.items()
            },
        )
    )
    console.print(words("done", version=folder.name, run_id=run_id, folder=folder), soft_wrap=True)
    console.print(words("report", report=report), soft_wrap=True)


def shown(value: float | None, form: str = ".3f") -> str:
    """A figure, or a dash where there is none."""
    return "–" if value is None else f"{value:{form}}"


def with_interval(value: float, low: float, high: float, digits: int = 4) -> str:
    """A difference and its interval."""
    return f"{value:+.{digits}f} ({low:+.{digits}f} … {high:+.{digits}f})"
