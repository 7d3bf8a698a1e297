"""Connections and their deadlines: uvicorn has none for receiving a request, so
its protocol gets ours.

A head or body that does not come in time is answered with 408 and the connection ends; so does one
whose answer is not read. Heads are limited in size and number, the connections of a process in
number, and a refusal is always problem JSON.
"""

import asyncio
import os
import signal
from asyncio import TimerHandle
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from winback.api.live_state import LiveState
from winback.api.problems import ApiProblem, render_raw_response
from winback.api.scopes import OPEN_PATHS
from winback.config.service import ServiceSettings
from winback.server.middleware import RequestGuardMiddleware

KEEP_SECONDS = 30  # a connection without a question
MOST_HEAD_BYTES = 32 << 10
MOST_HEADERS = 100
MOST_CONNECTIONS = 2_000  # of one process
MOST_IN_LINE = 32  # requests sent ahead on one connection
DRAIN_SECONDS = 18
UPLOAD_SECONDS = 600.0  # an export comes over an office line
NOTICE_SECONDS = (
    5.0  # between saying "not ready" and taking no more questions, so that a balancer sees it
)


_ALWAYS = tuple(path.encode() for path in OPEN_PATHS)
_BUSY = render_raw_response(
    STATUS_LINE[503], ApiProblem("busy", retry_after=1), "en", closing=False
)


class _RejectedCycle(RequestResponseCycle):
    """A question that was turned away: nothing of it is waited for."""

    def __init__(self) -> None:
        self.response_started = self.response_complete = self.keep_alive = True
        self.disconnected = False
        self.message_event = asyncio.Event()


class TimeoutHttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol with deadlines for everything a client can be slow at."""

    allowed = ServiceSettings()  # the seconds for each
    guard: RequestGuardMiddleware | None = None  # who knows how much is in work
    _timer: TimerHandle | None = None
    _unread: TimerHandle | None = None
    _head_bytes = _unfinished = 0  # of the head as read; of what has come and is no whole head yet
    _in_head = True
    _working: RequestResponseCycle | None = None
    _over = False

    # asyncio declares a BaseTransport, but a stream server gives no other than a Transport.
    # As uvicorn's own has it.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            # Who only waits makes room for who asks.
            idle = next(
                (
                    each
                    for each in self.connections
                    if isinstance(each, TimeoutHttpProtocol) and each.is_idle and each is not self
                ),
                None,
            )
            if idle is None:
                self._reject_and_close(ApiProblem("busy", retry_after=1))
                return
            idle.transport.abort()
        self._start_timer(self.allowed.head_seconds, "head")

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        self._stop_timer()
        self._resume_reading()
        super().connection_lost(exc)

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a question has come since the last answer."""
        return (
            self._in_head
            and not self._head_bytes
            and (self.cycle is None or self.cycle.response_complete)
        )

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        if self._in_head:
            self._unfinished += len(data)
        super().data_received(data)
        if self._over:
            return
        if self._in_head and self._unfinished > MOST_HEAD_BYTES:
            self._reject_and_close(ApiProblem("headers", f"at most {MOST_HEAD_BYTES:,} bytes"))
        elif self._timer is None and self.is_idle and self.timeout_keep_alive_task is None:
            self._start_timer(
                self.allowed.head_seconds, "head"
            )  # blank lines are no question, and buy no time

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 1
        if not self._over:
            self._start_timer(self.allowed.head_seconds, "head")

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count_bytes(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_bytes(len(name) + len(value))
        if (
            not self._in_head
        ):  # a trailer: nobody has asked for one, and it must not pass for a header
            return
        super().on_header(name, value)
        if len(self.headers) > MOST_HEADERS and not self._over:
            self._reject_and_close(ApiProblem("headers", f"at most {MOST_HEADERS} headers"))

    def _count_bytes(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MOST_HEAD_BYTES and not self._over:
            self._reject_and_close(ApiProblem("headers", f"at most {MOST_HEAD_BYTES:,} bytes"))

    def on_headers_complete(self) -> None:
        if self._over:
            return
        self._in_head, self._unfinished = False, 0
        is_upload = (
            self.guard is not None and self.url == self.guard.path_limits.upload_path.encode()
        )
        self._start_timer(UPLOAD_SECONDS if is_upload else self.allowed.body_seconds, "body")
        if (
            self.guard is not None
            and self._can_reject(self.guard)
            and not self.url.startswith(_ALWAYS)
        ):
            # Said here and in one write: a question turned away through the app would cost half of
            # one answered.
            self.guard.reject()
            self.cycle = _RejectedCycle()
            self.transport.write(_BUSY)
            return
        super().on_headers_complete()
        if len(self.pipeline) > MOST_IN_LINE:
            self._reject_and_close(
                ApiProblem("busy", "wait for answers before you ask on", retry_after=1)
            )

    def _can_reject(self, guard: RequestGuardMiddleware) -> bool:
        """Whether there is too much to do, and this question is alone on its connection, which
        reads and stays."""
        free = self.cycle is None or self.cycle.response_complete
        stays = (
            self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.flow.write_paused
        )
        plain = self.parser.get_method() != b"HEAD" and not self.expect_100_continue
        return bool(free and stays and plain and guard.is_full and not guard.is_draining)

    def on_body(self, body: bytes) -> None:
        if not self._over:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_timer()
        self._in_head, self._head_bytes, self._unfinished = True, 0, 0
        if self._over:
            return
        if isinstance(self.cycle, _RejectedCycle):
            self.on_response_complete()  # the connection waits for its next question
        else:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if not self._over:
            self._reject_and_close(ApiProblem("bad_request", msg))

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.allowed.answer_seconds, self._abort)

    def resume_writing(self) -> None:
        self._resume_reading()
        super().resume_writing()

    def _start_timer(self, seconds: float, what: str) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._handle_timeout, what)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _resume_reading(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _handle_timeout(self, what: str) -> None:
        self._timer = None
        if what == "head" and not self._head_bytes:
            self.transport.close()  # nothing was asked, so nothing is answered
            return
        self._reject_and_close(ApiProblem("timeout", f"the {what} did not come in time"))

    def _abort(self) -> None:
        self._over = True
        self.transport.abort()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._working = cycle
        super()._start_asgi_task(cycle, app)

    def _reject_and_close(self, refusal: ApiProblem) -> None:
        """Answer with a refusal and close. Where an earlier question is still unanswered, only
        close: it is not refused."""
        self._over = True
        self._stop_timer()
        working = self._working
        earlier = (
            working is not None
            and not working.response_complete
            and (working is not self.cycle or not working.more_body)
        )
        begun = working is not None and working.response_started and not working.response_complete
        if not earlier and not begun:
            self.transport.write(render_raw_response(STATUS_LINE[refusal.status], refusal, "en"))
        for cycle in (working, self.cycle, *(each for each, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()
        self.transport.close()
        # Who does not take what is left to send is not waited for.
        self.loop.call_later(self.allowed.answer_seconds, self.transport.abort)


class WinbackServer(uvicorn.Server):
    """uvicorn's server, that says "not ready" before it stops, and ends with 0."""

    def __init__(
        self,
        config: uvicorn.Config,
        live: LiveState,
        notice_seconds: float = NOTICE_SECONDS,
        parent: int | None = None,
    ) -> None:
        """parent: the process without which this one stops."""
        super().__init__(config)
        self._live, self._notice, self._parent = live, notice_seconds, parent

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        del frame
        if sig == signal.SIGINT:  # by who sits before it
            self.should_exit = True
        if (
            self._live.draining
        ):  # a service manager tells the whole group, and the one that started us tells us again
            return
        self._live.draining = True
        asyncio.get_running_loop().call_later(self._notice, self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        if self._parent is not None and os.getppid() != self._parent:
            self.should_exit = True  # whoever would start us again is gone
        return await super().on_tick(counter)


def build_config(
    app: RequestGuardMiddleware, allowed: ServiceSettings, **more: Any
) -> uvicorn.Config:
    """How the service is run. allowed: the seconds a client has for each part of its question."""
    protocol = type("ShopDeadlines", (TimeoutHttpProtocol,), {"allowed": allowed, "guard": app})
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="on",
        loop="auto",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=2048,
        **more,
    )
