"""What a table that no profile knows seems to be: orders, their items, events, or a log of both.

Column by column by its names and values, see `column_guesses`.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from winback.data.ingest.amount_levels import (
    RowsOfOrders,
    compare_rows,
    differs_within,
    find_order_numbers,
    find_wider_numbers,
    holds_amounts,
    repeats_without_numbers,
    stands_once,
)
from winback.data.ingest.column_fits import looks_like_minor, read_amounts
from winback.data.ingest.column_guesses import (
    doubt_payouts,
    guess_amounts,
    guess_columns,
    looks_like_names,
    prefer_before_refunds,
)
from winback.data.ingest.column_matching import LIKELY, SURE, SURE_ENOUGH, ColumnGuess, match_name
from winback.data.ingest.column_names import EVENT_WORDS, ORDER_WORDS
from winback.data.ingest.free_columns import (
    find_possible_amounts,
    find_postage,
    find_whole_amounts,
    guess_by_values,
    holds_postage,
    list_plausible,
)
from winback.data.ingest.parsing import parse_text
from winback.data.ingest.people_columns import buys_nothing, choose_customer, is_customer_list
from winback.data.ingest.recognised_file import RecognisedFile
from winback.data.ingest.refund_files import find_refund_evidence, name_buyers
from winback.data.ingest.status_columns import find_status, guess_statuses
from winback.data.ingest.unit_prices import find_unit_prices
from winback.data.ingest.value_guesses import (
    find_row_types,
    guess_event_kinds,
)
from winback.data.pseudonyms import mask_contacts

_ITEM = (
    *("order_id", "sku", "product_name", "category", "quantity", "unit_price", "amount"),
    "discount",
)
# A table of which ids are one person, as Olist has it.
_ID_MAP = ("customer_id", "customer_unique_id")
_NEEDED = ("customer_id", "ordered_at")
_FEWEST_HEADINGS = 3  # rows of one cell alone, to tell groups


def recognise_by_words(
    file: str, names: Sequence[str], sample: pd.DataFrame, is_alone: bool = False
) -> RecognisedFile:
    """What a file seems to be by the words in its header, where no profile fits. names: of its
    columns; sample: its first rows; is_alone: no other file holds orders, so that lines of orders
    cannot be another sheet's."""
    orders = guess_columns(names, ORDER_WORDS, sample)
    events = guess_columns(names, EVENT_WORDS, sample)
    kinds = guess_event_kinds(sample, events)
    typed = find_row_types([name for name in names if name in sample], sample)
    if kinds and typed and events["kind"].theirs == typed[0] and "occurred_at" in events:
        return _build_log(file, names, sample, orders, events, typed[1])
    if kinds and _are_events(orders, events):
        needed = ("customer_id", "occurred_at", "kind")
        return replace(_build_result(file, "events", names, events, sample, needed), kinds=kinds)
    is_of_people = {"order_id", "ordered_at", "amount", "unit_price"}.isdisjoint(orders)
    if is_of_people and {name.casefold() for name in names} >= set(_ID_MAP):
        return _build_result(file, "people", names, {}, sample, ())
    is_of_refunds = find_refund_evidence(file, names, orders, sample) == "column"
    if _are_items(orders) and not is_alone and not is_of_refunds:
        return _build_result(
            file, "items", names, _choose_item_columns(orders), sample, ("order_id",)
        )
    return _recognise_orders(file, names, sample, orders, typed)


