"""Which column of an export is which of ours, for orders, items, events and products."""

from pydantic import Field

from winback.config.settings import Settings


class OrderColumns(Settings):
    """What the columns of the order file are called: our name = the name in your export. Leave
    out what the export does not have."""

    customer_id: str | None = Field(
        None,
        description="Who ordered; needed without a profile. An id that is an e-mail address or a "
        "phone number becomes a pseudonym at import.",
    )
    ordered_at: str | None = Field(
        None,
        description="When it was paid, such as 2026-11-16 09:30:00; a day alone will do; needed "
        "without a profile. A time without a zone is the shop's own.",
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
    order_discount: str | None = Field(
        None,
        description="What was taken off the whole order, repeated on its rows or given once; "
        "counted once, beside the `discount` of its lines.",
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
    status: str | tuple[str, ...] | None = Field(
        None,
        description="Whether it is paid, cancelled, refunded …, as `[orders.status]` translates "
        "it; of several columns the weakest word counts. Left out: every row is paid.",
    )
    cancelled_at: str | None = Field(
        None,
        description="When it was cancelled: a paid row with a value here is no order. Left out: "
        "the status alone tells.",
    )
    row_type: str | None = Field(
        None,
        description="Whether a row is a sale or a refund, as `[orders.types]` says it. Left out: "
        "a negative amount is a refund.",
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
    email: str | None = Field(
        None,
        description="The buyer's e-mail, kept only as a hash: who ordered where `customer_id` is "
        "blank or 0. Left out: such rows go by `phone`, or are refused.",
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
    order_amount: str | None = Field(
        None,
        description="What was paid of the order, in currency units, added up over its rows: of a "
        "sheet of payments. Left out: the sheet is no such.",
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
        description="A whole number: seconds of a view, minor units of a coupon, stars of a "
        "review. "
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
