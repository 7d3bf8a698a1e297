"""A channel is who is behind it: what one receiver may have, another one never gets.

The receivers keep their own logs; each way a channel can change is tried after each way a message can be left in doubt.
"""

from datetime import timedelta
from itertools import product

import pytest
import sqlalchemy as sa

from tests.ledger.world import NOW, Clock, Receiver, assert_well, plan, run, states, step, treated
from winback.core.wave_errors import DeliveryAlreadyResolved
from winback.delivery.dispatcher import TURN
from winback.ledger.consents import suppress
from winback.ledger.due_messages import DueMessages
from winback.ledger.erasure import Alias, erase_customers
from winback.ledger.integrity import audit
from winback.ledger.locks import acquire
from winback.ledger.message_outcomes import Outcome, complete
from winback.ledger.outbox import claim_messages
from winback.ledger.recovery import recover_stale, resolve_unconfirmed
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.tables.waves import BUDGETS, DELIVERIES

HOUR = timedelta(hours=1)
REPEATED = ("set_like", "keyed", "keyed_for_a_time")
KINDS = (*REPEATED, "one_shot")


def rows(ledger):
    with ledger.begin_read() as connection:
        query = sa.select(DELIVERIES).order_by(DELIVERIES.c.customer_id, DELIVERIES.c.step)
        return connection.execute(query).mappings().all()


def people(number=4, channel="sms"):
    return [treated(f"c{each}", step(channel, cost=10)) for each in range(number)]


def later(ledger, channel, folder, hours=1, rules=None):
    """A run so many hours later, through a channel as it is by then."""
    return run(ledger, {"sms": channel}, folder, rules, Clock(NOW + hours * HOUR))


def leave_in_doubt(ledger, kind, folder):
    """Three of four have arrived, and nobody here knows: two were answered 500, then the run was killed."""
    first = Receiver(kind, 1, 3, lambda _message: "again", taken=True, endpoint="first")
    assert run(ledger, {"sms": first}, folder) is None
    assert len(first.log) == 3
    return first


@pytest.mark.parametrize(("before", "after"), list(product(REPEATED, KINDS)))
def test_what_one_receiver_may_have_another_one_never_gets(ledger, tmp_path, before, after):
    """Another gateway, a list for people, a mail server: whatever its class."""
    plan(ledger, people(), budgets={"*": 1_000})
    first = leave_in_doubt(ledger, before, tmp_path)
    other = Receiver(after, 1 if after == "one_shot" else 20, endpoint="second")
    done = later(ledger, other, tmp_path)
    assert {each[1] for each in other.log}.isdisjoint(each[1] for each in first.log)
    assert (done.sent, done.unknown, done.kept) == (1, 3, {"other_receiver": 3})
    assert states(ledger) == {"sent": 1, "unknown": 3}
    first.says = lambda _message: "sent"
    assert later(ledger, first, tmp_path, 2).sent == 0, "it is for a person to say"
    assert_well(ledger, [other], in_flight=3)


@pytest.mark.parametrize("kind", REPEATED)
def test_the_same_receiver_is_asked_again(ledger, tmp_path, kind):
    plan(ledger, people(), budgets={"*": 1_000})
    first = leave_in_doubt(ledger, kind, tmp_path)
    assert [(row["endpoint"], row["exposed_at"] is not None) for row in rows(ledger)] == [
        ("first", True),
        ("first", True),
        ("first", False),  # claimed: the next run sees to it
        (None, False),
    ]
    first.says, first.taken = (lambda _message: "sent"), False
    assert later(ledger, first, tmp_path).sent == 4
    assert len(first.twice) == 3, "under its key again"
    assert all(row["exposed_at"] <= row["claimed_at"] for row in rows(ledger))
    assert_well(ledger, [])


def test_what_certainly_did_not_go_may_go_anywhere(ledger, tmp_path):
    plan(ledger, people())
    run(ledger, {"sms": Receiver("keyed", says=lambda _message: "again")}, tmp_path)
    assert {row["exposed_at"] for row in rows(ledger)} == {None}
    lists = Receiver("set_like", 20)
    assert later(ledger, lists, tmp_path).sent == 4
    assert len(lists.log) == 4


