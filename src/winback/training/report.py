"""The report of a training: one self-contained page a language, for whoever has to believe the
scores."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from markupsafe import Markup

from winback.config.shop import Shop
from winback.core.currency import get_minor_per_unit
from winback.features.registry import NAMES
from winback.i18n.numbers import format_count, format_money
from winback.i18n.templates import load_templates
from winback.i18n.translate import Language, translate
from winback.model import plots
from winback.model.metrics import METRICS, compute_lift, compute_metrics
from winback.training.dataset import Array
from winback.training.pipeline import FittedModel
from winback.training.summary import (
    TrainingResult,
    build_slices,
    format_figure,
    format_with_interval,
    has_season,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FEWEST = 50  # customers of a kind; of fewer a figure would be an anecdote
_LIFTS = (0.1, 0.2, 0.3)
_SHOWN_IN_GAIN = (
    "model",
    "rfm_logistic",
    "recency",
    "pareto_nbd",
)  # more lines than these are a tangle
_EVENT_FEATURES = ("views_last_90_days", "carts_last_90_days", "campaigns_received_last_90_days")


def write_reports(
    folder: Path, shop: Shop, learned: TrainingResult, rolls: Sequence[FittedModel], seed: int
) -> dict[Language, Path]:
    """Write `report.{zh,en}.html` into a folder. rolls: the recipe as of the last cut-offs,
    newest first."""
    stability = [_compute_figures(roll, seed) for roll in rolls]
    written = {}
    for language in get_args(Language):
        written[language] = folder / f"report.{language}.html"
        written[language].write_text(
            render_report(shop, learned, stability, language), encoding="utf-8"
        )
    return written


def render_report(
    shop: Shop, learned: TrainingResult, stability: Sequence[Mapping[str, Any]], language: Language
) -> str:
    """The report as HTML. Same data and seed, same bytes."""
    environment = load_templates("winback.training")
    for name, form in (
        ("three", ".3f"),
        ("two", ".2f"),
        ("percent", ".1%"),
        ("signed", "+.1%"),
        ("count", ","),
    ):
        environment.filters[name] = _build_formatter(form)
    manifest, figures = learned.manifest, learned.figures

    def translate_key(key: str, **values: Any) -> str:
        return translate(key, language, values)

    peers = [
        (
            name,
            figures[name]["all"],
            figures[name]["active"],
            _format_interval(learned, name) if name != "model" else "",
        )
        for name in sorted(figures, key=lambda name: -(figures[name]["all"]["auc"] or 0))
    ]
    chance = learned.chances["model"]
    return environment.get_template("report.html").render(
        language=language,
        say=translate_key,
        shop=shop,
        facts=_collect_facts(learned),
        verdict=_write_verdict(shop, learned, translate_key),
        peers=peers,
        slices=_list_slices(learned),
        claim=_test_claim(learned),
        stability=stability,
        spend=manifest["spend"],
        lifts=", ".join(
            f"{compute_lift(learned.test_set.churned, chance, share):.2f}" for share in _LIFTS
        ),
        unknown=_list_unknown(learned, translate_key),
        made=_describe_model(learned, translate_key),
        charts=_draw_charts(shop, learned, stability, translate_key),
    )


def draw_pictures(learned: TrainingResult) -> dict[str, "Figure"]:
    """The two pictures MLflow keeps, by file name."""
    test_set = learned.test_set

    def translate_key(key: str) -> str:
        return _format_label(key, lambda name, **values: translate(name, "en", values), "")

    return {
        "calibration.png": plots.plot_calibration(
            test_set.churned, learned.chances["model"], translate_key
        ),
        "gain.png": plots.plot_gain(
            test_set.churned, _limit_series(learned.chances), translate_key
        ),
    }


def _draw_charts(
    shop: Shop,
    learned: TrainingResult,
    stability: Sequence[Mapping[str, Any]],
    say_: Callable[..., str],
) -> dict[str, Markup | None]:
    test_set = learned.test_set

    def translate_key(key: str) -> str:
        return _format_label(key, say_, shop.currency)

    charts = {
        "leads": plots.plot_leads(learned.ahead, translate_key),
        "calibration": plots.plot_calibration(
            test_set.churned, learned.chances["model"], translate_key
        ),
        "gain": plots.plot_gain(test_set.churned, _limit_series(learned.chances), translate_key),
    }
    known = [each for each in stability if each["auc"] is not None]
    if len(known) > 1:
        charts["stability"] = plots.plot_stability(
            [each["cutoff"] for each in known], [each["auc"] for each in known], translate_key
        )
    if learned.expected is not None:
        per_unit = get_minor_per_unit(shop.currency)
        charts["tenths"] = plots.plot_tenths(
            learned.expected / per_unit,
            np.nan_to_num(test_set.spend_minor) / per_unit,
            translate_key,
        )
    # Our own drawing, not a stranger's text; labels in it are escaped by the library.
    return {
        "stability": None,
        **{name: Markup(plots.render_svg(figure)) for name, figure in charts.items()},
    }


def _limit_series(chances: Mapping[str, Array]) -> dict[str, Array]:
    return {name: chances[name] for name in _SHOWN_IN_GAIN if name in chances}


def _format_label(key: str, say_: Callable[..., str], currency: str) -> str:
    if key == "spend":
        return say_("plot.spend", currency=currency)
    try:
        return say_(f"plot.{key}")
    except KeyError:
        return say_(f"baseline.{key}")


def _collect_facts(learned: TrainingResult) -> dict[str, str | int]:
    manifest, test = learned.manifest, learned.manifest["test"]
    return {
        "test_cutoff": manifest["window"]["test_cutoff"],
        "customers": format_count(test["customers"]),
        "churn": f"{test['churn_rate']:.1%}",
        "outcome_days": manifest["outcome_days"],
        "population_days": manifest["population_days"],
        "version": learned.bundle.version,
    }


def _write_verdict(shop: Shop, learned: TrainingResult, words: Callable[..., str]) -> list[str]:
    """Three sentences: does it rank, is it honest, and what of money."""
    manifest, own = learned.manifest, learned.figures["model"]["all"]
    aucs = {
        name: each["all"]["auc"]
        for name, each in learned.figures.items()
        if name not in ("model", "xgboost_core")
    }
    other = max(aucs, key=lambda name: aucs[name] or 0)
    lead = learned.ahead[other]
    standing = "ahead" if lead.low > 0 else "behind" if lead.high < 0 else "level"
    days = manifest["window"]["days_before_test"]
    honesty = "claimed" if has_season(manifest) else manifest["season"]["basis"]
    spend, lifted = manifest["spend"], f"{own['lift_at_10']:.1f}"
    money = words("report.no_money", lift=lifted)
    if spend:
        shown = {
            "expected": format_money(spend["expected_minor"], shop.currency),
            "actual": format_money(spend["actual_minor"], shop.currency),
        }
        money = words(
            "report.money", lift=lifted, bias=f"{spend['foretold']['model']['bias']:+.0%}", **shown
        )
    return [
        words(
            f"report.ranking.{standing}",
            auc=f"{100 * (own['auc'] or 0):.1f}",
            other=words(f"baseline.{other}"),
            other_auc=f"{100 * (aucs[other] or 0):.1f}",
        ),
        words(
            f"report.honesty.{honesty}",
            ece=f"{100 * (own['ece'] or 0):.1f}",
            floor=f"{100 * (own['ece_floor'] or 0):.1f}",
            days=days,
        ),
        money,
    ]


def _list_slices(
    learned: TrainingResult,
) -> list[tuple[str, int, float, Mapping[str, float | None]]]:
    test_set, figures = learned.test_set, learned.figures["model"]
    slices = build_slices(test_set, learned.manifest["outcome_days"], learned.thresholds)
    nothing = dict.fromkeys(METRICS)
    return [
        (
            part,
            int(rows.sum()),
            float(test_set.churned[rows].mean()),
            figures[part] if rows.sum() >= _FEWEST else nothing,
        )
        for part, rows in slices.items()
        if rows.any()
    ]


def _test_claim(learned: TrainingResult) -> dict[str, str]:
    """The source's "+22 %", tested against the rule it was made with and against a fitted one."""
    own = learned.figures["model"]["all"]
    logistic, rule = (
        learned.figures["rfm_logistic"]["all"]["accuracy"],
        learned.manifest["rule_accuracy"],
    )
    accuracy = own["accuracy"] or 0.0
    return {
        "own": f"{accuracy:.1%}",
        "majority": f"{own['majority_accuracy'] or 0:.1%}",
        "rule_accuracy": f"{rule:.1%}",
        "rule": f"{accuracy / rule - 1:+.1%}" if rule else "–",
        "logistic_accuracy": f"{logistic or 0:.1%}",
        "logistic": f"{accuracy / logistic - 1:+.1%}" if logistic else "–",
    }


