"""A shop's own column map: any export whose columns the shop file names."""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel

from winback.config.sources import EventColumns, ItemColumns, OrderColumns
from winback.data.ingest.parsing import Column, text
from winback.data.ingest.raw_rows import Files, Profile, Raw, Reader, Spellings, mapped
from winback.data.readers.files import How


def own_columns(
    orders: OrderColumns | None,
    items: ItemColumns | None = None,
    events: EventColumns | None = None,
) -> Profile:
    """A profile made of the shop file's own column maps; every column named must be there."""
    return Profile("columns", _reader(orders), _reader(events), _reader(items))


def _reader(columns: BaseModel | None) -> Reader:
    spellings = (
        {ours: (theirs,) for ours, theirs in columns.model_dump(exclude_none=True).items()}
        if columns
        else {}
    )

    def read(files: Files, how: How) -> Iterator[Raw]:
        for file in files:
            yield from mapped(file, how, spellings, tuple(spellings))

    return read


def exported(spellings: Spellings, needed: tuple[str, ...]) -> Reader:
    """A reader of an export of a Chinese platform: numbers lose the marks that make a sheet show
    them whole."""

    def read(files: Files, how: How) -> Iterator[Raw]:
        for file in files:
            for raw in mapped(file, how, spellings, needed):
                frame = raw.frame.copy()
                for column in (each for each in _MARKED if each in frame):
                    frame[column] = unmarked(frame[column])
                yield replace(raw, frame=frame)

    return read


_MARKED = ("order_id", "customer_id", "phone", "recipient", "sku", "status", "deposit_of")


def unmarked(raw: Column) -> Column:
    """Text without the apostrophe before, the tab behind or the `="…"` around that keep a
    spreadsheet from ruining it."""
    return text(text(raw).str.strip().str.strip("'`\t").str.strip())