def test_a_one_shot_message_left_behind_by_a_killed_run_stays_with_a_person(ledger, tmp_path):
    plan(ledger, people(1))
    run(ledger, {"sms": Receiver("one_shot", die_in=1, endpoint="mail")}, tmp_path)
    gateway = Receiver("keyed", endpoint="gateway")
    assert later(ledger, gateway, tmp_path).sent == 0
    [row] = rows(ledger)
    assert (row["state"], row["reason"], row["exposed_at"]) == (
        "unknown",
        "run_died",
        row["claimed_at"],
    )


@pytest.mark.parametrize(("hours", "sent"), [(0.5, 1), (22, 1), (24, 0), (30, 0)])
def test_a_receiver_that_forgets_keys_is_asked_again_while_it_knows_them(
    ledger, tmp_path, hours, sent
):
    """The class `keyed_for_a_time`: 24 hours unless the shop says otherwise, counted from the first attempt."""
    plan(ledger, people(1))
    gateway = Receiver(
        "keyed_for_a_time", says=lambda _message: "again", taken=True, endpoint="gateway"
    )
    run(ledger, {"sms": gateway}, tmp_path)
    later(ledger, gateway, tmp_path, 0.2)
    gateway.says = lambda _message: "sent"
    done = later(ledger, gateway, tmp_path, hours)
    assert (done.sent, done.unknown) == (sent, 1 - sent)
    assert len(gateway.log) == 2 + sent
    [row] = rows(ledger)
    assert row["reason"] == (None if sent else "key_forgotten")
    assert row["exposed_at"] < NOW + timedelta(minutes=1), "its first moment"


def test_how_long_keys_are_known_is_the_shops_to_say(ledger, tmp_path):
    plan(ledger, people(1))
    gateway = Receiver("keyed_for_a_time", says=lambda _message: "again", taken=True)
    gateway.key_hours = 2
    run(ledger, {"sms": gateway}, tmp_path)
    assert later(ledger, gateway, tmp_path, 3).unknown == 1


def test_a_receiver_becomes_one_that_forgets_keys_and_stays_itself(ledger, tmp_path):
    """The setting was added: who is behind the address is the same."""
    plan(ledger, people(2))
    leave_in_doubt_of_two = Receiver(
        "keyed", says=lambda _message: "again", taken=True, endpoint="first"
    )
    run(ledger, {"sms": leave_in_doubt_of_two}, tmp_path)
    forgetful = Receiver("keyed_for_a_time", endpoint="first")
    assert later(ledger, forgetful, tmp_path).sent == 2


def claim(ledger, kind="keyed", endpoint="first", now=NOW, rules=None, lease=None):
    lease = lease or acquire(ledger, TURN, "here", now, lambda _holder: True)
    rules = rules or SuppressionRules()
    found = claim_messages(
        ledger, lease, now, rules, DueMessages(["sms"]), 9, kind=kind, endpoint=endpoint
    )
    return lease, found


def doubt(delivery_id, now=NOW):
    return Outcome(delivery_id, "again", "no_answer", not_before=now, sure=False)


def test_given_up_after_doubt_is_unknown_though_the_last_answer_was_sure(ledger):
    """Five times busy is a failure; with a lost answer before it, it is not."""
    plan(ledger, people(2))
    lease, found = claim(ledger)
    first, second = (each.delivery_id for each in found.claimed)
    complete(ledger, lease, [doubt(first), Outcome(second, "again", "later", not_before=NOW)], NOW)
    for _ in range(4):
        _, found = claim(ledger, lease=lease)
        said = [
            Outcome(each.delivery_id, "again", "later", not_before=NOW) for each in found.claimed
        ]
        complete(ledger, lease, said, NOW)
    assert {row["delivery_id"]: row["state"] for row in rows(ledger)} == {
        first: "unknown",
        second: "failed",
    }


def test_a_no_after_doubt_is_no_proof_that_nothing_went(ledger):
    plan(ledger, people(1))
    lease, found = claim(ledger)
    [each] = found.claimed
    complete(ledger, lease, [doubt(each.delivery_id)], NOW)
    claim(ledger, lease=lease)
    complete(ledger, lease, [Outcome(each.delivery_id, "failed", "no_address")], NOW)
    [row] = rows(ledger)
    assert (row["state"], row["reason"]) == ("unknown", "no_address")


