"""A shop's own column map: any export whose columns the shop file names."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from winback.settings import EventColumns, Format, OrderColumns
from winback.sources.raw import Profile, Raw, mapped


def own_columns(orders: OrderColumns | None, events: EventColumns | None) -> Profile:
    """A profile made of the shop file's `[orders.columns]` and `[events.columns]`; every column named must be there."""

    def read_orders(paths: Sequence[Path], form: Format) -> Iterator[Raw]:
        yield from _read(paths, form, orders)

    def read_events(paths: Sequence[Path], form: Format) -> Iterator[Raw]:
        yield from _read(paths, form, events)

    return Profile("columns", read_orders, read_events)


def _read(paths: Sequence[Path], form: Format, columns: BaseModel | None) -> Iterator[Raw]:
    spellings = {ours: (theirs,) for ours, theirs in columns.model_dump(exclude_none=True).items()} if columns else {}
    for path in paths:
        yield from mapped(path, form, spellings, tuple(spellings))
