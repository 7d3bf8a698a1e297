"""Orders → who came back, and what "churned" means for this shop.

Churned = no order in the outcome window `[cut-off, cut-off + H)`. Gifts and wholly refunded orders
are not orders, as far as was known when the window ended, so a label depends on nothing after its
window.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.core.cutoff import SECONDS_A_DAY, Cutoff
from winback.core.errors import CutoffTooEarly, CutoffTooLate

if TYPE_CHECKING:  # the service that scores loads no engine
    import duckdb

OUTCOME_DAYS = (14, 30, 60, 90, 180, 365)
_MATURE_DAYS = 365  # later gaps are cut off by the end of the data and read too short
_SHORT_HISTORY_DAYS = 540


def compute_outcomes(con: "duckdb.DuckDBPyConnection", cutoff: Cutoff) -> pa.Table:
    """Customers who ordered in the outcome window: customer_id and spend_minor (null without
    amounts), sorted."""
    return con.sql(f"""
        with placed as (
          select customer_id, order_id, amount_minor from orders
          where occurred_at >= timestamp '{cutoff.at}'
            and occurred_at < timestamp '{cutoff.outcome_end}'
            and not (gift or wholesale or brushing)
        ),
        back as (
          select customer_id, order_id, sum(amount_minor) as minor,
            bool_or(amount_minor is null) as whole from refunds
          where order_id is not null and known_at < timestamp '{cutoff.outcome_end}'
            group by customer_id, order_id
        )
        select placed.customer_id, cast(sum(amount_minor - coalesce(minor,
          0)) as bigint) as spend_minor
        from placed left join back on back.customer_id = placed.customer_id
          and back.order_id = placed.order_id
        where not coalesce(whole or minor >= amount_minor, false)
        group by placed.customer_id order by placed.customer_id
    """).to_arrow_table()


def is_in_population(
    days_since_last_order: NDArray[np.float64], cutoff: Cutoff, population_days: int
) -> NDArray[np.bool_]:
    """Whose last order lies in the local days before the cut-off that make the population; NaN
    is outside."""
    return days_since_last_order <= cutoff.get_window_seconds(population_days) / SECONDS_A_DAY


def select_matured_gaps(
    gaps: Sequence[tuple[date, int]], first_day: date, last_day: date
) -> NDArray[np.int64]:
    """The days of the gaps that began early enough to be seen whole."""
    history = (last_day - first_day).days
    short = history < _SHORT_HISTORY_DAYS
    early = (
        first_day + timedelta(days=history // 2)
        if short
        else last_day - timedelta(days=_MATURE_DAYS)
    )
    return np.array([days for began, days in gaps if began <= early], dtype=np.int64)


def choose_outcome_days(gaps: NDArray[np.int64]) -> int:
    """H: the 75th percentile of the shop's matured gaps (at least one), rounded to the nearest
    choice by ratio."""
    typical = max(float(np.quantile(gaps, 0.75)), 1.0)
    return min(OUTCOME_DAYS, key=lambda days: abs(np.log(days / typical)))


def check_outcome_is_over(cutoff: Cutoff, newest: date, last_day: date) -> None:
    """Raises CutoffTooLate, naming the latest day that works, if the outcome window runs past
    the newest cut-off, before which all days are whole. last_day: of the last order."""
    latest = newest - timedelta(days=cutoff.outcome_days)
    if cutoff.day > latest:
        raise CutoffTooLate(
            cutoff=cutoff.day, outcome_days=cutoff.outcome_days, last_order=last_day, latest=latest
        )


def check_has_history(cutoff: Cutoff, first_day: date) -> None:
    """Raises CutoffTooEarly if no order lies before the cut-off."""
    if cutoff.day <= first_day:
        raise CutoffTooEarly(
            cutoff=cutoff.day, first_order=first_day, earliest=first_day + timedelta(days=1)
        )
