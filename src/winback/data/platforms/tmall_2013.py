"""Tmall's behaviour log of its contest: what users did with brands, by day, without years, prices
or order numbers.

About half its rows repeat another exactly: repeated clicks of a day, which count (SOURCE.md of the
data set).
"""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from winback.data.ingest.parsing import Column, parse_text
from winback.data.ingest.raw_rows import Files, Profile, RawRows, read_mapped
from winback.readers.files import ReadOptions

_LOG = {
    "customer_id": ("user_id",),
    "sku": ("brand_id",),
    "kind": ("type",),
    "ordered_at": ("visit_date_assumed_2013", "visit_datetime"),
}
# assumed, as SOURCE.md does: the log runs from April to August and the contest followed in spring
YEAR = 2013
_BOUGHT = "1"


def _read_orders(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    for raw in _read_log(files, how):
        bought = parse_text(raw.frame["kind"]).eq(_BOUGHT)
        yield _select_part(raw, bought, raw.frame.drop(columns=["kind"]).assign(quantity=1))


def _read_events(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    for raw in _read_log(files, how):
        frame = raw.frame.rename(columns={"ordered_at": "occurred_at", "sku": "ref"})
        named = {**raw.named, "occurred_at": raw.named["ordered_at"], "ref": raw.named["sku"]}
        yield replace(
            _select_part(raw, ~parse_text(raw.frame["kind"]).eq(_BOUGHT), frame), named=named
        )


def _read_log(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    for file in files:
        for raw in read_mapped(file, how, _LOG, tuple(_LOG)):
            days = parse_text(raw.frame["ordered_at"])
            short = days.str.match(r"^\d{1,2}-\d{1,2}$", na=False)
            yield replace(
                raw, frame=raw.frame.assign(ordered_at=days.mask(short, f"{YEAR}-" + days))
            )


def _select_part(raw: RawRows, chosen: Column, frame: pd.DataFrame) -> RawRows:
    return replace(
        raw, frame=frame[chosen].reset_index(drop=True), lines=raw.lines[chosen.to_numpy()]
    )


TMALL_2013 = Profile(
    "tmall_2013",
    _read_orders,
    _read_events,
    kinds={"0": "view", "2": "favourite", "3": "cart"},
    spellings=_LOG,
    marks=("user_id", "brand_id", "type", "visit_datetime"),
    timezone="Asia/Shanghai",
    currency="CNY",
)
