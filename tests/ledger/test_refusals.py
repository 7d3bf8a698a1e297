"""A no is a no of a person: under every id, of every address, and of the address itself once it is dead."""

from datetime import timedelta

import pytest

from tests.ledger.world import (
    NOW,
    WAVE,
    Clock,
    Receiver,
    held,
    plan,
    run,
    states,
    step,
    treated,
)
from winback.delivery.unsubscribe_link import build_unsubscribe_token, follow_link
from winback.ledger.bounces import parse_reason
from winback.ledger.channel_stops import resume_channels
from winback.ledger.consents import add_receipt, set_consent, suppress
from winback.ledger.erasure import Alias, erase_customers
from winback.ledger.integrity import audit
from winback.ledger.outbox import build_idempotency_key, find_addressee
from winback.ledger.refusals import keep_refusal, list_refusing_customers, spread_refusals
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.tables.waves import DELIVERIES

KEY = bytes(32)
PHONE, MAIL = "to:phone-1", "to:mail-1"


def merged(*ids):
    return dict.fromkeys(ids, ids)


def reached(receiver):
    return [customer for _, customer, _, _ in receiver.log]


def reasons(ledger):
    with ledger.begin_read() as connection:
        rows = connection.execute(DELIVERIES.select()).mappings()
        return {row["customer_id"]: row["reason"] for row in rows if row["step"] == 1}


@pytest.mark.parametrize("channel", ["email", "*"])
@pytest.mark.parametrize(("said", "written_to"), [("m0", "m1"), ("m1", "m0")])
def test_a_no_follows_a_merge_both_ways_and_of_one_channel_too(
    ledger, tmp_path, channel, said, written_to
):
    plan(ledger, [treated(written_to), treated("other")])
    suppress(ledger, said, channel, "unsubscribed", NOW, "link")
    receiver = Receiver("one_shot")
    run(ledger, {"email": receiver}, tmp_path, SuppressionRules(ids_of=merged("m0", "m1")))
    assert reached(receiver) == ["other"]
    assert reasons(ledger)[written_to] == "unsubscribed"
    assert audit(ledger) == []


def test_a_no_of_one_channel_leaves_the_others(ledger, tmp_path):
    plan(ledger, [treated("a", step("sms"))])
    suppress(ledger, "b", "email", "unsubscribed", NOW, "link")
    receiver = Receiver("one_shot")
    run(ledger, {"sms": receiver}, tmp_path, SuppressionRules(ids_of=merged("a", "b")))
    assert reached(receiver) == ["a"]


def test_a_no_of_an_address_holds_for_every_account_that_has_it(ledger, tmp_path):
    """An SMS answered with R arrives as a number: whoever has it is left alone, by e-mail too."""
    plan(ledger, [treated("a"), treated("b"), treated("c")])
    keep_refusal(ledger, [PHONE], "*", NOW, "operator", "li", "phone-called")
    rules = SuppressionRules(
        addresses={"a": {"phone": PHONE, "email": "to:mail-a"}, "b2": {"phone": PHONE}},
        ids_of=merged("b", "b2"),
    )
    receiver = Receiver("one_shot")
    run(ledger, {"email": receiver}, tmp_path, rules)
    assert reached(receiver) == ["c"]


def test_a_link_is_a_no_of_the_address_the_message_went_to(ledger, tmp_path):
    plan(ledger, [treated("a")])
    rules = SuppressionRules(addresses={"a": {"email": MAIL}, "b": {"email": MAIL}})
    run(ledger, {"email": Receiver("one_shot")}, tmp_path, rules)
    key = build_idempotency_key(WAVE, "a", 1)
    assert find_addressee(ledger, key).address == MAIL
    assert follow_link(ledger, KEY, build_unsubscribe_token(KEY, key), NOW) == "email"
    assert follow_link(ledger, KEY, f"{key}.{'0' * 32}", NOW) is None
    plan(ledger, [treated("b")], wave_id="general-2026w48")
    receiver = Receiver("one_shot")
    run(ledger, {"email": receiver}, tmp_path, rules, Clock(NOW + timedelta(days=7)))
    assert reached(receiver) == []


