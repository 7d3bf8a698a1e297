"""A load on an HTTP server, every answer checked: python load.py JSON → JSON.

Closed: some connections, each asks again when it is answered. Open: questions at a fixed rate
whatever the answers take, each timed from when it was due, so that a stall is seen by everybody it
would have stalled.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import uvloop

WARM_SECONDS = 1.0


class Connection(asyncio.Protocol):
    """One connection, one question at a time."""

    def __init__(self, load: "Load") -> None:
        self.load, self.buffer, self.question, self.due, self.sent = load, b"", 0, 0.0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.load.idle.append(self)

    def ask(self, question: int, due: float) -> None:
        self.question, self.due, self.sent = question, due, time.perf_counter()
        self.transport.write(self.load.questions[question])

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        lower = self.buffer[:head].lower()
        at = lower.index(b"content-length: ") + 16
        end = head + 4 + int(lower[at:].split(b"\r\n", 1)[0])
        if len(self.buffer) < end:
            return
        body, self.buffer = self.buffer[head + 4 : end], b""
        self.load.answered(self, int(lower[9:12]), body)

    def connection_lost(self, _: Exception | None) -> None:
        self.load.lost(self)


class Load:
    """What is asked, how, and what came of it."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.questions = [self._request(each) for each in told["questions"]]
        self.weights = [each.get("weight", 1) for each in told["questions"]]
        self.first: dict[int, bytes] = {}
        self.idle: list[Connection] = []
        self.times: list[float] = []
        self.refused: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.wrong = self.broken = 0
        self.open_connections = 0
        self.again: list[tuple[int, float]] = []
        self.over, self.warm = False, True
        self.draw = random.Random(3)

    def _request(self, each: dict[str, Any]) -> bytes:
        body = Path(each["body"]).read_bytes() if each.get("body") else b""
        headers = "".join(f"{name}: {value}\r\n" for name, value in each.get("headers", {}).items())
        kind = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n" if body else ""
        return (
            f"{each['method']} {each['path']} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}{kind}\r\n".encode()
            + body
        )

    def answered(self, connection: Connection, status: int, body: bytes) -> None:
        now = time.perf_counter()
        if not self.warm:
            self.statuses[status] += 1
            # A refusal is timed from when it was asked for: beyond the peak this process itself
            # falls behind.
            (self.times if status == 200 else self.refused).append(
                now - (connection.due if status == 200 else connection.sent)
            )
        if (
            status == 200
            and not self.told["changing"]
            and body != self.first.setdefault(connection.question, body)
        ):
            self.wrong += 1
        if self.over:
            self.open_connections -= 1
            connection.transport.abort()
        elif self.told["rate"]:
            self.idle.append(connection)
        else:
            connection.ask(self._draw(), time.perf_counter())

    def lost(self, connection: Connection) -> None:
        self.open_connections -= not self.over
        if connection in self.idle:
            self.idle.remove(connection)
        elif not self.over:
            # A server may close a connection it has kept for long just as it is asked: the question
            # is asked again.
            if self.told["rate"]:
                self.again.append((connection.question, connection.due))
            else:
                self.broken += 1

    async def connect(self) -> None:
        self.open_connections += 1
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.told["port"])
        except OSError:
            self.open_connections -= 1
            self.broken += 1

    async def run(self) -> dict[str, Any]:
        for _ in range(self.told["connections"]):
            await self.connect()
        if self.told["rate"]:
            spent = await self._open()
        else:
            starting, self.idle = self.idle, []
            for each in starting:
                each.ask(self._draw(), time.perf_counter())
            await asyncio.sleep(WARM_SECONDS)
            self.warm, began = False, time.perf_counter()
            await asyncio.sleep(self.told["seconds"])
            spent = time.perf_counter() - began
        self.over = True
        for each in self.idle:
            self.open_connections -= 1
            each.transport.abort()
        count = len(self.times)
        await asyncio.sleep(1)
        unanswered = self.open_connections
        ordered = sorted(self.times)
        return {
            "rate": count / spent, "p50_ms": _at(ordered, 0.5), "p99_ms": _at(ordered, 0.99), "statuses": dict(self.statuses),
            "refused_p99_ms": _at(sorted(self.refused), 0.99), "wrong": self.wrong,
            "broken": self.broken, "unanswered": unanswered,
            "answer": self.first.get(0, b"")[:200].decode(errors="replace"),
        }  # fmt: skip

    async def _open(self) -> float:
        began = time.perf_counter()
        sent, seconds, rate = 0, self.told["seconds"], self.told["rate"]
        while True:
            now = time.perf_counter() - began
            if self.warm and now > WARM_SECONDS:
                self.warm = False
            if now > seconds + WARM_SECONDS:
                return seconds
            while self.again and self.idle:
                self.idle.pop().ask(*self.again.pop())
            while sent < now * rate:
                if not self.idle:
                    if self.open_connections < self.told.get("most", 256):
                        await self.connect()
                    if not self.idle:
                        break
                self.idle.pop().ask(self._draw(), began + sent / rate)
                sent += 1
            await asyncio.sleep(0.0005)

    def _draw(self) -> int:
        return (
            self.draw.choices(range(len(self.questions)), self.weights)[0]
            if len(self.questions) > 1
            else 0
        )


def _at(ordered: list[float], share: float) -> float | None:
    return round(ordered[int(len(ordered) * share)] * 1e3, 3) if ordered else None


if __name__ == "__main__":
    print(json.dumps(uvloop.run(Load(json.loads(sys.argv[1])).run())))
