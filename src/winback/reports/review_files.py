"""The reports of week and month: one self-contained page and one workbook in each language
(B101)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from msgspec import to_builtins
from xlsxwriter import Workbook

from winback.core.currency import get_minor_per_unit
from winback.core.files import replace_atomically, write_atomically
from winback.core.workbooks import create_workbook, set_width, write_cell
from winback.i18n.numbers import format_count, format_money, format_units
from winback.i18n.templates import load_templates
from winback.i18n.translate import Language, escape_formula, translate
from winback.measurement.narrative import (
    write_headline,
    write_sentences,
    write_test_sentences,
)
from winback.measurement.readout import (
    CurvePoint,
    EffectReadout,
    GroupEffect,
    NoWaves,
    Readout,
    ShareEffect,
)
from winback.reports.review_content import (
    ChannelCount,
    Indicator,
    MonthlyReview,
    WeeklyReview,
)
from winback.reports.table_cells import format_figures

CURVE_WIDTH, CURVE_HEIGHT, _EDGE = 640, 220, 60
_WIDEST = 60  # characters of a column


def write_review(folder: Path, review: WeeklyReview) -> dict[str, Path]:
    """Write a review's JSON, and its page and workbook in both languages, named after its kind
    and the day of its tables."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{review.kind}-{review.as_of}"
    written = {"json": folder / f"{name}.json"}
    write_atomically(written["json"], json.dumps(to_builtins(review), ensure_ascii=False, indent=1))
    for language in get_args(Language):
        page, workbook = (folder / f"{name}.{language}.{kind}" for kind in ("html", "xlsx"))
        write_atomically(page, render_review(review, language))
        with replace_atomically(workbook) as fresh:
            _write_workbook(fresh, review, language)
        written |= {f"{language}.html": page, f"{language}.xlsx": workbook}
    return written


def render_review(review: WeeklyReview, language: Language) -> str:
    """A review as HTML; whatever a shop calls its things is escaped."""
    now = review.to_date
    environment = load_templates("winback.reports")
    return environment.get_template("review.html").render(
        values=review,
        language=language,
        say=lambda key, **values: translate(key, language, values),
        now=now,
        headline=write_headline(now, language),
        sentences=write_sentences(review, now, language)[1:],
        figures=format_figures,
        count=lambda number: format_count(number),
        percent=lambda share: f"{share:.1%}",
        shown=lambda each: _format_indicator(review, each),
        curve=_place_curve(now),
        units=lambda minor: format_units(minor, review.currency, exact=False),
        bar=_place_bar(now),
        curve_width=CURVE_WIDTH,
        tests=[write_test_sentences(each, language) for each in review.tests],
        money=lambda minor: format_money(minor, review.currency),
    )


def _format_indicator(review: WeeklyReview, each: Indicator) -> str:
    value = each.value
    if value is None or value != value:  # a share of nobody
        return "–"
    match each.unit:
        case "share":
            return f"{value:.1%}"
        case "points":
            return f"{value * 100:+.1f}"
        case "minor units":
            return format_money(value, review.currency)
        case _:
            return f"{value:,.1f}"


def _place_curve(now: Readout | NoWaves) -> dict[str, Any] | None:
    """Where the curve's band and line lie in its picture; None where there is none yet."""
    if not isinstance(now, EffectReadout) or len(now.curve.weeks) < 2:
        return None
    weeks = now.curve.weeks
    scales = _choose_curve_scales(weeks)
    over = scales.place_points((each.week, each.high) for each in weeks)
    under = scales.place_points((each.week, each.low) for each in reversed(weeks))
    return {
        "line": " ".join(scales.place_points((each.week, each.value) for each in weeks)),
        "band": " ".join(over + under),
        "zero": scales.scale_y(0.0),
        "width": CURVE_WIDTH,
        "height": CURVE_HEIGHT,
        "weeks": [(scales.scale_x(each.week), each.week) for each in weeks],
        "top": scales.place_value(scales.high),
        "bottom": scales.place_value(scales.low),
        "is_money": now.curve.measure != "orders",
        "edge": _EDGE,
    }


@dataclass(frozen=True)
class _CurveScales:
    """How many weeks lie across the picture, and the least and most value it shows."""

    weeks: int
    low: float
    high: float

    def place_points(self, points: Iterable[tuple[int, float]]) -> list[str]:
        return [f"{self.scale_x(week)},{self.scale_y(value)}" for week, value in points]

    def place_value(self, value: float) -> tuple[float, float]:
        return self.scale_y(value), value

    def scale_x(self, week: int) -> float:
        return round(_EDGE + (week - 1) / (self.weeks - 1) * (CURVE_WIDTH - 2 * _EDGE), 1)

    def scale_y(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1)
        return float(round(CURVE_HEIGHT - 24 - share * (CURVE_HEIGHT - 40), 1))


def _choose_curve_scales(weeks: Sequence[CurvePoint]) -> _CurveScales:
    """Scales with which the whole band and zero are in the picture."""
    low = min(0.0, *(week.low for week in weeks))
    high = max(0.0, *(week.high for week in weeks))
    return _CurveScales(len(weeks), low, high)


