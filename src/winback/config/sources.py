"""Where a shop's rows come from: its exports, their columns, who is one person, and from where
on data raise an alert."""

import difflib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from winback.core.schema import EVENT_KINDS

Format = Literal["auto", "csv", "tsv", "whitespace", "parquet", "xlsx", "json"]
Status = Literal["paid", "cancelled", "refunded", "unpaid", "deposit", "ignore"]
DayOrder = Literal["auto", "dmy", "mdy"]
Decimals = Literal["auto", "point", "comma"]


class Settings(BaseModel):
    """A part of a shop file: what it does not know, it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OrderColumns(Settings):
    """Our name = the name in the export. What the export lacks is left out."""

    customer_id: str
    ordered_at: str
    order_id: str | None = None
    amount: str | None = Field(None, description="Line total in currency units, after discounts.")
    unit_price: str | None = Field(None, description="Price of one unit; multiplied by `quantity`.")
    order_amount: str | None = Field(
        None, description="Total of the order, repeated or given once; counted once."
    )
    quantity: str | None = None
    sku: str | None = None
    product_name: str | None = None
    category: str | None = None
    discount: str | None = None
    list_price: str | None = None
    unit_cost: str | None = None
    status: str | None = None
    channel: str | None = None
    known_at: str | None = None
    refunded_at: str | None = None
    refund_amount: str | None = Field(
        None, description="What was paid back of the order; its time is `refunded_at`."
    )
    phone: str | None = Field(None, description="Kept only as a hash; two platforms merge on it.")
    recipient: str | None = Field(
        None, description="Who receives it (a phone or an address); kept only as a hash."
    )
    deposit_of: str | None = Field(
        None, description="The deposit order (预售定金) that this one pays the rest of."
    )
    wholesale: str | None = Field(
        None, description="Yes where the seller says it went to a trader."
    )
    brushing: str | None = Field(None, description="Yes where the seller says it is fake (刷单).")
    note: str | None = Field(
        None, description="The seller's note, searched for the words below; never kept."
    )
    currency: str | None = Field(
        None, description="Rows of another currency than the shop's are kept apart."
    )


class SourceSettings(Settings):
    """Files or a database query, and how they are written where reading cannot tell."""

    paths: tuple[Path, ...] = Field(
        (), description="Files, folders or patterns such as exports/*.csv."
    )
    database: str | None = Field(
        None, description="An SQLAlchemy URL; ${NAME} is taken from the environment."
    )
    query: str | None = None
    profile: str | None = None
    platform: str | None = Field(
        None,
        pattern=r"^[a-z0-9_]{1,32}$",
        description="Put before its ids: two shops may both have a 17.",
    )
    format: Format = "auto"
    encoding: str = "auto"
    sheet: str | None = Field(
        None, description="Of a workbook; left out: every sheet headed like the first."
    )
    dates: DayOrder = Field("auto", description="Which comes first in 02/03/2026.")
    decimals: Decimals = Field("auto", description="What stands before the cents.")
    year: int | None = Field(None, ge=1970, le=2100, description="Of dates that name none.")

    @model_validator(mode="after")
    def _check_one_input(self) -> Self:
        if (self.database is None) != (self.query is None):
            raise ValueError("database and query belong together")
        if self.database and self.paths:
            raise ValueError("name paths or a database, not both")
        return self


class OrderSource(SourceSettings):
    """Where orders come from: columns of your own, or a profile that knows the export."""

    columns: OrderColumns | None = None
    status: dict[str, Status] = {}
    wholesale_units: int | None = Field(
        None, ge=1, description="Units of an order from which it is wholesale."
    )
    wholesale_words: tuple[str, ...] = Field(("批发",), description="In the seller's note.")
    brushing_words: tuple[str, ...] = Field(("刷单", "补单"), description="In the seller's note.")
    counts: tuple[Literal["gift", "wholesale", "brushing"], ...] = Field(
        (), description="What counts as an order all the same."
    )
    accept_unit_change: bool = Field(
        False, description="Amounts may differ more than fivefold from file to file."
    )


class ItemColumns(Settings):
    """Our name = the name in the item sheet."""

    order_id: str
    sku: str | None = None
    product_name: str | None = None
    category: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    amount: str | None = None
    discount: str | None = None
    list_price: str | None = None


class ItemSource(SourceSettings):
    """An item sheet: what each order of the order sheet held, joined by the order's number."""

    columns: ItemColumns | None = None


class EventColumns(Settings):
    """Our name = the name in the export."""

    customer_id: str
    occurred_at: str
    kind: str
    value: str | None = None
    ref: str | None = None
    known_at: str | None = None


class EventSource(SourceSettings):
    """Where events come from. `kinds` translates the export's words into EVENT_KINDS."""

    columns: EventColumns | None = None
    kinds: dict[str, str] = {}

    @field_validator("kinds")
    @classmethod
    def _check_kinds(cls, kinds: dict[str, str]) -> dict[str, str]:
        for kind in kinds.values():
            if kind not in EVENT_KINDS:
                near = difflib.get_close_matches(kind, EVENT_KINDS, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ValueError(
                    f"{kind!r} is no kind of event we know{hint} The kinds are "
                    f"{', '.join(EVENT_KINDS)}"
                )
        return kinds


class ProductColumns(Settings):
    """Our name = the name in the product list."""

    sku: str
    product_id: str | None = Field(
        None, description="The platform's own number of the product (商品ID)."
    )
    name: str | None = None
    category: str | None = None
    list_price: str | None = None
    cost: str | None = None
    stock: str | None = None


class ProductSource(Settings):
    """A product list: what the export calls a product → the shop's SKU, its name, category,
    prices and stock (B57)."""

    path: Path
    columns: ProductColumns


class IdentitySettings(Settings):
    """Which ids are one person (B55). Merges are made anew at every import, so that taking one
    back undoes it."""

    map: Path | None = Field(
        None, description="A table of two columns: an id, and the customer it belongs to."
    )
    phones: bool = Field(
        True, description="Whether two platforms' ids merge on an identical phone hash."
    )


class QualitySettings(Settings):
    """From where on the data raise an alert (B57–B59)."""

    freshness_days: float = Field(
        8.0, gt=0, description="Age of the newest order: a weekly export and a day."
    )
    refused_share: float = Field(0.05, ge=0, le=1)
    missing_share: float = Field(0.15, ge=0, le=1, description="Of a column the shop maps (B57).")
    duplicate_share: float = Field(0.50, ge=0, le=1)
    unmatched_share: float = Field(
        0.15, ge=0, le=1, description="Of ids or products without a match (B57)."
    )
    volume_ratio: tuple[float, float] = Field(
        (0.4, 2.5), description="The last whole week against the eight before."
    )
