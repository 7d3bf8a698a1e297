"""The reports of week and month: one self-contained page and one workbook in each language
(B101)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from winback.core.files import write_atomically
from winback.i18n.numbers import format_money
from winback.i18n.translate import Language, escape_formula, translate
from winback.measurement.narrative import (
    write_headline,
    write_sentences,
    write_test_sentences,
)
from winback.reports.table_cells import format_figures

CURVE_WIDTH, CURVE_HEIGHT, _EDGE = 640, 220, 60
_WIDEST = 60  # characters of a column


def write_review(folder: Path, review: Mapping[str, Any]) -> dict[str, Path]:
    """Write a review's JSON, and its page and workbook in both languages, named after its kind
    and the day of its tables."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{review['kind']}-{review['as_of']}"
    write_atomically(folder / f"{name}.json", json.dumps(review, ensure_ascii=False, indent=1))
    written = {"json": folder / f"{name}.json"}
    for language in get_args(Language):
        page, playbook = folder / f"{name}.{language}.html", folder / f"{name}.{language}.xlsx"
        write_atomically(page, render_review(review, language))
        fresh = playbook.with_name(f".{playbook.name}")
        _build_workbook(review, language).save(fresh)
        fresh.replace(playbook)
        written |= {f"{language}.html": page, f"{language}.xlsx": playbook}
    return written