def _recognise_orders(
    file: str,
    names: Sequence[str],
    sample: pd.DataFrame,
    orders: dict[str, ColumnGuess],
    typed: tuple[str, dict[str, str | None]] | None,
) -> RecognisedFile:
    """What a file seems to be that holds neither events nor items. orders: its columns by their
    names; typed: the column that says what kind each row is, and what its words mean."""
    named = prefer_before_refunds(guess_by_values(names, orders, sample), sample)
    named = _doubt_part_numbers(names, choose_customer(named, sample), sample)
    if is_customer_list(names, named, sample):
        return _build_result(file, "unknown", names, {}, sample, ())
    orders = doubt_payouts(names, guess_amounts(named, sample), sample)
    orders = _widen_doubt(names, orders, sample)
    if "status" not in orders:
        others = [name for name in names if not typed or name != typed[0]]
        orders |= find_status(others, orders, sample)
    types: Mapping[str, str | None] = {}
    if typed and typed[0] not in {guess.theirs for guess in orders.values()}:
        orders["row_type"], types = ColumnGuess("row_type", typed[0], SURE), typed[1]
    refunds = find_refund_evidence(file, names, orders, sample)
    if refunds and "refunded_at" in orders and "ordered_at" not in named:
        orders["ordered_at"] = replace(orders.pop("refunded_at"), ours="ordered_at")
    kind = "orders" if {*_NEEDED} & set(orders) else "unknown"
    numbers = [] if "order_id" in orders else find_order_numbers(names, orders, sample)
    if numbers:
        rivals = tuple(numbers[1:])
        orders["order_id"] = ColumnGuess("order_id", numbers[0], LIKELY, rivals)
    orders = name_buyers(orders, refunds)
    rows = _compare_all({**named, **orders}, sample)
    orders = _raise_discount(orders, rows, sample)
    result = _build_result(file, kind, names, orders, sample, _NEEDED)
    result = replace(result, types=types, refunds=refunds)
    return _add_findings(result, {**named, **orders}, rows, orders, sample)


