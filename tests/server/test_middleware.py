"""Keys, scopes, limits and what is refused before anybody thinks about it."""

import json
from datetime import datetime, timedelta

import pytest

from tests.fixtures.in_process import SCORED_AT
from winback.api.scopes import MOST_BATCH_BYTES, MOST_BYTES
from winback.ledger.api_keys import revoke_api_key
from winback.ledger.engine import open_ledger
from winback.server.middleware import MOST_HELD_BYTES

IDS = {"customer_ids": ["k0001"]}
PATHS = [
    ("POST", "/v1/scores", "predict"), ("GET", "/v1/customers/k0001", "read"), ("GET", "/v1/segments", "read"),
    ("GET", "/v1/segments/no_action/customers", "read"), ("GET", "/v1/model", "read"), ("GET", "/metrics", "operate"),
]  # fmt: skip


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def test_scores_by_id_come_in_the_order_asked_and_unknown_ids_are_answered(api):
    result = api.post(
        "/v1/scores", json={"customer_ids": ["k0003", "nobody", "k0001", "k0003"]}
    ).json()
    assert [(each["customer_id"], each["status"]) for each in result["scores"]] == [
        ("k0003", "scored"), ("nobody", "unknown"), ("k0001", "scored"), ("k0003", "scored")]  # fmt: skip
    assert result["scores"][0]["cutoff"] == result["snapshot"]["cutoff"] == "2026-05-20"
    assert (
        result["scores"][0]["model_version"]
        == result["model"]["version"]
        == api.live.served.bundle.version
    )


def test_an_old_snapshot_and_an_old_model_say_so(scored_home, create_api):
    """Somebody acts on what they are told, and must know of when it is."""
    fresh = create_api(scored_home, SCORED_AT).post("/v1/scores", json=IDS).json()
    assert (fresh["snapshot"]["age_days"], fresh["snapshot"]["stale"], fresh["model"]["stale"]) == (
        2,
        False,
        False,
    )
    old = (
        create_api(scored_home, SCORED_AT + timedelta(days=300)).post("/v1/scores", json=IDS).json()
    )
    assert (old["snapshot"]["stale"], old["model"]["stale"]) == (True, True)


def test_a_customer_is_told_whole(api):
    result = api.get("/v1/customers/k0001").json()
    assert result["score"]["customer_id"] == "k0001"
    assert [each["cutoff"] for each in result["history"]] == ["2026-05-20", "2026-05-13"]
    assert result["reason"]["zh"]
    assert result["reason"]["en"]
    assert result["worth"]["expected_spend_minor"] is not None


def test_next_step_is_the_first_step_of_their_play(api):
    """It is the playbook's word, not the model's."""
    playbook = {play.name: play for play in api.live.playbook.plays}
    seen = 0
    for place in range(len(api.live.snapshot)):
        play = api.live.snapshot.get_category("play", place)
        if play is None or api.live.snapshot.get_category("do_not_contact", place):
            continue
        step = api.get(f"/v1/customers/{api.live.snapshot.get_id(place)}").json()["next_step"]
        assert (step["play"], step["channels"]) == (play, list(playbook[play].steps[0].channels))
        seen += 1
        if seen == 5:
            return
    raise AssertionError("nobody has a play")


def test_pages_of_a_segment_have_everybody_once(api):
    counts = {
        each["name"]: each["customers"] for each in api.get("/v1/segments").json()["segments"]
    }
    assert sum(counts.values()) == len(api.live.snapshot)
    name = max(counts, key=counts.get)
    ids, after = [], None
    while True:
        page = api.get(
            f"/v1/segments/{name}/customers",
            params={"limit": 37} | ({"after": after} if after else {}),
        ).json()
        ids += [each["customer_id"] for each in page["scores"]]
        assert page["customers"] == counts[name]
        after = page["next"]
        if after is None:
            break
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids) == counts[name]


def test_without_a_key_nobody_is_asked_for_one_and_with_one_everybody_is(served, create_api):
    assert create_api(served).post("/v1/scores", json=IDS).status_code == 200
    token = served.key()
    api = create_api(served)
    assert api.post("/v1/scores", json=IDS).status_code == 401
    assert api.post("/v1/scores", json=IDS, headers=bearer(token)).status_code == 200


