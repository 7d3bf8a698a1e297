"""The reports of week and month: one self-contained page and one workbook in each language
(B101)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from winback.core.files import write_whole
from winback.i18n.translate import Language, cell, say
from winback.measurement.narrative import headline, sentences, shown_money, test_sentences
from winback.reports.table_cells import figures

CURVE_WIDTH, CURVE_HEIGHT, _EDGE = 640, 220, 60
_WIDEST = 60  # characters of a column


def write_review(folder: Path, told: Mapping[str, Any]) -> dict[str, Path]:
    """Write a review's JSON, and its page and workbook in both languages, named after its kind
    and the day of its tables."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{told['kind']}-{told['as_of']}"
    write_whole(folder / f"{name}.json", json.dumps(told, ensure_ascii=False, indent=1))
    written = {"json": folder / f"{name}.json"}
    for language in get_args(Language):
        page, book = folder / f"{name}.{language}.html", folder / f"{name}.{language}.xlsx"
        write_whole(page, review_page(told, language))
        fresh = book.with_name(f".{book.name}")
        _workbook(told, language).save(fresh)
        fresh.replace(book)
        written |= {f"{language}.html": page, f"{language}.xlsx": book}
    return written


def review_page(told: Mapping[str, Any], language: Language) -> str:
    """A review as HTML; whatever a shop calls its things is escaped."""
    environment = Environment(
        loader=PackageLoader("winback.reports"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("review.html").render(
        told=told,
        language=language,
        say=lambda key, **values: say(key, language, values),
        now=told["to_date"],
        headline=headline(told["to_date"], language),
        sentences=sentences(told, told["to_date"], language)[1:],
        figures=figures,
        count=lambda number: f"{number:,}",
        percent=lambda share: f"{share:.1%}",
        shown=lambda each: _shown(told, each),
        curve=_curve(told["to_date"]),
        bar=_bar(told["to_date"]),
        curve_width=CURVE_WIDTH,
        tests=[test_sentences(each, language) for each in told["tests"]],
        money=lambda cents: shown_money(told, cents),
    )


def _shown(told: Mapping[str, Any], each: Mapping[str, Any]) -> str:
    value = each["value"]
    if value is None or value != value:  # a share of nobody
        return "–"
    match each["unit"]:
        case "share":
            return f"{value:.1%}"
        case "points":
            return f"{value * 100:+.1f}"
        case "cents":
            return shown_money(told, value)
        case _:
            return f"{value:,.1f}"


def _curve(now: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the curve's band and line lie in its picture; None where there is none yet."""
    weeks = now.get("curve", {}).get("weeks", [])
    if len(weeks) < 2:
        return None
    low, high = (
        min(0.0, *(week["low"] for week in weeks)),
        max(0.0, *(week["high"] for week in weeks)),
    )

    def x(week: int) -> float:
        return round(_EDGE + (week - 1) / (len(weeks) - 1) * (CURVE_WIDTH - 2 * _EDGE), 1)

    def y(value: float) -> float:
        return float(
            round(CURVE_HEIGHT - 24 - (value - low) / ((high - low) or 1) * (CURVE_HEIGHT - 40), 1)
        )

    line = " ".join(f"{x(week['week'])},{y(week['value'])}" for week in weeks)
    over = [f"{x(week['week'])},{y(week['high'])}" for week in weeks]
    under = [f"{x(week['week'])},{y(week['low'])}" for week in reversed(weeks)]
    return {
        "line": line,
        "band": " ".join(over + under),
        "zero": y(0.0),
        "width": CURVE_WIDTH,
        "height": CURVE_HEIGHT,
        "weeks": [(x(week["week"]), week["week"]) for week in weeks],
        "top": (y(high), high),
        "bottom": (y(low), low),
        "is_money": now["curve"]["measure"] != "orders",
        "edge": _EDGE,
    }


def _bar(now: Mapping[str, Any]) -> dict[str, Any] | None:
    """Who came back as a bar, those who did because of you as a part of it, and its interval;
    None where that is not known."""
    back = now.get("returned")
    if not back or back["incremental"] is None or not back["gross"]:
        return None
    because = back["incremental"]
    scale = (CURVE_WIDTH - 4) / max(back["gross"], because["high"], 1)

    def x(value: float) -> float:
        return float(round(max(value, 0) * scale, 1))

    return {
        "gross": x(back["gross"]),
        "from": 0.0,
        "to": x(because["value"]),
        "low": x(because["low"]),
        "high": x(because["high"]),
        "count": f"{back['gross']:,}",
        "because": f"{round(because['value']):,}",
        "said_low": f"{round(because['low']):,}",
        "said_high": f"{round(because['high']):,}",
    }


def _workbook(told: Mapping[str, Any], language: Language) -> Workbook:
    """The same figures in sheets: numbers stay numbers."""
    book = Workbook()
    now = told["to_date"]
    first = book.active
    assert first is not None
    first.title = say("review.headline", language)
    for sentence in sentences(told, now, language):
        first.append([cell(sentence)])
    first.column_dimensions["A"].width = 120
    columns = ("treated", "held_out", "gross", "because", "low", "high", "said")
    titles = [
        say(f"proof.column.{name}", language)
        if name not in ("low", "high")
        else say(f"review.{name}", language)
        for name in columns
    ]
    _sheet(
        book,
        say("review.waves", language),
        [say("proof.column.wave", language), *titles],
        [
            [each["wave"], *_numbers(each["returned"], each["said"]["verdict"], language)]
            if each["status"] == "read"
            else [
                each["wave"],
                each["treated"],
                each["held_out"],
                *[None] * 4,
                say(f"proof.short.{each['status']}", language),
            ]
            for each in told["waves"]
        ],
    )
    if now["status"] == "read":
        _sheet(
            book,
            say("review.segments", language),
            [say("proof.column.name", language), *titles],
            [
                [
                    say(f"recall.{each['name']}", language),
                    *_numbers(each, each["said"]["verdict"], language),
                ]
                for each in now["by_segment"]
            ],
        )
    _sheet(
        book,
        say("review.messages", language),
        [say(f"wave.column.{name}", language) for name in ("channel", "message", "messages")],
        [
            [
                say(f"channel.{each['channel']}", language),
                say(f"wave.message.{each['state']}", language),
                each["messages"],
            ]
            for each in told["messages"]
        ],
    )
    if told["kind"] == "monthly":
        _sheet(
            book,
            say("review.indicators", language).replace(" · ", " "),
            [say(f"review.{name}", language) for name in ("indicator", "value", "how")],
            [
                [
                    say(f"review.indicator.{each['name']}", language),
                    each["value"] / 100
                    if each["unit"] == "cents" and each["value"] is not None
                    else each["value"],
                    say(
                        f"review.how.{each['name']}",
                        language,
                        {
                            "days": told["silence_days"]
                            if each["name"] == "silent"
                            else told["roi_days"]
                        },
                    ),
                ]
                for each in told["indicators"]
            ],
        )
    _sheet(
        book,
        say("review.column.queries", language),
        [say("review.indicator", language), "SQL"],
        [[name, query] for name, query in told["queries"].items()],
    )
    return book


def _numbers(each: Mapping[str, Any], verdict: str, language: Language) -> list[Any]:
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
        say(f"proof.short.{verdict}", language),
    ]


def _sheet(
    book: Workbook, title: str, titles: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    sheet = book.create_sheet(title[:31])
    for row in ([*titles], *rows):
        sheet.append([cell(each) if isinstance(each, str) else each for each in row])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(zip(titles, *rows, strict=False), start=1):
        widest = max(
            sum(2 if ord(sign) > 0x2E7F else 1 for sign in str(each or "")) for each in column
        )
        sheet.column_dimensions[get_column_letter(place)].width = min(widest + 2, _WIDEST)
