"""The second witness: receivers' logs against the ledger. It must pass what is well, and find each way in which it is not."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.world import (
    NOW,
    WAVE,
    Clock,
    Receiver,
    excluded,
    held,
    plan,
    run,
    states,
    step,
    treated,
)
from winback.core.wave_errors import HistoryLogUnreadable
from winback.history.checks import HistoryRules, check_history
from winback.history.ledger_rows import derive_key, load_history
from winback.history.receiver_logs import HANDOFF, ReceivedMessage, read_handoff_lists, read_log
from winback.ledger.consents import set_consent, suppress
from winback.ledger.outbox import build_idempotency_key
from winback.ledger.suppression import SuppressionRules

DAY = timedelta(days=1)
NONE = HistoryRules()


def lines_of(receiver, source, channel):
    """A receiver's log as the checker reads it."""
    return [
        ReceivedMessage(source, number, key, None, customer, None, wave, step, channel)
        for number, (wave, customer, step, key) in enumerate(receiver.log, start=1)
    ]


def load(ledger):
    with ledger.begin_snapshot() as connection:
        return load_history(connection)


def check(ledger, received, rules=NONE, complete=("email", "sms"), since=None):
    result = check_history(load(ledger), received, rules, complete, since)
    return {(each.rule, each.subject): each.examples for each in result.findings}


def rules_found(*arguments, **named):
    return sorted({rule for rule, _ in check(*arguments, **named)})


def change(ledger, statement):
    with ledger.begin_write() as connection:
        connection.execute(sa.text(statement))


@pytest.fixture
def world(ledger, tmp_path):
    """A wave that was sent: three letters, two of them with a second step, two SMS, a holdout and somebody left out."""
    people = [
        treated("a", step(cost=10, offer="tea"), step(after=1)),
        treated("b", step(), step(after=1)),
        treated("c"),
        treated("d", step("sms")),
        treated("e", step("sms")),
        held("h"),
        excluded("x"),
    ]
    plan(ledger, people, budgets={"*": 100, "tea": 50})
    for customer in "de":
        set_consent(ledger, customer, "sms", True, NOW - DAY, "form")
    email, sms = Receiver("one_shot"), Receiver("keyed", endpoint="gateway")
    clock = Clock()
    rules = SuppressionRules(consent_needed=frozenset({"sms"}))
    for _ in range(2):
        run(ledger, {"email": email, "sms": sms}, tmp_path, rules, clock)
        clock.now += timedelta(hours=30)
    assert states(ledger) == {"sent": 7}
    return lines_of(email, "mail.log", "email") + lines_of(sms, "gateway.log", "sms")


def test_what_is_well_is_found_well(ledger, world):
    result = check_history(
        load(ledger),
        world,
        HistoryRules((("*", 7, 2), ("email", 1, 1)), {"sms"}),
        ("email", "sms"),
    )
    assert (result.findings, result.lines, result.matched, result.nameless) == ([], 7, 7, 0)


def test_a_line_that_stands_twice_is_found(ledger, world):
    again = replace(world[0], line=99)
    found = check(ledger, [*world, again])
    assert list(found) == [("received_twice", "email")]
    assert found["received_twice", "email"] == (f"a/1 {world[0].delivery_id}",)


def test_a_gateway_may_be_asked_again_under_a_key_it_knows(ledger, world):
    """Only what was new to it twice was sent twice; where it does not say, it is asked again."""
    sms = world[-1]
    assert rules_found(ledger, [*world, sms]) == []
    known = [replace(sms, is_first=True), replace(sms, is_first=False)]
    assert rules_found(ledger, [*world[:-1], *known]) == []
    assert rules_found(ledger, [*world[:-1], known[0], known[0]]) == ["received_twice"]


@pytest.mark.parametrize("place", [0, -1])
def test_a_message_two_receivers_have_is_found(ledger, world, place):
    """Another gateway, or a hand-off list."""
    other = [replace(world[place], source="second.log")]
    assert rules_found(ledger, [*world, *other]) == ["two_receivers"]
    assert rules_found(ledger, [*world, replace(world[place], source=HANDOFF)]) == ["two_receivers"]


@pytest.mark.parametrize(("customer", "rule"), [("h", "holdout"), ("x", "excluded")])
def test_a_line_to_the_holdout_is_found_however_it_is_named(ledger, world, customer, rule):
    key = derive_key(WAVE, customer, 1)
    assert key == build_idempotency_key(WAVE, customer, 1), "the contract, written twice"
    for line in (
        ReceivedMessage("mail.log", 9, delivery_id=key),
        ReceivedMessage("mail.log", 9, customer_id=customer),
        ReceivedMessage("mail.log", 9, customer_id=customer, wave_id=WAVE, step=1),
        ReceivedMessage("mail.log", 9, delivery_id=key, customer_id=customer),
    ):
        found = check(ledger, [*world, line])
        assert [
            examples for (name, _), examples in found.items() if name == f"{rule}_received"
        ] == [(customer,)]


