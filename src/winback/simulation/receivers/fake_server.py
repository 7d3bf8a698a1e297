"""What every receiver of a rehearsal is: a server with faults in turn, and a log that is synced
before anything is answered."""

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MOST_BODY_BYTES = 64 << 10
SLOW_SECONDS = 2.0
HUGE_BYTES = 40 * (64 << 10)
AFTER = (
    "fail_after",
    "reset_after",
    "slow",
    "huge",
    "trickle",
    "trickle_head",
    "html",
)  # faults of an answer to what was taken
PLAIN = {"refuse": 422, "busy": 503, "fail_before": 500, "gone": 410, "redirect": 307}


class RequestLog:
    """Lines of JSON, each on disk before this returns; what stood in it before is there again."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.before: list[dict[str, Any]] = [
            json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()
        ]

    def write(self, entry: Mapping[str, object]) -> None:
        os.write(self._file, (json.dumps(entry, ensure_ascii=False) + "\n").encode())
        os.fsync(self._file)


class FaultPlan:
    """What to do to requests in turn, then over again; `ok` for those without a fault."""

    def __init__(self, faults: list[str]) -> None:
        self._faults, self._asked, self._lock = faults, 0, threading.Lock()

    def take_next(self) -> str:
        with self._lock:
            self._asked += 1
            return self._faults[(self._asked - 1) % len(self._faults)] if self._faults else "ok"


class FakeServer(ThreadingHTTPServer):
    """A receiver on a port of its own, on this machine only."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler], log: Path, faults: list[str]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.log, self.faults, self.lock = RequestLog(log), FaultPlan(faults), threading.Lock()

    def serve(self) -> None:
        """Say the port, and answer until the process is ended."""
        print(self.server_address[1], flush=True)
        self.serve_forever()


class FakeHandler(BaseHTTPRequestHandler):
    """Reads bodies, and answers well or badly."""

    protocol_version = "HTTP/1.1"

    def read_body(self) -> bytes:
        return self.rfile.read(min(int(self.headers.get("content-length", 0)), MOST_BODY_BYTES))

    def inject_fault(self, fault: str) -> None:
        """Answer badly, though the request was taken."""
        if fault == "fail_after":
            self.send_answer(500)
        elif fault == "reset_after":
            self.reset_connection()
        elif fault == "slow":
            time.sleep(SLOW_SECONDS)
            self.send_answer(200)
        elif fault == "huge":
            self.send_answer(200, b"x" * HUGE_BYTES)
        elif fault == "html":
            self.send_answer(200, b"<html>please log in</html>")
        elif fault == "trickle_head":
            self._send_slowly(b"HTTP/1.1 200 OK\r\nx-slow: " + b"s" * 1000)
        else:
            self._send_slowly(
                b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + b"." * 1000, whole=40
            )

    def _send_slowly(self, body: bytes, whole: int = 17) -> None:
        """Write a beginning at once, and then a byte at a time."""
        try:
            self.wfile.write(body[:whole])
            for byte in body[whole:]:
                time.sleep(0.2)
                self.wfile.write(bytes([byte]))
        except OSError:  # whoever asked has gone
            self.close_connection = True

    def send_answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status == 307:
            self.send_header("location", "http://169.254.169.254/latest/meta-data")
        if status == 503:
            self.send_header("retry-after", "120")
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # whoever asked has read enough
            self.close_connection = True

    def reset_connection(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_told: Any, **_named: Any) -> None:
        """Nothing: the log is what was taken."""
