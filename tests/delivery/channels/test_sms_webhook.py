"""Webhooks against a receiver in a process of its own, with every fault a network has (C1, C2, C8)."""

import contextlib
import json
import random
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from tests.ledger.world import (
    NOW,
    Clock,
    assert_well,
    crash_at,
    plan,
    run,
    states,
    step,
    treated,
    witness,
)
from winback.config.channels import WebhookSettings
from winback.delivery.channels.base import ChannelStopped, Message
from winback.delivery.channels.sms_webhook import Endpoint, WebhookChannel, is_signed, sign_body
from winback.history.receiver_logs import read_log
from winback.ledger.engine import open_ledger

SECRET = "a-secret-of-sixteen-characters"


def now():
    return datetime.now(UTC).replace(tzinfo=None)


def message(number=1):
    return Message(
        f"key{number}",
        "w-2026w47",
        f"客{number}",
        1,
        "sms",
        "wake",
        None,
        "coupon",
        None,
        "您好，{折}",
    )


@pytest.fixture
def receiving(start):
    """Starts receivers: give faults, get a URL and a log."""

    def begin(*faults):
        receiver = start("webhook", SECRET, json.dumps(faults))
        return f"http://127.0.0.1:{receiver.port}/take", receiver.log

    return begin


def hook(url, secret=SECRET, seconds=5.0, **more):
    return WebhookChannel(
        Endpoint(url, secret.encode(), private=True), now, seconds=seconds, **more
    )


def test_a_message_arrives_signed_under_its_key(receiving):
    url, log = receiving()
    [said] = hook(url).send([message()])
    assert (said.state, said.receipt) == ("sent", "key1")
    assert log() == [{"key": "key1", "customer_id": "客1", "step": 1, "first": True}]


def test_a_wrong_secret_stops_the_channel(receiving):
    """The receiver refuses everybody; to go on would only tell it everything."""
    url, log = receiving()
    with pytest.raises(ChannelStopped) as stopped:
        hook(url, "another-secret-of-sixteen").send([message(1), message(2)])
    assert (stopped.value.reason, stopped.value.results) == ("no_right", ())
    assert log() == []


@pytest.mark.parametrize(
    ("fault", "said", "reason", "taken"),
    [
        ("refuse", "failed", "refused", 0),
        ("fail_before", "again", "no_answer", 0),
        ("fail_after", "again", "no_answer", 1),
        ("reset_before", "again", "no_answer", 0),
        ("reset_after", "again", "no_answer", 1),
        ("slow", "again", "no_answer", 1),
        ("huge", "sent", None, 1),
        ("trickle", "sent", None, 1),
        ("trickle_head", "again", "no_answer", 1),
    ],
)
def test_what_a_fault_means(receiving, fault, said, reason, taken):
    url, log = receiving(fault)
    begun = time.monotonic()
    [result] = hook(url, seconds=1.0).send([message()])
    assert (result.state, result.reason) == (said, reason)
    assert len(log()) == taken
    assert time.monotonic() - begun < 4
    assert result.certain_not_sent == (said != "again"), "it may have arrived; its key tells"


@pytest.mark.parametrize(("fault", "reason"), [("redirect", "redirected"), ("busy", "busy")])
def test_a_receiver_that_cannot_take_more_stops_the_channel_and_what_went_before_is_kept(
    receiving, fault, reason
):
    url, log = receiving("ok", fault)
    with pytest.raises(ChannelStopped) as stopped:
        hook(url).send([message(1), message(2), message(3)])
    assert stopped.value.reason == reason
    assert [each.delivery_id for each in stopped.value.results] == ["key1"]
    assert stopped.value.retry_after_seconds == (120 if fault == "busy" else 0)
    assert len(log()) == 1


def fates(results):
    return [(each.delivery_id, each.state, each.reason) for each in results]


