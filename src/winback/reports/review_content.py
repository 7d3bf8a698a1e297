"""The types of the weekly report and the monthly review, as they are shown and stored; each goes
on where a playbook's read-out ends."""

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from winback.measurement.readout import PlaybookReadout

Unit = Literal["share", "points", "minor units", "days"]


@dataclass(frozen=True)
class ChurnShare:
    """Of a group: how many customers, and what part of them placed no order in the outcome
    window."""

    customers: int
    share: float | None


class OpenAlert(Struct, frozen=True, kw_only=True):
    """An alert that is open, and its sentence in each language. opened_at: a day."""

    severity: str
    opened_at: str
    zh: str
    en: str


class ChannelCount(Struct, frozen=True, kw_only=True):
    """How many messages of all waves are in a state, by channel."""

    channel: str
    state: str
    messages: int


class Indicator(Struct, frozen=True):
    """A figure of one of three dimensions, in its unit; None where it is not known. points: a
    difference of shares."""

    dimension: Literal["customer", "business", "operations"]
    name: str
    value: float | None
    unit: Unit


class WeeklyReview(PlaybookReadout, frozen=True, kw_only=True):
    """What a week came to. queries: SQL by what it counts; reached: the share of first messages
    that went out."""

    kind: Literal["weekly", "monthly"]
    made_at: str
    alerts: list[OpenAlert]
    queries: dict[str, str]
    reached: float | None
    messages: list[ChannelCount]


class MonthlyReview(WeeklyReview, frozen=True, kw_only=True):
    """What a month came to. churn: by group; weights: of the groups in weighted_churn; churn_day:
    the cut-off; outcome_days, population_days, silence_days: what churn was measured with."""

    churn: dict[str, ChurnShare]
    weights: dict[str, float]
    weighted_churn: float | None
    churn_day: str
    outcome_days: int
    population_days: int
    silence_days: int
    indicators: list[Indicator]
