"""Raw columns → typed ones: ids, moments, cents, whole numbers. What cannot be read becomes missing.

The caller tells a value that was missing from one that could not be read by looking at the raw column again.
"""

import re
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

Column: TypeAlias = "pd.Series[Any]"

_ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")


def text(raw: Column) -> Column:
    """Text byte for byte; missing stays missing, and so becomes what is empty. Whole floats of a typed file lose `.0`."""
    if pd.api.types.is_float_dtype(raw):
        whole = raw.notna() & (raw == np.floor(raw))
        raw = raw.astype("Int64").where(whole, None) if whole[raw.notna()].all() else raw
    out = raw.astype("str")
    return out.mask(raw.isna() | (out == ""))


def numbers(raw: Column) -> Column:
    """Numbers with a decimal point; what is no finite number is missing."""
    values = pd.to_numeric(raw, errors="coerce").astype("float64")
    return values.mask(~np.isfinite(values))


def whole(values: Column) -> Column:
    """The nearest whole number, halves away from zero, as a nullable integer."""
    rounded: Column = np.sign(values) * np.floor(values.abs() + 0.5)
    return rounded.astype("Int64")


def cents(values: Column) -> Column:
    """Currency units → whole cents, halves away from zero."""
    return whole(values * 100)


def moments(raw: Column, timezone: str) -> tuple[Column, Column]:
    """(naive UTC, the shop's naive local time) of ISO 8601 text or timestamps; unreadable is missing.

    Times without a zone are the shop's own. In the hour that a clock shows twice the first is meant; a time that a
    clock skips is moved to the next that it shows.
    """
    if pd.api.types.is_datetime64_any_dtype(raw):
        parsed = raw
        if parsed.dt.tz is None:
            return _to_utc(parsed, timezone), parsed.astype("datetime64[us]")
        utc = parsed.dt.tz_convert("UTC").dt.tz_localize(None)
        return utc.astype("datetime64[us]"), _to_local(utc, timezone)
    values = raw.astype("str").str.strip()
    zoned = values.str.contains(_ZONE.pattern, regex=True, na=False) & values.str.contains(":", na=False)
    local = pd.to_datetime(values.mask(zoned), format="ISO8601", errors="coerce").astype("datetime64[us]")
    utc = _to_utc(local, timezone)
    if zoned.any():
        exact = pd.to_datetime(values.where(zoned), format="ISO8601", errors="coerce", utc=True)
        exact = exact.dt.tz_localize(None).astype("datetime64[us]")
        utc, local = utc.where(~zoned, exact), local.where(~zoned, _to_local(exact, timezone))
    return utc, local


def _to_utc(local: Column, timezone: str) -> Column:
    first = np.ones(len(local), dtype=bool)
    zoned = local.dt.tz_localize(timezone, ambiguous=first, nonexistent="shift_forward")
    return zoned.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")


def _to_local(utc: Column, timezone: str) -> Column:
    return utc.dt.tz_localize("UTC").dt.tz_convert(timezone).dt.tz_localize(None).astype("datetime64[us]")
