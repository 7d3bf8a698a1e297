"""Who will fall silent when: the calendar ahead, so that a wave is planned before it is due (MISSION A14, C1).

A customer who orders no more crosses S on a day that is known today. How many really will is the sum of their chances
of no order until then. After a big sale thousands share one day, ninety days or so later.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PEAKS = 3  # days named in the summary


def days_until_silent(days_silent: Array, silence_days: float) -> NDArray[np.int64]:
    """Days from the cut-off to the first cut-off they are silent at; 0 for those who are, or have no order that counts."""
    left = np.floor(silence_days - np.nan_to_num(days_silent, nan=np.inf))
    return np.where(left >= 0, left + 1, 0).astype(np.int64)


@dataclass
class Calendar:
    """Counts by day from the cut-off on, and by the sale in which customers last bought ("" for none)."""

    cutoff: date
    sales: Mapping[str, Sequence[date]]
    customers: dict[tuple[int, str], int] = field(default_factory=dict)
    expected: dict[tuple[int, str], float] = field(default_factory=dict)

    def add(self, days_left: NDArray[np.int64], days_silent: Array, chance: Array) -> None:
        """Count customers in; chance: of no order in the days left."""
        for sale, ordered in (*((name, frozenset(days)) for name, days in self.sales.items()), ("", None)):
            last_order = -np.ceil(np.nan_to_num(days_silent)).astype(np.int64)
            named = frozenset().union(*map(frozenset, self.sales.values()))
            offsets = [(day - self.cutoff).days for day in (ordered if ordered is not None else named)]
            chosen = np.isin(last_order, offsets) == (ordered is not None)
            chosen &= days_left > 0
            count = np.bincount(days_left[chosen])
            likely = np.bincount(days_left[chosen], weights=chance[chosen])
            for days in np.flatnonzero(count).tolist():
                key = (days, sale)
                self.customers[key] = self.customers.get(key, 0) + int(count[days])
                self.expected[key] = self.expected.get(key, 0.0) + float(likely[days])

    def rows(self) -> list[dict[str, Any]]:
        """Day by day: how many fall silent unless they order, how many are expected to, and after which sale."""
        return [
            {"day": str(self.cutoff + timedelta(days=days)), "customers": self.customers[days, sale],
             "expected": round(self.expected[days, sale], 1), "last_bought_in": sale or None}
            for days, sale in sorted(self.customers)
        ]  # fmt: skip

    def summary(self) -> dict[str, Any]:
        """By week from the cut-off on, and the days with most."""
        weeks: dict[str, dict[str, float]] = {}
        for (days, _), expected in sorted(self.expected.items()):
            first = self.cutoff + timedelta(days=(days - 1) // 7 * 7 + 1)
            week = weeks.setdefault(str(first), {"customers": 0, "expected": 0.0})
            week["customers"] += self.customers[days, _]
            week["expected"] += expected
        peaks = sorted(self.rows(), key=lambda row: (-row["expected"], row["day"]))[:PEAKS]
        return {
            "by_week": [{"from": first, "customers": int(week["customers"]), "expected": round(week["expected"], 1)}
                        for first, week in weeks.items()],
            "peaks": peaks,
        }  # fmt: skip

    def write(self, path: Path) -> None:
        """The calendar as CSV, with a BOM so that spreadsheets read Chinese."""
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            table = csv.DictWriter(stream, ["day", "customers", "expected", "last_bought_in"])
            table.writeheader()
            table.writerows(self.rows())
