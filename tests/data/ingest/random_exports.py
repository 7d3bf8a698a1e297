"""Exports of a made shop, written as shops write them: every choice drawn from a seed.

`python -m tests.data.ingest.random_exports SEED FOLDER` writes the files of a seed, and prints the
choices, the truth and what a person would answer.
"""

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.data.ingest.export_files import write_files
from tests.data.ingest.export_rows import Sheet, build_sheets
from tests.data.ingest.export_words import LANGUAGES
from tests.data.ingest.made_shop import ZONES, Shop, ShopRules, Truth, count_truth, make_shop

# Choices that wait for the product; empty when all of them come out right.
NOT_YET: frozenset[str] = frozenset()
CURRENCIES = {
    "en": "USD",
    "de": "EUR",
    "fr": "EUR",
    "es": "EUR",
    "pt": "BRL",
    "zh": "CNY",
    "ja": "JPY",
}
OTHER_CURRENCIES = ("USD", "EUR", "INR", "PLN", "SEK")
# Zones whose abbreviations mean one offset: CST is another one in Chicago than in Shanghai.
ABBREVIATED = ("America/New_York", "America/Los_Angeles", "Europe/Berlin")
HOME = {"de": "Europe/Berlin", "zh": "Asia/Shanghai", "ja": "Asia/Tokyo", "pt": "America/Sao_Paulo"}
LAYOUTS = ("orders", "orders", "orders", "lines_amount", "lines_price", "lines_total", "lines_both", "first_line",
           "two_sheets", "two_sheets_bare")  # fmt: skip
PEOPLE = ("id", "id", "id_email", "id_email", "id_name", "id_phone", "email", "phone", "name")
REFUNDS = ("none", "none", "column", "column_negative", "column_on_lines", "status", "rows", "type_rows",
           "type_rows_negative", "refunded_at", "flag")  # fmt: skip
STYLES = ("title", "snake", "camel", "upper", "dash", "sentence", "plain")
DATES = ("iso", "iso", "iso_t", "iso_minutes", "offset", "offset_blank", "utc", "day", "dmy_dot", "dmy_slash",
         "mdy_slash", "mdy_clock", "dmy_short_year", "mdy_short_year", "month_name", "month_first",
         "month_short_year", "compact_day", "compact", "epoch", "epoch_ms", "year_slash", "day_dmy", "day_mdy",
         "day_compact", "serial", "abbreviation")  # fmt: skip
NUMBERS = ("point", "point", "comma", "point_grouped", "comma_grouped", "space_grouped", "apostrophe",
           "mark_first", "mark_last", "code_first", "trimmed")  # fmt: skip
NEGATIVES = ("minus", "minus", "brackets", "minus_last")
BUNDLES = ("zip", "folder", "overlap")  # of several files
WRAPPERS = (
    *["csv"] * 6,
    "xlsx",
    "xlsx",
    "xlsx_text",
    "xlsx_cover",
    "xlsx_title",
    "jsonl",
    "json",
    "gzip",
    *BUNDLES,
)
JUNK = ("none", "none", "none", "title", "sep", "blank_first", "footer_total", "footer_note", "header_again",
        "two_titles")  # fmt: skip
ENCODINGS = {
    "en": ("utf-8", "utf-8-sig", "utf-16"),
    "zh": ("utf-8", "utf-8-sig", "gb18030"),
    "ja": ("utf-8", "utf-8-sig", "cp932"),
}
LATIN = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
ANSWERED_AS = {"cp932": "shift_jis"}


@dataclass(frozen=True)
class Plan:
    """How an export is written; each name is one of the choices above."""

    seed: int
    language: str
    zone: str
    currency: str
    layout: str
    people: str
    guests: str
    refunds: str
    has_number: bool
    has_status: bool
    has_two_statuses: bool
    has_cancelled_at: bool
    style: str
    dates: str
    numbers: str
    negative: str
    wrapper: str
    junk: str
    encoding: str
    delimiter: str
    quote_all: bool
    newline: str
    has_subtotal: bool
    repeats_refund: bool  # of the order on each of its lines
    has_flag: bool
    decoys: int
    is_told: bool  # zone and currency are given before anything is asked
    without: frozenset[str]  # choices that wait for the product


