"""E-mails against a mail server in a process of its own, with the faults such servers have."""

import contextlib
import json
import socket
import threading
import time
from datetime import datetime

import pytest

from winback.delivery.channels.base import ChannelStopped, Message
from winback.delivery.channels.mail import MailChannel, MailServer

MOMENT = datetime(2026, 11, 22, 9, 30)


def message(number=1, subject="木屋：好久不见", body="您好\n.\n..点\n再见"):
    return Message(
        f"key{number}",
        "w-2026w47",
        f"customer{number}",
        1,
        "email",
        "wake",
        None,
        None,
        subject,
        body,
    )


ADDRESSES = {"customer1": "li@example.com", "customer2": "wang@例子.cn", "customer3": "a@b.c\r\nRCPT TO:<x@y.z>",
             "customer4": "no address", "customer5": "李@example.com", "customer6": "a@b.c, x@y.z"}  # fmt: skip


def mail(port, seconds=3.0, **more):
    server = MailServer(
        "127.0.0.1",
        port,
        "hello@shop.example",
        "木屋",
        "https://shop.example/stop",
        **{"security": "none", **more},
    )
    return MailChannel(server, ADDRESSES.get, lambda key: f"{key}.token", lambda: MOMENT, seconds)


def test_a_letter_arrives_whole_and_with_a_way_out(start):
    """RFC 8058: one click ends it."""
    sink = start("mail", "{}")
    [said] = mail(sink.port).send([message(1)])
    assert (said.state, said.receipt) == ("sent", "2.0.0 queued as 1")
    assert sink.log() == [{
        "to": "li@example.com", "message_id": "<key1@shop.example>", "subject": "木屋：好久不见", "body": "您好\r\n.\r\n..点\r\n再见\r\n",
        "unsubscribe": "<https://shop.example/stop?t=key1.token>", "one_click": "List-Unsubscribe=One-Click", "first": True,
    }]  # fmt: skip


def test_a_domain_in_chinese_is_written_as_the_net_writes_it(start):
    sink = start("mail", "{}")
    assert mail(sink.port).send([message(2)])[0].state == "sent"
    assert sink.log()[0]["to"] == "wang@xn--fsqu00a.cn"


@pytest.mark.parametrize("number", [3, 4, 5, 6])
def test_what_is_no_address_is_not_tried(start, number):
    sink = start("mail", "{}")
    [said] = mail(sink.port).send([message(number)])
    assert (said.state, said.reason) == ("failed", "bad_address")
    assert sink.log() == []


@pytest.mark.parametrize("subject", ["好\r\nBcc: x@y.z", "a\nb"])
def test_a_line_break_in_a_header_is_no_header(start, subject):
    sink = start("mail", "{}")
    assert mail(sink.port).send([message(1, subject)])[0].state == "failed"
    assert sink.log() == []


def test_who_has_no_address_fails_alone(start):
    sink = start("mail", "{}")
    assert [each.reason for each in mail(sink.port).send([message(9)])] == ["no_address"]


@pytest.mark.parametrize(
    ("fault", "said", "reason", "taken"),
    [
        ("greylist", "again", "later", 0),
        ("refuse", "failed", "no_such_address", 0),
        ("policy", "failed", "refused", 0),
        ("full", "failed", "refused", 0),
        ("later", "again", "later", 0),
        ("too_bad", "failed", "refused", 0),
        ("drop_before", "again", "no_answer", 0),
    ],
)
def test_what_a_fault_means(start, fault, said, reason, taken):
    """Unknown is only what may have been taken; what certainly was not may be tried again."""
    sink = start("mail", "{}", json.dumps([fault]))
    begun = time.monotonic()
    [result] = mail(sink.port, 1.0).send([message(1)])
    assert (result.state, result.reason, result.certain_not_sent) == (said, reason, True)
    assert len(sink.log()) == taken
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize("fault", ["drop_after", "silent", "garbage", "strange"])
def test_what_nobody_knows_of_is_unknown_and_the_next_letter_goes(start, fault):
    """One lost answer is one letter's; the next one has a connection of its own."""
    sink = start("mail", "{}", json.dumps([fault, "ok"]))
    said = mail(sink.port, 1.0).send([message(1), message(2)])
    assert [(each.state, each.reason) for each in said] == [
        ("unknown", "no_answer"),
        ("sent", None),
    ]
    assert len(sink.log()) == 2


