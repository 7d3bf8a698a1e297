"""Which rows of an export are refused, and why: values are read and checked column by column."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from winback.config.shop import Shop
from winback.core.currency import get_minor_per_unit
from winback.core.schema import LARGEST_MINOR, QUARANTINE
from winback.data.ingest import parsing
from winback.data.ingest.currency_marks import find_named_currencies
from winback.data.ingest.parsing import Notation
from winback.data.ingest.raw_rows import RawRows
from winback.data.pseudonyms import MOBILE, mask_contacts

EARLIEST, LATEST = pd.Timestamp("1970-01-02"), pd.Timestamp("2100-01-01")
FUTURE = timedelta(days=1)  # of clocks that go fast and of zones
MASKED = r"\*{2,}"
# 1.03293E+19: what a spreadsheet leaves of a long number
RUINED = r"^[0-9](?:\.[0-9]+)?[Ee]\+[0-9]{2,}$"
_SUSPECT = r"[\x00*]|[Ee]\+"  # one look at most ids, which are neither
LONGEST_SHOWN = 200
_COUNTS = ("quantity", "value")  # numbers that are no money


@dataclass(frozen=True)
class ValidationContext:
    """What validation needs to know beside the rows. `read_at`: later than a day after it is the
    future; `erased`: marks of who must not come back; `in_minor`: amounts are minor units."""

    shop: Shop
    notation: Notation
    key: bytes
    read_at: datetime
    erased: frozenset[str] = frozenset()
    in_minor: bool = False


class RowErrors:
    """Which rows of a raw frame are refused, and why: the first reason found for a row is the
    one told."""

    def __init__(self, raw: RawRows, rules: ValidationContext) -> None:
        self.raw, self.rules = raw, rules
        # Object columns: filled by mask, where Arrow-backed text would be rebuilt each time.
        self.column = pd.Series(None, index=raw.frame.index, dtype="object")
        self.reason = pd.Series(None, index=raw.frame.index, dtype="object")

    def refuse(self, rows: parsing.Column, column: str, reason: str) -> None:
        hit = rows.to_numpy(dtype=bool, na_value=False)
        if not hit.any():
            return
        fresh = self.reason.isna() & hit
        self.column[fresh] = column
        self.reason[fresh] = reason

    def read_text(self, column: str) -> parsing.Column:
        """A column's text, refusing rows that hold a NUL; all missing without the column."""
        if column not in self.raw.frame:
            return pd.Series(pd.NA, index=self.raw.frame.index, dtype="str")
        values = parsing.parse_text(self.raw.frame[column])
        self.refuse(values.str.contains("\0", regex=False, na=False), column, "control_character")
        return values

    def check_ids(self, column: str, values: parsing.Column) -> None:
        """Refuse ids that are masked or that a spreadsheet ruined, and those that hold a NUL,
        which no database keeps."""
        if not parsing.match_pattern(values, _SUSPECT).any():
            return
        if column == "customer_id":
            self.refuse(parsing.match_pattern(values, MASKED), column, "masked_id")
        self.refuse(parsing.match_pattern(values, RUINED), column, "ruined_id")
        self.refuse(values.str.contains("\0", regex=False, na=False), column, "control_character")

    def read_numbers(self, column: str) -> parsing.Column:
        """A column's numbers, refusing rows whose value is there but is no number; all missing
        without the column."""
        if column not in self.raw.frame:
            return pd.Series(np.nan, index=self.raw.frame.index)
        raw = self.raw.frame[column]
        notation = self.rules.notation
        values = parsing.parse_numbers(raw, notation.decimal, notation.typed_cells)
        if column not in _COUNTS:
            self._refuse_other_currency(raw, column)
            if self.rules.in_minor:
                values = values / get_minor_per_unit(self.rules.shop.currency)
        self.refuse(
            values.isna() & _is_present(self.raw.frame[column]), column, "unreadable_number"
        )
        too_large = self.is_too_large(values)
        self.refuse(too_large, column, "number_too_large")
        return values.mask(too_large)

    def _refuse_other_currency(self, raw: parsing.Column, column: str) -> None:
        """Refuse amounts that bear the mark of another currency, and all of a column that is
        called by one."""
        ours = self.rules.shop.currency
        meant = find_named_currencies(self.raw.named.get(column, ""))
        if meant and ours not in meant:
            self.refuse(_is_present(raw), column, "other_currency")
        self.refuse(parsing.is_other_currency(raw, ours), column, "other_currency")

    def read_minor(self, column: str) -> parsing.Column:
        """A column's amounts in minor units of the shop's currency, refusing as above."""
        return parsing.to_minor(self.read_numbers(column), self.rules.shop.currency)

    def is_too_large(self, values: parsing.Column) -> parsing.Column:
        """Which amounts have more minor units than the tables hold."""
        units: parsing.Column = values.abs() * get_minor_per_unit(self.rules.shop.currency)
        return units > LARGEST_MINOR

    def read_moments(self, column: str) -> tuple[parsing.Column, parsing.Column]:
        """A column's moments in UTC and in local time, refusing rows whose value is there but is
        no time."""
        if column not in self.raw.frame:
            nothing = pd.Series(pd.NaT, index=self.raw.frame.index, dtype="datetime64[us]")
            return nothing, nothing
        utc, local = parsing.parse_moments(
            self.raw.frame[column], self.rules.shop.timezone, self.rules.notation
        )
        self._refuse_moments(utc, column)
        return utc, local

    def _refuse_moments(self, utc: parsing.Column, column: str) -> None:
        self.refuse(utc.isna() & _is_present(self.raw.frame[column]), column, "unreadable_time")
        self.refuse((utc < EARLIEST) | (utc > LATEST), column, "time_out_of_range")
        self.refuse(utc > pd.Timestamp(self.rules.read_at + FUTURE), column, "time_in_future")

    def forgive(self, rows: parsing.Column) -> None:
        """Take back what was refused of some rows."""
        self.reason[rows] = None
        self.column[rows] = None

    def build_table(self) -> pd.DataFrame:
        """The refused rows in the columns of QUARANTINE."""
        if not self.raw.refused_lines and self.reason.isna().all():
            return pd.DataFrame(columns=list(QUARANTINE.names))
        bad = self.reason.notna()
        named, frame = self.raw.named, self.raw.frame
        values = self._collect_values(frame, bad)
        rows = self._describe_refused(bad, named, values)
        broken = self._describe_broken()
        tables = [pd.DataFrame(each, columns=list(QUARANTINE.names)) for each in (rows, broken)]
        return tables[0] if not self.raw.refused_lines else pd.concat(tables, ignore_index=True)

    def _collect_values(self, frame: pd.DataFrame, bad: parsing.Column) -> parsing.Column:
        values = pd.Series(pd.NA, index=frame.index, dtype="str")
        for column in self.column[bad].unique():
            if column in frame:
                of = bad & self.column.eq(column)
                values[of] = parsing.parse_text(frame.loc[of, column])
        # These are numbers and days: only what is a mobile number digit by digit is covered in
        # them.
        plain = self.reason.isin(
            ["number_too_large", "time_in_future", "time_out_of_range"]
        ) & ~parsing.match_pattern(values, MOBILE)
        return values.where(
            plain, values.map(mask_contacts, na_action="ignore").astype("str")
        ).str.slice(0, LONGEST_SHOWN)

    def _describe_refused(
        self, bad: parsing.Column, named: Mapping[str, str], values: parsing.Column
    ) -> dict[str, Collection[Any]]:
        return {
            "file": self.raw.file,
            "line": self.raw.lines[bad.to_numpy()],
            "column": self.column[bad].map(lambda ours: named.get(ours, ours)),
            "value": values[bad],
            "reason": self.reason[bad],
        }

    def _describe_broken(self) -> dict[str, Sequence[object]]:
        """How many fields a row has, not what they hold: names and addresses do not belong here."""
        texts = [f"{row.fields} / {row.expected}" for row in self.raw.refused_lines]
        return {
            "file": self.raw.file,
            "line": [row.line for row in self.raw.refused_lines],
            "column": "",
            "value": texts,
            "reason": "broken_row",
        }


def _is_present(raw: parsing.Column) -> parsing.Column:
    return (
        parsing.parse_text(raw).notna() if not pd.api.types.is_numeric_dtype(raw) else raw.notna()
    )
