"""What a scored snapshot comes to: customers by group, the dormant value, what each group is
worth, and when customers become dormant."""

from typing import Any

import msgspec

from winback.segmentation.thresholds import ReturnBacktest


class MoneyTotal(msgspec.Struct, frozen=True):
    """A sum in whole minor units, and its 95 % interval."""

    value: int
    low: int
    high: int


class GroupWorth(msgspec.Struct, frozen=True):
    """A group's spend that comes by itself, and what is at stake."""

    customers: int
    expected_spend_minor: MoneyTotal
    value_at_stake_minor: MoneyTotal


class DormantTotal(msgspec.Struct, frozen=True):
    """The dormant customers together: what they spent in all, and who of them returns anyway.
    backtest: what was expected so at the test cut-off, and what happened."""

    customers: int
    after_one_or_two_orders: int
    spend_at_stake_minor: int
    self_returning_customers: float
    self_returning_spend_minor: int
    silence_days: float
    outcome_days: int
    currency: str
    backtest: ReturnBacktest


class DormantWeek(msgspec.Struct, frozen=True):
    """A week from its first day on: how many become dormant unless they order, and how many are
    expected to."""

    first_day: str = msgspec.field(name="from")
    customers: int
    expected: float


class DormantDay(msgspec.Struct, frozen=True):
    """A day on which customers become dormant, by the sale they last bought in."""

    day: str
    customers: int
    expected: float
    last_bought_in: str | None


class DormantCalendar(msgspec.Struct, frozen=True):
    """By week from the cut-off on, and the days with most."""

    by_week: list[DormantWeek]
    peaks: list[DormantDay]


class ScoreSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What `score` says. day_left_out: the last day with an order, where it is not counted; worth:
    by recall segment, and of `dormant_value` and `all`; empty without amounts. snapshot, list,
    calendar: the files."""

    shop: str
    cutoff: str
    day_left_out: str | None = None
    model_version: str
    customers: int
    outside_population: int
    by_quadrant: dict[str, int]
    by_recall_segment: dict[str, int]
    by_tier: dict[str, int]
    by_lifecycle: dict[str, int]
    by_touchpoint: dict[str, int]
    by_tag: dict[str, int]
    routed_by: dict[str, int]
    dormant_value: DormantTotal
    worth: dict[str, GroupWorth]
    becomes_dormant: DormantCalendar
    segments_without_input: list[str]
    model_age_days: int
    model_has_seen_later_orders_until: str | None
    snapshot: str
    list: str
    calendar: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return dict(msgspec.to_builtins(self))
