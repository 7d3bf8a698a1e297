"""Validation: raw rows → typed rows that keep the promises of `core.schema`; the others to
quarantine, each with its reason.

Rows are typed first, then pandera checks them against schemas derived from the tables. A value that
is there and cannot be read is refused just as one that is missing and needed; nothing is guessed
and nothing is dropped.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from pandera.errors import SchemaErrors

from winback.config.sources import EventSource, ItemSource, OrderSource
from winback.data.erasure_list import is_erased
from winback.data.ingest import parsing
from winback.data.ingest.currency_marks import read_marks
from winback.data.ingest.people import read_ids, read_people
from winback.data.ingest.raw_rows import RawRows
from winback.data.ingest.row_errors import RowErrors, ValidationContext
from winback.data.ingest.row_statuses import COUNTED, check_row_types, check_statuses
from winback.data.ingest.staged_columns import build_schema


@dataclass(frozen=True)
class ValidationResult:
    """What came of some raw rows: those that may enter, those that may not, and those the shop
    says to leave out."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    left_out: Mapping[str, int]
    voids: pd.DataFrame
    newest: str = ""  # moment that a row tells of, also one that is left out


def check_orders(
    raw: RawRows,
    source: OrderSource,
    statuses: Mapping[str, str],
    types: Mapping[str, str],
    rules: ValidationContext,
) -> ValidationResult:
    """Order lines of an export → STAGED_LINES. Statuses other than paid, deposit and refunded,
    and types of rows other than sale and refund, are left out and counted."""
    frame, out, refusals = _start_check(raw, source.platform, rules)
    _read_order_texts(refusals, out, source, frame)
    meaning, words = check_statuses(frame, {**statuses, **source.status}, refusals)
    meaning, words, out["refund_row"] = check_row_types(
        frame, {**types, **source.types}, meaning, words, refusals
    )
    if source.all_refunds:
        out["refund_row"] = meaning.isin(COUNTED)
    leave = ~meaning.isin(COUNTED)
    _read_order_times(refusals, out)
    _read_order_amounts(refusals, out)
    _check_order_fields(frame, refusals, out, rules)
    _read_order_states(meaning, out, frame, refusals)
    _read_order_flags(source, frame, out)
    return _build_result(out, refusals, "lines", leave, meaning, words)


