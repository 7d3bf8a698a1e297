"""Read-outs of hand-typed waves: every figure counted by hand."""

import json
from datetime import date, datetime, timedelta

import msgspec
import numpy as np
import pytest

from tests.conftest import imported
from winback.config.shop import load_shop
from winback.ledger.assignments import PlannedAssignment, PlannedStep
from winback.ledger.engine import open_ledger
from winback.ledger.erasure import Alias, erase_customers
from winback.ledger.holdout_draws import PERMANENT, get_salt
from winback.ledger.wave_plan import OrderValue, WavePlan
from winback.ledger.waves import decide_wave, insert_wave
from winback.measurement.first_entries import list_sent_waves
from winback.measurement.narrative import write_headline, write_sentences
from winback.measurement.outcomes import compute_kept_outcomes, load_outcomes
from winback.measurement.readout import KnownShare, decode_playbook_readout
from winback.measurement.results import measure_waves
from winback.playbooks.matching import load_playbook

SHOP = """
    name = "typed"
    currency = "CNY"
    [orders]
    paths = ["orders.csv"]
    [orders.columns]
    customer_id = "who"
    order_id = "order"
    ordered_at = "at"
    amount = "paid"
    quantity = "units"
    sku = "sku"
    unit_cost = "cost"
    status = "status"
    refunded_at = "back_at"
    [orders.status]
    Done = "paid"
    Back = "refunded"
    [measurement]
    message_minor = { sms = 10 }
"""
HEAD = "who,order,at,paid,units,sku,cost,status,back_at\n"
APPROVED = datetime(2026, 3, 2, 10)


def step(offer=None, cost=0):
    return PlannedStep("sms", "always", 0, offer, cost, None, "Hello")


def treated(name, household=None, play="old_friend", offer=None, cost=0):
    return PlannedAssignment(
        name,
        household or name,
        "treatment",
        "silent_other",
        play,
        None,
        0.8,
        9_000,
        None,
        (step(offer, cost),),
    )


def held(name, play="old_friend"):
    return PlannedAssignment(name, name, "holdout", "silent_other", play, None, 0.8, 9_000)


def wave(ledger, assigned, week=10, at=APPROVED, approve=True, plan=None):
    name = f"general-2026w{week:02}"
    insert_wave(
        ledger,
        name,
        "general",
        f"2026w{week:02}",
        at.date(),
        assigned,
        {},
        plan or WavePlan(planned=len(assigned)),
        "li",
        at,
    )
    if approve:
        decide_wave(ledger, name, "approved", "li", at)
    return name


def sent(ledger, at=APPROVED):
    """Every message went out."""
    with ledger.begin_write() as connection:
        connection.exec_driver_sql(
            f"update deliveries set state = 'sent', claimed_at = '{at}', seq = rank + 1 where step = 1"
        )


class World:
    def __init__(self, shop_of, tmp_path, orders):
        self.file = shop_of(SHOP, orders=HEAD + EARLY + "\n".join(orders) + "\n")
        self.shop = load_shop(self.file)
        self.store = imported(self.file, tmp_path / "home")
        self.book = load_playbook(self.shop)
        self.ledger = open_ledger(tmp_path / "home" / "typed" / "ledger.db")
        self.ledger.migrate()
        get_salt(self.ledger, PERMANENT, b"the same draw in every run")

    def measured(self, wave=None):
        return measure_waves(self.shop, self.book, self.store, self.ledger, wave)

    def rows(self):
        return load_outcomes(
            self.shop, self.book, self.store, self.ledger, list_sent_waves(self.ledger, "general")
        )


@pytest.fixture
def world(shop_of, tmp_path):
    return lambda *orders: World(shop_of, tmp_path, orders)


# What an order is worth is known before a wave: 100, of which the goods cost 40.
EARLY = "y,998,2025-12-01 10:00:00,100,1,a,40,Done,\n"
LATE = "z,999,2026-10-31 10:00:00,1,1,a,1,Done,"  # so that every window is over


