"""The columns of what is staged between validation and the building of the canonical tables, and
the pandera schemas derived from them."""

from functools import cache

import pandera.pandas as pa

from winback.core.schema import EVENT_KINDS, LARGEST_MINOR, LARGEST_WHOLE, Column

# What is staged between validation and the building of the canonical tables.
_LINE = Column("line", "whole", "Its line in its file, to explain it by.")
STAGED_LINES = (
    Column("customer_id", "text", "Whose row it is."),
    Column("order_id", "text", "The shop's order number, if it has one.", True),
    Column("occurred_at", "moment", "When it was paid, UTC."),
    Column("known_at", "moment", "When the shop could know of it, UTC."),
    Column("sku", "text", "What was bought.", True),
    Column("name", "text", "Its name.", True),
    Column("category", "text", "Its category.", True),
    Column("quantity", "whole", "How many units.", True),
    Column("amount_minor", "whole", "What was paid for the line.", True),
    Column("order_amount_minor", "whole", "What was paid for the whole order.", True),
    Column("discount_minor", "whole", "What was taken off.", True),
    Column("order_discount_minor", "whole", "What was taken off the whole order.", True),
    Column("list_price_minor", "whole", "The list price of one unit.", True),
    Column("unit_cost_minor", "whole", "What one unit cost the shop.", True),
    Column("channel", "text", "Where it was placed.", True),
    Column("local_day", "day", "The shop's own day."),
    Column("local_hour", "whole", "The shop's own hour."),
    Column("local_weekend", "flag", "Saturday or Sunday."),
    Column("loose_refund", "flag", "A refund that names no order."),
    Column("refund_row", "flag", "A row of its own for what was paid back."),
    Column("refunded", "flag", "The whole order was paid back."),
    Column("refunded_at", "moment", "When it was paid back, if the shop says.", True),
    Column("refund_minor", "whole", "What was paid back of the order, if the shop says.", True),
    Column("email_hash", "text", "The buyer's e-mail address, hashed.", True),
    Column("plus_of", "text", "That of the address without its plus, where it has one.", True),
    Column("phone_hash", "text", "The buyer's phone, hashed.", True),
    Column("recipient_key", "text", "Who received it, hashed.", True),
    Column("deposit", "flag", "A deposit whose rest is open."),
    Column("deposit_of", "text", "The deposit order this one pays the rest of.", True),
    Column("wholesale", "flag", "By the seller's own word."),
    Column("brushing", "flag", "By the seller's own word."),
    _LINE,
)
STAGED_ITEMS = (
    Column("order_id", "text", "The order it belongs to."),
    Column("payment_minor", "whole", "What was paid of the order, in a sheet of payments.", True),
    Column("sku", "text", "What was bought.", True),
    Column("name", "text", "Its name.", True),
    Column("category", "text", "Its category.", True),
    Column("quantity", "whole", "How many units.", True),
    Column("amount_minor", "whole", "What was paid for the line.", True),
    Column("discount_minor", "whole", "What was taken off.", True),
    Column("list_price_minor", "whole", "The list price of one unit.", True),
    _LINE,
)
STAGED_EVENTS = (
    Column("customer_id", "text", "Whose event it is."),
    Column("kind", "text", "One of EVENT_KINDS."),
    Column("occurred_at", "moment", "When it happened, UTC."),
    Column("known_at", "moment", "When the shop could know of it, UTC."),
    Column("local_day", "day", "The shop's own day."),
    Column("local_hour", "whole", "The shop's own hour, if it says more than the day.", True),
    Column("value", "whole", "A whole number.", True),
    Column("ref", "text", "What it refers to.", True),
    _LINE,
)
# Orders that a file says are none: in a later file this takes back what an earlier one said.
STAGED_VOIDS = (
    Column("order_id", "text", "The order.", True),
    Column("sku", "text", "The product, where a line of it is none.", True),
    Column("status", "text", "In the export's words."),
    _LINE,
)


@cache
def build_schema(kind: str) -> pa.DataFrameSchema:
    columns = {"lines": STAGED_LINES, "items": STAGED_ITEMS, "events": STAGED_EVENTS}[kind]
    return pa.DataFrameSchema(
        {column.name: _build_pandera_column(column) for column in columns}, strict=True
    )


def _build_pandera_column(column: Column) -> pa.Column:
    checks = []
    if not column.nullable:
        checks.append(
            pa.Check(
                lambda s: s.notna(),
                name=f"{column.name}_missing",
                error=f"{column.name}_missing",
                ignore_na=False,
            )
        )
    if column.type == "whole":
        most = LARGEST_MINOR if column.name.endswith("_minor") else LARGEST_WHOLE
        checks.append(pa.Check(lambda s: s.abs() <= most, error="number_too_large"))
    if column.name == "kind":
        checks.append(pa.Check(lambda s: s.isin(EVENT_KINDS), error="unknown_kind"))
    return pa.Column(nullable=True, checks=checks)