def test_what_was_said_before_an_address_was_known_is_kept_with_it_later(ledger):
    suppress(ledger, "a", "sms", "unsubscribed", NOW, "link")
    suppress(ledger, "b", "*", "taken_out", NOW, "operator")
    assert list_refusing_customers(ledger) == [("a", "sms", "unsubscribed")]
    assert spread_refusals(ledger, {"a": [PHONE], "b": [MAIL]}, NOW, "address") == 1
    assert spread_refusals(ledger, {"a": [PHONE]}, NOW, "address") == 0


def test_a_no_committed_during_a_run_is_seen_by_the_next_claim(ledger, tmp_path):
    plan(ledger, [treated("a"), treated("b")])

    def says(message):
        keep_refusal(ledger, ["x"], "*", NOW, "link", "link", "called")
        return "sent" if message.customer_id == "a" else pytest.fail("b has said no")

    run(
        ledger,
        {"email": Receiver("one_shot", says=says)},
        tmp_path,
        SuppressionRules(ids_of=merged("b", "x")),
    )
    assert reasons(ledger)["b"] == "unsubscribed"


def test_an_erasure_leaves_the_no_of_an_address_and_takes_where_messages_went(ledger, tmp_path):
    plan(ledger, [treated("a")])
    rules = SuppressionRules(addresses={"a": {"email": MAIL}, "again": {"email": MAIL}})
    run(ledger, {"email": Receiver("one_shot")}, tmp_path, rules)
    keep_refusal(ledger, ["a", MAIL], "*", NOW, "operator", "li", "called")
    erase_customers(ledger, Alias({"a": "erased-1"}, {"a": "erased-h"}), "erased-1", "li", NOW)
    assert find_addressee(ledger, build_idempotency_key(WAVE, "a", 1)).address is None
    plan(ledger, [treated("again")], wave_id="general-2026w48")
    receiver = Receiver("one_shot")
    run(ledger, {"email": receiver}, tmp_path, rules, Clock(NOW + timedelta(days=7)))
    assert reached(receiver) == []
    assert audit(ledger) == []


def test_a_no_moves_nobody_to_another_arm(ledger, tmp_path):
    """What a wave earned is counted over everybody it meant to write to."""
    plan(ledger, [treated("a"), treated("b"), held("h")])
    for each in ("a", "h"):
        suppress(ledger, each, "*", "unsubscribed", NOW, "operator")
    run(ledger, {"email": Receiver("one_shot")}, tmp_path)
    with ledger.begin_read() as connection:
        arms = connection.exec_driver_sql("select customer_id, arm from assignments order by 1")
        assert [tuple(row) for row in arms] == [
            ("a", "treatment"),
            ("b", "treatment"),
            ("h", "holdout"),
        ]
    assert audit(ledger) == []


def test_two_ids_that_became_one_person_get_one_message_of_a_wave(ledger, tmp_path):
    plan(ledger, [treated("m0"), treated("m1", step(), step(after=3))])
    receiver = Receiver("one_shot")
    rules = SuppressionRules(ids_of=merged("m0", "m1"))
    run(ledger, {"email": receiver}, tmp_path, rules)
    run(ledger, {"email": receiver}, tmp_path, rules, Clock(NOW + timedelta(days=4)))
    assert reached(receiver) == ["m0"]
    assert reasons(ledger)["m1"] == "merged"
    assert audit(ledger) == []


def test_of_two_ids_in_one_batch_one_is_claimed(ledger, tmp_path):
    plan(ledger, [treated("m0"), treated("m1")])
    receiver = Receiver("keyed", batch_size=10)
    run(ledger, {"email": receiver}, tmp_path, SuppressionRules(ids_of=merged("m0", "m1")))
    assert reached(receiver) == ["m0"]


