"""A shop's own column map: any export whose columns the shop file names."""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel

from winback.config.source_columns import EventColumns, ItemColumns, OrderColumns
from winback.data.ingest.order_fields import fill_item_rows
from winback.data.ingest.parsing import Column, parse_text
from winback.data.ingest.raw_rows import Files, Profile, RawRows, Reader, Spellings, read_mapped
from winback.readers.files import ReadOptions


def build_own_profile(
    orders: OrderColumns | None,
    items: ItemColumns | None = None,
    events: EventColumns | None = None,
) -> Profile:
    """A profile made of the shop file's own column maps; every column named must be there."""
    return Profile("columns", _build_reader(orders), _build_reader(events), _build_reader(items))


def _build_reader(columns: BaseModel | None) -> Reader:
    spellings = {ours: (column,) for ours, column in list_columns(columns)}

    def read(files: Files, how: ReadOptions) -> Iterator[RawRows]:
        for file in files:
            raws = read_mapped(file, how, spellings, tuple(spellings))
            yield from fill_item_rows(raws) if isinstance(columns, OrderColumns) else raws

    return read


def list_columns(columns: BaseModel | None) -> Iterator[tuple[str, str]]:
    """Our name and the file's of each column of a map. Of several status columns the second is
    `status_2`, and so on."""
    named = columns.model_dump(exclude_none=True) if columns else {}
    for ours, theirs in named.items():
        if isinstance(theirs, str):
            yield ours, theirs
            continue
        for number, column in enumerate(theirs, start=1):
            yield (ours if number == 1 else f"{ours}_{number}"), column


def build_export_reader(spellings: Spellings, needed: tuple[str, ...]) -> Reader:
    """A reader of an export of a Chinese platform: numbers lose the marks that make a sheet show
    them whole."""

    def read(files: Files, how: ReadOptions) -> Iterator[RawRows]:
        for file in files:
            for raw in read_mapped(file, how, spellings, needed):
                frame = raw.frame.copy()
                for column in (each for each in _MARKED if each in frame):
                    frame[column] = strip_text_marks(frame[column])
                yield replace(raw, frame=frame)

    return read


_MARKED = ("order_id", "customer_id", "phone", "recipient", "sku", "status", "deposit_of")


def strip_text_marks(raw: Column) -> Column:
    """Text without the apostrophe before, the tab behind or the `="…"` around that keep a
    spreadsheet from ruining it."""
    return parse_text(parse_text(raw).str.strip().str.strip("'`\t").str.strip())