def test_a_message_nobody_planned_is_found(ledger, world):
    lines = [
        ReceivedMessage("mail.log", 9, delivery_id="0" * 32),
        ReceivedMessage("mail.log", 10, customer_id="nobody"),
        ReceivedMessage("mail.log", 11, address="who@example.com"),
    ]
    result = check_history(load(ledger), [*world, *lines], HistoryRules())
    [finding] = result.findings
    assert (finding.rule, finding.count, finding.examples) == (
        "unplanned",
        2,
        ("mail.log:10", "mail.log:9"),
    )
    assert result.nameless == 1


def test_a_lost_one_is_found_where_the_log_has_everything(ledger, world):
    assert check(ledger, world[1:]) == {("lost", "email"): (f"a/1 {world[0].delivery_id}",)}
    assert check(ledger, world[1:], complete=("sms",)) == {}
    assert check(ledger, world[1:], since=NOW + timedelta(hours=20)) == {}, "before the log began"


def test_a_line_after_a_no_is_found(ledger, world):
    """By whatever account, through that channel or any, before the claim and not after its end."""
    suppress(ledger, "a", "*", "unsubscribed", NOW + timedelta(hours=1), "page")
    suppress(ledger, "b", "email", "unsubscribed", NOW + 9 * DAY, "page")
    suppress(ledger, "c", "sms", "unsubscribed", NOW - DAY, "page")
    suppress(ledger, "old", "*", "unsubscribed", NOW - DAY, "page")
    suppress(ledger, "e", "*", "asked", NOW - 9 * DAY, "page", NOW - DAY)
    suppress(ledger, "c", "*", "complained", NOW - DAY, "receipts")
    change(ledger, "update deliveries set address = 'hash' where customer_id = 'e'")
    found = check(ledger, world, HistoryRules(merged={"old": "d"}))
    assert {key: [each[:3] for each in examples] for key, examples in found.items()} == {
        ("opted_out", "email"): ["a/2"],
        ("opted_out", "sms"): ["d/1"],
    }
    suppress(ledger, "hash", "sms", "unsubscribed", NOW - DAY, "operator")
    found = check(ledger, world, HistoryRules(merged={"old": "d"}))
    assert [each[:3] for each in found["opted_out", "sms"]] == ["d/1", "e/1"]


def test_a_message_without_consent_is_found(ledger, world):
    rules = HistoryRules(consent={"sms"})
    assert check(ledger, world, rules) == {}
    set_consent(ledger, "d", "sms", False, NOW - timedelta(hours=1), "form")
    set_consent(ledger, "e", "sms", False, NOW + DAY, "form")
    found = check(ledger, world, rules)
    assert [each[:3] for each in found["no_consent", "sms"]] == ["d/1"]
    assert len(found) == 1


def test_a_message_too_many_is_found(ledger, world):
    """Counted by person: two accounts of one are one."""
    assert check(ledger, world, HistoryRules((("email", 7, 1),))) == {
        ("cap_broken", "email 1/7"): ("a", "b")
    }
    assert check(ledger, world, HistoryRules((("email", 1, 1), ("call", 7, 0)))) == {}
    assert rules_found(ledger, world, HistoryRules((("*", 7, 2),), merged={"c": "b"})) == [
        "cap_broken",
        "person_twice",
    ]
    assert rules_found(ledger, world, HistoryRules((("sms", 7, 0),))) == ["cap_broken"]


def test_a_message_at_night_is_found(ledger, world):
    asleep = HistoryRules(
        is_open=lambda channel, customer, _at: (channel, customer) != ("sms", "d")
    )
    found = check(ledger, world, asleep)
    assert [each[:3] for each in found["quiet_hours", "sms"]] == ["d/1"]
    assert len(found) == 1


def test_one_address_of_two_accounts_is_one_person(ledger, world):
    at_home = [
        replace(each, address="home@example.com") if each.customer_id in "bc" else each
        for each in world
    ]
    assert check(ledger, at_home) == {("person_twice", f"{WAVE} email"): ("b = c",)}
    change(ledger, "update deliveries set address = 'hash' where customer_id in ('d', 'e')")
    assert check(ledger, world) == {("person_twice", f"{WAVE} sms"): ("d = e",)}


def test_a_message_of_another_customer_is_found(ledger, world):
    assert check(ledger, [replace(world[0], customer_id="c"), *world[1:]]) == {
        ("other_customer", "mail.log"): ("c ≠ a",)
    }


def test_what_arrived_before_its_claim_is_found(ledger, world):
    """A receiver's clock may be two minutes off."""
    early = replace(world[0], at=NOW - timedelta(minutes=1))
    assert check(ledger, [early, *world[1:]]) == {}
    early = replace(world[0], at=NOW - timedelta(minutes=5))
    assert rules_found(ledger, [early, *world[1:]]) == ["before_claim"]


