"""Which of two readings a file's own values leave: `02/03/2026` and `1.234,50`.

One value can be read two ways; a file mostly cannot, because some day is above 12 and some amount
has cents. A file that leaves both readings open is refused: half of its customers would be silent
for a month too long.
"""

import re
from collections.abc import Iterator

import pandas as pd

from winback.config.sources import DayOrder, Decimals
from winback.core.currency import get_exponent
from winback.core.errors import AmountsAmbiguous, DatesAmbiguous
from winback.data.ingest.parsing import Column, Notation
from winback.data.ingest.raw_rows import RawRows

_TWO_WAYS = re.compile(
    r"^\s*(?:[^\W\d]+[.,]*\s*)?(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)"
)
# A column of days takes many values where the years of a shop's orders are few.
_FEW_YEARS, _MANY_DAYS = 3, 8
_THOUSANDS = re.compile(r"^\D*\d{1,3}(?:\.\d{3})+\D*$")  # or a little more than a unit
# Of a currency of three decimals a comma can be as little: 12,500 Tunisian dinars are twelve.
_THREE_DECIMALS = re.compile(r"^\D*\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+)\D*$")
_MONEY = (*("amount", "unit_price", "order_amount", "discount", "order_discount", "refund_amount"),)
# Two groups of thousands tell it, too.
_COMMA_CENTS = re.compile(r"\d,\d{1,2}\D*$|\d\.\d{3}(?:,\d|\.\d{3})")
_POINT_CENTS = re.compile(r"\d\.\d{1,2}\D*$|\d,\d{3}(?:\.\d|,\d{3})")
_SHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_TYPED = r"-?\d+(?:\.\d*[1-9])?"  # as a typed number is read: no zeros behind, and no marks
_TIMES = ("ordered_at", "occurred_at", "known_at", "refunded_at")
_NUMBERS = (
    "amount",
    "unit_price",
    "order_amount",
    "discount",
    "order_discount",
    "list_price",
    "unit_cost",
    "refund_amount",
    "quantity",
    "value",
)


def detect_notation(
    raws: Iterator[RawRows],
    dates: DayOrder,
    decimals: Decimals,
    year: int | None,
    currency: str = "",
) -> Notation:
    """How a file writes dates and amounts, from as many of its rows as it takes. Raises
    DatesAmbiguous and AmountsAmbiguous."""
    evidence = _NotationEvidence(_THREE_DECIMALS if get_exponent(currency) == 3 else _THOUSANDS)
    for raw in raws:
        evidence.add(raw)
        if evidence.is_settled(dates, decimals):
            break
    day_first, year_first = evidence.dates.decide(dates)
    _refuse_ambiguous(day_first, year_first, evidence, decimals)
    decimal = {"comma": ",", "point": ".", "auto": evidence.decide_decimal()}[decimals]
    return Notation(day_first, decimal, year, bool(year_first), evidence.typed_cells)


def _refuse_ambiguous(
    day_first: bool | None,
    year_first: bool | None,
    evidence: "_NotationEvidence",
    decimals: Decimals,
) -> None:
    dates = evidence.dates
    for is_open, example in (
        (day_first is None, dates.full),
        (year_first is None or (day_first is None and not year_first), dates.short),
    ):
        if is_open and example:
            file, column, value = example
            raise DatesAmbiguous(file=file, column=column, value=value)
    if decimals == "auto" and evidence.thousands and evidence.comma == evidence.point:
        file, column, value = evidence.thousands
        raise AmountsAmbiguous(file=file, column=column, value=value)