def test_a_person_with_an_id_in_the_holdout_is_not_written_to(ledger, tmp_path):
    plan(ledger, [treated("m0"), held("m1"), treated("c")])
    receiver = Receiver("one_shot")
    run(ledger, {"email": receiver}, tmp_path, SuppressionRules(ids_of=merged("m0", "m1")))
    assert reached(receiver) == ["c"]
    assert reasons(ledger)["m0"] == "merged_holdout"


def test_a_cap_counts_every_id_of_a_person(ledger, tmp_path):
    for number, customer in enumerate(("m0", "m1", "m2")):
        plan(ledger, [treated(customer, step("sms"))], wave_id=f"general-2026w5{number}")
    rules = SuppressionRules((Cap("sms", 7, 2),), ids_of=merged("m0", "m1", "m2"))
    receiver = Receiver("one_shot")
    run(ledger, {"sms": receiver}, tmp_path, rules)
    assert len(receiver.log) == 2


@pytest.mark.parametrize(("most", "sent"), [(1, 1), (2, 2), (3, 3)])
def test_the_sms_cap_holds_for_a_phone_whoever_has_it(ledger, tmp_path, most, sent):
    """B86 limits what a phone gets: two accounts of one number are one phone."""
    plan(ledger, [treated(each, step("sms")) for each in "abc"])
    rules = SuppressionRules(
        (Cap("sms", 7, most),), addresses={each: {"phone": PHONE} for each in "abc"}
    )
    receiver = Receiver("one_shot")
    run(ledger, {"sms": receiver}, tmp_path, rules)
    assert len(receiver.log) == sent
    assert audit(ledger, rules.caps) == []


def test_an_audit_sees_a_phone_above_its_cap(ledger, tmp_path):
    plan(ledger, [treated(each, step("sms")) for each in "ab"])
    rules = SuppressionRules(addresses={each: {"phone": PHONE} for each in "ab"})
    run(ledger, {"sms": Receiver("one_shot")}, tmp_path, rules)
    [fault] = audit(ledger, (Cap("sms", 7, 1),))
    assert (fault.rule, fault.examples) == ("cap_broken", (PHONE,))


def test_consent_is_a_persons_and_the_newest_word_holds(ledger, tmp_path):
    plan(ledger, [treated("m0", step("sms")), treated("n0", step("sms"))])
    set_consent(ledger, "m0", "sms", True, NOW - timedelta(days=2), "contacts")
    set_consent(ledger, "m1", "sms", False, NOW - timedelta(days=1), "contacts")
    set_consent(ledger, "n1", "sms", True, NOW, "contacts")
    rules = SuppressionRules(
        consent_needed=frozenset({"sms"}), ids_of=merged("m0", "m1") | merged("n0", "n1")
    )
    receiver = Receiver("one_shot")
    run(ledger, {"sms": receiver}, tmp_path, rules)
    assert reached(receiver) == ["n0"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("hard", "hard"),
        ("Soft", "soft"),
        ("550", "hard 550"),
        ("550 5.1.1", "hard 550 5.1.1"),
        ("5.1.1", "hard 5.1.1"),
        ("551", "hard 551"),
        ("553", "hard 553"),
        ("552", "soft 552"),
        ("452", "soft 452"),
        ("450", "soft 450"),
        ("552 5.2.2", "soft 552 5.2.2"),
        ("550 5.7.1 blocked: li@example.com", "policy 550 5.7.1"),
        ("550-5.2.1", "hard 550 5.2.1"),
        ("550 5.0.0", "hard 550 5.0.0"),
        ("553 5.1.8", "policy 553 5.1.8"),
        ("4.4.1", "soft 4.4.1"),
        ("nobody there", None),
        ("250", None),
        ("", None),
        ("5500", None),
        ("-", None),
    ],
)
def test_a_bounces_reason_says_whether_anybody_is_there(said, kept):
    assert parse_reason(said) == kept