def many(count, returns, held_out, held_returns):
    """Orders and arms: so many treated, so many of whom come back a week later with an order of 100 that cost 40."""
    people = [treated(f"t{number:03}") for number in range(count)] + [
        held(f"h{number:03}") for number in range(held_out)
    ]
    buyers = [f"t{number:03}" for number in range(returns)] + [
        f"h{number:03}" for number in range(held_returns)
    ]
    return people, [f"{who},o{who},2026-03-09 09:00:00,100,1,a,40,Done," for who in buyers]


def test_a_wave_is_read_in_customers_and_money(world):
    """60 of 200 against 5 of 50: 20 points more, 40 customers, whose 60 of margin each is 2,400."""
    people, orders = many(200, 60, 50, 5)
    there = world(*orders, LATE)
    wave(there.ledger, people)
    sent(there.ledger)
    result = there.measured().to_date
    assert result.status == "read"
    assert (result.treated, result.held_out, result.returned.gross) == (200, 50, 60)
    assert result.returned.difference.value == pytest.approx(0.2)
    assert result.returned.incremental.value == pytest.approx(40)
    assert result.returned.incremental.low > 0
    assert result.said.verdict == "earned"
    money = result.money
    assert (money.gross_orders, money.orders.value) == (60, 40)
    assert money.gross_net_revenue_minor == 60 * 100_00
    assert money.net_revenue_minor.value == 40 * 100_00
    assert money.margin_minor.value == 40 * 60_00
    assert money.cost_minor["messages"] == 200 * 10
    assert money.net_margin_minor.value == 40 * 60_00 - 2000
    assert money.roi.value == pytest.approx(40 * 60_00 / 2000)
    assert money.cost_per_incremental_minor == 50
    assert money.line == "continue"
    assert "60 returned; about 40 won back by your messages" in write_headline(result, "en")
    assert "回来60；由消息带回约40" in write_headline(result, "zh")


def test_a_window_that_is_not_over_is_no_zero(world):
    people, orders = many(20, 3, 5, 0)
    there = world(*orders, "z,999,2026-03-12 10:00:00,1,1,a,1,Done,")
    wave(there.ledger, people)
    result = there.measured().to_date
    assert (result.status, result.days_to_go) == (
        "not_matured",
        21,
    )  # 30 days from the 2nd at ten; nine are whole
    assert "unknown, not zero" in write_headline(result, "en")


def test_money_waits_for_its_own_window(world):
    people, orders = many(20, 3, 5, 0)
    there = world(*orders, "z,999,2026-04-20 10:00:00,1,1,a,1,Done,")
    wave(there.ledger, people)
    result = there.measured().to_date
    assert (result.status, result.money.status) == ("read", "not_matured")


def test_what_was_sent_back_is_not_earned(world):
    """A refund within the window of money takes the order out of it. Within that of a return it takes the customer out;
    a later one is told beside what was read once."""
    there = world(
        "t1,1,2026-03-09 09:00:00,100,1,a,40,Back,2026-04-20 10:00:00",
        "t2,2,2026-03-09 09:00:00,100,1,a,40,Done,",
        "t3,3,2026-03-09 09:00:00,100,1,a,40,Back,2026-03-20 10:00:00",
        LATE,
    )
    wave(there.ledger, [treated("t1"), treated("t2"), treated("t3"), held("h1")])
    whole = there.measured()
    result = whole.to_date
    assert (result.returned.gross, result.sent_back) == (2, 1)
    assert result.money.gross_net_revenue_minor == 100_00
    assert any("1 of those who returned" in each for each in write_sentences(whole, result, "en"))


def test_what_comes_back_after_both_windows_changes_no_figure(world):
    """Read a month later it is the same: whoever looks again must not see another answer."""
    orders = [f"t{number},{number},2026-03-09 09:00:00,100,1,a,40,Done," for number in range(3)]
    back = [each.replace("Done,", "Back,2026-07-20 10:00:00") for each in orders]
    before, after = (there.measured().to_date for there in (world(*orders, LATE), world(*back, LATE))
                     if wave(there.ledger, [*(treated(f"t{number}") for number in range(3)), held("h1")]))  # fmt: skip
    assert (before.sent_back, after.sent_back) == (0, 3)
    assert (after.returned, after.money, after.said) == (before.returned, before.money, before.said)


