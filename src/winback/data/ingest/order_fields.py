"""Exports that write what belongs to the order on its first row only: the rows of its other items
have the order's number, or, where cells were merged in a spreadsheet, not even that."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd

from winback.data.ingest.parsing import Column
from winback.data.ingest.raw_rows import RawRows
from winback.readers.table_end import is_total

_BUYER = ("customer_id", "email", "phone")
_DATES = ("ordered_at", "created_at")
_PRODUCT = ("product_name", "sku")
_OF_THE_ITEM = (
    *("order_id", "sku", "product_name", "category", "quantity", "unit_price", "amount"),
    *("discount", "list_price", "unit_cost", "refund_amount"),
)


def fill_item_rows(raws: Iterable[RawRows]) -> Iterator[RawRows]:
    """Rows of an order table, where item rows lack when it was and what else is the order's with
    these from the first row of their order. An order number is taken on from the row above only
    where all that belongs to the order is missing and a product is there."""
    last: pd.DataFrame | None = None  # the order that the next rows may go on with
    for raw in raws:
        frame = raw.frame
        if raw.broken or frame.empty or not {"order_id", "customer_id"} <= set(frame):
            yield raw
            continue
        if _find_item_rows(frame).any():
            frame = _fill_frame(frame, last)
        last = frame.tail(1)
        yield raw if frame is raw.frame else replace(raw, frame=frame)


def _fill_frame(frame: pd.DataFrame, last: pd.DataFrame | None) -> pd.DataFrame:
    joined = _join(last, frame)
    items = _find_item_rows(joined)
    numbers = joined["order_id"].mask(_is_blank(joined, "order_id"))
    merged = items & numbers.isna() & _have_only_product(joined)
    # Only right below a row of the order: a gap between them may be anything.
    above = numbers.ffill()[merged | numbers.notna()]
    gap = (numbers.isna() & ~merged).cumsum()
    same_run = gap.eq(gap.where(numbers.notna()).ffill())
    numbers = numbers.mask(merged & same_run, above)
    of_order = [str(column) for column in joined if column not in _OF_THE_ITEM]
    whole = joined.mask(joined == "").groupby(numbers, sort=False)[of_order].transform("first")
    filled = joined.assign(order_id=numbers.where(items, joined["order_id"]))
    for column in of_order:
        blank = items & numbers.notna() & _is_blank(joined, column)
        filled[column] = joined[column].mask(blank, whole[column])
    return _cut_joined(_move_totals(filled, items & numbers.notna()), last)


def _move_totals(frame: pd.DataFrame, items: Column) -> pd.DataFrame:
    """A frame in which an amount that only the first row of an order has is the whole order's."""
    if "amount" not in frame or "order_amount" in frame:
        return frame
    blank = _is_blank(frame, "amount")
    # An item with an amount of its own, or an order without one, is not to be explained away.
    if (blank != items).any():
        return frame
    several = frame["order_id"].isin(frame.loc[items, "order_id"])
    total = frame["amount"].mask(blank).groupby(frame["order_id"], sort=False).transform("first")
    return frame.assign(
        order_amount=total.where(several), amount=frame["amount"].mask(several | blank)
    )


def _join(last: pd.DataFrame | None, frame: pd.DataFrame) -> pd.DataFrame:
    return frame if last is None else pd.concat([last, frame], ignore_index=True)


def _cut_joined(joined: pd.DataFrame, last: pd.DataFrame | None) -> pd.DataFrame:
    return joined if last is None else joined.iloc[1:].reset_index(drop=True)


def _find_item_rows(frame: pd.DataFrame) -> Column:
    """Rows that lack when it was, and who bought or are not the first of their order."""
    dates = [column for column in _DATES if column in frame]
    lacking = pd.Series(bool(dates), index=frame.index)
    for column in dates:
        lacking &= _is_blank(frame, column)
    if not lacking.any():
        return lacking
    names_nobody = pd.Series(True, index=frame.index)
    for column in (each for each in _BUYER if each in frame):
        names_nobody &= _is_blank(frame, column)
    goes_on = frame["order_id"].duplicated() & ~_is_blank(frame, "order_id")
    return lacking & (names_nobody | goes_on)


def _have_only_product(frame: pd.DataFrame) -> Column:
    """Rows that name a product and have nothing that belongs to the order."""
    named = pd.Series(False, index=frame.index)
    for column in (each for each in _PRODUCT if each in frame):
        named |= ~_is_blank(frame, column) & ~frame[column].map(is_total).astype(bool)
    for of_order in (str(each) for each in frame if each not in _OF_THE_ITEM):
        named &= _is_blank(frame, of_order)
    return named


def _is_blank(frame: pd.DataFrame, column: str) -> Column:
    cells = frame[column]
    if not pd.api.types.is_string_dtype(cells) and cells.dtype != object:
        return cells.isna()
    return cells.isna() | cells.astype("str").str.strip().eq("")
