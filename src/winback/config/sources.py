"""Where a shop's rows come from: its exports, their columns, who is one person, and from where
on data raise an alert."""

import difflib
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from winback.config.settings import Settings
from winback.config.source_columns import EventColumns, ItemColumns, OrderColumns, ProductColumns
from winback.core.schema import EVENT_KINDS

Format = Literal["auto", "csv", "tsv", "whitespace", "parquet", "xlsx", "json"]
Status = Literal["paid", "cancelled", "refunded", "unpaid", "deposit", "ignore"]
RowType = Literal["sale", "refund", "event", "ignore"]
DayOrder = Literal["auto", "dmy", "mdy", "ymd"]
Decimals = Literal["auto", "point", "comma"]
AmountsIn = Literal["units", "minor"]


class SourceSettings(Settings):
    """Files or a database query, and how they are written where reading cannot tell."""

    paths: tuple[Path, ...] = Field(
        (),
        description="Files, folders or patterns such as `exports/*.csv`, from the shop file's "
        "folder. Sources may share a folder: columns decide. Left out: `database`.",
    )
    database: str | None = Field(
        None,
        description="An SQLAlchemy URL to read from instead of `paths`, with `query`; `${NAME}` "
        "is taken from the environment.",
    )
    query: str | None = Field(
        None, description="The SQL whose rows are read; needed with `database`, else left out."
    )
    profile: str | None = Field(
        None,
        description="The platform whose export it is, one of those listed below; "
        "`winback import` finds it. Left out: `columns`.",
    )
    platform: str | None = Field(
        None,
        pattern=r"^[a-z0-9_]{1,32}$",
        description="Put before this source's ids, as in `jd:17`: two platforms may both have a "
        "customer 17. Left out: nothing.",
    )
    format: Format = Field(
        "auto",
        description="What kind of file it is. `auto`: found by reading; a file's name does not "
        "matter. `xlsx`: any workbook, also .xls, .xlsb and .ods.",
    )
    encoding: str = Field(
        "auto",
        description="Any codec Python knows, such as `big5`. `auto`: UTF-8, UTF-16, or "
        "what the letters of the file leave no doubt about.",
    )
    sheet: str | None = Field(
        None,
        description="The sheet of a workbook. Left out: the one that holds the table, found by its "
        "columns, and every other one with the same header.",
    )
    dates: DayOrder = Field(
        "auto",
        description="Which comes first in 02/03/2026, day or month; `ymd`: the year in 26/03/02. "
        "`auto`: found by reading; a file that leaves it open is refused.",
    )
    decimals: Decimals = Field(
        "auto",
        description="What stands before the cents. `auto`: found by reading; a file that leaves "
        "it open is refused.",
    )
    year: int | None = Field(
        None,
        ge=1970,
        le=2100,
        description="The year of dates that name none, such as 11-16. Left out: such rows are "
        "refused.",
    )

    @model_validator(mode="after")
    def _check_one_input(self) -> Self:
        if (self.database is None) != (self.query is None):
            raise ValueError("database and query belong together")
        if self.database and self.paths:
            raise ValueError("name paths or a database, not both")
        return self


