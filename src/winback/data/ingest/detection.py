"""What kind of export a file is, and how sure that is: before anything is asked or imported.

A platform's export is known by header cells that only it has. Any other table is understood column
by column: see `column_guesses`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from winback.config.shop import Shop
from winback.core.errors import ColumnMissing, HeaderMissing
from winback.data.ingest.column_guesses import (
    find_possible_amounts,
    guess_amounts,
    guess_by_values,
    guess_columns,
    looks_like_names,
)
from winback.data.ingest.column_matching import ColumnGuess
from winback.data.ingest.column_names import (
    EVENT_WORDS,
    ORDER_WORDS,
)
from winback.data.ingest.parsing import parse_text
from winback.data.ingest.raw_rows import Profile, find_named_columns
from winback.data.ingest.recognised_file import RecognisedFile, name_columns
from winback.data.ingest.sandbox import Tell, run_in_subprocess
from winback.data.ingest.sheet_choice import recognise_sheets
from winback.data.ingest.staged_parts import Unit
from winback.data.ingest.staging import UnitPreview, preview_unit
from winback.data.ingest.units import list_units
from winback.data.ingest.value_guesses import (
    forget_on_delivery,
    guess_currency,
    guess_event_kinds,
    guess_status,
)
from winback.data.platforms.registry import PROFILES
from winback.data.pseudonyms import mask_contacts
from winback.data.readers.archives import SourceFile, find_files
from winback.data.readers.files import ReadOptions, clean_header_name, read_batches, read_header

_NUMBER = re.compile(r"[\d.,:/ -]*\d[\d.,:/ -]*")  # or a date: no column is called so
_A_TIME = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:")
LOOKED_AT = 5000  # rows of a file that are looked at
MOST_STATUSES = 30  # different words of a status column
BY_PROFILE = 0.95  # how sure a column is that a profile knows
LEAST_MARKS, LEAST_SHARE = 2, 0.4  # of a profile's own header cells, to be sure of it


def recognise_export(
    paths: Sequence[Path],
    encoding: str = "auto",
    named: Mapping[str, str] | None = None,
    sheet: str | None = None,
) -> list[tuple[SourceFile, RecognisedFile]]:
    """What each file of an export seems to be, read apart. named: columns that were named
    beforehand, ours → the file's. Raises what reading a file refuses."""
    files = find_files([path.resolve() for path in paths], Path())
    results = run_in_subprocess(
        recognise_files,
        (files, ReadOptions(encoding=encoding, sheet=sheet), dict(named or {})),
        lambda _file, _rows: None,
    )
    return [
        (
            file,
            RecognisedFile(
                **{**each, "columns": tuple(ColumnGuess(**guess) for guess in each["columns"])}
            ),
        )
        for file, each in zip(files, results, strict=True)
    ]


def preview_sources(shop: Shop, key: bytes, now: datetime) -> list[UnitPreview]:
    """The first rows of each of the shop's sources as understood, and what would be refused of
    the rows looked at."""
    first: dict[tuple[str, int], Unit] = {}
    for unit in list_units(shop, key):
        first.setdefault((unit.kind, unit.at), unit)
    previews: list[UnitPreview] = run_in_subprocess(
        preview_units, (shop, list(first.values()), key, now), lambda _file, _rows: None
    )
    return previews


def preview_units(
    shop: Shop, units: Sequence[Unit], key: bytes, now: datetime, tell: Tell
) -> list[UnitPreview]:
    """In the process apart: `preview_unit` of each."""
    previews = []
    for unit in units:
        tell(unit.files[0].name if unit.files else "database", 0)
        previews.append(preview_unit(shop, unit, key, now, LOOKED_AT))
    return previews


def recognise_files(
    files: Sequence[SourceFile], how: ReadOptions, named: Mapping[str, str], tell: Tell
) -> list[dict[str, Any]]:
    """In the process apart: `recognise_file` of each, as JSON."""
    results = []
    for file in files:
        tell(file.name, 0)
        results.append(asdict(recognise_file(file, how, named)))
    return results


