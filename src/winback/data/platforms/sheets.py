"""What most platforms export: one table whose columns have names of their own, read as they are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pandas as pd

from winback.data.ingest.raw_rows import Files, RawRows, Reader, Spellings, read_mapped
from winback.data.platforms.columns import strip_text_marks
from winback.data.platforms.first_lines import fill_orders
from winback.readers.files import ReadOptions

Convert = Callable[[pd.DataFrame], pd.DataFrame]


def build_sheet_reader(
    spellings: Spellings,
    needed: tuple[str, ...],
    convert: Convert | None = None,
    of_order: Sequence[str] = (),
) -> Reader:
    """A reader of a table. convert: what the platform writes otherwise than others, put right;
    of_order: ours that stand on the first row of an order only."""

    def read(files: Files, how: ReadOptions) -> Iterator[RawRows]:
        for file in files:
            raws = read_mapped(file, how, spellings, needed)
            for raw in fill_orders(raws, of_order) if of_order else raws:
                frame = raw.frame.copy()
                for column in (each for each in _MARKED if each in frame):
                    frame[column] = strip_text_marks(frame[column])
                yield replace(raw, frame=convert(frame) if convert and len(frame) else frame)

    return read


# A tab or an apostrophe behind or before it keeps a spreadsheet from ruining a long number.
_MARKED = ("order_id", "customer_id", "ordered_at", "status", "status_2", "sku")


def mark_after_sales(frame: pd.DataFrame) -> pd.DataFrame:
    """A paid order whose after-sale ended with the money back is refunded."""
    if not {"status", "after_sale"} <= set(frame):
        return frame.drop(columns=["after_sale"], errors="ignore")
    is_back = frame["after_sale"].str.contains("退款成功|售后完成|已退款", regex=True, na=False)
    status = frame["status"].mask(is_back, "refunded")
    return frame.assign(status=status).drop(columns=["after_sale"])
