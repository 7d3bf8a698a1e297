"""CDNOW purchase histories: whitespace or Parquet; no order id, so an order is a customer's day."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from winback.settings import Format
from winback.sources.raw import Profile, Raw, mapped

_SPELLINGS = {
    "customer_id": ("customer_id",),
    "ordered_at": ("date",),
    "amount": ("dollar_value",),
    "quantity": ("number_of_cds",),
}


def _orders(paths: Sequence[Path], form: Format) -> Iterator[Raw]:
    for path in paths:
        yield from mapped(path, form, _SPELLINGS, tuple(_SPELLINGS))


CDNOW = Profile("cdnow", _orders)