def recognise_file(file: SourceFile, how: ReadOptions, named: Mapping[str, str]) -> RecognisedFile:
    """What one file seems to be, of a workbook the sheet that looks like orders."""
    return recognise_sheets(file, how, lambda each: _recognise_table(file, each, named))


def _recognise_table(
    file: SourceFile, how: ReadOptions, named: Mapping[str, str]
) -> RecognisedFile:
    """What a table seems to be; a column named beforehand is looked into as a guessed one is."""
    names = read_header(file, how)
    sample = _read_sample(file, how)
    seems = name_columns(_recognise(file, how, names, sample), named)
    status = named.get("status")
    if status not in names or status not in sample:
        return seems
    known = PROFILES[seems.profile].statuses if seems.profile else {}
    words = (str(word) for word in parse_text(sample[status]).str.strip().dropna().unique())
    return replace(seems, statuses={word: known.get(word, guess_status(word)) for word in words})


def _recognise(
    file: SourceFile, how: ReadOptions, names: list[str], sample: pd.DataFrame
) -> RecognisedFile:
    if _is_headless(names):
        headless = _get_headless_profile(file, names)
        return _recognise_by_profile(file, how, names, pd.DataFrame(), headless, 1.0, "orders")
    best = max(
        (_match_profile(names, profile) for profile in PROFILES.values()), key=lambda each: each[1]
    )
    if best[1] > 0:
        return _recognise_by_profile(file, how, names, sample, *best)
    return _recognise_by_words(names, sample, file)


def _is_headless(names: Sequence[str]) -> bool:
    """Whether what should be names are values: numbers only, or a time among them."""
    numbers_only = names and all(_NUMBER.fullmatch(name.strip()) for name in names)
    return bool(numbers_only or any(_A_TIME.match(name.strip()) for name in names))


def _get_headless_profile(file: SourceFile, names: Sequence[str]) -> Profile:
    """The profile of a file of so many columns without a header. Raises HeaderMissing."""
    for profile in PROFILES.values():
        if profile.headless == len(names):
            return profile
    raise HeaderMissing(file=str(file), value=mask_contacts(", ".join(names))[:200])


def _recognise_by_words(names: list[str], sample: pd.DataFrame, file: SourceFile) -> RecognisedFile:
    """What a file seems to be by the words in its header, where no profile fits."""
    orders = guess_columns(names, ORDER_WORDS, sample)
    events = guess_columns(names, EVENT_WORDS, sample)
    kinds = guess_event_kinds(sample, events)
    if kinds and _are_events(orders, events):
        needed = ("customer_id", "occurred_at", "kind")
        return replace(_build_result(file, "events", names, events, sample, needed), kinds=kinds)
    if _are_items(orders):
        return _build_result(file, "items", names, _keep_items(orders), sample, ("order_id",))
    orders = guess_amounts(guess_by_values(names, orders, sample), sample)
    kind = "orders" if {"customer_id", "ordered_at"} & set(orders) else "unknown"
    result = _build_result(file, kind, names, orders, sample, needed=("customer_id", "ordered_at"))
    if {"amount", "order_amount", "unit_price"} & set(orders):
        return result
    return replace(result, possible_amounts=find_possible_amounts(names, orders, sample))


def _are_events(orders: Collection[str], events: Collection[str]) -> bool:
    """Whether columns are of events: a kind and a time, but no amount as an order would have."""
    has_amounts = "amount" in orders or "unit_price" in orders
    return not has_amounts and {"kind", "occurred_at"} <= set(events)


def _are_items(columns: Collection[str]) -> bool:
    """Whether columns are of order items: they name an order and a product, but no customer."""
    return (
        "order_id" in columns
        and {"customer_id", "ordered_at"}.isdisjoint(columns)
        and not {"sku", "product_name"}.isdisjoint(columns)
    )


