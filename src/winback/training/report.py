"""The report of a training: one self-contained page a language, for whoever has to believe the
scores (MODEL 1, 4)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from winback.config.shop import Shop
from winback.features.registry import NAMES
from winback.i18n.translate import Language, say
from winback.model import plots
from winback.model.metrics import METRICS, lift, metrics
from winback.training.dataset import Array
from winback.training.pipeline import Fitted
from winback.training.summary import Learned, season_seen, shown, slices_of, with_interval

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
    folder: Path, shop: Shop, learned: Learned, rolls: Sequence[Fitted], seed: int
) -> dict[Language, Path]:
    """Write `report.{zh,en}.html` into a folder. rolls: the recipe as of the last cut-offs,
    newest first."""
    stability = [_figures(roll, seed) for roll in rolls]
    written = {}
    for language in get_args(Language):
        written[language] = folder / f"report.{language}.html"
        written[language].write_text(page(shop, learned, stability, language), encoding="utf-8")
    return written


def page(
    shop: Shop, learned: Learned, stability: Sequence[Mapping[str, Any]], language: Language
) -> str:
    """The report as HTML. Same data and seed, same bytes."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    for name, form in (
        ("three", ".3f"),
        ("two", ".2f"),
        ("percent", ".1%"),
        ("signed", "+.1%"),
        ("count", ","),
    ):
        environment.filters[name] = _written(form)
    manifest, figures = learned.manifest, learned.figures

    def words(key: str, **values: Any) -> str:
        return say(key, language, values)

    peers = [
        (
            name,
            figures[name]["all"],
            figures[name]["active"],
            _interval(learned, name) if name != "model" else "",
        )
        for name in sorted(figures, key=lambda name: -(figures[name]["all"]["auc"] or 0))
    ]
    chance = learned.chances["model"]
    return environment.get_template("report.html").render(
        language=language,
        say=words,
        shop=shop,
        facts=_facts(learned),
        verdict=_verdict(shop, learned, words),
        peers=peers,
        slices=_slices(learned),
        claim=_claim(learned),
        stability=stability,
        spend=manifest["spend"],
        lifts=", ".join(f"{lift(learned.exam.churned, chance, share):.2f}" for share in _LIFTS),
        unknown=_unknown(learned, words),
        made=_made(learned, words),
        charts=_charts(shop, learned, stability, words),
    )


def draw(learned: Learned) -> dict[str, Any]:
    """The two pictures MLflow keeps, by file name."""
    exam = learned.exam

    def words(key: str) -> str:
        return _label(key, lambda name, **values: say(name, "en", values), "")

    return {
        "calibration.png": plots.calibration(exam.churned, learned.chances["model"], words),
        "gain.png": plots.gain(exam.churned, _few(learned.chances), words),
    }


def _charts(
    shop: Shop, learned: Learned, stability: Sequence[Mapping[str, Any]], say_: Callable[..., str]
) -> dict[str, Any]:
    exam = learned.exam

    def words(key: str) -> str:
        return _label(key, say_, shop.currency)

    drawn = {
        "leads": plots.leads(learned.ahead, words),
        "calibration": plots.calibration(exam.churned, learned.chances["model"], words),
        "gain": plots.gain(exam.churned, _few(learned.chances), words),
    }
    known = [each for each in stability if each["auc"] is not None]
    if len(known) > 1:
        drawn["stability"] = plots.stability(
            [each["cutoff"] for each in known], [each["auc"] for each in known], words
        )
    if learned.expected is not None:
        drawn["tenths"] = plots.tenths(
            learned.expected / 100, np.nan_to_num(exam.spend_cents) / 100, words
        )
    # Our own drawing, not a stranger's text; labels in it are escaped by the library.
    return {
        "stability": None,
        **{name: Markup(plots.svg(figure)) for name, figure in drawn.items()},
    }


def _few(chances: Mapping[str, Array]) -> dict[str, Array]:
    return {name: chances[name] for name in _SHOWN_IN_GAIN if name in chances}


