"""The door: raw rows → typed rows that keep the promises of `tables.py`; the others to quarantine, each with its reason.

Rows are typed first, then pandera checks them against schemas derived from the tables. A value that is there and
cannot be read is refused just as one that is missing and needed; nothing is guessed and nothing is dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from winback.settings import Status
from winback.sources import clean
from winback.sources.raw import Raw
from winback.tables import EVENT_KINDS, LARGEST_WHOLE, QUARANTINE, Column

EARLIEST, LATEST = pd.Timestamp("1970-01-02"), pd.Timestamp("2100-01-01")

# What is staged between the door and the assembly of the canonical tables.
STAGED_LINES = (
    Column("customer_id", "text", "Whose row it is."),
    Column("order_id", "text", "The shop's order number, if it has one.", True),
    Column("occurred_at", "moment", "When it was paid, UTC."),
    Column("known_at", "moment", "When the shop could know of it, UTC."),
    Column("sku", "text", "What was bought.", True),
    Column("name", "text", "Its name.", True),
    Column("category", "text", "Its category.", True),
    Column("quantity", "whole", "How many units.", True),
    Column("amount_cents", "whole", "What was paid for the line.", True),
    Column("order_amount_cents", "whole", "What was paid for the whole order.", True),
    Column("discount_cents", "whole", "What was taken off.", True),
    Column("list_price_cents", "whole", "The list price of one unit.", True),
    Column("unit_cost_cents", "whole", "What one unit cost the shop.", True),
    Column("channel", "text", "Where it was placed.", True),
    Column("local_day", "day", "The shop's own day."),
    Column("local_hour", "whole", "The shop's own hour."),
    Column("local_weekend", "flag", "Saturday or Sunday."),
    Column("loose_refund", "flag", "A refund that names no order."),
    Column("refunded", "flag", "The whole order was paid back."),
    Column("refunded_at", "moment", "When it was paid back, if the shop says.", True),
)
STAGED_EVENTS = (
    Column("customer_id", "text", "Whose event it is."),
    Column("kind", "text", "One of EVENT_KINDS."),
    Column("occurred_at", "moment", "When it happened, UTC."),
    Column("known_at", "moment", "When the shop could know of it, UTC."),
    Column("local_day", "day", "The shop's own day."),
    Column("value", "whole", "A whole number.", True),
    Column("ref", "text", "What it refers to.", True),
)


@dataclass(frozen=True)
class Checked:
    """What came of some raw rows: those that may enter, those that may not, and those the shop says to leave out."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    left_out: Mapping[str, int]
    masked_ids: int


def check_orders(raw: Raw, statuses: Mapping[str, Status], timezone: str) -> Checked:
    """Order lines of an export → STAGED_LINES. Statuses other than paid and refunded are left out and counted."""
    frame = raw.frame
    out = pd.DataFrame({"customer_id": clean.text(frame["customer_id"])}, index=frame.index)
    refusals = _Refusals(raw)
    refusals.add(out["customer_id"].isna(), "customer_id", "customer_id_missing")
    for ours, theirs in (("order_id", "order_id"), ("sku", "sku"), ("name", "product_name"), ("category", "category"),
                         ("channel", "channel")):  # fmt: skip
        out[ours] = clean.text(frame[theirs]) if theirs in frame else pd.Series(pd.NA, index=frame.index, dtype="str")
    _times(out, refusals, "ordered_at", timezone, weekend=True)
    out["refunded_at"] = refusals.moments("refunded_at", timezone)[0]
    quantity = refusals.numbers("quantity")
    amount = refusals.numbers("amount")
    if "unit_price" in frame and "amount" not in frame:
        amount = refusals.numbers("unit_price") * quantity
    out["quantity"], out["amount_cents"] = clean.whole(quantity), clean.cents(amount)
    for ours, theirs in (("order_amount_cents", "order_amount"), ("discount_cents", "discount"),
                         ("list_price_cents", "list_price"), ("unit_cost_cents", "unit_cost")):  # fmt: skip
        out[ours] = clean.cents(refusals.numbers(theirs))
    if {"amount", "unit_price"} & set(frame):
        refusals.add(out["amount_cents"].isna(), "amount" if "amount" in frame else "unit_price", "amount_missing")
    if "order_id" in frame:
        refusals.add(out["order_id"].isna(), "order_id", "order_id_missing")
    meaning = _statuses(frame, statuses, refusals)
    out["refunded"] = meaning.eq("refunded")
    out["loose_refund"] = frame["loose_refund"].astype(bool) if "loose_refund" in frame else False
    refusals.add(out["loose_refund"] & (out["amount_cents"] >= 0), "amount", "refund_of_nothing")
    return _checked(out, refusals, "lines", ~meaning.isin(["paid", "refunded"]), meaning)


def check_events(raw: Raw, kinds: Mapping[str, str], timezone: str) -> Checked:
    """Events of an export → STAGED_EVENTS. `kinds` translates the export's words; what it lacks must be ours already."""
    frame = raw.frame
    out = pd.DataFrame({"customer_id": clean.text(frame["customer_id"])}, index=frame.index)
    refusals = _Refusals(raw)
    refusals.add(out["customer_id"].isna(), "customer_id", "customer_id_missing")
    kind = clean.text(frame["kind"])
    out["kind"] = kind.map(kinds).where(kind.isin(list(kinds)), kind)
    _times(out, refusals, "occurred_at", timezone, weekend=False)
    out["value"] = clean.whole(refusals.numbers("value"))
    out["ref"] = clean.text(frame["ref"]) if "ref" in frame else pd.Series(pd.NA, index=frame.index, dtype="str")
    nothing = pd.Series(False, index=frame.index)
    return _checked(out, refusals, "events", nothing, kind)


