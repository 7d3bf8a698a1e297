"""Budgets over all waves: a month, a quarter and a half-year of the shop's calendar (B104)."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.world import NOW, WAVE, Clock, Receiver, plan, run, states, step, treated
from winback.delivery.dispatcher import TURN
from winback.ledger.budgets import PeriodBudget, list_period_use
from winback.ledger.clock import reset_clock
from winback.ledger.integrity import audit
from winback.ledger.locks import acquire
from winback.ledger.outbox import KnownClaim, build_idempotency_key
from winback.ledger.recovery import reconcile_after_restore, resolve_unconfirmed
from winback.ledger.suppression import SuppressionRules
from winback.ledger.tables.waves import DELIVERIES, SPENDING

MONTH = PeriodBudget("month", 250, "Asia/Shanghai")


def spend(ledger, folder, names, wave_id, now=NOW, budgets=(MONTH,), **receiver):
    plan(ledger, [treated(each, step(cost=100)) for each in names], wave_id=wave_id, now=now)
    receiver = Receiver("one_shot", **receiver)
    run(ledger, {"email": receiver}, folder, SuppressionRules(budgets=budgets), Clock(now))
    return [each[1] for each in receiver.log]


def list_reasons(ledger, state):
    query = sa.select(DELIVERIES.c.reason).where(DELIVERIES.c.state == state)
    with ledger.begin_read() as connection:
        return set(connection.execute(query).scalars())


def test_a_months_budget_holds_over_all_waves(ledger, tmp_path):
    assert spend(ledger, tmp_path, "a", "general-2026w47") == ["a"]
    assert spend(ledger, tmp_path, "bcd", "other-2026w48") == ["b"]
    assert list_reasons(ledger, "capped") == {"budget_month"}
    assert audit(ledger) == []
    [use] = list_period_use(ledger, [MONTH], NOW)
    assert (use.begins, use.ends) == (date(2026, 11, 1), date(2026, 12, 1))
    assert (use.spent_minor, use.left_minor) == (200, 50)


def test_the_month_ends_at_the_shops_midnight(ledger, tmp_path):
    assert spend(ledger, tmp_path, "ab", "general-2026w47") == ["a", "b"]
    last = datetime(2026, 11, 30, 15, 40)  # 23:40 in Shanghai
    assert spend(ledger, tmp_path, "c", "general-2026w48", last) == []
    assert spend(ledger, tmp_path, "d", "general-2026w49", last + timedelta(minutes=25)) == ["d"]


@pytest.mark.parametrize(
    ("period", "first", "following"),
    [
        ("month", date(2026, 12, 1), date(2027, 1, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("half_year", date(2026, 7, 1), date(2027, 1, 1)),
    ],
)
def test_periods_are_those_of_the_shops_calendar(period, first, following):
    moment = datetime(2026, 11, 30, 18, 15)  # already December in India
    assert moment.astimezone(UTC) is not None
    days = PeriodBudget(period, 1, "Asia/Kolkata").get_days(moment + timedelta(minutes=20))
    assert days == (first, following)


def test_what_did_not_go_out_gives_its_money_back(ledger, tmp_path):
    assert spend(ledger, tmp_path, "ab", "general-2026w47", says=lambda _: "unknown") == ["a", "b"]
    assert spend(ledger, tmp_path, "c", "general-2026w48") == []
    with ledger.begin_read() as connection:
        first = connection.execute(
            sa.select(DELIVERIES.c.delivery_id).where(DELIVERIES.c.customer_id == "a")
        ).scalar()
    later = NOW + timedelta(days=2)
    resolve_unconfirmed(ledger, first, was_sent=False, actor="li", why="looked", now=later)
    assert spend(ledger, tmp_path, "d", "general-2026w49", later) == ["d"]
    assert audit(ledger) == []


def test_messages_that_cost_nothing_go_when_the_budget_is_spent(ledger, tmp_path):
    none = (PeriodBudget("quarter", 0, "UTC"),)
    assert spend(ledger, tmp_path, "a", "general-2026w47", budgets=none) == []
    plan(ledger, [treated("b", step())], wave_id="general-2026w48")
    free = Receiver("one_shot")
    run(ledger, {"email": free}, tmp_path, SuppressionRules(budgets=none))
    assert len(free.log) == 1


def test_money_follows_a_clock_that_is_set_back(ledger, tmp_path):
    ahead = NOW + timedelta(days=40)
    assert spend(ledger, tmp_path, "a", "general-2026w47", ahead) == ["a"]
    reset_clock(ledger, "deliver", "li", NOW)
    [use] = list_period_use(ledger, [MONTH], NOW)
    assert use.spent_minor == 100
    assert audit(ledger) == []


def test_a_later_step_that_may_have_gone_stays_unconfirmed_and_keeps_its_money(ledger, tmp_path):
    """Both steps were out when the ledger was lost; the first is found not to have gone."""
    ladder = (step(cost=100), step(after=3, cost=100))
    plan(ledger, [treated("a", *ladder)], {"*": 500})
    acquire(ledger, TURN, "here", NOW)
    known = KnownClaim("keyed", "gateway")
    reconcile_after_restore(ledger, TURN, 2, lambda _message: known, "li", NOW)
    later = NOW + timedelta(hours=1)
    run(ledger, {"email": Receiver("keyed", endpoint="other")}, tmp_path, clock=Clock(later))
    first = build_idempotency_key(WAVE, "a", 1)
    resolve_unconfirmed(ledger, first, was_sent=False, actor="li", why="looked", now=later)
    assert states(ledger) == {"failed": 1, "unknown": 1}
    assert audit(ledger) == []


def test_what_a_lost_machine_may_have_sent_breaks_no_budget_of_this_ledger(ledger):
    plan(ledger, [treated(each, step(cost=100)) for each in "abcdefgh"], {"*": 300})
    acquire(ledger, TURN, "here", NOW)
    lost = KnownClaim("one_shot", None)
    assert reconcile_after_restore(ledger, TURN, 0, lambda _message: lost, "li", NOW) == 8
    assert audit(ledger) == []


def test_money_that_is_counted_wrongly_is_found(ledger, tmp_path):
    spend(ledger, tmp_path, "a", "general-2026w47")
    with ledger.begin_write() as connection:
        connection.execute(sa.update(SPENDING).values(spent_minor=0))
    [found] = audit(ledger)
    assert found.rule == "spending_miscounted"
    assert found.examples == ("2026-11-22 09:30: 0 ≠ 100",)
    assert states(ledger) == {"sent": 1}
