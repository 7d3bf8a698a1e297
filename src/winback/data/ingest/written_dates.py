"""One date as people write it → the day, the half of it and the zone, if it is said.

Two-digit years, names of months in seven languages, Chinese, Japanese and Korean signs, zones by
offset or by letters. What could be read two ways is read as the caller says, or not at all.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from winback.data.ingest.date_words import MONTHS, SILENT, TUESDAY, ZONES

# A two-digit year from here on is of the last century: no shop's orders are from 2070.
LAST_CENTURY = 70
# The first time of day in a text, with what stands before and after it. Arrow's engine reads it.
CLOCK = (
    r"^(?P<before>(?:.*?[^0-9])?)"
    r"(?P<clock>[0-9]{1,2}[:h][0-9]{1,2}(?::[0-9]{1,2}(?:[.,][0-9]+)?)?)"
    r"(?P<after>(?:[^0-9:].*)?)$"
)
APART = "\0"  # between what stands before and after the time of day

_MORNING, _AFTERNOON = "\1", "\2"
_HALF = re.compile(r"^\s*([ap])\.?\s?m\b\.?", re.IGNORECASE)
_OFFSET = re.compile(r"^\s*\(?(?:UTC|GMT)?\s?([+-])(\d{1,2})(?::?(\d{2}))?(?!\d)\)?", re.IGNORECASE)
_LETTERS = re.compile(r"^\s*\(?([A-Z]{1,5})\b\)?")
_REMARK = re.compile(r"^\s*(?:\([^()]*\)|[A-Z]{3,5})\s*$")  # after an offset: its zone's name
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|eme|o|a)\b")
_NUMBERS = re.compile(r"^(\d{1,4})([-/.])\s?(\d{1,2})\2\s?(\d{1,4})$")
_NO_YEAR = re.compile(r"^(\d{1,2})-(\d{1,2})$")
_DASH = re.compile(r"\s+[-–|]\s*$")  # between a day and the time of day
_WORD = re.compile("[a-z]+")
_TOKEN = re.compile(r"[a-z]+|\d+")
_WEEKDAYS = re.compile(
    "(?:星期|周|週|礼拜)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일"
    r"|\([一二三四五六月火水木金土日월화수목금토일]\)"
)


@dataclass(frozen=True)
class DayOrders:
    """How numbers in a row are meant where they can be more than one thing; empty: not at all.

    full: the order where the year has four digits; short: where it has two. year: of dates that
    name none.
    """

    full: str = ""
    short: str = ""
    year: int | None = None


@dataclass(frozen=True)
class WrittenDay:
    """A day, None where there is none; afternoon: None where the time of day is of 24 hours.
    offset_minutes: from UTC, None where no zone is said."""

    day: date | None
    afternoon: bool | None = None
    offset_minutes: int | None = None


def normalize_signs(text: str) -> str:
    """Full-width, Chinese, Japanese and Korean signs as the plain ones: `2026年1月5日 下午3点5分`
    → `2026-1-5 ␂ 3:5`."""
    text = unicodedata.normalize("NFKC", text).strip().strip("'\t")
    if text.isascii():
        return text
    text = _WEEKDAYS.sub(" ", text)
    text = re.sub("(令和|平成)(元|[0-9]+)年", _replace_era, text)
    text = re.sub("上午|凌晨|早上|午前|오전", f" {_MORNING} ", text)
    text = re.sub("下午|晚上|午後|오후", f" {_AFTERNOON} ", text)
    text = re.sub("[年月년월] ?", "-", text)
    text = re.sub("[日일]", " ", text)
    text = re.sub("[时点時시분分] ?", ":", text)
    return re.sub("[秒초]", "", text).rstrip(": ")


def read_clock(text: str) -> float:
    """Seconds since midnight of `9:05`, `09:05:30.5` or `9h05`; below 0 where no clock shows it."""
    parts = [float(part.replace(",", ".")) for part in re.split("[:h]", text)]
    hours, minutes, seconds = (*parts, 0.0)[:3]
    if hours >= 24 or minutes >= 60 or seconds >= 60:
        return -1.0
    return hours * 3600 + minutes * 60 + seconds


def read_day(rest: str, orders: DayOrders, timezone: str | None) -> WrittenDay | None:
    """The day of a text without its time of day, `APART` where that stood; None if it is none.

    timezone: the shop's, which decides between zones of the same letters.
    """
    before, gap, after = rest.partition(APART)
    half, after, before = _read_half(before, after)
    zone, after = _split_zone(after) if gap else (None, after)
    day = _read_date(f"{before} {after}".strip(), orders)
    if day is None or (half is not None and not gap):
        return None
    if zone is None:
        return WrittenDay(day, half)
    offset = _find_offset(zone, day, timezone)
    return None if offset is None else WrittenDay(day, half, offset)


def _replace_era(match: re.Match[str]) -> str:
    start = {"令和": 2018, "平成": 1988}[match[1]]
    return f"{start + (1 if match[2] == '元' else int(match[2]))}年"


def _read_half(before: str, after: str) -> tuple[bool | None, str, str]:
    """(whether it is the afternoon, what is left after the time, what is left before it)."""
    named = _HALF.match(after)
    if named:
        return named[1].lower() == "p", after[named.end() :], before
    for sign, is_afternoon in ((_MORNING, False), (_AFTERNOON, True)):
        if sign in before:
            return is_afternoon, after, before.replace(sign, " ")
    return None, after, before


def _split_zone(after: str) -> tuple[int | str | None, str]:
    """(minutes from UTC or a zone's letters, what is left of a text that may begin with one)."""
    offset = _OFFSET.match(after)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        rest = after[offset.end() :]
        return -minutes if offset[1] == "-" else minutes, _REMARK.sub("", rest)
    letters = _LETTERS.match(after)
    if letters and letters[1] in ZONES:
        return letters[1], after[letters.end() :]
    return None, after


def _find_offset(zone: int | str, day: date, timezone: str | None) -> int | None:
    """Minutes from UTC; of letters that several zones use the shop's own, None if it is none of
    theirs."""
    if isinstance(zone, int):
        return zone if abs(zone) <= 14 * 60 else None
    choices = [round(hours * 60) for hours in ZONES[zone]]
    if len(choices) == 1:
        return choices[0]
    own = _list_offsets(timezone, day.year) if timezone else ()
    return next((each for each in choices if each in own), None)


@lru_cache(maxsize=1024)
def _list_offsets(timezone: str, year: int) -> tuple[int, ...]:
    """A zone's minutes from UTC in January and in July of a year."""
    zone = ZoneInfo(timezone)
    offsets = [datetime(year, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    return tuple(round(each / timedelta(minutes=1)) for each in offsets if each is not None)


def _read_date(text: str, orders: DayOrders) -> date | None:
    plain = _ORDINAL.sub("", _drop_accents(text.lower()))
    plain = _DASH.sub("", _WORD.sub(_drop_silent, plain)).strip(" ,.:t()")
    row = _NUMBERS.match(plain)
    if row:
        return _read_numbers(row[1], row[3], row[4], orders)
    short = _NO_YEAR.match(plain)
    if short and orders.year:
        return _build_date(orders.year, int(short[1]), int(short[2]))
    return _read_words(plain, orders)


def _drop_silent(word: re.Match[str]) -> str:
    return " " if word[0] in SILENT else word[0]


def _read_numbers(first: str, second: str, third: str, orders: DayOrders) -> date | None:
    """`2026-1-5`, `5/1/2026`, `5/1/26`. A year has four digits or two."""
    lengths = (len(first), len(third))
    if lengths[0] == 4 and lengths[1] <= 2:
        order = "ymd"
    elif lengths[1] == 4 and lengths[0] <= 2:
        order = orders.full
    elif lengths == (2, 1):
        order = "ymd"
    elif lengths == (1, 2):
        order = orders.short if orders.short != "ymd" else ""
    elif lengths == (2, 2):
        order = orders.short
    else:
        order = ""
    if not order:
        return None
    parts = dict(zip(order, (first, second, third), strict=True))
    return _build_date(_read_year(parts["y"]), int(parts["m"]), int(parts["d"]))


def _read_words(text: str, orders: DayOrders) -> date | None:
    """`3-Jan-26`, `Jan-03-26`, `Saturday, January 3, 2026`, `3 de enero de 2026`, `3 janv. 2026`.
    A word that belongs to no date makes it none."""
    if re.search(r"[^a-z0-9 ,./:'()-]", text):
        return None
    tokens = _TOKEN.findall(text)
    months = [word for word in tokens if word in MONTHS]
    if len(months) == 2 and months[0] == TUESDAY:
        months = months[1:]
    known = all(word.isdigit() or word in MONTHS for word in tokens)
    numbers = [word for word in tokens if word.isdigit()]
    if not known or len(months) != 1:
        return None
    month = MONTHS[months[0]]
    if len(numbers) == 1 and orders.year and len(numbers[0]) <= 2:
        return _build_date(orders.year, month, int(numbers[0]))
    if len(numbers) != 2:
        return None
    year_first = len(numbers[0]) == 4
    year, day = numbers if year_first else reversed(numbers)
    if len(year) not in (2, 4) or len(day) > 2:
        return None
    return _build_date(_read_year(year), month, int(day))


def _drop_accents(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(each for each in apart if not unicodedata.combining(each))


def _read_year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return year + (1900 if year >= LAST_CENTURY else 2000)


def _build_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