def test_a_wave_waits_for_its_longest_window_and_the_campaign_for_each(world):
    """`old_friend` has 30 days, `private_sale` as its wave kept them: the wave is read once, when both are over."""
    people, orders = many(120, 30, 40, 3)
    longer = [treated(f"x{number}", play="private_sale") for number in range(9)]
    longer += [held(f"y{number}", play="private_sale") for number in range(3)]
    plan = WavePlan(planned=172, success_days={"private_sale": 60, "old_friend": 30})
    for newest, status, to_go in (("2026-04-20", "not_matured", 12), ("2026-05-03", "read", None)):
        there = world(*orders, f"z,999,{newest} 10:00:00,1,1,a,1,Done,")
        wave(there.ledger, [*people, *longer], plan=plan)
        whole = there.measured()
        assert (whole.waves[0].status, whole.waves[0].days_to_go) == (status, to_go)
        assert (whole.to_date.status, whole.to_date.reading) == ("read", "always")
        assert whole.to_date.compared == (160 if to_go else 172)


def test_windows_and_values_are_those_the_wave_was_planned_with(world):
    """Changed settings, and orders the plan did not know, move nothing that is out."""
    people, orders = many(200, 60, 50, 5)
    there = world(*orders, LATE)
    kept = OrderValue(value_minor=80_00, margin_minor=50_00, cap_minor=90_00)
    wave(there.ledger, people, plan=WavePlan(planned=250, roi_days=60, order_value=kept))
    there.shop = there.shop.model_copy(
        update={"measurement": there.shop.measurement.model_copy(update={"roi_days": 120})}
    )
    money = there.measured().to_date.money
    assert (money.priced.value_minor, money.priced.revenue_minor.value) == (80_00, 40 * 80_00)
    assert money.net_margin_minor.value == 40 * 50_00
    assert money.net_revenue_minor.value == 40 * 90_00, "each order of 100 counts as 90"
    assert money.margin_minor.value == 40 * 54_00
    assert money.uncapped_minor == 40 * 100_00
    assert money.gross_net_revenue_minor == 60 * 100_00


def test_a_handful_who_all_did_the_same_is_no_certainty(world):
    """Three of three against none of two: no order is certain, at the first look either."""
    orders = [f"t{number},{number},2026-03-09 09:00:00,100,1,a,40,Done," for number in range(3)]
    there = world(*orders, LATE)
    people = [*(treated(f"t{number}") for number in range(3)), held("h1"), held("h2")]
    wave(there.ledger, people)
    whole = there.measured()
    money = whole.to_date.money
    assert (money.orders.low < 0 < money.orders.value < money.orders.high, money.sure) == (
        True,
        False,
    )
    assert whole.to_date.curve.weeks[-1].low < 0
    assert not any("lasts" in each for each in write_sentences(whole, whole.to_date, "en"))


def test_the_verdict_needs_no_costs_of_later_orders(world):
    """What is left of an order was fixed with the plan: nobody enters the goods' costs any more, and it is judged all the same."""
    people, orders = many(200, 60, 50, 5)
    there = world(*(each.replace(",40,", ",,") for each in orders), LATE)
    kept = OrderValue(value_minor=100_00, margin_minor=60_00, cap_minor=100_00)
    wave(there.ledger, people, plan=WavePlan(planned=250, order_value=kept))
    sent(there.ledger)
    whole = there.measured()
    money = whole.to_date.money
    assert (money.margin, money.net_margin_minor.value, money.line) == (
        "unknown",
        40 * 60_00 - 2000,
        "continue",
    )
    assert not any(
        "margin is unknown" in each for each in write_sentences(whole, whole.to_date, "en")
    )