class _DateEvidence:
    """What a file's dates of three numbers show. full, short: the first with a year of four
    digits and of two, each its file, column and value."""

    def __init__(self) -> None:
        self.full: tuple[str, str, str] | None = None
        self.short: tuple[str, str, str] | None = None
        # Of either year: whether a first and a second number is above 12.
        self._above = {"full": [False, False], "short": [False, False]}
        self._firsts, self._lasts = set[int](), set[int]()  # of years of two digits
        self._year_last = False

    def add(self, raw: RawRows, column: str, values: Column) -> None:
        parts = values.drop_duplicates().str.extract(_TWO_WAYS).dropna()
        is_full = parts[3].str.len() == 4
        for kind, rows in (("full", parts[is_full]), ("short", parts[~is_full])):
            if len(rows):
                if getattr(self, kind) is None:
                    setattr(self, kind, _cite(raw, column, values.loc[rows.index[0]]))
                for place, numbers in enumerate((rows[0], rows[2])):
                    is_above = bool((numbers.astype("int64") > 12).any())
                    self._above[kind][place] = self._above[kind][place] or is_above
        short = parts[~is_full]
        self._firsts |= set(short[0].astype("int64"))
        self._lasts |= set(short[3].astype("int64"))
        # A year has two digits, and no day or month is after the 31st.
        self._year_last = self._year_last or bool((short[0].str.len() == 1).any())

    def decide(self, dates: DayOrder) -> tuple[bool | None, bool | None]:
        """(whether the day comes first where the year does not, whether a year of two digits comes
        first); each None where nothing tells it."""
        year_first = self._decide_year_first() if dates == "auto" else dates == "ymd"
        kinds = ["full"] if year_first or year_first is None else ["full", "short"]
        first, second = (any(self._above[kind][place] for kind in kinds) for place in (0, 1))
        # Where both are above 12 the file mixes the two; the commoner notation is unknown.
        found = None if first == second else first
        return {"dmy": True, "mdy": False}.get(dates, found), year_first

    def is_settled(self, dates: DayOrder) -> bool:
        """Whether more rows could not change what is decided."""
        if dates in ("dmy", "mdy") or not (self.full or self.short):
            return True
        day_first, year_first = self.decide(dates)
        open_day = day_first is None and (self.full or not year_first)
        return not open_day and (not self.short or year_first is not None)

    def _decide_year_first(self) -> bool | None:
        if not self.short:
            return False
        first, last = len(self._firsts), len(self._lasts)
        is_last = (
            self._year_last
            or self._above["short"][1]
            or max(self._lasts) > 31
            or (last <= _FEW_YEARS and first >= _MANY_DAYS)
        )
        is_first = max(self._firsts) > 31 or (first <= _FEW_YEARS and last >= _MANY_DAYS)
        return None if is_first == is_last else is_first


class _NotationEvidence:
    def __init__(self, two_ways: re.Pattern[str]) -> None:
        self.dates = _DateEvidence()
        self._two_ways = two_ways  # amounts that can be thousands or have three decimals
        self.comma = self.point = False
        self.typed_cells = False
        self.thousands: tuple[str, str, str] | None = None

    def add(self, raw: RawRows) -> None:
        self.typed_cells = raw.file.lower().endswith(_SHEETS)
        self._add_times(raw)
        self._add_numbers(raw)

    def _add_times(self, raw: RawRows) -> None:
        for column in (each for each in _TIMES if each in raw.frame):
            values = raw.frame[column]
            if _is_typed(values):
                continue
            self.dates.add(raw, column, values.dropna().astype("str"))

    def _add_numbers(self, raw: RawRows) -> None:
        for column in (each for each in _NUMBERS if each in raw.frame):
            values = raw.frame[column]
            if not pd.api.types.is_numeric_dtype(values):
                values = values.dropna().astype("str")
                if self.typed_cells:
                    values = _drop_typed(values)
                self.comma = self.comma or bool(values.str.contains(_COMMA_CENTS).any())
                self.point = self.point or bool(values.str.contains(_POINT_CENTS).any())
                grouped = (
                    values[values.str.contains(self._two_ways)] if column in _MONEY else values[:0]
                )
                if len(grouped) and self.thousands is None:
                    self.thousands = _cite(raw, column, grouped.iloc[0])

    def is_settled(self, dates: DayOrder, decimals: Decimals) -> bool:
        """Whether more rows could not change the answer: nothing written two ways so far, or
        something that decides it."""
        is_decided = self.point if self.thousands is None else False
        written = decimals != "auto" or is_decided or not (self.comma or self.thousands)
        return self.dates.is_settled(dates) and written

    def decide_decimal(self) -> str:
        return "," if self.comma and not self.point else "."


def _drop_typed(values: Column) -> Column:
    """The cells of a spreadsheet that somebody wrote as text: a typed number tells nothing of how
    these are written. Of three decimals it is one where the column has others."""
    is_plain = values.str.fullmatch(_TYPED)
    is_two_ways = values.str.contains(_THOUSANDS)
    has_typed = bool((is_plain & ~is_two_ways & values.str.contains(".", regex=False)).any())
    return values[~is_plain | (is_two_ways & (not has_typed))]


def _is_typed(values: Column) -> bool:
    """Whether a column holds times or numbers and no text."""
    return bool(
        pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_numeric_dtype(values)
    )


def _cite(raw: RawRows, column: str, value: object) -> tuple[str, str, str]:
    """(file, the file's own column name, value), for an error text."""
    return raw.file, raw.named.get(column, column), str(value)
