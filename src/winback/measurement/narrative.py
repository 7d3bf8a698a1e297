"""A read-out in sentences, in both languages: the same words on the terminal, in reports and on
pages."""

from collections.abc import Mapping
from typing import Any

from winback.i18n.numbers import format_count, format_money
from winback.i18n.translate import Language, translate

_EARLY = 4  # weeks of the curve that are set beside its end
_INTERVAL = (("because", "value"), ("low", "low"), ("high", "high"))  # a sentence's name → ours
_PULLED = 0.5  # of an early effect that is gone at the end: it was pulled forward


def write_headline(readout: Mapping[str, Any], language: Language) -> str:
    """The one sentence: who came back, how many because of you, or why that is not known."""
    status = readout["status"]
    if status == "no_waves":
        return translate("measurement.no_waves", language)
    if status == "arms_changed":
        return translate(
            "measurement.arms_changed", language, {"waves": ", ".join(readout["changed"])}
        )
    if status == "ratio_off":
        return _write_ratio_off(readout["ratio"], language)
    if status == "no_control":
        return translate("measurement.no_control", language)
    if status == "not_matured":
        return translate(
            "measurement.not_matured",
            language,
            {"days": readout["days_to_go"], "waiting": format_count(readout["waiting"])},
        )
    return _write_returned(readout["returned"], language)


def _write_ratio_off(ratio: Mapping[str, Any], language: Language) -> str:
    return translate(
        "measurement.ratio_off",
        language,
        {
            "held": format_count(ratio["held_out"]),
            "expected": f"{ratio['expected']:,.1f}",
            "p": f"{ratio['p']:.5f}",
        },
    )


def _write_returned(back: Mapping[str, Any], language: Language) -> str:
    gross = format_count(back["gross"])
    if back["incremental"] is None:
        return translate("measurement.headline.no_control", language, {"gross": gross})
    because = {key: format_count(round(back["incremental"][name])) for key, name in _INTERVAL}
    return translate("measurement.headline", language, {"gross": gross, **because})


def write_sentences(
    whole: Mapping[str, Any], readout: Mapping[str, Any], language: Language
) -> list[str]:
    """Everything a read-out says, the headline first. whole: what it is part of."""
    sentences = [write_headline(readout, language)]
    if readout["status"] != "read":
        return sentences
    sentences += [_write_verdict(readout["said"], language, whole["worth_points"])]
    _add_shares(readout["returned"], sentences, language)
    _add_ratio(readout, sentences, language)
    _add_entered_before(readout, sentences, language)
    sentences += _write_money_sentences(whole, readout["money"], language)
    sentences += _write_curve_sentences(whole, readout["curve"], language)
    sentences += _write_retention_sentences(whole, readout["recovered"], language)
    sentences += _write_long_term_sentences(whole, readout["long_term"], language)
    return sentences


def _add_shares(back: Any, sentences: list[str], language: Language) -> None:
    if back["incremental"] is not None:
        difference = back["difference"]
        sentences.append(
            translate(
                "measurement.shares",
                language,
                {
                    "share": f"{back['share']:.1%}",
                    "held_share": f"{back['held_out_share']:.1%}",
                    "adjusted": translate("measurement.adjusted", language)
                    if back["adjusted"]
                    else "",
                    **{
                        key: f"{difference[name] * 100:+.1f}"
                        for key, name in (("points", "value"), ("low", "low"), ("high", "high"))
                    },
                },
            )
        )


def _add_entered_before(
    readout: Mapping[str, Any], sentences: list[str], language: Language
) -> None:
    if readout["entered_before"]:
        count = format_count(readout["entered_before"])
        sentences.append(translate("measurement.entered_before", language, {"count": count}))


def _add_ratio(readout: Mapping[str, Any], sentences: list[str], language: Language) -> None:
    ratio = readout["ratio"]
    sentences.append(
        translate(
            "measurement.ratio",
            language,
            {"held": format_count(ratio["held_out"]), "expected": f"{ratio['expected']:,.1f}"},
        )
    )


def write_test_sentences(test: Mapping[str, Any], language: Language) -> list[str]:
    """What a test of a play says: how far it is, each variant, and what guards against it."""
    sentences = [_write_progress(test, language)]
    if test["weeks_to_go"] and not test["decided"]:
        sentences.append(
            translate("measurement.test.weeks", language, {"weeks": test["weeks_to_go"]})
        )
    for each in test["variants"]:
        if each.get("returned_share") is None:
            continue
        against = _write_against(each, language)
        sentences.append(
            translate(
                "measurement.test.variant",
                language,
                {
                    "variant": each["name"],
                    "customers": format_count(each["customers"]),
                    "share": f"{each['returned_share']:.1%}",
                    "against": against,
                },
            )
        )
        _add_harm(each, sentences, language)
    return sentences


