"""Rules in words, zh and en: for the operator's hand-out, for a platform's audience filter, for
the page of a segment."""

from collections.abc import Mapping
from typing import Any

from winback.features.rule_features import ALL_FEATURES
from winback.i18n.numbers import format_money
from winback.i18n.translate import CATALOGUE, Language, translate
from winback.segmentation.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    InCell,
    Missing,
    MoreRecent,
    Not,
)

_UNITS = {feature.name: feature.unit for feature in ALL_FEATURES} | {
    "churn_probability": "share",
    "in_population": "0 or 1",
}
_CELLS = {"segment": "recall", "silent_class": "class"}


def describe_condition(
    condition: Condition, limits: Mapping[str, Any] | None, language: Language, currency: str = ""
) -> str:
    """A condition as a sentence. limits: the shop's numbers, named instead of the thresholds'
    names; None: the names."""
    match condition:
        case AllOf(of) if len(of) == 1:  # a play's list of one
            return describe_condition(of[0], limits, language, currency)
        case AllOf(of):
            return translate("rule.and", language).join(
                _describe_inner(each, limits, language, currency) for each in of
            ) or translate("rule.always", language)
        case AnyOf(of):
            return translate("rule.or", language).join(
                _describe_inner(each, limits, language, currency) for each in of
            ) or translate("rule.never", language)
        case Not(inner):
            return translate(
                "rule.not",
                language,
                {"rule": describe_condition(inner, limits, language, currency)},
            )
        case Compare(quantity, how, limit):
            shown = _describe_limit(quantity, limit, limits, language, currency)
            return translate(
                f"rule.{how}",
                language,
                {"quantity": describe_quantity(quantity, language), "limit": shown},
            )
        case MoreRecent(quantity, than):
            names = {
                "quantity": describe_quantity(quantity, language),
                "limit": describe_quantity(than, language),
            }
            return translate("rule.nearer", language, names)
        case Missing(quantity):
            return translate(
                "rule.missing", language, {"quantity": describe_quantity(quantity, language)}
            )
        case InCell(kind, name):
            return translate(
                "rule.is",
                language,
                {
                    "kind": translate(f"kind.{kind}", language),
                    "cell": describe_cell(kind, name, language),
                },
            )


def describe_quantity(name: str, language: Language) -> str:
    """A quantity's name in words; its own name where the catalogue has none."""
    return translate(f"quantity.{name}", language) if f"quantity.{name}" in CATALOGUE else name


def describe_cell(kind: str, name: str, language: Language) -> str:
    """A cell's name in words."""
    key = f"{_CELLS.get(kind, kind)}.{name}"
    return translate(key, language) if key in CATALOGUE else name


def _describe_inner(
    condition: Condition, limits: Mapping[str, Any] | None, language: Language, currency: str
) -> str:
    text = describe_condition(condition, limits, language, currency)
    return (
        translate("rule.group", language, {"rule": text})
        if isinstance(condition, AllOf | AnyOf) and len(condition.of) > 1
        else text
    )


def _describe_limit(
    quantity: str,
    limit: str | float,
    limits: Mapping[str, Any] | None,
    language: Language,
    currency: str,
) -> str:
    if isinstance(limit, str):
        if limits is None or limit not in limits:
            if f"threshold.{limit}" in CATALOGUE:
                return translate(f"threshold.{limit}", language)
            return describe_quantity(limit, language)
        if limits[limit] is None:
            return translate("rule.unset", language)
    number = float(limits[limit] if isinstance(limit, str) and limits is not None else limit)
    match _UNITS.get(quantity, ""):
        case "minor units":
            return format_money(number, currency, exact=True)
        case "share":
            return f"{number:.0%}"
        case "days" | "hour" as unit:
            return translate(f"unit.{unit}", language, {"number": f"{number:g}"})
    return f"{number:g}"
