"""The calendar of who falls silent when: the day is the day, and the expected number is what comes to pass."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from winback.config.shop import load_shop
from winback.core.cutoff import Cutoff
from winback.features.registry import NAMES, get_available_feeds
from winback.features.sql_compiler import compute_features
from winback.model.bundle import to_matrix
from winback.scoring.churn_calendar import DormancyForecast, compute_days_until_dormant
from winback.segmentation.thresholds import Thresholds

DAY = date(2026, 11, 16)
CUTOFF = Cutoff(DAY, "Asia/Shanghai", 30)


def test_days_until_silent_end_on_the_first_cutoff_beyond_s():
    """Silent is more than S; so is the count: after that many more days, and not one earlier."""
    days = np.array([0.3, 89.0, 89.9, 90.0, 90.1, np.nan])
    left = compute_days_until_dormant(days, 90.0)
    assert left.tolist() == [90, 2, 1, 1, 0, 0]
    for silent, more in zip(days[:4], left[:4], strict=True):
        assert silent + more > 90.0 >= silent + more - 1


def test_the_buyers_of_a_sale_are_counted_by_its_name():
    """ "On 9 February 4,812 of the 双11 buyers turn silent": 90 days after 11 November."""
    calendar = DormancyForecast(CUTOFF, {"双11": (date(2025, 11, 11), date(2026, 11, 11))})
    silent = np.array([4.5, 4.2, 4.9, 5.1, 3.9, 100.0])
    calendar.add_customers(compute_days_until_dormant(silent, 90.0), silent, np.full(6, 0.5))
    sale = [row for row in calendar.list_days() if row["last_bought_in"] == "双11"]
    assert [(row["day"], row["customers"], row["expected"]) for row in sale] == [
        ("2027-02-10", 3, 1.5)
    ]
    assert sum(row["customers"] for row in calendar.list_days()) == 5
    assert calendar.summarize().peaks[0].last_bought_in == "双11"
    assert sum(week.customers for week in calendar.summarize().by_week) == 5


def test_who_bought_in_two_sales_at_once_is_one_customer():
    calendar = DormancyForecast(
        CUTOFF, {"双11": (date(2026, 11, 11),), "friday": (date(2026, 11, 11),)}
    )
    calendar.add_customers(np.array([86]), np.array([4.5]), np.array([0.5]))
    assert [(row["customers"], row["last_bought_in"]) for row in calendar.list_days()] == [
        (1, "双11")
    ]
    assert sum(week.expected for week in calendar.summarize().by_week) == 0.5


@pytest.mark.parametrize(
    ("day", "hour", "ago"), [(date(2026, 2, 13), "23:30", 108), (date(2026, 2, 14), "00:30", 107)]
)
def test_a_sale_before_the_clocks_changed_keeps_its_buyers(day, hour, ago):
    """London puts its clocks forward on 29 March: half an hour before midnight is still that day."""
    cutoff = Cutoff(date(2026, 6, 1), "Europe/London", 30)
    moment = datetime.fromisoformat(f"{day} {hour}")  # winter: London is on UTC
    silent = np.array([(cutoff.at - moment).total_seconds() / 86_400])
    calendar = DormancyForecast(cutoff, {"valentine": (day,)})
    calendar.add_customers(np.array([9]), silent, np.array([1.0]))
    assert (cutoff.day - day).days == ago
    assert [row["last_bought_in"] for row in calendar.list_days()] == ["valentine"]


def test_adding_customers_in_parts_makes_the_same_calendar(tmp_path):
    draw = np.random.default_rng(2)
    silent, chance = draw.uniform(0, 120, 500), draw.random(500)
    left = compute_days_until_dormant(silent, 90.0)
    whole, parts = (DormancyForecast(CUTOFF, {"618": (DAY - timedelta(days=7),)}) for _ in range(2))
    whole.add_customers(left, silent, chance)
    for part in np.array_split(np.arange(500), 3):
        parts.add_customers(left[part], silent[part], chance[part])
    assert [row["customers"] for row in parts.list_days()] == [
        row["customers"] for row in whole.list_days()
    ]
    assert [row["expected"] for row in parts.list_days()] == pytest.approx(
        [row["expected"] for row in whole.list_days()], abs=0.11
    )
    whole.write_csv(tmp_path / "calendar.csv")
    lines = (tmp_path / "calendar.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "day,customers,expected,last_bought_in"
    assert len(lines) == 1 + len(whole.list_days())


def test_as_many_fall_silent_as_the_calendar_expected(learned, made_files, made_store):
    """At the test cut-off, whose outcome the model has not learned from."""
    bundle, limits = learned.bundle, Thresholds.from_dict(learned.bundle.thresholds)
    day = date.fromisoformat(bundle.manifest["window"]["test_cutoff"])
    cutoff = Cutoff(day, load_shop(made_files).timezone, limits.outcome_days)
    features = compute_features(
        made_store.connect(), cutoff, get_available_feeds(made_store.first_known, cutoff)
    )
    rows = to_matrix(features, NAMES)
    left = compute_days_until_dormant(
        rows[:, NAMES.index("days_since_last_order")], limits.silence_days
    )
    chance = bundle.compute_chance_over(
        rows, bundle.compute_margin(rows), day, np.maximum(left, 1.0)
    )
    next_order = dict(made_store.connect().sql(
        f"select customer_id, min(date_diff('day', date '{day}', local_day)) from orders "
        f"where local_day >= date '{day}' and not gift group by customer_id").fetchall())  # fmt: skip
    due = (left > 0) & (left <= limits.outcome_days)
    came = np.array(
        [next_order.get(customer, 9_999) for customer in features.column("customer_id").to_pylist()]
    )
    expected, actual = chance[due].sum(), (came[due] >= left[due]).sum()
    assert due.sum() > 60
    assert (
        abs(expected - actual)
        < 4 * np.sqrt((chance[due] * (1 - chance[due])).sum()) + 0.05 * due.sum()
    )