def _write_progress(test: Mapping[str, Any], language: Language) -> str:
    return translate(
        "measurement.test",
        language,
        {
            "test": test["test"],
            "method": translate(f"measurement.test.{test['method']}", language),
            "decided": _write_decided(test, language),
            "compared": format_count(test["compared"]),
            "needed": format_count(test["needed"]),
        },
    )


def _write_decided(test: Mapping[str, Any], language: Language) -> str:
    return (
        translate("measurement.test.decided", language, {"variant": test["decided"]})
        if test["decided"]
        else ""
    )


def _write_against(each: Any, language: Language) -> str:
    against = ""
    if "difference" in each:
        points = {
            key: f"{each['difference'][name] * 100:+.1f}"
            for key, name in (("points", "value"), ("low", "low"), ("high", "high"))
        }
        against = translate(
            "measurement.test.against",
            language,
            {**points, "said": translate(f"measurement.short.{each['said']}", language)},
        )
    return against


def _add_harm(each: Any, sentences: list[str], language: Language) -> None:
    if each["wasted_coupons"]:
        wasted = {
            "used": format_count(each["coupons_used"]),
            "wasted": format_count(each["wasted_coupons"]),
        }
        sentences.append(
            translate("measurement.test.wasted", language, {"variant": each["name"], **wasted})
        )
    for what in each.get("guards", ()):
        harm = translate(f"measurement.guard.{what}", language)
        sentences.append(
            translate("measurement.test.guard", language, {"variant": each["name"], "what": harm})
        )


def _write_verdict(verdict: Mapping[str, Any], language: Language, worth: float) -> str:
    if verdict["verdict"] == "cannot_tell":
        key = (
            "measurement.said.cannot_tell"
            if verdict["weeks"]
            else "measurement.said.cannot_tell.never"
        )
        return translate(key, language, {"weeks": verdict["weeks"]} if verdict["weeks"] else {})
    return translate(
        f"measurement.said.{verdict['verdict']}", language, {"points": f"{worth * 100:g}"}
    )


def _write_money_sentences(
    whole: Mapping[str, Any], money: Mapping[str, Any], language: Language
) -> list[str]:
    days = {"roi_days": whole["roi_days"]}
    sentences = []
    if "orders" in money:
        sentences.append(_write_orders(whole, money, language))
    if money["status"] != "read":
        left = {**days, "days": money.get("days_to_go", 0)}
        return [*sentences, translate(f"measurement.money.{money['status']}", language, left)]
    sentences.append(_write_revenue(whole, money, language))
    if money["margin"] == "unknown":
        return [*sentences, translate("measurement.money.no_margin", language)]
    return [*sentences, *_write_margin_sentences(whole, money, language)]


def _write_orders(whole: Mapping[str, Any], money: Mapping[str, Any], language: Language) -> str:
    values = {
        "roi_days": whole["roi_days"],
        "gross": format_count(money["gross_orders"]),
        **{key: f"{money['orders'][name]:,.0f}" for key, name in _INTERVAL},
    }
    return translate("measurement.money.orders", language, values)


def _write_revenue(whole: Mapping[str, Any], money: Mapping[str, Any], language: Language) -> str:
    values = {
        "roi_days": whole["roi_days"],
        "gross": format_money(money["gross_net_revenue_minor"], whole["currency"]),
        **_format_interval(whole, money["net_revenue_minor"]),
    }
    return translate("measurement.money.revenue", language, values)


def _write_margin_sentences(
    whole: Mapping[str, Any], money: Mapping[str, Any], language: Language
) -> list[str]:
    """The margin against what it cost, and whether to go on."""
    cost = format_money(sum(money["cost_minor"].values()), whole["currency"])
    margin = {**_format_interval(whole, money["margin_minor"]), "cost": cost}
    sentences = [translate("measurement.money.margin", language, margin)]
    if "roi" in money:
        sentences.append(_write_roi(money["roi"], language))
    if money["cost_per_incremental_minor"] is not None and money["sure"]:
        sentences.append(_write_cost_each(whole, money, language))
    least = {"least": f"{whole['roi_least']:g}"}
    return [*sentences, translate(f"measurement.line.{money['line']}", language, least)]