def test_who_sent_everything_back_in_time_is_neither_first_order_nor_cost(world):
    """The order they kept is their first; of who kept none nothing was used."""
    there = world(
        "t1,1,2026-03-09 09:00:00,100,1,a,40,Back,2026-03-20 10:00:00",
        "t2,2,2026-03-09 09:00:00,100,1,a,40,Back,2026-03-20 10:00:00",
        "t2,3,2026-03-22 09:00:00,100,1,a,40,Done,",
        LATE,
    )
    people = [treated("t1", offer="old_friend_100", cost=10_000), treated("t2"), held("h1")]
    wave(there.ledger, people)
    sent(there.ledger)
    rows = there.rows()
    days = dict(zip(rows.customer, rows.first_order_day.tolist(), strict=True))
    assert np.isnan(days["t1"])
    assert days["t2"] == pytest.approx(19.96, abs=0.01)
    assert there.measured().to_date.money.cost_minor["coupons"] == 0


def test_the_curve_lets_go_of_what_came_back_after_a_short_window(world):
    people, orders = many(90, 45, 30, 3)
    late = [
        each.replace("2026-03-09", "2026-04-21").replace("Done,", "Back,2026-05-01 10:00:00")
        for each in orders
    ]
    there = world(*late, LATE)
    wave(there.ledger, people, plan=WavePlan(planned=120, roi_days=30))
    assert [week.value for week in there.measured().to_date.curve.weeks] == [0] * 13


def test_an_erased_customers_order_counts_up_to_the_cap(world):
    """A huge order, erased: what was told of money stays as it was."""
    orders = [
        "t1,1,2026-03-09 09:00:00,100000,1,a,40,Done,",
        "t2,2,2026-03-09 09:00:00,100,1,a,40,Done,",
    ]
    there = world(*orders, LATE)
    wave(there.ledger, [treated("t1"), treated("t2"), held("h1")])
    before = there.measured().to_date.money
    kept = compute_kept_outcomes(there.shop, there.store, there.ledger, ["t1"])
    erase_customers(
        there.ledger, Alias({"t1": "erased-1"}, {"t1": "erased-h1"}), "t1", "li", APPROVED, kept
    )
    (there.file.parent / "orders.csv").write_text(
        HEAD + EARLY + "\n".join([orders[1], LATE]) + "\n"
    )
    there.store = imported(there.file, there.store.folder.parents[2])
    after = there.measured().to_date.money
    assert after.net_revenue_minor == before.net_revenue_minor
    assert after.uncapped_minor == before.uncapped_minor


@pytest.mark.parametrize(("held_out", "told"), [(80, "too_few"), (120, "told")])
def test_measured_money_is_told_where_enough_buyers_were_to_be_expected(world, held_out, told):
    """By what was predicted of the holdout when it was drawn, .2 each, and never by how many came."""
    people, orders = many(400, 60, held_out, 40)
    there = world(*orders, LATE)
    wave(there.ledger, people)
    whole = there.measured()
    money, long = whole.to_date.money, whole.to_date.long_term
    for each in (money.net_revenue_minor, money.margin_minor, long.measured_minor):
        assert (each.low is None, each.p is None) == (told == "too_few",) * 2
    said = " ".join(write_sentences(whole, whole.to_date, "en"))
    assert ("too few buyers to tell" in said) == (told == "too_few")
    assert "changes how many buy, not how much" in said


@pytest.mark.parametrize(("held_out", "verdict"), [(19, "cannot_tell"), (20, "earned")])
def test_nothing_is_called_before_enough_households_are_compared(world, held_out, verdict):
    """75 of 90 against none of 19 is no doubt, and no verdict: 20 have to be held out."""
    people, orders = many(90, 75, held_out, 0)
    there = world(*orders, LATE)
    wave(there.ledger, people)
    whole = there.measured()
    assert [each.said.verdict for each in (whole.waves[0], whole.to_date)] == [verdict] * 2
    assert whole.to_date.returned.difference.low > 0


def test_the_campaigns_interval_is_wider_than_its_only_waves(world):
    """It holds at every look, and is looked at again next week."""
    people, orders = many(200, 60, 50, 5)
    there = world(*orders, LATE)
    wave(there.ledger, people)
    whole = there.measured()
    once, always = whole.waves[0].returned.difference, whole.to_date.returned.difference
    assert once.value == always.value
    assert always.low < once.low < once.high < always.high
    assert (whole.waves[0].reading, whole.to_date.reading) == ("once", "always")