def _keep_items(guesses: Mapping[str, ColumnGuess]) -> dict[str, ColumnGuess]:
    """The columns that an order's item can have."""
    return {ours: guess for ours, guess in guesses.items() if ours in _ITEM}


_ITEM = (
    "order_id",
    "sku",
    "product_name",
    "category",
    "quantity",
    "unit_price",
    "amount",
    "discount",
)


def _read_sample(file: SourceFile, how: ReadOptions) -> pd.DataFrame:
    """The first rows, under the file's own names; of names that stand twice the first."""
    for batch in islice(read_batches(file, how, []), 1):
        frame: pd.DataFrame = batch.table.slice(0, LOOKED_AT).to_pandas(integer_object_nulls=True)
        return frame.loc[:, ~frame.columns.duplicated()]
    return pd.DataFrame(columns=list(dict.fromkeys(read_header(file, how))))


def _match_profile(names: Sequence[str], profile: Profile) -> tuple[Profile, float, str]:
    """(profile, share of its marks that the header has, which of its tables); 0 if too few."""
    plain = {clean_header_name(name).casefold() for name in names}
    found_of = _find_marks(profile, plain)
    shares = {
        kind: len(marks) / max(len(profile.marks if kind == "orders" else profile.item_marks), 1)
        for kind, marks in found_of.items()
    }
    kind = max(shares, key=lambda each: shares[each])
    enough = len(found_of[kind]) >= LEAST_MARKS and shares[kind] >= LEAST_SHARE
    return profile, shares[kind] if enough else 0.0, kind


def _find_marks(profile: Profile, plain: set[str]) -> dict[str, list[str]]:
    return {
        kind: [mark for mark in marks if clean_header_name(mark).casefold() in plain]
        for kind, marks in (("orders", profile.marks), ("items", profile.item_marks))
    }


def _recognise_by_profile(
    file: SourceFile,
    how: ReadOptions,
    names: Sequence[str],
    sample: pd.DataFrame,
    profile: Profile,
    share: float,
    kind: str,
) -> RecognisedFile:
    spellings = profile.spellings if kind == "orders" else profile.item_spellings
    named = find_named_columns(names, spellings)
    columns = tuple(ColumnGuess(ours, column, BY_PROFILE) for ours, column in named.items())
    columns = _replace_empty(columns, names, sample) if kind == "orders" else columns
    return RecognisedFile(
        file=file.name,
        kind="log" if profile.kinds else kind,
        profile=profile.name,
        confidence=round(share, 2),
        columns=columns,
        names=names,
        lacking=_list_lacking(profile, kind, file, how),
        statuses=_translate_statuses(named, sample, profile),
        kinds=profile.kinds,
        timezone=profile.timezone,
        currency=profile.currency or guess_currency(named, sample),
        remarks=_list_remarks({guess.ours: guess for guess in columns}, sample),
        samples=_take_samples(names, sample),
    )


def _replace_empty(
    columns: tuple[ColumnGuess, ...], names: Sequence[str], sample: pd.DataFrame
) -> tuple[ColumnGuess, ...]:
    """A profile's columns; where the one that says who bought is empty, the one that the words of
    its name say it of."""
    mine = next((guess for guess in columns if guess.ours == "customer_id"), None)
    if not len(sample) or (mine and parse_text(sample[mine.theirs]).notna().any()):
        return columns
    words = {"customer_id": ORDER_WORDS["customer_id"]}
    other = guess_columns(names, words, sample).get("customer_id")
    if other is None:
        return columns
    return (*(guess for guess in columns if guess is not mine), other)