def _read_order_texts(
    refusals: "RowErrors", out: pd.DataFrame, source: OrderSource, frame: pd.DataFrame
) -> None:
    out["order_id"] = read_ids(refusals, "order_id")
    for ours, source_column in (
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


def _read_order_times(refusals: "RowErrors", out: pd.DataFrame) -> None:
    _check_times(out, refusals, "ordered_at")
    out["local_weekend"] = out["local_day"].dt.day_of_week >= 5
    out["refunded_at"] = refusals.read_moments("refunded_at")[0]


def _read_order_amounts(refusals: "RowErrors", out: pd.DataFrame) -> None:
    _check_amounts(out, refusals)
    for ours, source_column in (
        ("order_amount_minor", "order_amount"),
        ("order_discount_minor", "order_discount"),
        ("unit_cost_minor", "unit_cost"),
        ("refund_minor", "refund_amount"),
    ):
        out[ours] = refusals.read_minor(source_column)
    # What was paid back, and taken off, is written with either sign.
    out["refund_minor"] = out["refund_minor"].abs()
    out["order_discount_minor"] = out["order_discount_minor"].abs()
    # A row of nothing but what was paid back, as a ledger has it in a column of its own.
    only_back = out["amount_minor"].isna() & out["order_amount_minor"].isna()
    only_back &= (out["refund_minor"] > 0).fillna(False)
    out["refund_row"] |= only_back
    out["amount_minor"] = out["amount_minor"].mask(only_back, -out["refund_minor"])
    out["refund_minor"] = out["refund_minor"].mask(only_back)
    of_order = out["amount_minor"].isna() & out["order_amount_minor"].notna()
    out["refund_row"] |= of_order & (out["order_amount_minor"] < 0).fillna(False)
    paid_back = -out["amount_minor"].fillna(_share_among_lines(out, of_order)).abs()
    out["amount_minor"] = out["amount_minor"].mask(out["refund_row"], paid_back)
    out["order_amount_minor"] = out["order_amount_minor"].mask(out["refund_row"])


def _share_among_lines(out: pd.DataFrame, of_order: parsing.Column) -> parsing.Column:
    """What was paid back for an order, which stands on each line of it, once over all that are
    kept: a line that names nobody takes no part of it away."""
    shared = of_order & out["refund_row"] & out["customer_id"].notna()
    total = out["order_amount_minor"].abs().where(shared)
    lines = total.groupby([out["order_id"], out["occurred_at"], total], sort=False)
    count = lines.transform("size").fillna(1)
    part = total // count
    rest = total - part * count
    return part + rest.where(lines.cumcount() == 0, 0)


def _check_order_fields(
    frame: pd.DataFrame, refusals: "RowErrors", out: pd.DataFrame, rules: ValidationContext
) -> None:
    if "order_amount" not in frame and {"amount", "unit_price"} & set(frame):
        refusals.refuse(
            out["amount_minor"].isna(),
            "amount" if "amount" in frame else "unit_price",
            "amount_missing",
        )
    if "order_id" in frame:
        refusals.refuse(out["order_id"].isna(), "order_id", "order_id_missing")
        refusals.check_ids("order_id", out["order_id"])
    if "currency" in frame:
        currency = parsing.parse_text(frame["currency"])
        is_ours = parsing.map_values(
            currency, lambda written: rules.shop.currency in read_marks(written)
        )
        refusals.refuse(currency.notna() & is_ours.ne(True), "currency", "other_currency")


def _read_order_states(
    meaning: parsing.Column, out: pd.DataFrame, frame: pd.DataFrame, refusals: "RowErrors"
) -> None:
    out["refunded"] = meaning.eq("refunded") & ~out["refund_row"]
    out["deposit"] = meaning.eq("deposit")
    out["loose_refund"] = frame["loose_refund"].astype(bool) if "loose_refund" in frame else False
    pays_back = ~(out["amount_minor"] >= 0).fillna(True)
    is_refund = out["loose_refund"] | out["refund_row"]
    refusals.refuse(is_refund & ~pays_back, "amount", "refund_of_nothing")


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


def check_items(raw: RawRows, source: ItemSource, rules: ValidationContext) -> ValidationResult:
    """Rows of an item sheet → STAGED_ITEMS."""
    refusals = RowErrors(raw, rules)
    out = pd.DataFrame({"order_id": read_ids(refusals, "order_id")}, index=raw.frame.index)
    refusals.refuse(out["order_id"].isna(), "order_id", "order_id_missing")
    refusals.check_ids("order_id", out["order_id"])
    if source.platform:
        out["order_id"] = f"{source.platform}:" + out["order_id"]
    for ours, source_column in (("sku", "sku"), ("name", "product_name"), ("category", "category")):
        out[ours] = refusals.read_text(source_column)
    out["payment_minor"] = refusals.read_minor("order_amount")
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
    frame, people, refusals = _start_check(raw, source.platform, rules)
    out = people[["customer_id"]].copy()
    kind = _read_event_kinds(kinds, source, frame, out)
    local = _check_times(out, refusals, "occurred_at")
    out["local_hour"] = out["local_hour"].where(
        local != out["local_day"]
    )  # days alone do not tell of the night
    out["value"] = parsing.round_to_whole(refusals.read_numbers("value"))
    out["ref"] = refusals.read_text("ref")
    is_other = out["kind"].eq("ignore")
    return _build_result(out, refusals, "events", is_other, kind, kind.mask(is_other))


def _read_event_kinds(
    kinds: Mapping[str, str], source: EventSource, frame: pd.DataFrame, out: pd.DataFrame
) -> parsing.Column:
    meant = {**kinds, **source.kinds}
    kind = parsing.parse_text(frame["kind"])
    out["kind"] = kind.map(meant).where(kind.isin(list(meant)), kind)
    return kind


def _start_check(
    raw: RawRows, platform: str | None, rules: ValidationContext
) -> "tuple[pd.DataFrame, pd.DataFrame, RowErrors]":
    """The raw frame, a frame with who placed each row, and their refusals."""
    refusals = RowErrors(raw, rules)
    return raw.frame, read_people(refusals, platform), refusals


def _check_amounts(out: pd.DataFrame, refusals: "RowErrors") -> None:
    quantity = refusals.read_numbers("quantity")
    amount = refusals.read_numbers("amount")
    frame = refusals.raw.frame
    if "unit_price" in frame and "amount" not in frame:
        amount = refusals.read_numbers("unit_price") * quantity
        too_large = refusals.is_too_large(amount)
        refusals.refuse(too_large, "unit_price", "number_too_large")
        amount = amount.mask(too_large)
    out["quantity"] = parsing.round_to_whole(quantity)
    out["amount_minor"] = parsing.to_minor(amount, refusals.rules.shop.currency)
    for ours, source_column in (("discount_minor", "discount"), ("list_price_minor", "list_price")):
        out[ours] = refusals.read_minor(source_column)
    # What was taken off is written with either sign.
    out["discount_minor"] = out["discount_minor"].abs()


def _check_times(out: pd.DataFrame, refusals: RowErrors, column: str) -> parsing.Column:
    utc, local = refusals.read_moments(column)
    known = refusals.read_moments("known_at")[0]
    out["occurred_at"] = utc
    # Nothing is known before it happens; a source that says so has its clocks wrong.
    out["known_at"] = known.where(known > utc, utc)
    out["local_day"] = local.dt.normalize()
    out["local_hour"] = local.dt.hour.astype("Int64")
    return local


def _build_result(
    out: pd.DataFrame,
    refusals: RowErrors,
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
    newest = _find_newest(out[refusals.reason.isna() & ~gone])
    return ValidationResult(entering, refusals.build_table(), counts, voids, newest)


def _find_newest(rows: pd.DataFrame) -> str:
    """The newest moment that rows tell of, as ISO; empty where they tell of none."""
    times = [column for column in ("known_at", "refunded_at") if column in rows]
    newest = rows[times].max().max() if times else pd.NaT
    return "" if pd.isna(newest) else str(newest.isoformat())


def _list_voids(
    kind: str, out: pd.DataFrame, words: parsing.Column, leave: parsing.Column
) -> pd.DataFrame:
    """The order lines that their status leaves out."""
    if kind != "lines":
        return pd.DataFrame()
    left_out = leave & words.notna()
    return out.assign(status=words)[["order_id", "sku", "status", "line"]][left_out]


def _forgive_left_out(
    left_out: parsing.Column, refusals: RowErrors, meaning: parsing.Column, out: pd.DataFrame
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
    refusals: RowErrors,
    ours: dict[str, str],
) -> None:
    try:
        build_schema(kind).validate(candidates, lazy=True)
    except SchemaErrors as errors:
        for (column, check), failures in errors.failure_cases.groupby(
            ["column", "check"], sort=False
        ):
            rows = pd.Series(out.index.isin(failures["index"]), index=out.index)
            refusals.refuse(rows, ours.get(str(column), str(column)), str(check))


def _find_erased(out: pd.DataFrame, rules: ValidationContext) -> parsing.Column:
    """Rows of who was erased, known by their id or by the phone or e-mail they ordered with."""
    gone = pd.Series(False, index=out.index)
    marks = (("customer_id", "customer"), ("phone_hash", "phone"), ("email_hash", "email"))
    for column, kind in marks:
        if rules.erased and column in out:
            gone |= is_erased(out[column], rules.key, kind, rules.erased)
    return gone
