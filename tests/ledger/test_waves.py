"""Waves in the ledger: everyone's arm once, every message claimed before it goes, nobody lost; on SQLite and on Postgres."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.world import (
    KEY,
    NOW,
    WAVE,
    Clock,
    Receiver,
    assert_well,
    excluded,
    held,
    plan,
    run,
    states,
    step,
    treated,
)
from winback.core.wave_errors import (
    DeliveryAlreadyResolved,
    DeliveryUnknown,
    LeaseLost,
    LedgerRestored,
    RunInProgress,
    WaveDecided,
    WaveUnknown,
)
from winback.delivery.channels.base import ChannelStopped
from winback.delivery.claim_journal import ClaimJournal
from winback.delivery.dispatcher import TURN
from winback.ledger.audit_log import append
from winback.ledger.consents import add_receipt, set_consent, suppress
from winback.ledger.due_messages import DueMessages, select_messages
from winback.ledger.holdout_draws import fix_holdout_shares, get_salt
from winback.ledger.integrity import audit
from winback.ledger.locks import acquire, release
from winback.ledger.message_outcomes import Outcome, complete
from winback.ledger.outbox import ClaimedMessage, claim_messages
from winback.ledger.recovery import reconcile_after_restore, recover_stale, resolve_unconfirmed
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.tables.service import AUDIT_LOG
from winback.ledger.tables.waves import ASSIGNMENTS, BUDGETS, DELIVERIES
from winback.ledger.wave_plan import WavePlan
from winback.ledger.waves import count_wave, decide_wave, insert_wave, list_waves, load_wave

EMAIL = ("email",)
DAY = timedelta(days=1)


def keys(ledger):
    with ledger.begin_read() as connection:
        rows = connection.execute(
            sa.select(DELIVERIES.c.delivery_id, DELIVERIES.c.customer_id, DELIVERIES.c.step)
        )
        return {(row.customer_id, row.step): row.delivery_id for row in rows}


def reasons(ledger):
    return {
        (row["state"], row["reason"]): row["messages"]
        for row in count_wave(ledger, WAVE)["messages"]
    }


def test_a_wave_adds_up_to_the_row(ledger, tmp_path):
    """I2: planned = excluded + treatment + holdout, and treatment is what its messages came to."""
    plan(
        ledger,
        [treated("a"), treated("b"), held("c"), excluded("d"), excluded("e", "list.capacity")],
    )
    result = count_wave(ledger, WAVE)
    assert result["arms"] == [
        {"arm": "excluded", "why": "list.capacity", "customers": 1}, {"arm": "excluded", "why": "never.refunded", "customers": 1},
        {"arm": "holdout", "why": None, "customers": 1}, {"arm": "treatment", "why": None, "customers": 2},
    ]  # fmt: skip
    receiver = Receiver("one_shot")
    done = run(ledger, {"email": receiver}, tmp_path)
    assert (done.sent, states(ledger)) == (2, {"sent": 2})
    assert {customer for _, customer, _, _ in receiver.log} == {"a", "b"}
    assert_well(ledger, [receiver])


def test_a_wave_is_planned_once_and_stays_as_it_is(ledger):
    plan(ledger, [treated("a"), held("b")], approve=False)
    plan(ledger, [treated("b"), held("a")], approve=False)
    with ledger.begin_read() as connection:
        arms = dict(
            connection.execute(sa.select(ASSIGNMENTS.c.customer_id, ASSIGNMENTS.c.arm)).all()
        )
    assert arms == {"a": "treatment", "b": "holdout"}
    assert audit(ledger) == []


def test_nothing_goes_before_it_is_approved_or_after_it_is_stopped(ledger, tmp_path):
    receiver = Receiver("one_shot")
    plan(ledger, [treated("a", step(), step(after=1))], approve=False)
    assert run(ledger, {"email": receiver}, tmp_path).sent == 0
    decide_wave(ledger, WAVE, "approved", "li", NOW)
    assert run(ledger, {"email": receiver}, tmp_path).sent == 1
    decide_wave(ledger, WAVE, "stopped", "li", NOW)
    assert run(ledger, {"email": receiver}, tmp_path, clock=Clock(NOW + 2 * DAY)).sent == 0
    assert decide_wave(ledger, WAVE, "stopped", "wu", NOW).decided_by == "li", (
        "the same decision again is none"
    )
    with pytest.raises(WaveDecided):
        decide_wave(ledger, WAVE, "approved", "li", NOW)
    with pytest.raises(WaveUnknown) as refused:
        load_wave(ledger, "general-2026w48")
    assert refused.value.values["known"] == WAVE
    assert [wave.wave_id for wave in list_waves(ledger)] == [WAVE]


def test_a_second_run_finds_nothing_to_do(ledger, tmp_path):
    receiver = Receiver("one_shot")
    plan(ledger, [treated(name) for name in "abc"])
    assert run(ledger, {"email": receiver}, tmp_path).sent == 3
    again = run(ledger, {"email": receiver}, tmp_path)
    assert (again.sent, again.kept, again.next_due) == (0, {}, None)
    assert len(receiver.log) == 3


def test_the_next_step_comes_its_days_after_the_one_before(ledger, tmp_path):
    """B70: the next step only when its condition holds."""
    receiver, clock = Receiver("one_shot"), Clock()
    plan(
        ledger,
        [
            treated(name, step(), step(after=3, only_if="not_clicked"), step(after=4))
            for name in "ab"
        ],
    )
    run(ledger, {"email": receiver}, tmp_path, clock=clock)
    assert receiver.log == [
        (WAVE, "a", 1, keys(ledger)["a", 1]),
        (WAVE, "b", 1, keys(ledger)["b", 1]),
    ]
    add_receipt(ledger, keys(ledger)["a", 1], "clicked", clock(), "shop")
    add_receipt(ledger, keys(ledger)["a", 1], "clicked", clock(), "shop")
    clock.now = NOW + 3 * DAY - timedelta(hours=1)
    assert run(ledger, {"email": receiver}, tmp_path, clock=clock).next_due > clock.now
    clock.now = NOW + 3 * DAY + timedelta(hours=1)
    run(ledger, {"email": receiver}, tmp_path, clock=clock)
    assert [(customer, number) for _, customer, number, _ in receiver.log[2:]] == [("b", 2)]
    assert reasons(ledger)["not_needed", "clicked"] == 1
    assert reasons(ledger)["not_needed", "step_before"] == 1, (
        "who has answered needs no third step either"
    )
    clock.now = NOW + 8 * DAY
    run(ledger, {"email": receiver}, tmp_path, clock=clock)
    assert [(customer, number) for _, customer, number, _ in receiver.log[3:]] == [("b", 3)]
    assert_well(ledger, [receiver])


@pytest.mark.parametrize("reason", ["ordered", "unsubscribed", "complaint"])
def test_the_ladder_stops_at_an_order_a_complaint_or_a_no(ledger, tmp_path, reason):
    receiver = Receiver("one_shot")
    plan(ledger, [treated("a", step(), step(after=1), step(after=1))])
    run(ledger, {"email": receiver}, tmp_path)
    if reason == "unsubscribed":
        suppress(ledger, "a", "email", reason, NOW + DAY / 2, "page")
    kept_away = {} if reason == "unsubscribed" else {(WAVE, "a"): reason}
    run(
        ledger,
        {"email": receiver},
        tmp_path,
        SuppressionRules(kept_away=kept_away),
        Clock(NOW + 2 * DAY),
    )
    assert reasons(ledger) == {
        ("sent", None): 1,
        ("suppressed", reason): 1,
        ("not_needed", "step_before"): 1,
    }
    assert_well(ledger, [receiver])


def test_a_suppression_is_of_its_channel_and_of_its_time(ledger, tmp_path):
    receivers = {"email": Receiver("one_shot"), "sms": Receiver("one_shot")}
    plan(
        ledger,
        [
            treated("a", step("sms")),
            treated("b"),
            treated("c"),
            treated("d"),
            treated("e", step("sms")),
        ],
    )
    suppress(ledger, "a", "email", "unsubscribed", NOW, "page")
    suppress(ledger, "b", "*", "opt_out", NOW, "desk")
    suppress(ledger, "c", "*", "asked_for_peace", NOW - 9 * DAY, "desk", NOW - 2 * DAY)
    suppress(ledger, "d", "*", "asked_for_peace", NOW - 9 * DAY, "desk", NOW + 2 * DAY)
    run(ledger, receivers, tmp_path)
    assert {each[1] for receiver in receivers.values() for each in receiver.log} == {"a", "c", "e"}
    assert (
        reasons(ledger)["suppressed", "opt_out"]
        == reasons(ledger)["suppressed", "asked_for_peace"]
        == 1
    )


def test_who_has_not_agreed_gets_no_sms(ledger, tmp_path):
    receiver = Receiver("one_shot")
    plan(ledger, [treated(name, step("sms")) for name in "abc"])
    set_consent(ledger, "a", "sms", True, NOW - 9 * DAY, "shop", "yes, send me offers")
    set_consent(ledger, "b", "sms", True, NOW - 9 * DAY, "shop", "yes, send me offers")
    set_consent(ledger, "b", "sms", False, NOW - 2 * DAY, "reply R")
    run(ledger, {"sms": receiver}, tmp_path, SuppressionRules(consent_needed=frozenset({"sms"})))
    assert [each[1] for each in receiver.log] == ["a"]
    assert reasons(ledger)["suppressed", "no_consent"] == 2


@pytest.mark.parametrize(
    ("caps", "sent"),
    [
        ((), 3),
        ((Cap("email", 7, 2),), 2),
        ((Cap("email", 7, 0),), 0),  # 0 means none, not unlimited
        ((Cap("sms", 7, 1),), 3),
        ((Cap("*", 7, 1),), 1),
        ((Cap("email", 1, 1),), 3),  # a day's cap is over the next day
    ],
)
def test_caps_hold_in_any_so_many_days(ledger, tmp_path, caps, sent):
    """B86. Across waves and playbooks: a customer has one mailbox."""
    receiver, rules = Receiver("one_shot"), SuppressionRules(caps)
    for number in range(3):
        now = NOW + number * 2 * DAY
        plan(ledger, [treated("a")], wave_id=f"book{number}-2026w47", now=now)
        run(ledger, {"email": receiver}, tmp_path, rules, Clock(now))
    assert len(receiver.log) == sent
    assert audit(ledger, caps) == []


def test_a_cap_is_for_ever_where_the_clock_goes_back(ledger, tmp_path):
    """After the clock was set back, the message of tomorrow is still one of this week's."""
    receiver, rules = Receiver("one_shot"), SuppressionRules((Cap("email", 1, 1),))
    plan(ledger, [treated("a")], now=NOW)
    run(ledger, {"email": receiver}, tmp_path, rules, Clock(NOW + 2 * DAY))
    plan(ledger, [treated("a")], wave_id="other-2026w47", now=NOW)
    run(ledger, {"email": receiver}, tmp_path, rules, Clock(NOW))
    assert len(receiver.log) == 1
    assert audit(ledger, rules.caps) == []