def test_a_customer_the_receiver_does_not_know_fails_alone(receiving):
    """404, 403 and 410 may be about one message: the answers after it tell."""
    url, log = receiving("gone", "fail_before", "ok", "gone", "refuse", "gone")
    channel = hook(url)
    said = channel.send([message(number) for number in range(1, 7)])
    assert fates(said) == [
        ("key2", "again", "no_answer"),
        ("key1", "failed", "refused"),
        ("key3", "sent", None),
        ("key4", "failed", "refused"),
        ("key5", "failed", "refused"),
    ]
    assert fates(channel.release_held()) == [("key6", "failed", "refused")]
    assert channel.release_held() == []
    assert len(log()) == 1


def test_refused_alone_in_a_run_a_message_is_tried_again(receiving):
    """Of an address that has answered nobody, nobody knows whether it is right."""
    url, _ = receiving("gone")
    channel = hook(url)
    assert channel.send([message(number) for number in range(1, 5)]) == []
    assert {(each.state, each.certain_not_sent) for each in channel.release_held()} == {
        ("again", True)
    }


@pytest.mark.parametrize("before", [(), ("ok",), ("refuse",)])
def test_five_refusals_in_a_row_are_the_addresss(receiving, before):
    """A wrong path must not fail a whole wave; none of the five is lost."""
    url, _ = receiving(*before, *["gone"] * 5)
    with pytest.raises(ChannelStopped) as stopped:
        hook(url).send([message(number) for number in range(9)])
    assert stopped.value.reason == "gone"
    assert len(stopped.value.results) == len(before)


def endpoint_of(url, **more):
    return hook(url, **more).endpoint


def test_the_receiver_is_its_address_and_not_its_secrets():
    """A new secret or token is the same gateway; another path, port, host or account is not."""
    first = endpoint_of("https://sms.example/take?account=7&token=a")
    assert len(first) == 32
    assert first == endpoint_of("https://SMS.example:443/take?token=b&account=7", secret="z" * 16)
    others = [
        "https://sms.example/take?account=8&token=a",
        "https://sms.example/other?account=7",
        "https://sms.example:8443/take?account=7",
        "https://sms2.example/take?account=7",
        "http://sms.example:443/take?account=7",
    ]
    assert len({first, *map(endpoint_of, others)}) == 6


def test_nobody_there_is_certainly_not_sent():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(ChannelStopped) as stopped:
        hook(url).send([message()])
    assert stopped.value.reason == "unreachable"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1%eth0",
     "fd00::1", "::ffff:10.0.0.1", "224.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fec0::1", "::127.0.0.1", "ff02::1", "240.0.0.1"],
)  # fmt: skip
def test_a_name_that_leads_into_the_shops_own_network_is_refused(address):
    """SSRF: nobody connects, whatever the name is called."""
    endpoint = Endpoint("https://sms.example.com/", SECRET.encode())
    with pytest.raises(ChannelStopped) as stopped:
        WebhookChannel(endpoint, now, lambda _host, _port: [address]).send([message()])
    assert stopped.value.reason == "address_forbidden"
    with pytest.raises(ChannelStopped):
        WebhookChannel(endpoint, now, lambda _host, _port: ["93.184.216.34", address]).send(
            [message()]
        )


def test_the_connection_goes_to_the_address_that_was_looked_at(receiving):
    """DNS that answers otherwise the second time (rebinding) is not asked a second time."""
    url, log = receiving()
    port, asked = int(url.split(":")[2].split("/")[0]), []

    def once(host, _port):
        asked.append(host)
        return ["127.0.0.1"]

    [said] = hook(f"http://never.resolves.invalid:{port}/take", resolve=once).send([message()])
    assert said.state == "sent"
    assert asked == ["never.resolves.invalid"]
    assert len(log()) == 1


def test_a_name_that_does_not_resolve_stops_the_channel():
    with pytest.raises(ChannelStopped) as stopped:
        hook("https://never.resolves.invalid/").send([message()])
    assert stopped.value.reason == "unreachable"


