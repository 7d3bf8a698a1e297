"""Validation: raw rows → typed rows that keep the promises of `core.schema`; the others to
quarantine, each with its reason.

Rows are typed first, then pandera checks them against schemas derived from the tables. A value that
is there and cannot be read is refused just as one that is missing and needed; nothing is guessed
and nothing is dropped.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from winback.config.shop import Shop
from winback.config.sources import EventSource, ItemSource, OrderSource
from winback.core.schema import EVENT_KINDS, LARGEST_WHOLE, QUARANTINE, Column
from winback.data.erasure_list import is_erased
from winback.data.ingest import parsing
from winback.data.ingest.parsing import Notation
from winback.data.ingest.raw_rows import RawRows
from winback.data.pseudonyms import MOBILE, hash_values, hide_contacts, mask_contacts

EARLIEST, LATEST = pd.Timestamp("1970-01-02"), pd.Timestamp("2100-01-01")
FUTURE = timedelta(days=1)  # of clocks that go fast and of zones
MASKED = r"\*{2,}"
# 1.03293E+19: what a spreadsheet leaves of a long number
RUINED = r"^[0-9](?:\.[0-9]+)?[Ee]\+[0-9]{2,}$"
_SUSPECT = r"[\x00*]|[Ee]\+"  # one look at most ids, which are neither
LONGEST_SHOWN = 200

# What is staged between validation and the building of the canonical tables.
_LINE = Column("line", "whole", "Its line in its file, to explain it by.")
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
    Column("refund_cents", "whole", "What was paid back of the order, if the shop says.", True),
    Column("phone_hash", "text", "The buyer's phone, hashed.", True),
    Column("recipient_key", "text", "Who received it, hashed.", True),
    Column("deposit", "flag", "A deposit whose rest is open."),
    Column("deposit_of", "text", "The deposit order this one pays the rest of.", True),
    Column("wholesale", "flag", "By the seller's own word."),
    Column("brushing", "flag", "By the seller's own word."),
    _LINE,
)
STAGED_ITEMS = (
    Column("order_id", "text", "The order it belongs to."),
    Column("sku", "text", "What was bought.", True),
    Column("name", "text", "Its name.", True),
    Column("category", "text", "Its category.", True),
    Column("quantity", "whole", "How many units.", True),
    Column("amount_cents", "whole", "What was paid for the line.", True),
    Column("discount_cents", "whole", "What was taken off.", True),
    Column("list_price_cents", "whole", "The list price of one unit.", True),
    _LINE,
)
STAGED_EVENTS = (
    Column("customer_id", "text", "Whose event it is."),
    Column("kind", "text", "One of EVENT_KINDS."),
    Column("occurred_at", "moment", "When it happened, UTC."),
    Column("known_at", "moment", "When the shop could know of it, UTC."),
    Column("local_day", "day", "The shop's own day."),
    Column("local_hour", "whole", "The shop's own hour, if it says more than the day.", True),
    Column("value", "whole", "A whole number.", True),
    Column("ref", "text", "What it refers to.", True),
    _LINE,
)
# Orders that a file says are none: in a later file this takes back what an earlier one said.
STAGED_VOIDS = (
    Column("order_id", "text", "The order.", True),
    Column("sku", "text", "The product, where a line of it is none.", True),
    Column("status", "text", "In the export's words."),
    _LINE,
)


@dataclass(frozen=True)
class ValidationContext:
    """What validation needs to know beside the rows. `read_at`: later than a day after it is the
    future; `erased`: marks of who must not come back."""

    shop: Shop
    notation: Notation
    key: bytes
    read_at: datetime
    erased: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ValidationResult:
    """What came of some raw rows: those that may enter, those that may not, and those the shop
    says to leave out."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    left_out: Mapping[str, int]
    voids: pd.DataFrame


def check_orders(
    raw: RawRows, source: OrderSource, statuses: Mapping[str, str], rules: ValidationContext
) -> ValidationResult:
    """Order lines of an export → STAGED_LINES. Statuses other than paid, deposit and refunded
    are left out and counted."""
    frame, out, refusals = _start_check(raw, source.platform, rules)
    _read_order_texts(refusals, out, source, frame)
    meaning = _check_statuses(frame, {**statuses, **source.status}, refusals)
    leave = ~meaning.isin(["paid", "refunded", "deposit"])
    _read_order_times(refusals, out)
    _read_order_amounts(refusals, out)
    _check_order_fields(frame, refusals, out, rules)
    _read_order_states(meaning, out, frame, refusals)
    _read_order_flags(source, frame, out)
    _hash_people(refusals, rules, out)
    words = _read_status_words(frame, meaning)
    return _build_result(out, refusals, "lines", leave, meaning, words)