def test_quiet_hours_keep_a_message_until_they_end(ledger, tmp_path):
    receiver, clock = Receiver("one_shot"), Clock()
    morning = NOW + DAY / 2
    rules = SuppressionRules(
        opens=lambda _channel, customer, now: max(now, morning) if customer == "a" else now
    )
    plan(ledger, [treated("a"), treated("b")])
    done = run(ledger, {"email": receiver}, tmp_path, rules, clock)
    assert ([each[1] for each in receiver.log], done.next_due, done.kept) == (
        ["b"],
        morning,
        {"quiet_hours": 1},
    )
    clock.now = morning
    run(ledger, {"email": receiver}, tmp_path, rules, clock)
    assert [each[1] for each in receiver.log] == ["b", "a"]


def test_budgets_end_at_the_last_message_they_can_pay(ledger, tmp_path):
    receiver = Receiver(
        "one_shot", says=lambda message: "failed" if message.customer_id == "b" else "sent"
    )
    costly = step(offer="coupon", cost=1000)
    plan(ledger, [treated(name, costly) for name in "abcde"], {"*": 5_000, "coupon": 2_500})
    run(ledger, {"email": receiver}, tmp_path)
    assert [each[1] for each in receiver.log] == ["a", "c"], "what failed cost nothing"
    assert reasons(ledger)["capped", "budget"] == 2
    assert [row["spent_minor"] for row in count_wave(ledger, WAVE)["budgets"]] == [2_000, 2_000]
    assert audit(ledger) == []


