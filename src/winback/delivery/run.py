"""A run of the delivery: who must not be written to by the newest tables, through which
channels, one run at a time."""

import csv
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from winback.config.shop import Shop
from winback.core.errors import (
    ChannelSilent,
    NoContacts,
    NoWecom,
)
from winback.data.store import Store
from winback.delivery.channel_registry import channels_of, follow_up, wecom_of
from winback.delivery.channels.base import ChannelStopped
from winback.delivery.channels.wecom.api import WeComRefused
from winback.delivery.contact_addresses import keep_contacts, match_wecom
from winback.delivery.dispatcher import Delivered, deliver
from winback.delivery.eligibility import rules_now
from winback.delivery.journal import Journal
from winback.delivery.run_lock import turn_of
from winback.i18n.translate import cell
from winback.ledger.engine import Ledger
from winback.playbooks.playbook import Playbook


def run_waves(
    shop: Shop,
    book: Playbook,
    store: Store,
    ledger: Ledger,
    folder: Path,
    clock: Callable[[], datetime],
    progress: Callable[[Delivered], None] = lambda _done: None,
) -> Delivered:
    """Hand over everything that is due. Raises RunUnderWay, LedgerRestored and FencedOff."""
    with turn_of(ledger, folder, clock()) as turn, Journal(folder / "delivery.journal") as journal:
        keep_contacts(shop, store, ledger, folder, clock())
        channels = channels_of(shop, book, ledger, folder, clock)
        follow_up(ledger, channels, clock())
        rules = rules_now(shop, book, store, ledger, folder, clock())
        return deliver(ledger, turn, channels, rules, journal, clock, progress=progress)


def matched_with_wecom(
    shop: Shop,
    store: Store,
    ledger: Ledger,
    folder: Path,
    now: datetime,
    progress: Callable[[int], None],
) -> dict[str, Any]:
    """Match customers with WeCom contacts, and write down who was not; returns how many, and the
    file.

    Raises NoWecom, NoContacts and ChannelSilent.
    """
    wecom = wecom_of(shop, lambda: now)
    if wecom is None:
        raise NoWecom
    if shop.contacts is None:
        raise NoContacts
    try:
        told = match_wecom(shop, store, ledger, folder, wecom, now, progress)
    except (WeComRefused, ChannelStopped) as stopped:
        raise ChannelSilent(channel="WeCom", why=stopped.reason, detail=str(stopped)) from None
    path = folder / "wecom-unmatched.csv"
    private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("owner", "external_userid", "customer_id", "why"))
        table.writerows(
            (cell(each.owner), cell(each.external_userid), "", "no_customer")
            for each in told.unmatched
        )
        table.writerows(("", "", cell(customer), "several_contacts") for customer in told.ambiguous)
    return {
        "found": len(told.found),
        "unmatched": len(told.unmatched),
        "ambiguous": len(told.ambiguous),
        "file": str(path),
    }
