"""The day we pretend is today; the only way to slice time.

Every moment in the store is naive UTC. A cut-off is a local midnight of the shop:
what was known before it is history, what happens from it on is outcome. Windows are half-open, so
neighbours share no day and miss none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

SECONDS_A_DAY = 86_400
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Cutoff:
    """The moment we pretend is now: features see what came before it, labels what came from it
    on."""

    day: date
    timezone: str
    outcome_days: int

    @cached_property
    def at(self) -> datetime:
        """The local midnight that begins `day`, in naive UTC."""
        return get_midnight(self.day, self.timezone)

    @property
    def outcome_end(self) -> datetime:
        """The local midnight `outcome_days` local days on: a day is not always 24 hours."""
        return get_midnight(self.day + timedelta(days=self.outcome_days), self.timezone)

    @cached_property
    def epoch(self) -> int:
        """`at` in whole seconds since 1970; ages are counted from here."""
        return to_epoch_seconds(self.at)

    def is_history(self, moment: datetime) -> bool:
        return moment < self.at

    def is_outcome(self, moment: datetime) -> bool:
        """Whether a moment lies in the outcome window, which starts at the cut-off."""
        return self.at <= moment < self.outcome_end

    def get_window_start(self, days: int) -> datetime:
        """The local midnight that begins the last `days` local days before the cut-off, in naive
        UTC."""
        return get_midnight(self.day - timedelta(days=days), self.timezone)

    def get_window_seconds(self, days: int) -> int:
        """The greatest age, in seconds, that still lies within the last `days` local days."""
        return self.epoch - to_epoch_seconds(self.get_window_start(days))

    def shift_back(self, days: int) -> "Cutoff":
        """The cut-off `days` local days before this one, with the same outcome window."""
        return Cutoff(self.day - timedelta(days=days), self.timezone, self.outcome_days)


def get_midnight(day: date, timezone: str) -> datetime:
    """The local midnight that begins `day`, in naive UTC."""
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone))
    return local.astimezone(UTC).replace(tzinfo=None)


def to_epoch_seconds(moment: datetime) -> int:
    """Whole seconds since 1970 of a naive UTC moment, floored: never rounded, never truncated."""
    since = moment - EPOCH
    return since.days * SECONDS_A_DAY + since.seconds


def build_test_cutoff(newest: date, timezone: str, outcome_days: int) -> Cutoff:
    """The last cut-off whose outcome is over: H days before the newest cut-off, before which all
    days are whole."""
    return Cutoff(newest - timedelta(days=outcome_days), timezone, outcome_days)


def build_training_cutoffs(
    test: Cutoff, first_day: date, most: int = 12, every_days: int = 30
) -> Sequence[Cutoff]:
    """Cut-offs to learn from, newest first: every `every_days`, the newest H before the test, all
    after `first_day`.

    Their outcome windows end at or before the test cut-off, so nothing the test asks about is in a
    label.
    """
    newest = test.shift_back(test.outcome_days)
    stacked = (newest.shift_back(every_days * step) for step in range(most))
    return tuple(cutoff for cutoff in stacked if cutoff.day > first_day)
