"""A rehearsal: a wave on a copy of the ledger, through the shop's own kinds of channels, to
receivers on this machine.

Nothing of it leaves the machine and nothing of it stays: addresses are made up, the ledger is a
copy in a folder that goes, and what went out is counted in the receivers' own logs, as it would be
in the world.
"""

import json
import secrets
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

import sqlalchemy as sa

from winback.config.channels import ChannelSettings, SmtpSettings, WebhookSettings, WeComSettings
from winback.config.shop import Shop
from winback.core.expiry_marks import fill_expiry
from winback.data.store import Store
from winback.delivery.channel_registry import build_channels, poll_receipts
from winback.delivery.claim_journal import ClaimJournal
from winback.delivery.dispatcher import DispatchResult, dispatch
from winback.delivery.run_lock import hold_run_lock
from winback.delivery.suppression_rules import get_frequency_caps, get_suppression_rules
from winback.ledger.address_vault import AddressVault
from winback.ledger.copy import copy_ledger, stop_other_waves
from winback.ledger.engine import Ledger, open_ledger
from winback.ledger.integrity import Violation, audit
from winback.ledger.tables.waves import ASSIGNMENTS, DELIVERIES
from winback.ledger.waves import count_wave, decide_wave, load_wave
from winback.playbooks.playbook import Playbook

_BETWEEN = ("ok",) * 6
FAULTS: Mapping[str, Sequence[str]] = {
    kind: [each for fault in faults for each in (*_BETWEEN, fault)]
    for kind, faults in {
        "mail": ("greylist", "drop_after", "refuse", "later", "drop_before"),
        "wecom": ("-1", "html", "84061", "reset_after"),
        "webhook": ("fail_before", "fail_after", "reset_after", "refuse"),
    }.items()
}
MOST_RUNS = 40
_STAFF = "staff"


class MessageSample(TypedDict):
    """One message as a channel would have sent it."""

    channel: str
    customer_id: str
    subject: str | None
    body: str | None


# By member of staff and external_userid: what WeCom's receiver knows of a contact, here nothing.
WeComContacts = dict[str, dict[str, dict[str, str]]]


@dataclass(frozen=True)
class RehearsalResult:
    """What a rehearsal came to. taken: messages by channel as the receivers have them; twice: of
    those, one-shot or keyed ones that a customer would have got again; messages: as `tally`;
    samples: a message of each channel."""

    wave_id: str
    runs: int
    taken: Mapping[str, int]
    twice: int
    messages: Sequence[Mapping[str, Any]]
    samples: Sequence[MessageSample]
    faults: Sequence[Violation]


def rehearse(
    shop: Shop,
    playbook: Playbook,
    store: Store,
    ledger: Ledger,
    folder: Path,
    wave_id: str,
    now: datetime,
    with_faults: bool,
) -> RehearsalResult:
    """Send a wave to receivers of this machine. folder: the shop's own, where its list of contacts
    is looked up from.

    Raises WaveUnknown.
    """
    load_wave(ledger, wave_id)
    with tempfile.TemporaryDirectory(prefix="winback-rehearsal-") as scratch, ExitStack() as stack:
        place = Path(scratch)
        path, key = place / "ledger.db", ledger.seal_key
        copy = open_ledger(path, keep_open=True, seal_key=key)
        stack.callback(copy.engine.dispose)
        copy.migrate()
        copy_ledger(ledger, copy)
        stop_other_waves(copy, wave_id, "rehearsal", now)
        decide_wave(copy, wave_id, "approved", "rehearsal", now)
        contacts = _create_addresses(shop, copy, wave_id, place)
        receivers = stack.enter_context(_start_receivers(shop, contacts, place, now, with_faults))
        tried = shop.model_copy(
            update={"channels": _build_settings(shop, receivers), "contacts": None}
        )
        clock = _Clock(
            get_suppression_rules(shop, playbook, store, copy, folder, now, ledger).opens(
                "", "", now
            )
        )
        runs = 0
        while runs < MOST_RUNS:
            runs += 1
            rules = get_suppression_rules(shop, playbook, store, copy, folder, clock.now, ledger)
            channels = build_channels(tried, playbook, copy, place, clock)
            _confirm_tasks(receivers)
            news = poll_receipts(copy, channels, clock())
            with (
                hold_run_lock(copy, place, clock()) as lease,
                ClaimJournal([place / "journal"], b"rehearsal") as journal,
            ):
                done = dispatch(copy, lease, channels, rules, journal, clock)
            if not news and not _has_progress(done):
                break
            clock.now = rules.opens("", "", clock.now + timedelta(hours=1))
        taken, twice = _count_taken(receivers, place)
        messages, faults = (
            count_wave(copy, wave_id)["messages"],
            audit(copy, get_frequency_caps(shop, playbook)),
        )
        return RehearsalResult(
            wave_id, runs, taken, twice, messages, _pick_samples(copy, wave_id), faults
        )


