"""Raw columns → typed ones: ids, moments, minor units, whole numbers. What cannot be read becomes
missing.

The caller tells a value that was missing from one that could not be read by looking at the raw
column again. What most exports write is read at once; only what that leaves over goes the long way
through every other notation.
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from winback.config.sources import DayOrder
from winback.core.currency import get_minor_per_unit
from winback.data.ingest.written_dates import (
    APART,
    CLOCK,
    DayOrders,
    WrittenDay,
    normalize_signs,
    read_clock,
    read_day,
)
from winback.data.ingest.written_numbers import (
    find_marked_currencies,
    normalize_numbers,
)

Column: TypeAlias = "pd.Series[Any]"

EXACT = 2**53  # beyond it a float has lost its last digits
YES = ("1", "true", "yes", "y", "t", "是", "有", "√")


@dataclass(frozen=True)
class Notation:
    """How a file writes what can be read two ways. day_first: None where no date of the file is
    such; year_first: of years of two digits; typed_cells: a workbook's, whose numbers stand beside
    text of any notation."""

    day_first: bool | None = None
    decimal: str = "."
    year: int | None = None  # of dates that name none
    year_first: bool = False
    typed_cells: bool = False

    def name_dates(self) -> DayOrder:
        """What a shop file calls it, so that a file of days up to the 12th is read the same."""
        if self.year_first:
            return "ymd"
        if self.day_first is None:
            return "auto"
        return "dmy" if self.day_first else "mdy"

    def get_orders(self) -> DayOrders:
        """How numbers in a row are meant as a date."""
        full = {True: "dmy", False: "mdy", None: ""}[self.day_first]
        return DayOrders(full, "ymd" if self.year_first else full, self.year)


def parse_text(raw: Column) -> Column:
    """Text byte for byte; missing stays missing, and so becomes what is empty. `="00123"` is how a
    CSV says text.

    Whole floats of a typed file lose `.0`.
    """
    if pd.api.types.is_float_dtype(raw):
        whole = raw.notna() & (raw == np.floor(raw)) & (raw.abs() < EXACT)
        raw = raw.astype("Int64").where(whole, None) if whole[raw.notna()].all() else raw
    out = raw.astype("str")
    formula = out.str.startswith('="', na=False)
    if formula.any():
        out = out.mask(formula, out.str.replace(r'^="(.*)"$', r"\1", regex=True))
    nothing = raw.isna() | (out == "")
    return out.mask(nothing) if nothing.any() else out


def match_pattern(values: Column, pattern: str) -> Column:
    """Which values a pattern is found in, by Arrow's engine: pandas would take some patterns
    value by value in Python."""
    is_match = pc.match_substring_regex(_to_arrow(values), pattern).fill_null(False)
    return pd.Series(is_match.to_numpy(zero_copy_only=False), index=values.index)


def map_values(values: Column, meaning: Callable[[str], Any]) -> Column:
    """Every value replaced by what it means; each different value is looked at once. Missing
    stays missing."""
    codes, different = pd.factorize(values)
    means = np.array([meaning(str(value)) for value in different] + [None], dtype="object")
    return pd.Series(means[codes], index=values.index)


def parse_numbers(raw: Column, decimal: str = ".", either: bool = False) -> Column:
    """Numbers; what is no finite number is missing. `1,234.50`, `1,61,601.50`, `1'234.50`, `¥12`,
    `12元`, `12.50 USD`, `25.00-`, `(25.00)` and full-width digits are read. either: also cents
    behind the other sign than `decimal`."""
    typed = pd.api.types.is_numeric_dtype(raw)
    if not typed and decimal == ".":
        plain = _to_arrow(raw)
        if _all_match(plain, _PLAIN_NUMBER):
            return _cast_column(plain, pa.float64(), raw.index)
    values = _convert_numbers(typed, decimal, raw)
    left = values.isna() & raw.notna()
    if not typed and left.any():
        values[left] = pd.to_numeric(
            normalize_numbers(raw[left].astype("str"), decimal, either), errors="coerce"
        ).astype("float64")
    return values.mask(~np.isfinite(values))


def _convert_numbers(typed: bool, decimal: str, raw: Column) -> Column:
    return (
        pd.to_numeric(raw, errors="coerce").astype("float64")
        if typed or decimal == "."
        else _all_missing(raw)
    )


def is_other_currency(raw: Column, currency: str) -> Column:
    """Which amounts bear the mark of another currency; one that can mean several is theirs all."""
    if pd.api.types.is_numeric_dtype(raw) or _all_match(_to_arrow(raw), _PLAIN_NUMBER):
        return pd.Series(False, index=raw.index)
    meant = find_marked_currencies(parse_text(raw))
    return meant.map(lambda each: bool(each) and currency not in each).astype(bool)


def round_to_whole(values: Column) -> Column:
    """The nearest whole number, halves away from zero, as a nullable integer."""
    rounded: Column = np.sign(values) * np.floor(values.abs() + 0.5)
    return rounded.astype("Int64")


def to_minor(values: Column, currency: str) -> Column:
    """Units of a currency → whole minor units, halves away from zero."""
    # A sixth decimal is the noise of binary fractions: 1.005 is a cent and a half beyond a unit,
    # and rounds up.
    return round_to_whole((values * get_minor_per_unit(currency)).round(6))


def parse_flags(raw: Column) -> Column:
    """Whether a cell says yes, in the words people use."""
    is_yes: Column = parse_text(raw).str.strip().str.lower().isin(YES)
    return is_yes


def parse_moments(
    raw: Column, timezone: str, notation: Notation | None = None
) -> tuple[Column, Column]:
    """(naive UTC, the shop's naive local time) of what people write for a time; unreadable is
    missing.

    ISO 8601, `2026/1/5 8:05`, `2026年1月5日`, `20260105080500`, `5/1/2026` and `5/1/26` as the
    notation says, `5-Jan-26`, zones by offset or letters, seconds and milliseconds since 1970, and
    the serial days of spreadsheets.

    Times without a zone are the shop's own. In the hour that a clock shows twice the first is
    meant; a time that a clock skips is moved to the next that it shows.
    """
    if pd.api.types.is_datetime64_any_dtype(raw):
        parsed = raw
        if parsed.dt.tz is None:
            return _to_utc(parsed, timezone), parsed.astype("datetime64[us]")
        utc = parsed.dt.tz_convert("UTC").dt.tz_localize(None)
        return utc.astype("datetime64[us]"), _to_local(utc, timezone)
    plain = _to_arrow(raw)
    if _all_match(plain, _PLAIN_TIME):
        with contextlib.suppress(pa.ArrowInvalid):  # 30 February: the long way says which row
            read = _cast_column(plain, pa.timestamp("us"), raw.index)
            return _to_utc(read, timezone), read
    return _parse_text_moments(raw, notation, timezone)


def _parse_text_moments(
    raw: Column, notation: Notation | None, timezone: str
) -> tuple[Column, Column]:
    values = parse_text(raw).str.strip()
    local, exact = _parse_zoneless(values), _parse_zoned(values)
    left = local.isna() & exact.isna() & values.notna() & (values != "")
    if left.any():
        other_local, other_exact = _parse_other_moments(
            values[left], notation or Notation(), timezone
        )
        local[left], exact[left] = other_local, other_exact
    return _combine_moments(local, exact, timezone)


def _combine_moments(local: Column, exact: Column, timezone: str) -> tuple[Column, Column]:
    """(UTC, local) of times of which some are known by the shop's clock and some in UTC."""
    utc, known = _to_utc(local, timezone), exact.notna()
    if known.any():
        return utc.where(~known, exact), local.where(~known, _to_local(exact, timezone))
    return utc, local


def _parse_zoneless(values: Column) -> Column:
    """The local times that ISO writes without a zone; missing elsewhere."""
    plain_days = values.where(match_pattern(values, f"^{_ISO}$"))
    return pd.to_datetime(plain_days, format="ISO8601", errors="coerce").astype("datetime64[us]")


def _parse_zoned(values: Column) -> Column:
    """Naive UTC of the ISO times that say their zone; missing elsewhere."""
    zoned = match_pattern(values, f"^{_ISO}{_ZONE}$")
    if not zoned.any():
        return pd.Series(pd.NaT, index=values.index, dtype="datetime64[us]")
    offset = values.str.replace(" *(?:UTC|GMT)$", "Z", regex=True).str.replace(
        r" +([Z+-][0-9:]*)$", r"\1", regex=True
    )
    read = pd.to_datetime(offset.where(zoned), format="ISO8601", errors="coerce", utc=True)
    return read.dt.tz_localize(None).astype("datetime64[us]")


# What most exports write, and Arrow reads without making an object of every value.
_PLAIN_NUMBER = r"^-?[0-9]{1,15}(?:\.[0-9]{1,9})?$"
_PLAIN_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}:[0-9]{2})?$"
# Whole days and whole times only: `2026` is no day, `now` is no time, and 25:00 is no hour.
_ISO = (
    r"[0-9]{4}(?:-[0-9]{2}-[0-9]{2}|[0-9]{4})"
    r"(?:[ T](?:[01][0-9]|2[0-3])(?::?[0-5][0-9](?::?[0-5][0-9](?:[.,][0-9]+)?)?)?)?"
)
_ZONE = r" *(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)"
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?$")
_NO_DAY = WrittenDay(None)
_HALVES = {None: -1, False: 0, True: 1}
_SERIAL_START = pd.Timestamp("1899-12-30")
_SERIAL = re.compile(r"^[1-9]\d{4}(?:\.\d+)?$")