def _list_remarks(
    guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> tuple[tuple[str, str], ...]:
    """What is said of a file's columns: names are no ids."""
    customer = guesses.get("customer_id")
    if (
        customer
        and customer.theirs in sample
        and looks_like_names(customer.theirs, sample[customer.theirs])
    ):
        return (("names_as_ids", customer.theirs),)
    return ()


def _take_samples(names: Sequence[str], sample: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """The first three different values of each column, contacts masked."""
    samples = {}
    for name in dict.fromkeys(names):
        if name in sample:
            values = parse_text(sample[name]).dropna().unique()[:3]
            samples[name] = tuple(mask_contacts(str(value))[:40] for value in values)
    return samples


def _list_lacking(
    profile: Profile, kind: str, file: SourceFile, how: ReadOptions
) -> tuple[str, ...]:
    """The column without which the profile cannot read the file, if one is missing."""
    reader = profile.orders if kind == "orders" else profile.items
    try:
        # The profile itself says what it cannot do without.
        if reader and not profile.together:
            next(iter(reader((file,), how)), None)
    except ColumnMissing as missing:
        return (str(missing.values["column"]),)
    return ()


def _translate_statuses(
    named: Mapping[str, str], sample: pd.DataFrame, profile: Profile
) -> dict[str, str | None]:
    """What each status of the file means, by the profile or else by a guess."""
    statuses: dict[str, str | None] = {}
    if "status" not in named or named["status"] not in sample:
        return statuses
    for word in parse_text(sample[named["status"]]).str.strip().dropna().unique():
        guess = profile.statuses.get(word.lower(), guess_status(word))
        statuses[str(word)] = profile.statuses.get(word, guess)
    return forget_on_delivery(statuses, sample[named["status"]], sample)


def _build_result(
    file: SourceFile,
    kind: str,
    names: Sequence[str],
    guesses: Mapping[str, ColumnGuess],
    sample: pd.DataFrame,
    needed: Sequence[str],
) -> RecognisedFile:
    statuses, guesses, remarks = _guess_statuses(guesses, sample)
    named = {ours: guess.theirs for ours, guess in guesses.items()}
    lacking = tuple(ours for ours in needed if ours not in guesses)
    chinese = _has_chinese(names)
    return RecognisedFile(
        file=file.name,
        kind=kind,
        profile=None,
        confidence=_find_lowest_confidence(needed, guesses),
        columns=tuple(guesses.values()),
        names=names,
        lacking=lacking,
        statuses=statuses,
        kinds={},
        timezone="Asia/Shanghai" if chinese else None,
        currency=guess_currency(named, sample) or ("CNY" if chinese else None),
        remarks=(*remarks, *_list_remarks(guesses, sample)),
        samples=_take_samples(names, sample),
    )


def _has_chinese(names: Sequence[str]) -> bool:
    return any("一" <= character <= "鿿" for name in names for character in name)


def _guess_statuses(
    guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> tuple[dict[str, str | None], Mapping[str, ColumnGuess], tuple[tuple[str, str], ...]]:
    """What each word of the status columns means, the columns that are read, and what is said of
    those that are not: one without a word says nothing, and one of a thousand words is no
    status."""
    status = guesses.get("status")
    if status is None:
        return {}, guesses, ()
    statuses: dict[str, str | None] = {}
    read, remarks = list[str](), list[tuple[str, str]]()
    for column in (status.theirs, *status.rivals):
        words = parse_text(sample[column]).str.strip().dropna().unique()
        if not len(words) and len(sample) < LOOKED_AT:
            remarks.append(("status_empty", column))
        elif len(words) > MOST_STATUSES:
            remarks.append(("status_too_many", column))
        else:
            read.append(column)
            meant = {str(word): guess_status(str(word)) for word in words}
            statuses |= forget_on_delivery(meant, sample[column], sample)
    others = {ours: guess for ours, guess in guesses.items() if ours != "status"}
    if read:
        others["status"] = replace(status, theirs=read[0], rivals=tuple(read[1:]))
    return statuses, others, tuple(remarks)


def _find_lowest_confidence(needed: Sequence[str], guesses: Mapping[str, ColumnGuess]) -> float:
    return round(
        min((guesses[ours].confidence for ours in needed if ours in guesses), default=0.0), 2
    )
