"""What may be said of an effect: not matured, cannot tell yet, earned, harmful, or too small to
matter.

Zero is never an answer to a question that cannot be answered yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal, TypeVar

from winback.experiments.power import LEAST_HELD_OUT, LEAST_HOUSEHOLDS
from winback.measurement.effect import Effect
from winback.measurement.interval import Interval, Reading

Verdict = Literal["not_matured", "cannot_tell", "earned", "harmful", "too_small"]
Line = Literal["continue", "stop", "cannot_tell", "no_cost"]
Key = TypeVar("Key", str, tuple[str, str])

WORTH_KNOWING = 0.05  # five points more who come back: what the planner promises to find, too
# A test finds with a power of 80 % what is as large as so many standard errors: one that is read
# once, and one that is read every week.
_SEEN_ONCE = 2.8016
_SEEN_WEEKLY = 3.95
MOST_WEEKS = 520
LEAST_EVENTS = 10  # customers who did, and who did not, before anything is called
# Buyers to expect in the holdout before measured money has an interval: with fewer, no method holds
# where amounts lie far apart (`benchmarks/effect.json`).
LEAST_EXPECTED = 20


@dataclass(frozen=True)
class Judgement:
    """A verdict. weeks: how many more like those so far until it is known; None where it
    is known already, or never will be."""

    verdict: Verdict
    weeks: int | None = None


def judge(
    difference: Interval | None,
    weeks_so_far: int,
    worth: float = WORTH_KNOWING,
    seen: float = _SEEN_ONCE,
) -> Judgement:
    """What a difference says. worth: the smallest one that matters, in its unit; seen: the standard
    errors that are found with a power of 80 %. None: no arm to compare with."""
    if difference is None:
        return Judgement("cannot_tell")
    if difference.low > 0:
        return Judgement("earned")
    if difference.high < 0:
        return Judgement("harmful")
    if difference.high < worth and -difference.low < worth:
        return Judgement("too_small")
    needed = weeks_so_far * (difference.error * seen / max(abs(difference.value), worth)) ** 2
    return _wait(needed - weeks_so_far)


def judge_effect(
    effect: Effect | None, weeks_so_far: int, worth: float, reading: Reading, p: float | None = None
) -> Judgement:
    """What is said of an effect, on pages, in reports and on the command line alike: nothing before
    enough households are compared.

    reading: what its interval is made for; p: of no effect, adjusted for others asked about with
    it (left out: none are).
    """
    if effect is None:
        return Judgement("cannot_tell")
    verdict = judge(
        effect.difference, weeks_so_far, worth, _SEEN_WEEKLY if reading == "always" else _SEEN_ONCE
    )
    missing = _measure_missing(effect)
    if missing > 1:
        return _wait(max(weeks_so_far * (missing - 1), verdict.weeks or 1))
    # A group that stands out among many does so by chance, unless it does after Holm.
    if p is not None and p >= 0.05 and verdict.verdict in ("earned", "harmful"):
        return Judgement("cannot_tell")
    return verdict


def has_enough(effect: Effect) -> bool:
    """Whether enough households are compared for anything to be called."""
    return _measure_missing(effect) <= 1


def _measure_missing(effect: Effect) -> float:
    """How many times as many as so far are needed before anything is called."""
    return max(
        LEAST_HOUSEHOLDS / max(effect.households, 1),
        LEAST_HELD_OUT / max(effect.held_out_households, 1),
        LEAST_EVENTS / max(effect.events, 1),
    )


def _wait(weeks: float) -> Judgement:
    more = max(1, ceil(weeks))
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


def holm_adjust(chances: Mapping[Key, float]) -> dict[Key, float]:
    """Chances of no effect, adjusted for how many were asked about together (Holm 1979)."""
    adjusted: dict[Key, float] = {}
    most = 0.0
    for place, (name, p) in enumerate(sorted(chances.items(), key=lambda each: (each[1], each[0]))):
        most = max(most, min(1.0, p * (len(chances) - place)))
        adjusted[name] = most
    return adjusted