def test_orders_before_the_approval_and_after_the_window_do_not_count(world):
    there = world("t1,1,2026-03-02 09:59:59,100,1,a,40,Done,", "t2,2,2026-03-02 10:00:00,100,1,a,40,Done,",
                  "t3,3,2026-04-01 09:59:59,100,1,a,40,Done,", "t4,4,2026-04-01 10:00:00,100,1,a,40,Done,", LATE)  # fmt: skip
    wave(there.ledger, [*(treated(f"t{number}") for number in range(1, 5)), held("h1")])
    rows = there.rows()
    assert dict(zip(rows.customer, rows.returned.tolist(), strict=True)) == {
        "t1": False, "t2": True, "t3": True, "t4": False, "h1": False}  # fmt: skip


def test_everybody_stays_in_their_arm_sent_to_or_not(world):
    """Intention to treat: capped, kept back, failed and erased customers count where they were drawn."""
    people, orders = many(30, 10, 10, 1)
    there = world(*orders, LATE)
    name = wave(there.ledger, people)
    with there.ledger.begin_write() as connection:
        connection.exec_driver_sql(
            "update deliveries set state = 'capped' where customer_id = 't000'"
        )
        connection.exec_driver_sql(
            "update deliveries set state = 'suppressed' where customer_id = 't001'"
        )
        connection.exec_driver_sql(
            "update deliveries set state = 'failed' where customer_id = 't002'"
        )
    before = there.measured().to_date
    for one in ("t029", "t003"):  # one who did not come back, one who did
        kept = compute_kept_outcomes(there.shop, there.store, there.ledger, [one])
        erase_customers(
            there.ledger,
            Alias({one: f"erased-{one}"}, {one: f"erased-h{one}"}),
            one,
            "li",
            APPROVED,
            kept,
        )
    without = [row for row in orders if not row.startswith("t003,")]
    (there.file.parent / "orders.csv").write_text(HEAD + EARLY + "\n".join([*without, LATE]) + "\n")
    there.store = imported(there.file, there.store.folder.parents[2])
    after = there.measured().to_date
    assert after.returned == before.returned
    assert after.money == before.money, "what was counted stays counted"
    result = there.measured(name).waves[0]
    assert (result.status, result.treated, result.held_out) == ("read", 30, 10)
    assert result.returned.treated == 30


def test_an_arm_that_was_changed_is_not_read(world):
    people, orders = many(30, 10, 10, 1)
    there = world(*orders, LATE)
    name = wave(there.ledger, people)
    with there.ledger.begin_write() as connection:
        connection.exec_driver_sql(
            "update assignments set arm = 'holdout' where customer_id = 't029'"
        )
    result = there.measured().to_date
    assert (result.status, result.changed) == ("arms_changed", [name])
    assert name in write_headline(result, "zh")


def test_a_holdout_that_is_too_small_is_not_read(world):
    people, orders = many(400, 10, 20, 1)
    there = world(*orders, LATE)
    wave(there.ledger, people)
    result = there.measured().to_date
    assert result.status == "ratio_off"
    assert result.ratio.p < 0.001


def test_who_enters_again_is_not_compared_again(world):
    """Whoever is still silent in a second wave is so because of the first: its arms are not alike any more."""
    people, orders = many(30, 10, 10, 1)
    there = world(*orders, LATE)
    wave(there.ledger, people)
    later = APPROVED + timedelta(days=70)
    wave(there.ledger, [*people[15:], treated("new1"), held("new2")], 20, later)
    result = there.measured()
    assert [each.entered_before for each in result.waves] == [0, 25]
    assert result.to_date.entered_before == 25
    assert result.to_date.compared == 42


def test_a_new_draw_compares_again(world):
    """From July on sides are drawn anew, and who was in an earlier wave is compared once more, outside of the washout."""
    people, orders = many(30, 10, 10, 1)
    there = world(*orders, LATE)
    wave(there.ledger, people)
    wave(there.ledger, people, 36, datetime(2026, 9, 1, 10))
    first, second = there.measured().waves
    assert first.entered_before == 0
    assert second.entered_before < 5, "those who are never written to alone"


