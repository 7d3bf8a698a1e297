"""A WeCom server to rehearse against: the shapes, codes and limits of its documentation, with a
log of what it did.

    python -m winback.simulation.receivers.wecom LOG CONFIG [FAULTS]

Prints its port; the API's root is `http://127.0.0.1:PORT/cgi-bin`. CONFIG is JSON, or `@FILE` of
it: `corpid`, `secret`, and `contacts`, by member of staff and external_userid, each with
`remark_mobiles`; also `token_seconds`, `quota` (calls of one API before 45009), `early_seconds` (in
which a new task cannot be asked for, 41063) and `now` (the Unix second it starts at). LOG has a
line for each tag marked, task made and word of the robot; a server started on an old log knows its
tasks and tags. FAULTS come in turn to what changes something: `ok`, a number (that errcode, and
nothing is done), `errcode_text`, `errcode_missing`, and those of a webhook's receiver.

What only a rehearsal has: POST `/rehearsal/confirm` `{"msgid", "status"}` (a member of staff sends
it: 1, 2 or 3), `/rehearsal/expire` (every token ends early), `/rehearsal/drop_tags` (somebody
deletes all tags), and GET `/rehearsal/calls` (how often each API was asked).
"""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from winback.simulation.receivers.fake_server import AFTER, PLAIN, FakeHandler, FakeServer

MOST_PARALLEL = 4
PAGE = 2  # rows of a page, so that paging is rehearsed, too
_CHANGING = ("externalcontact/mark_tag", "externalcontact/add_msg_template")
Answer = dict[str, Any]


class WeComError(Exception):
    """An errcode."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class WeComServer(FakeServer):
    """The company: its tokens, tags, contacts and tasks."""

    def __init__(self, log: Path, config: Answer, faults: list[str]) -> None:
        super().__init__(_Handler, log, faults)
        self.config, self.contacts = config, config.get("contacts", {})
        self.tokens: dict[str, float] = {}
        self.tags: dict[str, dict[str, str]] = {}  # group → name → id
        self.marked: dict[tuple[str, str], set[str]] = {}
        self.tasks: dict[str, Answer] = {}
        self.calls: Counter[str] = Counter()
        self._made, self._shift = 0, config["now"] - time.time() if "now" in config else 0.0
        self._under_way = threading.Semaphore(MOST_PARALLEL)
        for line in self.log.before:
            self._replay(line)

    def _replay(self, line: Answer) -> None:
        """Do once more what an earlier server's log says it did."""
        if line["did"] == "task":
            self.tasks[line["msgid"]] = {**line, "status": 0}
        elif line["did"] == "confirm":
            self.tasks[line["msgid"]]["status"] = line["status"]
        elif line["did"] == "mark":
            marked = self.marked.setdefault((line["userid"], line["external_userid"]), set())
            marked.difference_update(line["removed"])
            marked.update(line["added"])
        elif line["did"] == "tag":
            self.tags.setdefault(line["group"], {})[line["name"]] = line["id"]
        self._made += 1

    def now(self) -> float:
        """The Unix second, as if the server had been started at `now`."""
        return time.time() + self._shift

    def create_id(self, kind: str) -> str:
        self._made += 1
        return f"{kind}{self._made:06}"

    @contextmanager
    def limit_concurrency(self) -> Iterator[None]:
        """One of few calls at once."""
        if not self._under_way.acquire(blocking=False):
            raise WeComError(45033)
        try:
            yield
        finally:
            self._under_way.release()

    def check(self, path: str, token: str) -> None:
        """Whether a call may be made. Raises WeComError."""
        self.calls[path] += 1
        if not token:
            raise WeComError(41001)
        if token not in self.tokens:
            raise WeComError(40014)
        if self.tokens[token] < time.monotonic():
            raise WeComError(42001)
        if self.calls[path] > self.config.get("quota", 1 << 30):
            raise WeComError(45009)

    def list_tag_ids(self) -> set[str]:
        return {tag for tags in self.tags.values() for tag in tags.values()}

    def is_contact(self, userid: str, external: str) -> bool:
        return external in self.contacts.get(userid, {})


def get_token(server: WeComServer, request: Answer) -> Answer:
    server.calls["gettoken"] += 1
    if request.get("corpid") != server.config["corpid"]:
        raise WeComError(40013)
    if request.get("corpsecret") != server.config["secret"]:
        raise WeComError(40001)
    seconds = server.config.get("token_seconds", 7200)
    valid = [token for token, until in server.tokens.items() if until > time.monotonic()]
    token = valid[0] if valid else server.create_id("token")
    server.tokens.setdefault(token, time.monotonic() + seconds)
    return {"access_token": token, "expires_in": seconds}


