"""What a training says of its model: figures per slice, the model card, and the table a person
reads."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from winback.config.shop import Shop
from winback.features.registry import NAMES
from winback.i18n.numbers import format_count, format_money
from winback.i18n.translate import Language, translate
from winback.model.bundle import Bundle
from winback.model.ensemble import MEMBERS
from winback.model.metrics import METRICS, Interval, compute_metrics
from winback.model.xgboost_parameters import PARAMETERS, TREES
from winback.segmentation.thresholds import Thresholds
from winback.training.dataset import Array, CutoffData
from winback.training.manifest import Figures, MemberFacts, TrainingManifest
from winback.training.promotion import PromotionDecision


@dataclass(frozen=True)
class TrainingResult:
    """A bundle and how it was judged on the exam.

    chances: the exam's probabilities by name of the model; expected: its spend in minor units, None
    without amounts.
    """

    bundle: Bundle
    thresholds: Thresholds
    manifest: TrainingManifest
    figures: Figures
    ahead: dict[str, Interval]
    test_set: CutoffData
    chances: dict[str, Array]
    expected: Array | None


def build_slices(
    test_set: CutoffData, outcome_days: int, thresholds: Thresholds
) -> dict[str, NDArray[np.bool_]]:
    """The kinds of customers figures are given for (MISSION 2: recency flatters on all)."""
    columns = {name: test_set.rows[:, place] for place, name in enumerate(NAMES)}
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


def has_season(manifest: TrainingManifest) -> bool:
    """Whether the test's probabilities had the season of a year before in them; without it no
    calibration is claimed."""
    return manifest["season"]["basis"] == "year_ago"


def compute_figures(
    test_set: CutoffData,
    chances: dict[str, Array],
    outcome_days: int,
    thresholds: Thresholds,
    seed: int,
) -> Figures:
    """Every metric for the model and each baseline, on everyone and per slice."""
    slices = build_slices(test_set, outcome_days, thresholds)
    return {
        name: {
            part: compute_metrics(test_set.churned[rows], chance[rows], seed)
            if rows.any()
            else dict.fromkeys(METRICS)
            for part, rows in slices.items()
            if name == "model" or part in ("all", "active")
        }
        for name, chance in chances.items()
    }


def flatten(figures: Figures) -> dict[str, float]:
    return {
        f"{name}.{part}.{metric}": value
        for name, parts in figures.items()
        for part, each in parts.items()
        for metric, value in each.items()
        if value is not None
    }


def render_model_card(shop: Shop, manifest: TrainingManifest, thresholds: Thresholds) -> str:
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
        if not has_season(manifest)
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
        _format_or_none(manifest["metrics"]["active"]["auc"]),
        manifest["baselines"]["xgboost_core"]["all"],
    )
    return f"""# Churn model of {shop.name}

- **Says**: the chance that a customer places no order in the {manifest["outcome_days"]} days \
from a cut-off day on.
- **For**: ranking customers for recall. Not for prices: a churn score must not decide what \
anyone pays (PIPL art. 24).
- **Model**: the mean log-odds of {_describe_members(manifest)}.
  XGBoost has {parameters["trees"]} trees of depth {parameters["max_depth"]}; {tuned}.
- **Learned from**: {window["rows"]} rows at {len(past)} cut-offs, {past[-1]} to {past[0]}.
- **Tested on**: {window["test_cutoff"]}, {test["customers"]} customers who ordered in the \
{manifest["population_days"]} days
  before; {test["churn_rate"]:.1%} stayed away.
- **Ranking**: AUC {own["auc"]:.3f}; its XGBoost core alone {core["auc"]:.3f};
  the best baseline ({best[1]}) {best[0]:.3f}; on active customers {active}.
{_describe_spend(shop, manifest)}- **Accuracy**: {own["accuracy"]:.1%}, \
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


def _describe_members(manifest: TrainingManifest) -> str:
    """Who is in the blend, and who is not and why."""
    members = manifest["members"]
    used = ", ".join(translate(f"member.{name}", "en") for name in members["used"])
    left = ", ".join(
        f"{translate(f'member.{name}', 'en')}: {_explain_left_out(name, members)}"
        for name in MEMBERS
        if name not in members["used"]
    )
    stretched = members["learned_days"] != manifest["outcome_days"]
    short = f"; learned for {members['learned_days']} days and stretched" if stretched else ""
    return used + (f" (without {left})" if left else "") + short


