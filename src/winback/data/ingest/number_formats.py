"""Which of two readings a file's own values leave: `02/03/2026` and `1.234,50`.

One value can be read two ways; a file mostly cannot, because some day is above 12 and some amount
has cents. A file that leaves both readings open is refused: half of its customers would be silent
for a month too long.
"""

import re
from collections.abc import Iterator

import pandas as pd

from winback.config.sources import DayOrder, Decimals
from winback.core.errors import AmountsAmbiguous, DatesAmbiguous
from winback.data.ingest.parsing import Column, Notation
from winback.data.ingest.raw_rows import RawRows

_TWO_WAYS = re.compile(r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}\b")
_THOUSANDS = re.compile(r"^\D*\d{1,3}(?:\.\d{3})+\D*$")  # or a little more than a unit
_MONEY = ("amount", "unit_price", "order_amount", "discount", "refund_amount")
_COMMA_CENTS, _POINT_CENTS = re.compile(r"\d,\d{1,2}\D*$"), re.compile(r"\d\.\d{1,2}\D*$")
_TIMES = ("ordered_at", "occurred_at", "known_at", "refunded_at")
_NUMBERS = (
    "amount",
    "unit_price",
    "order_amount",
    "discount",
    "list_price",
    "unit_cost",
    "refund_amount",
    "quantity",
    "value",
)


def detect_notation(
    raws: Iterator[RawRows], dates: DayOrder, decimals: Decimals, year: int | None
) -> Notation:
    """How a file writes dates and amounts, from as many of its rows as it takes. Raises
    DatesAmbiguous and AmountsAmbiguous."""
    evidence = _NotationEvidence()
    for raw in raws:
        evidence.add(raw)
        if evidence.is_settled(dates, decimals):
            break
    day_first = {"dmy": True, "mdy": False, "auto": evidence.decide_day_first()}[dates]
    _refuse_ambiguous(day_first, evidence, decimals)
    return Notation(
        day_first, {"comma": ",", "point": ".", "auto": evidence.decide_decimal()}[decimals], year
    )


def _refuse_ambiguous(
    day_first: bool | None, evidence: "_NotationEvidence", decimals: Decimals
) -> None:
    if day_first is None and evidence.two_ways:
        file, column, value = evidence.two_ways
        raise DatesAmbiguous(file=file, column=column, value=value)
    if decimals == "auto" and evidence.thousands and not (evidence.comma or evidence.point):
        file, column, value = evidence.thousands
        raise AmountsAmbiguous(file=file, column=column, value=value)


class _NotationEvidence:
    def __init__(self) -> None:
        self.two_ways: tuple[str, str, str] | None = None
        self.first_above_12 = self.second_above_12 = False
        self.comma = self.point = False
        self.thousands: tuple[str, str, str] | None = None

    def add(self, raw: RawRows) -> None:
        self._add_times(raw)
        self._add_numbers(raw)

    def _add_times(self, raw: RawRows) -> None:
        for column in (each for each in _TIMES if each in raw.frame):
            values = raw.frame[column]
            if _is_typed(values):
                continue
            parts = values.dropna().astype("str").str.extract(_TWO_WAYS).dropna().astype("int64")
            if len(parts) and self.two_ways is None:
                self.two_ways = _cite(raw, column, values.loc[parts.index[0]])
            self.first_above_12 = self.first_above_12 or bool((parts[0] > 12).any())
            self.second_above_12 = self.second_above_12 or bool((parts[1] > 12).any())

    def _add_numbers(self, raw: RawRows) -> None:
        for column in (each for each in _NUMBERS if each in raw.frame):
            values = raw.frame[column]
            if not pd.api.types.is_numeric_dtype(values):
                values = values.dropna().astype("str")
                self.comma = self.comma or bool(values.str.contains(_COMMA_CENTS).any())
                self.point = self.point or bool(values.str.contains(_POINT_CENTS).any())
                grouped = (
                    values[values.str.contains(_THOUSANDS)] if column in _MONEY else values[:0]
                )
                if len(grouped) and self.thousands is None:
                    self.thousands = _cite(raw, column, grouped.iloc[0])

    def is_settled(self, dates: DayOrder, decimals: Decimals) -> bool:
        """Whether more rows could not change the answer: nothing written two ways so far, or
        something that decides it."""
        dated = (
            dates != "auto" or self.two_ways is None or self.first_above_12 or self.second_above_12
        )
        written = decimals != "auto" or self.point or not (self.comma or self.thousands)
        return dated and written

    def decide_day_first(self) -> bool | None:
        # Where both are above 12 the file mixes the two; the commoner notation is unknown, so its
        # rows are refused one by one.
        return None if self.first_above_12 == self.second_above_12 else self.first_above_12

    def decide_decimal(self) -> str:
        return "," if self.comma and not self.point else "."


def _is_typed(values: Column) -> bool:
    """Whether a column holds times or numbers and no text."""
    return bool(
        pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_numeric_dtype(values)
    )


def _cite(raw: RawRows, column: str, value: object) -> tuple[str, str, str]:
    """(file, the file's own column name, value), for an error text."""
    return raw.file, raw.named.get(column, column), str(value)
