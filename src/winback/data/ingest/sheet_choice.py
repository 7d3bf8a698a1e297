"""Which sheet of a workbook holds its orders, where its tables have different headers."""

from collections.abc import Callable
from dataclasses import replace

from winback.core.errors import HeaderMissing, SheetsAmbiguous
from winback.data.ingest.recognised_file import RecognisedFile
from winback.readers.archives import SourceFile
from winback.readers.files import ReadOptions, find_guessed_encoding, list_tables

_AMOUNTS = ("amount", "order_amount", "unit_price")
_SURE = 3  # of who bought, when, which order, and what was paid

Recognise = Callable[[ReadOptions], RecognisedFile]


def recognise_sheets(file: SourceFile, how: ReadOptions, recognise: Recognise) -> RecognisedFile:
    """What a file seems to be, a workbook by the sheet that looks most like orders; which sheets
    are read is said. Raises SheetsAmbiguous where two look like orders."""
    titles, groups = list_tables(file, how)
    if len(groups) < 2:
        read = [table.title for group in groups for table in group]
        return _say_encoding(_say_sheets(recognise(how), titles, read), file, how)
    seems = []
    for group in groups:
        # A sheet without a header is no order sheet among some that have one.
        try:
            each = recognise(replace(how, sheet=group[0].title))
        except HeaderMissing:
            continue
        seems.append((_rate_as_orders(each), [table.title for table in group], each))
    if not seems:
        return recognise(how)
    like_orders = [each for each in seems if each[0] >= _SURE] or [
        each for each in seems if each[0]
    ]
    if len(like_orders) > 1:
        sheets = ", ".join(f"'{read[0]}'" for _, read, _ in like_orders)
        raise SheetsAmbiguous(file=str(file), sheets=sheets)
    _, read, chosen = like_orders[0] if like_orders else seems[0]
    return _say_sheets(chosen, titles, read)


def _rate_as_orders(seems: RecognisedFile) -> int:
    """How much of an order a table has; 0 of one without who bought and when."""
    ours = {guess.ours for guess in seems.columns}
    if seems.kind not in ("orders", "log") or seems.lacking:
        return 0
    if seems.profile is not None:
        return 4
    return 2 + ("order_id" in ours) + (not ours.isdisjoint(_AMOUNTS))


def _say_encoding(seems: RecognisedFile, file: SourceFile, how: ReadOptions) -> RecognisedFile:
    codec = find_guessed_encoding(file, how)
    said = () if codec is None else (("encoding", codec),)
    return replace(seems, remarks=(*seems.remarks, *said))


def _say_sheets(seems: RecognisedFile, titles: list[str], read: list[str]) -> RecognisedFile:
    if len(titles) == len(read):
        return seems
    named, of = (", ".join(f"'{title}'" for title in each) for each in (read, titles))
    return replace(seems, remarks=(*seems.remarks, ("sheets", f"{named} / {of}")))
