"""What kind of export a file is, and how sure that is: before anything is asked or imported.

A platform's export is known by header cells that only it has. Any other table is understood column
by column: see `column_guesses`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypedDict

import pandas as pd

from winback.config.shop import Shop
from winback.core.errors import (
    AmountsAmbiguous,
    ColumnMissing,
    DatesAmbiguous,
    HeaderMissing,
    WinbackError,
)
from winback.data.ingest.column_contents import describe_contents
from winback.data.ingest.column_guesses import guess_columns
from winback.data.ingest.column_matching import ColumnGuess
from winback.data.ingest.column_memo import remember_answers
from winback.data.ingest.column_names import ORDER_WORDS
from winback.data.ingest.named_columns import (
    forget_remarks,
    list_column_words,
    read_named_columns,
    settle_refund_rows,
)
from winback.data.ingest.parsing import parse_text
from winback.data.ingest.place_guesses import guess_place
from winback.data.ingest.raw_rows import Profile, find_marks, find_named_columns
from winback.data.ingest.recognised_file import (
    RecognisedFile,
    name_columns,
    restore_file,
)
from winback.data.ingest.remarks import list_remarks_of_rows
from winback.data.ingest.repeated_rows import find_repeated_rows
from winback.data.ingest.row_errors import MASKED
from winback.data.ingest.sandbox import Tell, run_in_subprocess
from winback.data.ingest.sheet_choice import recognise_sheets
from winback.data.ingest.staged_parts import Unit
from winback.data.ingest.staging import CheckedSample, UnitPreview, check_sample
from winback.data.ingest.status_columns import LOOKED_AT
from winback.data.ingest.units import list_units
from winback.data.ingest.unknown_export import (
    count_words,
    list_column_remarks,
    recognise_by_words,
    take_samples,
)
from winback.data.ingest.value_guesses import (
    forget_on_delivery,
    guess_row_type,
    guess_status,
)
from winback.data.platforms.registry import PROFILES
from winback.data.pseudonyms import mask_contacts
from winback.data.store import ImportRemark
from winback.readers.archives import SourceFile, find_files
from winback.readers.files import ReadOptions, read_batches, read_header

_NUMBER = re.compile(r"[\d.,:/ -]*\d[\d.,:/ -]*")  # or a date: no column is called so
_A_TIME = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:")
BY_PROFILE = 0.95  # how sure a column is that a profile knows
LEAST_MARKS, LEAST_SHARE = 2, 0.4  # of a profile's own header cells, to be sure of it


def recognise_export(
    paths: Sequence[Path],
    encoding: str = "auto",
    named: Mapping[str, Sequence[str]] | None = None,
    sheet: str | None = None,
) -> list[tuple[SourceFile, RecognisedFile]]:
    """What each file of an export seems to be, read apart. named: columns that were named
    beforehand, ours → how files call it. Raises what reading a file refuses."""
    files = find_files([path.resolve() for path in paths], Path())
    results = run_in_subprocess(
        recognise_files,
        (files, ReadOptions(encoding=encoding, sheet=sheet), dict(named or {})),
        lambda _file, _rows: None,
    )
    return [(file, restore_file(each)) for file, each in zip(files, results, strict=True)]


class SourcePreviews(TypedDict):
    """The first rows of each of a shop's sources, and what is said of them all."""

    units: Sequence[UnitPreview]
    remarks: Sequence[ImportRemark]


def preview_sources(shop: Shop, key: bytes, now: datetime) -> SourcePreviews:
    """The first rows of each of the shop's sources as understood, and what would be refused of
    the rows looked at."""
    units = list_units(shop, key)
    previews: SourcePreviews = run_in_subprocess(
        preview_units, (shop, units, key, now), lambda _file, _rows: None
    )
    return previews


