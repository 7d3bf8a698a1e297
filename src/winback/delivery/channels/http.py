"""One question and its answer, with an end of time for the whole of it, however slowly the other
side trickles."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 30.0


@contextmanager
def close_after(seconds: float) -> Iterator[Callable[[socket.socket], None]]:
    """Ends every connection that is given to what this yields, when the time is over: a timeout
    of each read would not."""
    held: list[socket.socket] = []
    end = threading.Timer(seconds, _close_sockets, (held,))
    end.daemon = True
    end.start()
    try:
        # A handle of its own: whoever has the other one may wrap or close it.
        yield lambda theirs: held.append(socket.socket(fileno=os.dup(theirs.fileno())))
    finally:
        end.cancel()
        for each in held:
            each.close()


def _close_sockets(held: list[socket.socket]) -> None:
    for each in held:
        with contextlib.suppress(OSError):  # it has ended by itself
            each.shutdown(socket.SHUT_RDWR)


class HttpClient:
    """Asks over HTTP, over a connection of its own each time: of one kept open nobody would know
    whether it still was."""

    def __init__(self, seconds: float = WHOLE_SECONDS) -> None:
        """seconds: for a question and its answer together."""
        self._seconds = min(seconds, WHOLE_SECONDS)
        # No proxy of the environment: it would connect for us, to wherever a name leads then.
        self._client = httpx.Client(
            timeout=httpx.Timeout(self._seconds, connect=min(CONNECT_SECONDS, self._seconds)),
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def request(
        self, method: str, url: httpx.URL | str, most_bytes: int, **options: Any
    ) -> tuple[httpx.Response, bytes | None]:
        """A response, and its body as it came over the wire; None where that is too long, or does
        not end in time.

        Raises httpx.ConnectError and httpx.ConnectTimeout where nothing went out, and other
        httpx.HTTPError where nobody knows.
        """
        with close_after(self._seconds) as hold:

            def note_socket(name: str, info: dict[str, Any]) -> None:
                if name == "connection.connect_tcp.complete":
                    hold(info["return_value"].get_extra_info("socket"))

            request = self._client.build_request(
                method,
                url,
                extensions=options.pop("extensions", {}) | {"trace": note_socket},
                **options,
            )
            answer = self._client.send(request, stream=True)
            try:
                return answer, _read_body(answer, most_bytes)
            finally:
                answer.close()


def _read_body(answer: httpx.Response, most_bytes: int) -> bytes | None:
    parts, size = [], 0
    try:
        for chunk in answer.iter_raw():
            size += len(chunk)
            if size > most_bytes:
                return None
            parts.append(chunk)
    except httpx.HTTPError:  # the head has come, the rest has not
        return None
    return b"".join(parts)
