"""Before every request: host, key, scope, rate, media type, size and load; afterwards the
log line and the metrics.

Plain ASGI around the whole app, so that nothing behind it has to think of any of this.
"""

import hashlib
import secrets
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any, TextIO

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from winback.api.decoding import encode
from winback.api.handlers import Handler
from winback.api.live_state import LiveState
from winback.api.metrics import Metrics
from winback.api.problems import ApiProblem, build_headers, negotiate_language, render_problem
from winback.api.scopes import OPEN_PATHS, SCOPE_OF
from winback.core.cutoff import EPOCH
from winback.ledger.api_keys import ApiKey, parse_token
from winback.server.path_limits import PathLimits

Scope_ = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope_, Receive, Send], Awaitable[None]]

MOST_HELD_FORM_BYTES = 32 << 20
MOST_PAGES, MOST_UPLOADS = (
    32,
    4,
)  # in work at once; programs that ask for scores have slots of their own
MOST_HELD_BYTES = 64 << 20  # of all bodies that are being read or answered
_WRONG_KEYS = parse("100/second")  # of one address
_FLUSH_BYTES = 1 << 16
_JSON = (b"content-type", b"application/json")
_NO_STORE = (b"cache-control", b"no-store")
_HEADERS = ((b"x-content-type-options", b"nosniff"),)
_NO_SECRET = hashlib.sha256(b"").hexdigest()


class ClientDisconnected(Exception):
    """Whoever asked has left."""


