"""A read-out in sentences, in both languages: the same words on the terminal, in reports and on
pages."""

from collections.abc import Mapping
from typing import Any

from winback.i18n.numbers import format_money
from winback.i18n.translate import Language, translate

_EARLY = 4  # weeks of the curve that are set beside its end
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
        ratio = readout["ratio"]
        return translate(
            "measurement.ratio_off",
            language,
            {
                "held": f"{ratio['held_out']:,}",
                "expected": f"{ratio['expected']:,.1f}",
                "p": f"{ratio['p']:.5f}",
            },
        )
    if status == "no_control":
        return translate("measurement.no_control", language)
    if status == "not_matured":
        return translate(
            "measurement.not_matured",
            language,
            {"days": readout["days_to_go"], "waiting": f"{readout['waiting']:,}"},
        )
    back = readout["returned"]
    if back["incremental"] is None:
        return translate(
            "measurement.headline.no_control", language, {"gross": f"{back['gross']:,}"}
        )
    because = {
        key: f"{round(back['incremental'][name]):,}"
        for key, name in (("because", "value"), ("low", "low"), ("high", "high"))
    }
    return translate("measurement.headline", language, {"gross": f"{back['gross']:,}", **because})


def write_sentences(
    whole: Mapping[str, Any], readout: Mapping[str, Any], language: Language
) -> list[str]:
    """Everything a read-out says, the headline first. whole: what it is part of."""
    sentences = [write_headline(readout, language)]
    if readout["status"] != "read":
        return sentences
    sentences += [_write_verdict(readout["said"], language, whole["worth_points"])]
    back = readout["returned"]
    _add_shares(back, sentences, language)
    _add_ratio(readout, sentences, language)
    if readout["entered_before"]:
        sentences.append(
            translate(
                "measurement.entered_before", language, {"count": f"{readout['entered_before']:,}"}
            )
        )
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


def _add_ratio(readout: Mapping[str, Any], sentences: list[str], language: Language) -> None:
    ratio = readout["ratio"]
    sentences.append(
        translate(
            "measurement.ratio",
            language,
            {"held": f"{ratio['held_out']:,}", "expected": f"{ratio['expected']:,.1f}"},
        )
    )


def write_test_sentences(test: Mapping[str, Any], language: Language) -> list[str]:
    """What a test of a play says: how far it is, each variant, and what guards against it."""
    decided = _write_decided(test, language)
    sentences = [
        translate(
            "measurement.test",
            language,
            {
                "test": test["test"],
                "method": translate(f"measurement.test.{test['method']}", language),
                "decided": decided,
                "compared": f"{test['compared']:,}",
                "needed": f"{test['needed']:,}",
            },
        )
    ]
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
                    "customers": f"{each['customers']:,}",
                    "share": f"{each['returned_share']:.1%}",
                    "against": against,
                },
            )
        )
        _add_harm(each, sentences, language)
    return sentences


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
        wasted = {"used": f"{each['coupons_used']:,}", "wasted": f"{each['wasted_coupons']:,}"}
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
        more = {
            key: f"{money['orders'][name]:,.0f}"
            for key, name in (("because", "value"), ("low", "low"), ("high", "high"))
        }
        sentences.append(
            translate(
                "measurement.money.orders",
                language,
                {**days, "gross": f"{money['gross_orders']:,}", **more},
            )
        )
    if money["status"] != "read":
        return [
            *sentences,
            translate(
                f"measurement.money.{money['status']}",
                language,
                {**days, "days": money.get("days_to_go", 0)},
            ),
        ]

    def format_interval(of: Mapping[str, Any]) -> dict[str, str]:
        return {
            key: format_money(of[name], whole["currency"])
            for key, name in (("because", "value"), ("low", "low"), ("high", "high"))
        }

    gross = format_money(money["gross_net_revenue_cents"], whole["currency"])
    sentences.append(
        translate(
            "measurement.money.revenue",
            language,
            {**days, "gross": gross, **format_interval(money["net_revenue_cents"])},
        )
    )
    if money["margin"] == "unknown":
        return [*sentences, translate("measurement.money.no_margin", language)]
    cost = format_money(sum(money["cost_cents"].values()), whole["currency"])
    sentences.append(
        translate(
            "measurement.money.margin",
            language,
            {**format_interval(money["margin_cents"]), "cost": cost},
        )
    )
    if "roi" in money:
        sentences.append(
            translate(
                "measurement.money.roi",
                language,
                {
                    key: f"{money['roi'][name]:.1f}"
                    for key, name in (("roi", "value"), ("low", "low"), ("high", "high"))
                },
            )
        )
    if money["cost_per_incremental_cents"] is not None and money["sure"]:
        each = format_money(money["cost_per_incremental_cents"], whole["currency"])
        sentences.append(translate("measurement.money.each", language, {"cost": each}))
    return [
        *sentences,
        translate(
            f"measurement.line.{money['line']}", language, {"least": f"{whole['roi_least']:g}"}
        ),
    ]


def _write_curve_sentences(
    whole: Mapping[str, Any], curve: Mapping[str, Any], language: Language
) -> list[str]:
    weeks = curve["weeks"]
    if len(weeks) <= _EARLY:
        return []
    early, late = weeks[_EARLY - 1], weeks[-1]
    pulled = early["low"] > 0 and late["value"] < _PULLED * early["value"]
    if early["low"] <= 0 and not pulled:
        return []
    shown = _format_ends(curve, early, late, whole)
    fate = _write_fate(pulled, late, language)
    return [
        translate(
            "measurement.curve",
            language,
            {
                "first": shown[0],
                "last": shown[1],
                "early": early["week"],
                "late": late["week"],
                "fate": fate,
            },
        )
    ]


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
            {"share": f"{of['share']:.0%}", "known": f"{of['known_of']:,}"},
        )

    if not back["customers"]:
        return []
    spend = back["spend_after_return_cents"]
    return [
        translate(
            "measurement.recovered",
            language,
            {
                "customers": f"{back['customers']:,}",
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
    if long["forecast_cents"]:
        values = {
            "amount": format_money(long["forecast_cents"], whole["currency"]),
            "because": format_money(long["forecast_incremental_cents"], whole["currency"]),
        }
        sentences.append(translate("measurement.long.forecast", language, {**values, **days}))
    if long["measured_cents"] is None and long["forecast_cents"]:
        sentences.append(translate("measurement.long.waiting", language, days))
    return sentences


def _add_measured(
    long: Mapping[str, Any],
    whole: Mapping[str, Any],
    sentences: list[str],
    language: Language,
    days: dict[str, Any],
) -> None:
    if long["measured_cents"] is not None:
        three = {
            key: format_money(long["measured_cents"][name], whole["currency"])
            for key, name in (("amount", "value"), ("low", "low"), ("high", "high"))
        }
        sentences.append(
            translate(
                "measurement.long.measured",
                language,
                {**three, **days, "count": f"{long['measured_of']:,}"},
            )
        )
