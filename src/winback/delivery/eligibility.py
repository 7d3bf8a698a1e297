"""Who must not be written to, by what is known now: the newest tables, the list of contacts, the
settings."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight
from winback.data.contacts import Contacts, load_contacts
from winback.data.store import Store, quote_literal
from winback.experiments.assignment import find_unsubscribed
from winback.ledger.consents import set_consents
from winback.ledger.engine import Ledger
from winback.ledger.suppression import ALL, Cap, SuppressionRules
from winback.ledger.waves import list_due_customers, list_waves
from winback.playbooks.playbook import Playbook
from winback.playbooks.quiet_hours import QuietHours

_ASKED = 10_000  # customers of one question


def get_frequency_caps(shop: Shop, playbook: Playbook) -> tuple[Cap, ...]:
    """The shop's caps: the playbook's a week, and the shop's own a day and over all channels
    (B86)."""
    weekly = tuple(Cap(channel, 7, most) for channel, most in sorted(playbook.caps_a_week.items()))
    daily = tuple(
        Cap(channel, 1, most) for channel, most in sorted(shop.waves.messages_a_day.items())
    )
    return (
        weekly
        + daily
        + (() if shop.waves.messages_a_week is None else (Cap(ALL, 7, shop.waves.messages_a_week),))
    )


def get_suppression_rules(
    shop: Shop, playbook: Playbook, store: Store, ledger: Ledger, folder: Path, now: datetime
) -> SuppressionRules:
    """What keeps messages back by what is known now: the newest tables, the list of contacts, the
    settings.

    What the list says of consents is kept in the ledger.
    """
    hours = QuietHours(shop.waves.opens, shop.waves.closes)
    blackout = frozenset(shop.recall.blackout)

    due = list_due_customers(ledger)
    contacts = load_contacts(shop, store, folder) if due else Contacts()

    def get_opening(_channel: str, customer: str, now: datetime) -> datetime:
        """By the clock of where the customer is; a day without messages is the shop's own."""
        zone = contacts.get_contact(customer).timezone or shop.timezone
        moment = hours.find_next_open(now, zone)
        while _to_local_day(moment, shop.timezone) in blackout:
            moment = hours.find_next_open(
                get_midnight(
                    _to_local_day(moment, shop.timezone) + timedelta(days=1), shop.timezone
                ),
                zone,
            )
        return moment

    agreed = {
        (customer, channel): given
        for customers in due.values()
        for customer in customers
        for channel, given in contacts.get_contact(customer).agreed.items()
    }
    set_consents(ledger, agreed, now, "contacts")
    return SuppressionRules(
        get_frequency_caps(shop, playbook),
        frozenset(shop.waves.consent),
        _find_blocked(shop, store, ledger, contacts, due, now),
        get_opening,
    )


def _to_local_day(moment: datetime, zone: str) -> date:
    """The local day of a moment, naive UTC."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def _find_blocked(
    shop: Shop,
    store: Store,
    ledger: Ledger,
    contacts: Contacts,
    due: Mapping[str, Sequence[str]],
    now: datetime,
) -> dict[tuple[str, str], str]:
    """Who must not be written to, though they were planned: they ordered since, or have a
    complaint or a refund open."""
    since = {wave.wave_id: get_midnight(wave.cutoff, shop.timezone) for wave in list_waves(ledger)}
    con = store.connect()
    reasons: dict[tuple[str, str], str] = {}
    silent = find_unsubscribed(ledger, store, now)
    for wave_id, customers in due.items():
        reasons |= {
            (wave_id, each): "unsubscribed"
            for each in customers
            if each in silent or contacts.get_contact(each).unsubscribed
        }
        reasons = _find_happened(customers, con, since, wave_id, reasons)
    return reasons


def _find_happened(
    customers: Sequence[str],
    con: duckdb.DuckDBPyConnection,
    since: dict[str, datetime],
    wave_id: str,
    reasons: dict[tuple[str, str], str],
) -> dict[tuple[str, str], str]:
    for start in range(0, len(customers), _ASKED):
        listed = ", ".join(map(quote_literal, customers[start : start + _ASKED]))
        for reason, question in _HAPPENED.items():
            rows = con.execute(
                question.format(listed=listed, since=f"timestamp '{since[wave_id]}'")
            ).fetchall()
            reasons |= {(wave_id, customer): reason for (customer,) in rows}
    return reasons


# In the order of reading: what stands last is the reason that is given.
_HAPPENED: Mapping[str, str] = {
    "ordered": "select distinct customer_id from orders where customer_id in ({listed}) and "
    "occurred_at >= {since}"
    " and not gift and not wholesale and not brushing",
    "deposit": "select distinct customer_id from orders where customer_id in ({listed}) and "
    "deposit and occurred_at >= {since}",
    "refunded": "select distinct customer_id from (select customer_id, occurred_at from refunds "
    "union all"
    " select customer_id, occurred_at from events where kind = 'refund_request')"
    " where customer_id in ({listed}) and occurred_at >= {since}",
    "complaint": "select customer_id from events where customer_id in ({listed}) and kind in "
    "('complaint_opened',"
    " 'complaint_resolved') and occurred_at >= {since} group by customer_id"
    " having max_by(kind, occurred_at) = 'complaint_opened'",
}