def test_a_budget_of_nothing_pays_for_nothing(ledger, tmp_path):
    receiver = Receiver("one_shot")
    plan(ledger, [treated("a", step(offer="coupon", cost=1)), treated("b")], {"coupon": 0})
    run(ledger, {"email": receiver}, tmp_path)
    assert [each[1] for each in receiver.log] == ["b"]


def test_what_certainly_did_not_go_out_is_tried_again_and_not_for_ever(ledger, tmp_path):
    receiver, clock = Receiver("one_shot", says=lambda _message: "again"), Clock()
    plan(ledger, [treated("a", step(), step(after=1))])
    for _ in range(9):
        run(ledger, {"email": receiver}, tmp_path, clock=clock)
        clock.now += DAY
    assert reasons(ledger) == {("failed", None): 1, ("not_needed", "step_before"): 1}
    assert receiver.log == []


def test_a_channel_that_stops_takes_no_message_with_it(ledger, tmp_path):
    """A wrong password, an endpoint that is gone: a person has to look, and no attempt is counted."""

    class Stopping(Receiver):
        def send(self, _messages):
            raise ChannelStopped("token")

    email, call, clock = Stopping("one_shot"), Receiver("set_like", batch_size=5), Clock()
    plan(
        ledger,
        [treated("a", step(offer="c", cost=10)), treated("b"), treated("d", step("call"))],
        {"c": 10},
    )
    for _ in range(9):
        done = run(ledger, {"email": email, "call": call}, tmp_path, clock=clock)
        assert done.stopped == {"email": {"reason": "token", "detail": ""}}
        clock.now += DAY
    assert (states(ledger), reasons(ledger)["pending", "token"]) == ({"pending": 2, "sent": 1}, 2)
    with ledger.begin_read() as connection:
        assert (
            connection.execute(
                sa.select(sa.func.max(DELIVERIES.c.attempts)).where(DELIVERIES.c.channel == "email")
            ).scalar()
            == 0
        )
    assert (
        run(ledger, {"email": Receiver("one_shot"), "call": call}, tmp_path, clock=clock).sent == 2
    )
    assert_well(ledger, [call])