def _doubt_part_numbers(
    names: Sequence[str], guesses: dict[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """The guesses, a number of orders doubted where other columns join several of its values, and
    asked about beside them."""
    order = guesses.get("order_id")
    wider = find_wider_numbers(order.theirs, names, guesses, sample) if order else []
    if order is None or not wider:
        return guesses
    rivals = (*wider[1:], order.theirs)
    return {**guesses, "order_id": ColumnGuess("order_id", wider[0], LIKELY, rivals)}


def _add_findings(
    result: RecognisedFile,
    known: Mapping[str, ColumnGuess],
    rows: Mapping[str, RowsOfOrders],
    orders: Mapping[str, ColumnGuess],
    sample: pd.DataFrame,
) -> RecognisedFile:
    """A file of orders with what its values show of its columns. known: its columns by their names,
    also those that were not taken for `orders`."""
    return replace(
        result,
        unit_prices=find_unit_prices(known, sample),
        buys_nothing=buys_nothing(known, sample),
        maybe_minor=[str(name) for name in sample if looks_like_minor(sample[name])],
        of_order={order: each.of_order for order, each in rows.items()},
        perhaps_of_order={order: each.unsure for order, each in rows.items()},
        plausible=list_plausible(result.names, orders, sample),
        possible_amounts=_list_possible_amounts(result.names, orders, sample),
    )


def _list_possible_amounts(
    names: Sequence[str], orders: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> list[str]:
    """Columns that may say what was paid, where no name says it."""
    if {"amount", "order_amount"} & set(orders):
        return []
    possible = find_possible_amounts(names, orders, sample)
    if "unit_price" in orders:
        return possible
    whole = find_whole_amounts(names, orders, sample)
    return [name for name in dict.fromkeys(names) if name in possible or name in whole]


def _widen_doubt(
    names: Sequence[str], orders: dict[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """The guesses, beside an amount that only a part of its name speaks for every other column of
    money."""
    amount = orders.get("amount")
    if amount is None or amount.confidence >= SURE_ENOUGH:
        return orders
    others = find_possible_amounts(names, orders, sample)
    rivals = tuple(dict.fromkeys((*amount.rivals, *others)))
    return {**orders, "amount": replace(amount, rivals=rivals)}


def _raise_discount(
    orders: dict[str, ColumnGuess], rows: Mapping[str, RowsOfOrders], sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """The guesses, a discount that is the same on all lines of an order taken for the order's."""
    discount, order = orders.get("discount"), orders.get("order_id")
    if discount is None or order is None or discount.theirs not in rows[order.theirs].of_order:
        return orders
    if differs_within(sample[discount.theirs], sample[order.theirs]):
        return orders
    others = {ours: guess for ours, guess in orders.items() if ours != "discount"}
    return {**others, "order_discount": replace(discount, ours="order_discount")}


def _compare_all(
    orders: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, RowsOfOrders]:
    """What the amounts on rows of orders have in common, by each column that may hold their
    numbers."""
    names = [str(name) for name in sample]
    amounts = [name for name in names if holds_amounts(sample[name])]
    others = {ours: guess for ours, guess in orders.items() if ours != "order_id"}
    guess = orders.get("order_id")
    guessed = (guess.theirs, *guess.rivals) if guess else ()
    numbers = dict.fromkeys((*guessed, *find_order_numbers(names, others, sample)))
    return {order: compare_rows(amounts, order, orders, sample) for order in numbers}


def _build_log(
    file: str,
    names: Sequence[str],
    sample: pd.DataFrame,
    orders: dict[str, ColumnGuess],
    events: Mapping[str, ColumnGuess],
    types: Mapping[str, str | None],
) -> RecognisedFile:
    """A log of what people did, purchases among it: each row is one unit at its price."""
    kind, time = events["kind"], events["occurred_at"]
    price = orders.get("unit_price")
    columns = {
        ours: guess
        for ours, guess in orders.items()
        if guess.theirs not in (kind.theirs, time.theirs) and ours != "unit_price"
    }
    if price and not {"amount", "order_amount"} & set(columns):
        ours = "unit_price" if "quantity" in columns else "amount"
        columns[ours] = replace(price, ours=ours)
    columns["ordered_at"] = replace(time, ours="ordered_at", rivals=())
    columns["row_type"] = replace(kind, ours="row_type", confidence=SURE)
    if "customer_id" in events:
        columns.setdefault("customer_id", events["customer_id"])
    result = _build_result(file, "log", names, columns, sample, _NEEDED)
    kinds = guess_event_kinds(sample, events)
    read = {word: "event" if word in kinds else ours for word, ours in types.items()}
    kinds = {**dict.fromkeys(types, "ignore"), **kinds}
    return replace(result, types=read, kinds=kinds, event_columns=tuple(events.values()))


def _are_events(orders: Collection[str], events: Collection[str]) -> bool:
    """Whether columns are of events: a kind and a time, but no amount as an order would have."""
    has_amounts = "amount" in orders or "unit_price" in orders
    return not has_amounts and {"kind", "occurred_at"} <= set(events)


def _are_items(columns: Collection[str]) -> bool:
    """Whether columns are of order items or payments: they name an order and a product or an
    amount, but no customer."""
    return (
        "order_id" in columns
        and {"customer_id", "ordered_at"}.isdisjoint(columns)
        and not {"sku", "product_name", "amount"}.isdisjoint(columns)
    )


def _choose_item_columns(orders: Mapping[str, ColumnGuess]) -> dict[str, ColumnGuess]:
    """The columns of an item sheet: a price without a quantity is one unit's; without a product
    the amounts are payments of the order."""
    items = {ours: guess for ours, guess in orders.items() if ours in _ITEM}
    if "unit_price" in items and not {"quantity", "amount"} & set(items):
        items["amount"] = replace(items.pop("unit_price"), ours="amount")
    if "amount" in items and {"sku", "product_name"}.isdisjoint(items):
        items["order_amount"] = replace(items.pop("amount"), ours="order_amount")
    return items


def list_column_remarks(
    guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> tuple[tuple[str, str], ...]:
    """What is said of a file's columns: names are no ids, and totals that come again add up."""
    customer, remarks = guesses.get("customer_id"), list[tuple[str, str]]()
    if (
        customer
        and customer.theirs in sample
        and looks_like_names(customer.theirs, sample[customer.theirs])
    ):
        remarks.append(("names_as_ids", customer.theirs))
    if repeats_without_numbers(guesses, sample):
        remarks.append(("amount_repeats", guesses["amount"].theirs))
    off, heading = _find_discount(guesses, sample), _find_group_heading(sample)
    remarks += [("discount_apart", off)] if off else []
    remarks += [("grouped", heading)] if heading else []
    return tuple(remarks)


def _find_group_heading(sample: pd.DataFrame) -> str | None:
    """What stands alone in a row above others, as in a report grouped by customer; None where
    hardly a row is so."""
    filled = pd.DataFrame({name: parse_text(sample[name]).notna() for name in sample})
    alone = filled.sum(axis=1) == 1
    if alone.sum() < max(_FEWEST_HEADINGS, 0.02 * len(sample)):
        return None
    place = str(filled[alone].sum().idxmax())
    headings = parse_text(sample[place])[alone & filled[place]]
    is_elsewhere = bool(filled[place][~alone].mean() > 0.5) if (~alone).any() else True
    is_varied = headings.nunique() > len(headings) / 2
    return None if is_elsewhere or not is_varied else mask_contacts(str(headings.iloc[0]))[:40]


def _find_discount(guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame) -> str | None:
    """A column of what is taken off, in money or in percent, where what was paid is the price times
    the units: nobody says whether the price has it taken off already."""
    if "unit_price" not in guesses or {"amount", "order_amount"} & set(guesses):
        return None
    for name in map(str, sample):
        says_off = match_name(name.replace("%", " "), ORDER_WORDS["discount"]) is not None
        values = parse_text(sample[name]).str.replace("%", "", regex=False)
        if says_off and (read_amounts(values).fillna(0) != 0).any():
            return name
    return None


def _list_postage(
    kind: str,
    names: Sequence[str],
    guesses: Mapping[str, ColumnGuess],
    sample: pd.DataFrame,
) -> tuple[tuple[str, str], ...]:
    """Postage in a column of its own, where what was paid is told line by line."""
    amount, order = guesses.get("amount"), guesses.get("order_id")
    if kind != "orders" or amount is None or order is None or "order_amount" in guesses:
        return ()
    columns = (amount.theirs, *amount.rivals)
    is_by_line = sample[order.theirs].duplicated().any()
    rows = compare_rows(columns, order.theirs, guesses, sample)
    if stands_once(sample[amount.theirs], sample[order.theirs]):
        return ()
    if not is_by_line or rows.of_order or rows.unsure:
        return ()
    apart = find_postage(names, sample)[:1]
    return tuple(
        ("postage_apart", each) for each in apart if not holds_postage(amount.theirs, each, sample)
    )


def count_words(columns: Sequence[ColumnGuess], sample: pd.DataFrame) -> dict[str, int]:
    """How many rows have each word of the status columns, and of the column of kinds of rows."""
    counts = Counter[str]()
    for guess in columns:
        if guess.ours in ("status", "status_2", "row_type"):
            for column in (guess.theirs, *guess.rivals):
                counts.update(parse_text(sample[column]).str.strip().dropna().astype(str))
    return dict(counts)


def take_samples(names: Sequence[str], sample: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """The first three different values of each column, contacts masked."""
    samples = {}
    for name in dict.fromkeys(names):
        if name in sample:
            values = parse_text(sample[name]).dropna().unique()[:3]
            samples[name] = tuple(mask_contacts(str(value))[:40] for value in values)
    return samples


def _build_result(
    file: str,
    kind: str,
    names: Sequence[str],
    guesses: Mapping[str, ColumnGuess],
    sample: pd.DataFrame,
    needed: Sequence[str],
) -> RecognisedFile:
    statuses, remarks = dict[str, str | None](), tuple[tuple[str, str], ...]()
    if kind in ("orders", "log", "unknown"):
        statuses, guesses, remarks = guess_statuses(guesses, sample)
    lacking = tuple(ours for ours in needed if ours not in guesses)
    return RecognisedFile(
        file=file,
        kind=kind,
        profile=None,
        confidence=_find_lowest_confidence(needed, guesses),
        columns=tuple(guesses.values()),
        names=names,
        lacking=lacking,
        statuses=statuses,
        kinds={},
        timezone=None,
        currency=None,
        remarks=(
            *remarks,
            *list_column_remarks(guesses, sample),
            *_list_postage(kind, names, guesses, sample),
        ),
        samples=take_samples(names, sample),
    )


def _find_lowest_confidence(needed: Sequence[str], guesses: Mapping[str, ColumnGuess]) -> float:
    return round(
        min((guesses[ours].confidence for ours in needed if ours in guesses), default=0.0), 2
    )