def render_review(review: Mapping[str, Any], language: Language) -> str:
    """A review as HTML; whatever a shop calls its things is escaped."""
    environment = Environment(
        loader=PackageLoader("winback.reports"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("review.html").render(
        values=review,
        language=language,
        say=lambda key, **values: translate(key, language, values),
        now=review["to_date"],
        headline=write_headline(review["to_date"], language),
        sentences=write_sentences(review, review["to_date"], language)[1:],
        figures=format_figures,
        count=lambda number: f"{number:,}",
        percent=lambda share: f"{share:.1%}",
        shown=lambda each: _format_indicator(review, each),
        curve=_place_curve(review["to_date"]),
        bar=_place_bar(review["to_date"]),
        curve_width=CURVE_WIDTH,
        tests=[write_test_sentences(each, language) for each in review["tests"]],
        money=lambda cents: format_money(cents, review["currency"]),
    )


def _format_indicator(review: Mapping[str, Any], each: Mapping[str, Any]) -> str:
    value = each["value"]
    if value is None or value != value:  # a share of nobody
        return "–"
    match each["unit"]:
        case "share":
            return f"{value:.1%}"
        case "points":
            return f"{value * 100:+.1f}"
        case "cents":
            return format_money(value, review["currency"])
        case _:
            return f"{value:,.1f}"


def _place_curve(now: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the curve's band and line lie in its picture; None where there is none yet."""
    weeks = now.get("curve", {}).get("weeks", [])
    if len(weeks) < 2:
        return None
    low, high = (
        min(0.0, *(week["low"] for week in weeks)),
        max(0.0, *(week["high"] for week in weeks)),
    )

    def scale_x(week: int) -> float:
        return round(_EDGE + (week - 1) / (len(weeks) - 1) * (CURVE_WIDTH - 2 * _EDGE), 1)

    def scale_y(value: float) -> float:
        return float(
            round(CURVE_HEIGHT - 24 - (value - low) / ((high - low) or 1) * (CURVE_HEIGHT - 40), 1)
        )

    line = " ".join(f"{scale_x(week['week'])},{scale_y(week['value'])}" for week in weeks)
    over = [f"{scale_x(week['week'])},{scale_y(week['high'])}" for week in weeks]
    under = [f"{scale_x(week['week'])},{scale_y(week['low'])}" for week in reversed(weeks)]
    return {
        "line": line,
        "band": " ".join(over + under),
        "zero": scale_y(0.0),
        "width": CURVE_WIDTH,
        "height": CURVE_HEIGHT,
        "weeks": [(scale_x(week["week"]), week["week"]) for week in weeks],
        "top": (scale_y(high), high),
        "bottom": (scale_y(low), low),
        "is_money": now["curve"]["measure"] != "orders",
        "edge": _EDGE,
    }


def _place_bar(now: Mapping[str, Any]) -> dict[str, Any] | None:
    """Who came back as a bar, those who did because of you as a part of it, and its interval;
    None where that is not known."""
    back = now.get("returned")
    if not back or back["incremental"] is None or not back["gross"]:
        return None
    because = back["incremental"]
    scale = (CURVE_WIDTH - 4) / max(back["gross"], because["high"], 1)

    def scale_x(value: float) -> float:
        return float(round(max(value, 0) * scale, 1))

    return {
        "gross": scale_x(back["gross"]),
        "from": 0.0,
        "to": scale_x(because["value"]),
        "low": scale_x(because["low"]),
        "high": scale_x(because["high"]),
        "count": f"{back['gross']:,}",
        "because": f"{round(because['value']):,}",
        "said_low": f"{round(because['low']):,}",
        "said_high": f"{round(because['high']):,}",
    }


def _build_workbook(review: Mapping[str, Any], language: Language) -> Workbook:
    """The same figures in sheets: numbers stay numbers."""
    workbook = Workbook()
    now = review["to_date"]
    first = workbook.active
    assert first is not None
    first.title = translate("review.headline", language)
    for sentence in write_sentences(review, now, language):
        first.append([escape_formula(sentence)])
    first.column_dimensions["A"].width = 120
    columns = ("treated", "held_out", "gross", "because", "low", "high", "said")
    titles = [
        translate(f"measurement.column.{name}", language)
        if name not in ("low", "high")
        else translate(f"review.{name}", language)
        for name in columns
    ]
    _add_sheet(
        workbook,
        translate("review.waves", language),
        [translate("measurement.column.wave", language), *titles],
        [
            [each["wave"], *_build_number_row(each["returned"], each["said"]["verdict"], language)]
            if each["status"] == "read"
            else [
                each["wave"],
                each["treated"],
                each["held_out"],
                *[None] * 4,
                translate(f"measurement.short.{each['status']}", language),
            ]
            for each in review["waves"]
        ],
    )
    if now["status"] == "read":
        _add_sheet(
            workbook,
            translate("review.segments", language),
            [translate("measurement.column.name", language), *titles],
            [
                [
                    translate(f"recall.{each['name']}", language),
                    *_build_number_row(each, each["said"]["verdict"], language),
                ]
                for each in now["by_segment"]
            ],
        )
    _add_sheet(
        workbook,
        translate("review.messages", language),
        [translate(f"wave.column.{name}", language) for name in ("channel", "message", "messages")],
        [
            [
                translate(f"channel.{each['channel']}", language),
                translate(f"wave.message.{each['state']}", language),
                each["messages"],
            ]
            for each in review["messages"]
        ],
    )
    if review["kind"] == "monthly":
        _add_sheet(
            workbook,
            translate("review.indicators", language).replace(" · ", " "),
            [translate(f"review.{name}", language) for name in ("indicator", "value", "how")],
            [
                [
                    translate(f"review.indicator.{each['name']}", language),
                    each["value"] / 100
                    if each["unit"] == "cents" and each["value"] is not None
                    else each["value"],
                    translate(
                        f"review.how.{each['name']}",
                        language,
                        {
                            "days": review["silence_days"]
                            if each["name"] == "silent"
                            else review["roi_days"]
                        },
                    ),
                ]
                for each in review["indicators"]
            ],
        )
    _add_sheet(
        workbook,
        translate("review.column.queries", language),
        [translate("review.indicator", language), "SQL"],
        [[name, query] for name, query in review["queries"].items()],
    )
    return workbook


def _build_number_row(each: Mapping[str, Any], verdict: str, language: Language) -> list[Any]:
    because = each["incremental"] or {"value": None, "low": None, "high": None}
    three = [
        None if because[name] is None else round(because[name], 1)
        for name in ("value", "low", "high")
    ]
    return [
        each["treated"],
        each.get("held_out", 0),
        each["gross"],
        *three,
        translate(f"measurement.short.{verdict}", language),
    ]


def _add_sheet(
    workbook: Workbook, title: str, titles: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    sheet = workbook.create_sheet(title[:31])
    for row in ([*titles], *rows):
        sheet.append([escape_formula(each) if isinstance(each, str) else each for each in row])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(zip(titles, *rows, strict=False), start=1):
        widest = max(
            sum(2 if ord(sign) > 0x2E7F else 1 for sign in str(each or "")) for each in column
        )
        sheet.column_dimensions[get_column_letter(place)].width = min(widest + 2, _WIDEST)