def test_after_the_last_key_is_revoked_nobody_comes_in(served, create_api):
    """Revoking a key must never open the api."""
    token = served.key()
    revoke_api_key(
        open_ledger(served.home.get_ledger_path("made")), token.split("_")[1], datetime(2026, 5, 2)
    )
    api = create_api(served)
    assert api.post("/v1/scores", json=IDS).status_code == 401
    assert api.post("/v1/scores", json=IDS, headers=bearer(token)).status_code == 401


@pytest.mark.parametrize(
    "token", ["", "wb_", "x" * 5000, "wb_0123456789abcdef_" + "A" * 43, "Bearer", "wb_é"]
)
def test_a_wrong_key_is_refused_whatever_it_looks_like(served, create_api, token):
    served.key()
    result = create_api(served).post(
        "/v1/scores", json=IDS, headers={"authorization": f"Bearer {token}".encode()}
    )
    assert (result.status_code, result.json()["code"]) == (401, "unauthorized")
    assert result.headers["www-authenticate"].startswith("Bearer")


def test_a_wrong_secret_of_a_right_key_is_refused(served, create_api):
    token = served.key()
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert create_api(served).post("/v1/scores", json=IDS, headers=bearer(wrong)).status_code == 401


def test_an_expired_key_is_refused(served, create_api):
    token = served.key(days=10)
    assert create_api(served).post("/v1/scores", json=IDS, headers=bearer(token)).status_code == 401


@pytest.mark.parametrize(("method", "path", "scope"), PATHS)
def test_a_key_does_what_its_scope_says_and_nothing_else(served, create_api, method, path, scope):
    right, wrong = (
        served.key("right", [scope]),
        served.key("wrong", [each for each in ("predict", "read", "operate") if each != scope]),
    )
    api = create_api(served)
    more = {"json": IDS} if method == "POST" else {}
    assert api.ask(method, path, headers=bearer(right), **more).status_code == 200
    assert api.ask(method, path, headers=bearer(wrong), **more).status_code == 403


def test_a_path_that_is_not_there_is_told_only_to_who_may_ask(served, create_api):
    token = served.key()
    api = create_api(served)
    assert api.get("/v1/secrets").status_code == 401
    assert api.get("/v1/secrets", headers=bearer(token)).status_code == 404
    assert api.get("/openapi.json").status_code == 401


def test_a_key_asks_no_more_than_its_rate(served, create_api):
    token, other = served.key("slow", rate="3/day"), served.key("fast")
    api = create_api(served)
    assert [
        api.post("/v1/scores", json=IDS, headers=bearer(token)).status_code for _ in range(5)
    ] == [200] * 3 + [429] * 2
    refused = api.post("/v1/scores", json=IDS, headers=bearer(token))
    assert int(refused.headers["retry-after"]) > 60, "a day's rate is not free again in a second"
    assert api.post("/v1/scores", json=IDS, headers=bearer(other)).status_code == 200


def test_wrong_keys_are_tried_out_slowly(served, create_api):
    served.key()
    api = create_api(served)
    result = {
        api.post(
            "/v1/scores", json=IDS, headers=bearer("wb_0123456789abcdef_" + "A" * 43)
        ).status_code
        for _ in range(300)
    }
    assert result == {401, 429}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1]"])