class _Clock:
    """A clock that stands still unless it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class _Receiver:
    kind: str
    port: int
    log: Path

    def read_lines(self) -> list[dict[str, Any]]:
        return (
            [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
            if self.log.exists()
            else []
        )


def _create_addresses(shop: Shop, copy: Ledger, wave_id: str, place: Path) -> WeComContacts:
    """Put an address of nobody's in the rehearsal's own vault for everybody written to; returns
    WeCom contacts by member."""
    people = _assign_owners(copy, wave_id)
    addresses = {
        each.customer_id: {
            "email": f"customer{at}@rehearsal.invalid",
            "wecom": f"wo{at}",
            "platform": f"buyer{at}",
        }
        for at, each in enumerate(people)
    }
    key = secrets.token_bytes(32)
    (place / "vault.key").write_text(key.hex(), encoding="ascii")
    AddressVault(copy, key, shop.name).replace_source(addresses, "contacts")
    return _list_wecom_contacts(people, addresses)


def _list_wecom_contacts(
    people: Sequence[Any], addresses: Mapping[str, Mapping[str, str]]
) -> WeComContacts:
    contacts: WeComContacts = {}
    for each in people:
        contacts.setdefault(each.owner, {})[addresses[each.customer_id]["wecom"]] = {}
    return contacts


def _assign_owners(copy: Ledger, wave_id: str) -> Sequence[Any]:
    """Give everybody of the wave an owner; returns the customers written to, with theirs."""
    of_wave = ASSIGNMENTS.c.wave_id == wave_id
    treated = sa.select(ASSIGNMENTS.c.customer_id, ASSIGNMENTS.c.owner).where(
        of_wave, ASSIGNMENTS.c.arm == "treatment"
    )
    with copy.begin_write() as connection:
        connection.execute(
            sa.update(ASSIGNMENTS)
            .where(of_wave, ASSIGNMENTS.c.owner.is_(None))
            .values(owner=_STAFF)
        )
        return connection.execute(treated.order_by(ASSIGNMENTS.c.customer_id)).all()


@contextmanager
def _start_receivers(
    shop: Shop, contacts: WeComContacts, place: Path, now: datetime, with_faults: bool
) -> Iterator[dict[str, _Receiver]]:
    """A receiver of each kind the shop's channels need, each a process of its own."""
    company = _write_company(contacts, place, now)
    arguments = {"mail": "{}", "wecom": f"@{company}", "webhook": _create_secret(place)}
    kinds = {
        kind
        for settings in shop.channels.values()
        if (kind := _KINDS.get(settings.kind)) is not None
    }
    started: list[subprocess.Popen[str]] = []
    receivers: dict[str, _Receiver] = {}
    try:
        for kind in sorted(kinds):
            faults, log = FAULTS[kind] if with_faults else [], place / f"{kind}.log"
            started.append(_start_process(kind, log, arguments[kind], faults))
            port = int((started[-1].stdout or sys.stdin).readline())
            receivers[kind] = _Receiver(kind, port, log)
        yield receivers
    finally:
        for process in started:
            process.kill()
            process.communicate()


_KINDS = {"smtp": "mail", "wecom_tag": "wecom", "wecom_task": "wecom", "webhook": "webhook"}


def _write_company(contacts: WeComContacts, place: Path, now: datetime) -> Path:
    """What WeCom's receiver knows of the company: a list of all contacts is too long for a
    command."""
    config = {
        "corpid": "rehearsal",
        "secret": "rehearsal",
        "contacts": contacts,
        "now": int(now.replace(tzinfo=UTC).timestamp()),
    }
    company = place / "company.json"
    company.write_text(json.dumps(config), encoding="utf-8")
    return company