def _read_order_texts(
    refusals: "_RowErrors", out: pd.DataFrame, source: OrderSource, frame: pd.DataFrame
) -> None:
    for ours, source_column in (
        ("order_id", "order_id"),
        ("sku", "sku"),
        ("name", "product_name"),
        ("category", "category"),
        ("channel", "channel"),
        ("deposit_of", "deposit_of"),
    ):
        out[ours] = refusals.read_text(source_column)
    if (
        source.platform
    ):  # two shops may both have an order 17, and one customer of both may have placed both
        out["order_id"], out["deposit_of"] = (
            f"{source.platform}:" + out[column] for column in ("order_id", "deposit_of")
        )
        out["channel"] = out["channel"] if "channel" in frame else source.platform


def _read_status_words(frame: pd.DataFrame, meaning: parsing.Column) -> parsing.Column:
    """The export's own words for the statuses, else what they were taken to mean."""
    return parsing.parse_text(frame["status"]) if "status" in frame else meaning


def _read_order_times(refusals: "_RowErrors", out: pd.DataFrame) -> None:
    _check_times(out, refusals, "ordered_at")
    out["local_weekend"] = out["local_day"].dt.day_of_week >= 5
    out["refunded_at"] = refusals.read_moments("refunded_at")[0]


def _read_order_amounts(refusals: "_RowErrors", out: pd.DataFrame) -> None:
    _check_amounts(out, refusals)
    for ours, source_column in (
        ("order_amount_cents", "order_amount"),
        ("unit_cost_cents", "unit_cost"),
        ("refund_cents", "refund_amount"),
    ):
        out[ours] = parsing.to_cents(refusals.read_numbers(source_column))


def _check_order_fields(
    frame: pd.DataFrame, refusals: "_RowErrors", out: pd.DataFrame, rules: ValidationContext
) -> None:
    if "order_amount" not in frame and {"amount", "unit_price"} & set(frame):
        refusals.refuse(
            out["amount_cents"].isna(),
            "amount" if "amount" in frame else "unit_price",
            "amount_missing",
        )
    if "order_id" in frame:
        refusals.refuse(out["order_id"].isna(), "order_id", "order_id_missing")
        refusals.check_ids("order_id", out["order_id"])
    if "currency" in frame:
        currency = parsing.parse_text(frame["currency"]).str.strip().str.upper()
        refusals.refuse(
            currency.notna() & currency.ne(rules.shop.currency), "currency", "other_currency"
        )


def _read_order_states(
    meaning: parsing.Column, out: pd.DataFrame, frame: pd.DataFrame, refusals: "_RowErrors"
) -> None:
    out["refunded"] = meaning.eq("refunded")
    out["deposit"] = meaning.eq("deposit")
    out["loose_refund"] = frame["loose_refund"].astype(bool) if "loose_refund" in frame else False
    refusals.refuse(out["loose_refund"] & (out["amount_cents"] >= 0), "amount", "refund_of_nothing")


def _read_order_flags(source: OrderSource, frame: pd.DataFrame, out: pd.DataFrame) -> None:
    for ours, words in (("wholesale", source.wholesale_words), ("brushing", source.brushing_words)):
        flag = (
            parsing.parse_flags(frame[ours])
            if ours in frame
            else pd.Series(False, index=frame.index)
        )
        if "note" in frame and words:
            flag = flag | parsing.parse_text(frame["note"]).str.contains(
                "|".join(map(re.escape, words)), regex=True, na=False
            )
        out[ours] = flag


def _hash_people(refusals: "_RowErrors", rules: ValidationContext, out: pd.DataFrame) -> None:
    for ours, source_column in (("phone_hash", "phone"), ("recipient_key", "recipient")):
        out[ours] = hash_values(
            refusals.read_text(source_column),
            rules.key,
            ours.removesuffix("_hash").removesuffix("_key"),
        )


def check_items(raw: RawRows, source: ItemSource, rules: ValidationContext) -> ValidationResult:
    """Rows of an item sheet → STAGED_ITEMS."""
    refusals = _RowErrors(raw, rules)
    out = pd.DataFrame({"order_id": refusals.read_text("order_id")}, index=raw.frame.index)
    refusals.refuse(out["order_id"].isna(), "order_id", "order_id_missing")
    refusals.check_ids("order_id", out["order_id"])
    if source.platform:
        out["order_id"] = f"{source.platform}:" + out["order_id"]
    for ours, source_column in (("sku", "sku"), ("name", "product_name"), ("category", "category")):
        out[ours] = refusals.read_text(source_column)
    _check_amounts(out, refusals)
    return _build_result(
        out,
        refusals,
        "items",
        pd.Series(False, index=raw.frame.index),
        out["order_id"],
        out["order_id"],
    )


