"""A channel stops when more of its messages are answered with a no than the shop allows (B106)."""

from datetime import timedelta

from tests.ledger.world import NOW, WAVE, Clock, Receiver, plan, run, states, treated
from winback.ledger.channel_stops import ChannelStop, resume_channels, stop_channel
from winback.ledger.clock import reset_clock
from winback.ledger.consents import add_receipt, suppress
from winback.ledger.outbox import build_idempotency_key
from winback.ledger.refusal_rates import RefusalLines
from winback.ledger.suppression import SuppressionRules

RULES = SuppressionRules(refusal_lines=RefusalLines(0.005, 0.001))
NEXT = "general-2026w48"


def send(ledger, folder, count, wave_id=WAVE, now=NOW, rules=RULES):
    prefix = wave_id[-2:]
    plan(ledger, [treated(f"{prefix}-{n:03}") for n in range(count)], wave_id=wave_id, now=now)
    receiver = Receiver("one_shot")
    done = run(ledger, {"email": receiver}, folder, rules, Clock(now))
    return len(receiver.log), done.stopped


def refuse(ledger, count, wave_id=WAVE, at=NOW + timedelta(hours=2)):
    for number in range(count):
        suppress(ledger, f"{wave_id[-2:]}-{number:03}", "*", "unsubscribed", at, "page")


def test_a_channel_stops_when_too_many_unsubscribe_and_stays_so_until_somebody_looked(
    ledger, tmp_path
):
    assert send(ledger, tmp_path, 100) == (100, {})
    refuse(ledger, 5)
    later = NOW + timedelta(days=7)
    stopped = {"email": {"reason": "opt_outs", "detail": "5/100"}}
    assert send(ledger, tmp_path, 10, NEXT, later) == (0, stopped)
    much_later = Receiver("one_shot")
    run(ledger, {"email": much_later}, tmp_path, RULES, Clock(later + timedelta(days=3)))
    assert much_later.log == []
    resume_channels(ledger, ["email"], "li", later + timedelta(days=3))
    run(ledger, {"email": much_later}, tmp_path, RULES, Clock(later + timedelta(days=3)))
    assert len(much_later.log) == 10


def test_few_opt_outs_stop_nothing(ledger, tmp_path):
    assert send(ledger, tmp_path, 100) == (100, {})
    refuse(ledger, 2)
    assert send(ledger, tmp_path, 10, NEXT, NOW + timedelta(days=7)) == (10, {})


def test_an_opt_out_long_after_a_message_is_not_the_messages(ledger, tmp_path):
    assert send(ledger, tmp_path, 100) == (100, {})
    refuse(ledger, 20, at=NOW + timedelta(days=15))
    assert send(ledger, tmp_path, 10, NEXT, NOW + timedelta(days=16)) == (10, {})


def test_reports_of_spam_stop_a_channel(ledger, tmp_path):
    assert send(ledger, tmp_path, 100) == (100, {})
    for number in range(3):
        key = build_idempotency_key(WAVE, f"47-{number:03}", 1)
        add_receipt(ledger, key, "complained", NOW + timedelta(hours=1), "fbl")
    sent, stopped = send(ledger, tmp_path, 10, NEXT, NOW + timedelta(days=7))
    assert (sent, stopped) == (0, {"email": {"reason": "spam_complaints", "detail": "3/100"}})


def test_a_channel_stops_in_the_middle_of_a_run(ledger, tmp_path):
    """Whoever unsubscribes while the run goes on is counted after every 200 messages."""
    plan(ledger, [treated(f"47-{number:03}") for number in range(500)])
    receiver = Receiver("one_shot")

    def unsubscribe(_point):
        if len(receiver.log) == 150:
            refuse(ledger, 40, at=NOW + timedelta(minutes=20))

    done = run(ledger, {"email": receiver}, tmp_path, RULES, Clock(), unsubscribe)
    assert len(receiver.log) == 200
    assert done.stopped["email"]["reason"] == "opt_outs"
    assert states(ledger)["pending"] == 300


def test_without_lines_nothing_stops(ledger, tmp_path):
    assert send(ledger, tmp_path, 100) == (100, {})
    refuse(ledger, 50)
    later = NOW + timedelta(days=7)
    assert send(ledger, tmp_path, 10, NEXT, later, SuppressionRules()) == (10, {})


def test_what_somebody_has_looked_at_stops_nothing_again_after_another_stop(ledger, tmp_path):
    """A dead list ends by itself: the opt-outs before the last resumption stay looked at."""
    send(ledger, tmp_path, 100)
    refuse(ledger, 5)
    later = NOW + timedelta(days=7)
    assert send(ledger, tmp_path, 10, NEXT, later)[1]
    resume_channels(ledger, ["email"], "li", later)
    stop_channel(ledger, "email", ChannelStop("dead_list", 20, 50), "run", later)
    last = Receiver("one_shot")
    done = run(ledger, {"email": last}, tmp_path, RULES, Clock(later + timedelta(days=2)))
    assert done.stopped == {}
    assert len(last.log) == 10


def test_a_channel_that_is_not_stopped_is_not_resumed(ledger, tmp_path):
    send(ledger, tmp_path, 100)
    refuse(ledger, 60)
    later = NOW + timedelta(days=7)
    assert resume_channels(ledger, ["email"], "li", later) == ["email"]
    sent, stopped = send(ledger, tmp_path, 10, NEXT, later)
    assert (sent, stopped["email"]["reason"]) == (0, "opt_outs")


def test_a_resumption_under_a_clock_that_ran_ahead_hides_nothing_later(ledger, tmp_path):
    send(ledger, tmp_path, 100)
    refuse(ledger, 5)
    later = NOW + timedelta(days=7)
    assert send(ledger, tmp_path, 10, NEXT, later)[1]
    resume_channels(ledger, ["email"], "li", later + timedelta(days=300))
    reset_clock(ledger, "deliver", "li", later)
    receiver = Receiver("one_shot")
    run(ledger, {"email": receiver}, tmp_path, RULES, Clock(later + timedelta(hours=1)))
    assert len(receiver.log) == 10
    refuse(ledger, 8, NEXT, later + timedelta(hours=3))
    third = "general-2026w49"
    sent, stopped = send(ledger, tmp_path, 5, third, later + timedelta(days=7))
    assert (sent, stopped["email"]["detail"]) == (0, "8/10")