def test_who_slept_between_claim_and_sending_does_not_send(ledger, tmp_path):
    """Another run may have taken the claim for lost, and a person may have said that it was not sent."""
    receiver, clock = Receiver("one_shot"), Clock()

    def sleep(point):
        if point == "journalled":
            clock.now += timedelta(seconds=40)

    plan(ledger, [treated("a", step(offer="c", cost=10))], {"c": 10})
    done = run(ledger, {"email": receiver}, tmp_path, clock=clock, hook=sleep)
    assert (receiver.log, done.stopped["email"]["reason"]) == ([], "late")
    assert (states(ledger), count_wave(ledger, WAVE)["budgets"][0]["spent_minor"]) == (
        {"pending": 1},
        0,
    )
    clock.now += DAY
    assert run(ledger, {"email": receiver}, tmp_path, clock=clock).sent == 1


def test_an_unknown_fate_is_never_tried_again_and_a_person_resolves_it(ledger, tmp_path):
    receiver, clock = Receiver("one_shot", says=lambda _message: "unknown"), Clock()
    plan(
        ledger,
        [
            treated("a", step(offer="c", cost=10), step(after=1)),
            treated("b", step(offer="c", cost=10)),
        ],
        {"c": 100},
    )
    for _ in range(3):
        run(ledger, {"email": receiver}, tmp_path, clock=clock)
        clock.now += 9 * DAY
    assert (len(receiver.log), states(ledger)) == (2, {"unknown": 2, "pending": 1})
    receiver.says = lambda _message: "sent"
    resolve_unconfirmed(
        ledger, keys(ledger)["a", 1], True, "li", "the mail server's log has it", clock()
    )
    resolve_unconfirmed(ledger, keys(ledger)["b", 1], False, "li", "it does not", clock())
    clock.now += 2 * DAY
    run(ledger, {"email": receiver}, tmp_path, clock=clock)
    assert [each[1:3] for each in receiver.log] == [("a", 1), ("b", 1), ("a", 2)]
    assert states(ledger) == {"sent": 2, "failed": 1}
    assert count_wave(ledger, WAVE)["budgets"][0]["spent_minor"] == 10
    with pytest.raises(DeliveryAlreadyResolved):
        resolve_unconfirmed(ledger, keys(ledger)["a", 1], False, "li", "", clock())
    with pytest.raises(DeliveryUnknown):
        resolve_unconfirmed(ledger, "none", False, "li", "", clock())
    assert audit(ledger) == []