def check_events(
    raw: RawRows, source: EventSource, kinds: Mapping[str, str], rules: ValidationContext
) -> ValidationResult:
    """Events of an export → STAGED_EVENTS. `kinds` translates the export's words; what it lacks
    must be ours already."""
    frame, out, refusals = _start_check(raw, source.platform, rules)
    kind = _read_event_kinds(kinds, source, frame, out)
    local = _check_times(out, refusals, "occurred_at")
    out["local_hour"] = out["local_hour"].where(
        local != out["local_day"]
    )  # days alone do not tell of the night
    out["value"] = parsing.round_to_whole(refusals.read_numbers("value"))
    out["ref"] = refusals.read_text("ref")
    return _build_result(out, refusals, "events", pd.Series(False, index=frame.index), kind, kind)


def _read_event_kinds(
    kinds: Mapping[str, str], source: EventSource, frame: pd.DataFrame, out: pd.DataFrame
) -> parsing.Column:
    meant = {**kinds, **source.kinds}
    kind = parsing.parse_text(frame["kind"])
    out["kind"] = kind.map(meant).where(kind.isin(list(meant)), kind)
    return kind


def _start_check(
    raw: RawRows, platform: str | None, rules: ValidationContext
) -> "tuple[pd.DataFrame, pd.DataFrame, _RowErrors]":
    """The raw frame, a frame with the customers' ids, and their refusals."""
    refusals = _RowErrors(raw, rules)
    ids = parsing.parse_text(raw.frame["customer_id"])
    refusals.refuse(ids.isna(), "customer_id", "customer_id_missing")
    refusals.check_ids("customer_id", ids)
    ids = hide_contacts(ids, rules.key)
    return (
        raw.frame,
        pd.DataFrame(
            {"customer_id": f"{platform}:" + ids if platform else ids}, index=raw.frame.index
        ),
        refusals,
    )


def _check_amounts(out: pd.DataFrame, refusals: "_RowErrors") -> None:
    quantity = refusals.read_numbers("quantity")
    amount = refusals.read_numbers("amount")
    frame = refusals.raw.frame
    if "unit_price" in frame and "amount" not in frame:
        amount = refusals.read_numbers("unit_price") * quantity
        refusals.refuse(amount.abs() * 100 > LARGEST_WHOLE, "unit_price", "number_too_large")
    out["quantity"], out["amount_cents"] = (
        parsing.round_to_whole(quantity),
        parsing.to_cents(amount.mask(amount.abs() * 100 > LARGEST_WHOLE)),
    )
    for ours, source_column in (("discount_cents", "discount"), ("list_price_cents", "list_price")):
        out[ours] = parsing.to_cents(refusals.read_numbers(source_column))


