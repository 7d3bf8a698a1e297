"""Pages and programs share a process: neither takes the other's room, and each has a api of its own."""

import contextlib
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.dashboard.browser import PASSWORD, let_in
from tests.fixtures.served_shop import Served, running
from winback.config.shop import load_shop
from winback.config.upload_limits import MOST_SIGN_IN_BYTES
from winback.server.middleware import MOST_PAGES


@pytest.fixture(scope="module")
def served(furnished_dashboard, tmp_path_factory):
    from tests.fixtures.furnished_dashboard import copied

    dashboard = copied(furnished_dashboard, tmp_path_factory.mktemp("beside"))
    let_in(dashboard.home, "made")
    place = Served(dashboard.file, load_shop(dashboard.file), dashboard.home)
    with running(place, Path(dashboard.file).parent) as it:
        yield it


def test_strangers_who_sign_in_slowly_keep_nobody_from_a_score(served):
    """A body that does not come takes no room: as many as would have filled the service twice."""
    head = (f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nSec-Fetch-Site: same-origin\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname=")  # fmt: skip
    with contextlib.ExitStack() as open_ones:
        for _ in range(260):
            open_ones.enter_context(socket.create_connection(("127.0.0.1", served.port))).sendall(
                head.encode()
            )
        time.sleep(0.5)
        for _ in range(5):
            answer = httpx.post(f"{served.url}/v1/scores", json={"customer_ids": ["k0001"]})
            assert answer.status_code == 200, answer.text
        assert httpx.get(f"{served.url}/login").status_code == 200, "and nobody from signing in"


def test_a_form_that_is_too_large_is_refused_before_it_is_read(served):
    result = {"name": "x" * MOST_SIGN_IN_BYTES, "password": "x"}
    answer = httpx.post(
        f"{served.url}/login", data=result, headers={"sec-fetch-site": "same-origin"}
    )
    assert answer.status_code == 413
    answer = httpx.post(
        f"{served.url}/data/upload",
        files={"files": b"x" * (1 << 20)},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert answer.headers["location"].startswith("/login"), (
        "and an upload by a stranger is not taken in"
    )


def test_a_key_opens_no_page_and_a_session_no_score(served):
    """After the first key is made, each api asks for its own."""
    with signed_in(served) as client:
        assert client.get("/").status_code == 200
        assert client.get("/static/dashboard.css").headers["cache-control"].startswith("public")
        assert client.get("/").headers["cache-control"] == "no-store"
        assert client.get("/", headers={"host": "evil.example"}).status_code == 421, (
            "another name of this machine is not served"
        )
    assert httpx.get(f"{served.url}/", headers={"authorization": "Bearer wb_x"}).status_code == 303
    log = served.log.read_text()
    assert PASSWORD not in log
    assert '"route":"/login"' in log


def test_no_heavy_package_is_loaded_for_any_page(served):
    """What scores must stay lean, also with every page beside it; a page that needed pandas would fail here."""
    paths = ("/", "/customers", "/list", "/waves", "/model", "/data", "/data/quarantine", "/reports", "/customer?id=k0001",
             "/operators", "/audit-log", "/jobs", "/customers/export.csv", "/list/export.csv", "/list/export.xlsx")  # fmt: skip
    with signed_in(served) as client:
        for path in paths:
            assert client.get(path).status_code == 200, path
    assert load_shop(Path(served.log).parent / "shop.toml").service.most_waiting > MOST_PAGES


@contextlib.contextmanager
def signed_in(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        client.post(
            "/login",
            data={"name": "anna", "password": PASSWORD},
            headers={"sec-fetch-site": "same-origin"},
        )
        yield client