def _second_letter(ledger, folder, addresses, customers="ab", channel="email"):
    """Who gets the next wave's messages."""
    plan(ledger, [treated(each, step(channel)) for each in customers], wave_id="general-2027w01")
    receiver = Receiver("one_shot")
    rules = SuppressionRules(addresses=addresses)
    run(ledger, {channel: receiver}, folder, rules, Clock(NOW + timedelta(days=30)))
    return reached(receiver)


@pytest.mark.parametrize(
    ("reason", "gets"),
    [("hard", ""), (None, ""), ("hard 550", ""), ("soft", "ab"), ("policy 550 5.7.1", "ab")],
)
def test_a_dead_address_is_written_to_no_more_and_its_customer_by_another_way_is(
    ledger, tmp_path, reason, gets
):
    """The second letter to an address that does not exist costs the next thousand their inbox."""
    addresses = {"a": {"email": MAIL, "phone": PHONE}, "b": {"email": MAIL}}
    plan(ledger, [treated("a"), treated("b", step("sms"))])
    run(ledger, {"email": Receiver("one_shot")}, tmp_path, SuppressionRules(addresses=addresses))
    add_receipt(ledger, build_idempotency_key(WAVE, "a", 1), "bounced", NOW, "mta", reason)
    assert "".join(_second_letter(ledger, tmp_path, addresses)) == gets
    assert _sms(ledger, tmp_path, addresses) == ["a"]


def _sms(ledger, folder, addresses):
    plan(ledger, [treated("a", step("sms"))], wave_id="general-2027w02")
    receiver = Receiver("one_shot")
    rules = SuppressionRules(addresses=addresses)
    run(ledger, {"sms": receiver}, folder, rules, Clock(NOW + timedelta(days=31)))
    return [each for each in reached(receiver) if each == "a"]


def test_a_bounce_after_which_the_address_changed_is_forgiven(ledger, tmp_path):
    plan(ledger, [treated("a")])
    before, after = {"a": {"email": MAIL}}, {"a": {"email": "to:mail-2"}}
    run(ledger, {"email": Receiver("one_shot")}, tmp_path, SuppressionRules(addresses=before))
    add_receipt(ledger, build_idempotency_key(WAVE, "a", 1), "bounced", NOW, "mta", "hard")
    assert _second_letter(ledger, tmp_path, after, "a") == ["a"]


def test_a_bounce_that_was_soft_and_is_hard_in_the_end_is_hard(ledger, tmp_path):
    plan(ledger, [treated("a")])
    addresses = {"a": {"email": MAIL}}
    run(ledger, {"email": Receiver("one_shot")}, tmp_path, SuppressionRules(addresses=addresses))
    key = build_idempotency_key(WAVE, "a", 1)
    for reason in ("soft", "hard 550", "soft"):
        add_receipt(ledger, key, "bounced", NOW, "mta", reason)
    assert _second_letter(ledger, tmp_path, addresses, "a") == []


def test_three_soft_bounces_in_a_row_are_a_rest_of_ninety_days(ledger, tmp_path):
    addresses, folder = {"a": {"email": MAIL}}, tmp_path
    at = NOW
    for number, heard in enumerate(
        ("bounced", "bounced", "opened", "bounced", "bounced", "bounced")
    ):
        wave_id, at = f"general-2026w0{number}", NOW + timedelta(days=number)
        plan(ledger, [treated("a")], wave_id=wave_id)
        receiver = Receiver("one_shot")
        run(ledger, {"email": receiver}, folder, SuppressionRules(addresses=addresses), Clock(at))
        assert reached(receiver) == ["a"], number
        key = build_idempotency_key(wave_id, "a", 1)
        add_receipt(ledger, key, heard, at, "mta", "soft" if heard == "bounced" else None)
    for days, gets in ((89, []), (91, ["a"])):
        plan(ledger, [treated("a")], wave_id=f"general-2027w{days}")
        receiver, clock = Receiver("one_shot"), Clock(at + timedelta(days=days))
        run(ledger, {"email": receiver}, folder, SuppressionRules(addresses=addresses), clock)
        assert reached(receiver) == gets