@dataclass(frozen=True)
class Export:
    """An export as it lies on disk. paths: what the import is given; truths: what may be found;
    answers: what a person who knows the shop would say, by key."""

    plan: Plan
    shop: Shop
    sheets: Sequence[Sheet]
    paths: Sequence[Path]
    truths: Sequence[Truth]
    answers: Mapping[str, str]


def write_export(seed: int, folder: Path, only: Mapping[str, Any] | None = None) -> Export:
    """The export of a seed under a folder. only: choices that are not drawn."""
    draw = random.Random(seed)
    plan = draw_plan(draw, seed, only or {})
    shop = make_shop(draw, plan.zone, plan.currency, _get_rules(plan))
    sheets = build_sheets(draw, plan, shop)
    paths = write_files(draw, plan, sheets, folder)
    return Export(plan, shop, sheets, paths, _count_truths(plan, shop), _list_answers(plan, sheets))


def draw_plan(draw: random.Random, seed: int, only: Mapping[str, Any]) -> Plan:
    """Choices that can stand together."""
    language = only.get("language") or _draw(draw, ("en", *LANGUAGES))
    layout = only.get("layout") or _draw(draw, LAYOUTS)
    refunds = only.get("refunds") or _draw(draw, _list_refunds(layout))
    people = only.get("people") or _draw(draw, PEOPLE)
    wrapper = only.get("wrapper") or _draw(draw, WRAPPERS)
    has_guests = people in ("id_email", "id_phone") and draw.random() < 0.6
    is_text = not wrapper.startswith(("xlsx", "json"))
    chosen: dict[str, Any] = {
        "language": language,
        "zone": draw.choice((HOME.get(language, draw.choice(ZONES)), draw.choice(ZONES))),
        "currency": _draw(draw, (*[CURRENCIES[language]] * 6, *OTHER_CURRENCIES)),
        "layout": layout,
        "people": people,
        "guests": _draw(draw, ("guest_blank", "guest_zero")) if has_guests else "none",
        "refunds": refunds,
        "has_status": refunds == "status" or draw.random() < 0.6,
        "has_two_statuses": draw.random() < 0.2 and "two_statuses" not in NOT_YET,
        "has_number": layout != "orders" or refunds != "none" or draw.random() < 0.8,
        "has_cancelled_at": draw.random() < 0.1 and "cancelled_at" not in NOT_YET,
        "style": draw.choice(STYLES),
        "dates": _draw(draw, DATES),
        "numbers": _draw(draw, NUMBERS),
        "negative": _draw(draw, NEGATIVES),
        "wrapper": wrapper,
        "junk": _draw(draw, JUNK) if is_text else "none",
        "encoding": _draw(draw, ENCODINGS.get(language, LATIN)) if is_text else "utf-8",
        "delimiter": draw.choice(",,;\t|"),
        "quote_all": draw.random() < 0.2,
        "newline": draw.choice(("\n", "\r\n")),
        "has_flag": refunds == "flag" or _may_have_flag(draw, refunds),
        "repeats_refund": draw.random() < 0.5 and "repeated_refund" not in NOT_YET,
        "has_subtotal": draw.random() < 0.3 and "subtotal" not in NOT_YET,
        "decoys": draw.choice((0, 2, 5, 9)),
        "is_told": draw.random() < 0.5,
        "without": NOT_YET,
    }
    return Plan(seed=seed, **{**chosen, **_settle(chosen), **only})


