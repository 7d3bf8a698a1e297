"""The client, against a real service and against one that fails."""

import asyncio
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from tests.api.test_live_state import features_of, wait_for
from tests.fixtures.in_process import running
from winback.client import MOST_IDS, AsyncClient, Client, RequestRefused, ServiceUnreachable


@pytest.fixture(scope="module")
def service(scored_home, tmp_path_factory):
    with running(scored_home, tmp_path_factory.mktemp("client")) as started:
        yield started


HISTORY = {
    "customer_id": "new",
    "orders": [
        {"order_id": "n1", "occurred_at": "2026-05-01T10:00:00+08:00", "amount_minor": 9900}
    ],
}


def test_both_clients_say_the_same(service, scored_home):
    """Two clients and one service."""
    row = features_of(scored_home, "k0001")

    async def told_async():
        async with AsyncClient(service.url) as client:
            return [
                await client.get_scores(["k0001", "nobody"]), await client.score_features("2026-05-20", [row]),
                await client.score_history("2026-05-20", [HISTORY]), await client.get_customer("k0001"), await client.list_segments(),
                [each async for each in client.iterate_segment("no_action", page=50)], await client.get_model(),
            ]  # fmt: skip

    with Client(service.url) as client:
        wait_for(
            lambda: len(client.get_customer("k0001")["history"]) == 2
        )  # earlier snapshots are opened after the start
        result = [
            client.get_scores(["k0001", "nobody"]), client.score_features("2026-05-20", [row]),
            client.score_history("2026-05-20", [HISTORY]), client.get_customer("k0001"), client.list_segments(),
            list(client.iterate_segment("no_action", page=50)), client.get_model(),
        ]  # fmt: skip
    assert result == asyncio.run(told_async())
    assert [each["status"] for each in result[0]] == ["scored", "unknown"]
    assert result[0][0] == result[1][0] == result[3]["score"]
    assert len(result[5]) == next(
        each["customers"] for each in result[4] if each["name"] == "no_action"
    )


def test_more_ids_than_one_question_holds_are_asked_in_turn(service):
    with Client(service.url) as client:
        ids = [f"k{number:04d}" for number in range(2 * MOST_IDS + 1)]
        assert [each["customer_id"] for each in client.get_scores(ids)] == ids
        assert client.get_scores([]) == []


def test_one_id_is_not_taken_for_its_letters(service):
    with Client(service.url) as client:
        with pytest.raises(TypeError, match="k0001"):
            client.get_scores("k0001")
        assert (
            len(client.get_scores({"k0001"}))
            == len(client.get_scores(each for each in ["k0001"]))
            == 1
        )
        with pytest.raises(RequestRefused) as refused:
            client.get_customer("..")
        assert "does not know" in refused.value.detail


def test_an_unknown_customer_is_refused_with_its_code(service):
    with Client(service.url, language="zh") as client, pytest.raises(RequestRefused) as refused:
        client.get_customer("no/body?")
    assert (refused.value.status, refused.value.code, refused.value.title) == (
        404,
        "not_found",
        "没有找到",
    )


class Failing(BaseHTTPRequestHandler):
    answers: ClassVar[list[int]] = []

    def do_GET(self):
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:  # gone without a word
            self.connection.close()
            return
        body = json.dumps(
            {"segments": []} if status == 200 else {"code": "busy", "title": "Busy"}
        ).encode()
        self.send_response(status)
        self.send_header("retry-after", "0")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def failing():
    server = HTTPServer(("127.0.0.1", 0), Failing)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("first", [503, 429, 502, 0])
def test_what_passes_is_tried_once_more(failing, first):
    Failing.answers = [first]
    with Client(failing) as client:
        assert client.list_segments() == []
    Failing.answers = [first]

    async def once_more():
        async with AsyncClient(failing) as client:
            return await client.list_segments()

    assert asyncio.run(once_more()) == []


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([503, 503], RequestRefused),
        ([0, 0], ServiceUnreachable),
        ([500], RequestRefused),
        ([404], RequestRefused),
    ],
)
def test_what_does_not_pass_is_said(failing, answers, error):
    Failing.answers = list(answers)
    with Client(failing) as client, pytest.raises(error):
        client.list_segments()
    assert Failing.answers == []