class _RowErrors:
    """Which rows of a raw frame are refused, and why: the first reason found for a row is the
    one told."""

    def __init__(self, raw: RawRows, rules: ValidationContext) -> None:
        self.raw, self.rules = raw, rules
        # Object columns: filled by mask, where Arrow-backed text would be rebuilt each time.
        self.column = pd.Series(None, index=raw.frame.index, dtype="object")
        self.reason = pd.Series(None, index=raw.frame.index, dtype="object")

    def refuse(self, rows: parsing.Column, column: str, reason: str) -> None:
        hit = rows.to_numpy(dtype=bool, na_value=False)
        if not hit.any():
            return
        fresh = self.reason.isna() & hit
        self.column[fresh] = column
        self.reason[fresh] = reason

    def read_text(self, column: str) -> parsing.Column:
        """A column's text, refusing rows that hold a NUL; all missing without the column."""
        if column not in self.raw.frame:
            return pd.Series(pd.NA, index=self.raw.frame.index, dtype="str")
        values = parsing.parse_text(self.raw.frame[column])
        self.refuse(values.str.contains("\0", regex=False, na=False), column, "control_character")
        return values

    def check_ids(self, column: str, values: parsing.Column) -> None:
        """Refuse ids that are masked or that a spreadsheet ruined, and those that hold a NUL,
        which no database keeps."""
        if not parsing.match_pattern(values, _SUSPECT).any():
            return
        if column == "customer_id":
            self.refuse(parsing.match_pattern(values, MASKED), column, "masked_id")
        self.refuse(parsing.match_pattern(values, RUINED), column, "ruined_id")
        self.refuse(values.str.contains("\0", regex=False, na=False), column, "control_character")

    def read_numbers(self, column: str) -> parsing.Column:
        """A column's numbers, refusing rows whose value is there but is no number; all missing
        without the column."""
        if column not in self.raw.frame:
            return pd.Series(np.nan, index=self.raw.frame.index)
        values = parsing.parse_numbers(self.raw.frame[column], self.rules.notation.decimal)
        self.refuse(
            values.isna() & _is_present(self.raw.frame[column]), column, "unreadable_number"
        )
        self.refuse(values.abs() * 100 > LARGEST_WHOLE, column, "number_too_large")
        return values.mask(values.abs() * 100 > LARGEST_WHOLE)

    def read_moments(self, column: str) -> tuple[parsing.Column, parsing.Column]:
        """A column's moments in UTC and in local time, refusing rows whose value is there but is
        no time."""
        if column not in self.raw.frame:
            nothing = pd.Series(pd.NaT, index=self.raw.frame.index, dtype="datetime64[us]")
            return nothing, nothing
        utc, local = parsing.parse_moments(
            self.raw.frame[column], self.rules.shop.timezone, self.rules.notation
        )
        self._refuse_moments(utc, column)
        return utc, local

    def _refuse_moments(self, utc: parsing.Column, column: str) -> None:
        self.refuse(utc.isna() & _is_present(self.raw.frame[column]), column, "unreadable_time")
        self.refuse((utc < EARLIEST) | (utc > LATEST), column, "time_out_of_range")
        self.refuse(utc > pd.Timestamp(self.rules.read_at + FUTURE), column, "time_in_future")

    def forgive(self, rows: parsing.Column) -> None:
        """Take back what was refused of some rows."""
        self.reason[rows] = None
        self.column[rows] = None

    def build_table(self) -> pd.DataFrame:
        """The refused rows in the columns of QUARANTINE."""
        if not self.raw.broken and self.reason.isna().all():
            return pd.DataFrame(columns=list(QUARANTINE.names))
        bad = self.reason.notna()
        named, frame = self.raw.named, self.raw.frame
        values = self._collect_values(frame, bad)
        rows = self._describe_refused(bad, named, values)
        broken = self._describe_broken()
        tables = [pd.DataFrame(each, columns=list(QUARANTINE.names)) for each in (rows, broken)]
        return tables[0] if not self.raw.broken else pd.concat(tables, ignore_index=True)

    def _collect_values(self, frame: pd.DataFrame, bad: parsing.Column) -> parsing.Column:
        values = pd.Series(pd.NA, index=frame.index, dtype="str")
        for column in self.column[bad].unique():
            if column in frame:
                of = bad & self.column.eq(column)
                values[of] = parsing.parse_text(frame.loc[of, column])
        # These are numbers and days: only what is a mobile number digit by digit is covered in
        # them.
        plain = self.reason.isin(
            ["number_too_large", "time_in_future", "time_out_of_range"]
        ) & ~parsing.match_pattern(values, MOBILE)
        return values.where(
            plain, values.map(mask_contacts, na_action="ignore").astype("str")
        ).str.slice(0, LONGEST_SHOWN)

    def _describe_refused(
        self, bad: parsing.Column, named: Mapping[str, str], values: parsing.Column
    ) -> dict[str, Collection[Any]]:
        return {
            "file": self.raw.file,
            "line": self.raw.lines[bad.to_numpy()],
            "column": self.column[bad].map(lambda ours: named.get(ours, ours)),
            "value": values[bad],
            "reason": self.reason[bad],
        }

    def _describe_broken(self) -> dict[str, Sequence[object]]:
        """How many fields a row has, not what they hold: names and addresses do not belong here."""
        texts = [f"{row.fields} / {row.expected}" for row in self.raw.broken]
        return {
            "file": self.raw.file,
            "line": [row.line for row in self.raw.broken],
            "column": "",
            "value": texts,
            "reason": "broken_row",
        }


def _check_times(out: pd.DataFrame, refusals: _RowErrors, column: str) -> parsing.Column:
    utc, local = refusals.read_moments(column)
    known = refusals.read_moments("known_at")[0]
    out["occurred_at"] = utc
    # Nothing is known before it happens; a source that says so has its clocks wrong.
    out["known_at"] = known.where(known > utc, utc)
    out["local_day"] = local.dt.normalize()
    out["local_hour"] = local.dt.hour.astype("Int64")
    return local


