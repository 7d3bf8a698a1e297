"""What may be said of an effect: not matured, cannot tell yet, earned, harmful, or too small to
matter.

Zero is never an answer to a question that cannot be answered yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal

from winback.measurement.interval import Interval

Verdict = Literal["not_matured", "cannot_tell", "earned", "harmful", "too_small"]
Line = Literal["continue", "stop", "cannot_tell", "no_cost"]

WORTH_KNOWING = 0.05  # five points more who come back: what the planner promises to find, too
_SEEN_EARLY = (
    2.8016  # a test at 5 % finds with a power of 80 % what is as large as so many standard errors
)
MOST_WEEKS = 520


@dataclass(frozen=True)
class Judgement:
    """A verdict. weeks: how many more like those so far until it is known; None where it
    is known already, or never will be."""

    verdict: Verdict
    weeks: int | None = None


def judge(
    difference: Interval | None, weeks_so_far: int, worth: float = WORTH_KNOWING
) -> Judgement:
    """What a difference says. worth: the smallest one that matters, in its unit. None: no arm to
    compare with."""
    if difference is None:
        return Judgement("cannot_tell")
    if difference.low > 0:
        return Judgement("earned")
    if difference.high < 0:
        return Judgement("harmful")
    if difference.high < worth and -difference.low < worth:
        return Judgement("too_small")
    needed = (
        weeks_so_far * (difference.error * _SEEN_EARLY / max(abs(difference.value), worth)) ** 2
    )
    more = max(1, ceil(needed - weeks_so_far))
    return Judgement("cannot_tell", more if more <= MOST_WEEKS else None)


def decide_roi(net: Interval | None, cost_minor: int, least: float) -> Line:
    """Whether to go on (B103): every unit of cost shall bring `least` of margin. net: margin
    after cost, in minor units."""
    if cost_minor <= 0:
        return "no_cost"
    if net is None:
        return "cannot_tell"
    low, high = (net.low + cost_minor) / cost_minor, (net.high + cost_minor) / cost_minor
    return "continue" if low >= least else "stop" if high < least else "cannot_tell"


def holm_adjust(chances: Mapping[str, float]) -> dict[str, float]:
    """Chances of no effect, adjusted for how many were asked about together (Holm 1979)."""
    adjusted: dict[str, float] = {}
    most = 0.0
    for place, (name, p) in enumerate(sorted(chances.items(), key=lambda each: (each[1], each[0]))):
        most = max(most, min(1.0, p * (len(chances) - place)))
        adjusted[name] = most
    return adjusted
