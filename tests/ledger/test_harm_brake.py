"""A playbook's waves pause when those contacted complain or send back more often than the holdout
(B106)."""

from datetime import timedelta

import duckdb
import pytest

from tests.ledger.world import NOW, WAVE, Receiver, held, plan, run, treated
from winback.delivery.harm_brake import pause_harmful_waves
from winback.delivery.plan_warnings import format_harm
from winback.ledger.clock import reset_clock
from winback.ledger.harm import HarmStop, stop_for_harm
from winback.ledger.wave_changes import resume_wave
from winback.ledger.waves import decide_wave, load_wave

LATER = NOW + timedelta(days=10)


@pytest.fixture
def tables():
    con = duckdb.connect()
    con.execute("create table events (customer_id text, kind text, occurred_at timestamp)")
    con.execute("create table refunds (customer_id text, occurred_at timestamp)")
    con.execute(
        "create table orders (customer_id text, occurred_at timestamp, gift boolean,"
        " wholesale boolean, brushing boolean, deposit boolean)"
    )
    return con


@pytest.fixture
def wave(ledger):
    plan(ledger, [*(treated(f"t{n}") for n in range(200)), *(held(f"h{n}") for n in range(50))])
    return ledger


def complain(con, names, at=NOW + timedelta(days=1)):
    for name in names:
        con.execute("insert into events values (?, 'complaint_opened', ?)", [name, at])


def buy(con, names, sent_back=()):
    for name in names:
        marks = "false, false, false, false"
        con.execute(f"insert into orders values (?, ?, {marks})", [name, NOW + timedelta(days=1)])
    for name in sent_back:
        con.execute("insert into refunds values (?, ?)", [name, NOW + timedelta(days=3)])


def list_names(arm, count):
    return [f"{arm}{n}" for n in range(count)]


def test_complaints_of_those_contacted_alone_pause_the_wave(wave, tables, tmp_path):
    complain(tables, list_names("t", 30))
    [stop] = pause_harmful_waves(tables, wave, LATER)
    assert (stop.harm, stop.treated, stop.held_out) == ("complaints", "30/200", "0/50")
    assert stop.waves == (WAVE,)
    assert load_wave(wave, WAVE).paused_at == LATER
    receiver = Receiver("one_shot")
    run(wave, {"email": receiver}, tmp_path)
    assert receiver.log == []
    assert pause_harmful_waves(tables, wave, LATER) == [], "it is paused already"
    resume_wave(wave, WAVE, "li", LATER)
    assert pause_harmful_waves(tables, wave, LATER) == [], "somebody has looked"


def test_as_many_complaints_in_the_holdout_pause_nothing(wave, tables):
    complain(tables, [*list_names("t", 40), *list_names("h", 10)])
    assert pause_harmful_waves(tables, wave, LATER) == []
    assert load_wave(wave, WAVE).paused_at is None


@pytest.mark.parametrize("at", [NOW - timedelta(days=1), LATER + timedelta(days=1)])
def test_complaints_of_before_the_wave_and_of_later_do_not_count(wave, tables, at):
    complain(tables, list_names("t", 60), at)
    assert pause_harmful_waves(tables, wave, LATER) == []


def test_another_playbooks_waves_go_on(wave, tables):
    complain(tables, list_names("t", 60))
    plan(wave, [treated("a"), held("b")], wave_id="other-2026w47")
    [stop] = pause_harmful_waves(tables, wave, LATER)
    assert stop.waves == (WAVE,)
    assert load_wave(wave, "other-2026w47").paused_at is None


def test_who_buys_more_may_send_back_more(wave, tables):
    """Sixty of the treated buy and five of the holdout, a third of either sends back."""
    buy(tables, [*list_names("t", 60), *list_names("h", 6)], [*list_names("t", 20), "h0", "h1"])
    assert pause_harmful_waves(tables, wave, LATER) == []


def test_a_larger_share_of_buyers_who_send_back_pauses_the_wave(wave, tables):
    buy(tables, [*list_names("t", 60), *list_names("h", 40)], list_names("t", 40))
    [stop] = pause_harmful_waves(tables, wave, LATER)
    assert (stop.harm, stop.treated, stop.held_out) == ("refunds", "40/60", "0/40")


MONTH_LATER = NOW + timedelta(days=31)


def test_who_comes_back_less_often_than_the_holdout_pauses_the_wave(wave, tables):
    """Ten of 200 against 20 of 50, a month after: the messages keep customers away."""
    buy(tables, [*list_names("t", 10), *list_names("h", 20)])
    assert pause_harmful_waves(tables, wave, NOW + timedelta(days=29)) == [], "a month is not over"
    [stop] = pause_harmful_waves(tables, wave, MONTH_LATER)
    assert (stop.harm, stop.treated, stop.held_out) == ("fewer_orders", "10/200", "20/50")
    assert load_wave(wave, WAVE).paused_at == MONTH_LATER
    assert "10/200" in format_harm(stop, "en")
    assert "20/50" in format_harm(stop, "zh")


def test_who_is_still_silent_in_a_later_wave_is_no_draw(ledger, tables):
    """A message that works leaves behind those it did not move: among them the holdout comes back more."""
    people = [*(treated(f"t{n}") for n in range(200)), *(held(f"h{n}") for n in range(50))]
    plan(ledger, people, wave_id="general-2026w30", now=NOW - timedelta(days=100))
    plan(ledger, people)
    buy(tables, [*list_names("t", 10), *list_names("h", 20)])
    assert pause_harmful_waves(tables, ledger, MONTH_LATER) == []


def test_who_comes_back_as_often_or_more_pauses_nothing(wave, tables):
    buy(tables, [*list_names("t", 90), *list_names("h", 10)])
    assert pause_harmful_waves(tables, wave, MONTH_LATER) == []


def test_one_complaint_of_somebody_in_many_waves_is_one(ledger, tables):
    """Twelve weekly waves to the same people: what happens to one of them happened once."""
    people = [*(treated(f"t{n}") for n in range(60)), *(held(f"h{n}") for n in range(40))]
    for week in range(12):
        plan(ledger, people, wave_id=f"general-2026w{35 + week}", now=NOW + timedelta(hours=week))
    complain(tables, ["t0", "t1", "t2"], NOW + timedelta(days=2))
    assert pause_harmful_waves(tables, ledger, LATER) == []


def test_a_wave_that_somebody_stops_meanwhile_stays_stopped_and_the_others_pause(wave, tables):
    plan(wave, [treated("a")], wave_id="general-2026w48")
    complain(tables, list_names("t", 30))
    stop = HarmStop("complaints", "30/200", "0/50", (WAVE, "general-2026w48"))
    decide_wave(wave, "general-2026w48", "stopped", "li", LATER)
    assert stop_for_harm(wave, "general", stop, "winback", LATER).waves == (WAVE,)
    assert load_wave(wave, WAVE).paused_at == LATER
    assert load_wave(wave, "general-2026w48").state == "stopped"


def test_a_stop_under_a_clock_that_ran_ahead_counts_from_when_it_was_set_right(wave, tables):
    ahead = LATER + timedelta(days=400)
    complain(tables, list_names("t", 30))
    stop_for_harm(wave, "general", HarmStop("complaints", "1/1", "0/1", (WAVE,)), "winback", ahead)
    reset_clock(wave, "deliver", "li", LATER)
    resume_wave(wave, WAVE, "li", LATER)
    assert pause_harmful_waves(tables, wave, LATER + timedelta(days=1)) == []
    complain(tables, list_names("t", 60), LATER + timedelta(days=2))
    assert pause_harmful_waves(tables, wave, LATER + timedelta(days=3))
