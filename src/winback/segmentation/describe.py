"""Rules in words, zh and en: for the operator's hand-out, for a platform's audience filter, for
the page of a segment."""

from collections.abc import Mapping
from typing import Any

from winback.features.rule_features import EVERYTHING
from winback.i18n.translate import CATALOGUE, Language, say
from winback.segmentation.conditions import All, Compare, Condition, Is, Missing, Nearer, Not, Some

_UNITS = {feature.name: feature.unit for feature in EVERYTHING} | {
    "churn_probability": "share",
    "in_population": "0 or 1",
}
_CELLS = {"segment": "recall", "silent_class": "class"}


def told(
    condition: Condition, limits: Mapping[str, Any] | None, language: Language, currency: str = ""
) -> str:
    """A condition as a sentence. limits: the shop's numbers, told in place of the thresholds'
    names; None: the names."""
    match condition:
        case All(of) if len(of) == 1:  # a play's list of one
            return told(of[0], limits, language, currency)
        case All(of):
            return say("rule.and", language).join(
                _inner(each, limits, language, currency) for each in of
            ) or say("rule.always", language)
        case Some(of):
            return say("rule.or", language).join(
                _inner(each, limits, language, currency) for each in of
            ) or say("rule.never", language)
        case Not(inner):
            return say("rule.not", language, {"rule": told(inner, limits, language, currency)})
        case Compare(quantity, how, limit):
            shown = _limit(quantity, limit, limits, language, currency)
            return say(
                f"rule.{how}",
                language,
                {"quantity": quantity_told(quantity, language), "limit": shown},
            )
        case Nearer(quantity, than):
            names = {
                "quantity": quantity_told(quantity, language),
                "limit": quantity_told(than, language),
            }
            return say("rule.nearer", language, names)
        case Missing(quantity):
            return say("rule.missing", language, {"quantity": quantity_told(quantity, language)})
        case Is(kind, name):
            return say(
                "rule.is",
                language,
                {"kind": say(f"kind.{kind}", language), "cell": cell_told(kind, name, language)},
            )


def quantity_told(name: str, language: Language) -> str:
    """A quantity's name in words; its own name where the catalogue has none."""
    return say(f"quantity.{name}", language) if f"quantity.{name}" in CATALOGUE else name


def cell_told(kind: str, name: str, language: Language) -> str:
    """A cell's name in words."""
    key = f"{_CELLS.get(kind, kind)}.{name}"
    return say(key, language) if key in CATALOGUE else name


def _inner(
    condition: Condition, limits: Mapping[str, Any] | None, language: Language, currency: str
) -> str:
    text = told(condition, limits, language, currency)
    return (
        say("rule.group", language, {"rule": text})
        if isinstance(condition, All | Some) and len(condition.of) > 1
        else text
    )


def _limit(
    quantity: str,
    limit: str | float,
    limits: Mapping[str, Any] | None,
    language: Language,
    currency: str,
) -> str:
    if isinstance(limit, str):
        if limits is None or limit not in limits:
            if f"threshold.{limit}" in CATALOGUE:
                return say(f"threshold.{limit}", language)
            return quantity_told(limit, language)
        if limits[limit] is None:
            return say("rule.unset", language)
    number = float(limits[limit] if isinstance(limit, str) and limits is not None else limit)
    match _UNITS.get(quantity, ""):
        case "cents":
            return f"{currency} {number / 100:,.2f}".strip()
        case "share":
            return f"{number:.0%}"
        case "days" | "hour" as unit:
            return say(f"unit.{unit}", language, {"number": f"{number:g}"})
    return f"{number:g}"
