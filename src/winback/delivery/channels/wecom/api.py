"""WeCom's API: one token for all who ask, and what each error code means for a message and for the
channel.

The HTTP status is 200 also for errors; what counts is `errcode`, never `errmsg` (path 90313).
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NoReturn, Required, TypedDict

import httpx

from winback.delivery.channels.base import ChannelStopped
from winback.delivery.channels.http import WHOLE_SECONDS, HttpClient

ROOT = "https://qyapi.weixin.qq.com/cgi-bin"
MOST_ANSWER_BYTES = 64 << 10
MOST_PAGE_BYTES = 4 << 20  # a hundred contacts with all their tags
_EARLY = timedelta(minutes=5)  # a token is renewed before it ends
_TOKEN_OVER = (40014, 42001)
_BUSY_SECONDS = {45009: 3600.0, 45033: 60.0}
_NOT_OURS = {
    40001: "bad_secret",
    40013: "bad_secret",
    48002: "no_permission",
    60020: "address_not_trusted",
    60011: "no_permission",
    81011: "no_permission",
    301002: "no_permission",
    84074: "no_permission",
}
_OF_ONE = {
    40003: "owner_unknown",
    60111: "owner_unknown",
    40096: "not_a_contact",
    84061: "not_a_contact",
    40068: "tag_unknown",
    41048: "nobody_to_send_to",
}


@dataclass(frozen=True)
class WeComApp:
    """A company and the application it lets in."""

    corpid: str
    secret: str
    root: str = ROOT


PagedList = Literal["external_contact_list", "group_msg_list", "send_list"]


class WeComAnswer(TypedDict, total=False):
    """What WeCom answers, to whatever question. Only the code is checked: what else a question is
    answered with may be missing. tag_group: one group or several."""

    errcode: Required[int]
    access_token: str
    expires_in: int
    follow_user: list[str]
    msgid: str
    fail_list: list[str] | None
    tag_group: Any
    next_cursor: str
    external_contact_list: list[Mapping[str, Any]]
    group_msg_list: list[Mapping[str, Any]]
    send_list: list[Mapping[str, Any]]


class WeComRefused(Exception):
    """One question was refused, and the others need not be. nothing: whether certainly nothing
    was done."""

    def __init__(self, code: int | None, reason: str, certain_not_sent: bool) -> None:
        super().__init__(f"{reason} ({code})")
        self.code, self.reason, self.certain_not_sent = code, reason, certain_not_sent


class WeComClient:
    """Asks WeCom, with a token that is fetched once however many ask at once."""

    def __init__(
        self, corp: WeComApp, clock: Callable[[], datetime], seconds: float = WHOLE_SECONDS
    ) -> None:
        """clock: naive UTC. seconds: for one question and its answer."""
        self.corp, self._clock, self._line = corp, clock, HttpClient(seconds)
        self._token, self._until = "", clock()
        self._fetching = threading.Lock()

    def get(self, path: str, **asked: str) -> WeComAnswer:
        """What a GET of the API answers. Raises WeComRefused and ChannelStopped."""
        return self._request("GET", path, asked, None)

    def post(
        self, path: str, body: Mapping[str, Any], most_bytes: int = MOST_ANSWER_BYTES
    ) -> WeComAnswer:
        """What a POST of the API answers. Raises WeComRefused and ChannelStopped."""
        return self._request("POST", path, {}, body, most_bytes)

    def iterate_pages(
        self, path: str, body: Mapping[str, Any], listed: PagedList
    ) -> Iterator[Mapping[str, Any]]:
        """The rows of an answer that comes in pages. Raises WeComRefused and ChannelStopped."""
        cursor = ""
        while True:
            answer = self.post(path, {**body, "cursor": cursor}, MOST_PAGE_BYTES)
            yield from answer.get(listed, ())
            cursor = answer.get("next_cursor", "")
            if not cursor:
                return

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        most: int = MOST_ANSWER_BYTES,
    ) -> WeComAnswer:
        token = self._refresh_token()
        try:
            return self._request_once(method, path, {**query, "access_token": token}, body, most)
        except WeComRefused as refused:
            if refused.code not in _TOKEN_OVER:
                raise
        try:
            return self._request_once(
                method, path, {**query, "access_token": self._refresh_token(worn=token)}, body, most
            )
        except WeComRefused as refused:
            if (
                refused.code in _TOKEN_OVER
            ):  # somebody else fetches tokens for this application, too
                raise ChannelStopped("no_token", f"WeCom {refused.code}") from None
            raise

    def _refresh_token(self, worn: str = "") -> str:
        """The token; whoever finds it worn fetches the next one, once for all who wait. Raises
        ChannelStopped."""
        with self._fetching:
            if self._token == worn or self._clock() >= self._until:
                try:
                    answer = self._request_once(
                        "GET",
                        "gettoken",
                        {"corpid": self.corp.corpid, "corpsecret": self.corp.secret},
                        None,
                    )
                    self._token = str(answer["access_token"])
                    self._until = (
                        self._clock() + timedelta(seconds=int(answer["expires_in"])) - _EARLY
                    )
                except (WeComRefused, KeyError, TypeError, ValueError) as error:
                    self._token = ""
                    raise ChannelStopped("no_token", str(error)) from None
            return self._token

    def _request_once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        most: int = MOST_ANSWER_BYTES,
    ) -> WeComAnswer:
        content, headers = _encode_body(body)
        try:
            answer, response = self._line.request(
                method,
                f"{self.corp.root}/{path}",
                most,
                params=query,
                content=content,
                headers=headers,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout):
            # The address of a question holds secrets: it is shown nowhere.
            raise ChannelStopped("unreachable", httpx.URL(self.corp.root).host) from None
        except httpx.HTTPError:
            raise WeComRefused(None, "no_answer", certain_not_sent=False) from None
        parsed = _parse_answer(response) if answer.is_success else None
        if parsed is None:
            raise WeComRefused(None, "no_answer", certain_not_sent=False)
        if parsed["errcode"]:
            _raise_for_code(parsed["errcode"])
        return parsed


def _encode_body(body: Mapping[str, Any] | None) -> tuple[bytes | None, dict[str, str]]:
    content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    # An answer that is packed may be small on the wire and fill the memory.
    headers = {
        "accept-encoding": "identity",
        **({"content-type": "application/json"} if content else {}),
    }
    return content, headers


def _parse_answer(body: bytes | None) -> WeComAnswer | None:
    """An answer with its code; None where it is not one."""
    try:
        answer = json.loads(body or b"")
    except ValueError:  # a page in HTML, half an answer
        return None
    known = (
        isinstance(answer, dict)
        and isinstance(answer.get("errcode"), int)
        and not isinstance(answer["errcode"], bool)
    )
    return answer if known else None


def _raise_for_code(code: int) -> NoReturn:
    """What a code means. Raises ChannelStopped where nothing more may be asked for now, else
    WeComRefused."""
    if code in _BUSY_SECONDS:
        raise ChannelStopped("busy", f"WeCom {code}", (), _BUSY_SECONDS[code])
    if code in _NOT_OURS:
        raise ChannelStopped(_NOT_OURS[code], f"WeCom {code}")
    if code == -1:
        raise WeComRefused(code, "busy", certain_not_sent=True)
    if code in _OF_ONE:
        raise WeComRefused(code, _OF_ONE[code], certain_not_sent=True)
    if code in _TOKEN_OVER or code == 41063:
        raise WeComRefused(
            code, "too_early" if code == 41063 else "no_token", certain_not_sent=True
        )
    raise ChannelStopped("code_unknown", f"WeCom {code}")
