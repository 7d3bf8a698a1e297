"""Corners of the ledger: messages that wait and may have arrived, words said twice, names put in place of people."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.world import NOW, Clock, excluded, held, plan, run, states, step, treated
from winback.core.wave_errors import DeliveryAlreadyResolved, DeliveryUnknown
from winback.delivery.channels.base import SendResult
from winback.delivery.dispatcher import TURN
from winback.ledger.consents import (
    StoredTags,
    add_receipt,
    list_owners,
    set_consent,
    set_owners,
    suppress,
)
from winback.ledger.due_messages import DueMessages
from winback.ledger.engine import open_ledger
from winback.ledger.erasure import (
    Alias,
    erase_customers,
    is_known,
    list_customer_rows,
    list_households,
    vacuum,
)
from winback.ledger.holdout_draws import list_salts
from winback.ledger.integrity import audit
from winback.ledger.locks import acquire, release
from winback.ledger.message_outcomes import Outcome, apply_receipts, complete, list_pending_receipts
from winback.ledger.outbox import Addressee, claim_messages, find_addressee
from winback.ledger.recovery import recover_stale, resolve_unconfirmed
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.tables.contacts import CONSENTS, SUPPRESSIONS
from winback.ledger.tables.waves import BUDGETS, DELIVERIES

LATER = NOW + timedelta(hours=1)


def turn_of(ledger, now=NOW):
    return acquire(ledger, TURN, "here", now, lambda _holder: True)


def fate(ledger, customer, number=1):
    with ledger.begin_read() as connection:
        other = (DELIVERIES.c.customer_id == customer) & (DELIVERIES.c.step == number)
        return connection.execute(sa.select(DELIVERIES).where(other)).mappings().one()


@pytest.mark.parametrize("died", [False, True])
def test_a_message_that_waits_and_may_have_arrived_counts_against_caps(ledger, died):
    """Under the same key it may go again itself, but no other message of its channel."""
    plan(ledger, [treated("a", step("sms"))])
    plan(ledger, [treated("a", step("sms"))], wave_id="other-2026w47")
    rules = SuppressionRules((Cap("sms", 7, 1),))
    lease = turn_of(ledger)
    [first] = claim_messages(
        ledger, lease, NOW, rules, DueMessages(["sms"]), 1, kind="keyed"
    ).claimed
    if died:
        lease = turn_of(ledger, NOW + timedelta(seconds=1))
        assert recover_stale(ledger, lease, (), NOW) == {"again": 1, "unknown": 0}
    else:
        complete(
            ledger,
            lease,
            [Outcome(first.delivery_id, "again", "no_answer", sure=False, not_before=LATER)],
            NOW,
        )
    result = claim_messages(ledger, lease, NOW, rules, DueMessages(["sms"]), 5, kind="keyed")
    assert [each.delivery_id for each in result.claimed] == ([first.delivery_id] if died else [])
    assert dict(result.kept) == {"cap_sms": 1}
    if not died:
        assert [
            each.delivery_id
            for each in claim_messages(ledger, lease, LATER, rules, DueMessages(["sms"]), 5).claimed
        ] == [first.delivery_id]
    assert audit(ledger, rules.caps) == []


def test_what_certainly_did_not_go_takes_no_room(ledger):
    plan(ledger, [treated("a", step("sms"))])
    plan(ledger, [treated("a", step("sms"))], wave_id="other-2026w47")
    lease, rules = turn_of(ledger), SuppressionRules((Cap("sms", 7, 1),))
    [first] = claim_messages(ledger, lease, NOW, rules, DueMessages(["sms"]), 1).claimed
    complete(ledger, lease, [Outcome(first.delivery_id, "again", "busy", not_before=LATER)], NOW)
    assert len(claim_messages(ledger, lease, NOW, rules, DueMessages(["sms"]), 5).claimed) == 1


@pytest.mark.parametrize(
    ("kind", "state"), [("one_shot", "unknown"), ("keyed", "pending"), ("set_like", "pending")]
)
def test_what_a_crash_may_do_was_decided_by_the_channel_that_claimed(ledger, kind, state):
    """Whatever the shop file says by now."""
    plan(ledger, [treated("a", step("sms"))])
    claim_messages(
        ledger, turn_of(ledger), NOW, SuppressionRules(), DueMessages(["sms"]), 1, kind=kind
    )
    for repeatable in ((), ("sms",)):
        recover_stale(ledger, turn_of(ledger), repeatable, NOW)
        assert fate(ledger, "a")["state"] == state


def test_a_step_settled_in_one_wave_moves_no_ladder_of_another(ledger):
    for wave_id in ("a-2026w47", "b-2026w47"):
        plan(
            ledger,
            [treated(name, step(), step(after=1), step(after=1)) for name in ("x", "y")],
            wave_id=wave_id,
        )
    lease = turn_of(ledger)
    every = claim_messages(
        ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 4
    ).claimed
    of = {(each.wave_id, each.customer_id): each.delivery_id for each in every}
    complete(
        ledger,
        lease,
        [Outcome(of["a-2026w47", "x"], "sent"), Outcome(of["b-2026w47", "y"], "failed")],
        NOW,
    )
    with ledger.begin_read() as connection:
        rows = (
            connection.execute(sa.select(DELIVERIES).where(DELIVERIES.c.step > 1)).mappings().all()
        )
    result = {
        (row["wave_id"], row["customer_id"], row["step"]): (row["state"], row["due_at"])
        for row in rows
    }
    assert result["a-2026w47", "x", 2] == ("pending", NOW + timedelta(days=1))
    assert (
        result["a-2026w47", "x", 3]
        == result["a-2026w47", "y", 2]
        == result["b-2026w47", "x", 2]
        == ("pending", None)
    )
    assert result["b-2026w47", "y", 2] == result["b-2026w47", "y", 3] == ("not_needed", None)


class Tasks:
    """A channel whose messages wait for a person."""

    kind, batch_size = "one_shot", 1

    def send(self, messages):
        return [
            SendResult(each.delivery_id, "created", "task_created", f"m{each.customer_id}")
            for each in messages
        ]


def created(ledger, tmp_path):
    plan(
        ledger,
        [
            treated(name, step("wecom", cost=50, offer="tea"), step("email", after=2))
            for name in "abcd"
        ],
        budgets={"tea": 200, "*": 500},
    )
    run(ledger, {"wecom": Tasks(), "email": Tasks()}, tmp_path)


def test_a_task_holds_its_ladder_its_budget_and_its_cap_until_it_is_known(ledger, tmp_path):
    created(ledger, tmp_path)
    assert states(ledger) == {"created": 4, "pending": 4}
    assert [row["receipt"] for row in list_pending_receipts(ledger, "wecom")] == [
        "ma",
        "mb",
        "mc",
        "md",
    ]
    assert list_pending_receipts(ledger, "email") == []
    assert fate(ledger, "a", 2)["due_at"] is None
    ids = [row["delivery_id"] for row in list_pending_receipts(ledger, "wecom")]
    said = [
        Outcome(ids[0], "sent", "confirmed", "n1"),
        Outcome(ids[1], "failed", "received_enough"),
        Outcome(ids[2], "created", "task_created"),
    ]
    assert apply_receipts(ledger, said, "wecom", LATER) == 2
    assert apply_receipts(ledger, said, "wecom", LATER) == 0, "what is known is no news"
    assert [fate(ledger, name)["state"] for name in "abcd"] == [
        "sent",
        "failed",
        "created",
        "created",
    ]
    assert fate(ledger, "a")["receipt"] == "n1"
    assert fate(ledger, "b")["receipt"] == "mb"
    assert fate(ledger, "a", 2)["due_at"] == LATER + timedelta(days=2)
    assert (fate(ledger, "b", 2)["state"], fate(ledger, "b", 2)["reason"]) == (
        "not_needed",
        "step_before",
    )
    with ledger.begin_read() as connection:
        spent = dict(connection.execute(sa.select(BUDGETS.c.name, BUDGETS.c.spent_minor)).all())
    assert spent == {"tea": 150, "*": 150}
    resolve_unconfirmed(ledger, ids[2], True, "li", "saw it", LATER)
    assert fate(ledger, "c")["state"] == "sent"
    with pytest.raises(DeliveryAlreadyResolved):
        resolve_unconfirmed(ledger, ids[2], True, "li", "again", LATER)
    assert audit(ledger) == []


def test_an_unknown_message_that_is_found_is_what_it_was_found_to_be(ledger, tmp_path):
    plan(ledger, [treated("a", step("wecom"))])

    class Lost(Tasks):
        def send(self, messages):
            return [SendResult(each.delivery_id, "unknown", "no_answer") for each in messages]

    run(ledger, {"wecom": Lost()}, tmp_path)
    [row] = list_pending_receipts(ledger, "wecom")
    assert (row["state"], row["receipt"]) == ("unknown", None)
    assert (
        apply_receipts(
            ledger, [Outcome(row["delivery_id"], "created", "task_created", "m7")], "wecom", LATER
        )
        == 1
    )
    assert (fate(ledger, "a")["state"], fate(ledger, "a")["receipt"]) == ("created", "m7")
    assert apply_receipts(ledger, [Outcome("0" * 32, "sent")], "wecom", LATER) == 0


def test_a_no_said_again_holds_until_the_later_end(ledger):
    ends = [LATER, NOW, LATER + timedelta(days=1), None, LATER]
    result = []
    for until in ends:
        suppress(ledger, "a", "sms", "asked", NOW, "list", until)
        with ledger.begin_read() as connection:
            result.append(connection.execute(sa.select(SUPPRESSIONS.c.until)).scalar())
    assert result == [LATER, LATER, LATER + timedelta(days=1), None, None]


def test_of_a_yes_and_a_no_at_the_same_moment_the_no_holds(ledger):
    for given in (True, False, True):
        set_consent(ledger, "a", "sms", given, NOW, "form", "I agree")
    with ledger.begin_read() as connection:
        [row] = connection.execute(sa.select(CONSENTS)).mappings().all()
    assert (row["given"], row["wording"]) == (False, "I agree")


def test_a_receipt_of_no_message_is_refused(ledger):
    with pytest.raises(DeliveryUnknown):
        add_receipt(ledger, "0" * 32, "opened", NOW, "mail")


def test_tags_and_owners_are_the_newest_that_were_told(ledger):
    playbook = StoredTags(ledger, Clock())
    assert playbook.get_tag("a") is None
    playbook.set_tag("a", "li", "wake")
    playbook.set_tag("a", "wang", "big")
    assert playbook.get_tag("a") == ("wang", "big")
    set_owners(ledger, {"a": "li", "b": "li"}, "wecom", NOW)
    set_owners(ledger, {"c": "wo"}, "file", NOW)
    set_owners(ledger, {"b": "wang", "c": "li"}, "wecom", NOW)
    assert list_owners(ledger) == {"b": "wang", "c": "li"}


def test_a_wave_of_people_nobody_writes_to_is_a_wave(ledger):
    plan(ledger, [held("h"), excluded("x")])
    assert states(ledger) == {}
    assert audit(ledger) == []


def test_salts_of_a_ledger_that_has_none(tmp_path):
    bare = open_ledger(tmp_path / "bare.db")
    assert list_salts(bare) == []
    bare.migrate()
    assert list_salts(bare) == []


def test_a_ledger_in_memory_has_no_file_to_stamp_or_wipe(tmp_path):
    memory = open_ledger(tmp_path / "x", "sqlite://")
    assert memory.get_stamp() is None
    vacuum(memory)


def test_who_is_erased_stays_in_their_arm_under_another_name(ledger, tmp_path):
    """Their no stays, too; what they were written is gone, and the audit still holds."""
    plan(
        ledger,
        [
            treated("a", step(), step(after=3)),
            treated("b", step("call"), household="h1"),
            held("c"),
            excluded("d"),
        ],
    )
    run(ledger, {"email": Tasks()}, tmp_path)
    lease = turn_of(ledger, NOW + timedelta(hours=2))
    claim_messages(
        ledger, lease, NOW + timedelta(hours=2), SuppressionRules(), DueMessages(["call"]), 1
    )
    suppress(ledger, "a", "*", "unsubscribed", NOW, "link")
    set_consent(ledger, "a", "sms", True, NOW, "form")
    assert list_households(ledger, ["a", "b"]) == ["a", "h1"]
    assert [is_known(ledger, [name]) for name in ("a", "c", "nobody")] == [True, True, False]
    assert [
        len(list_customer_rows(ledger, ["a"])[name])
        for name in ("assignments", "deliveries", "suppressions", "consents", "tags")
    ] == [
        1,
        2,
        1,
        1,
        0,
    ]
    alias = Alias(
        {"a": "erased-1", "b": "erased-2", "c": "erased-3"},
        {"a": "erased-h1", "h1": "erased-h2", "c": "erased-h3"},
    )
    result = erase_customers(ledger, alias, "erased-1", "li", LATER)
    assert (
        result["assignments"],
        result["deliveries"],
        result["suppressions"],
        result["consents"],
    ) == (
        3,
        3,
        1,
        1,
    )
    assert not is_known(ledger, ["a", "b", "c"])
    assert is_known(ledger, ["nobody", "d"])
    assert {
        fate(ledger, "erased-1")["state"],
        fate(ledger, "erased-1", 2)["state"],
        fate(ledger, "erased-2")["state"],
    } == {
        "created",
        "suppressed",
        "unknown",
    }
    assert all(fate(ledger, name)["body"] is None for name in ("erased-1", "erased-2"))
    assert audit(ledger) == []
    assert (
        audit(
            ledger,
            (),
            lambda _wave, _play, household: None if household.startswith("erased") else "treatment",
        )
        == []
    )
    release(ledger, lease)
    assert erase_customers(ledger, alias, "erased-1", "li", LATER)["assignments"] == 0
    assert audit(ledger) == []
    with ledger.begin_write() as connection:
        connection.execute(
            sa.text("update assignments set arm = 'holdout' where customer_id = 'erased-1'")
        )
    assert [each.rule for each in audit(ledger)] != [], "an arm changed by hand is seen still"


def test_a_message_is_known_by_its_customer_and_channel(ledger):
    plan(ledger, [treated("a", step("sms"))])
    addressee = find_addressee(ledger, fate(ledger, "a")["delivery_id"])
    assert addressee == Addressee("a", "sms", None)
    assert find_addressee(ledger, "0" * 32) is None
