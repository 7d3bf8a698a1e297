"""Whether an amount is what was paid for a line or for its whole order, and which column holds
order numbers where no name says it: told by what rows of one order have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from winback.data.ingest.column_fits import looks_like_money, read_amounts
from winback.data.ingest.column_matching import ColumnGuess
from winback.data.ingest.parsing import Column, parse_text

Level = Literal["order", "unsure", "line"]

# Of the orders with several amounts above zero, those whose amounts are all the same: an order's
# total stands on each of its lines, but one edited or partly cancelled order must not hide that;
# lines of a shop with few prices are often the same, too.
_OF_ORDER, _UNSURE = 0.9, 0.5
_OF_LINES = 0.9  # of the rows of such orders, those that are price × quantity
_CENT = 0.005
_ORDER_LIKE = 0.9


@dataclass(frozen=True)
class RowsOfOrders:
    """What the rows of orders of several lines show. of_order: columns of amounts that are the
    same on all of an order's lines; unsure: those that are so on most orders'."""

    of_order: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


def compare_rows(
    names: Sequence[str],
    order: str | None,
    guesses: Mapping[str, ColumnGuess],
    sample: pd.DataFrame,
) -> RowsOfOrders:
    """What the amounts on the rows of an order have in common, by a column of order numbers;
    nothing without one. names: of columns that hold amounts."""
    if order is None or order not in sample:
        return RowsOfOrders()
    numbers = parse_text(sample[order])
    levels = {name: _find_level(name, numbers, guesses, sample) for name in names if name != order}
    return RowsOfOrders(
        tuple(name for name, level in levels.items() if level == "order"),
        tuple(name for name, level in levels.items() if level == "unsure"),
    )


def _find_level(
    name: str, orders: Column, guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> Level:
    amounts = read_amounts(sample[name])
    # Postage of nothing, and what came back, are rows of their own: neither repeats a total.
    some = amounts[amounts > 0]
    by_order = some.groupby(orders[some.index], sort=False)
    several = by_order.transform("size") > 1
    if not several.any():
        return "line"
    if _is_price_by_quantity(some[several], guesses, sample):
        return "line"
    same = (by_order.nunique()[by_order.size() > 1] == 1).mean()
    return "order" if same >= _OF_ORDER else "unsure" if same >= _UNSURE else "line"


def _is_price_by_quantity(
    amounts: Column, guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> bool:
    """Whether amounts are the price of a unit times how many there are: a line's, then."""
    price, quantity = guesses.get("unit_price"), guesses.get("quantity")
    if price is None or quantity is None or price.theirs == amounts.name:
        return False
    rows = sample.loc[amounts.index]
    product = read_amounts(rows[price.theirs]) * read_amounts(rows[quantity.theirs])
    return bool(((product - amounts).abs() < _CENT).mean() > _OF_LINES)


def holds_amounts(values: Column) -> bool:
    """Whether nearly all of a column's values can be read as numbers."""
    present = values.dropna()
    return bool(len(present) and read_amounts(present).notna().mean() > 0.9)


def find_order_numbers(
    names: Sequence[str], guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> list[str]:
    """Free columns that number orders by their values: some come again, each beside one customer
    and one moment, and there are as many as orders."""
    customer, time = guesses.get("customer_id"), guesses.get("ordered_at")
    if customer is None or time is None:
        return []
    orders = _join(sample, customer.theirs, time.theirs)
    taken = {guess.theirs for guess in guesses.values()}
    return [
        name
        for name in dict.fromkeys(names)
        if name in sample and name not in taken and _number_orders(sample[name], orders)
    ]


def find_wider_numbers(
    order: str, names: Sequence[str], guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> list[str]:
    """Columns that number orders by their values where what is taken for the order's number differs
    within one of theirs: then that numbers its lines or parts, as `子订单编号` does."""
    others = {ours: guess for ours, guess in guesses.items() if ours != "order_id"}
    parts = parse_text(sample[order])
    return [
        name
        for name in find_order_numbers(names, others, sample)
        if name != order and _joins_parts(parse_text(sample[name]), parts)
    ]


def differs_within(amounts: Column, orders: Column) -> bool:
    """Whether lines of one order often have different amounts, nothing among them."""
    numbers = parse_text(orders)
    several = numbers.duplicated(keep=False) & numbers.notna()
    by_order = read_amounts(amounts).fillna(0)[several].groupby(numbers[several], sort=False)
    some = by_order.max() > 0
    return bool(some.any() and (by_order.nunique()[some] > 1).mean() > 1 - _OF_ORDER)


def stands_once(amounts: Column, orders: Column) -> bool:
    """Whether an amount is the order's by standing on one row of it only, whatever rows it has."""
    numbers = parse_text(orders)
    several = numbers.duplicated(keep=False) & numbers.notna()
    given = read_amounts(amounts).notna()[several].groupby(numbers[several]).sum()
    return bool(len(given) and (given == 1).mean() > _OF_ORDER)


def repeats_without_numbers(guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame) -> bool:
    """Whether an amount seems to be repeated on what a customer bought at one moment, where no
    order number tells which rows belong together."""
    needed = [guesses.get(ours) for ours in ("customer_id", "ordered_at", "amount")]
    if "order_id" in guesses or None in needed:
        return False
    customer, time, amount = (each.theirs for each in needed if each is not None)
    return _find_level(amount, _join(sample, customer, time), guesses, sample) != "line"


def _join(sample: pd.DataFrame, one: str, other: str) -> Column:
    return parse_text(sample[one]).str.cat(parse_text(sample[other]), sep="\n")


def _joins_parts(numbers: Column, parts: Column) -> bool:
    """Whether numbers join others: several of these often stand beside one, never the other way."""
    several = numbers.duplicated(keep=False) & numbers.notna()
    by_number = parts[several].groupby(numbers[several], sort=False).nunique()
    beside = numbers.groupby(parts, sort=False).nunique()
    return bool(
        len(by_number)
        and (by_number > 1).mean() > 1 - _ORDER_LIKE
        and (beside <= 1).mean() > _ORDER_LIKE
    )


def _number_orders(values: Column, orders: Column) -> bool:
    numbers = parse_text(values)
    if not numbers.dropna().duplicated().any() or numbers.isna().mean() > 1 - _ORDER_LIKE:
        return False
    has_digit = numbers.dropna().str.contains(r"\d", regex=True).mean() > _ORDER_LIKE
    if not has_digit or looks_like_money(values):
        return False
    beside_one = (orders.groupby(numbers, sort=False).nunique() == 1).mean()
    are_enough = numbers.nunique() >= _ORDER_LIKE * orders.nunique()
    return bool(beside_one > _ORDER_LIKE and are_enough)