class _Refusals:
    """Which rows of a raw frame are refused, and why: the first reason found for a row is the one told."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        # Object columns: filled by mask, where Arrow-backed text would be rebuilt each time.
        self.column = pd.Series(None, index=raw.frame.index, dtype="object")
        self.reason = pd.Series(None, index=raw.frame.index, dtype="object")

    def add(self, rows: clean.Column, column: str, reason: str) -> None:
        fresh = rows.fillna(False).astype(bool) & self.reason.isna()
        self.column[fresh] = column
        self.reason[fresh] = reason

    def numbers(self, column: str) -> clean.Column:
        """A column's numbers, refusing rows whose value is there but is no number; all missing without the column."""
        if column not in self.raw.frame:
            return pd.Series(np.nan, index=self.raw.frame.index)
        values = clean.numbers(self.raw.frame[column])
        self.add(values.isna() & _present(self.raw.frame[column]), column, "unreadable_number")
        self.add(values.abs() * 100 > LARGEST_WHOLE, column, "number_too_large")
        return values.mask(values.abs() * 100 > LARGEST_WHOLE)

    def moments(self, column: str, timezone: str) -> tuple[clean.Column, clean.Column]:
        """A column's moments in UTC and in local time, refusing rows whose value is there but is no time."""
        if column not in self.raw.frame:
            nothing = pd.Series(pd.NaT, index=self.raw.frame.index, dtype="datetime64[us]")
            return nothing, nothing
        utc, local = clean.moments(self.raw.frame[column], timezone)
        self.add(utc.isna() & _present(self.raw.frame[column]), column, "unreadable_time")
        self.add((utc < EARLIEST) | (utc > LATEST), column, "time_out_of_range")
        return utc, local

    def table(self) -> pd.DataFrame:
        """The refused rows in the columns of QUARANTINE."""
        bad = self.reason.notna()
        named, frame = self.raw.named, self.raw.frame
        values = pd.Series(pd.NA, index=frame.index, dtype="str")
        for column in self.column[bad].unique():
            if column in frame:
                of = bad & self.column.eq(column)
                values[of] = clean.text(frame.loc[of, column])
        rows = {"file": self.raw.file, "line": self.raw.lines[bad.to_numpy()],
                "column": self.column[bad].map(lambda ours: named.get(ours, ours)), "value": values[bad],
                "reason": self.reason[bad]}  # fmt: skip
        broken = {"file": self.raw.file, "line": [row.line for row in self.raw.broken], "column": "",
                  "value": [row.text for row in self.raw.broken], "reason": "broken_row"}  # fmt: skip
        tables = [pd.DataFrame(each, columns=list(QUARANTINE.names)) for each in (rows, broken)]
        return tables[0] if not self.raw.broken else pd.concat(tables, ignore_index=True)


def _times(out: pd.DataFrame, refusals: _Refusals, column: str, timezone: str, weekend: bool) -> None:
    utc, local = refusals.moments(column, timezone)
    known = refusals.moments("known_at", timezone)[0]
    out["occurred_at"] = utc
    # Nothing is known before it happens; a source that says so has its clocks wrong.
    out["known_at"] = known.where(known > utc, utc)
    out["local_day"] = local.dt.normalize()
    if weekend:
        out["local_hour"] = local.dt.hour.astype("Int64")
        out["local_weekend"] = local.dt.day_of_week >= 5


def _statuses(frame: pd.DataFrame, statuses: Mapping[str, Status], refusals: _Refusals) -> clean.Column:
    if "status" not in frame:
        return pd.Series("paid", index=frame.index)
    meaning: clean.Column = clean.text(frame["status"]).str.strip().map(dict(statuses))
    refusals.add(meaning.isna(), "status", "unknown_status")
    return meaning


def _checked(out: pd.DataFrame, refusals: _Refusals, kind: str, left_out: clean.Column, words: clean.Column) -> Checked:
    leave = left_out & refusals.reason.isna()
    counts = {str(word): int(n) for word, n in words[leave].value_counts().items()}
    candidates = out.loc[refusals.reason.isna() & ~leave]
    ours = {"occurred_at": "ordered_at"} if kind == "lines" else {}
    try:
        _schema(kind).validate(candidates, lazy=True)
    except SchemaErrors as errors:
        for (column, check), failures in errors.failure_cases.groupby(["column", "check"], sort=False):
            rows = pd.Series(out.index.isin(failures["index"]), index=out.index)
            refusals.add(rows, ours.get(str(column), str(column)), str(check))
    entering = out.loc[refusals.reason.isna() & ~leave]
    masked = int(out["customer_id"].str.contains(r"\*{2,}", regex=True, na=False).sum())
    return Checked(entering, refusals.table(), counts, masked)


@cache
def _schema(kind: str) -> pa.DataFrameSchema:
    columns = STAGED_LINES if kind == "lines" else STAGED_EVENTS
    return pa.DataFrameSchema({column.name: _pandera(column) for column in columns}, strict=True)


def _pandera(column: Column) -> pa.Column:
    checks = []
    if not column.nullable:
        checks.append(pa.Check(lambda s: s.notna(), name=f"{column.name}_missing", error=f"{column.name}_missing",
                               ignore_na=False))  # fmt: skip
    if column.type == "whole":
        checks.append(pa.Check(lambda s: s.abs() <= LARGEST_WHOLE, error="number_too_large"))
    if column.name == "kind":
        checks.append(pa.Check(lambda s: s.isin(EVENT_KINDS), error="unknown_kind"))
    return pa.Column(nullable=True, checks=checks)


def _present(raw: clean.Column) -> clean.Column:
    return clean.text(raw).notna() if not pd.api.types.is_numeric_dtype(raw) else raw.notna()