def test_a_complaint_ends_every_channel(ledger, tmp_path):
    """Who calls a message spam means the shop: a feedback loop's word is a no of the person."""
    addresses = {"a": {"email": MAIL, "phone": PHONE}, "b": {"email": MAIL}}
    plan(ledger, [treated("a")])
    run(ledger, {"email": Receiver("one_shot")}, tmp_path, SuppressionRules(addresses=addresses))
    add_receipt(ledger, build_idempotency_key(WAVE, "a", 1), "complained", NOW, "fbl")
    assert _second_letter(ledger, tmp_path, addresses) == []
    assert _sms(ledger, tmp_path, addresses) == []


def test_a_channel_of_a_dead_list_stops_and_goes_on_when_somebody_has_looked(ledger, tmp_path):
    """Two hundred letters to a bought list, and the provider takes none of ours any more."""
    plan(ledger, [treated(f"c{number:03}") for number in range(60)])
    dead = Receiver("one_shot", says=lambda _: "failed")
    said = []
    send = dead.send

    def refuse(messages):
        said.extend(messages)
        return [
            type(each)(each.delivery_id, "failed", "no_such_address") for each in send(messages)
        ]

    dead.send = refuse
    first = run(ledger, {"email": dead}, tmp_path)
    assert first.stopped == {"email": {"reason": "dead_list", "detail": "20/20"}}
    assert len(said) == 20
    held = run(ledger, {"email": dead}, tmp_path, clock=Clock(NOW + timedelta(hours=23)))
    assert held.stopped == first.stopped
    assert len(said) == 20
    assert states(ledger) == {"failed": 20, "pending": 40}
    resume_channels(ledger, ["email"], "li", NOW + timedelta(hours=23))
    live = Receiver("one_shot")
    run(ledger, {"email": live}, tmp_path, clock=Clock(NOW + timedelta(hours=23)))
    assert len(live.log) == 40
    assert audit(ledger) == []


def test_a_channel_goes_on_by_itself_after_a_day(ledger, tmp_path):
    plan(ledger, [treated(f"c{number:03}") for number in range(60)])
    run(ledger, {"email": Receiver("one_shot")}, tmp_path)
    for number in range(40, 60):
        key = build_idempotency_key(WAVE, f"c{number:03}", 1)
        add_receipt(ledger, key, "bounced", NOW, "mta", "hard 550")
    plan(ledger, [treated(f"d{number:03}") for number in range(5)], wave_id="general-2026w48")
    receiver, later = Receiver("one_shot"), NOW + timedelta(hours=1)
    said = run(ledger, {"email": receiver}, tmp_path, clock=Clock(later))
    assert said.stopped["email"] == {"reason": "dead_list", "detail": "20/50"}
    assert receiver.log == []
    run(ledger, {"email": receiver}, tmp_path, clock=Clock(later + timedelta(hours=25)))
    assert len(receiver.log) == 5


def test_some_bounces_stop_nothing(ledger, tmp_path):
    plan(ledger, [treated(f"c{number:03}") for number in range(60)])
    run(ledger, {"email": Receiver("one_shot")}, tmp_path)
    for number in range(0, 56, 4):
        key = build_idempotency_key(WAVE, f"c{number:03}", 1)
        add_receipt(ledger, key, "bounced", NOW, "mta", "hard")
    plan(ledger, [treated("d")], wave_id="general-2026w48")
    receiver = Receiver("one_shot")
    run(ledger, {"email": receiver}, tmp_path)
    assert len(receiver.log) == 1
