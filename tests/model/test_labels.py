"""What "churned" means: who is labelled, who is asked about, and how far ahead a shop looks."""

from datetime import date, timedelta

import numpy as np
import pytest

from tests.conftest import PLAIN, about, imported
from winback.core import errors
from winback.core.cutoff import Cutoff
from winback.data.store import list_gaps
from winback.model.labels import (
    check_has_history,
    check_outcome_is_over,
    choose_outcome_days,
    compute_outcomes,
    is_in_population,
    select_matured_gaps,
)

HEAD = "buyer,order,paid_at,paid,qty,sku,category,off,status\n"
EVENTS = "user,time,what,seconds\nann,2026-01-01 10:00:00,pv,5\n"


def came_back(store, cutoff):
    return {
        row["customer_id"]: row["spend_minor"]
        for row in compute_outcomes(store.connect(), cutoff).to_pylist()
    }


def test_an_order_counts_from_the_cutoffs_midnight_until_the_windows_end(shop_of, tmp_path):
    """Half-open, in the shop's own days."""
    text = HEAD + "".join(
        f"{who},{i},{moment},5,1,m,k,0,{status}\n"
        for i, (who, moment, status) in enumerate([
            ("before", "2026-02-28 23:59:59", "Done"), ("first", "2026-03-01 00:00:00", "Done"),
            ("last", "2026-03-30 23:59:59", "Done"), ("after", "2026-03-31 00:00:00", "Done"),
            ("cancelled", "2026-03-05 10:00:00", "Stop"), ("refunded", "2026-02-27 10:00:00", "Back"),
        ])
    )  # fmt: skip
    store = imported(
        shop_of(PLAIN, orders=text + "gift,9,2026-03-05,0,1,m,k,0,Done\n", events=EVENTS),
        tmp_path / "home",
    )
    assert came_back(store, Cutoff(date(2026, 3, 1), "Asia/Shanghai", 30)) == {
        "first": 500,
        "last": 500,
    }


def test_an_order_refunded_within_the_window_is_no_return(shop_of, tmp_path):
    """The refund is known 30 days after payment: inside this window, outside a shorter one."""
    store = imported(
        shop_of(PLAIN, orders=HEAD + "ann,1,2026-03-01,5,1,m,k,0,Back\n", events=EVENTS),
        tmp_path / "home",
    )
    assert came_back(store, Cutoff(date(2026, 3, 1), "Asia/Shanghai", 30)) == {"ann": 500}
    assert came_back(store, Cutoff(date(2026, 3, 1), "Asia/Shanghai", 60)) == {}


def test_the_population_ordered_within_its_local_days(real_stores):
    """CDNOW on 1 April 1998: 9,526 customers ordered in the 365 days from 1 April 1997 on."""
    con = real_stores["cdnow"].connect()
    cutoff = Cutoff(date(1998, 4, 1), "UTC", 90)
    days = con.sql(
        "select date '1998-04-01' - max(local_day) from orders where not gift and local_day < '1998-04-01' group by customer_id"
    )
    ages = np.array([row[0] for row in days.fetchall()], dtype=float)
    assert is_in_population(ages, cutoff, 365).sum() == 9_526
    assert list(is_in_population(np.array([365.0, 365.00001, np.nan]), cutoff, 365)) == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("shop", "outcome_days"),
    [about("cdnow", 90), about("online_retail", 90), about("completejourney", 14)],
)
def test_a_shops_own_gaps_give_its_outcome_window(real_stores, shop, outcome_days):
    """A fixed 90 days calls 6 % of a grocery churned and 86 % of a CD shop (MISSION 2)."""
    store = real_stores[shop]
    assert (
        choose_outcome_days(
            select_matured_gaps(list_gaps(store.connect()), store.first_day, store.last_day)
        )
        == outcome_days
    )


def test_gaps_that_began_too_late_to_be_seen_whole_are_left_out():
    """Near the end of the data only short gaps can be seen."""
    first, last = date(2024, 1, 1), date(2026, 1, 1)
    gaps = [(first, 300), (last - timedelta(days=365), 200), (last - timedelta(days=364), 3)]
    assert list(select_matured_gaps(gaps, first, last)) == [300, 200]
    assert list(
        select_matured_gaps(
            [(first, 5), (first + timedelta(days=51), 6)], first, first + timedelta(days=100)
        )
    ) == [5]


@pytest.mark.parametrize(
    ("typical", "chosen"),
    [(1, 14), (20, 14), (21, 30), (42, 30), (43, 60), (127, 90), (128, 180), (900, 365)],
)
def test_the_outcome_window_is_the_nearest_choice_by_ratio(typical, chosen):
    assert choose_outcome_days(np.full(300, typical)) == chosen


def test_an_outcome_window_past_the_data_is_refused_with_the_latest_day_that_works():
    """A customer whose window is not over has no label, and is never counted as churned."""
    with pytest.raises(errors.CutoffTooLate) as refused:
        check_outcome_is_over(
            Cutoff(date(2024, 6, 30), "UTC", 90), date(2024, 7, 15), date(2024, 7, 15)
        )
    assert refused.value.values["latest"] == date(2024, 4, 16)
    check_outcome_is_over(
        Cutoff(date(2024, 4, 16), "UTC", 90), date(2024, 7, 15), date(2024, 7, 15)
    )


def test_a_cutoff_before_the_first_order_is_refused():
    with pytest.raises(errors.CutoffTooEarly):
        check_has_history(Cutoff(date(2024, 1, 1), "UTC", 30), date(2024, 1, 1))
