"""A read-out in sentences, in both languages: the same words on the terminal, in reports and on
pages."""

from collections.abc import Mapping
from typing import Any

from winback.i18n.translate import Language, say

_EARLY = 4  # weeks of the curve that are set beside its end
_PULLED = 0.5  # of an early effect that is gone at the end: it was pulled forward


def headline(told: Mapping[str, Any], language: Language) -> str:
    """The one sentence: who came back, how many because of you, or why that cannot be told."""
    status = told["status"]
    if status == "no_waves":
        return say("proof.no_waves", language)
    if status == "arms_changed":
        return say("proof.arms_changed", language, {"waves": ", ".join(told["changed"])})
    if status == "ratio_off":
        ratio = told["ratio"]
        return say(
            "proof.ratio_off",
            language,
            {
                "held": f"{ratio['held_out']:,}",
                "expected": f"{ratio['expected']:,.1f}",
                "p": f"{ratio['p']:.5f}",
            },
        )
    if status == "no_control":
        return say("proof.no_control", language)
    if status == "not_matured":
        return say(
            "proof.not_matured",
            language,
            {"days": told["days_to_go"], "waiting": f"{told['waiting']:,}"},
        )
    back = told["returned"]
    if back["incremental"] is None:
        return say("proof.headline.no_control", language, {"gross": f"{back['gross']:,}"})
    because = {
        key: f"{round(back['incremental'][name]):,}"
        for key, name in (("because", "value"), ("low", "low"), ("high", "high"))
    }
    return say("proof.headline", language, {"gross": f"{back['gross']:,}", **because})


def sentences(whole: Mapping[str, Any], told: Mapping[str, Any], language: Language) -> list[str]:
    """Everything a read-out says, the headline first. whole: what it is part of."""
    said = [headline(told, language)]
    if told["status"] != "read":
        return said
    said += [_verdict(told["said"], language, whole["worth_points"])]
    back = told["returned"]
    if back["incremental"] is not None:
        difference = back["difference"]
        said.append(
            say(
                "proof.shares",
                language,
                {
                    "share": f"{back['share']:.1%}",
                    "held_share": f"{back['held_out_share']:.1%}",
                    "adjusted": say("proof.adjusted", language) if back["adjusted"] else "",
                    **{
                        key: f"{difference[name] * 100:+.1f}"
                        for key, name in (("points", "value"), ("low", "low"), ("high", "high"))
                    },
                },
            )
        )
    ratio = told["ratio"]
    said.append(
        say(
            "proof.ratio",
            language,
            {"held": f"{ratio['held_out']:,}", "expected": f"{ratio['expected']:,.1f}"},
        )
    )
    if told["entered_before"]:
        said.append(say("proof.entered_before", language, {"count": f"{told['entered_before']:,}"}))
    said += _of_money(whole, told["money"], language)
    said += _of_curve(whole, told["curve"], language)
    said += _of_the_recovered(whole, told["recovered"], language)
    said += _of_long_term(whole, told["long_term"], language)
    return said


def test_sentences(test: Mapping[str, Any], language: Language) -> list[str]:
    """What a test of a play says: how far it is, each variant, and what guards against it."""
    decided = (
        say("proof.test.decided", language, {"variant": test["decided"]}) if test["decided"] else ""
    )
    said = [
        say(
            "proof.test",
            language,
            {
                "test": test["test"],
                "method": say(f"proof.test.{test['method']}", language),
                "decided": decided,
                "compared": f"{test['compared']:,}",
                "needed": f"{test['needed']:,}",
            },
        )
    ]
    if test["weeks_to_go"] and not test["decided"]:
        said.append(say("proof.test.weeks", language, {"weeks": test["weeks_to_go"]}))
    for each in test["variants"]:
        if each.get("returned_share") is None:
            continue
        against = ""
        if "difference" in each:
            points = {
                key: f"{each['difference'][name] * 100:+.1f}"
                for key, name in (("points", "value"), ("low", "low"), ("high", "high"))
            }
            against = say(
                "proof.test.against",
                language,
                {**points, "said": say(f"proof.short.{each['said']}", language)},
            )
        said.append(
            say(
                "proof.test.variant",
                language,
                {
                    "variant": each["name"],
                    "customers": f"{each['customers']:,}",
                    "share": f"{each['returned_share']:.1%}",
                    "against": against,
                },
            )
        )
        if each["wasted_coupons"]:
            wasted = {"used": f"{each['coupons_used']:,}", "wasted": f"{each['wasted_coupons']:,}"}
            said.append(say("proof.test.wasted", language, {"variant": each["name"], **wasted}))
        for what in each.get("guards", ()):
            harm = say(f"proof.guard.{what}", language)
            said.append(say("proof.test.guard", language, {"variant": each["name"], "what": harm}))
    return said


def shown_money(whole: Mapping[str, Any], cents: float) -> str:
    """An amount in the shop's currency."""
    return f"{whole['currency']} {cents / 100:,.0f}"