def _settle(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What is chosen otherwise, because it cannot stand beside the rest or waits for the product."""
    settled = dict[str, Any]()
    if chosen["language"] == "zh" and not chosen["is_told"]:
        # Simplified Chinese is one country's, by the product's rule: what is said otherwise is
        # given beforehand.
        settled = {"zone": HOME["zh"], "currency": CURRENCIES["zh"]}
        settled |= {"dates": "iso"} if chosen["dates"] == "abbreviation" else {}
        chosen = {**chosen, **settled}
    currencies = {"cp932": ("USD",), "cp1252": ("USD", "EUR", "BRL", "SEK")}
    if chosen["currency"] not in currencies.get(chosen["encoding"], chosen["currency"]):
        settled["encoding"] = "utf-8"  # the other has no mark for it
    by_commas = not _has_comma(chosen["numbers"]) and chosen["numbers"] != "apostrophe"
    if chosen["currency"] == "INR" and not by_commas:
        settled["numbers"] = "mark_first"  # lakhs are grouped by commas
    if chosen["dates"] == "abbreviation" and chosen["zone"] not in ABBREVIATED:
        settled["zone"] = ABBREVIATED[0]
    if "han_currency" in NOT_YET and chosen["language"] in ("zh", "ja"):
        settled["is_told"] = True
    two_ways = chosen["dates"].removeprefix("day_").startswith(("dmy", "mdy"))
    if "dates_by_file" in NOT_YET and two_ways and chosen["wrapper"] in BUNDLES:
        settled["wrapper"] = "csv"
    return settled


def _draw(draw: random.Random, choices: Sequence[str]) -> str:
    ready = [each for each in choices if each not in NOT_YET]
    return draw.choice(ready or ["none"])


def _may_have_flag(draw: random.Random, refunds: str) -> bool:
    """A flag beside other refunds, but not beside rows that say the same again."""
    return draw.random() < 0.15 and "rows" not in refunds and "flag" not in NOT_YET


def _list_refunds(layout: str) -> tuple[str, ...]:
    """Refunds that can be written in a layout: rows of their own need an amount in each row."""
    if layout in ("orders", "lines_amount"):
        fitting = REFUNDS
    else:
        fitting = tuple(each for each in REFUNDS if "rows" not in each)
    return tuple(each for each in fitting if each != "column_on_lines" or layout == "lines_amount")


def _get_rules(plan: Plan) -> ShopRules:
    whole = plan.refunds in ("status", "refunded_at", "column_on_lines", "flag")
    return ShopRules(
        has_guests=plan.guests != "none",
        has_unpaid=plan.has_status,
        has_cancelled=plan.has_status or plan.has_cancelled_at,
        refunds="none" if plan.refunds == "none" else "whole" if whole else "any",
        has_extra=plan.layout not in ("lines_amount", "lines_price"),
        has_r_numbers="R numbers" not in NOT_YET,
        dearer=90 if plan.currency == "INR" else 1,
    )


def _count_truths(plan: Plan, shop: Shop) -> tuple[Truth, ...]:
    return tuple(
        count_truth(
            shop,
            with_units=plan.layout != "orders",
            with_wholly_refunded=wholly,
            by_number=plan.has_number,
            with_guests_apart=plan.people == "id_phone",
        )
        for wholly in ((True,) if plan.refunds == "none" else (True, False))
    )


def _list_answers(plan: Plan, sheets: Sequence[Sheet]) -> dict[str, str]:
    """By key; a column that the export does not have is answered with nothing."""
    columns = {ours: name for sheet in reversed(sheets) for ours, name in sheet.columns.items()}
    words = {word for sheet in sheets for word in sheet.paid_words}
    return {
        **columns,
        "timezone": plan.zone,
        "currency": plan.currency,
        "dates": "mdy" if plan.dates.startswith(("mdy", "day_mdy")) else "dmy",
        "decimals": "comma" if _has_comma(plan.numbers) else "point",
        "encoding": ANSWERED_AS.get(plan.encoding, plan.encoding),
        "paid": ",".join(sorted(words)),
        "sheet": "Data" if plan.wrapper == "xlsx_cover" else "Sheet",
    }


def _has_comma(numbers: str) -> bool:
    """Whether a notation has a comma before the cents."""
    return numbers in ("comma", "comma_grouped", "space_grouped", "mark_last")


def main(arguments: Sequence[str]) -> None:
    """SEED FOLDER [CHOICE=VALUE …]"""
    seed, folder, *choices = arguments
    Path(folder).mkdir(parents=True, exist_ok=True)
    only = dict(each.split("=", 1) for each in choices)
    export = write_export(int(seed), Path(folder), only)
    print(export.plan)
    print("files:  ", *export.paths)
    print("truth:  ", *export.truths, sep="\n  ")
    print("answers:", dict(export.answers))


if __name__ == "__main__":
    main(sys.argv[1:])
