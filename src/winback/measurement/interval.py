"""A figure and how far from it the truth may lie."""

from dataclasses import dataclass
from typing import Literal

LEVEL = 0.95
# Whether an interval is made for one look at a time fixed before, or holds at every look.
Reading = Literal["once", "always"]


@dataclass(frozen=True)
class Interval:
    """A figure and its 95 % interval; error: its standard error; p: of no effect at all,
    two-sided."""

    value: float
    low: float
    high: float
    error: float
    p: float

    def scale(self, factor: float) -> "Interval":
        """The same in another unit."""
        low, high = sorted((self.low * factor, self.high * factor))
        return Interval(self.value * factor, low, high, abs(self.error * factor), self.p)