@pytest.mark.parametrize(
    ("fault", "states"), [("drop_after", ["unknown"] * 3), ("drop_before", ["again"] * 3)]
)
def test_three_lost_connections_in_a_row_stop_the_channel(start, fault, states):
    """An outage must not make a whole wave unknown, one message after another."""
    sink = start("mail", "{}", json.dumps(["ok", fault, fault, "ok", fault, fault, fault, "ok"]))
    channel = mail(sink.port, 1.0)
    assert [each.state for each in channel.send([message(1)] * 4)] == [
        "sent",
        *states[:2],
        "sent",
    ]
    channel.send([message(9)])  # who has no address says nothing of the server
    with pytest.raises(ChannelStopped) as stopped:
        channel.send([message(1)] * 4)
    assert stopped.value.reason == "no_answer"
    assert [each.state for each in stopped.value.results] == states


def test_a_server_that_is_busy_is_asked_three_times(start):
    """The letters it did not look at wait, as if nobody had tried them."""
    sink = start("mail", "{}", json.dumps(["closing", "ok", "closing", "closing", "closing"]))
    channel = mail(sink.port)
    assert channel.send([message(1)]) == [], "the next one tells"
    assert [(each.state, each.reason) for each in channel.send([message(2)])] == [
        ("again", "busy"),
        ("sent", None),
    ]
    with pytest.raises(ChannelStopped) as stopped:
        channel.send([message(1)] * 3)
    assert (stopped.value.reason, stopped.value.results) == ("busy", ())
    assert channel.release_held() == []


def test_a_greeting_that_trickles_has_an_end():
    """C2: thirty seconds for the whole of it, not for each byte."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle():
            other, _ = server.accept()
            with other, contextlib.suppress(OSError):
                for _ in range(100):
                    other.sendall(b"220-wait\r\n")
                    time.sleep(0.1)

        thread = threading.Thread(target=trickle)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(ChannelStopped) as stopped:
            mail(server.getsockname()[1], 1.0).send([message(1)])
        assert stopped.value.reason == "unreachable"
        assert time.monotonic() - begun < 5
        thread.join()


def test_a_server_that_takes_nothing_from_us_stops_the_channel(start):
    sink = start("mail", "{}", json.dumps(["sender_refused"]))
    with pytest.raises(ChannelStopped) as stopped:
        mail(sink.port).send([message(1)])
    assert stopped.value.reason == "sender_refused"


def test_a_name_and_a_password_are_asked_for(start):
    sink = start("mail", json.dumps({"user": "shop", "password": "geheim"}))
    assert mail(sink.port, user="shop", password="geheim").send([message(1)])[0].state == "sent"
    with pytest.raises(ChannelStopped) as stopped:
        mail(sink.port, user="shop", password="wrong-one").send([message(1)])
    assert stopped.value.reason == "no_right"
    assert "wrong-one" not in str(stopped.value)


@pytest.mark.parametrize(("security", "reason"), [("starttls", "no_tls"), ("tls", "unreachable")])
def test_nothing_goes_in_the_clear_where_it_shall_not(start, security, reason):
    sink = start("mail", "{}")
    with pytest.raises(ChannelStopped) as stopped:
        mail(sink.port, 1.0, security=security).send([message(1)])
    assert stopped.value.reason == reason
    assert sink.log() == []


def test_nobody_there_is_certainly_not_sent():
    with pytest.raises(ChannelStopped) as stopped:
        mail(9, 1.0).send([message(1)])
    assert stopped.value.reason == "unreachable"