def _label(key: str, say_: Callable[..., str], currency: str) -> str:
    if key == "spend":
        return say_("plot.spend", currency=currency)
    try:
        return say_(f"plot.{key}")
    except KeyError:
        return say_(f"baseline.{key}")


def _facts(learned: Learned) -> dict[str, Any]:
    manifest, test = learned.manifest, learned.manifest["test"]
    return {
        "test_cutoff": manifest["window"]["test_cutoff"],
        "customers": f"{test['customers']:,}",
        "churn": f"{test['churn_rate']:.1%}",
        "outcome_days": manifest["outcome_days"],
        "population_days": manifest["population_days"],
        "version": learned.bundle.version,
    }


def _verdict(shop: Shop, learned: Learned, words: Callable[..., str]) -> list[str]:
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
    honesty = "claimed" if season_seen(manifest) else manifest["season"]["basis"]
    spend, lifted = manifest["spend"], f"{own['lift_at_10']:.1f}"
    money = words("report.no_money", lift=lifted)
    if spend:
        shown = {
            key: f"{shop.currency} {spend[f'{key}_cents'] / 100:,.0f}"
            for key in ("expected", "actual")
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


def _slices(learned: Learned) -> list[tuple[str, int, float, Mapping[str, float | None]]]:
    exam, figures = learned.exam, learned.figures["model"]
    slices = slices_of(exam, learned.manifest["outcome_days"], learned.thresholds)
    nothing = dict.fromkeys(METRICS)
    return [
        (
            part,
            int(rows.sum()),
            float(exam.churned[rows].mean()),
            figures[part] if rows.sum() >= _FEWEST else nothing,
        )
        for part, rows in slices.items()
        if rows.any()
    ]


def _claim(learned: Learned) -> dict[str, str]:
    """The source's "+22 %", tested against the rule it was made with and against a fitted one
    (MODEL 4)."""
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


def _unknown(learned: Learned, words: Callable[..., str]) -> list[str]:
    manifest, members = learned.manifest, learned.manifest["members"]
    days, outcome_days = manifest["window"]["days_before_test"], manifest["outcome_days"]
    found = [words("report.unknown.effect")]
    if not season_seen(manifest):
        found.append(words(f"report.unknown.{manifest['season']['basis']}", days=days))
    if members["small_shop"]:
        found.append(words("report.unknown.small"))
    if members["learned_days"] != outcome_days:
        found.append(
            words(
                "report.unknown.short",
                outcome_days=outcome_days,
                learned_days=members["learned_days"],
            )
        )
    if manifest["spend"] is None:
        found.append(words("report.unknown.amounts"))
    if all(np.isnan(learned.exam.rows[:, NAMES.index(name)]).all() for name in _EVENT_FEATURES):
        found.append(words("report.unknown.events"))
    for name, why in members["missing"].items():
        found.append(
            words(
                "report.unknown.missing",
                model=words(f"baseline.{name}"),
                reason=words(f"report.why.{why}"),
            )
        )
    return found


def _made(learned: Learned, words: Callable[..., str]) -> str:
    manifest, window = learned.manifest, learned.manifest["window"]
    members = ", ".join(words(f"member.{name}") for name in manifest["members"]["used"])
    return words(
        "report.made.how",
        rows=f"{window['rows']:,}",
        cutoffs=len(window["training_cutoffs"]),
        first=window["training_cutoffs"][-1],
        last=window["training_cutoffs"][0],
        features=len(NAMES),
        members=members,
        data=manifest["data_sha256"][:12],
        seed=manifest["seed"],
    )


def _figures(roll: Fitted, seed: int) -> dict[str, Any]:
    return {
        "cutoff": roll.exam.cutoff.day,
        "customers": roll.exam.population,
        "churn_rate": float(roll.exam.churned.mean()),
        **metrics(roll.exam.churned, roll.chances["model"], seed),
    }


def _interval(learned: Learned, name: str) -> str:
    lead = learned.ahead[name]
    return with_interval(lead.value, lead.low, lead.high, 3)


def _written(form: str) -> Callable[[float | None], str]:
    return lambda value: shown(value, form)