def preview_units(
    shop: Shop, units: Sequence[Unit], key: bytes, now: datetime, tell: Tell
) -> SourcePreviews:
    """In the process apart: a preview of each source, by its first unit or, where that can be read
    two ways, by the first that cannot."""
    of_source: dict[tuple[str, int], list[Unit]] = {}
    for unit in units:
        of_source.setdefault((unit.kind, unit.at), []).append(unit)
    samples = []
    for alike in of_source.values():
        tell(alike[0].files[0].name if alike[0].files else "database", 0)
        samples.append((alike[0], _check_first_clear(shop, alike, key, now)))
    frames = [
        ({"orders": "lines"}.get(unit.kind, unit.kind), sample.rows)
        for unit, sample in samples
        if len(sample.rows)
    ]
    columns = {
        ours
        for unit, sample in samples
        if unit.kind == "orders" and unit.get_source(shop).profile is None
        for ours in sample.named
    }
    previews = [sample.preview for _, sample in samples]
    are_all = len(of_source) == len(units)
    is_whole = are_all and all(each["looked_at"] < LOOKED_AT for each in previews)
    remarks = list_remarks_of_rows(frames, shop, columns, is_whole)
    return SourcePreviews(units=previews, remarks=remarks)


def _check_first_clear(
    shop: Shop, units: Sequence[Unit], key: bytes, now: datetime
) -> CheckedSample:
    """The first rows of the first unit that leaves no date and no amount open."""
    open_ones: list[WinbackError] = []
    for unit in units:
        try:
            return check_sample(shop, unit, key, now, LOOKED_AT)
        except (DatesAmbiguous, AmountsAmbiguous) as two_ways:
            open_ones.append(two_ways)
    raise open_ones[0]


def recognise_files(
    files: Sequence[SourceFile], how: ReadOptions, named: Mapping[str, Sequence[str]], tell: Tell
) -> list[dict[str, Any]]:
    """In the process apart: `recognise_file` of each, as JSON. Lines of orders that no file has the
    orders of are taken for orders."""
    results = []
    for file in files:
        tell(file.name, 0)
        results.append(recognise_file(file, how, named))
    results = _pass_over_people(results)
    if not any(each.kind in ("orders", "log") for each in results):
        results = [
            recognise_file(file, how, named, is_alone=True) if each.kind == "items" else each
            for file, each in zip(files, results, strict=True)
        ]
    return [asdict(each) for each in results]


def _pass_over_people(results: list[RecognisedFile]) -> list[RecognisedFile]:
    """What files seem to be, a list of people beside a sheet of orders taken for no export."""
    if all(each.buys_nothing or each.kind not in ("orders", "log") for each in results):
        return results
    return [
        replace(each, kind="unknown", columns=()) if each.buys_nothing else each for each in results
    ]


def recognise_file(
    file: SourceFile,
    how: ReadOptions,
    named: Mapping[str, Sequence[str]],
    is_alone: bool = False,
) -> RecognisedFile:
    """What one file seems to be, of a workbook the sheet that looks like orders. is_alone: as in
    `recognise_by_words`."""
    with remember_answers():
        return recognise_sheets(
            file, how, lambda each: _recognise_table(file, each, named, is_alone)
        )


def _recognise_table(
    file: SourceFile, how: ReadOptions, named: Mapping[str, Sequence[str]], is_alone: bool
) -> RecognisedFile:
    """What a table seems to be; a column named beforehand is looked into as a guessed one is."""
    names = read_header(file, how)
    sample = _read_sample(file, how)
    seems = name_columns(_recognise(file, how, names, sample, is_alone), named)
    seems = forget_remarks(seems, named)
    counts = count_words([each for each in seems.columns if each.theirs in sample], sample)
    contents = {} if seems.profile else describe_contents(sample)
    seems = replace(seems, counts=counts, contents=contents, **guess_place(seems, sample))
    profile = PROFILES[seems.profile] if seems.profile else None
    seems = settle_refund_rows(read_named_columns(seems, named, profile, sample), sample)
    repeated = find_repeated_rows(seems, sample)
    return replace(seems, remarks=[*seems.remarks, *(("rows_repeated", each) for each in repeated)])