def _start_process(
    kind: str, log: Path, argument: str, faults: Sequence[str]
) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        f"winback.simulation.receivers.{kind}",
        str(log),
        argument,
        json.dumps(faults),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _create_secret(place: Path) -> str:
    path = place / "secret"
    if not path.exists():
        path.write_text(secrets.token_hex(16), encoding="ascii")
    return path.read_text(encoding="ascii")


def _build_settings(shop: Shop, receivers: Mapping[str, _Receiver]) -> dict[str, ChannelSettings]:
    """The shop's channels, each leading to its receiver of the rehearsal."""
    channels: dict[str, ChannelSettings] = {}
    for name, settings in shop.channels.items():
        at = receivers.get(_KINDS.get(settings.kind, ""))
        if at is None:
            channels[name] = settings
        else:
            channels[name] = settings.model_copy(update=_point_at(settings, at))
    return channels


def _point_at(settings: object, receiver: _Receiver) -> dict[str, str | int | None]:
    """The settings that lead a channel to its receiver."""
    here = f"http://127.0.0.1:{receiver.port}"
    if isinstance(settings, WeComSettings):
        return {
            "corpid": "rehearsal",
            "secret": "rehearsal",
            "root": f"{here}/cgi-bin",
            "robot": None,
        }
    if isinstance(settings, SmtpSettings):
        return {
            "host": "127.0.0.1",
            "port": receiver.port,
            "security": "none",
            "user": None,
            "password": None,
        }
    assert isinstance(settings, WebhookSettings)
    return {
        "url": f"{here}/take",
        "secret": _create_secret(receiver.log.parent),
        "private": True,
    }


def _confirm_tasks(receivers: Mapping[str, _Receiver]) -> None:
    """Let the staff of the rehearsal send their tasks."""
    at = receivers.get("wecom")
    if at is None:
        return
    lines = at.read_lines()
    for msgid in {line["msgid"] for line in lines if line["did"] == "task"} - {
        line["msgid"] for line in lines if line["did"] == "confirm"
    }:
        body = json.dumps({"msgid": msgid, "status": 1}).encode()
        urllib.request.urlopen(f"http://127.0.0.1:{at.port}/rehearsal/confirm", body).close()


def _has_progress(done: DispatchResult) -> bool:
    return bool(done.sent or done.created or done.failed or done.unknown or done.again)


def _count_taken(receivers: Mapping[str, _Receiver], place: Path) -> tuple[dict[str, int], int]:
    """What receivers took, and how much of it twice; lists in files are counted by their lines.

    A gateway knows a key again and sends nothing; a mail server and WeCom do not.
    """
    taken, twice = Counter[str](), 0
    for kind, at in receivers.items():
        for line in at.read_lines():
            if _is_sent(kind, line):
                taken[kind] += 1
                twice += kind == "mail" and not line["first"]
        twice += _count_repeated_tasks(at)
    for name in ("handoff", "audience"):
        for path in (place / name).glob("*/*.csv"):
            taken[name] += _count_rows(path)
    return dict(taken), twice


def _is_sent(kind: str, line: Mapping[str, Any]) -> bool:
    """Whether what a receiver was asked would have reached a customer."""
    if line.get("did") in ("confirm", "tag", "robot"):
        return False
    return kind != "webhook" or bool(line["first"])


def _count_rows(path: Path) -> int:
    """The lines of a file below its header."""
    return len(path.read_text(encoding="utf-8-sig").splitlines()) - 1


def _count_repeated_tasks(receiver: _Receiver) -> int:
    tasks = Counter(
        (line["sender"], *line["external"], line["content"])
        for line in receiver.read_lines()
        if line.get("did") == "task"
    )
    return sum(count - 1 for count in tasks.values())


def _pick_samples(copy: Ledger, wave_id: str) -> list[MessageSample]:
    """The first message of each channel."""
    query = sa.select(
        *(DELIVERIES.c[name] for name in ("channel", "customer_id", "subject", "body", "expiry"))
    )
    samples: dict[str, MessageSample] = {}
    with copy.begin_read() as connection:
        for channel, customer_id, subject, body, expiry in connection.execute(
            query.where(DELIVERIES.c.wave_id == wave_id).order_by(
                DELIVERIES.c.rank, DELIVERIES.c.step
            )
        ):
            sample = MessageSample(
                channel=channel,
                customer_id=customer_id,
                subject=fill_expiry(subject, expiry),
                body=fill_expiry(body, expiry),
            )
            samples.setdefault(channel, sample)
    return list(samples.values())
