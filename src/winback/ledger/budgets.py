"""What waves may cost and have cost: each wave and offer by its own budget, and all waves together
by those of a month, a quarter and a half-year (MISSION B104).

A message is paid for while it is claimed, went out, or may have; what certainly did not go out
gives its money back. Of all waves money is counted by the quarter of an hour of the claim: every
month of every time zone begins with one.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from winback.config.messaging import BudgetPeriod
from winback.core.cutoff import get_midnight
from winback.ledger.engine import Ledger
from winback.ledger.row_seals import Row, update_sealed
from winback.ledger.tables.waves import ALL, BUDGETS, COUNTED, DELIVERIES, SPENDING

MONTHS: Mapping[BudgetPeriod, int] = {"month": 1, "quarter": 3, "half_year": 6}

# Built once: a run executes them for every message.
_OF_WAVES = sa.select(BUDGETS).where(
    BUDGETS.c.wave_id.in_(sa.bindparam("param_waves", expanding=True))
)
_ADD_TO_WAVE = (
    sa.update(BUDGETS)
    .where(
        BUDGETS.c.wave_id == sa.bindparam("param_wave"),
        BUDGETS.c.name == sa.bindparam("param_offer"),
    )
    .values(spent_minor=BUDGETS.c.spent_minor + sa.bindparam("param_minor"))
)
_ADD = (
    sa.update(SPENDING)
    .where(SPENDING.c.quarter_hour == sa.bindparam("param_at"))
    .values(spent_minor=SPENDING.c.spent_minor + sa.bindparam("param_minor"))
)
_SUM = sa.select(sa.func.coalesce(sa.func.sum(SPENDING.c.spent_minor), 0)).where(
    SPENDING.c.quarter_hour >= sa.bindparam("param_since"),
    SPENDING.c.quarter_hour < sa.bindparam("param_until"),
)


@dataclass(frozen=True)
class PeriodBudget:
    """The most that all waves of a calendar period may cost, in minor units. timezone: the
    shop's."""

    period: BudgetPeriod
    limit_minor: int
    timezone: str

    def get_days(self, moment: datetime) -> tuple[date, date]:
        """The first day of the period a moment (naive UTC) lies in, and that of the next one."""
        day = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).date()
        months = MONTHS[self.period]
        first = day.year * 12 + (day.month - 1) // months * months
        return _to_day(first), _to_day(first + months)

    def get_window(self, moment: datetime) -> tuple[datetime, datetime]:
        """When the period of a moment begins, and the next one; all in naive UTC."""
        first, following = self.get_days(moment)
        return get_midnight(first, self.timezone), get_midnight(following, self.timezone)


def update_deliveries(
    connection: sa.Connection, changes: Iterable[tuple[Row, Mapping[str, object]]]
) -> None:
    """Change messages, as `update_sealed`, and what is spent with them."""
    pairs = list(changes)
    update_sealed(connection, DELIVERIES, pairs)
    of_waves, by_time = Counter[tuple[str, str]](), Counter[datetime]()
    for row, changed in pairs:
        before, after = find_spending_moment(row), find_spending_moment({**row, **changed})
        for moment, minor in ((before, -row["cost_minor"]), (after, row["cost_minor"])):
            if moment is not None:
                of_waves.update({(row["wave_id"], name): minor for name in list_budgets(row)})
                by_time[floor_quarter_hour(moment)] += minor
    _add_to_waves(connection, of_waves)
    _add(connection, {at: minor for at, minor in by_time.items() if minor})


def list_budgets(row: Row) -> Sequence[str]:
    """The budgets of its wave that a message is paid from."""
    return [ALL, *([row["offer"]] if row["offer"] else [])]


def load_wave_budgets(
    connection: sa.Connection, waves: Collection[str]
) -> dict[tuple[str, str], int]:
    """What each budget of some waves has left, by wave and name; in minor units."""
    budgets = connection.execute(_OF_WAVES, {"param_waves": waves})
    return {(row.wave_id, row.name): row.limit_minor - row.spent_minor for row in budgets}


def find_spending_moment(row: Row) -> datetime | None:
    """When a message was paid for; None where it certainly did not go out. Of one that may have
    arrived at an earlier attempt that one."""
    is_paid = row["state"] in COUNTED or (row["state"] == "pending" and row["exposed_at"])
    moment: datetime | None = row["exposed_at"] or row["claimed_at"]
    return moment if is_paid else None


def floor_quarter_hour(moment: datetime) -> datetime:
    """When the quarter of an hour of a moment begins."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def sum_spending(connection: sa.Connection, since: datetime, until: datetime) -> int:
    """What was spent from one moment on, and before another; in minor units."""
    window = {"param_since": since, "param_until": until}
    return int(connection.execute(_SUM, window).scalar() or 0)


def load_left(
    connection: sa.Connection, budgets: Sequence[PeriodBudget], moment: datetime
) -> dict[BudgetPeriod, int]:
    """What each budget has left in the period of a moment; less than 0 where it was made smaller
    since."""
    return {
        each.period: each.limit_minor - sum_spending(connection, *each.get_window(moment))
        for each in budgets
    }


@dataclass(frozen=True)
class PeriodUse:
    """A budget of all waves in the period of today: what was spent and is left, in minor units;
    ends: the first day of the next one."""

    period: BudgetPeriod
    begins: date
    ends: date
    limit_minor: int
    spent_minor: int

    @property
    def left_minor(self) -> int:
        """Less than 0 where the budget was made smaller since."""
        return self.limit_minor - self.spent_minor


def list_period_use(
    ledger: Ledger, budgets: Sequence[PeriodBudget], now: datetime
) -> list[PeriodUse]:
    """Each budget of all waves, as it stands now."""
    with ledger.begin_read() as connection:
        return [
            PeriodUse(
                each.period,
                *each.get_days(now),
                each.limit_minor,
                sum_spending(connection, *each.get_window(now)),
            )
            for each in budgets
        ]


def count_spending(rows: Iterable[Row]) -> Counter[datetime]:
    """What messages cost, by the quarter of an hour: what the ledger must have counted."""
    minor = Counter[datetime]()
    for row in rows:
        moment = find_spending_moment(row)
        if moment is not None and row["cost_minor"]:
            minor[floor_quarter_hour(moment)] += row["cost_minor"]
    return minor


def _add_to_waves(connection: sa.Connection, minor: Mapping[tuple[str, str], int]) -> None:
    values = [
        {"param_wave": wave_id, "param_offer": name, "param_minor": spent}
        for (wave_id, name), spent in minor.items()
        if spent
    ]
    if values:
        connection.execute(_ADD_TO_WAVE, values)


def _add(connection: sa.Connection, minor: Mapping[datetime, int]) -> None:
    for at, spent in sorted(minor.items()):
        values: dict[str, Any] = {"param_at": at, "param_minor": spent}
        if not connection.execute(_ADD, values).rowcount:
            connection.execute(sa.insert(SPENDING).values(quarter_hour=at, spent_minor=spent))


def _to_day(months: int) -> date:
    """The first day of a month, counted from the year 0."""
    return date(months // 12, months % 12 + 1, 1)
