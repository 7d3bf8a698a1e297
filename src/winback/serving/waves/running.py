"""A run of the delivery: who must not be written to by the newest tables, through which channels, one run at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from winback.campaigns import CHANNELS, Hours, Playbook
from winback.channels import Channel, Endpoint, HandOff, Webhook
from winback.cutoff import midnight
from winback.errors import ChannelUnknown, CustomerUnknown
from winback.ledger import (
    EVERY,
    Cap,
    Fault,
    Ledger,
    Rules,
    audit,
    due_customers,
    list_waves,
    note,
    reconcile,
    suppress,
    tell_consents,
)
from winback.serving.playing import book_of
from winback.serving.waves.arms import arms_of
from winback.serving.waves.delivering import TURN, Delivered, deliver
from winback.serving.waves.journal import Journal
from winback.serving.waves.turning import turn_of
from winback.settings import Home, Shop
from winback.sources import Contacts, Store, literal, open_store, read_contacts

_ASKED = 10_000  # customers of one question


def caps_of(shop: Shop, book: Playbook) -> tuple[Cap, ...]:
    """The shop's caps: the playbook's a week, and the shop's own a day and over all channels (B86)."""
    weekly = tuple(Cap(channel, 7, most) for channel, most in sorted(book.caps_a_week.items()))
    daily = tuple(Cap(channel, 1, most) for channel, most in sorted(shop.waves.messages_a_day.items()))
    return weekly + daily + (() if shop.waves.messages_a_week is None else (Cap(EVERY, 7, shop.waves.messages_a_week),))


def channels_of(shop: Shop, folder: Path, clock: Callable[[], datetime]) -> dict[str, Channel]:
    """The shop's channels, as the shop file says; folder: the shop's own."""
    lists = HandOff(folder / "handoff")
    told: dict[str, Channel] = dict.fromkeys(CHANNELS, lists)
    for name, settings in shop.channels.items():
        if settings.kind == "webhook" and settings.url and settings.secret:
            told[name] = Webhook(Endpoint(settings.url, settings.secret.encode(), settings.private), clock)
    return told


def rules_now(shop: Shop, book: Playbook, store: Store, ledger: Ledger, folder: Path, now: datetime) -> Rules:
    """What keeps messages back by what is known now: the newest tables, the list of contacts, the settings.

    What the list says of consents is kept in the ledger.
    """
    hours = Hours(shop.waves.opens, shop.waves.closes)
    blackout = frozenset(shop.recall.blackout)

    def opens(_channel: str, _customer: str, now: datetime) -> datetime:
        moment = hours.next_open(now, shop.timezone)
        while _day(moment, shop.timezone) in blackout:
            moment = hours.next_open(midnight(_day(moment, shop.timezone) + timedelta(days=1), shop.timezone), shop.timezone)
        return moment

    due = due_customers(ledger)
    contacts = read_contacts(shop, store, folder) if due else Contacts()
    agreed = {(customer, channel): given for customers in due.values() for customer in customers
              for channel, given in contacts.of(customer).agreed.items()}  # fmt: skip
    tell_consents(ledger, agreed, now, "contacts")
    return Rules(caps_of(shop, book), frozenset(shop.waves.consent), _kept_away(shop, store, ledger, contacts, due), opens)


def _day(moment: datetime, zone: str) -> date:
    """The local day of a moment, naive UTC."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def _kept_away(
    shop: Shop, store: Store, ledger: Ledger, contacts: Contacts, due: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], str]:
    """Who must not be written to, though they were planned: they ordered since, or have a complaint or a refund open."""
    since = {wave.wave_id: midnight(wave.cutoff, shop.timezone) for wave in list_waves(ledger)}
    con = store.connect()
    told: dict[tuple[str, str], str] = {}
    for wave_id, customers in due.items():
        told |= {(wave_id, each): "unsubscribed" for each in customers if contacts.of(each).unsubscribed}
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
        rules = rules_now(shop, book, store, ledger, folder, clock())
        return deliver(ledger, turn, channels_of(shop, folder, clock), rules, journal, clock, progress=progress)


def reconciled(shop: Shop, ledger: Ledger, folder: Path, actor: str, now: datetime) -> int:
    """Let a restored ledger send again; returns of how many messages nobody knows now whether they were sent."""
    with turn_of(ledger, folder, now), Journal(folder / "delivery.journal") as journal:
        repeatable = [name for name, channel in channels_of(shop, folder, lambda: now).items() if channel.kind != "one_shot"]
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
    listed = store.connect().execute("select count(*) from orders where customer_id = ?", [customer]).fetchone()
    if not listed or not listed[0]:
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=str(store.last_day))
    suppress(ledger, customer, channel, "unsubscribed", now, "operator")
    with ledger.writing() as connection:
        note(connection, now, actor, "opted_out", customer, {"channel": channel})