def test_one_runs_at_a_time_and_who_wakes_late_is_fenced_off(ledger):
    """Whoever slept through its lease sends nothing more."""
    plan(ledger, [treated("a"), treated("b")])
    first = acquire(ledger, TURN, "one", NOW)
    with pytest.raises(RunInProgress) as refused:
        acquire(ledger, TURN, "two", NOW + timedelta(seconds=59))
    assert refused.value.values["holder"] == "one"
    [mine] = claim_messages(ledger, first, NOW, SuppressionRules(), DueMessages(EMAIL), 1).claimed
    later = NOW + timedelta(seconds=61)
    second = acquire(ledger, TURN, "two", later)
    assert recover_stale(ledger, second, (), later) == {"again": 0, "unknown": 1}
    for late in (
        lambda: claim_messages(ledger, first, later, SuppressionRules(), DueMessages(EMAIL), 1),
        lambda: recover_stale(ledger, first, (), later),
    ):
        with pytest.raises(LeaseLost):
            late()
    complete(ledger, first, [Outcome(mine.delivery_id, "sent", receipt="m1")], later)
    assert states(ledger) == {"sent": 1, "pending": 1}, "it alone knew what became of its claim"
    release(ledger, first)
    with pytest.raises(RunInProgress):
        acquire(ledger, TURN, "three", NOW + timedelta(seconds=62))
    release(ledger, second)
    acquire(ledger, TURN, "three", NOW + timedelta(seconds=62))


def test_who_finds_another_process_beginning_waits_for_it(ledger):
    """Found by two hundred double starts: whoever took the turn without the lock was fenced off by the one who had it."""
    with pytest.raises(RunInProgress):
        acquire(ledger, TURN, "two", NOW, alone=False)
    first = acquire(ledger, TURN, "one", NOW)
    with pytest.raises(RunInProgress):
        acquire(ledger, TURN, "two", NOW, alone=False)
    assert (
        acquire(ledger, TURN, "two", NOW + timedelta(seconds=61), alone=False).token
        == first.token + 1
    ), "dormant for too long"


def test_a_claim_keeps_the_turn(ledger):
    lease = acquire(ledger, TURN, "one", NOW)
    claim_messages(
        ledger, lease, NOW + timedelta(seconds=50), SuppressionRules(), DueMessages(EMAIL), 1
    )
    with pytest.raises(RunInProgress):
        acquire(ledger, TURN, "two", NOW + timedelta(seconds=100))