def test_a_wave_stopped_before_anything_went_out_is_none(world):
    people, orders = many(30, 10, 10, 1)
    there = world(*orders, LATE)
    name = wave(there.ledger, people)
    decide_wave(there.ledger, name, "stopped", "li", APPROVED + timedelta(hours=1))
    assert there.measured().to_date.status == "no_waves"


def test_offers_cost_where_they_are_used(world):
    """A coupon is missing in what was paid already; free shipping is paid beside it. Both only for who ordered in time."""
    there = world(
        "t1,1,2026-03-05 09:00:00,100,1,a,40,Done,",
        "t2,2,2026-03-05 09:00:00,100,1,a,40,Done,",
        LATE,
    )
    people = [treated("t1", offer="old_friend_100", cost=10_000), treated("t2", offer="welcome_back", cost=1_200),
              treated("t3", offer="welcome_back", cost=1_200), held("h1"), held("h2")]  # fmt: skip
    wave(there.ledger, people)
    sent(there.ledger)
    money = there.measured().to_date.money
    assert money.cost_minor == {"messages": 30, "beside": 1_200, "coupons": 10_000}
    # Two buyers at a margin of 6,000, which is that of orders without a coupon; less all that was spent.
    assert money.net_margin_minor.value == pytest.approx(12_000 - 30 - 1_200 - 10_000)
    assert money.roi.value == pytest.approx(12_000 / 11_230, abs=1e-4)


def test_the_recovered_are_told_gross(world):
    """B24 to B26: of two who came back one ordered again within a month; what they spend in three months from then on."""
    there = world("t1,1,2026-03-09 09:00:00,100,1,a,40,Done,", "t1,2,2026-03-29 09:00:00,50,1,a,40,Done,",
                  "t2,3,2026-03-09 09:00:00,100,1,a,40,Done,", LATE)  # fmt: skip
    wave(there.ledger, [treated("t1"), treated("t2"), treated("t3"), held("h1")])
    back = there.measured().to_date.recovered
    assert back.customers == 2
    assert back.repeat_30_days == KnownShare(known_of=2, share=0.5)
    assert back.retained_180_days == KnownShare(known_of=2, share=0.5)
    assert back.spend_after_return_minor == 125_00


def test_forecast_and_measured_value_are_never_mixed(world):
    people, orders = many(200, 60, 50, 5)
    late = "late1,l1,2026-05-12 10:00:00,70,1,a,40,Done,"
    soon = world(*orders, late, "z,999,2026-06-20 10:00:00,1,1,a,1,Done,")
    wave(soon.ledger, people)
    wave(soon.ledger, [treated("late1"), held("late2")], 20, datetime(2026, 5, 11, 10))
    whole = soon.measured()
    long = whole.to_date.long_term
    assert (long.measured_of, long.measured_minor.value) == (200, 40 * 100_00)
    assert (long.waiting, long.forecast_minor) == (1, 100_00), (
        "one who came back, at what those before spent"
    )
    said = " ".join(write_sentences(whole, whole.to_date, "en"))
    assert "Measured for the 200 of the treatment group" in said
    assert "Forecast for those whose 90 days are not over" in said


def test_a_shop_without_amounts_is_told_of_customers_alone(shop_of, tmp_path):
    """Nothing is known of money: that is no nought, and no reason to stop."""
    people, orders = many(120, 40, 40, 4)
    file = shop_of(
        SHOP.replace('amount = "paid"\n', "").replace('unit_cost = "cost"\n', ""),
        orders=HEAD + "\n".join([*orders, LATE]),
    )
    there = World.__new__(World)
    there.shop, there.store = load_shop(file), imported(file, tmp_path / "home")
    there.book, there.ledger = (
        load_playbook(there.shop),
        open_ledger(tmp_path / "home" / "typed" / "ledger.db"),
    )
    there.ledger.migrate()
    wave(there.ledger, people)
    result = there.measured().to_date
    assert result.money.status == "no_amounts"
    assert result.money.gross_orders == 40
    assert result.curve.measure == "orders"