def _check_statuses(
    frame: pd.DataFrame, statuses: Mapping[str, str], refusals: _RowErrors
) -> parsing.Column:
    if "status" not in frame:
        return pd.Series("paid", index=frame.index)
    meaning = parsing.map_values(
        parsing.parse_text(frame["status"]), lambda word: statuses.get(word.strip())
    )
    refusals.refuse(meaning.isna(), "status", "unknown_status")
    return meaning


def _build_result(
    out: pd.DataFrame,
    refusals: _RowErrors,
    kind: str,
    left_out: parsing.Column,
    meaning: parsing.Column,
    words: parsing.Column,
) -> ValidationResult:
    gone, leave = _forgive_left_out(left_out, refusals, meaning, out)
    out["line"] = refusals.raw.lines
    counts = _count_left_out(words, leave, gone)
    staying = ~leave & ~gone
    ours = {"occurred_at": "ordered_at"} if kind == "lines" else {}
    _check_schema(kind, out.loc[refusals.reason.isna() & staying], out, refusals, ours)
    entering = out.loc[refusals.reason.isna() & staying]
    voids = _list_voids(kind, out, words, leave)
    return ValidationResult(entering, refusals.build_table(), counts, voids)


def _list_voids(
    kind: str, out: pd.DataFrame, words: parsing.Column, leave: parsing.Column
) -> pd.DataFrame:
    """The order lines that their status leaves out."""
    if kind != "lines":
        return pd.DataFrame()
    return out.assign(status=words)[["order_id", "sku", "status", "line"]][leave]


def _forgive_left_out(
    left_out: parsing.Column, refusals: _RowErrors, meaning: parsing.Column, out: pd.DataFrame
) -> tuple[parsing.Column, parsing.Column]:
    if left_out.any():
        # A row that is no order may lack what an order needs: what counts is that its status says
        # so.
        refusals.forgive(left_out & meaning.notna())
    gone = _find_erased(out, refusals.rules)
    refusals.forgive(gone)  # nothing of theirs stays, in quarantine either
    leave = left_out & refusals.reason.isna() & ~gone
    return gone, leave


def _count_left_out(
    words: parsing.Column, leave: parsing.Column, gone: parsing.Column
) -> dict[str, int]:
    counts = {str(word): int(n) for word, n in words[leave].value_counts().items()}
    if gone.any():
        counts["erased"] = counts.get("erased", 0) + int(gone.sum())
    return counts


def _check_schema(
    kind: str,
    candidates: pd.DataFrame,
    out: pd.DataFrame,
    refusals: _RowErrors,
    ours: dict[str, str],
) -> None:
    try:
        _build_schema(kind).validate(candidates, lazy=True)
    except SchemaErrors as errors:
        for (column, check), failures in errors.failure_cases.groupby(
            ["column", "check"], sort=False
        ):
            rows = pd.Series(out.index.isin(failures["index"]), index=out.index)
            refusals.refuse(rows, ours.get(str(column), str(column)), str(check))


def _find_erased(out: pd.DataFrame, rules: ValidationContext) -> parsing.Column:
    """Rows of who was erased, known by their id or by the phone they ordered with."""
    gone = pd.Series(False, index=out.index)
    for column, kind in (("customer_id", "customer"), ("phone_hash", "phone")):
        if rules.erased and column in out:
            gone |= is_erased(out[column], rules.key, kind, rules.erased)
    return gone


@cache
def _build_schema(kind: str) -> pa.DataFrameSchema:
    columns = {"lines": STAGED_LINES, "items": STAGED_ITEMS, "events": STAGED_EVENTS}[kind]
    return pa.DataFrameSchema(
        {column.name: _build_pandera_column(column) for column in columns}, strict=True
    )


def _build_pandera_column(column: Column) -> pa.Column:
    checks = []
    if not column.nullable:
        checks.append(
            pa.Check(
                lambda s: s.notna(),
                name=f"{column.name}_missing",
                error=f"{column.name}_missing",
                ignore_na=False,
            )
        )
    if column.type == "whole":
        checks.append(pa.Check(lambda s: s.abs() <= LARGEST_WHOLE, error="number_too_large"))
    if column.name == "kind":
        checks.append(pa.Check(lambda s: s.isin(EVENT_KINDS), error="unknown_kind"))
    return pa.Column(nullable=True, checks=checks)


def _is_present(raw: parsing.Column) -> parsing.Column:
    return (
        parsing.parse_text(raw).notna() if not pd.api.types.is_numeric_dtype(raw) else raw.notna()
    )