def _parse_other_moments(
    values: Column, notation: Notation, timezone: str
) -> tuple[Column, Column]:
    """(local, UTC) of the notations that are not ISO 8601; each is missing where the other is
    known."""
    plain = values.map(normalize_signs).astype("str")
    local = pd.Series(pd.NaT, index=values.index, dtype="datetime64[us]")
    exact = local.copy()
    _fill_unix_times(plain, exact)
    serial = plain.str.fullmatch(_SERIAL.pattern, na=False)
    if serial.any():
        days = (plain[serial].astype("float64") * 86400).round()
        local[serial] = (_SERIAL_START + pd.to_timedelta(days, unit="s")).astype("datetime64[us]")
    compact = plain.str.fullmatch(_COMPACT, na=False)
    if compact.any():
        dashed = plain[compact].str.replace(_COMPACT, r"\1-\2-\3 \4:\5:\6", regex=True)
        plain[compact] = dashed.str.rstrip(":")
    left = local.isna() & exact.isna()
    if left.any():
        written, offset = read_written(plain[left], notation, timezone)
        local[left] = written.where(offset.isna())
        exact[left] = (written - pd.to_timedelta(offset, unit="min")).astype("datetime64[us]")
    return local, exact


def read_written(plain: Column, notation: Notation, timezone: str | None) -> tuple[Column, Column]:
    """(the time as a clock shows it, minutes from UTC) of dates as people write them, each missing
    where it is not said. Days and times of day are read apart, each different one once."""
    texts = _to_arrow(plain)
    parts = pc.extract_regex(texts, CLOCK)
    before, clock, after = (pc.struct_field(parts, name) for name in ("before", "clock", "after"))
    apart = pa.scalar(APART, pa.large_string())
    rest = pc.if_else(
        pc.is_null(parts), texts, pc.binary_join_element_wise(before, after, apart)
    ).to_pandas()
    orders = notation.get_orders()
    codes, different = pd.factorize(rest)
    days = [read_day(text, orders, timezone) or _NO_DAY for text in different] + [_NO_DAY]
    day = np.array([each.day for each in days], dtype="datetime64[us]")[codes]
    half = np.array([_HALVES[each.afternoon] for each in days])[codes]
    offset = np.array([each.offset_minutes for each in days], dtype="float64")[codes]
    seconds = map_values(clock.to_pandas(), read_clock).astype("float64").fillna(0).to_numpy()
    seconds = np.where((half < 0) | (seconds < 0), seconds, seconds % 43200 + 43200 * half)
    local = pd.Series(day, index=plain.index) + pd.to_timedelta(seconds, unit="s")
    return (
        local.where(seconds >= 0).astype("datetime64[us]"),
        pd.Series(offset, index=plain.index),
    )


