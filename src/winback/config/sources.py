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
    """What the columns of the order file are called: our name = the name in your export. Leave
    out what the export does not have."""

    customer_id: str = Field(
        description="Who ordered. An id that is an e-mail address or a phone number becomes a "
        "pseudonym at import."
    )
    ordered_at: str = Field(
        description="When it was paid, such as 2026-11-16 09:30:00; a day alone will do. A time "
        "without a zone is the shop's own."
    )
    order_id: str | None = Field(
        None, description="The order's number. Left out: an order is a customer's day."
    )
    amount: str | None = Field(
        None,
        description="Total of the line in currency units, after discounts. Left out: from "
        "`unit_price`, or `order_amount` alone.",
    )
    unit_price: str | None = Field(
        None,
        description="Price of one unit, multiplied by `quantity`, which is then needed too. Not "
        "read beside `amount`.",
    )
    order_amount: str | None = Field(
        None,
        description="Total of the order, repeated on its rows or given once; counted once. Goes "
        "before the sum of its lines.",
    )
    quantity: str | None = Field(
        None, description="Units of the line. Left out: unknown. Needed with `unit_price`."
    )
    sku: str | None = Field(
        None,
        description="What was bought. Left out: no bestsellers, no bargains, and no products "
        "named in messages.",
    )
    product_name: str | None = Field(
        None, description="The product's name, as messages may say it. Left out: none is named."
    )
    category: str | None = Field(
        None, description="The product's category. Left out: low prices are judged shop-wide."
    )
    discount: str | None = Field(
        None,
        description="What was taken off the line, in currency units. Left out: nothing is known "
        "of discounts.",
    )
    list_price: str | None = Field(
        None,
        description="List price of one unit, in currency units. A refunded line without an amount "
        "counts with it.",
    )
    unit_cost: str | None = Field(
        None,
        description="What one unit cost the shop, in currency units; gives the margin of waves. "
        "Left out: `margin_share` in `[measurement]`.",
    )
    status: str | None = Field(
        None,
        description="Whether it is paid, cancelled, refunded …, as `[orders.status]` translates "
        "it. Left out: every row is paid.",
    )
    channel: str | None = Field(
        None,
        description="Where the order was placed, in your words. Left out: the `platform` of the "
        "source.",
    )
    known_at: str | None = Field(
        None,
        description="When the shop could know of the row; earlier than `ordered_at` it counts as "
        "that. Left out: at `ordered_at`.",
    )
    refunded_at: str | None = Field(
        None,
        description="When it was paid back. Left out: a refund counts as known 30 days after the "
        "order.",
    )
    refund_amount: str | None = Field(
        None,
        description="What was paid back of the order, in currency units; its time is "
        "`refunded_at`.",
    )
    phone: str | None = Field(
        None,
        description="The buyer's phone, kept only as a hash. Ids of two platforms with the same "
        "one merge, see `[identity]`.",
    )
    recipient: str | None = Field(
        None,
        description="Who receives it (a phone or an address), kept only as a hash. Customers with "
        "one recipient are one household in the holdout.",
    )
    deposit_of: str | None = Field(
        None,
        description="The number of the deposit order (预售定金) that this one pays the rest of: "
        "both become one order.",
    )
    wholesale: str | None = Field(
        None, description="Yes where the seller says it went to a trader: then it is no order."
    )
    brushing: str | None = Field(
        None, description="Yes where the seller says it is fake (刷单): then it is no order."
    )
    note: str | None = Field(
        None,
        description="The seller's note, searched for `wholesale_words` and `brushing_words`; "
        "never kept.",
    )
    currency: str | None = Field(
        None,
        description="The row's currency. A row in another one than the shop's is refused. Left "
        "out: all are in the shop's.",
    )


