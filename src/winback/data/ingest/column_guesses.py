"""What the columns of an unknown table mean: by their names, in the words shops use for them, and
by whether their values are what such a column holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from winback.data.ingest.amount_levels import compare_rows
from winback.data.ingest.column_fits import measure_fit, read_amounts
from winback.data.ingest.column_matching import (
    LIKELY,
    SURE,
    SURE_ENOUGH,
    ColumnGuess,
    NameMatch,
    hold_any,
    list_words,
    match_name,
    split_words,
)
from winback.data.ingest.column_names import ColumnWords
from winback.data.ingest.column_names_more import FEES, PAID_NAMES
from winback.data.ingest.free_columns import find_possible_amounts
from winback.data.ingest.parsing import Column, Notation, parse_moments, parse_text

# What is guessed by a part of a name, and then asked about; other columns are left alone.
_BY_PART = ("customer_id", "ordered_at", "order_id", "amount", "status", "refund_amount")
_CENT = 0.005
_NET = frozenset({"netto", "net", "neto", "ht", "imponibile", "税抜", "未税", "不含税"})
_LINE_TOTALS = ("line total", "line amount", "item total")


def guess_columns(
    names: Sequence[str], words: Mapping[str, ColumnWords], sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """Our name → the column that seems to be it, by its name and by its values. A column has one
    meaning; names that say it whole come before those that only hold it."""
    guesses: dict[str, ColumnGuess] = {}
    known = [name for name in dict.fromkeys(names) if name in sample]
    matches = {ours: _list_matches(ours, of, known, sample) for ours, of in words.items()}
    for whole in (True, False):
        for ours in words:
            if ours in guesses or not (whole or ours in _BY_PART):
                continue
            taken = {guess.theirs for guess in guesses.values()} if ours != "phone" else set()
            free = [
                each
                for each in matches[ours]
                if each.theirs not in taken and (each.confidence >= SURE_ENOUGH) is whole
            ]
            if free:
                best = min(free, key=lambda each: (each.rank, _is_net(each.theirs)))
                guesses[ours] = ColumnGuess(ours, best.theirs, best.confidence)
    return _find_rivals(guesses, matches, sample)


def _is_net(name: str) -> bool:
    """Whether an amount is said to be without the tax that customers pay."""
    return not _NET.isdisjoint(split_words(name))


def _list_matches(
    ours: str, words: ColumnWords, names: Sequence[str], sample: pd.DataFrame
) -> list[NameMatch]:
    """The columns that could be it, each as well as its name and values fit."""
    matches = []
    for name in names:
        match = match_name(name, words)
        fits = measure_fit(ours, sample[name], name) if match else 0.0
        if match and fits > 0.5:
            # One value in ten may be a slip; it is refused by its row, not by the column.
            sure = round(match.confidence * min(1.0, fits + 0.1), 2)
            matches.append(NameMatch(name, sure, match.rank))
    return matches


def _find_rivals(
    guesses: dict[str, ColumnGuess],
    matches: Mapping[str, Sequence[NameMatch]],
    sample: pd.DataFrame,
) -> dict[str, ColumnGuess]:
    """The guesses, with the free columns that fit as well and say something else."""
    taken = {guess.theirs for guess in guesses.values()}
    result = dict(guesses)
    # How many units there are tells what was paid only where there is a price of one.
    is_priced = "unit_price" in guesses and not {"amount", "order_amount"} & set(guesses)
    counts = ("quantity",) if is_priced else ()
    for ours in ("ordered_at", "amount", "customer_id", "status", *counts):
        if ours not in guesses:
            continue
        mine = guesses[ours].theirs
        others = [
            each.theirs
            for each in matches[ours]
            if each.confidence >= SURE_ENOUGH
            and (each.theirs not in taken or _is_also_phone(ours, each.theirs, guesses))
            and each.theirs != mine
            and not _say_the_same(ours, sample[mine], sample[each.theirs], each.theirs)
        ]
        if ours == "amount" and "order_id" in guesses and others:
            others = _split_totals(result, mine, others)
        result[ours] = replace(guesses[ours], rivals=tuple(others))
    return result


def _is_also_phone(ours: str, name: str, guesses: Mapping[str, ColumnGuess]) -> bool:
    return ours == "customer_id" and "phone" in guesses and guesses["phone"].theirs == name


def _split_totals(result: dict[str, ColumnGuess], mine: str, others: Sequence[str]) -> list[str]:
    """Of a line's total and an order's, each is what it says; others are the order's rivals."""
    if split_words(mine) not in {split_words(each) for each in _LINE_TOTALS}:
        return list(others)
    result["order_amount"] = ColumnGuess("order_amount", others[0], SURE, tuple(others[1:]))
    return []