def _write_cost_each(whole: Mapping[str, Any], money: Mapping[str, Any], language: Language) -> str:
    cost = format_money(money["cost_per_incremental_minor"], whole["currency"])
    return translate("measurement.money.each", language, {"cost": cost})


def _write_roi(roi: Mapping[str, float], language: Language) -> str:
    names = (("roi", "value"), ("low", "low"), ("high", "high"))
    values = {key: f"{roi[name]:.1f}" for key, name in names}
    return translate("measurement.money.roi", language, values)


def _format_interval(whole: Mapping[str, Any], minor: Mapping[str, Any]) -> dict[str, str]:
    return {key: format_money(minor[name], whole["currency"]) for key, name in _INTERVAL}


def _write_curve_sentences(
    whole: Mapping[str, Any], curve: Mapping[str, Any], language: Language
) -> list[str]:
    weeks = curve["weeks"]
    if len(weeks) <= _EARLY:
        return []
    early, late = weeks[_EARLY - 1], weeks[-1]
    pulled = _is_pulled_forward(early, late)
    if early["low"] <= 0 and not pulled:
        return []
    first, last = _format_ends(curve, early, late, whole)
    values = {
        "first": first,
        "last": last,
        "early": early["week"],
        "late": late["week"],
        "fate": _write_fate(pulled, late, language),
    }
    return [translate("measurement.curve", language, values)]


def _is_pulled_forward(early: Mapping[str, Any], late: Mapping[str, Any]) -> bool:
    return bool(early["low"] > 0 and late["value"] < _PULLED * early["value"])


def _format_ends(
    curve: Mapping[str, Any], early: Any, late: Any, whole: Mapping[str, Any]
) -> list[str]:
    is_money = curve["measure"] != "orders"
    return [
        format_money(each["value"], whole["currency"]) if is_money else f"{each['value']:,.0f}"
        for each in (early, late)
    ]


def _write_fate(pulled: Any, late: Any, language: Language) -> str:
    key = "pulled" if pulled else "lasting" if late["low"] > 0 else "open"
    return translate(f"measurement.curve.{key}", language)


def _write_retention_sentences(
    whole: Mapping[str, Any], back: Mapping[str, Any], language: Language
) -> list[str]:
    def format_share(of: Mapping[str, Any]) -> str:
        if of["share"] is None:
            return translate("measurement.unknown", language)
        return translate(
            "measurement.share_of",
            language,
            {"share": f"{of['share']:.0%}", "known": format_count(of["known_of"])},
        )

    if not back["customers"]:
        return []
    spend = back["spend_after_return_minor"]
    return [
        translate(
            "measurement.recovered",
            language,
            {
                "customers": format_count(back["customers"]),
                "repeat": format_share(back["repeat_30_days"]),
                "retained": format_share(back["retained_180_days"]),
                "spend": translate("measurement.unknown", language)
                if spend is None
                else format_money(spend, whole["currency"]),
                "roi_days": whole["roi_days"],
            },
        )
    ]


def _write_long_term_sentences(
    whole: Mapping[str, Any], long: Mapping[str, Any], language: Language
) -> list[str]:
    """The forecast for those whose months are not over, what was measured of the others; never
    both as one figure (A16)."""
    sentences, days = list[str](), {"roi_days": whole["roi_days"]}
    _add_measured(long, whole, sentences, language, days)
    if long["forecast_minor"]:
        values = {
            "amount": format_money(long["forecast_minor"], whole["currency"]),
            "because": format_money(long["forecast_incremental_minor"], whole["currency"]),
        }
        sentences.append(translate("measurement.long.forecast", language, {**values, **days}))
    if long["measured_minor"] is None and long["forecast_minor"]:
        sentences.append(translate("measurement.long.waiting", language, days))
    return sentences


def _add_measured(
    long: Mapping[str, Any],
    whole: Mapping[str, Any],
    sentences: list[str],
    language: Language,
    days: dict[str, Any],
) -> None:
    if long["measured_minor"] is not None:
        three = {
            key: format_money(long["measured_minor"][name], whole["currency"])
            for key, name in (("amount", "value"), ("low", "low"), ("high", "high"))
        }
        sentences.append(
            translate(
                "measurement.long.measured",
                language,
                {**three, **days, "count": format_count(long["measured_of"])},
            )
        )
