"""Evidence that may be looked at after every message: e-values, which under the null rise above
1 / level with a chance of at most `level`, whenever and however often somebody looks (Ville 1939;
mixtures of likelihood ratios: Robbins 1970).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, log1p

LEVEL = 0.05
_MULTIPLES = (1.5, 2.0, 3.0, 5.0, 10.0)  # of the null's rate or odds, mixed in equal parts
_MOST = 700.0  # beyond it exp overflows


@dataclass(frozen=True)
class EventsByArm:
    """People of one draw with an event. treated, held_out: how many are in each arm;
    treated_events, held_out_events: how many of them had one."""

    treated: int
    held_out: int
    treated_events: int
    held_out_events: int


def compute_rate_e_value(events: int, trials: int, line: float) -> float:
    """The evidence that events come more often than a line allows (0 to 1, without both ends).
    Events that are still to come of trials already counted make it too small, never too large."""
    # Of a line near 1 it is the rest that shrinks: no rate is above 1.
    rates = [min(multiple * line, 1 - (1 - line) / multiple) for multiple in _MULTIPLES]
    ratios = [
        events * log(rate / line) + (trials - events) * (log1p(-rate) - log1p(-line))
        for rate in rates
    ]
    return _mix(ratios)


def compute_excess_e_value(draws: Sequence[EventsByArm]) -> float:
    """The evidence that the treated have an event more often than the holdout: of who had one, each
    is as likely as their arm is large, if the message does nothing."""
    ratios = [
        sum(_compute_log_ratio(draw, odds) for draw in draws if draw.treated and draw.held_out)
        for odds in _MULTIPLES
    ]
    return _mix(ratios)


def _compute_log_ratio(draw: EventsByArm, odds: float) -> float:
    share = draw.treated / (draw.treated + draw.held_out)
    events = draw.treated_events + draw.held_out_events
    return draw.treated_events * log(odds) - events * log(odds * share + 1 - share)


def _mix(logs: Sequence[float]) -> float:
    return sum(exp(min(each, _MOST)) for each in logs) / len(_MULTIPLES)
