"""A run of the delivery: who must not be written to by the newest tables, through which channels, one run at a time."""

import csv
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from winback.config.channels import WeComSettings
from winback.config.shop import Home, Shop
from winback.core.cutoff import midnight
from winback.core.errors import (
    ChannelSilent,
    ChannelUnknown,
    CustomerUnknown,
    DeliveryUnknown,
    NoContacts,
    NoWecom,
    ReceiptsUnreadable,
    TokenUnknown,
)
from winback.data.contacts import Contacts, known_as, read_contacts
from winback.data.pseudonyms import key_of, pseudonym
from winback.data.store import Store, literal, open_store
from winback.delivery.channel_registry import channels_of, follow_up, wecom_of
from winback.delivery.channels.base import ChannelStopped
from winback.delivery.channels.wecom.api import ROOT, WeComRefused
from winback.delivery.channels.wecom.robot import tell_group
from winback.delivery.contact_addresses import delivery_of, keep_contacts, match_wecom
from winback.delivery.dispatcher import TURN, Delivered, deliver
from winback.delivery.journal import Journal
from winback.delivery.run_lock import turn_of
from winback.experiments.assignment import arms_of, said_no
from winback.i18n.translate import cell
from winback.ledger.audit_log import note
from winback.ledger.consents import is_kept, note_kept, receive, suppress, tell_consents
from winback.ledger.engine import Ledger
from winback.ledger.integrity import Fault, audit
from winback.ledger.outbox import customer_of, reconcile
from winback.ledger.schema import RECEIPT_KINDS
from winback.ledger.suppression import EVERY, Cap, Rules
from winback.ledger.waves import due_customers, list_waves
from winback.playbooks.matching import book_of
from winback.playbooks.playbook import CHANNELS, Playbook
from winback.playbooks.quiet_hours import Hours

_ASKED = 10_000  # customers of one question


def caps_of(shop: Shop, book: Playbook) -> tuple[Cap, ...]:
    """The shop's caps: the playbook's a week, and the shop's own a day and over all channels (B86)."""
    weekly = tuple(Cap(channel, 7, most) for channel, most in sorted(book.caps_a_week.items()))
    daily = tuple(Cap(channel, 1, most) for channel, most in sorted(shop.waves.messages_a_day.items()))
    return weekly + daily + (() if shop.waves.messages_a_week is None else (Cap(EVERY, 7, shop.waves.messages_a_week),))


def rules_now(shop: Shop, book: Playbook, store: Store, ledger: Ledger, folder: Path, now: datetime) -> Rules:
    """What keeps messages back by what is known now: the newest tables, the list of contacts, the settings.

    What the list says of consents is kept in the ledger.
    """
    hours = Hours(shop.waves.opens, shop.waves.closes)
    blackout = frozenset(shop.recall.blackout)

    due = due_customers(ledger)
    contacts = read_contacts(shop, store, folder) if due else Contacts()

    def opens(_channel: str, customer: str, now: datetime) -> datetime:
        """By the clock of where the customer is; a day without messages is the shop's own."""
        zone = contacts.of(customer).timezone or shop.timezone
        moment = hours.next_open(now, zone)
        while _day(moment, shop.timezone) in blackout:
            moment = hours.next_open(midnight(_day(moment, shop.timezone) + timedelta(days=1), shop.timezone), zone)
        return moment

    agreed = {(customer, channel): given for customers in due.values() for customer in customers
              for channel, given in contacts.of(customer).agreed.items()}  # fmt: skip
    tell_consents(ledger, agreed, now, "contacts")
    return Rules(caps_of(shop, book), frozenset(shop.waves.consent), _kept_away(shop, store, ledger, contacts, due, now), opens)


