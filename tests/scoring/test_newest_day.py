"""The newest day of an export counts where it is whole; where it may not be, somebody is told, and nobody who bought on it is contacted."""

import json
from datetime import date, datetime
from types import SimpleNamespace

import pytest

from tests.conftest import NOW, imported
from winback.api.handlers import build_age
from winback.config.shop import load_shop
from winback.core import errors
from winback.core.cutoff import build_test_cutoff
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store
from winback.i18n.error_text import format_error
from winback.model.labels import check_outcome_is_over
from winback.recall.recall_list import build_recall_list
from winback.scoring.batch import score_shop
from winback.training.dataset import choose_cutoffs

LAST = date(2026, 4, 28)
NEXT = date(2026, 4, 29)
SHOP = """
    name = "little"
    timezone = "America/New_York"
    currency = "USD"
    [orders]
    paths = ["orders.csv"]
    [orders.columns]
    customer_id = "buyer"
    order_id = "order"
    ordered_at = "placed"
    amount = "paid"
"""
# Ann and Bea have been away for a year; Ann bought on the last day, and Eve bought for the first time.
DAYS = """
    order,buyer,placed,paid
    1,ann,2025-02-01,80.00
    2,ann,2025-03-01,90.00
    3,bea,2025-02-03,85.00
    4,bea,2025-03-02,95.00
    5,cid,2026-03-20,40.00
    6,ann,2026-04-28,60.00
    7,eve,2026-04-28,50.00
"""
TIMES = DAYS.replace("2026-04-28,60", "2026-04-28 09:30:00,60")


@pytest.fixture
def little(shop_of, tmp_path):
    """(settings, tables) of a shop with these orders."""

    def make(orders):
        file = shop_of(SHOP, orders=orders)
        return load_shop(file), imported(file, tmp_path / "home")

    return make


@pytest.fixture
def score(learned, tmp_path):
    def once(shop, store, day=None):
        return score_shop(shop, store, learned.bundle, tmp_path / "snapshots", day)

    return once


@pytest.fixture
def recall(learned, tmp_path):
    def once(shop, store, day=None):
        return build_recall_list(shop, store, learned.bundle, tmp_path / "shop", day, "en")

    return once


def test_an_export_of_days_is_used_whole(little, score):
    """A day without times is no half of a day: Eve is there, and Ann has ordered yesterday."""
    shop, store = little(DAYS)
    summary = score(shop, store)
    assert store.manifest.dated_only
    assert (summary.cutoff, summary.day_left_out) == (str(NEXT), None)
    assert summary.customers == 4


def test_an_export_with_times_leaves_out_the_day_it_was_made_on_and_says_so(little, score):
    """At ten in the morning half of the day's orders are missing: its customers would look less loyal than they are."""
    shop, store = little(TIMES)
    summary = score(shop, store)
    assert not store.manifest.dated_only
    assert (summary.cutoff, summary.day_left_out) == (str(LAST), str(LAST))
    assert summary.customers == 3, "Eve has not ordered before that day"


@pytest.mark.parametrize("orders", [DAYS, TIMES])
def test_the_day_after_the_newest_can_be_asked_for_and_no_later_one(little, score, orders):
    """Who exports after closing time knows that the day is over; of a day later nobody knows anything."""
    shop, store = little(orders)
    summary = score(shop, store, NEXT)
    assert (summary.customers, summary.day_left_out) == (4, None)
    with pytest.raises(errors.CutoffAfterData) as refused:
        score(shop, store, date(2026, 4, 30))
    assert "Choose 2026-04-29 or an earlier day" in format_error(refused.value, "en")


def test_a_past_cutoff_names_no_day(little, score):
    """Who asks for a past day has left out the days after it on purpose."""
    assert score(*little(DAYS), date(2026, 4, 1)).day_left_out is None


def test_who_bought_on_the_day_left_out_is_not_to_contact(little, recall):
    """A win-back message on the day after an order makes the shop look foolish."""
    weekly = recall(*little(TIMES))
    rows = {row.customer_id: row for row in weekly.rows}
    assert (rows["ann"].what, rows["ann"].why_not) == ("dont", "never.ordered")
    assert rows["ann"].message is None
    assert rows["bea"].why_not != "never.ordered"
    assert weekly.summary.by_why_not["never.ordered"] == 1
    assert weekly.summary.day_left_out == str(LAST)


