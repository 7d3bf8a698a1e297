"""The processes of the service: one, or several on one socket, each started again when it ends.

    python -m winback.server.run JSON

is one worker of several; `serve` starts them.
"""

import contextlib
import gc
import json
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from winback.config.shop import Shop, load_shop
from winback.core.import_guard import block_heavy_imports
from winback.core.paths import DataPaths
from winback.core.service_errors import AddressNeedsKeys, AddressNeedsTls, PortTaken, TlsUnreadable
from winback.delivery.shop_ledger import open_shop_ledger
from winback.i18n.translate import Language, translate
from winback.ledger.api_keys import list_known_api_keys
from winback.ledger.engine import open_ledger

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SWITCH_SECONDS = (
    0.0005  # how long a thread that loads a model keeps answers waiting: a tenth of what is usual
)
_BRIEF_SECONDS = 1.0  # a worker that lives no longer is not started again at once


@dataclass(frozen=True)
class ServerSettings:
    """What to serve and where."""

    shop_file: str
    home: str
    state: str
    host: str = "127.0.0.1"
    port: int = 8765
    workers: int = 1
    language: Language = "en"
    tls_cert: str | None = None
    tls_key: str | None = None
    behind_proxy: bool = False
    allow_hosts: tuple[str, ...] = ()
    notice_seconds: float = 5.0
    as_json: bool = False
    fd: int | None = None  # of the socket, in a worker
    worker: str = "0"
    parent: int | None = None  # of a worker: it ends with the process that started it

    @property
    def paths(self) -> DataPaths:
        """Where the shop's data lie, and what the machine keeps outside of them."""
        return DataPaths(Path(self.home), Path(self.state))

    @property
    def address(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.tls_cert else ''}://{name}:{self.port}"

    def print_message(self, key: str, values: Mapping[str, Any]) -> None:
        """Say something on stderr, where the log goes too."""
        message = translate(key, self.language, values)
        plain = {
            name: value if isinstance(value, int | float) else str(value)
            for name, value in values.items()
        }
        print(
            json.dumps({"event": key, **plain, "said": message}, ensure_ascii=False)
            if self.as_json
            else message,
            file=sys.stderr,
            flush=True,
        )

    @property
    def hosts(self) -> frozenset[str]:
        """The names it answers to: on loopback its own, so that no web page can talk to it under
        another name."""
        others = {
            f"[{name}]" if ":" in name and "[" not in name else name
            for name in map(str.lower, self.allow_hosts)
        }
        own = {"127.0.0.1", "[::1]", "localhost"} if self.host in LOOPBACK or others else set()
        return frozenset(own | others)

    @property
    def can_be_open(self) -> bool:
        """Whether only programs of this machine can ask, so that no key need be made."""
        return self.host in LOOPBACK and not self.behind_proxy


def serve(serving: ServerSettings) -> None:
    """Serve until asked to stop. Raises AddressNeedsKeys, AddressNeedsTls, PortTaken,
    LedgerRefused, and as `load_shop`."""
    shop = load_shop(Path(serving.shop_file), os.environ)
    check_address(serving, shop, _get_utc_now())
    listening = _listen(serving)
    # The real port, where any was asked for.
    serving = ServerSettings(
        **{**asdict(serving), "port": listening.getsockname()[1], "fd": listening.fileno()}
    )
    if serving.workers == 1:
        run_worker(serving, shop, listening)
        return
    _Workers(serving, listening).run()


def check_address(serving: ServerSettings, shop: Shop, now: datetime) -> None:
    """Raises AddressNeedsKeys or AddressNeedsTls where others than this machine could listen in
    or ask."""
    if serving.tls_cert or serving.tls_key:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
                serving.tls_cert or "", serving.tls_key
            )
        except (OSError, ssl.SSLError) as error:
            reason = error.strerror or str(error)
            raise TlsUnreadable(
                cert=serving.tls_cert or "–", key=serving.tls_key or "–", detail=reason
            ) from None
    ledger = open_ledger(serving.paths.get_ledger_path(shop.name), shop.ledger)
    ledger.check()
    if serving.can_be_open:
        return
    if not any(key.is_valid(now) for key in list_known_api_keys(ledger)):
        raise AddressNeedsKeys(host=serving.host)
    if serving.host not in LOOPBACK and not serving.behind_proxy and not serving.tls_cert:
        raise AddressNeedsTls(host=serving.host)