def _fill_unix_times(plain: Column, exact: Column) -> None:
    seconds = plain.str.fullmatch(r"\d{10}(?:\.\d+)?", na=False)
    milliseconds = plain.str.fullmatch(r"\d{13}", na=False)
    units: tuple[tuple[Column, Literal["s", "ms"]], ...] = ((seconds, "s"), (milliseconds, "ms"))
    for chosen, unit in units:
        if chosen.any():
            since = pd.to_timedelta(plain[chosen].astype("float64"), unit=unit)
            exact[chosen] = (pd.Timestamp(0) + since).astype("datetime64[us]")


def _to_arrow(raw: Column) -> pa.Array:
    """A column of text as Arrow, what is empty missing."""
    array = pa.array(raw.astype("str"), type=pa.large_string(), from_pandas=True)
    return pc.if_else(pc.equal(array, ""), None, array)


def _all_match(texts: pa.Array, pattern: str) -> bool:
    """Whether every text that is there matches."""
    return bool(pc.all(pc.match_substring_regex(texts, pattern), min_count=0).as_py())


def _cast_column(texts: pa.Array, to: pa.DataType, index: pd.Index) -> Column:
    return pd.Series(pc.cast(texts, to).to_numpy(zero_copy_only=False), index=index)


def _all_missing(raw: Column) -> Column:
    return pd.Series(np.nan, index=raw.index, dtype="float64")


def _to_utc(local: Column, timezone: str) -> Column:
    first = np.ones(len(local), dtype=bool)
    # Zones have no rules for the year 9999; validation refuses such a time, whatever its zone.
    known = local.where((local.dt.year > 1900) & (local.dt.year < 2200))
    zoned = known.dt.tz_localize(timezone, ambiguous=first, nonexistent="shift_forward")
    utc: Column = zoned.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")
    return utc.where(known.notna(), local)


def _to_local(utc: Column, timezone: str) -> Column:
    return (
        utc.dt.tz_localize("UTC")
        .dt.tz_convert(timezone)
        .dt.tz_localize(None)
        .astype("datetime64[us]")
    )
