"""Quiet hours: when a customer may be disturbed, by the clock of a time zone (B86)."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(9), time(20)  # where a shop says nothing else
EARLIEST, LATEST = time(8), time(21)  # a shop's hours lie between


@dataclass(frozen=True)
class QuietHours:
    """The open hours of a day, half-open: at `closes` nobody is written to any more."""

    opens: time
    closes: time

    def find_next_open(self, now: datetime, zone: str) -> datetime:
        """The first moment from now on, naive UTC, at which the hours are open in a time zone;
        now itself if they are."""
        there = ZoneInfo(zone)
        local = now.replace(tzinfo=UTC).astimezone(there)
        if self.opens <= local.time() < self.closes:
            return now
        day = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        # An hour that a zone leaves out is read by the clock before it: then it is open at once.
        opening = datetime.combine(day, self.opens, there).astimezone(UTC).replace(tzinfo=None)
        return max(opening, now)