def _list_unknown(learned: TrainingResult, words: Callable[..., str]) -> list[str]:
    manifest, members = learned.manifest, learned.manifest["members"]
    days, outcome_days = manifest["window"]["days_before_test"], manifest["outcome_days"]
    sentences = [words("report.unknown.effect")]
    if not has_season(manifest):
        sentences.append(words(f"report.unknown.{manifest['season']['basis']}", days=days))
    if members["small_shop"]:
        sentences.append(words("report.unknown.small"))
    if members["learned_days"] != outcome_days:
        sentences.append(
            words(
                "report.unknown.short",
                outcome_days=outcome_days,
                learned_days=members["learned_days"],
            )
        )
    if manifest["spend"] is None:
        sentences.append(words("report.unknown.amounts"))
    if all(np.isnan(learned.test_set.rows[:, NAMES.index(name)]).all() for name in _EVENT_FEATURES):
        sentences.append(words("report.unknown.events"))
    for name, why in members["missing"].items():
        sentences.append(
            words(
                "report.unknown.missing",
                model=words(f"baseline.{name}"),
                reason=words(f"report.why.{why}"),
            )
        )
    return sentences


def _describe_model(learned: TrainingResult, words: Callable[..., str]) -> str:
    manifest, window = learned.manifest, learned.manifest["window"]
    members = ", ".join(words(f"member.{name}") for name in manifest["members"]["used"])
    return words(
        "report.made.how",
        rows=format_count(window["rows"]),
        cutoffs=len(window["training_cutoffs"]),
        first=window["training_cutoffs"][-1],
        last=window["training_cutoffs"][0],
        features=len(NAMES),
        members=members,
        data=manifest["data_sha256"][:12],
        seed=manifest["seed"],
    )


def _compute_figures(roll: FittedModel, seed: int) -> dict[str, date | float | None]:
    return {
        "cutoff": roll.test_set.cutoff.day,
        "customers": roll.test_set.population,
        "churn_rate": float(roll.test_set.churned.mean()),
        **compute_metrics(roll.test_set.churned, roll.chances["model"], seed),
    }


def _format_interval(learned: TrainingResult, name: str) -> str:
    lead = learned.ahead[name]
    return format_with_interval(lead.value, lead.low, lead.high, 3)


def _build_formatter(form: str) -> Callable[[float | None], str]:
    return lambda value: format_figure(value, form)