def _say_the_same(ours: str, mine: Column, other: Column, name: str) -> bool:
    """Whether it makes no difference which of two columns is taken."""
    if ours == "ordered_at":
        one, two = (_read_days(each) for each in (mine, other))
    elif ours in ("amount", "quantity"):
        if "subtotal" in split_words(name):
            return True  # less than the total, and never meant where there is one
        one, two = (read_amounts(each) for each in (mine, other))
    elif ours == "status":
        return bool(parse_text(mine).equals(parse_text(other)))
    elif not _is_phone_like(other) or _is_mail_like(mine):
        return True  # a mail address or a name beside an id is the same person's
    else:
        return _pair_up(parse_text(mine), parse_text(other))
    both = one.notna() & two.notna()
    return not both.any() or bool((one[both] == two[both]).mean() > 0.99)


def _read_days(values: Column) -> Column:
    ways = (parse_moments(values, "UTC", Notation(first, year=2000))[1] for first in (True, False))
    return max(ways, key=lambda each: each.notna().sum()).dt.normalize()


def _is_phone_like(values: Column) -> bool:
    plain = parse_text(values).dropna()
    return bool(len(plain) and plain.str.fullmatch(r"[+\d][\d ()./-]{6,18}").mean() > 0.8)


def _is_mail_like(values: Column) -> bool:
    plain = parse_text(values).dropna()
    return bool(len(plain) and plain.str.contains("@", regex=False).mean() > 0.8)


def _pair_up(one: Column, two: Column) -> bool:
    """Whether each value of one column stands beside one value of the other, both ways."""
    pairs = pd.DataFrame({"one": one, "two": two}).dropna().drop_duplicates()
    return not (pairs["one"].duplicated().any() or pairs["two"].duplicated().any())


def looks_like_names(name: str, values: Column) -> bool:
    """Whether a column holds names of people rather than ids: by its own name, or by words with a
    blank between and hardly a digit."""
    words = set(split_words(name))
    if words & {"name", "nom", "nombre", "nome", "姓名"} and "user" not in words:
        return True
    plain = parse_text(values).dropna()
    named = plain.str.contains(r"^[^\W\d_][^\d@]*\.? +[^\W\d_]", regex=True)
    return bool(len(plain) and named.mean() > 0.5)


def doubt_payouts(
    names: Sequence[str], guesses: dict[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """Where a sheet tells of fees, a plain total may be what the shop was paid out: it is asked
    about, beside the other columns of money."""
    amount = guesses.get("amount")
    if (
        amount is None
        or amount.rivals
        or hold_any(split_words(amount.theirs), list_words(PAID_NAMES))
    ):
        return guesses
    fees = [
        name for name in names if name in sample and hold_any(split_words(name), list_words(FEES))
    ]
    if not any((read_amounts(sample[name]).fillna(0) != 0).any() for name in fees):
        return guesses
    others = find_possible_amounts([name for name in names if name not in fees], guesses, sample)
    doubtful = replace(amount, confidence=min(amount.confidence, LIKELY), rivals=tuple(others))
    return {**guesses, "amount": doubtful}


def prefer_before_refunds(
    guesses: dict[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """Where a refund column is read too, what was paid is the amount before refunds: one that is
    another column less the refund would have them taken off twice."""
    amount, refund = guesses.get("amount"), guesses.get("refund_amount")
    if amount is None or refund is None:
        return guesses
    refunded = read_amounts(sample[refund.theirs]).fillna(0).abs()
    columns = (amount.theirs, *amount.rivals)
    for before in columns:
        paid = read_amounts(sample[before])
        after = [
            name
            for name in columns
            if name != before and _is_difference(paid, refunded, read_amounts(sample[name]))
        ]
        if after:
            rivals = tuple(name for name in columns if name not in (before, *after))
            return {**guesses, "amount": replace(amount, theirs=before, rivals=rivals)}
    return guesses


def _is_difference(paid: Column, refunded: Column, left: Column) -> bool:
    """Whether a column is what is left of another one, wherever something was refunded."""
    some = (refunded > 0) & paid.notna() & left.notna()
    return bool(some.any() and ((paid - refunded - left)[some].abs() < _CENT).mean() > 0.9)


def guess_amounts(guesses: dict[str, ColumnGuess], sample: pd.DataFrame) -> dict[str, ColumnGuess]:
    """An amount that is the same on every line of an order is the order's, counted once; a price
    needs its quantity."""
    out = dict(guesses)
    amount = out.get("amount")
    if amount and "order_amount" not in out:
        columns = (amount.theirs, *amount.rivals)
        order = out["order_id"].theirs if "order_id" in out else None
        rows = compare_rows(columns, order, out, sample)
        of_order = rows.of_order
        of_lines = [name for name in columns if name not in (*of_order, *rows.unsure)]
        if of_order and (not amount.rivals or (len(of_order) == len(of_lines) == 1)):
            out["order_amount"] = ColumnGuess("order_amount", of_order[0], amount.confidence)
            del out["amount"]
            if of_lines:
                out["amount"] = ColumnGuess("amount", of_lines[0], amount.confidence)
    if "amount" in out or "order_amount" in out or "quantity" not in out:
        out.pop("unit_price", None)
    return out
