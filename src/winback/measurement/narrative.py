"""A read-out in sentences, in both languages: the same words on the terminal, in reports and on
pages."""

from typing import Protocol

from winback.experiments.power import LEAST_HELD_OUT, LEAST_HOUSEHOLDS
from winback.i18n.numbers import format_count, format_money
from winback.i18n.translate import Language, translate
from winback.measurement.readout import (
    AbTestResult,
    Curve,
    CurvePoint,
    EffectReadout,
    KnownShare,
    LongTerm,
    MeasuredMinor,
    MinorInterval,
    Money,
    MoneyNotMatured,
    MoneyResult,
    NoWaves,
    OrdersResult,
    PricedBuyers,
    Readout,
    Recovered,
    Roi,
    SampleRatio,
    ShareEffect,
    Terms,
    VariantResult,
)
from winback.measurement.verdict import LEAST_EXPECTED, Judgement

_EARLY = 4  # weeks of the curve that are set beside its end
_PULLED = 0.5  # of an early effect that is gone at the end: it was pulled forward


class _Estimate(Protocol):
    """A figure and its interval."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def write_headline(readout: Readout | NoWaves, language: Language) -> str:
    """The one sentence: who came back, how many because of you, or why that is not known."""
    match readout:
        case NoWaves():
            return translate("measurement.no_waves", language)
        case EffectReadout():
            return _write_returned(readout.returned, language)
        case Readout(status="arms_changed"):
            waves = {"waves": ", ".join(readout.changed or ())}
            return translate("measurement.arms_changed", language, waves)
        case Readout(status="ratio_off"):
            return _write_ratio_off(readout.ratio, language)
        case Readout(status="not_matured"):
            waiting = {"days": readout.days_to_go, "waiting": format_count(readout.waiting or 0)}
            return translate("measurement.not_matured", language, waiting)
        case _:
            return translate("measurement.no_control", language)


def _write_ratio_off(ratio: SampleRatio, language: Language) -> str:
    values = {
        "held": format_count(ratio.held_out),
        "expected": f"{ratio.expected:,.1f}",
        "p": f"{ratio.p:.5f}",
    }
    return translate("measurement.ratio_off", language, values)


def _write_returned(back: ShareEffect, language: Language) -> str:
    gross = format_count(back.gross)
    if back.incremental is None:
        return translate("measurement.headline.no_control", language, {"gross": gross})
    because, low, high = (format_count(round(each)) for each in _list_ends(back.incremental))
    values = {"gross": gross, "because": because, "low": low, "high": high}
    return translate("measurement.headline", language, values)


def _list_ends(estimate: _Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high


def write_sentences(terms: Terms, readout: Readout | NoWaves, language: Language) -> list[str]:
    """Everything a read-out says, the headline first. terms: of what it is part of."""
    sentences = [write_headline(readout, language)]
    if not isinstance(readout, EffectReadout):
        return sentences
    sentences.append(_write_verdict(readout.said, language, terms.worth_points))
    sentences += _write_shares(readout.returned, language)
    if readout.sent_back:
        count = {"count": format_count(readout.sent_back)}
        sentences.append(translate("measurement.sent_back", language, count))
    if readout.reading == "always":
        sentences.append(translate("measurement.reading.always", language))
    sentences.append(_write_ratio(readout.ratio, language))
    if readout.entered_before:
        count = {"count": format_count(readout.entered_before)}
        sentences.append(translate("measurement.entered_before", language, count))
    if readout.merged_across:
        left_out = {"count": format_count(readout.merged_across)}
        sentences.append(translate("measurement.merged_across", language, left_out))
    sentences += _write_money_sentences(terms, readout.money, language)
    if readout.compared >= LEAST_HOUSEHOLDS and readout.returned.held_out >= LEAST_HELD_OUT:
        sentences += _write_curve_sentences(terms, readout.curve, language)
    sentences += _write_retention_sentences(terms, readout.recovered, language)
    sentences += _write_long_term_sentences(terms, readout.long_term, language)
    return sentences


def _write_shares(back: ShareEffect, language: Language) -> list[str]:
    if back.difference is None:
        return []
    values = {
        "share": f"{back.share:.1%}",
        "held_share": f"{back.held_out_share:.1%}",
        "adjusted": translate("measurement.adjusted", language) if back.adjusted else "",
        **_format_points(back.difference),
    }
    return [translate("measurement.shares", language, values)]


def _format_points(difference: _Estimate) -> dict[str, str]:
    """A difference of two shares in percentage points."""
    points, low, high = (f"{each * 100:+.1f}" for each in _list_ends(difference))
    return {"points": points, "low": low, "high": high}


def _write_ratio(ratio: SampleRatio, language: Language) -> str:
    values = {"held": format_count(ratio.held_out), "expected": f"{ratio.expected:,.1f}"}
    return translate("measurement.ratio", language, values)


def write_test_sentences(test: AbTestResult, language: Language) -> list[str]:
    """What a test of a play says: how far it is, each variant, and what guards against it."""
    sentences = [_write_progress(test, language)]
    if test.weeks_to_go and not test.decided:
        weeks = {"weeks": test.weeks_to_go}
        sentences.append(translate("measurement.test.weeks", language, weeks))
    for each in test.variants:
        if isinstance(each.returned_share, float):
            sentences.append(_write_variant(each, each.returned_share, language))
            sentences += _write_harm(each, language)
    return sentences


def _write_progress(test: AbTestResult, language: Language) -> str:
    variant = {"variant": test.decided}
    decided = translate("measurement.test.decided", language, variant) if test.decided else ""
    values = {
        "test": test.test,
        "method": translate(f"measurement.test.{test.method}", language),
        "decided": decided,
        "compared": format_count(test.compared),
        "needed": format_count(test.needed),
    }
    return translate("measurement.test", language, values)


def _write_variant(variant: VariantResult, returned_share: float, language: Language) -> str:
    values = {
        "variant": variant.name,
        "customers": format_count(variant.customers),
        "share": f"{returned_share:.1%}",
        "against": _write_against(variant, language),
    }
    return translate("measurement.test.variant", language, values)


def _write_against(variant: VariantResult, language: Language) -> str:
    if not variant.difference:
        return ""
    said = translate(f"measurement.short.{variant.said}", language)
    values = {**_format_points(variant.difference), "said": said}
    return translate("measurement.test.against", language, values)


def _write_harm(variant: VariantResult, language: Language) -> list[str]:
    sentences = []
    if variant.wasted_coupons:
        wasted = {
            "variant": variant.name,
            "used": format_count(variant.coupons_used or 0),
            "wasted": format_count(variant.wasted_coupons),
        }
        sentences.append(translate("measurement.test.wasted", language, wasted))
    for what in variant.guards or ():
        harm = {"variant": variant.name, "what": translate(f"measurement.guard.{what}", language)}
        sentences.append(translate("measurement.test.guard", language, harm))
    return sentences


def _write_verdict(said: Judgement, language: Language, worth: float) -> str:
    if said.verdict != "cannot_tell":
        points = {"points": f"{worth * 100:g}"}
        return translate(f"measurement.said.{said.verdict}", language, points)
    if said.weeks:
        return translate("measurement.said.cannot_tell", language, {"weeks": said.weeks})
    return translate("measurement.said.cannot_tell.never", language)


def _write_money_sentences(terms: Terms, money: Money, language: Language) -> list[str]:
    sentences = []
    if isinstance(money, OrdersResult | MoneyResult):
        sentences.append(_write_orders(terms, money, language))
    if not isinstance(money, MoneyResult):
        days_to_go = money.days_to_go if isinstance(money, MoneyNotMatured) else 0
        left = {"roi_days": terms.roi_days, "days": days_to_go}
        return [*sentences, translate(f"measurement.money.{money.status}", language, left)]
    priced = money.priced
    if priced is None:
        sentences.append(translate("measurement.money.not_priced", language))
    else:
        sentences.append(_write_priced(terms, priced, language))
    if priced is not None and priced.margin_minor is not None:
        sentences.append(_write_margin(terms, priced.margin_minor, money.cost_minor, language))
        sentences += _write_return_sentences(terms, money, language)
    sentences.append(_write_revenue(terms, money, language))
    if money.margin_minor is None and (priced is None or priced.margin_minor is None):
        sentences.append(translate("measurement.money.no_margin", language))
    return sentences


def _write_priced(terms: Terms, priced: PricedBuyers, language: Language) -> str:
    """Extra buyers at the value set at planning."""
    extra, low, high = (f"{each:,.0f}" for each in _list_ends(priced.extra))
    because = _format_minor(terms, priced.revenue_minor, "because")
    values = {
        "roi_days": terms.roi_days,
        "extra": extra,
        "low": low,
        "high": high,
        "value": format_money(priced.value_minor, terms.currency),
        "because": because["because"],
        "because_low": because["low"],
        "because_high": because["high"],
    }
    return translate("measurement.money.priced", language, values)


def _write_orders(terms: Terms, money: OrdersResult | MoneyResult, language: Language) -> str:
    because, low, high = (f"{each:,.0f}" for each in _list_ends(money.orders))
    values = {
        "roi_days": terms.roi_days,
        "gross": format_count(money.gross_orders),
        "because": because,
        "low": low,
        "high": high,
    }
    return translate("measurement.money.orders", language, values)


def _write_revenue(terms: Terms, money: MoneyResult, language: Language) -> str:
    """What was measured, or that too few buyers were to be expected."""
    values = {
        "roi_days": terms.roi_days,
        "gross": format_money(money.gross_net_revenue_minor, terms.currency),
        "least": LEAST_EXPECTED,
        "uncapped": format_money(money.uncapped_minor, terms.currency),
        **_format_measured(terms, money.net_revenue_minor, "because"),
    }
    key = "revenue" if money.net_revenue_minor.low is not None else "too_few"
    return translate(f"measurement.money.{key}", language, values)


def _format_measured(terms: Terms, minor: MeasuredMinor, name: str) -> dict[str, str]:
    """A measured amount, and its interval where it has one. name: of the amount in its sentence."""
    if minor.low is None or minor.high is None:
        return {name: format_money(minor.value, terms.currency)}
    whole = MinorInterval(value=minor.value, low=minor.low, high=minor.high, p=minor.p or 0.0)
    return _format_minor(terms, whole, name)


def _write_margin(
    terms: Terms, margin: MinorInterval, cost_minor: dict[str, int], language: Language
) -> str:
    """The margin against what it cost."""
    cost = format_money(sum(cost_minor.values()), terms.currency)
    values = {**_format_minor(terms, margin, "because"), "cost": cost}
    return translate("measurement.money.margin", language, values)


def _write_return_sentences(terms: Terms, money: MoneyResult, language: Language) -> list[str]:
    """What each unit of cost brought, and whether to go on."""
    sentences = []
    if money.roi is not None:
        sentences.append(_write_roi(money.roi, language))
    if isinstance(money.cost_per_incremental_minor, int) and money.sure:
        cost = {"cost": format_money(money.cost_per_incremental_minor, terms.currency)}
        sentences.append(translate("measurement.money.each", language, cost))
    least = {"least": f"{terms.roi_least:g}"}
    return [*sentences, translate(f"measurement.line.{money.line}", language, least)]


def _write_roi(roi: Roi, language: Language) -> str:
    value, low, high = (f"{each:.1f}" for each in _list_ends(roi))
    return translate("measurement.money.roi", language, {"roi": value, "low": low, "high": high})


def _format_minor(terms: Terms, minor: MinorInterval, name: str) -> dict[str, str]:
    """An amount and its interval. name: of the amount in its sentence."""
    value, low, high = (format_money(each, terms.currency) for each in _list_ends(minor))
    return {name: value, "low": low, "high": high}


def _write_curve_sentences(terms: Terms, curve: Curve, language: Language) -> list[str]:
    if len(curve.weeks) <= _EARLY:
        return []
    early, late = curve.weeks[_EARLY - 1], curve.weeks[-1]
    is_pulled = early.low > 0 and late.value < _PULLED * early.value
    if early.low <= 0 and not is_pulled:
        return []
    fate = "pulled" if is_pulled else "lasting" if late.low > 0 else "open"
    values = {
        "first": _format_point(terms, curve, early),
        "last": _format_point(terms, curve, late),
        "early": early.week,
        "late": late.week,
        "fate": translate(f"measurement.curve.{fate}", language),
    }
    return [translate("measurement.curve", language, values)]


def _format_point(terms: Terms, curve: Curve, point: CurvePoint) -> str:
    if curve.measure == "orders":
        return f"{point.value:,.0f}"
    return format_money(point.value, terms.currency)


def _write_retention_sentences(terms: Terms, back: Recovered, language: Language) -> list[str]:
    def format_share(of: KnownShare) -> str:
        if of.share is None:
            return translate("measurement.unknown", language)
        values = {"share": f"{of.share:.0%}", "known": format_count(of.known_of)}
        return translate("measurement.share_of", language, values)

    if not back.customers:
        return []
    spend = back.spend_after_return_minor
    values = {
        "customers": format_count(back.customers),
        "repeat": format_share(back.repeat_30_days),
        "retained": format_share(back.retained_180_days),
        "spend": translate("measurement.unknown", language)
        if spend is None
        else format_money(spend, terms.currency),
        "roi_days": terms.roi_days,
    }
    return [translate("measurement.recovered", language, values)]


def _write_long_term_sentences(terms: Terms, long: LongTerm, language: Language) -> list[str]:
    """The forecast for those whose months are not over, what was measured of the others; never
    both as one figure (A16)."""
    sentences, days = list[str](), {"roi_days": terms.roi_days}
    if long.measured_minor is not None:
        values = {
            **_format_measured(terms, long.measured_minor, "amount"),
            **days,
            "count": format_count(long.measured_of),
        }
        key = "measured" if long.measured_minor.low is not None else "too_few"
        sentences.append(translate(f"measurement.long.{key}", language, values))
    if long.forecast_minor:
        values = {
            "amount": format_money(long.forecast_minor, terms.currency),
            "because": format_money(long.forecast_incremental_minor or 0, terms.currency),
            **days,
        }
        sentences.append(translate("measurement.long.forecast", language, values))
    if long.measured_minor is None and long.forecast_minor:
        sentences.append(translate("measurement.long.waiting", language, days))
    return sentences
