"""A real service on a real socket: slow, broken and hostile clients, stopping, and workers that die."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.fixtures.in_process import copy_served, running
from winback.client import Client, RequestRefused

SOAK = bool(os.environ.get("WINBACK_SOAK"))

HEAD = b"POST /v1/scores HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
BODY = b'{"customer_ids":["k0001"]}'
WHOLE = HEAD + b"content-length: 26\r\n\r\n" + BODY


@pytest.fixture(scope="module")
def quick(scored_home, tmp_path_factory):
    """One service for all strangers, with less patience: each finds it well after the last."""
    folder = tmp_path_factory.mktemp("quick")
    served = copy_served(scored_home, folder)
    text = (
        served.file.read_text()
        + "\n[service]\nhead_seconds = 0.7\nbody_seconds = 0.7\nanswer_seconds = 0.7\n"
    )
    file = served.home.root / "quick.toml"
    file.write_text(text)
    with running(served, folder, shop_file=file) as started:
        yield started


def connect(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), 10)
    made.settimeout(10)
    return made


def answer(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    parts = []
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            return b"".join(parts)
        if not part:
            return b"".join(parts)
        parts.append(part)


def status_of(result: bytes) -> int:
    return int(result.split(b" ", 2)[1])


def one(connection: socket.socket) -> tuple[int, bytes]:
    """One answer of a connection that stays open."""
    result = b""
    while b"\r\n\r\n" not in result:
        result += some(connection)
    head, _, body = result.partition(b"\r\n\r\n")
    length = int(
        next(
            line.split(b":")[1]
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
    )
    while len(body) < length:
        body += some(connection)
    return status_of(head), body


def some(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise ConnectionAbortedError("the answer ends in the middle")
    return part


def is_well(port: int) -> bool:
    with connect(port) as fresh:
        fresh.sendall(WHOLE)
        return one(fresh)[0] == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /v1/sco", 408),
        (HEAD, 408),
        (HEAD + b"content-length: 26\r\n\r\n" + BODY[:10], 408),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n", 408),
        (b"GARBAGE\r\n\r\n", 400),
        (b"FOO /v1/scores HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n", 400),
        (HEAD + b"content-length: 26\r\ncontent-length: 27\r\n\r\n" + BODY, 400),
        (HEAD + b"content-length: 26\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (HEAD + b"content-length: -1\r\n\r\n", 400),
        (HEAD + b"content-length: 99999999999\r\n\r\n", 413),
        (HEAD + b"x: " + b"a" * 100_000, 431),
        (HEAD + b"".join(b"x%d: 1\r\n" % number for number in range(200)) + b"\r\n", 431),
        (b"GET /" + b"a" * 100_000, 431),
        (b"GET /v1/model HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n", 421),
        (
            HEAD
            + b"transfer-encoding: chunked\r\n\r\n"
            + b"100000\r\n"
            + b"a" * 0x100000
            + b"\r\n1\r\na\r\n",
            413,
        ),
    ],
    ids=lambda value: str(value)[-40:] if isinstance(value, bytes) else str(value),
)
def test_a_client_that_is_slow_or_wrong_gets_its_reason_and_is_let_go(quick, sent, status):
    """uvicorn alone would hold such a connection for ever."""
    with connect(quick.port) as connection:
        began = time.monotonic()
        connection.sendall(sent)
        result = answer(connection)
        assert time.monotonic() - began < 5
    assert status_of(result) == status, result[:300]
    body = json.loads(result.partition(b"\r\n\r\n")[2])
    assert body["status"] == status
    assert b"application/problem+json" in result
    assert is_well(quick.port)


def test_who_says_nothing_is_let_go(quick):
    with connect(quick.port) as connection:
        began = time.monotonic()
        assert answer(connection) == b""
        assert time.monotonic() - began < 5


def test_slow_bytes_one_by_one_do_not_buy_time(quick):
    """Slowloris: a byte now and then."""
    with connect(quick.port) as connection:
        began = time.monotonic()
        for byte in HEAD * 30:
            try:
                connection.sendall(bytes([byte]))
            except (BrokenPipeError, ConnectionResetError):
                break
            time.sleep(0.02)
        assert time.monotonic() - began < 3  # all of it would take forty-five seconds


def test_five_hundred_slow_clients_keep_nobody_from_asking(served, tmp_path):
    with running(served, tmp_path) as service:
        slow = [connect(service.port) for _ in range(500)]
        for connection in slow:
            connection.sendall(HEAD)
        with httpx.Client(base_url=service.url) as client:
            result = [
                client.post("/v1/scores", json={"customer_ids": ["k0001"]}).status_code
                for _ in range(200)
            ]
        assert result == [200] * 200
        for connection in slow:
            connection.close()


def test_who_does_not_read_is_let_go(quick):
    """An answer that is not taken would lie in memory for ever."""
    with connect(quick.port) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        page = (
            b"GET /v1/segments/no_action/customers?limit=1000 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
        )
        began = time.monotonic()
        let_go = False
        while not let_go and time.monotonic() - began < 15:
            try:
                connection.sendall(page)
            except (ConnectionResetError, BrokenPipeError):
                let_go = True
            time.sleep(0.01)
        assert let_go
    assert is_well(quick.port)


def test_questions_in_a_row_are_answered_in_a_row(quick):
    with connect(quick.port) as connection:
        connection.sendall(WHOLE * 20)
        result = b""
        while result.count(b'"k0001"') < 20:  # of the body, which may come a moment after its head
            result += some(connection)
    assert result.count(b"HTTP/1.1 200") == 20


def test_a_thousand_questions_sent_ahead_are_too_many(quick):
    with connect(quick.port) as connection:
        connection.sendall(
            b"GET /v1/segments/no_action/customers?limit=1000 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
            * 1000
        )
        result = answer(connection)
    assert result.count(b"HTTP/1.1 200") < 100
    assert b"Traceback" not in quick.log.read_bytes()
    assert is_well(quick.port)


@pytest.mark.parametrize("after", [b"GARBAGE\r\n\r\n", WHOLE * 50])
def test_what_comes_behind_a_question_is_not_answered_in_its_place(quick, after):
    """A client would take the refusal of the second question for the answer to the first."""
    before = quick.log.read_text().count("RuntimeError")
    with connect(quick.port) as connection:
        connection.sendall(WHOLE + after)
        result = answer(connection)
    assert not result or result.startswith(b"HTTP/1.1 200")
    assert quick.log.read_text().count("RuntimeError") == before
    assert is_well(quick.port)


def test_a_blank_line_after_an_answer_holds_no_connection(quick):
    with connect(quick.port) as connection:
        connection.sendall(WHOLE)
        assert one(connection)[0] == 200
        connection.sendall(b"\r\n")
        began = time.monotonic()
        assert answer(connection) == b""
        assert time.monotonic() - began < 3


def test_a_head_that_comes_at_once_is_measured_too(quick):
    for extra in (
        b"x: " + b"a" * 40_000 + b"\r\n",
        b"".join(b"x%d: %s\r\n" % (number, b"a" * 500) for number in range(80)),
    ):
        with connect(quick.port) as connection:
            connection.sendall(HEAD + b"content-length: 26\r\n" + extra + b"\r\n" + BODY)
            assert status_of(answer(connection)) == 431


def test_a_trailer_is_no_header(served, tmp_path):
    """A key behind the body would be looked at after the api was passed."""
    token = served.key(days=700)
    chunked = (
        HEAD
        + b"transfer-encoding: chunked\r\n\r\n1a\r\n"
        + BODY
        + b"\r\n0\r\nauthorization: Bearer %s\r\n\r\n" % token.encode()
    )
    with running(served, tmp_path) as service, connect(service.port) as connection:
        connection.sendall(chunked)
        assert one(connection)[0] == 401


def test_half_bodies_keep_nobody_from_working(served, tmp_path):
    """They are on their way, not in work."""
    file = served.home.root / "narrow.toml"
    file.write_text(served.file.read_text() + "\n[service]\nmost_waiting = 8\n")
    with running(served, tmp_path, shop_file=file) as service:
        slow = [connect(service.port) for _ in range(200)]
        for connection in slow:
            connection.sendall(HEAD + b"content-length: 26\r\n\r\n" + BODY[:10])
        time.sleep(0.3)
        with httpx.Client(base_url=service.url) as client:
            result = {
                client.post("/v1/scores", json={"customer_ids": ["k0001"]}).status_code
                for _ in range(50)
            }
        for connection in slow:
            connection.close()
    assert result == {200}


def test_too_many_questions_at_once_are_turned_away_and_may_come_again(served, tmp_path):
    """A queue nobody waits for is only time lost for everybody."""
    file = served.home.root / "narrow.toml"
    file.write_text(served.file.read_text() + "\n[service]\nmost_waiting = 1\n")
    orders = [
        {"order_id": str(number), "occurred_at": "2026-05-01T10:00:00Z"} for number in range(3000)
    ]
    body = json.dumps(
        {"cutoff": "2026-05-20", "customers": [{"customer_id": "a", "orders": orders}] * 10}
    ).encode()
    long = (
        HEAD.replace(b"/v1/scores", b"/v1/scores/from-history")
        + b"content-length: %d\r\n\r\n" % len(body)
        + body
    )
    with (
        running(served, tmp_path, shop_file=file) as service,
        connect(service.port) as busy,
        connect(service.port) as other,
    ):
        thread = threading.Thread(target=busy.sendall, args=(long,))
        thread.start()
        seen = []
        for _ in range(400):  # one connection, that stays open whatever it is told
            other.sendall(WHOLE)
            seen.append(one(other)[0])
            time.sleep(0.005)
        thread.join()
        assert one(busy)[0] == 200
        assert set(seen) == {200, 503}
        assert seen[-1] == 200
        text = httpx.get(f"{service.url}/metrics").text
        assert f'winback_turned_away{{worker="0"}} {float(seen.count(503))}' in text


def test_a_client_that_leaves_in_the_middle_harms_nobody(quick):
    for _ in range(50):
        connection = connect(quick.port)
        connection.sendall(WHOLE[: random.Random(_).randrange(1, len(WHOLE))])
        connection.close()
    assert is_well(quick.port)
    assert "Traceback" not in quick.log.read_text()


def test_it_ends_with_0_and_answers_everything_it_began(served, tmp_path):
    """A rolling restart must lose nothing."""
    with running(served, tmp_path, "--notice", "2") as service:
        bad, good, stop = [], [], threading.Event()

        def ask():
            while not stop.is_set():
                try:
                    with connect(service.port) as connection:
                        connection.sendall(WHOLE)
                        result = one(connection)
                except ConnectionRefusedError:
                    return  # it listens no more
                except (ConnectionResetError, ConnectionAbortedError) as error:
                    bad.append(repr(error))
                    return
                (good if result[0] == 200 and json.loads(result[1])["scores"] else bad).append(
                    result
                )

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        assert httpx.get(f"{service.url}/readyz").json() == {
            "ready": False,
            "why": ["the service is stopping"],
        }
        code = service.process.wait(25)
        stop.set()
        for thread in threads:
            thread.join()
        assert code == 0
        assert len(good) > 10
        # What had come into the line of connections, and was not taken out of it, is the client's to try again.
        assert not [each for each in bad if isinstance(each, tuple)]
        assert len(bad) <= 4


@pytest.mark.parametrize("kills", [1, pytest.param(50 if SOAK else 20, marks=pytest.mark.full)])
def test_killed_workers_are_not_noticed_by_a_client_that_asks_once_more(served, tmp_path, kills):
    """Anything may kill a process; the one beside it answers."""
    draw = random.Random(7)
    with running(served, tmp_path, "--workers", "2") as service:
        stop, seen, bad = threading.Event(), [], []

        def ask(key):
            with Client(service.url, tries=2) as client:
                while not stop.is_set():
                    try:
                        seen.append(client.get_scores([key])[0]["status"])
                        time.sleep(0.005)  # the cores are also the next worker's
                    except Exception as error:
                        bad.append(repr(error))

        threads = [
            threading.Thread(target=ask, args=(key,)) for key in ("k0001", "k0002", "nobody")
        ]
        for thread in threads:
            thread.start()
        killed = 0
        deadline = time.monotonic() + 400
        while killed < kills and time.monotonic() < deadline:
            time.sleep(draw.uniform(0.05, 0.4))
            workers = workers_of(service.process.pid)
            if len(workers) == 2 and all(map(serves, workers)):
                os.kill(draw.choice(workers), signal.SIGKILL)
                killed += 1
        stop.set()
        for thread in threads:
            thread.join()
        assert service.stop() == 0
    assert (killed, bad) == (kills, [])
    assert set(seen) == {"scored", "unknown"}


def workers_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def serves(pid: int) -> bool:
    """Whether a worker has got as far as taking connections: it waits for them in the kernel."""
    try:
        return "xgboost" in Path(f"/proc/{pid}/maps").read_text() and any(
            "eventpoll" in str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()
        )
    except OSError:
        return False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "there is no valid key yet"),
        (["--port", "70000"], "--port"),
        (["--workers", "0"], "--workers"),
    ],
)
def test_it_refuses_to_start_where_that_would_be_wrong(served, arguments, said):
    done = start(served, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_keys_do_not_cross_the_network_in_the_open(served):
    served.key(days=700)
    done = start(served, "--host", "0.0.0.0")
    assert (done.returncode, "--behind-proxy" in done.stderr) == (2, True)


def test_behind_a_proxy_on_this_machine_a_key_is_needed(served):
    """Whoever the proxy lets in would be let in."""
    done = start(served, "--behind-proxy")
    assert (done.returncode, "no valid key yet" in done.stderr) == (2, True)


def test_a_certificate_that_cannot_be_used_is_named(served, tmp_path):
    (tmp_path / "cert.pem").write_text("no certificate")
    for arguments in (
        ["--tls-cert", str(tmp_path / "cert.pem")],
        ["--tls-cert", str(tmp_path / "none.pem"), "--tls-key", "x"],
        ["--tls-key", "x"],
    ):
        done = start(served, *arguments)
        assert (done.returncode, "PEM" in done.stderr, "Traceback" in done.stderr) == (
            2,
            True,
            False,
        )


def test_other_names_are_added_to_its_own(served, tmp_path):
    with running(served, tmp_path, "--allow-host", "API.example.cn") as service:
        result = {host: httpx.get(f"{service.url}/v1/model", headers={"host": host}).status_code
                for host in ("api.example.cn", "api.example.cn:8765", "127.0.0.1", "localhost:1", "other.example")}  # fmt: skip
    assert result == {
        "api.example.cn": 200,
        "api.example.cn:8765": 200,
        "127.0.0.1": 200,
        "localhost:1": 200,
        "other.example": 421,
    }


def test_workers_end_with_whoever_started_them(served, tmp_path):
    """Left behind they would keep the port, and serve what is old."""
    with running(served, tmp_path, "--workers", "2") as service:
        workers = workers_of(service.process.pid)
        service.process.kill()
        service.process.wait()
        deadline = time.monotonic() + 20
        while any(
            Path(f"/proc/{pid}").exists()
            and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
            for pid in workers
        ):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_port_that_is_taken_is_named(served, quick):
    done = start(served, "--port", str(quick.port))
    assert (done.returncode, str(quick.port) in done.stderr) == (2, True)


def start(served, *arguments):
    environment = {**os.environ, "WINBACK_HOME": str(served.home.root), "COLUMNS": "200"}
    command = [sys.executable, "-m", "winback.cli", "serve", "--shop", str(served.file), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_the_service_loads_nothing_heavy(quick):
    """What is not loaded cannot unpickle anything, and costs no second of start."""
    mapped = Path(f"/proc/{quick.process.pid}/maps").read_text()
    for name in ("sklearn", "pandas", "mlflow", "matplotlib"):
        assert f"/{name}/" not in mapped
    code = """
import os, sys
from pathlib import Path
from winback.core.import_guard import block_heavy_imports; block_heavy_imports()
from winback.api import app, live_state
from winback.server import http_protocol, run
import winback.cli.serve
print(*sorted({name.split(".")[0] for name in sys.modules} & {"mlflow", "sklearn", "pandas", "pandera", "openpyxl", "xlsxwriter", "matplotlib"}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == ""


def test_a_client_is_told_why_it_is_refused(quick):
    with Client(quick.url) as client:
        with pytest.raises(RequestRefused, match="422") as refused:
            client.get_scores(["a" * 300])
        assert (refused.value.code, refused.value.errors[0]["at"]) == (
            "invalid",
            "$.customer_ids[0]",
        )