@pytest.mark.parametrize("died", [False, True])
def test_what_may_have_arrived_keeps_its_money_and_its_room(ledger, died):
    """Otherwise another message would spend it a second time."""
    plan(
        ledger,
        [treated("a", step("sms", cost=60, offer="tea")), treated("b", step("sms", cost=60))],
        budgets={"*": 100, "tea": 60},
    )
    rules = SuppressionRules((Cap("sms", 7, 1),))
    lease = acquire(ledger, TURN, "here", NOW, lambda _holder: True)
    [each] = claim_messages(
        ledger, lease, NOW, rules, DueMessages(["sms"]), 1, kind="keyed", endpoint="first"
    ).claimed
    if died:
        lease = acquire(ledger, TURN, "here", NOW, lambda _holder: True)
        recover_stale(ledger, lease, (), NOW)
    else:
        complete(ledger, lease, [doubt(each.delivery_id)], NOW)
    _, found = claim(ledger, rules=rules, lease=lease)
    assert [each.customer_id for each in found.claimed] == ["a"], "paid for already"
    assert dict(found.kept) == {"budget": 1}
    assert audit(ledger, rules.caps) == []
    complete(ledger, lease, [Outcome(each.delivery_id, "sent")], NOW)
    with ledger.begin_read() as connection:
        spent = dict(connection.execute(sa.select(BUDGETS.c.name, BUDGETS.c.spent_minor)).all())
    assert spent == {"*": 60, "tea": 60}


def test_in_doubt_and_then_told_no_is_unknown_and_not_kept_back(ledger):
    """It may have arrived before they said it; nothing goes after it."""
    plan(ledger, people(3), budgets={"*": 100})
    lease, found = claim(ledger)
    complete(ledger, lease, [doubt(each.delivery_id) for each in found.claimed], NOW)
    suppress(ledger, "c0", "*", "unsubscribed", NOW, "page")
    quiet = SuppressionRules(
        opens=lambda _channel, customer, now: now + HOUR if customer == "c1" else now
    )
    _, found = claim(ledger, rules=quiet, lease=lease)
    assert [each.customer_id for each in found.claimed] == ["c2"]
    told, waits, _ = rows(ledger)
    assert (told["state"], told["reason"]) == ("unknown", "unsubscribed")
    assert (waits["state"], waits["claimed_at"], waits["exposed_at"]) == ("pending", NOW, NOW)
    assert audit(ledger) == []


def test_who_is_erased_in_doubt_is_unconfirmed(ledger):
    plan(ledger, people(2), budgets={"*": 100})
    lease, found = claim(ledger)
    complete(ledger, lease, [doubt(found.claimed[0].delivery_id)], NOW)
    alias = Alias({"c0": "erased-1", "c1": "erased-2"}, {"c0": "erased-h1", "c1": "erased-h2"})
    erase_customers(ledger, alias, "erased-1", "li", NOW)
    assert {(row["state"], row["exposed_at"]) for row in rows(ledger)} == {("unknown", NOW)}
    assert audit(ledger) == []


def test_a_person_says_that_it_did_not_go(ledger, tmp_path):
    plan(ledger, people(), budgets={"*": 100})
    leave_in_doubt(ledger, "keyed", tmp_path)
    later(ledger, Receiver("set_like", endpoint="list"), tmp_path)
    key = rows(ledger)[0]["delivery_id"]
    resolve_unconfirmed(ledger, key, False, "li", "the gateway has none", NOW + HOUR)
    [row] = [row for row in rows(ledger) if row["delivery_id"] == key]
    assert (row["state"], row["exposed_at"], row["claimed_at"]) == ("failed", None, None)
    with pytest.raises(DeliveryAlreadyResolved):
        resolve_unconfirmed(ledger, key, True, "li", "again", NOW)
    assert audit(ledger) == []


def test_a_paused_run_that_knows_takes_back_what_was_feared(ledger):
    """Taken for lost, a one-shot message is unknown; the run wakes and says that it did not go."""
    plan(ledger, people(2))
    paused, found = claim(ledger, "one_shot")
    lease = acquire(ledger, TURN, "there", NOW, lambda _holder: True)
    recover_stale(ledger, lease, (), NOW)
    said = [
        Outcome(found.claimed[0].delivery_id, "failed", "refused"),
        Outcome(found.claimed[1].delivery_id, "again", "busy", not_before=NOW),
    ]
    complete(ledger, paused, said, NOW)
    assert [(row["state"], row["exposed_at"]) for row in rows(ledger)] == [
        ("failed", None),
        ("pending", None),
    ]
