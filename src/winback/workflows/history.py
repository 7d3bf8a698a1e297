"""Receivers' logs held against the ledger: what was to hold, taken from the shop file and the
playbook."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight
from winback.data.contacts import Contacts, load_contacts
from winback.data.store import Store, list_merges
from winback.history.checks import ALL, HistoryResult, HistoryRules, check_history
from winback.history.ledger_rows import load_history
from winback.history.receiver_logs import ReceivedMessage, read_handoff_lists, read_log
from winback.playbooks.playbook import CHANNELS, Playbook
from winback.workflows.workspace import Workspace


@dataclass(frozen=True)
class CheckedHistory:
    """What a check found, and how many messages the ledger has."""

    result: HistoryResult
    messages: int


def check_receivers(
    workspace: Workspace, logs: Sequence[str], since: date | None
) -> CheckedHistory:
    """Hold logs, and the shop's hand-off lists, against its ledger. logs: files; of a channel named
    before `=`, the file has everything that went through it. Raises HistoryLogUnreadable."""
    received, complete = _read_logs(logs)
    received += read_handoff_lists(workspace.folder / "handoff")
    shop = workspace.shop
    begins = None if since is None else get_midnight(since, shop.timezone)
    with workspace.open_ledger().begin_snapshot() as connection:
        history = load_history(connection)
    rules = _build_rules(shop, workspace.load_playbook(), workspace.open_store(), workspace.folder)
    result = check_history(history, received, rules, complete, begins)
    return CheckedHistory(result, len(history.deliveries))


def _read_logs(logs: Sequence[str]) -> tuple[list[ReceivedMessage], set[str]]:
    received, complete = list[ReceivedMessage](), set[str]()
    for log in logs:
        channel, _, file = log.partition("=")
        if file and channel in CHANNELS:
            complete.add(channel)
            received += read_log(Path(file), channel)
        else:
            received += read_log(Path(log))
    return received, complete


def _build_rules(shop: Shop, playbook: Playbook, store: Store, folder: Path) -> HistoryRules:
    caps: list[tuple[str, int, int]] = []
    caps += [(channel, 7, most) for channel, most in playbook.caps_a_week.items()]
    caps += [(channel, 1, most) for channel, most in shop.waves.messages_a_day.items()]
    if shop.waves.messages_a_week is not None:
        caps.append((ALL, 7, shop.waves.messages_a_week))
    merged = {row["merged_id"]: row["customer_id"] for row in list_merges(store)}
    contacts = load_contacts(shop, store, folder)
    return HistoryRules(caps, frozenset(shop.waves.consent), _build_is_open(shop, contacts), merged)


def _build_is_open(shop: Shop, contacts: Contacts) -> Callable[[str, str, datetime], bool]:
    """Whether it is an hour for messages where a customer is, on a day for them at the shop."""

    def is_open(_channel: str, customer: str, at: datetime) -> bool:
        moment, zone = at.replace(tzinfo=UTC), contacts.get_contact(customer).timezone
        there = moment.astimezone(ZoneInfo(zone or shop.timezone)).time()
        day = moment.astimezone(ZoneInfo(shop.timezone)).date()
        return shop.waves.opens <= there < shop.waves.closes and day not in shop.recall.blackout

    return is_open