def _explain_left_out(name: str, members: MemberFacts) -> str:
    if name in members["missing"]:
        return members["missing"][name].replace("_", " ")
    return (
        "too small a shop for trees"
        if members["small_shop"] and name in ("core", "recent")
        else "no help on unseen customers"
    )


def _describe_spend(shop: Shop, manifest: TrainingManifest) -> str:
    """What it is worth as a forecast of spend; nothing without amounts."""
    spend = manifest["spend"]
    if spend is None:
        return ""
    own = spend["foretold"]["model"]
    expected, actual = (
        format_money(minor, shop.currency)
        for minor in (spend["expected_minor"], spend["actual_minor"])
    )
    return (
        f"- **Spend**: expected {expected} in the window, {actual} came; order of customers "
        f"(normalised Gini) "
        f"{own['gini']:.3f}.\n"
    )


def _format_or_none(value: float | None) -> str:
    return "unknown (one kind of customer only)" if value is None else f"{value:.3f}"


def print_summary(
    console: Console,
    language: Language,
    shop: Shop,
    learned: TrainingResult,
    run_id: str,
    promotion: PromotionDecision,
    report: Path,
) -> None:
    """The short table a person reads: the model beside each baseline, on all and on active
    customers."""
    _print_facts(console, language, shop, learned)
    console.print(_build_table(learned, language))
    own, manifest = learned.figures["model"]["all"], learned.manifest
    noise = {
        "floor": format_figure(own["ece_floor"], ".3f"),
        "majority": format_figure(own["majority_accuracy"], ".1%"),
    }
    console.print(translate("train.noise", language, noise))
    if not has_season(manifest):
        days = {"days": manifest["window"]["days_before_test"]}
        console.print(translate(f"train.{manifest['season']['basis']}", language, days))
    decided = {
        "cutoffs": len(promotion.cutoffs),
        **{
            name: format_with_interval(each.value, each.low, each.high)
            for name, each in (promotion.differences or {}).items()
        },
    }
    console.print(translate(f"train.promotion.{promotion.why}", language, decided))
    folder = learned.bundle.folder
    done = {"version": folder.name, "run_id": run_id, "folder": folder}
    console.print(translate("train.done", language, done), soft_wrap=True)
    console.print(translate("train.report", language, {"report": report}), soft_wrap=True)


def _print_facts(console: Console, language: Language, shop: Shop, learned: TrainingResult) -> None:
    """What was asked, of whom, and from how much it was learned."""
    manifest, window, test = learned.manifest, learned.manifest["window"], learned.manifest["test"]
    title = {"shop": shop.name, "outcome_days": manifest["outcome_days"]}
    console.print(translate("train.title", language, title), style="bold")
    facts = {
        "test_cutoff": window["test_cutoff"],
        "customers": format_count(test["customers"]),
        "churn": f"{test['churn_rate']:.1%}",
        "rows": format_count(window["rows"]),
        "cutoffs": len(window["training_cutoffs"]),
        "silence": round(learned.thresholds.silence_days),
    }
    console.print(translate("train.facts", language, facts))


def _build_table(learned: TrainingResult, language: Language) -> Table:
    """The model and each baseline, the best ranking first."""
    table, figures = Table(box=None, pad_edge=False), learned.figures
    for place, column in enumerate(
        ("model", "auc", "active", "log_loss", "ece", "lift", "accuracy", "ahead")
    ):
        title = translate(f"train.column.{column}", language)
        table.add_column(title, justify="left" if place == 0 else "right")
    for name in sorted(figures, key=lambda name: -(figures[name]["all"]["auc"] or 0)):
        own, active = figures[name]["all"], figures[name]["active"]
        lead, is_ours = learned.ahead[name], name == "model"
        table.add_row(
            translate(f"baseline.{name}", language),
            *map(format_figure, (own["auc"], active["auc"], own["log_loss"], own["ece"])),
            format_figure(own["lift_at_10"], ".2f"),
            format_figure(own["accuracy"], ".1%"),
            "" if is_ours else format_with_interval(lead.value, lead.low, lead.high, 3),
            style="bold" if is_ours else "",
        )
    return table


def format_figure(value: float | None, form: str = ".3f") -> str:
    """A figure, or a dash where there is none."""
    return "–" if value is None else f"{value:{form}}"


def format_with_interval(value: float, low: float, high: float, digits: int = 4) -> str:
    """A difference and its interval."""
    return f"{value:+.{digits}f} ({low:+.{digits}f} … {high:+.{digits}f})"