def test_another_host_name_is_refused(api, host):
    """A page in a browser can make a name of its own point to this machine (DNS rebinding)."""
    assert api.post("/v1/scores", json=IDS, headers={"host": host}).status_code == 421


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"{", 400, "bad_request"),
        (b'{"customer_ids": [NaN]}', 400, "bad_request"),
        (b'{"customer_ids": ["a"], "customer_ids": ["b"]}', 400, "duplicate_key"),
        (b'{"customer_ids" : ["a"], "customer_ids" : ["b"]}', 400, "duplicate_key"),
        (b'{"customer_ids": ["a\\":"], "customer_ids": ["b"]}', 400, "duplicate_key"),
        (b'{"customer_ids": ["\xff"]}', 400, "bad_request"),
        (b'{"customer_ids": ["\\ud800"]}', 400, "bad_request"),
        (b'{"customer_ids": []}', 422, "invalid"),
        (b'{"customer_ids": [""]}', 422, "invalid"),
        (b'{"customer_ids": [1]}', 422, "invalid"),
        (b'{"customer_ids": ["a"], "more": 1}', 422, "invalid"),
        (b"[" * 100_000, 422, "invalid"),
        (b'{"customer_ids":' + b"[" * 100_000, 422, "invalid"),
        (b'{"x":' * 100_000, 422, "invalid"),
        (json.dumps({"customer_ids": ["a"] * 1001}).encode(), 422, "invalid"),
        (json.dumps({"customer_ids": ["a" * 300]}).encode(), 422, "invalid"),
        (b'{"customer_ids": ["a"' + b" " * MOST_BYTES, 413, "too_large"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_cannot_be_is_refused_with_its_reason(api, body, status, code):
    result = api.post("/v1/scores", content=body, headers={"content-type": "application/json"})
    assert (result.status_code, result.json()["code"]) == (status, code)
    assert result.headers["content-type"] == "application/problem+json"


def test_text_that_looks_like_names_is_no_name_twice(api):
    """The quick look for names that stand twice must not refuse what is right."""
    ids = ['":', 'a":b', "a : b", "\\", '\\":', "x"]
    result = api.post("/v1/scores", json={"customer_ids": ids})
    assert [each["customer_id"] for each in result.json()["scores"]] == ids


def test_numbers_beyond_reason_are_refused_and_not_scored(api):
    row = {
        "customer_id": "a",
        "features": dict.fromkeys(
            (f["name"] for f in api.live.served.bundle.manifest["features"]), 1
        ),
    }
    for number in ("1e308", "1e400", "-1e308", "NaN", "Infinity"):
        body = json.dumps({"cutoff": "2026-05-20", "rows": [row]}).replace(
            ": 1,", f": {number},", 1
        )
        assert api.post(
            "/v1/scores/from-features", content=body, headers={"content-type": "application/json"}
        ).status_code in (400, 422)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"}, {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"}, {},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
    ids=str,
)  # fmt: skip
def test_only_plain_json_is_read(api, headers):
    assert (
        api.post("/v1/scores", content=b'{"customer_ids": ["a"]}', headers=headers).status_code
        == 415
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/scores"),
        ("PUT", "/v1/scores"),
        ("DELETE", "/v1/model"),
        ("TRACE", "/v1/model"),
        ("PATCH", "/"),
    ],
)
def test_other_methods_are_refused(api, method, path):
    result = api.ask(method, path)
    assert result.status_code in (404, 405)
    assert result.headers["content-type"] == "application/problem+json"


def test_a_larger_page_is_read_where_pages_are_sent(api):
    """A hundred histories are larger than a thousand ids."""
    assert MOST_BATCH_BYTES > MOST_BYTES
    body = b'{"cutoff": "2026-05-20", "rows": []' + b" " * (MOST_BYTES + 10) + b"}"
    result = api.post(
        "/v1/scores/from-features", content=body, headers={"content-type": "application/json"}
    )
    assert (result.status_code, result.json()["code"]) == (422, "invalid")


def test_titles_are_in_the_language_asked_for(api):
    body = {
        "content": b"{",
        "headers": {"content-type": "application/json", "accept-language": "zh-CN,zh;q=0.9"},
    }
    assert api.post("/v1/scores", **body).json()["title"] == "请求无法解析"
    assert api.get("/nope").json()["title"] == "Not found"
    assert api.get("/v1/segments/no_action/customers?limit=0").json()["code"] == "parameter"


def test_reasons_not_to_be_ready_are_in_the_language_asked_for(served, create_api):
    (served.models / "champion").unlink()
    api, zh = create_api(served), {"accept-language": "zh"}
    assert api.get("/readyz", headers=zh).json()["why"] == ["该店铺还没有模型，请先运行 make train"]
    assert (
        api.get("/v1/model", headers=zh).json()["detail"] == "该店铺还没有模型，请先运行 make train"
    )


def test_a_balancer_may_ask_with_head(api):
    assert [api.ask("HEAD", path).status_code for path in ("/livez", "/readyz", "/v1/model")] == [
        204,
        200,
        405,
    ]


