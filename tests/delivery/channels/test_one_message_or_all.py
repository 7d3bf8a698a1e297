"""A fault of one message stops no channel, and a fault of the channel fails no message: runs against receivers in processes of their own."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.world import NOW, Clock, assert_well, crash_at, plan, run, states, step, treated
from winback.delivery.channels.mail import MailChannel, MailServer
from winback.delivery.channels.sms_webhook import Endpoint, WebhookChannel
from winback.ledger.engine import open_ledger
from winback.ledger.tables.waves import DELIVERIES

SECRET = "a-secret-of-sixteen-characters"


@pytest.fixture
def ledger(tmp_path):
    made = open_ledger(tmp_path / "ledger.db", keep_open=True)
    made.migrate()
    return made


def attempts(ledger, **that):
    with ledger.begin_read() as connection:
        rows = connection.execute(sa.select(DELIVERIES)).mappings().all()
    return {
        row["customer_id"]: row["attempts"]
        for row in rows
        if all(row[name] == value for name, value in that.items())
    }


class Gateway:
    """A webhook's receiver whose faults are those of a clock that the test moves."""

    def __init__(self, start, *faults):
        self.receiver = start("webhook", SECRET, json.dumps(faults))
        self.clock = Clock(NOW)

    def run(self, ledger, folder, hook=lambda _point: None):
        url = f"http://127.0.0.1:{self.receiver.port}/take"
        # Signed by the true clock; the receiver looks at its own.
        channel = WebhookChannel(Endpoint(url, SECRET.encode(), private=True), _true_now)
        self.clock.now += timedelta(hours=1)
        return run(ledger, {"sms": channel}, folder, clock=self.clock, hook=hook)

    def received(self):
        return [line["customer_id"] for line in self.receiver.log()]


def _true_now():

    return datetime.now(UTC).replace(tzinfo=None)


@pytest.mark.parametrize("place", [0, 3, 7])
def test_a_customer_the_gateway_does_not_know_fails_and_the_others_get_theirs(
    ledger, tmp_path, start, place
):
    """First, in the middle, last: one run."""
    plan(ledger, [treated(f"c{number}", step("sms")) for number in range(8)])
    faults = ["ok"] * 8
    faults[place] = "gone"
    gateway = Gateway(start, *faults)
    done = gateway.run(ledger, tmp_path)
    assert (done.sent, done.failed, done.stopped) == (7, 1, {})
    assert set(attempts(ledger, state="failed", reason="refused")) == {f"c{place}"}
    assert len(gateway.received()) == 7
    assert_well(ledger, [])


def test_a_wrong_path_fails_nobody(ledger, tmp_path, start):
    """Five refusals in a row stop the channel; what was refused waits, as if nobody had tried."""
    plan(ledger, [treated(f"c{number}", step("sms")) for number in range(8)])
    gateway = Gateway(start, *["gone"] * 5, *["ok"] * 20)
    done = gateway.run(ledger, tmp_path)
    assert done.stopped["sms"]["reason"] == "gone"
    assert (done.sent, done.failed, states(ledger)) == (0, 0, {"pending": 8})
    assert set(attempts(ledger, exposed_at=None).values()) == {0}
    assert gateway.run(ledger, tmp_path).sent == 8
    assert len(set(gateway.received())) == 8
    assert_well(ledger, [])


def test_a_receiver_that_vanishes_in_the_middle_fails_nobody(ledger, tmp_path, start):
    plan(ledger, [treated(f"c{number}", step("sms")) for number in range(8)])
    gateway = Gateway(start, "ok", "ok", *["gone"] * 5, *["ok"] * 20)
    done = gateway.run(ledger, tmp_path)
    assert (done.sent, done.failed, len(attempts(ledger, state="pending"))) == (2, 0, 6)
    assert gateway.run(ledger, tmp_path).sent == 6


def test_refused_alone_a_message_is_tried_five_times(ledger, tmp_path, start):
    """A run in which nothing else was answered says nothing of the address."""
    plan(ledger, [treated("c0", step("sms"))])
    gateway = Gateway(start, "gone")
    for _ in range(4):
        assert gateway.run(ledger, tmp_path).again == 1
        assert states(ledger) == {"pending": 1}
    gateway.run(ledger, tmp_path)
    assert states(ledger) == {"failed": 1}


@pytest.mark.parametrize("point", [5, 8, 11])
def test_a_run_that_dies_with_refusals_in_doubt_loses_nobody(ledger, tmp_path, start, point):
    plan(ledger, [treated(f"c{number}", step("sms")) for number in range(6)])
    gateway = Gateway(start, "gone", "gone", "gone", *["ok"] * 20)
    assert gateway.run(ledger, tmp_path, crash_at(point)) is None
    gateway.run(ledger, tmp_path)
    gateway.run(ledger, tmp_path)
    assert "claimed" not in states(ledger)
    assert states(ledger)["sent"] == len(gateway.received()) == len(set(gateway.received()))
    assert_well(ledger, [], in_flight=1)


def test_a_mail_server_that_drops_answers_does_not_end_the_run(ledger, tmp_path, start):
    """88 letters, and every seventh answer is lost: one run, and one more for those that certainly did not go."""
    draw = random.Random(3)
    faults = ["ok"] * 75 + ["drop_after"] * 7 + ["drop_before"] * 3 + ["closing"] * 3
    draw.shuffle(faults)
    sink = start("mail", "{}", json.dumps([*faults, *["ok"] * 100]))
    server = MailServer(
        "127.0.0.1", sink.port, "a@shop.example", "shop", "https://shop.example/stop", "none"
    )
    plan(ledger, [treated(f"c{number:02}") for number in range(88)])
    clock, runs = Clock(NOW), 0
    while states(ledger).get("pending") and runs < 12:
        channel = MailChannel(
            server, lambda customer: f"{customer}@example.com", lambda key: key, clock, 3.0
        )
        done = run(ledger, {"email": channel}, tmp_path, clock=clock)
        assert done.stopped == {}
        clock.now += timedelta(hours=1)
        runs += 1
    assert runs <= 2
    assert states(ledger) == {"sent": 81, "unknown": 7}
    assert len(sink.log()) == len({line["to"] for line in sink.log()}) == 88
    assert_well(ledger, [], in_flight=7)