def test_who_bought_on_the_last_day_of_an_export_of_days_is_not_dormant(little, recall):
    """Her order of that day is known: whatever she is listed for, it is not for having stayed away."""
    weekly = recall(*little(DAYS))
    rows = {row.customer_id: row for row in weekly.rows}
    assert (rows["ann"].days, rows["bea"].days) == (1, 423)
    assert (rows["ann"].segment, rows["bea"].segment) == ("model_high_risk", "silent_other")
    assert rows["ann"].why_not != "never.ordered"
    assert weekly.summary.day_left_out is None


def test_a_list_of_a_past_day_holds_off_whoever_has_ordered_since(little, recall):
    """The list is worked through today, whatever day it is computed as of."""
    rows = {row.customer_id: row for row in recall(*little(DAYS), date(2026, 3, 1)).rows}
    assert rows["ann"].why_not == "never.ordered"


def test_midnight_is_the_shops_own_also_where_the_clocks_skip_it(shop_of, tmp_path):
    """In Santiago the 8th of September 2024 began at one o'clock."""
    orders = """
        order,buyer,placed,paid
        1,ann,2024-09-07,80.00
        2,ann,2024-09-08,90.00
    """
    file = shop_of(SHOP.replace("America/New_York", "America/Santiago"), orders=orders)
    assert imported(file, tmp_path / "home").default_cutoff_day == date(2024, 9, 9)


def test_one_order_a_day_at_a_time_of_its_own_is_no_export_of_days(shop_of, tmp_path):
    orders = """
        order,buyer,placed,paid
        1,ann,2024-09-05 08:00:00,80.00
        2,ann,2024-09-06 08:00:00,90.00
    """
    assert imported(shop_of(SHOP, orders=orders), tmp_path / "home").default_cutoff_day == date(
        2024, 9, 6
    )


def test_the_model_is_tested_on_the_last_window_that_is_whole(little):
    """The last day of an export of days is an outcome like any other."""
    for orders, newest in ((DAYS, NEXT), (TIMES, LAST)):
        shop, store = little(orders)
        test, _ = choose_cutoffs(shop, store, 30)
        assert test == build_test_cutoff(newest, shop.timezone, 30)
        assert test.outcome_end.date() == newest


def test_an_outcome_window_may_end_with_a_whole_last_day():
    """The refusal names the last order's day, and the latest day that works."""
    cutoff = build_test_cutoff(NEXT, "UTC", 30)
    check_outcome_is_over(cutoff, NEXT, LAST)
    with pytest.raises(errors.CutoffTooLate) as refused:
        check_outcome_is_over(cutoff, LAST, LAST)
    assert refused.value.values["latest"] == date(2026, 3, 29)


@pytest.mark.parametrize("command", ["score", "recall", "diagnose"])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Orders of {day} are not counted: the day may not have been over."),
        ("zh", "{day} 的订单未计入：导出时当天可能尚未结束。"),
    ],
)
def test_commands_say_which_day_is_left_out(context, made_store, command, language, sentence):
    """Nobody looks for yesterday's orders who is not told that they are missing."""
    context(command, "--lang", language, result=sentence.format(day=made_store.last_day))


def test_commands_name_no_day_where_all_are_counted(context, made_store):
    said = context("score", "--cutoff", str(made_store.latest_cutoff_day))
    assert "not counted" not in said


def test_an_import_of_before_is_read_as_one_with_times_until_it_is_imported_again(little, tmp_path):
    """It did not note whether orders have times; the same files are then not taken for imported."""
    shop, store = little(DAYS)
    path = store.folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["dated_only"]
    path.write_text(json.dumps(content), encoding="utf-8")
    folder = tmp_path / "home" / shop.name
    assert open_store(folder).default_cutoff_day == LAST
    import_shop(shop, folder, NOW)
    assert open_store(folder).default_cutoff_day == NEXT


def test_a_snapshot_as_of_tomorrow_is_not_older_than_new():
    """Exported and scored on the evening of its last day, an export of days is as of the day after."""
    live = SimpleNamespace(
        now=lambda: datetime(2026, 4, 28, 20),
        shop=SimpleNamespace(service=SimpleNamespace(stale_days=8)),
    )
    age = build_age(live, SimpleNamespace(day=NEXT))
    assert (age.age_days, age.stale) == (0, False)
