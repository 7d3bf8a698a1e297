"""The season: how far the level of all probabilities must move at a cut-off, forecast from the year
before.

What ruins probabilities is the base rate moving with the season, not the shape of the map from
margin to chance. The shift of a past cut-off is what its probabilities would have needed; the
forecast for a day is the shift of the year before, and half of how the newest differs from its own
year before: a trend seen once goes on only in part (Gardner and McKenzie 1985).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.model.ensemble import to_probability

Array = NDArray[np.float64]

YEAR = 365
# About fifteen months: under it the season cannot be seen, and no calibration is claimed. The
# cut-off a year before then has a quarter of history itself; with less its customers are all new,
# and its shift is another shop's: Online Retail's first weeks, taken for a season, raised the
# calibration error of its second December from .29 to .38.
SEASON_SEEN_DAYS = 455
FEWEST = 100  # customers at a cut-off for its shift to mean anything
_NEAR_DAYS = 31  # how far from a known cut-off the shift of a day may be read
_DAMPING = 0.5
_UNKNOWN_ERROR = 0.5  # of a forecast nothing is known of: what a strong season does
_MOVES_AT_MOST = 60  # days a feast may move between two years


@dataclass(frozen=True)
class RateShift:
    """What the log-odds of one past cut-off lacked, and the standard error of that."""

    day: date
    shift: float
    noise: float
    customers: int


@dataclass(frozen=True)
class Forecast:
    """The shift for a cut-off. `basis`: `year_ago`, or why there is none: `short_history`,
    `no_year_ago`."""

    shift: float
    basis: str
    year_ago: date | None = None


@dataclass(frozen=True)
class BaseRate:
    """A shop's shifts and sale days: what `base_rate.json` keeps."""

    first_day: date
    outcome_days: int
    shifts: Sequence[RateShift]
    sales: Mapping[str, Sequence[date]]

    def forecast(self, day: date) -> Forecast:
        """The shift for a cut-off day, from outcomes that were over by then."""
        if (day - self.first_day).days < SEASON_SEEN_DAYS:
            return Forecast(0.0, "short_history")
        known = [each for each in self._list_finished(day) if each.customers >= FEWEST]
        year_ago = self.find_year_before(day)
        before = _interpolate(known, year_ago)
        if before is None:
            return Forecast(0.0, "no_year_ago")
        trend, noise = self._find_trend(known)
        spread = _estimate_true_spread(known)
        shift = _shrink(before[0], before[1] ** 2, spread) + _DAMPING * _shrink(
            trend, noise, spread
        )
        return Forecast(shift, "year_ago", year_ago)

    def _find_trend(self, known: list[RateShift]) -> tuple[float, float]:
        newest = max(known, key=lambda each: each.day)
        then = _interpolate(known, self.find_year_before(newest.day))
        trend, noise = (
            (newest.shift - then[0], newest.noise**2 + then[1] ** 2) if then else (0.0, 0.0)
        )
        return trend, noise

    def estimate_error(self, day: date) -> float:
        """How far forecasts for past cut-offs were off, root mean square, each made from what
        was known on its day."""
        over = self._list_finished(day)
        known = [
            each for each in over if each.customers >= FEWEST
        ] or over  # thin ones are noisy, but better than no error
        if not known:
            return _UNKNOWN_ERROR
        return float(
            np.sqrt(np.mean([(each.shift - self.forecast(each.day).shift) ** 2 for each in known]))
        )

    def find_year_before(self, day: date) -> date:
        """The day a year before that stands as far from the next sale as this one does from its
        own."""
        coming = sorted(
            (each - day, name, each)
            for name, days in self.sales.items()
            for each in days
            if timedelta(0) <= each - day < timedelta(days=self.outcome_days)
        )
        for distance, name, each in coming:
            a_year = [
                other
                for other in self.sales[name]
                if abs((each - other).days - YEAR) <= _MOVES_AT_MOST
            ]
            if a_year:
                return max(a_year) - distance
        return day - timedelta(days=YEAR)

    def _list_finished(self, day: date) -> list[RateShift]:
        """The shifts whose outcomes were over by a day."""
        return [each for each in self.shifts if each.day + timedelta(days=self.outcome_days) <= day]

    def to_dict(self) -> dict[str, object]:
        return {
            "first_day": str(self.first_day),
            "outcome_days": self.outcome_days,
            "shifts": [
                {
                    "day": str(each.day),
                    "shift": each.shift,
                    "noise": each.noise,
                    "customers": each.customers,
                }
                for each in sorted(self.shifts, key=lambda each: each.day)
            ],
            "sales": {name: [str(day) for day in days] for name, days in self.sales.items()},
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "BaseRate":
        shifts = [
            RateShift(**{**each, "day": date.fromisoformat(each["day"])})
            for each in plain["shifts"]
        ]
        sales = {
            name: tuple(date.fromisoformat(day) for day in days)
            for name, days in plain["sales"].items()
        }
        return cls(date.fromisoformat(plain["first_day"]), plain["outcome_days"], shifts, sales)


def measure_shift(day: date, margins: Array, churned: NDArray[np.bool_]) -> RateShift:
    """The shift of a past cut-off."""
    return RateShift(day, *solve_missing_level(margins, churned), len(churned))


def solve_missing_level(margins: Array, churned: NDArray[np.bool_]) -> tuple[float, float]:
    """What these log-odds lack so that on average they say what happened, and its standard
    error."""
    shift, happened = 0.0, _measure_share(churned)
    for _ in range(50):
        chance = to_probability(margins + shift)
        certain = float(np.mean(chance * (1 - chance)))
        step = (happened - float(chance.mean())) / max(certain, 1e-6)
        shift += float(np.clip(step, -2.0, 2.0))
        if abs(step) < 1e-9:
            break
    return shift, float(1 / np.sqrt(max(certain, 1e-6) * len(churned)))


def _measure_share(churned: NDArray[np.bool_]) -> float:
    """The share that churned, half a customer off nobody and everybody at least."""
    least = 0.5 / len(churned)
    return min(max(float(churned.mean()), least), 1 - least)


def _interpolate(known: Sequence[RateShift], day: date) -> tuple[float, float] | None:
    """The shift and its noise at a day, read between the nearest before and after; None with
    neither near."""
    before, after = _find_neighbours(known, day)
    if before is None or after is None or before == after:
        only = before or after
        return (only.shift, only.noise) if only else None
    weight = (day - before.day).days / (after.day - before.day).days
    return before.shift + weight * (after.shift - before.shift), max(before.noise, after.noise)


def _find_neighbours(
    known: Sequence[RateShift], day: date
) -> tuple[RateShift | None, RateShift | None]:
    near = [each for each in known if abs((each.day - day).days) <= _NEAR_DAYS]
    before = max(
        (each for each in near if each.day <= day), key=lambda each: each.day, default=None
    )
    after = min((each for each in near if each.day >= day), key=lambda each: each.day, default=None)
    return before, after


def _estimate_true_spread(known: Sequence[RateShift]) -> float:
    """The variance of shifts beyond what sampling alone would make."""
    shifts = np.array([each.shift for each in known])
    return max(float(shifts.var()) - float(np.mean([each.noise**2 for each in known])), 0.0)


def _shrink(value: float, noise: float, spread: float) -> float:
    return value * spread / (spread + noise) if spread > 0 else 0.0
