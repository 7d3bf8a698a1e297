"""A run of the delivery: who must not be written to by the newest tables, through which
channels, one run at a time."""

import csv
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from winback.config.shop import Shop
from winback.core.wave_errors import ChannelUnreachable, NoContacts, NoWecom
from winback.data.store import Store, open_store
from winback.delivery.channel_registry import build_channels, build_wecom, poll_receipts
from winback.delivery.channels.base import ChannelStopped
from winback.delivery.channels.wecom.api import WeComRefused
from winback.delivery.channels.wecom.matching import MatchResult
from winback.delivery.claim_journal import ClaimJournal
from winback.delivery.contact_addresses import match_wecom
from winback.delivery.current_rules import CurrentRules
from winback.delivery.dispatcher import DispatchResult, dispatch
from winback.delivery.harm_brake import pause_harmful_waves
from winback.delivery.run_lock import hold_run_lock
from winback.delivery.sender_state import SenderState
from winback.delivery.witness import NO_WITNESS, DatabaseWitness
from winback.i18n.translate import escape_formula
from winback.ledger.engine import Ledger
from winback.ledger.harm import HarmStop
from winback.playbooks.playbook import Playbook


def run_waves(
    shop: Shop,
    playbook: Playbook,
    ledger: Ledger,
    folder: Path,
    state: SenderState,
    clock: Callable[[], datetime],
    progress: Callable[[DispatchResult], None] = lambda _done: None,
    load_shop: Callable[[], Shop] | None = None,
    settings: tuple[Path, ...] = (),
) -> DispatchResult:
    """Hand over everything that is due.

    load_shop: reads the settings anew; settings: the files they stand in; left out, they do not
    change in a run. Raises RunInProgress, LeaseLost and what the state folder says of a ledger that
    must not send.
    """
    with hold_run_lock(ledger, folder, clock()) as lease, _open_checked(state, clock) as journal:
        channels = build_channels(shop, playbook, ledger, folder, clock)
        poll_receipts(ledger, channels, clock())
        rules = CurrentRules(load_shop or (lambda: shop), settings, ledger, folder)
        witness = (
            DatabaseWitness(shop.waves.witness, ledger, clock) if shop.waves.witness else NO_WITNESS
        )
        harm = _pause_harmful_waves(ledger, folder, clock())
        result = dispatch(
            ledger, lease, channels, rules, journal, clock, progress=progress, witness=witness
        )
        result.harm = harm
        state.note_seals()
        return result


def _pause_harmful_waves(ledger: Ledger, folder: Path, now: datetime) -> list[HarmStop]:
    if not (folder / "tables").exists():
        return []
    return pause_harmful_waves(open_store(folder).connect(), ledger, now)


def _open_checked(state: SenderState, clock: Callable[[], datetime]) -> ClaimJournal:
    """The journal, once the ledger is found to be the one that sent. Under the lock of the run."""
    state.check(clock())
    return state.open_journal()


class WeComMatch(TypedDict):
    """How many customers have a contact, contacts no customer, and customers several contacts;
    file: who was not matched."""

    found: int
    unmatched: int
    ambiguous: int
    file: str


def match_contacts_with_wecom(
    shop: Shop,
    store: Store,
    ledger: Ledger,
    folder: Path,
    now: datetime,
    progress: Callable[[int], None],
) -> WeComMatch:
    """Match customers with WeCom contacts, and write down who was not; returns how many, and the
    file.

    Raises NoWecom, NoContacts and ChannelUnreachable.
    """
    wecom = build_wecom(shop, lambda: now)
    if wecom is None:
        raise NoWecom
    if shop.contacts is None:
        raise NoContacts
    try:
        match = match_wecom(shop, store, ledger, folder, wecom, now, progress)
    except (WeComRefused, ChannelStopped) as stopped:
        raise ChannelUnreachable(channel="WeCom", why=stopped.reason, detail=str(stopped)) from None
    path = folder / "wecom-unmatched.csv"
    _write_unmatched(path, match)
    return {
        "found": len(match.contacts),
        "unmatched": len(match.unmatched),
        "ambiguous": len(match.ambiguous),
        "file": str(path),
    }


def _write_unmatched(path: Path, match: MatchResult) -> None:
    private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("owner", "external_userid", "customer_id", "why"))
        table.writerows(
            (escape_formula(each.owner), escape_formula(each.external_userid), "", "no_customer")
            for each in match.unmatched
        )
        table.writerows(
            ("", "", escape_formula(customer), "several_contacts") for customer in match.ambiguous
        )