def _day(moment: datetime, zone: str) -> date:
    """The local day of a moment, naive UTC."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def _kept_away(
    shop: Shop, store: Store, ledger: Ledger, contacts: Contacts, due: Mapping[str, Sequence[str]], now: datetime
) -> dict[tuple[str, str], str]:
    """Who must not be written to, though they were planned: they ordered since, or have a complaint or a refund open."""
    since = {wave.wave_id: midnight(wave.cutoff, shop.timezone) for wave in list_waves(ledger)}
    con = store.connect()
    told: dict[tuple[str, str], str] = {}
    silent = said_no(ledger, store, now)
    for wave_id, customers in due.items():
        told |= {(wave_id, each): "unsubscribed" for each in customers if each in silent or contacts.of(each).unsubscribed}
        for start in range(0, len(customers), _ASKED):
            listed = ", ".join(map(literal, customers[start : start + _ASKED]))
            for reason, question in _HAPPENED.items():
                rows = con.execute(question.format(listed=listed, since=f"timestamp '{since[wave_id]}'")).fetchall()
                told |= {(wave_id, customer): reason for (customer,) in rows}
    return told


# In the order of reading: what stands last is the reason that is told.
_HAPPENED: Mapping[str, str] = {
    "ordered": "select distinct customer_id from orders where customer_id in ({listed}) and occurred_at >= {since}"
               " and not gift and not wholesale and not brushing",
    "deposit": "select distinct customer_id from orders where customer_id in ({listed}) and deposit and occurred_at >= {since}",
    "refunded": "select distinct customer_id from (select customer_id, occurred_at from refunds union all"
                " select customer_id, occurred_at from events where kind = 'refund_request')"
                " where customer_id in ({listed}) and occurred_at >= {since}",
    "complaint": "select customer_id from events where customer_id in ({listed}) and kind in ('complaint_opened',"
                 " 'complaint_resolved') and occurred_at >= {since} group by customer_id"
                 " having max_by(kind, occurred_at) = 'complaint_opened'",
}  # fmt: skip


def run_waves(
    shop: Shop, book: Playbook, store: Store, ledger: Ledger, folder: Path, clock: Callable[[], datetime],
    progress: Callable[[Delivered], None] = lambda _done: None,
) -> Delivered:  # fmt: skip
    """Hand over everything that is due. Raises RunUnderWay, LedgerRestored and FencedOff."""
    with turn_of(ledger, folder, clock()) as turn, Journal(folder / "delivery.journal") as journal:
        keep_contacts(shop, store, ledger, folder, clock())
        channels = channels_of(shop, book, ledger, folder, clock)
        follow_up(ledger, channels, clock())
        rules = rules_now(shop, book, store, ledger, folder, clock())
        return deliver(ledger, turn, channels, rules, journal, clock, progress=progress)


def matched_with_wecom(
    shop: Shop, store: Store, ledger: Ledger, folder: Path, now: datetime, progress: Callable[[int], None]
) -> dict[str, Any]:
    """Match customers with WeCom contacts, and write down who was not; returns how many, and the file.

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
        table.writerows((cell(each.owner), cell(each.external_userid), "", "no_customer") for each in told.unmatched)
        table.writerows(("", "", cell(customer), "several_contacts") for customer in told.ambiguous)
    return {"found": len(told.found), "unmatched": len(told.unmatched), "ambiguous": len(told.ambiguous), "file": str(path)}


def told_group(shop: Shop, ledger: Ledger, text: str, now: datetime) -> bool:
    """Tell the shop's WeCom group of something once a day; whether it was told now."""
    settings = shop.channels.get("wecom")
    if not isinstance(settings, WeComSettings) or settings.robot is None:
        return False
    digest = hashlib.sha256(f"{text}\0{now:%Y-%m-%d}".encode()).hexdigest()
    name = f"robot-{digest[:32]}"
    if is_kept(ledger, name, digest) or not tell_group(settings.robot, text, settings.root or ROOT):
        return False
    note_kept(ledger, name, digest, now)
    return True


def reconciled(shop: Shop, ledger: Ledger, folder: Path, actor: str, now: datetime) -> int:
    """Let a restored ledger send again; returns of how many messages nobody knows now whether they were sent."""
    with turn_of(ledger, folder, now), Journal(folder / "delivery.journal") as journal:
        channels = channels_of(shop, book_of(shop), ledger, folder, lambda: now)
        repeatable = [name for name, channel in channels.items() if channel.kind != "one_shot"]
        return reconcile(ledger, TURN, journal.highest(), repeatable, actor, now)


