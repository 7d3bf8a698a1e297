"""What the ledger says to the letter: reasons, notes of the audit log, faults of the audit; and sums over several messages of one claim."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.world import NOW, WAVE, excluded, held, plan, step, treated
from winback.core.wave_errors import (
    DeliveryAlreadyResolved,
    DeliveryUnknown,
    LeaseLost,
    RunInProgress,
    WaveDecided,
)
from winback.delivery.dispatcher import TURN
from winback.ledger.consents import (
    add_receipt,
    is_unchanged,
    list_unsubscribed,
    remember_content,
    set_consent,
    set_consents,
    suppress,
)
from winback.ledger.due_messages import DueMessages
from winback.ledger.holdout_draws import (
    ArmsToDate,
    count_arms_to_date,
    list_entered_households,
)
from winback.ledger.integrity import Violation, audit
from winback.ledger.locks import acquire
from winback.ledger.message_outcomes import Outcome, apply_receipts, complete, list_pending_receipts
from winback.ledger.outbox import KnownClaim, claim_messages
from winback.ledger.recovery import reconcile_after_restore, recover_stale, resolve_unconfirmed
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.tables.contacts import CONSENTS
from winback.ledger.tables.service import AUDIT_LOG
from winback.ledger.tables.waves import BUDGETS, DELIVERIES, RECEIPTS
from winback.ledger.waves import (
    count_wave,
    decide_wave,
    list_due_customers,
    list_released,
    list_unconfirmed,
    list_waves,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def unsealed(ledger):
    """A ledger of which the rules below the seals are tried by changing it."""
    ledger.engine.update_execution_options(seal_key=None)
    return ledger


def turn_of(ledger, now=NOW, holder="here"):
    return acquire(ledger, TURN, holder, now, lambda _holder: True)


def rows(ledger, table=DELIVERIES, order=None):
    with ledger.begin_read() as connection:
        return (
            connection.execute(sa.select(table).order_by(*(order or table.primary_key.columns)))
            .mappings()
            .all()
        )


def ids_of(ledger):
    return {row["customer_id"]: row["delivery_id"] for row in rows(ledger) if row["step"] == 1}


def noted(ledger, action):
    return [
        (row["actor"], row["subject"], row["at"], json.loads(row["detail"]))
        for row in rows(ledger, AUDIT_LOG)
        if row["action"] == action
    ]


def change(ledger, statement):
    with ledger.begin_write() as connection:
        connection.execute(sa.text(statement))


def test_a_budget_counts_every_message_of_one_claim(ledger):
    plan(
        ledger,
        [treated(name, step("email", cost=40, offer="tea")) for name in "abcde"],
        budgets={"tea": 120, "*": 1000},
    )
    result = claim_messages(
        ledger, turn_of(ledger), NOW, SuppressionRules(), DueMessages(["email"]), 5
    )
    assert [each.customer_id for each in result.claimed] == ["a", "b", "c"]
    assert dict(result.kept) == {"budget": 2}
    assert {row["name"]: row["spent_minor"] for row in rows(ledger, BUDGETS)} == {
        "tea": 120,
        "*": 120,
    }


def test_a_cap_counts_every_message_of_one_claim_and_ends_with_its_window(ledger):
    for number in range(4):
        plan(ledger, [treated("a", step("sms"))], wave_id=f"w{number}-2026w47")
    rules, lease = SuppressionRules((Cap("sms", 7, 2),)), turn_of(ledger)
    first = claim_messages(ledger, lease, NOW, rules, DueMessages(["sms"]), 3).claimed
    assert len(first) == 2
    complete(ledger, lease, [Outcome(each.delivery_id, "sent") for each in first], NOW)
    for number in range(4, 6):
        plan(ledger, [treated("a", step("sms"))], wave_id=f"w{number}-2026w47")
    assert (
        claim_messages(
            ledger,
            lease,
            NOW + timedelta(days=7) - timedelta(seconds=1),
            rules,
            DueMessages(["sms"]),
            1,
        ).claimed
        == ()
    )
    plan(ledger, [treated("a", step("sms"))], wave_id="w9-2026w47")
    assert (
        len(
            claim_messages(
                ledger, lease, NOW + timedelta(days=7), rules, DueMessages(["sms"]), 1
            ).claimed
        )
        == 1
    ), "seven days to the second are over"


def test_quiet_hours_are_asked_for_the_channel_and_the_customer(ledger):
    asked = []

    def opens(channel, customer, now):
        asked.append((channel, customer, now))
        return now

    plan(ledger, [treated("a", step("sms"))])
    claim_messages(
        ledger, turn_of(ledger), NOW, SuppressionRules(opens=opens), DueMessages(["sms"]), 1
    )
    assert asked == [("sms", "a", NOW)]


def test_no_answer_counts_that_was_given_to_another_wave_or_by_another_customer(ledger):
    for wave_id in ("a-2026w47", "b-2026w47"):
        plan(
            ledger,
            [treated(name, step(), step(after=0, only_if="not_opened")) for name in "xyz"],
            wave_id=wave_id,
        )
    lease = turn_of(ledger)
    first = claim_messages(
        ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 6
    ).claimed
    complete(ledger, lease, [Outcome(each.delivery_id, "sent") for each in first], NOW)
    of = {(each.wave_id, each.customer_id): each.delivery_id for each in first}
    add_receipt(ledger, of["a-2026w47", "x"], "opened", NOW, "mail")
    add_receipt(ledger, of["b-2026w47", "y"], "opened", NOW, "mail")
    result = claim_messages(ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 6)
    assert {(each.wave_id, each.customer_id) for each in result.claimed} == {
        ("a-2026w47", "y"),
        ("a-2026w47", "z"),
        ("b-2026w47", "x"),
        ("b-2026w47", "z"),
    }
    assert dict(result.kept) == {"opened": 2}


def test_the_first_answer_is_the_reason(ledger):
    plan(ledger, [treated("x", step(), step(after=0, only_if="no_answer"))])
    lease = turn_of(ledger)
    [first] = claim_messages(
        ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 1
    ).claimed
    complete(ledger, lease, [Outcome(first.delivery_id, "sent")], NOW)
    for kind, minutes in (("answered", 5), ("clicked", 2), ("opened", 1)):
        add_receipt(ledger, first.delivery_id, kind, NOW + timedelta(minutes=minutes), "mail")
    add_receipt(ledger, first.delivery_id, "opened", NOW, "mail")
    assert [(row["kind"], row["at"]) for row in rows(ledger, RECEIPTS)] == [
        ("answered", NOW + timedelta(minutes=5)), ("clicked", NOW + timedelta(minutes=2)), ("opened", NOW + timedelta(minutes=1))]  # fmt: skip
    result = claim_messages(
        ledger, lease, NOW + HOUR, SuppressionRules(), DueMessages(["email"]), 1
    )
    assert set(result.kept) <= {"opened", "clicked", "answered"}
    assert result.claimed == ()


def test_what_a_dead_run_left_says_so_and_holds_its_cap(ledger):
    plan(ledger, [treated("a", step("email")), treated("b", step("sms"))])
    plan(ledger, [treated("b", step("call"))], wave_id="other-2026w47")
    dead = turn_of(ledger)
    claim_messages(
        ledger, dead, NOW, SuppressionRules(), DueMessages(["email"]), 1, kind="one_shot"
    )
    claim_messages(ledger, dead, NOW, SuppressionRules(), DueMessages(["sms"]), 1, kind="keyed")
    lease = turn_of(ledger, NOW + HOUR, "there")
    assert recover_stale(ledger, lease, (), NOW + HOUR) == {"again": 1, "unknown": 1}
    result = {row["channel"]: row for row in rows(ledger) if row["channel"] != "call"}
    assert (result["email"]["state"], result["email"]["reason"], result["email"]["settled_at"]) == (
        "unknown",
        "run_died",
        NOW + HOUR,
    )
    assert (result["sms"]["state"], result["sms"]["reason"], result["sms"]["claimed_at"]) == (
        "pending",
        "run_died",
        NOW,
    )
    assert noted(ledger, "recovered") == [("there", TURN, NOW + HOUR, {"again": 1, "unknown": 1})]
    assert (
        claim_messages(
            ledger, lease, NOW + HOUR, SuppressionRules((Cap("*", 7, 1),)), DueMessages(["call"]), 1
        ).claimed
        == ()
    ), "it may have got the SMS"


def test_a_run_does_not_take_its_own_claims_for_a_dead_ones(ledger):
    plan(ledger, [treated("a")])
    lease = turn_of(ledger)
    claim_messages(ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 1)
    assert recover_stale(ledger, lease, ("email",), NOW) == {"again": 0, "unknown": 0}
    assert rows(ledger)[0]["state"] == "claimed"


def lost(ledger):
    plan(ledger, [treated("a"), treated("b")])
    lease = turn_of(ledger)
    said = [
        Outcome(each.delivery_id, "unknown", "no_answer")
        for each in claim_messages(
            ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 2
        ).claimed
    ]
    complete(ledger, lease, said, NOW)
    return ids_of(ledger)


def test_a_persons_word_is_kept_with_their_reason(ledger):
    ids = lost(ledger)
    resolve_unconfirmed(ledger, ids["a"], True, "li", "saw it in the log", NOW + HOUR)
    resolve_unconfirmed(ledger, ids["b"], False, "wu", "bounced", NOW + HOUR)
    assert [(row["state"], row["reason"], row["settled_at"]) for row in sorted(rows(ledger), key=lambda row: row["customer_id"])] == [
        ("sent", "resolved", NOW + HOUR), ("failed", "resolved", NOW + HOUR)]  # fmt: skip
    assert noted(ledger, "resolved") == [("li", ids["a"], NOW + HOUR, {"wave": WAVE, "as": "sent", "why": "saw it in the log"}),
                                         ("wu", ids["b"], NOW + HOUR, {"wave": WAVE, "as": "failed", "why": "bounced"})]  # fmt: skip
    with pytest.raises(DeliveryAlreadyResolved) as known:
        resolve_unconfirmed(ledger, ids["a"], True, "li", "again", NOW)
    assert known.value.values == {"value": ids["a"], "state": "sent"}
    for asked in (
        lambda: resolve_unconfirmed(ledger, "nothing", True, "li", "x", NOW),
        lambda: add_receipt(ledger, "nothing", "opened", NOW, "mail"),
    ):
        with pytest.raises(DeliveryUnknown) as unknown:
            asked()
        assert unknown.value.values == {"value": "nothing"}


def test_what_is_learnt_later_is_noted_by_how_much_it_is(ledger):
    ids = lost(ledger)
    plan(ledger, [treated("z", step("call"))], wave_id="other-2026w47")
    said = [
        Outcome(ids["a"], "sent", "confirmed"),
        Outcome(ids["b"], "created", "task_created"),
        Outcome(ids_of(ledger)["z"], "sent"),
    ]
    assert apply_receipts(ledger, said, "wecom", NOW + HOUR) == 2, (
        "what nobody has handed over is not sent because somebody says so"
    )
    assert noted(ledger, "learnt") == [("wecom", "wecom", NOW + HOUR, {"created": 1, "sent": 1})]
    assert [row["customer_id"] for row in list_pending_receipts(ledger, "email")] == ["b"]


def test_those_of_whom_more_may_be_learnt_come_with_their_owner_in_the_order_of_their_claims(
    ledger,
):
    plan(ledger, [treated("b", owner="li"), treated("a", owner="wu"), treated("c", step("call"))])
    lease = turn_of(ledger)
    said = [
        Outcome(each.delivery_id, "created", "task_created")
        for each in claim_messages(
            ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 2
        ).claimed
    ]
    complete(ledger, lease, said, NOW)
    assert [
        (row["customer_id"], row["owner"]) for row in list_pending_receipts(ledger, "email")
    ] == [
        ("b", "li"),
        ("a", "wu"),
    ]


def test_a_restored_ledger_takes_for_sent_what_may_have_been(ledger):
    plan(ledger, [treated("a", step(cost=30, offer="tea"), step(after=2)), treated("b", step("call", cost=5)), treated("c", step(cost=30, offer="tea"))],
         budgets={"tea": 100, "*": 100})  # fmt: skip
    plan(ledger, [treated("d")], wave_id="planned-2026w47", approve=False)
    claim_messages(ledger, turn_of(ledger), NOW, SuppressionRules(), DueMessages(["email"]), 1)
    maybe = KnownClaim("one_shot", None)
    find = {"email": maybe, "call": None}
    assert (
        reconcile_after_restore(ledger, TURN, 77, lambda each: find[each.channel], "li", NOW + HOUR)
        == 4
    )
    result = {(row["customer_id"], row["step"]): row for row in rows(ledger)}
    assert [result[key]["state"] for key in (("a", 1), ("a", 2), ("b", 1), ("c", 1), ("d", 1))] == [
        "unknown",
        "unknown",
        "pending",
        "unknown",
        "unknown",
    ]
    assert {(result[key]["reason"], result[key]["settled_at"]) for key in (("a", 1), ("c", 1))} == {
        ("restored", NOW + HOUR)
    }
    assert (result["a", 1]["claimed_at"], result["c", 1]["claimed_at"]) == (NOW, NOW + HOUR)
    assert {row["name"]: row["spent_minor"] for row in rows(ledger, BUDGETS)} == {
        "tea": 60,
        "*": 60,
    }
    assert noted(ledger, "reconciled") == [
        ("li", TURN, NOW + HOUR, {"last_claim": 77, "unknown": 4})
    ]
    assert audit(ledger, (Cap("email", 7, 1),)) == []


def spoiled(ledger):
    plan(
        ledger,
        [
            treated("a", step(cost=30, offer="tea")),
            treated("b", step("call")),
            held("h"),
            excluded("x"),
        ],
        budgets={"tea": 50},
    )
    plan(ledger, [treated("a", step("sms")), held("h2")], wave_id="other-2026w47")
    lease = turn_of(ledger)
    for channel in ("email", "call", "sms"):
        said = claim_messages(
            ledger, lease, NOW, SuppressionRules(), DueMessages([channel]), 2
        ).claimed
        complete(ledger, lease, [Outcome(each.delivery_id, "sent") for each in said], NOW)
    assert audit(ledger, (Cap("*", 7, 2),)) == []
    return ids_of(ledger)


def test_each_fault_says_what_of_what_how_often_and_which(unsealed):
    spoiled(unsealed)
    mine = {
        row["customer_id"]: row["delivery_id"] for row in rows(unsealed) if row["wave_id"] == WAVE
    }
    change(unsealed, f"update deliveries set state = 'gone' where delivery_id = '{mine['b']}'")
    assert audit(unsealed) == [Violation("state_unknown", WAVE, 1, (mine["b"],))]
    change(unsealed, f"update deliveries set state = 'sent' where delivery_id = '{mine['b']}'")
    change(unsealed, "update budgets set spent_minor = 60")
    assert audit(unsealed) == [
        Violation("budget_miscounted", f"{WAVE} tea", 1, ("60 ≠ 30",)),
        Violation("budget_overspent", f"{WAVE} tea", 1, ("60 > 50",)),
    ]
    change(unsealed, "update budgets set spent_minor = 30")
    change(unsealed, "update deliveries set seq = 1")
    assert audit(unsealed) == [Violation("claim_number_twice", "deliveries", 1, ("1",))]
    change(
        unsealed,
        "update deliveries set seq = case when channel = 'email' then 1 when channel = 'call' then 2 else 9 end",
    )
    assert audit(unsealed) == [Violation("claim_number_unknown", "deliveries", 1, ("9",))]
    change(unsealed, "update deliveries set seq = 3 where seq = 9")
    assert audit(unsealed, (Cap("*", 7, 1),)) == [Violation("cap_broken", "* 1/7", 1, ("a",))]
    assert audit(unsealed, (Cap("sms", 7, 0),)) == [Violation("cap_broken", "sms 0/7", 1, ("a",))]


def test_somebody_lost_and_somebody_written_to_for_nothing_are_told(unsealed):
    spoiled(unsealed)
    mine = {
        row["customer_id"]: row["delivery_id"] for row in rows(unsealed) if row["wave_id"] == WAVE
    }
    change(unsealed, f"update deliveries set customer_id = 'h' where delivery_id = '{mine['b']}'")
    assert audit(unsealed) == [
        Violation("treated_without_message", WAVE, 1, ("b",)),
        Violation("message_without_treatment", WAVE, 1, (mine["b"],)),
    ]


def test_an_arm_that_would_be_drawn_otherwise_is_told_and_a_note_that_is_gone(unsealed):
    spoiled(unsealed)
    result = audit(
        unsealed,
        (),
        lambda wave, play, household: (
            "holdout" if (wave, play, household) == (WAVE, "wake", "a") else None
        ),
    )
    assert result == [Violation("arm_not_drawn", WAVE, 1, ("a",))]
    change(unsealed, "update assignments set arm = 'holdout' where customer_id = 'x'")
    assert audit(unsealed) == [Violation("assignments_changed", WAVE, 1, (WAVE,))]
    change(unsealed, "update assignments set arm = 'excluded' where customer_id = 'x'")
    change(unsealed, "update audit_log set actor = 'nobody' where seq = 2")
    assert audit(unsealed) == [Violation("audit_log_broken", "audit_log", 1, ("2",))]


def test_only_three_examples_are_named_of_many(unsealed):
    plan(unsealed, [treated(f"c{number}") for number in range(9)])
    change(unsealed, "update deliveries set state = 'gone'")
    [fault] = audit(unsealed)
    assert (fault.count, len(fault.examples)) == (9, 3)


def test_what_a_campaign_has_come_to_counts_approved_waves_of_its_playbook(ledger):
    plan(ledger, [treated("a"), treated("b"), held("h"), excluded("x")])
    plan(ledger, [treated("c")], wave_id="general-2026w48", approve=False)
    plan(ledger, [treated("d")], wave_id="other-2026w48")
    so_far = count_arms_to_date(ledger, "general")
    assert (so_far.treated, so_far.held_out, so_far.households) == (2, 1, 3)
    assert so_far.returning == pytest.approx((0.2 + 0.2 + 0.3) / 3)
    assert count_arms_to_date(ledger, "nothing") == ArmsToDate()
    assert list_entered_households(ledger, "general") == {
        each.household for each in (treated("a"), treated("b"), held("h"))
    }


def test_who_may_still_get_a_message_is_told_by_wave(ledger):
    plan(ledger, [treated("b"), treated("a"), treated("c", step("call")), held("h")])
    plan(ledger, [treated("z")], wave_id="planned-2026w47", approve=False)
    assert list_due_customers(ledger) == {WAVE: dict.fromkeys("abc")}
    lease = turn_of(ledger)
    first = claim_messages(
        ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 2
    ).claimed
    complete(
        ledger,
        lease,
        [
            Outcome(first[0].delivery_id, "sent"),
            Outcome(first[1].delivery_id, "unknown", "no_answer"),
        ],
        NOW,
    )
    claim_messages(ledger, lease, NOW, SuppressionRules(), DueMessages(["call"]), 1)
    assert list_due_customers(ledger) == {WAVE: {"c": None}}
    unknown = list_unconfirmed(ledger, WAVE)
    assert [
        (row["customer_id"], row["step"], row["channel"], row["claimed_at"], row["reason"])
        for row in unknown
    ] == [("a", 1, "email", NOW, "no_answer")]
    assert list_unconfirmed(ledger, "planned-2026w47") == []


def test_who_is_silenced_everywhere_and_until_when(ledger):
    suppress(ledger, "a", "*", "unsubscribed", NOW, "link")
    suppress(ledger, "b", "sms", "unsubscribed", NOW, "link")
    suppress(ledger, "c", "*", "asked", NOW, "link", NOW + HOUR)
    assert list_unsubscribed(ledger, NOW) == {"a", "c"}
    assert list_unsubscribed(ledger, NOW + HOUR) == {"a"}


def test_a_list_of_consents_is_kept_where_it_says_something_new(ledger):
    set_consent(ledger, "a", "sms", True, NOW, "form")
    result = {("a", "sms"): True, ("a", "email"): True, ("b", "sms"): False}
    assert set_consents(ledger, result, NOW + HOUR, "contacts") == 1, (
        "a no where nothing was said is nothing new"
    )
    assert set_consents(ledger, result, NOW + 2 * HOUR, "contacts") == 0
    assert set_consents(ledger, {("a", "sms"): False}, NOW + 3 * HOUR, "contacts") == 1
    assert set_consents(ledger, {}, NOW, "contacts") == 0
    kept = [
        (row["customer_id"], row["channel"], row["at"], row["given"], row["source"])
        for row in rows(ledger, CONSENTS)
    ]
    assert kept == [("a", "email", NOW + HOUR, True, "contacts"), ("a", "sms", NOW, True, "form"),
                    ("a", "sms", NOW + 3 * HOUR, False, "contacts")]  # fmt: skip


def test_what_was_read_is_not_read_again(ledger):
    assert not is_unchanged(ledger, "contacts", "1")
    remember_content(ledger, "contacts", "1", NOW)
    remember_content(ledger, "other", "2", NOW)
    remember_content(ledger, "contacts", "3", NOW)
    assert [is_unchanged(ledger, "contacts", digest) for digest in "123"] == [False, False, True]
    assert is_unchanged(ledger, "other", "2")


def test_a_tally_is_in_the_order_of_steps_and_names(ledger):
    plan(ledger, [treated("a", step(), step("call", after=1)), treated("b", step("call")), excluded("x"), excluded("y", "never.complaint"), held("h")],
         budgets={"tea": 5, "*": 9})  # fmt: skip
    result = count_wave(ledger, WAVE)
    assert result["arms"] == [
        {"arm": "excluded", "why": "never.complaint", "customers": 1}, {"arm": "excluded", "why": "never.refunded", "customers": 1},
        {"arm": "holdout", "why": None, "customers": 1}, {"arm": "treatment", "why": None, "customers": 2}]  # fmt: skip
    assert result["messages"] == [
        {"step": 1, "channel": "call", "state": "pending", "reason": None, "messages": 1},
        {"step": 1, "channel": "email", "state": "pending", "reason": None, "messages": 1},
        {"step": 2, "channel": "call", "state": "pending", "reason": None, "messages": 1}]  # fmt: skip
    assert result["budgets"] == [
        {"name": "*", "limit_minor": 9, "spent_minor": 0},
        {"name": "tea", "limit_minor": 5, "spent_minor": 0},
    ]


def test_waves_are_listed_the_newest_first_and_let_their_customers_go_when_nothing_went_out(ledger):
    for number, moment in ((47, NOW), (49, NOW + 2 * HOUR), (48, NOW + HOUR)):
        plan(
            ledger,
            [treated(f"c{number}"), held(f"h{number}")],
            wave_id=f"general-2026w{number}",
            now=moment,
        )
    assert [wave.wave_id for wave in list_waves(ledger)] == [
        f"general-2026w{number}" for number in (49, 48, 47)
    ]
    claim_messages(
        ledger, turn_of(ledger), NOW + HOUR, SuppressionRules(), DueMessages(["email"]), 1
    )
    assert list_released(ledger) == {}
    change(ledger, "update waves set state = 'stopped' where wave_id <> 'general-2026w49'")
    [(day, customers)] = list_released(ledger).items()
    assert (str(day), customers) == ("2026-11-16", {"c48", "h48"})
    reconcile_after_restore(
        ledger, TURN, 9, lambda _message: KnownClaim("one_shot", None), "li", NOW
    )  # what may have gone out of a ledger that was lost has gone out
    change(ledger, "update deliveries set state = 'unknown' where customer_id = 'c48'")
    assert list_released(ledger) == {}


def test_claims_are_numbered_and_each_attempt_counted(ledger):
    plan(ledger, [treated("a"), treated("b")])
    lease = turn_of(ledger)
    first = claim_messages(
        ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 2
    ).claimed
    assert [(each.customer_id, each.seq, each.attempts) for each in first] == [
        ("a", 1, 1),
        ("b", 2, 1),
    ]
    complete(ledger, lease, [Outcome(each.delivery_id, "again", "busy") for each in first], NOW)
    again = claim_messages(
        ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 2
    ).claimed
    assert [(each.customer_id, each.seq, each.attempts) for each in again] == [
        ("a", 3, 2),
        ("b", 4, 2),
    ]
    assert [(row["seq"], row["attempts"]) for row in rows(ledger, order=(DELIVERIES.c.rank,))] == [
        (3, 2),
        (4, 2),
    ]


@pytest.mark.parametrize(("sure", "state"), [(True, "failed"), (False, "unknown")])
def test_the_fifth_attempt_is_the_last(ledger, sure, state):
    plan(ledger, [treated("a")])
    lease = turn_of(ledger)
    for attempt in range(1, 6):
        [mine] = claim_messages(
            ledger, lease, NOW + attempt * HOUR, SuppressionRules(), DueMessages(["email"]), 1
        ).claimed
        complete(
            ledger,
            lease,
            [Outcome(mine.delivery_id, "again", "no_answer", sure=sure)],
            NOW + attempt * HOUR,
        )
        [row] = rows(ledger)
        assert row["state"] == ("pending" if attempt < 5 else state)
        assert row["settled_at"] == (None if attempt < 5 else NOW + 5 * HOUR)


def test_what_is_kept_back_says_when_and_by_which_cap(ledger):
    plan(ledger, [treated("a")])
    result = claim_messages(
        ledger, turn_of(ledger), NOW, SuppressionRules((Cap("*", 7, 0),)), DueMessages(["email"]), 1
    )
    assert (dict(result.kept), result.next_due) == ({"cap_all": 1}, None)
    [row] = rows(ledger)
    assert (row["state"], row["reason"], row["settled_at"]) == ("capped", "cap_all", NOW)


def test_nothing_is_claimed_where_nothing_is_asked_for_and_the_next_moment_is_told_where_nothing_is_due(
    ledger,
):
    plan(ledger, [treated("a")])
    lease = turn_of(ledger)
    nothing = claim_messages(ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 0)
    assert (nothing.claimed, nothing.next_due) == ((), NOW)
    assert (
        claim_messages(
            ledger, lease, NOW - HOUR, SuppressionRules(), DueMessages(["email"]), 1
        ).next_due
        == NOW
    )
    assert (
        claim_messages(ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 1).next_due
        is None
    )


def test_a_turn_that_is_held_says_by_whom_and_until_when(ledger):
    lease = acquire(ledger, TURN, "here:1", NOW)
    assert lease.token == 1
    with pytest.raises(RunInProgress) as held_by:
        acquire(ledger, TURN, "here:2", NOW, lambda holder: holder == "somebody else")
    assert held_by.value.values == {
        "run": TURN,
        "holder": "here:1",
        "until": "2026-11-22 09:31:00 UTC",
    }
    assert acquire(ledger, TURN, "here:2", NOW, lambda holder: holder == "here:1").token == 2
    with pytest.raises(LeaseLost) as fenced:
        claim_messages(ledger, lease, NOW, SuppressionRules(), DueMessages(["email"]), 1)
    assert fenced.value.values == {"run": TURN, "holder": "here:2"}
    assert acquire(ledger, TURN, "here:3", NOW + timedelta(seconds=60)).token == 3, (
        "its minute is over"
    )


def test_a_decision_says_who_made_it_when(ledger):
    plan(ledger, [treated("a")])
    decided = decide_wave(ledger, WAVE, "stopped", "wu", NOW + HOUR)
    assert (decided.state, decided.decided_by, decided.decided_at) == ("stopped", "wu", NOW + HOUR)
    with pytest.raises(WaveDecided) as stays:
        decide_wave(ledger, WAVE, "approved", "li", NOW)
    assert stays.value.values == {"wave": WAVE, "state": "stopped", "by": "wu"}