def get_corp_tag_list(server: WeComServer, _asked: Answer) -> Answer:
    listed = {
        name: [{"id": tag, "name": title} for title, tag in tags.items()]
        for name, tags in server.tags.items()
    }
    return {
        "tag_group": [
            {"group_id": f"group-{name}", "group_name": name, "tag": tags}
            for name, tags in listed.items()
        ]
    }


def add_corp_tag(server: WeComServer, request: Answer) -> Answer:
    group, tags = request.get("group_name"), request.get("tag")
    if not group or not tags:
        raise WeComError(40058)
    _check_tag_names(tags)
    known = server.tags.setdefault(group, {})
    if any(tag["name"] in known for tag in tags):
        raise WeComError(40071)
    for tag in tags:
        known[tag["name"]] = server.create_id("tag")
        server.log.write(
            {"did": "tag", "group": group, "name": tag["name"], "id": known[tag["name"]]}
        )
    # An object here, where the list above has a list.
    return {
        "tag_group": {
            "group_name": group,
            "tag": [{"id": known[tag["name"]], "name": tag["name"]} for tag in tags],
        }
    }


def _check_tag_names(tags: list[Answer]) -> None:
    if any(len(tag["name"]) > 30 for tag in tags):
        raise WeComError(40072)


def mark_tag(server: WeComServer, request: Answer) -> Answer:
    userid, external = request.get("userid", ""), request.get("external_userid", "")
    add, remove = request.get("add_tag") or [], request.get("remove_tag") or []
    if not add and not remove:
        raise WeComError(40058)
    if userid not in server.contacts:
        raise WeComError(60111)
    if not server.is_contact(userid, external):
        raise WeComError(84061)
    if not {*add, *remove} <= server.list_tag_ids():
        raise WeComError(40068)
    line = {
        "did": "mark",
        "userid": userid,
        "external_userid": external,
        "added": add,
        "removed": remove,
    }
    server.log.write(line)
    server._replay(line)
    return {}


def add_msg_template(server: WeComServer, request: Answer) -> Answer:
    sender, externals = request.get("sender", ""), request.get("external_userid") or []
    content = _get_content(request)
    _check_sender(server, sender, externals)
    meant = externals or list(server.contacts[sender])  # the dangerous default: everybody
    friends = [each for each in meant if server.is_contact(sender, each)]
    if not friends:
        raise WeComError(41048)
    msgid = server.create_id("msg")
    line = {
        "did": "task",
        "msgid": msgid,
        "sender": sender,
        "external": friends,
        "content": content,
        "at": server.now(),
    }
    server.log.write(line)
    server.tasks[msgid] = {**line, "status": 0}
    return {"msgid": msgid, "fail_list": [each for each in meant if each not in friends]}


def _check_sender(server: WeComServer, sender: str, externals: list[str]) -> None:
    if not externals and not sender:
        raise WeComError(40058)
    if sender not in server.contacts:
        raise WeComError(60111)


def _get_content(request: Answer) -> str:
    """The text of a single chat; refuses another kind, none and one too long."""
    content: str = (request.get("text") or {}).get("content", "")
    if request.get("chat_type") != "single" or not content or len(content.encode()) > 4000:
        raise WeComError(40058)
    return content


def get_groupmsg_list_v2(server: WeComServer, request: Answer) -> Answer:
    if request.get("chat_type") != "single" or "start_time" not in request:
        raise WeComError(40058)
    tasks = [
        {
            "msgid": msgid,
            "creator": "",
            "create_time": str(int(task["at"])),
            "create_type": 0,
            "text": {"content": task["content"]},
        }
        for msgid, task in server.tasks.items()
        if request["start_time"] <= task["at"] <= request["end_time"]
    ]
    return _paginate(tasks, request, "group_msg_list")


def get_groupmsg_send_result(server: WeComServer, request: Answer) -> Answer:
    task = server.tasks.get(request.get("msgid", ""))
    if task is None:
        raise WeComError(40058)
    if server.now() - task["at"] < server.config.get("early_seconds", 0):
        raise WeComError(41063)
    rows = [
        {
            "external_userid": each,
            "userid": task["sender"],
            "status": task["status"],
            "send_time": 0,
        }
        for each in task["external"]
        if task["sender"] == request.get("userid")
    ]
    return _paginate(rows, request, "send_list")


def get_follow_user_list(server: WeComServer, _asked: Answer) -> Answer:
    return {"follow_user": list(server.contacts)}