class OrderSource(SourceSettings):
    """Where orders come from: a profile that knows the export, or columns of your own."""

    columns: OrderColumns | None = Field(
        None, description="The names of your columns; needed without a `profile`."
    )
    status: dict[str, Status] = Field(
        {},
        description="What each value of the `status` column means, or `COLUMN=value` of one; goes "
        "before the profile's words. A value that neither knows is refused.",
        examples=[{"交易成功": "paid", "Back": "refunded"}],
    )
    types: dict[str, RowType] = Field(
        {},
        description="What each value of the `row_type` column means: a refund is a row of its own "
        "for what was paid back; `event`: `[events]` reads it. Others are refused.",
        examples=[{"Sale": "sale", "Refund": "refund", "Fee": "ignore"}],
    )
    amounts_in: AmountsIn = Field(
        "units",
        description="`minor`: amounts are whole cents, as programs write them, 1999 for 19.99.",
    )
    all_refunds: bool = Field(
        False,
        description="Whether every row pays something back, as in a file of credit notes: none "
        "of them is an order.",
    )
    wholesale_units: int | None = Field(
        None,
        ge=1,
        description="From how many units on an order is wholesale, and so no order. Left out: no "
        "number is too large.",
    )
    wholesale_words: tuple[str, ...] = Field(
        ("批发",), description="Words in the seller's note that make an order wholesale."
    )
    brushing_words: tuple[str, ...] = Field(
        ("刷单", "补单"), description="Words in the seller's note that make an order a fake one."
    )
    counts: tuple[Literal["gift", "wholesale", "brushing"], ...] = Field(
        (),
        description="What counts as an order all the same; `gift` is an order for which nothing "
        "was paid.",
    )
    accept_unit_change: bool = Field(
        False,
        description="Whether amounts may differ more than fivefold from file to file. `false`: "
        "such a file is refused, as yuan may have become fen.",
    )

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        columns = self.columns
        if columns and not self.profile and not (columns.customer_id and columns.ordered_at):
            raise ValueError("columns need customer_id and ordered_at where no profile is named")
        return self


class ItemSource(SourceSettings):
    """An item sheet: what each order of the order sheet held, joined by the order's number."""

    columns: ItemColumns | None = Field(
        None, description="The names of your columns; needed without a `profile`."
    )
    amounts_in: AmountsIn = Field("units", description="`minor`: amounts are whole cents.")


class EventSource(SourceSettings):
    """Where events come from: views, carts, coupons, complaints and what else customers do
    besides ordering."""

    columns: EventColumns | None = Field(
        None, description="The names of your columns; needed without a `profile`."
    )
    kinds: dict[str, str] = Field(
        {},
        description="What each value of the `kind` column means; `ignore`: no event. A value "
        "that is not here must be one of our kinds, else its row is refused.",
        examples=[{"pv": "view", "basket": "cart", "purchase": "ignore"}],
    )

    @field_validator("kinds")
    @classmethod
    def _check_kinds(cls, kinds: dict[str, str]) -> dict[str, str]:
        for kind in kinds.values():
            if kind not in (*EVENT_KINDS, "ignore"):
                near = difflib.get_close_matches(kind, EVENT_KINDS, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ValueError(
                    f"{kind!r} is no kind of event we know{hint} The kinds are "
                    f"{', '.join(EVENT_KINDS)}"
                )
        return kinds


class ProductSource(Settings):
    """A product list: what the export calls a product → the shop's SKU, its name, category,
    prices and stock (B57)."""

    path: Path = Field(description="The list: a CSV, a workbook, JSON or Parquet.")
    columns: ProductColumns = Field(description="The names of its columns.")


class IdentitySettings(Settings):
    """Which ids are one person (B55). Merges are made anew at every import; `winback merges` lists
    them and undoes one."""

    map: Path | None = Field(
        None,
        description="A table `id,customer`: an id, and the customer it belongs to. Left out: no "
        "ids merge by a map.",
    )
    phones: bool = Field(
        True,
        description="Whether ids of two platforms merge on an identical phone. One platform never "
        "merges its own.",
    )


class QualitySettings(Settings):
    """From where on the data raise an alert (B57–B59)."""

    freshness_days: float = Field(
        8.0,
        gt=0,
        description="Days since a source's newest row: above it is old. 8 is a weekly export and a "
        "day.",
    )
    refused_share: float = Field(
        0.05, ge=0, le=1, description="Part of a source's rows that may be refused."
    )
    missing_share: float = Field(
        0.15,
        ge=0,
        le=1,
        description="Part of a source's rows that may lack a value in a column that it has (B57).",
    )
    duplicate_share: float = Field(
        0.50,
        ge=0,
        le=1,
        description="Rows dropped because another file has them too, as a part of the rows kept.",
    )
    unmatched_share: float = Field(
        0.15,
        ge=0,
        le=1,
        description="Part of the customers missing in the `map`, or of the SKUs missing in the "
        "product list (B57).",
    )
    volume_ratio: tuple[float, float] = Field(
        (0.4, 2.5),
        description="The least and the most rows of the last whole week, divided by the median of "
        "the eight before.",
    )
