"""Who will fall silent when: the calendar ahead, so that a wave is planned before it is due
(MISSION A14, C1).

A customer who orders no more crosses S on a day that is known today. How many really will is the
sum of their chances of no order until then. After a big sale thousands share one day, ninety days
or so later.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from winback.core.cutoff import SECONDS_A_DAY, Cutoff
from winback.scoring.summary import DormantCalendar, DormantDay, DormantWeek

Array = NDArray[np.float64]

PEAKS = 3  # days named in the summary


class CalendarRow(TypedDict):
    """A row of the calendar's file, with its columns in order."""

    day: str
    customers: int
    expected: float
    last_bought_in: str | None


def compute_days_until_dormant(days_silent: Array, silence_days: float) -> NDArray[np.int64]:
    """Days from the cut-off to the first cut-off they are silent at; 0 for those who are, or
    have no order that counts."""
    left = np.floor(silence_days - np.nan_to_num(days_silent, nan=np.inf))
    return np.where(left >= 0, left + 1, 0).astype(np.int64)


@dataclass
class DormancyForecast:
    """Counts by day from the cut-off on, and by the sale in which customers last bought ("" for
    none)."""

    cutoff: Cutoff
    sales: Mapping[str, Sequence[date]]
    customers: dict[tuple[int, str], int] = field(default_factory=dict)
    expected: dict[tuple[int, str], float] = field(default_factory=dict)

    def add_customers(
        self, days_left: NDArray[np.int64], days_silent: Array, chance: Array
    ) -> None:
        """Count customers in; chance: of no order in the days left. Who bought in two sales at
        once counts for the first."""
        last_order, left = -self._to_local_days_ago(days_silent), days_left > 0
        for sale, days in (*self.sales.items(), ("", None)):
            chosen = (
                left
                if days is None
                else left & np.isin(last_order, [(day - self.cutoff.day).days for day in days])
            )
            left = left & ~chosen
            count = np.bincount(days_left[chosen])
            likely = np.bincount(days_left[chosen], weights=chance[chosen])
            self._add_days(count, sale, likely)

    def _add_days(
        self, count: NDArray[np.int64], sale: str, likely: NDArray[np.number[Any]]
    ) -> None:
        for day in np.flatnonzero(count).tolist():
            key = (day, sale)
            self.customers[key] = self.customers.get(key, 0) + int(count[day])
            self.expected[key] = self.expected.get(key, 0.0) + float(likely[day])

    def _to_local_days_ago(self, days_silent: Array) -> NDArray[np.int64]:
        """How many local days before the cut-off's an order was: a day is not always 24 hours."""
        seconds = np.nan_to_num(days_silent) * SECONDS_A_DAY
        furthest = int(seconds.max(initial=0) // SECONDS_A_DAY) + 2
        starts = [self.cutoff.get_window_seconds(days) for days in range(1, furthest + 1)]
        return np.searchsorted(np.array(starts), np.floor(seconds + 0.5), side="left") + 1

    def list_days(self) -> list[CalendarRow]:
        """Day by day: how many fall silent unless they order, how many are expected to, and
        after which sale."""
        return [
            {
                "day": str(self.cutoff.day + timedelta(days=days)),
                "customers": self.customers[days, sale],
                "expected": round(self.expected[days, sale], 1),
                "last_bought_in": sale or None,
            }
            for days, sale in sorted(self.customers)
        ]

    def summarize(self) -> DormantCalendar:
        """By week from the cut-off on, and the days with most."""
        peaks = sorted(self.list_days(), key=lambda row: (-row["expected"], row["day"]))[:PEAKS]
        return DormantCalendar(self._sum_weeks(), [DormantDay(**peak) for peak in peaks])

    def _sum_weeks(self) -> list[DormantWeek]:
        last = max((days for days, _ in self.customers), default=0)
        first_days = range(1, last + 1, 7)
        customers, expected = [0] * len(first_days), [0.0] * len(first_days)
        for (days, sale), likely in sorted(self.expected.items()):
            week = (days - 1) // 7
            customers[week] += self.customers[days, sale]
            expected[week] += likely
        return [
            DormantWeek(
                str(self.cutoff.day + timedelta(days=first)), customers[week], round(likely, 1)
            )
            for week, (first, likely) in enumerate(zip(first_days, expected, strict=True))
        ]

    def write_csv(self, path: Path) -> None:
        """The calendar as CSV, with a BOM so that spreadsheets read Chinese."""
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            table = csv.DictWriter(stream, list(CalendarRow.__annotations__))
            table.writeheader()
            table.writerows(self.list_days())