def audited(shop: Shop, ledger: Ledger) -> list[Fault]:
    """Every promise of the ledger that is broken; arms are drawn again."""
    book = book_of(shop)
    drawn = {wave.wave_id: arms_of(shop, book, None, ledger, wave.cutoff)
             for wave in list_waves(ledger) if wave.playbook == book.name}  # fmt: skip

    def arm_of(wave_id: str, play: str, household: str) -> str | None:
        return drawn[wave_id].of(play, household) if wave_id in drawn else None

    return audit(ledger, caps_of(shop, book), arm_of)


def opted_out(shop: Shop, home: Home, ledger: Ledger, customer: str, channel: str, actor: str, now: datetime) -> None:
    """Let nobody write to a customer any more, and note who said so. Raises CustomerUnknown and ChannelUnknown."""
    if channel not in (EVERY, *CHANNELS):
        raise ChannelUnknown(value=channel, known=", ".join(CHANNELS))
    store = open_store(home.shop(shop.name))
    customer = known_as(shop, store, home.shop(shop.name), customer)
    listed = store.connect().execute("select count(*) from orders where customer_id = ?", [customer]).fetchone()
    if not listed or not listed[0]:
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=str(store.last_day))
    suppress(ledger, customer, channel, "unsubscribed", now, "operator")
    with ledger.writing() as connection:
        note(connection, now, actor, "opted_out", pseudonym(customer, _key(home, shop), "customer"), {"channel": channel})


def receipts_heard(ledger: Ledger, path: Path, source: str) -> dict[str, Any]:
    """Keep what a gateway or a mail server heard of messages: a CSV with `delivery_id`, `kind` (one of RECEIPT_KINDS) and `at`
    (a moment with its zone). What is not understood is told by its line, and the rest is kept.

    Raises ReceiptsUnreadable.
    """
    told: dict[str, Any] = {"kept": 0, "refused": []}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream)
            missing = [name for name in ("delivery_id", "kind", "at") if name not in (table.fieldnames or ())]
            if missing:
                raise ReceiptsUnreadable(file=str(path), detail=f"{missing[0]} ∉ {', '.join(table.fieldnames or ())}")
            for row in table:
                fault = _heard(ledger, row, source)
                told["kept"] += fault is None
                if fault is not None:
                    told["refused"].append({"line": table.line_num, "column": fault, "value": row[fault]})
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReceiptsUnreadable(file=str(path), detail=str(error)) from None
    except OSError as error:
        raise ReceiptsUnreadable(file=str(path), detail=error.strerror) from None
    return told


def _heard(ledger: Ledger, row: Mapping[str, str], source: str) -> str | None:
    """Keep one receipt; the column that is not understood, if any."""
    if row["kind"] not in RECEIPT_KINDS:
        return "kind"
    try:
        at = datetime.fromisoformat(row["at"])
        if at.tzinfo is None:
            return "at"
        receive(ledger, row["delivery_id"], row["kind"], at.astimezone(UTC).replace(tzinfo=None), source)
    except (ValueError, TypeError, OverflowError):
        return "at"
    except DeliveryUnknown:
        return "delivery_id"
    return None


def opted_out_by_link(shop: Shop, home: Home, ledger: Ledger, token: str, now: datetime) -> str:
    """Write no more, through the channel a message came by, to whoever got it; returns that channel.

    token: what the message's own List-Unsubscribe carries. Raises TokenUnknown.
    """
    key = _key(home, shop)
    delivery_id = delivery_of(key, token)
    found = customer_of(ledger, delivery_id) if delivery_id else None
    if found is None:
        raise TokenUnknown
    customer, channel = found
    suppress(ledger, customer, channel, "unsubscribed", now, "link")
    with ledger.writing() as connection:
        note(connection, now, "link", "opted_out", pseudonym(customer, key, "customer"), {"channel": channel})
    return channel


def _key(home: Home, shop: Shop) -> bytes:
    return key_of(home.shop(shop.name) / "pseudonym.key")