@pytest.mark.parametrize("state", ["pending", "suppressed", "failed", "capped", "not_needed"])
def test_what_the_ledger_says_never_left_and_a_receiver_has_is_found(ledger, world, state):
    change(
        ledger,
        f"update deliveries set state = '{state}', exposed_at = null where customer_id = 'c'",
    )
    assert check(ledger, world) == {("denied", "email"): (f"c/1 {_key(world, 'c')} {state}",)}


def test_what_may_have_left_is_no_lie(ledger, world):
    """It waits to be asked again: its first attempt may have arrived, and did."""
    change(ledger, "update deliveries set state = 'pending' where customer_id = 'd'")
    assert check(ledger, world) == {}


def _key(world, customer):
    return next(each.delivery_id for each in world if each.customer_id == customer)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("delete from deliveries where customer_id = 'a' and step = 1", "treated_without_message"),
        ("delete from deliveries where customer_id = 'c'", "treated_without_message"),
        ("update assignments set arm = 'holdout' where customer_id = 'c'", "holdout_received"),
        ("update budgets set spent_minor = 5 where name = 'tea'", "budget_miscounted"),
        ("update deliveries set cost_minor = 11 where customer_id = 'b'", "budget_miscounted"),
    ],
)
def test_sums_that_do_not_add_up_are_found(ledger, world, statement, rule):
    change(ledger, statement)
    assert rule in rules_found(ledger, world)


def test_groups_are_counted_as_they_were_planned(ledger, world):
    counts = {"treatment": 5, "holdout": 1, "excluded": 1}
    change(ledger, f"update waves set plan = '{json.dumps(counts)}'".replace(":", r"\:"))
    assert check(ledger, world) == {}
    change(ledger, "delete from assignments where customer_id = 'h'")
    assert check(ledger, world) == {("arms_miscounted", WAVE): ("holdout: 1 ≠ 0",)}


# Logs as receivers write them.
LOGS = {
    "webhook.jsonl": '{"key": "k1", "customer_id": "a", "step": 1, "first": true}\n\n{"key": "k1", "customer_id": "a", "step": 1, "first": false}\n',
    "mail.jsonl": '{"to": "li@example.com", "message_id": "<k2@shop.example>", "subject": "好", "first": true}\n',
    "wecom.jsonl": '{"did": "tag", "id": "t1"}\n{"did": "task", "msgid": "m3", "sender": "li", "external": ["wo1"], "content": "您好", "at": 1764000000.5}\n{"did": "confirm", "msgid": "m3", "status": 1}\n',
    "gateway.csv": "wave;customer;step;channel;moment\nw-2026w47;客4;2;sms;2026-11-22T17:30:00+08:00\n",
}


def test_logs_of_every_kind_are_read(tmp_path):
    read = {}
    for name, text in LOGS.items():
        (tmp_path / name).write_bytes(text.encode("gb18030" if name.endswith("csv") else "utf-8"))
        read[name] = read_log(tmp_path / name, "sms")
    assert [(each.delivery_id, each.line, each.is_first) for each in read["webhook.jsonl"]] == [
        ("k1", 1, True),
        ("k1", 3, False),
    ]
    [mail] = read["mail.jsonl"]
    assert (mail.delivery_id, mail.address, mail.channel) == ("k2", "li@example.com", "sms")
    [task] = read["wecom.jsonl"]
    assert (task.receipt, task.address, task.at.year) == ("m3", "wo1", 2025)
    [row] = read["gateway.csv"]
    assert (row.wave_id, row.customer_id, row.step, row.channel, row.at) == (
        "w-2026w47",
        "客4",
        2,
        "sms",
        NOW,
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"key": "a"}\n{"key": \n', 2),
        ('{"key": "a", "at": "2026-11-22T09:30"}', 1),
        ('{"key": "a", "step": "first"}', 1),
        ("what;ever\n1;2\n", 1),
        ("", 1),
        (None, 0),
    ],
)
def test_a_log_that_cannot_be_read_is_refused_with_its_line(tmp_path, text, line):
    if text is not None:
        (tmp_path / "log").write_text(text, encoding="utf-8")
    with pytest.raises(HistoryLogUnreadable) as refused:
        read_log(tmp_path / "log")
    assert refused.value.values["line"] == line


def test_hand_off_lists_are_logs_of_a_receiver(tmp_path):
    folder = tmp_path / "w-2026w47"
    folder.mkdir()
    (folder / "li.csv").write_text(
        "delivery_id,customer_id,step,channel\nk1,a,1,call\n,call back,,\n", encoding="utf-8-sig"
    )
    (folder / "wang.csv").write_text(
        "done;delivery_id;customer_id;step;channel\nyes;k1;'=a;1;call\n", encoding="utf-8"
    )
    lines = read_handoff_lists(tmp_path)
    assert [(each.source, each.delivery_id, each.customer_id, each.wave_id) for each in lines] == [
        (HANDOFF, "k1", "a", "w-2026w47"),
        (HANDOFF, "k1", "=a", "w-2026w47"),
    ]