def get_by_user(server: WeComServer, request: Answer) -> Answer:
    contacts = [
        (userid, each)
        for userid in request.get("userid_list", [])
        for each in server.contacts.get(userid, {}).items()
    ]
    rows = [
        {
            "external_contact": {"external_userid": external},
            "follow_info": {"userid": userid, "remark_mobiles": contact.get("remark_mobiles", [])},
        }
        for userid, (external, contact) in contacts
    ]
    return _paginate(rows, request, "external_contact_list")


def _paginate(rows: list[Answer], request: Answer, name: str) -> Answer:
    start = int(request.get("cursor") or 0)
    more = str(start + PAGE) if start + PAGE < len(rows) else ""
    return {name: rows[start : start + PAGE], "next_cursor": more}


_APIS = {
    f"externalcontact/{name}": api
    for name, api in {
        "get_corp_tag_list": get_corp_tag_list,
        "add_corp_tag": add_corp_tag,
        "mark_tag": mark_tag,
        "add_msg_template": add_msg_template,
        "get_groupmsg_list_v2": get_groupmsg_list_v2,
        "get_groupmsg_send_result": get_groupmsg_send_result,
        "get_follow_user_list": get_follow_user_list,
        "batch/get_by_user": get_by_user,
    }.items()
}


class _Handler(FakeHandler):
    server: WeComServer

    def do_GET(self) -> None:  # noqa: N802  # the name http.server looks for
        request = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if self._api_path == "/rehearsal/calls":
            self._send_json(dict(self.server.calls))
        elif self._api_path == "/cgi-bin/gettoken":
            self._send_json(self._answer_call(get_token, request))
        else:
            self._call_api(request.get("access_token", ""), request)

    def do_POST(self) -> None:  # noqa: N802  # the same
        body = json.loads(self.read_body() or b"{}")
        if self._api_path.startswith("/rehearsal/"):
            self._change_setup(self._api_path.rsplit("/", 1)[1], body)
        elif self._api_path == "/cgi-bin/webhook/send":
            self.server.log.write({"did": "robot", "content": body["text"]["content"]})
            self._send_json({"errcode": 0, "errmsg": "ok"})
        else:
            token = parse_qs(urlsplit(self.path).query).get("access_token", [""])[0]
            self._call_api(token, body)

    @property
    def _api_path(self) -> str:
        return urlsplit(self.path).path

    def _call_api(self, token: str, request: Answer) -> None:
        path = self._api_path.removeprefix("/cgi-bin/")
        fault = self.server.faults.take_next() if path in _CHANGING else "ok"
        if fault == "reset_before":
            self.reset_connection()
            return
        if fault in PLAIN:
            self.send_answer(PLAIN[fault])
            return
        try:
            with self.server.limit_concurrency():
                self.server.check(path, token)
                if fault.lstrip("-").isdigit():
                    raise WeComError(int(fault))
                answer = self._answer_call(_APIS[path], request)
                if fault in AFTER:
                    self.inject_fault(fault)
                    return
        except WeComError as refusal:
            self._send_json(
                {"errcode": refusal.code, "errmsg": "ok"}
            )  # who judged by this would be wrong
            return
        self._send_json(_spoil_answer(answer, fault))

    def _answer_call(self, api: Any, request: Answer) -> Answer:
        try:
            with self.server.lock:
                return {"errcode": 0, "errmsg": "ok", **api(self.server, request)}
        except WeComError as refusal:
            return {"errcode": refusal.code, "errmsg": "refused"}

    def _change_setup(self, what: str, request: Answer) -> None:
        server = self.server
        if what == "confirm":
            line = {"did": "confirm", "msgid": request["msgid"], "status": request["status"]}
            server.log.write(line)
            server._replay(line)
        elif what == "expire":
            server.tokens.clear()
        elif what == "drop_tags":
            server.tags.clear()
        self._send_json({})

    def _send_json(self, answer: Answer) -> None:
        self.send_answer(
            200,
            json.dumps(answer, ensure_ascii=False).encode(),
            content_type="application/json; charset=UTF-8",
        )


def _spoil_answer(answer: Answer, fault: str) -> Answer:
    """The answer with its code as text or without one, where the fault says so."""
    if fault == "errcode_text":
        return {**answer, "errcode": str(answer["errcode"])}
    if fault == "errcode_missing":
        return {name: value for name, value in answer.items() if name != "errcode"}
    return answer


if __name__ == "__main__":
    config = (
        Path(sys.argv[2][1:]).read_text(encoding="utf-8")
        if sys.argv[2].startswith("@")
        else sys.argv[2]
    )
    WeComServer(
        Path(sys.argv[1]), json.loads(config), json.loads(sys.argv[3]) if len(sys.argv) > 3 else []
    ).serve()
