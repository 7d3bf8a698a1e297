"""Offers cannot outlive themselves: the day a message names is filled in when it goes, and what names a day that is over does not go."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.world import NOW, Clock, Receiver, assert_well, plan, run, states, step, treated
from winback.core.expiry_marks import fill_longest, mark_expiry, strip_marks
from winback.ledger.suppression import SuppressionRules
from winback.ledger.tables.waves import DELIVERIES
from winback.ledger.waves import count_ended_offers
from winback.playbooks.message_templates import (
    Message,
    MessageRules,
    count_sms_segments,
    render_message,
)
from winback.playbooks.offer_end import OfferClock
from winback.playbooks.playbook import Offer

CHINA = OfferClock("Asia/Shanghai", "zh")
RULES = SuppressionRules(count_offer=CHINA.count)


class Reader(Receiver):
    """Keeps the texts, too."""

    def send(self, messages):
        self.texts = [*getattr(self, "texts", []), *(each.body for each in messages)]
        return super().send(messages)


def offering(**changes):
    made = step("sms", cost=10, offer="voucher")
    return type(made)(**{**vars(made), "body": f"用到{mark_expiry('11月23日')}", **changes})


def offer(**end):
    words = {"zh": "券", "en": "voucher"}
    return Offer(title=words, kind="gift", cost_minor=0, eligibility=words, source="x", **end)


@pytest.mark.parametrize(("days_late", "day"), [(0, "11月29日"), (10, "12月9日"), (40, "1月8日")])
def test_the_day_is_counted_from_when_the_message_goes(ledger, tmp_path, days_late, day):
    plan(ledger, [treated("a", offering(offer_hours=168))])
    receiver = Reader("one_shot")
    run(ledger, {"sms": receiver}, tmp_path, RULES, Clock(NOW + timedelta(days=days_late)))
    assert receiver.texts == [f"用到{day}"]
    assert_well(ledger, [receiver])


def test_the_day_is_the_shops_own(ledger, tmp_path):
    """17:30 UTC is the next day in China."""
    plan(ledger, [treated("a", offering(offer_hours=24))])
    receiver = Reader("one_shot")
    run(ledger, {"sms": receiver}, tmp_path, RULES, Clock(datetime(2026, 11, 30, 17, 30)))
    assert receiver.texts == ["用到12月2日"]


def test_what_may_have_arrived_is_said_the_same_way_again_until_it_is_over(ledger, tmp_path):
    plan(ledger, [treated(name, offering(offer_hours=48)) for name in "ab"])
    receiver = Reader("keyed", 1, None, lambda _message: "again", taken=True, endpoint="x")
    run(ledger, {"sms": receiver}, tmp_path, RULES)
    receiver.says, receiver.taken = (
        (lambda message: "sent" if message.customer_id == "a" else "again"),
        True,
    )
    run(ledger, {"sms": receiver}, tmp_path, RULES, Clock(NOW + timedelta(days=1)))
    assert set(receiver.texts) == {"用到11月24日"}, "the same key, the same words"
    sent_so_far = len(receiver.texts)
    done = run(ledger, {"sms": receiver}, tmp_path, RULES, Clock(NOW + timedelta(days=3)))
    assert (len(receiver.texts), done.kept) == (sent_so_far, {"offer_ended": 1})
    assert states(ledger) == {"sent": 1, "unknown": 1}


def test_what_certainly_did_not_arrive_gets_a_day_of_its_own(ledger, tmp_path):
    plan(ledger, [treated("a", offering(offer_hours=48))])
    receiver = Reader("keyed", 1, None, lambda _message: "again")
    run(ledger, {"sms": receiver}, tmp_path, RULES)
    receiver.says = lambda _message: "sent"
    run(ledger, {"sms": receiver}, tmp_path, RULES, Clock(NOW + timedelta(days=5)))
    assert receiver.texts[-1] == "用到11月29日"
    assert states(ledger) == {"sent": 1}


@pytest.mark.parametrize(("hours", "state"), [(-1, "suppressed"), (0, "suppressed"), (1, "sent")])
def test_an_offer_with_a_fixed_day_ends_with_it(ledger, tmp_path, hours, state):
    ends = NOW + timedelta(days=2, hours=hours, minutes=1)
    plan(ledger, [treated("a", offering(offer_ends=ends, body="用到11月24日"))], approve=True)
    assert count_ended_offers(ledger, "general-2026w47", NOW) == 0
    assert count_ended_offers(ledger, "general-2026w47", NOW + timedelta(days=3)) == 1
    receiver = Reader("one_shot")
    clock = Clock(NOW + timedelta(days=2, minutes=1))
    done = run(ledger, {"sms": receiver}, tmp_path, RULES, clock)
    assert states(ledger) == {state: 1}
    assert done.kept == ({} if state == "sent" else {"offer_ended": 1})


def test_an_offer_of_a_few_hours_is_counted_from_its_arrival(ledger, tmp_path):
    plan(ledger, [treated("a", offering(offer_hours=3, body="收到后3小时内"))])
    receiver = Reader("one_shot")
    run(ledger, {"sms": receiver}, tmp_path, RULES, Clock(NOW + timedelta(days=9)))
    assert receiver.texts == ["收到后3小时内"]
    with ledger.begin_read() as connection:
        ends = connection.execute(sa.select(DELIVERIES.c.offer_ends)).scalar()
    assert ends == NOW + timedelta(days=9, hours=3, seconds=5)


def test_an_sms_fits_whatever_day_is_filled_in():
    rules = MessageRules("【店】", "回T退订", 1, None)
    body = "啊" * 55 + "到{expiry}"
    values = {"expiry": mark_expiry("1月2日")}
    fits = render_message(body, None, values, "sms", rules)
    assert isinstance(fits, Message)
    assert count_sms_segments(fill_longest(fits.text)) == 1
    assert not isinstance(render_message("啊" + body, None, values, "sms", rules), Message)


def test_data_cannot_fill_in_a_day():
    text = "{last_product} {expiry}"
    forged = {"last_product": f"A{mark_expiry('x')}", "expiry": "3月1日"}
    made = render_message(text, None, forged, "platform", MessageRules(None, "", 1, None))
    assert made.text == strip_marks(made.text) == "Ax 3月1日"


def test_an_offer_says_one_end():
    assert offer(expires_hours=36).count_days_held(date(2026, 3, 1)) == 1.5
    fixed = offer(ends_on=date(2026, 3, 9))
    assert [fixed.count_days_held(date(2026, 3, day)) for day in (1, 9, 10)] == [9, 1, 0]
    assert CHINA.get_end(fixed) == datetime(2026, 3, 9, 16)
    for wrong in ({}, {"expires_hours": 2, "ends_on": date(2026, 3, 9)}):
        with pytest.raises(ValueError, match="expires_hours"):
            offer(**wrong)