def _recognise(
    file: SourceFile, how: ReadOptions, names: list[str], sample: pd.DataFrame, is_alone: bool
) -> RecognisedFile:
    if _is_headless(names):
        headless = _get_headless_profile(file, names)
        return _recognise_by_profile(file, how, names, pd.DataFrame(), headless, 1.0, "orders")
    best = max(
        (_match_profile(names, profile) for profile in PROFILES.values()), key=lambda each: each[1]
    )
    by_profile = _recognise_by_profile(file, how, names, sample, *best) if best[1] > 0 else None
    if by_profile and (best[0].names_nobody or not by_profile.lacking):
        return by_profile
    by_words = recognise_by_words(file.name, names, sample, is_alone)
    # Another export may have a few cells of a platform's, and not what its profile needs.
    is_whole = by_words.kind != "unknown" and not by_words.lacking
    return by_profile if by_profile and not is_whole else by_words


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


def _read_sample(file: SourceFile, how: ReadOptions) -> pd.DataFrame:
    """The first rows, under the file's own names; of names that stand twice the first."""
    for batch in islice(read_batches(file, how, []), 1):
        frame: pd.DataFrame = batch.table.slice(0, LOOKED_AT).to_pandas(integer_object_nulls=True)
        return frame.loc[:, ~frame.columns.duplicated()]
    return pd.DataFrame(columns=list(dict.fromkeys(read_header(file, how))))


def _match_profile(names: Sequence[str], profile: Profile) -> tuple[Profile, float, str]:
    """(profile, share of its marks that the header has, which of its tables); 0 if too few."""
    marks_of = {"orders": profile.marks, "items": profile.item_marks}
    found = {kind: len(find_marks(marks, names)[0]) for kind, marks in marks_of.items()}
    shares = {kind: found[kind] / max(len(marks), 1) for kind, marks in marks_of.items()}
    kind = max(shares, key=lambda each: shares[each])
    enough = found[kind] >= LEAST_MARKS and shares[kind] >= LEAST_SHARE
    return profile, shares[kind] if enough else 0.0, kind


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
        lacking=_list_lacking(profile, kind, file, how) or _list_covered(profile, named, sample),
        statuses=_translate_statuses(named, sample, profile),
        types=_translate_types(named, sample, profile),
        kinds=profile.kinds,
        timezone=profile.timezone,
        currency=profile.currency,
        remarks=list_column_remarks({guess.ours: guess for guess in columns}, sample),
        samples=take_samples(names, sample),
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


def _list_covered(
    profile: Profile, named: Mapping[str, str], sample: pd.DataFrame
) -> tuple[str, ...]:
    """The column of who bought, where a platform that covers it has covered most of it."""
    if profile.names_nobody is None or "customer_id" not in named or not len(sample):
        return ()
    ids = parse_text(sample[named["customer_id"]])
    covered = ids.isna() | ids.str.contains(MASKED, regex=True, na=False)
    return (named["customer_id"],) if covered.mean() > 0.5 else ()


def _translate_statuses(
    named: Mapping[str, str], sample: pd.DataFrame, profile: Profile
) -> dict[str, str | None]:
    """What each status of the file means, by the profile or else by a guess."""
    statuses: dict[str, str | None] = {}
    for column in (named[ours] for ours in ("status", "status_2") if ours in named):
        if column in sample:
            words = list_column_words(column, sample)
            known = profile.statuses
            meant = {
                word: known.get(word, known.get(word.casefold(), guess_status(word)))
                for word in words
            }
            statuses |= forget_on_delivery(meant, sample[column], sample)
    return statuses


def _translate_types(
    named: Mapping[str, str], sample: pd.DataFrame, profile: Profile
) -> dict[str, str | None]:
    """What each kind of row of the file is, by the profile or else by a guess."""
    if "row_type" not in named or named["row_type"] not in sample:
        return {}
    words = list_column_words(named["row_type"], sample)
    return {word: profile.types.get(word.casefold(), guess_row_type(word)) for word in words}
