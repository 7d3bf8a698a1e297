"""Columns whose name says nothing: what their values let them be, doubtful, and asked about."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product

import pandas as pd

from winback.data.ingest.column_fits import (
    are_compact_days,
    drop_empty,
    looks_like_money,
    measure_fit,
    read_amounts,
)
from winback.data.ingest.column_matching import (
    LIKELY,
    SURE_ENOUGH,
    ColumnGuess,
    hold_any,
    list_words,
    match_name,
    split_words,
)
from winback.data.ingest.column_names import NO_PERSON, ORDER_WORDS, ColumnWords
from winback.data.ingest.column_names_more import POSTAGE
from winback.data.ingest.parsing import Column, parse_text

DOUBTFUL = 0.4
HALF_CENT, MOSTLY = 0.005, 0.9
_MOST_PARTS = 5  # columns of money that an amount is looked for as a sum of


def find_possible_amounts(
    names: Sequence[str], guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> list[str]:
    """Free columns that hold money by their values, where no name says which is the amount."""
    return _find_free_amounts(names, guesses, sample, looks_like_money)


def find_whole_amounts(
    names: Sequence[str], guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> list[str]:
    """As `find_possible_amounts`, of amounts without decimals: free columns of various numbers
    that are too large for counts, and neither ids nor days."""
    return _find_free_amounts(names, guesses, sample, looks_like_whole_amounts)


def _find_free_amounts(
    names: Sequence[str],
    guesses: Mapping[str, ColumnGuess],
    sample: pd.DataFrame,
    fits: Callable[[Column], bool],
) -> list[str]:
    taken = {guess.theirs for guess in guesses.values()}
    never = list_words(ORDER_WORDS["amount"].never)
    return [
        name
        for name in dict.fromkeys(names)
        if name in sample
        and name not in taken
        and not hold_any(split_words(name), never)
        and fits(sample[name])
    ]


def looks_like_whole_amounts(values: Column) -> bool:
    present = drop_empty(values)
    numbers = read_amounts(present).dropna()
    if numbers.empty or len(numbers) < 0.9 * len(present):
        return False
    # Ids are as long as one another or rise from row to row; a phone or a long id has ten digits.
    lengths = parse_text(present).str.len()
    is_id = lengths.nunique() == 1 and len(present) > 3 and numbers.nunique() > 0.9 * len(numbers)
    is_large = numbers.median() >= 20 and numbers.max() < 1e9
    return bool(is_large and not is_id and not are_compact_days(numbers) and numbers.nunique() > 1)


def list_plausible(
    names: Sequence[str], guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, list[str]]:
    """The columns that could be who bought and when, by their values: what is shown to whom must
    name them where no column's name says it."""
    doubtful = [guess for guess in guesses.values() if guess.confidence <= DOUBTFUL]
    taken = {guess.theirs for guess in guesses.values()} - {guess.theirs for guess in doubtful}
    free = [name for name in dict.fromkeys(names) if name in sample and name not in taken]
    dated = _list_dated(free, sample)
    others = [name for name in free if name not in dated]
    people = [name for name in _list_id_like(others, sample, {}) if _is_varied(sample[name])]
    return {"ordered_at": dated, "customer_id": people}


def _is_varied(values: Column) -> bool:
    """Whether there are more different values than a status or a country has."""
    plain = parse_text(values).dropna()
    return plain.nunique() > max(2, 0.02 * len(plain))


def guess_by_values(
    names: Sequence[str], guesses: dict[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """A column for the time and the customer where no name says it: doubtful, and asked about."""
    out = dict(guesses)
    free = [
        name
        for name in names
        if name in sample and name not in {guess.theirs for guess in guesses.values()}
    ]
    if "ordered_at" not in out:
        dated = _list_dated(free, sample)
        if dated:
            out["ordered_at"] = ColumnGuess(
                "ordered_at", dated[0], LIKELY if len(dated) == 1 else DOUBTFUL
            )
    if "customer_id" not in out:
        # Somebody comes again, and there are many of them.
        ids = _list_id_like(free, sample, out)
        if ids:
            out["customer_id"] = ColumnGuess("customer_id", ids[0], DOUBTFUL)
    return out


def _list_dated(free: list[str], sample: pd.DataFrame) -> list[str]:
    return [
        name
        for name in free
        if not pd.api.types.is_numeric_dtype(sample[name]) and _is_date_like(sample[name])
    ]


def _list_id_like(free: list[str], sample: pd.DataFrame, out: dict[str, ColumnGuess]) -> list[str]:
    """Columns whose values come again and are many."""
    return [
        name
        for name in free
        if 0.02 < parse_text(sample[name]).nunique() / max(len(sample), 1) < 0.98
        and name != out.get("ordered_at", ColumnGuess("", "", 0)).theirs
        and not looks_like_money(sample[name])
        and not hold_any(split_words(name), list_words(NO_PERSON))
    ]


def _is_date_like(values: Column) -> bool:
    plain = parse_text(values).dropna()
    return bool(
        len(plain)
        and plain.str.contains(r"\d[-/.年:]\d|[^\W\d]{3}", regex=True).mean() > 0.9
        and measure_fit("ordered_at", values, "") > 0.9
    )


def find_postage(names: Sequence[str], sample: pd.DataFrame) -> list[str]:
    """Columns called as postage is, that hold some."""
    words = ColumnWords(names=POSTAGE, beside=ORDER_WORDS["amount"].beside)
    return [
        name
        for name in dict.fromkeys(names)
        if name in sample
        and (match := match_name(name, words)) is not None
        and match.confidence >= SURE_ENOUGH
        and (read_amounts(sample[name]).fillna(0) > 0).any()
    ]


def holds_postage(amount: str, postage: str, sample: pd.DataFrame) -> bool:
    """Whether an amount is another one of its row with the postage on it, and with taxes and
    discounts added or taken off: so that it takes fewer of them than without the postage."""
    paid, added = read_amounts(sample[amount]), read_amounts(sample[postage])
    has_some = (added.fillna(0) > 0) & paid.notna()
    others = [
        read_amounts(sample[name])[has_some].fillna(0)
        for name in map(str, sample)
        if name not in (amount, postage) and looks_like_money(sample[name])
    ]
    others = [each for each in others if (each != 0).any()][:_MOST_PARTS]
    with_it = _count_parts((paid - added)[has_some], others)
    return with_it < min(_count_parts(paid[has_some], others), _MOST_PARTS + 1)


def _count_parts(sums: Column, parts: Sequence[Column]) -> int:
    """Of how many columns the fewest are that, added or taken off, give sums on most rows."""
    for count in range(1, len(parts) + 1):
        for chosen in combinations(parts, count):
            for signs in product((1, -1), repeat=count - 1):
                total = chosen[0] + sum(s * each for s, each in zip(signs, chosen[1:], strict=True))
                if ((sums - total).abs() < HALF_CENT).mean() > MOSTLY:
                    return count
    return _MOST_PARTS + 1