class RequestGuardMiddleware:
    """The app behind the checks on every request."""

    def __init__(
        self,
        app: App,
        questions: Mapping[str, Handler],
        live: LiveState,
        metrics: Metrics,
        hosts: frozenset[str],
        limits: PathLimits,
        log: TextIO = sys.stderr,
        share: int = 1,
        pages: App | None = None,
    ) -> None:
        """pages: the dashboard; None where there is none."""
        self._app, self._questions, self._pages = app, questions, pages
        self._live, self._metrics, self._hosts, self._log = live, metrics, hosts, log
        self.path_limits = limits
        self._limits = FixedWindowRateLimiter(MemoryStorage())
        self._share = share  # how many processes a key's rate is shared by
        self._lines: list[bytes] = []
        self._size = 0
        self.waiting = self.held = 0
        self.pages_waiting = self.uploads = self.held_forms = 0

    async def __call__(self, scope: Scope_, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
                return
            await self._app(scope, receive, send)
            return
        if (
            scope["method"] == "HEAD" and scope["path"] in OPEN_PATHS
        ):  # balancers ask so; the wire leaves the body out
            scope = {**scope, "method": "GET"}
        request = _Request(scope, receive, send, self)
        question = self._questions.get(request.path) if request.method == "POST" else None
        try:
            self._admit(request)
            if request.is_page and self._pages is not None:
                await self._handle_page(request, self._pages)
                return
            # A body that is still on its way keeps nobody from working; the wire gives it so long
            # and no longer.
            body = await request.read_body() if question is not None else b""
            if self.is_full and request.path not in OPEN_PATHS:
                raise ApiProblem("busy", retry_after=1)
            self.waiting += 1
            try:
                # The way through the framework takes longer than the score of a known customer
                # (docs/decisions).
                if question is not None:
                    await request.send_answer(await question(body))
                else:
                    await self._app(scope, request.receive, request.send)
            finally:
                self.waiting -= 1
        except ApiProblem as refusal:
            if refusal.code == "busy":
                self.reject()
            await request.send_refusal(refusal)
        except ClientDisconnected:
            pass
        except Exception as error:
            # Never to whoever asked; and not what it says, which may name a customer.
            print(f"{type(error).__name__} in {locate_error(error)}", file=sys.stderr)
            await request.send_refusal(ApiProblem("unexpected_error"))
        finally:
            request.release()
            self._log_request(request)

    async def _handle_page(self, request: "_Request", pages: App) -> None:
        """A page, whose form is read whole before it takes anybody's slot: who sends slowly
        keeps only themselves waiting."""
        receive: Receive = request.receive
        if request.is_upload:
            if self.uploads >= MOST_UPLOADS:
                raise ApiProblem("busy", "too many uploads at once", retry_after=5)
        elif request.method == "POST":
            receive = replay_body(await request.read_body(), request.receive)
        if self.pages_waiting >= MOST_PAGES:
            raise ApiProblem("busy", retry_after=1)
        self.pages_waiting, self.uploads = (
            self.pages_waiting + (not request.is_upload),
            self.uploads + request.is_upload,
        )
        try:
            await pages(request.scope, receive, request.send)
        finally:
            self.pages_waiting, self.uploads = (
                self.pages_waiting - (not request.is_upload),
                self.uploads - request.is_upload,
            )

    def _admit(self, request: "_Request") -> None:
        """Raises ApiProblem."""
        path, head = request.path, request.head
        if self._hosts and _strip_port(head.get(b"host", b"")) not in self._hosts:
            raise ApiProblem(
                "host",
                "name the service by the address it listens on, or start it with --allow-host",
            )
        if path not in OPEN_PATHS and not (request.is_page and self._pages is not None):
            request.key = self._authenticate(request)
        if request.method == "POST" and path in self._questions:
            kind = head.get(b"content-type", b"").split(b";")[0].strip().lower()
            if kind != b"application/json":
                raise ApiProblem("media_type", "send content-type: application/json")
            if head.get(b"content-encoding", b"identity").lower() != b"identity":
                raise ApiProblem("media_type", "send the body uncompressed")
        request.most_bytes = self.path_limits.get_max_bytes(request.method, path)
        length = head.get(b"content-length", b"0")
        if length.isdigit() and int(length) > request.most_bytes:
            raise ApiProblem("too_large", f"at most {request.most_bytes:,} bytes")

    def _authenticate(self, request: "_Request") -> str | None:
        """Who asks; None where no key was ever made. Raises ApiProblem."""
        ring = self._live.api_keys
        if ring.open:
            return None
        kind, _, token = request.head.get(b"authorization", b"").decode("latin-1").partition(" ")
        token_parts = parse_token(token.strip()) if kind.lower() == "bearer" else None
        key = ring.keys.get(token_parts[0]) if token_parts else None
        # A key we do not know takes as long as a wrong secret of one we do.
        opened = (key or _get_open_key()).has_secret(token_parts[1] if token_parts else "")
        if key is None or not opened or not key.is_valid(self._live.now()):
            peer = (request.scope.get("client") or ("",))[0]
            if token and not self._limits.hit(_WRONG_KEYS, "wrong", peer):
                raise ApiProblem("rate", "too many wrong keys from this address", retry_after=1)
            raise ApiProblem("unauthorized", "send authorization: Bearer wb_…")
        needed = next((scope for start, scope in SCOPE_OF if request.path.startswith(start)), None)
        if needed is not None and needed not in key.scopes:
            raise ApiProblem("forbidden", f"it needs the scope {needed}")
        rate = _build_rate(key.rate, self._share)
        if not self._limits.hit(rate, key.key_id):
            again = self._limits.get_window_stats(rate, key.key_id).reset_time - time.time()
            shared = f", shared by {self._share} processes" if self._share > 1 else ""
            raise ApiProblem("rate", f"at most {key.rate}{shared}", retry_after=max(ceil(again), 1))
        ring.seen.add(key.key_id)
        return key.key_id

    def _log_request(self, request: "_Request") -> None:
        """One line of the log, with no id, no body and no text of a client's in it."""
        route = (
            request.path
            if request.path in self._questions
            else getattr(request.scope.get("route"), "path", "-")
        )
        seconds = time.perf_counter() - request.began
        self._metrics.count_request(route, request.status, seconds)
        line = encode(
            {
                "at": f"{self._live.now().isoformat(timespec='milliseconds')}Z",
                "id": request.id,
                "method": request.method,
                "route": route,
                "status": request.status,
                "ms": round(seconds * 1e3, 2),
                "bytes": request.bytes_read,
                "key": request.key,
            }
        )
        self._lines.append(line)
        self._size += len(line)
        if self._size > _FLUSH_BYTES:
            self.flush()

    @property
    def is_full(self) -> bool:
        """Whether another question would only wait."""
        return self.waiting >= self._live.shop.service.most_waiting

    def reject(self) -> None:
        """Count a question that was not taken in."""
        self._metrics.turned_away += 1

    @property
    def is_draining(self) -> bool:
        return self._live.draining

    def flush(self) -> None:
        """Write what the log has; called every so often, so that a line costs no system call."""
        lines, self._lines, self._size = self._lines, [], 0
        if lines:
            with suppress(OSError):  # a full disk must not keep anybody from an answer
                self._log.write(b"\n".join(lines).decode() + "\n")
                self._log.flush()


class _Request:
    """One request on its way: what is read and sent, and what the log says of it."""

    def __init__(
        self, scope: Scope_, receive: Receive, send: Send, guard: RequestGuardMiddleware
    ) -> None:
        self.scope, self._receive, self._send, self._guard = scope, receive, send, guard
        self.began = time.perf_counter()
        self.path: str = scope["path"]
        self.method: str = scope["method"]
        self.head: dict[bytes, bytes] = dict(scope["headers"])
        self.id = secrets.token_hex(8)
        self.key: str | None = None
        self.status, self.bytes_read, self.most_bytes = 499, 0, guard.path_limits.api_body
        self._begun = self._all_read = False
        self.is_page = guard.path_limits.is_page(self.path)
        self.is_upload = guard.path_limits.is_upload(self.method, self.path)

    async def receive(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        if message["type"] == "http.request":
            read = len(message.get("body", b""))
            self.bytes_read += read
            self._count_buffered(read)
            self._all_read = not message.get("more_body", False)
            if self.bytes_read > self.most_bytes:
                raise ApiProblem("too_large", f"at most {self.most_bytes:,} bytes")
            if self._guard.held > MOST_HELD_BYTES or self._guard.held_forms > MOST_HELD_FORM_BYTES:
                raise ApiProblem("busy", "too many large bodies at once", retry_after=1)
        return message

    def _count_buffered(self, read: int) -> None:
        if self.is_page:
            self._guard.held_forms += 0 if self.is_upload else read
        else:
            self._guard.held += read

    def release(self) -> None:
        """What was read is held no longer."""
        self._count_buffered(-self.bytes_read)

    async def read_body(self) -> bytes:
        """The whole body. Raises ApiProblem if it is too large, and ClientDisconnected."""
        parts = []
        while not self._all_read:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            parts.append(message.get("body", b""))
        return b"".join(parts)

    async def send_answer(self, body: bytes) -> None:
        """Send an answer."""
        answer_headers = [_JSON, (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": 200, "headers": answer_headers})
        await self.send({"type": "http.response.body", "body": body})

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._begun, self.status = True, message["status"]
            extra = [*_HEADERS, (b"x-request-id", self.id.encode())]
            if not any(
                name.lower() == _NO_STORE[0] for name, _ in message["headers"]
            ):  # a file of ours may be kept
                extra.append(_NO_STORE)
            # A body that is not read to its end would be taken for the next request.
            unread = not self._all_read and (
                b"content-length" in self.head or b"transfer-encoding" in self.head
            )
            if self._guard.is_draining or unread:
                extra.append((b"connection", b"close"))
            message = {**message, "headers": [*message["headers"], *extra]}
        await self._send(message)

    async def send_refusal(self, refusal: ApiProblem) -> None:
        """Send a refusal, unless an answer has begun."""
        if self._begun:
            return
        body = render_problem(refusal, negotiate_language(self.head.get(b"accept-language", b"")))
        answer_headers = [*build_headers(refusal), (b"content-length", str(len(body)).encode())]
        await self.send(
            {"type": "http.response.start", "status": refusal.status, "headers": answer_headers}
        )
        await self.send(
            {"type": "http.response.body", "body": b"" if self.method == "HEAD" else body}
        )


def replay_body(body: bytes, then: Receive) -> Receive:
    """A body that was read, given once more; afterwards whatever comes."""
    given = False

    async def receive() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await then()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def locate_error(error: Exception) -> str:
    """Where an error came from: a file and its line."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"


def _strip_port(header: bytes) -> str:
    """A host header without its port."""
    text = header.decode("latin-1").lower()
    return (
        text[: text.index("]") + 1]
        if text.startswith("[") and "]" in text
        else text.partition(":")[0]
    )


@lru_cache(maxsize=1024)
def _build_rate(text: str, share: int) -> RateLimitItem:
    """A key's rate, or this process's share of it."""
    rate = parse(text)
    return type(rate)(max(rate.amount // share, 1), rate.multiples)


@lru_cache(maxsize=1)
def _get_open_key() -> ApiKey:
    return ApiKey("", "", _NO_SECRET, frozenset(), "1/day", EPOCH, EPOCH, None, None)