def _place_bar(now: Readout | NoWaves) -> dict[str, Any] | None:
    """Who came back as a bar, those who did because of you as a part of it, and its interval;
    None where that is not known."""
    back = now.returned if isinstance(now, EffectReadout) else None
    if back is None or back.incremental is None or not back.gross:
        return None
    because, gross = back.incremental, back.gross
    scale = (CURVE_WIDTH - 4) / max(gross, because.high, 1)
    return {
        "gross": _scale_length(gross, scale),
        "from": 0.0,
        "to": _scale_length(because.value, scale),
        "low": _scale_length(because.low, scale),
        "high": _scale_length(because.high, scale),
        "count": format_count(gross),
        "because": _format_count(because.value),
        "said_low": _format_count(because.low),
        "said_high": _format_count(because.high),
    }


def _scale_length(value: float, scale: float) -> float:
    return float(round(max(value, 0) * scale, 1))


def _format_count(value: float) -> str:
    return format_count(round(value))


def _write_workbook(path: Path, review: WeeklyReview, language: Language) -> None:
    """The same figures in sheets: numbers stay numbers."""
    now = review.to_date
    with create_workbook(path) as workbook:
        _add_sentences(workbook, write_sentences(review, now, language), language)
        _add_waves(workbook, review.waves, language)
        if isinstance(now, EffectReadout):
            _add_segments(workbook, now.by_segment, language)
        _add_messages(workbook, review.messages, language)
        if isinstance(review, MonthlyReview):
            _add_indicators(workbook, review, language)
        _add_sheet(
            workbook,
            translate("review.column.queries", language),
            [translate("review.indicator", language), "SQL"],
            [[name, query] for name, query in review.queries.items()],
        )


def _add_sentences(workbook: Workbook, sentences: Sequence[str], language: Language) -> None:
    sheet = workbook.add_worksheet(translate("review.headline", language))
    for row, sentence in enumerate(sentences):
        write_cell(sheet, row, 0, escape_formula(sentence))
    set_width(sheet, 0, 120)


def _add_waves(workbook: Workbook, waves: Sequence[Readout], language: Language) -> None:
    """A row for each wave; one that cannot be read yet has no figures but its sizes."""
    rows = []
    for each in waves:
        if isinstance(each, EffectReadout):
            figures = _build_number_row(each.returned, each.said.verdict, language)
        else:
            status = translate(f"measurement.short.{each.status}", language)
            figures = [each.treated, each.held_out, *[None] * 4, status]
        rows.append([each.wave, *figures])
    titles = [translate("measurement.column.wave", language), *_name_figures(language)]
    _add_sheet(workbook, translate("review.waves", language), titles, rows)


def _add_segments(workbook: Workbook, segments: Sequence[GroupEffect], language: Language) -> None:
    rows = [
        [
            translate(f"recall.{each.name}", language),
            *_build_number_row(each, each.said.verdict, language),
        ]
        for each in segments
    ]
    titles = [translate("measurement.column.name", language), *_name_figures(language)]
    _add_sheet(workbook, translate("review.segments", language), titles, rows)


def _name_figures(language: Language) -> list[str]:
    """The titles of the columns of `_build_number_row`."""
    columns = ("treated", "held_out", "gross", "because", "low", "high", "said")
    return [
        translate(f"measurement.column.{name}", language)
        if name not in ("low", "high")
        else translate(f"review.{name}", language)
        for name in columns
    ]


def _add_messages(workbook: Workbook, messages: Sequence[ChannelCount], language: Language) -> None:
    columns = ("channel", "message", "messages")
    titles = [translate(f"wave.column.{name}", language) for name in columns]
    rows = [
        [
            translate(f"channel.{each.channel}", language),
            translate(f"wave.message.{each.state}", language),
            each.messages,
        ]
        for each in messages
    ]
    _add_sheet(workbook, translate("review.messages", language), titles, rows)


def _add_indicators(workbook: Workbook, review: MonthlyReview, language: Language) -> None:
    title = translate("review.indicators", language).replace(" · ", " ")
    titles = [translate(f"review.{name}", language) for name in ("indicator", "value", "how")]
    rows = [_build_indicator_row(each, review, language) for each in review.indicators]
    _add_sheet(workbook, title, titles, rows)


def _build_indicator_row(
    indicator: Indicator, review: MonthlyReview, language: Language
) -> list[Any]:
    name, value = indicator.name, indicator.value
    if indicator.unit == "minor units" and value is not None:
        value = value / get_minor_per_unit(review.currency)
    days = review.silence_days if name == "silent" else review.roi_days
    how = translate(f"review.how.{name}", language, {"days": days})
    return [translate(f"review.indicator.{name}", language), value, how]


def _build_number_row(effect: ShareEffect, verdict: str, language: Language) -> list[Any]:
    because = effect.incremental
    ends: list[float | None] = [None] * 3
    if because:
        ends = [round(each, 1) for each in (because.value, because.low, because.high)]
    return [
        effect.treated,
        effect.held_out,
        effect.gross,
        *ends,
        translate(f"measurement.short.{verdict}", language),
    ]


def _add_sheet(
    workbook: Workbook, title: str, titles: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    sheet = workbook.add_worksheet(title[:31])
    for row, values in enumerate(([*titles], *rows)):
        for column, each in enumerate(values):
            write_cell(sheet, row, column, escape_formula(each) if isinstance(each, str) else each)
    sheet.freeze_panes(1, 0)
    for place, column_values in enumerate(zip(titles, *rows, strict=False)):
        widest = max(
            sum(2 if ord(sign) > 0x2E7F else 1 for sign in str(each or ""))
            for each in column_values
        )
        set_width(sheet, place, min(widest + 2, _WIDEST))