def test_a_certificate_of_another_name_is_not_trusted(tmp_path):
    """The connection goes to an address, but the certificate is the name's."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                    "-subj", "/CN=other.example"], check=True, capture_output=True)  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        seen = []

        def serve():
            with (
                contextlib.suppress(OSError),
                listening.accept()[0] as raw,
                context.wrap_socket(raw, server_side=True) as secure,
            ):
                seen.append(secure.recv(1))

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"https://sms.example:{listening.getsockname()[1]}/"
        with pytest.raises(ChannelStopped) as stopped:
            hook(url, resolve=lambda _h, _p: ["127.0.0.1"]).send([message()])
        thread.join(10)
    assert stopped.value.reason == "unreachable"
    assert seen in ([], [b""]), "not a byte of the message"


def test_a_proxy_of_the_environment_is_not_asked(receiving, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    url, log = receiving()
    assert hook(url).send([message()])[0].state == "sent"
    assert len(log()) == 1


def test_what_is_signed_cannot_be_changed_or_played_again():
    body, at = b'{"customer_id":"a"}', 1_800_000_000
    header = f"t={at},v1={sign_body(b'secret', at, body)}"
    assert is_signed(b"secret", header, body, at + 60)
    assert not is_signed(b"secret", header, body.replace(b"a", b"b"), at)
    assert not is_signed(b"other", header, body, at)
    assert not is_signed(b"secret", header, body, at + 301)
    assert not is_signed(b"secret", header.replace(str(at), str(at + 200)), body, at + 300)
    for broken in (
        "t=²,v1=0",
        f"t={at},v1=é",
        f"t={'9' * 5000},v1=0",
        "",
        "t=,v1=",
        "t=abc,v1=0",
        "v1=0",
        f"t={at}",
        "=,=,=",
    ):
        assert not is_signed(b"secret", broken, body, at)


@pytest.mark.parametrize(
    "result",
    [{}, {"url": "https://sms.example.com/"}, {"secret": SECRET}, {"url": "http://sms.example.com/", "secret": SECRET},
     {"url": "ftp://sms.example.com/", "secret": SECRET, "private": True}, {"url": "https://a:b@sms.example.com/", "secret": SECRET},
     {"url": "https:///path", "secret": SECRET}, {"url": "https://sms.example.com/", "secret": "short"},
     {"url": "https://sms.example.com:99999/", "secret": SECRET}, {"url": "https://短信.example/", "secret": SECRET}],
)  # fmt: skip
def test_half_a_webhook_is_refused(result):
    with pytest.raises(ValidationError):
        WebhookSettings(kind="webhook", **result)


FAULTS = [
    "ok",
    "ok",
    "busy",
    "fail_before",
    "fail_after",
    "reset_before",
    "reset_after",
    "ok",
    "refuse",
    "ok",
]


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.full) for seed in range(3, 30))]
)
def test_with_faults_and_crashes_together_every_key_is_new_once(receiving, tmp_path, seed):
    """I1 for keyed channels: the receiver sees a key again, knows it, and sends nothing again; nobody is lost."""
    draw, clock = random.Random(seed), Clock(NOW)
    faults = FAULTS[:]
    draw.shuffle(faults)
    url, log = receiving(*faults)
    ledger = open_ledger(tmp_path / "ledger.db", keep_open=True)
    ledger.migrate()
    plan(
        ledger,
        [treated(f"c{number:02}", step("sms"), step("sms", after=1)) for number in range(15)],
    )
    crashes = 0
    for _ in range(12):
        channel = hook(url, seconds=1.0)
        crashes += (
            run(
                ledger,
                {"sms": channel},
                tmp_path,
                clock=clock,
                hook=crash_at(draw.choice([0, 0, 4, 6, 9])),
            )
            is None
        )
        clock.now += timedelta(hours=draw.choice([1, 30]))
    assert crashes
    assert_well(ledger, [], in_flight=30)  # of whom no answer was ever heard, or a no after a doubt
    new = Counter(each["key"] for each in log() if each["first"])
    assert set(new.values()) <= {1}
    assert witness(ledger, [], read_log(log.__self__.path)) == []
    result = states(ledger)
    assert result.get("sent", 0) <= len(new)