def test_a_playbook_that_cannot_be_read_is_named(served, create_api):
    """Nobody would have a next step, and nobody would know why."""
    object.__setattr__(served, "shop", served.shop.model_copy(update={"playbook": "nosuch"}))
    api = create_api(served)
    assert api.live.said[0][0] == "playbook_missing"
    assert api.get("/v1/customers/k0001").json()["next_step"] is None


def test_what_the_shop_never_sends_is_said_not_to_be_looked_at(api):
    """The desk says "open complaint", and must not take silence for consent."""
    history = {"customer_id": "a", "orders": [{"order_id": "n1", "occurred_at": "2026-05-01T10:00:00+08:00"}],
               "events": [{"kind": "complaint_opened", "occurred_at": "2026-05-02T10:00:00+08:00"},
                          {"kind": "view", "occurred_at": "2026-05-02T10:00:00+08:00"}]}  # fmt: skip
    result = api.post(
        "/v1/scores/from-history", json={"cutoff": "2026-05-20", "customers": [history]}
    ).json()
    assert result["not_looked_at"] == ["complaint_opened"]


def test_too_much_at_once_is_refused_at_once(api):
    api.guard.waiting = api.live.shop.service.most_waiting
    result = api.post("/v1/scores", json=IDS)
    assert (result.status_code, result.json()["code"], result.headers["retry-after"]) == (
        503,
        "busy",
        "1",
    )
    assert api.get("/livez").status_code == 204


def test_more_large_bodies_than_memory_is_set_aside_for_are_refused(api):
    """A hundred pages of sixteen megabytes would be the machine's memory."""
    api.guard.held = MOST_HELD_BYTES
    result = api.post("/v1/scores", json=IDS)
    assert (result.status_code, result.json()["code"]) == (503, "busy")
    assert api.guard.held == MOST_HELD_BYTES
    api.guard.held = 0
    assert api.post("/v1/scores", json=IDS).status_code == 200
    assert api.guard.held == 0


def test_before_anything_is_there_it_says_what_to_do(served, create_api):
    (served.models / "champion").unlink()
    api = create_api(served)
    assert api.get("/readyz").status_code == 503
    assert api.get("/readyz").json()["why"] == ["this shop has no model yet; run `make train`"]
    assert api.get("/v1/model").json()["code"] == "not_ready"
    assert api.post("/v1/scores", json=IDS).status_code == 200, (
        "what was scored can be told without a model"
    )
    assert api.get("/livez").status_code == 204


def test_the_log_has_no_id_and_no_secret(served, create_api):
    """A log is read by many."""
    token = served.key()
    api = create_api(served)
    api.get("/v1/customers/k0001", headers=bearer(token))
    api.post("/v1/scores", json={"customer_ids": ["canary-13812345678"]}, headers=bearer(token))
    api.get("/v1/canary", headers=bearer(token))
    api.guard.flush()
    lines = [json.loads(line) for line in api.log.getvalue().splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/v1/customers/{customer_id:path}", 200), ("POST", "/v1/scores", 200), ("GET", "-", 404)]  # fmt: skip
    assert lines[0]["key"] == token.split("_")[1]
    text = api.log.getvalue()
    assert "k0001" not in text
    assert "canary" not in text
    assert token.split("_", 2)[2] not in text


def test_a_log_that_cannot_be_written_keeps_nobody_from_an_answer(api):
    """The disk is full when least expected."""

    class Full:
        def write(self, _):
            raise OSError(28, "No space left on device")

    api.guard._log = Full()
    for _ in range(3):
        assert api.post("/v1/scores", json=IDS).status_code == 200
        api.guard.flush()
    assert api.guard._lines == []


def test_metrics_count_what_was_asked(api):
    api.post("/v1/scores", json=IDS)
    api.get("/nope")
    text = api.get("/metrics").text
    assert 'winback_requests_total{route="/v1/scores",status="200",worker="0"} 1.0' in text
    assert 'winback_requests_total{route="-",status="404",worker="0"} 1.0' in text
    assert 'winback_ready{worker="0"} 1.0' in text


def test_an_id_with_a_slash_is_an_id(api):
    assert api.get("/v1/customers/a%2Fb").json()["code"] == "not_found"
    assert "does not know" in api.get("/v1/customers/a%2Fb").json()["detail"]