def test_a_late_word_on_what_another_run_claimed_again_is_not_heard(ledger):
    """Of a channel that may be repeated the one who has it now says what became of it."""
    plan(ledger, [treated("a", step("call"))])
    first = acquire(ledger, TURN, "one", NOW)
    [mine] = claim_messages(
        ledger, first, NOW, SuppressionRules(), DueMessages(["call"]), 1
    ).claimed
    second = acquire(ledger, TURN, "two", NOW, lambda _holder: True)
    assert recover_stale(ledger, second, ("call",), NOW) == {"again": 1, "unknown": 0}
    claim_messages(ledger, second, NOW, SuppressionRules(), DueMessages(["call"]), 1)
    complete(ledger, first, [Outcome(mine.delivery_id, "failed")], NOW)
    assert states(ledger) == {"claimed": 1}
    complete(ledger, second, [Outcome(mine.delivery_id, "sent")], NOW)
    assert states(ledger) == {"sent": 1}


def note_claims(ledger, folder, customers):
    """In the journal, the claims of customers by the ledger that came after this one."""
    with ledger.begin_read() as connection:
        rows = {row["customer_id"]: row for row in connection.execute(select_messages()).mappings()}
    claims = [
        ClaimedMessage.from_row({**rows[customer], "seq": seq, "kind": "one_shot"})
        for seq, customer in enumerate(customers, start=1)
    ]
    with ClaimJournal([folder / "journal"], KEY) as journal:
        journal.record(claims)


def test_a_restored_ledger_refuses_to_send_until_it_is_reconciled(ledger, tmp_path):
    """The classic way to send twice: the backup does not know what went out after it."""
    receiver = Receiver("one_shot")
    plan(ledger, [treated(name) for name in "abc"])
    note_claims(ledger, tmp_path, "ab")  # this ledger, of the day before, knows nothing of them
    with pytest.raises(LedgerRestored) as refused:
        run(ledger, {"email": receiver}, tmp_path)
    assert (refused.value.values["known"], refused.value.values["sent"]) == (0, 2)
    with ClaimJournal([tmp_path / "journal"], KEY) as journal:
        assert reconcile_after_restore(ledger, TURN, 2, journal.find_known(), "li", NOW) == 2
    assert run(ledger, {"email": receiver}, tmp_path).sent == 1
    assert ([each[1] for each in receiver.log], states(ledger)) == (
        ["c"],
        {"unknown": 2, "sent": 1},
    )
    assert audit(ledger) == []


def test_salts_are_drawn_once_and_shares_fixed_by_the_first_wave(ledger):
    assert (
        get_salt(ledger, "permanent")
        == get_salt(ledger, "permanent")
        != get_salt(ledger, "2026-07-01")
    )
    assert len(get_salt(ledger, "permanent")) == 32
    assert fix_holdout_shares(ledger, "2026-07-01", "general", {"wake": 0.3}) == {"wake": 0.3}
    assert fix_holdout_shares(ledger, "2026-07-01", "general", {"wake": 0.1, "vip": 0.2}) == {
        "wake": 0.3,
        "vip": 0.2,
    }


def test_what_was_done_stands_in_the_trail(ledger, tmp_path):
    plan(ledger, [treated("a")])
    run(ledger, {"email": Receiver("one_shot", says=lambda _message: "unknown")}, tmp_path)
    resolve_unconfirmed(ledger, keys(ledger)["a", 1], True, "wu", "seen", NOW)
    with ledger.begin_read() as connection:
        result = connection.execute(
            sa.select(AUDIT_LOG.c.actor, AUDIT_LOG.c.action).order_by(AUDIT_LOG.c.seq)
        ).all()
    assert result == [("li", "wave_planned"), ("li", "wave_approved"), ("wu", "resolved")]