def _verdict(said: Mapping[str, Any], language: Language, worth: float) -> str:
    if said["verdict"] == "cannot_tell":
        key = "proof.said.cannot_tell" if said["weeks"] else "proof.said.cannot_tell.never"
        return say(key, language, {"weeks": said["weeks"]} if said["weeks"] else {})
    return say(f"proof.said.{said['verdict']}", language, {"points": f"{worth * 100:g}"})


def _of_money(whole: Mapping[str, Any], money: Mapping[str, Any], language: Language) -> list[str]:
    days = {"roi_days": whole["roi_days"]}
    said = []
    if "orders" in money:
        more = {
            key: f"{money['orders'][name]:,.0f}"
            for key, name in (("because", "value"), ("low", "low"), ("high", "high"))
        }
        said.append(
            say(
                "proof.money.orders",
                language,
                {**days, "gross": f"{money['gross_orders']:,}", **more},
            )
        )
    if money["status"] != "read":
        return [
            *said,
            say(
                f"proof.money.{money['status']}",
                language,
                {**days, "days": money.get("days_to_go", 0)},
            ),
        ]

    def three(of: Mapping[str, Any]) -> dict[str, str]:
        return {
            key: shown_money(whole, of[name])
            for key, name in (("because", "value"), ("low", "low"), ("high", "high"))
        }

    gross = shown_money(whole, money["gross_net_revenue_cents"])
    said.append(
        say(
            "proof.money.revenue",
            language,
            {**days, "gross": gross, **three(money["net_revenue_cents"])},
        )
    )
    if money["margin"] == "unknown":
        return [*said, say("proof.money.no_margin", language)]
    cost = shown_money(whole, sum(money["cost_cents"].values()))
    said.append(say("proof.money.margin", language, {**three(money["margin_cents"]), "cost": cost}))
    if "roi" in money:
        said.append(
            say(
                "proof.money.roi",
                language,
                {
                    key: f"{money['roi'][name]:.1f}"
                    for key, name in (("roi", "value"), ("low", "low"), ("high", "high"))
                },
            )
        )
    if money["cost_per_incremental_cents"] is not None and money["sure"]:
        each = shown_money(whole, money["cost_per_incremental_cents"])
        said.append(say("proof.money.each", language, {"cost": each}))
    return [
        *said,
        say(f"proof.line.{money['line']}", language, {"least": f"{whole['roi_least']:g}"}),
    ]


def _of_curve(whole: Mapping[str, Any], curve: Mapping[str, Any], language: Language) -> list[str]:
    weeks = curve["weeks"]
    if len(weeks) <= _EARLY:
        return []
    early, late = weeks[_EARLY - 1], weeks[-1]
    pulled = early["low"] > 0 and late["value"] < _PULLED * early["value"]
    if early["low"] <= 0 and not pulled:
        return []
    is_money = curve["measure"] != "orders"
    shown = [
        shown_money(whole, each["value"]) if is_money else f"{each['value']:,.0f}"
        for each in (early, late)
    ]
    key = "pulled" if pulled else "lasting" if late["low"] > 0 else "open"
    fate = say(f"proof.curve.{key}", language)
    return [
        say(
            "proof.curve",
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


def _of_the_recovered(
    whole: Mapping[str, Any], back: Mapping[str, Any], language: Language
) -> list[str]:
    def share(of: Mapping[str, Any]) -> str:
        if of["share"] is None:
            return say("proof.unknown", language)
        return say(
            "proof.share_of",
            language,
            {"share": f"{of['share']:.0%}", "known": f"{of['known_of']:,}"},
        )

    if not back["customers"]:
        return []
    spend = back["spend_after_return_cents"]
    return [
        say(
            "proof.recovered",
            language,
            {
                "customers": f"{back['customers']:,}",
                "repeat": share(back["repeat_30_days"]),
                "retained": share(back["retained_180_days"]),
                "spend": say("proof.unknown", language)
                if spend is None
                else shown_money(whole, spend),
                "roi_days": whole["roi_days"],
            },
        )
    ]


def _of_long_term(
    whole: Mapping[str, Any], long: Mapping[str, Any], language: Language
) -> list[str]:
    """The forecast for those whose months are not over, what was measured of the others; never
    both as one figure (A16)."""
    said, days = [], {"roi_days": whole["roi_days"]}
    if long["measured_cents"] is not None:
        three = {
            key: shown_money(whole, long["measured_cents"][name])
            for key, name in (("amount", "value"), ("low", "low"), ("high", "high"))
        }
        said.append(
            say(
                "proof.long.measured",
                language,
                {**three, **days, "count": f"{long['measured_of']:,}"},
            )
        )
    if long["forecast_cents"]:
        told = {
            "amount": shown_money(whole, long["forecast_cents"]),
            "because": shown_money(whole, long["forecast_because_cents"]),
        }
        said.append(say("proof.long.forecast", language, {**told, **days}))
    if long["measured_cents"] is None and long["forecast_cents"]:
        said.append(say("proof.long.waiting", language, days))
    return said