def test_a_play_that_holds_nobody_out_is_not_compared(world):
    """Its customers come back more often by themselves: that is no effect of the message."""
    people, orders = many(120, 12, 40, 4)
    there = world(
        *orders,
        *(f"x{number},x{number},2026-03-09 09:00:00,100,1,a,40,Done," for number in range(40)),
        LATE,
    )
    there.shop = there.shop.model_copy(
        update={"waves": there.shop.waves.model_copy(update={"every_holdout_share": 0.0})}
    )
    plays = [
        play.model_copy(update={"holdout_share": 0.0}) if play.name == "private_sale" else play
        for play in there.book.plays
    ]
    there.book = there.book.model_copy(update={"plays": tuple(plays)})
    wave(
        there.ledger,
        [*people, *(treated(f"x{number}", play="private_sale") for number in range(40))],
    )
    back = there.measured().to_date.returned
    assert (back.treated, back.held_out) == (120, 40)
    assert back.difference.value == pytest.approx(0)


def test_two_customers_may_have_orders_of_one_number(world):
    """What is sent back of one takes nothing from the other."""
    there = world(
        "t1,7,2026-03-09 09:00:00,50,1,a,40,Back,2026-04-20 10:00:00",
        "t2,7,2026-03-09 09:00:00,50,1,b,40,Done,",
        LATE,
    )
    con = there.store.connect()
    assert con.execute("select count(*) from refunds").fetchone() == (1,)
    wave(there.ledger, [treated("t1"), treated("t2"), held("h1")])
    rows = there.rows()
    assert dict(zip(rows.customer, rows.orders.tolist(), strict=True)) == {
        "t1": 0,
        "t2": 1,
        "h1": 0,
    }


def test_what_was_only_pulled_forward_is_seen(world):
    """Everybody written to orders in the first week, everybody held out in the tenth: nothing was won."""
    people, _ = many(90, 0, 30, 0)
    orders = [f"{each.customer_id},o{each.customer_id},2026-0{'3-05' if each.arm == 'treatment' else '5-11'} 09:00:00,100,1,a,40,Done,"
              for each in people]  # fmt: skip
    there = world(*orders, LATE)
    wave(there.ledger, people)
    whole = there.measured()
    curve = whole.to_date.curve
    assert curve.measure == "margin"
    assert [round(week.value) for week in (curve.weeks[3], curve.weeks[-1])] == [
        90 * 60_00,
        0,
    ]
    assert any(
        "only pulled forward" in each for each in write_sentences(whole, whole.to_date, "en")
    )


def test_segments_are_judged_together(world):
    people, orders = many(200, 60, 50, 5)
    there = world(*orders, LATE)
    wave(there.ledger, people)
    [only] = there.measured().to_date.by_segment
    assert (only.name, only.said.verdict) == ("silent_other", "earned")


def test_every_sentence_exists_in_both_languages(world):
    people, orders = many(200, 60, 50, 5)
    there = world(*orders, LATE)
    wave(there.ledger, people)
    sent(there.ledger)
    whole = there.measured()
    for language in ("zh", "en"):
        assert len(write_sentences(whole, whole.to_date, language)) > 8
    assert date.fromisoformat(whole.as_of) == date(2026, 10, 31)


@pytest.mark.parametrize("newest", ["2026-03-12", "2026-04-20", "2026-10-31"])
def test_a_stored_readout_is_read_back_as_it_was(world, newest):
    """In each of its states: no wave, nothing matured, no money yet, and all of it."""
    people, orders = many(200, 60, 50, 5)
    there = world(*orders, f"z,999,{newest} 10:00:00,1,1,a,1,Done,")
    before = there.measured()
    wave(there.ledger, people)
    sent(there.ledger)
    for readout in (before, there.measured()):
        stored = json.loads(json.dumps(msgspec.to_builtins(readout)))
        assert decode_playbook_readout(stored | {"kind": "weekly"}) == readout


def test_what_is_no_readout_is_not_read_back(world):
    stored = msgspec.to_builtins(world(LATE).measured())
    for wrong in ({}, {"to_date": {}}, {"to_date": {"status": "read"}}, {"waves": [{}]}):
        with pytest.raises(msgspec.ValidationError):
            decode_playbook_readout(stored | wrong if wrong else {})