def run_worker(serving: ServerSettings, shop: Shop, listening: socket.socket) -> None:
    """Serve in this process until asked to stop."""
    block_heavy_imports()
    from winback.api.live_state import LiveState
    from winback.api.metrics import Metrics
    from winback.dashboard.app import build_dashboard
    from winback.dashboard.context import DashboardContext
    from winback.server.asgi import build_app
    from winback.server.http_protocol import WinbackServer, build_config

    _raise_file_limit()
    sys.setswitchinterval(_SWITCH_SECONDS)
    home = serving.paths

    ledger = open_shop_ledger(shop, home)
    live = LiveState(shop, home, ledger, _get_utc_now, serving.print_message, serving.can_be_open)
    live.load()
    secure = bool(serving.tls_cert) or serving.behind_proxy
    pages = build_dashboard(
        DashboardContext(live, Path(serving.shop_file), home, ledger, secure, os.environ)
    )
    app = build_app(live, Metrics(serving.worker), serving.hosts, serving.workers, pages)
    config = build_config(
        app, shop.service, ssl_certfile=serving.tls_cert, ssl_keyfile=serving.tls_key
    )
    # What was loaded stays: looking through it for garbage would stop every answer for fifty
    # milliseconds, time and again.
    gc.collect()
    gc.freeze()
    if serving.worker == "0":
        _announce(live, serving)
    WinbackServer(config, live, serving.notice_seconds, serving.parent).run(sockets=[listening])


def _announce(live: Any, serving: ServerSettings) -> None:
    """Say where it serves what."""
    why = live.list_not_ready_reasons()
    if why:
        serving.print_message(
            "serve.not_ready",
            {
                "shop": live.shop.name,
                "address": serving.address,
                "reason": translate(why[0], serving.language),
            },
        )
    else:
        serving.print_message(
            "serve.ready",
            {
                "shop": live.shop.name,
                "customers": len(live.snapshot),
                "cutoff": str(live.snapshot.day),
                "version": live.served.bundle.version,
                "address": serving.address,
            },
        )
    if live.api_keys.open:
        serving.print_message("serve.open", {})


class _Workers:
    """Several processes that take their connections from one socket. One that ends is started
    again."""

    def __init__(self, serving: ServerSettings, listening: socket.socket) -> None:
        self._serving, self._listening, self._stopping = serving, listening, False
        self._running: dict[str, tuple[subprocess.Popen[bytes], float]] = {}

    def run(self) -> None:
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, self._stop)
        for number in range(self._serving.workers):
            self._start_worker(str(number))
        while self._running:
            # A worker's end wakes nobody, so it is looked for.
            time.sleep(0.05)
            for name, (process, began) in list(self._running.items()):
                if process.poll() is None:
                    continue
                del self._running[name]
                if self._stopping:
                    continue
                detail = (
                    signal.Signals(-process.returncode).name
                    if process.returncode < 0
                    else str(process.returncode)
                )
                self._serving.print_message("serve.worker", {"detail": detail})
                if time.monotonic() - began < _BRIEF_SECONDS:
                    time.sleep(_BRIEF_SECONDS)
                if not self._stopping:
                    self._start_worker(name)

    def _start_worker(self, name: str) -> None:
        arguments = json.dumps({**asdict(self._serving), "worker": name, "parent": os.getpid()})
        fd = self._serving.fd
        assert fd is not None
        command = [sys.executable, "-m", "winback.server.run", arguments]
        process = subprocess.Popen(command, pass_fds=[fd])
        self._running[name] = (process, time.monotonic())
        if self._stopping:  # asked to while it was being started
            process.terminate()

    def _stop(self, sig: int, _frame: object) -> None:
        self._stopping = True
        # the workers have it until they stop; afterwards nobody shall wait in its line
        self._listening.close()
        for process, _ in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(sig)


def _listen(serving: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((serving.host, serving.port))
        listening.listen(2048)
    except (OSError, OverflowError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise PortTaken(host=serving.host, port=serving.port, detail=detail) from None
    listening.setblocking(False)
    return listening


def _raise_file_limit() -> None:
    """As many connections as the system lets us have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _get_utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _run_worker_process() -> None:
    arguments = json.loads(sys.argv[1])
    serving = ServerSettings(**{**arguments, "allow_hosts": tuple(arguments["allow_hosts"])})
    assert serving.fd is not None
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    run_worker(
        serving, load_shop(Path(serving.shop_file), os.environ), socket.socket(fileno=serving.fd)
    )


if __name__ == "__main__":
    _run_worker_process()