class SourceSettings(Settings):
    """Files or a database query, and how they are written where reading cannot tell."""

    paths: tuple[Path, ...] = Field(
        (),
        description="Files, folders or patterns such as `exports/*.csv`, from the shop file's "
        "folder. Left out: `database`.",
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
        description="The export's kind: taobao, jd, youzan, douyin, shopify, woocommerce, "
        "tmall_2013, cdnow, online_retail, completejourney. Left out: `columns`.",
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
        description="Any codec Python knows, such as `big5`. `auto`: UTF-8, UTF-16 or GB18030, "
        "found by reading.",
    )
    sheet: str | None = Field(
        None,
        description="The sheet of a workbook. Left out: the first with rows, and every later one "
        "with the same header.",
    )
    dates: DayOrder = Field(
        "auto",
        description="Which comes first in 02/03/2026, day or month. `auto`: found by reading; a "
        "file that leaves it open is refused.",
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
        description="What each value of the `status` column means. Goes before the profile's own "
        "words; a value that neither knows is refused.",
        examples=[{"交易成功": "paid", "Back": "refunded"}],
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


class ItemColumns(Settings):
    """What the columns of the item sheet are called: our name = the name in your export."""

    order_id: str = Field(description="The number of the order an item belongs to.")
    sku: str | None = Field(
        None, description="What was bought. Left out: unknown, whatever the order's row says."
    )
    product_name: str | None = Field(
        None,
        description="The product's name, as messages may say it. Left out: as the order's row "
        "says.",
    )
    category: str | None = Field(
        None, description="The product's category. Left out: as the order's row says."
    )
    quantity: str | None = Field(
        None, description="Units; needed with `unit_price`. Left out: unknown."
    )
    unit_price: str | None = Field(
        None,
        description="Price of one unit in currency units, multiplied by `quantity`. Not read "
        "beside `amount`.",
    )
    amount: str | None = Field(
        None,
        description="What was paid for the item in currency units, after discounts. Left out: "
        "from `unit_price`, else unknown.",
    )
    discount: str | None = Field(
        None,
        description="What was taken off the item, in currency units. Left out: as the order's row "
        "says.",
    )
    list_price: str | None = Field(
        None,
        description="List price of one unit, in currency units. Left out: as the order's row says.",
    )


class ItemSource(SourceSettings):
    """An item sheet: what each order of the order sheet held, joined by the order's number."""

    columns: ItemColumns | None = Field(
        None, description="The names of your columns; needed without a `profile`."
    )


class EventColumns(Settings):
    """What the columns of the event file are called: our name = the name in your export."""

    customer_id: str = Field(
        description="Whose event it is: the same ids as in the orders of its `platform`."
    )
    occurred_at: str = Field(
        description="When it happened; a day alone will do, but then nothing is known of the night."
    )
    kind: str = Field(description="What happened, as `[events.kinds]` translates it.")
    value: str | None = Field(
        None,
        description="A whole number: seconds of a view, cents of a coupon, stars of a review. "
        "Left out: unknown.",
    )
    ref: str | None = Field(
        None,
        description="What it refers to: a campaign, a coupon, a SKU, an order. Left out: unknown.",
    )
    known_at: str | None = Field(
        None,
        description="When the shop could know of it; earlier than `occurred_at` it counts as "
        "that. Left out: at `occurred_at`.",
    )


class EventSource(SourceSettings):
    """Where events come from: views, carts, coupons, complaints and what else customers do
    besides ordering."""

    columns: EventColumns | None = Field(
        None, description="The names of your columns; needed without a `profile`."
    )
    kinds: dict[str, str] = Field(
        {},
        description="What each value of the `kind` column means. A value that is not here must be "
        "one of our kinds, else its row is refused.",
        examples=[{"pv": "view", "basket": "cart"}],
    )

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
    """What the columns of the product list are called: our name = the name in your list."""

    sku: str = Field(description="The shop's own number of the product.")
    product_id: str | None = Field(
        None,
        description="The platform's own number of the product (商品ID): orders that name it get "
        "the SKU. Left out: orders name SKUs.",
    )
    name: str | None = Field(
        None, description="The product's name; in the product table it goes before the orders'."
    )
    category: str | None = Field(
        None, description="Its category; in the product table it goes before the orders'."
    )
    list_price: str | None = Field(
        None,
        description="Its list price in currency units; in the product table it goes before the "
        "orders'.",
    )
    cost: str | None = Field(
        None,
        description="What one unit costs, in currency units, for the product table. Margins come "
        "from `unit_cost` of the orders.",
    )
    stock: str | None = Field(
        None,
        description="Units left: messages do not name a product with none. Left out: everything "
        "is in stock.",
    )


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