# What `winback audit` finds, each made by hand: an audit that never found anything counts for nothing.
def tampered(ledger, *statements):
    with ledger.begin_write() as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (
            sa.update(ASSIGNMENTS).where(ASSIGNMENTS.c.customer_id == "c").values(arm="treatment"),
            "assignments_changed",
        ),
        (
            sa.update(ASSIGNMENTS).where(ASSIGNMENTS.c.customer_id == "c").values(arm="treatment"),
            "treated_without_message",
        ),
        (
            sa.update(ASSIGNMENTS).where(ASSIGNMENTS.c.customer_id == "a").values(arm="holdout"),
            "message_without_treatment",
        ),
        (
            sa.update(DELIVERIES).where(DELIVERIES.c.customer_id == "a").values(state="gone"),
            "state_unknown",
        ),
        (sa.update(DELIVERIES).values(seq=7), "claim_number_twice"),
        (
            sa.update(DELIVERIES).where(DELIVERIES.c.customer_id == "a").values(seq=99),
            "claim_number_unknown",
        ),
        (sa.update(BUDGETS).values(spent_minor=1), "budget_miscounted"),
        (sa.update(BUDGETS).values(limit_minor=1), "budget_overspent"),
        (sa.update(AUDIT_LOG).where(AUDIT_LOG.c.seq == 1).values(actor="wu"), "audit_log_broken"),
        (sa.delete(AUDIT_LOG).where(AUDIT_LOG.c.seq == 1), "audit_log_broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_audit_finds_what_was_tampered_with(ledger, tmp_path, statement, rule):
    plan(
        ledger,
        [treated("a", step(offer="c", cost=10)), treated("b", step(offer="c", cost=10)), held("c")],
        {"c": 100},
    )
    run(ledger, {"email": Receiver("one_shot")}, tmp_path)
    assert audit(ledger) == []
    tampered(ledger, statement)
    assert rule in {fault.rule for fault in audit(ledger)}


def test_the_audit_draws_every_arm_again(ledger):
    plan(ledger, [treated("a"), held("b"), excluded("c")])
    assigned = {"a": "treatment", "b": "holdout"}
    assert audit(ledger, find_arm=lambda _wave, _play, household: assigned[household]) == []
    [fault] = audit(ledger, find_arm=lambda _wave, _play, _household: "treatment")
    assert (fault.rule, fault.examples) == ("arm_not_drawn", ("b",))


def test_the_audit_finds_a_broken_cap(ledger, tmp_path):
    plan(ledger, [treated("a", step(), step(after=1))])
    for number in range(2):
        run(ledger, {"email": Receiver("one_shot")}, tmp_path, clock=Clock(NOW + number * 2 * DAY))
    assert audit(ledger, [Cap("email", 7, 2), Cap("sms", 7, 0)]) == []
    assert [fault.rule for fault in audit(ledger, [Cap("*", 7, 1)])] == ["cap_broken"]


def test_a_wave_fails_whole(ledger):
    """A plan that cannot be written leaves nothing behind: no arm, no message, no note."""
    twice = [treated("a"), treated("a")]
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        insert_wave(
            ledger, WAVE, "general", "2026w47", NOW.date(), twice, {}, WavePlan(), "li", NOW
        )
    assert list_waves(ledger) == []
    with ledger.begin_write() as connection:
        append(connection, NOW, "li", "looked", "nothing", {})
    with ledger.begin_read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(AUDIT_LOG)).scalar() == 1


def test_a_wave_of_many_is_written_and_read(ledger, tmp_path):
    """More than one statement's worth of rows."""
    plan(
        ledger,
        [
            treated(f"c{number:05}", step("call")) if number % 5 else held(f"c{number:05}")
            for number in range(12_000)
        ],
    )
    receiver = Receiver("set_like", batch_size=5_000)
    assert run(ledger, {"call": receiver}, tmp_path).sent == 9_600
    assert [each[1] for each in receiver.log[:3]] == ["c00001", "c00002", "c00003"], (
        "the best first"
    )
    assert_well(ledger, [receiver])
