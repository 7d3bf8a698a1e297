"""Who must not be written to, by what is known now: the newest tables, the list of contacts, the
settings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from winback.config.quiet_hours import QuietHours
from winback.config.shop import Shop
from winback.core.cutoff import get_midnight
from winback.data.contacts import Contacts, load_contacts
from winback.data.stock import list_out_of_stock
from winback.data.store import Store
from winback.delivery.customer_news import PlannedFacts, find_news
from winback.delivery.period_budgets import get_period_budgets
from winback.delivery.persons import Persons, load_persons
from winback.experiments.persons import find_merged_across
from winback.ledger.consents import keep_left_alone, set_consents
from winback.ledger.engine import Ledger
from winback.ledger.entries import list_held_out
from winback.ledger.refusal_rates import RefusalLines
from winback.ledger.suppression import ALL, Cap, SuppressionRules
from winback.ledger.waves import Wave, list_claim_times, list_due_customers, list_waves
from winback.playbooks.matching import get_message_language
from winback.playbooks.offer_end import OfferClock
from winback.playbooks.playbook import Playbook


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
    shop: Shop,
    playbook: Playbook,
    store: Store,
    ledger: Ledger,
    folder: Path,
    now: datetime,
    vault_in: Ledger | None = None,
) -> SuppressionRules:
    """What keeps messages back by what is known now: the newest tables, the list of contacts, the
    settings.

    What the list says of consents is kept in the ledger. vault_in: the ledger whose vault has the
    addresses, where that is another one.
    """
    due = list_due_customers(ledger)
    contacts = load_contacts(shop, store, folder) if due else Contacts()
    keep_left_alone(ledger, _list_left_alone(due, contacts), now, "contacts")
    held_out = list_held_out(ledger, _to_local_day(now, shop.timezone)) if due else []
    persons = load_persons(
        shop, store, vault_in or ledger, folder, due, contacts, ledger, held_out, now
    )
    set_consents(ledger, _list_consents(due, contacts, persons), now, "contacts")
    return SuppressionRules(
        get_frequency_caps(shop, playbook),
        frozenset(shop.waves.consent),
        _find_blocked(shop, store, ledger, due, persons, now),
        OpeningHours(shop, contacts).get_opening,
        persons.addresses,
        persons.ids_of,
        list_out_of_stock(store),
        OfferClock(shop.timezone, get_message_language(shop)).count,
        get_period_budgets(shop),
        RefusalLines(
            _to_share(shop.waves.most_opt_outs_per_1000),
            _to_share(shop.waves.most_spam_complaints_per_1000),
        ),
        due,
    )


def _to_share(per_1000: float) -> float | None:
    return per_1000 / 1000 if per_1000 < 1000 else None


@dataclass(frozen=True)
class OpeningHours:
    """When messages may go: by the clock of where the customer is; a day without messages is the
    shop's own."""

    shop: Shop
    contacts: Contacts

    def get_opening(self, _channel: str, customer: str, now: datetime) -> datetime:
        """The next moment, now or later, at which a customer may get a message."""
        shop, hours = self.shop, QuietHours(self.shop.waves.opens, self.shop.waves.closes)
        zone = self.contacts.get_contact(customer).timezone or shop.timezone
        moment = hours.find_next_open(now, zone)
        while (day := _to_local_day(moment, shop.timezone)) in shop.recall.blackout:
            next_day = get_midnight(day + timedelta(days=1), shop.timezone)
            moment = hours.find_next_open(next_day, zone)
        return moment


def _list_left_alone(due: Mapping[str, Collection[str]], contacts: Contacts) -> dict[str, bool]:
    """Of each customer of the list who may still get a message whether they asked for none."""
    waiting = {each for customers in due.values() for each in customers}
    return {
        each: contacts.by_customer[each].unsubscribed
        for each in sorted(waiting.intersection(contacts.by_customer))
    }


def _list_consents(
    due: Mapping[str, Collection[str]], contacts: Contacts, persons: Persons
) -> dict[tuple[str, str], bool]:
    """What the list of contacts says of consents, by customer and channel; it knows a person by
    the id the others were merged into, and says it of all."""
    return {
        (each, channel): given
        for customers in due.values()
        for customer in customers
        for other in persons.list_ids(customer)
        for channel, given in contacts.get_contact(other).agreed.items()
        for each in persons.list_ids(customer)
    }


def _to_local_day(moment: datetime, zone: str) -> date:
    """The local day of a moment, naive UTC."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def _find_blocked(
    shop: Shop,
    store: Store,
    ledger: Ledger,
    due: Mapping[str, Mapping[str, str | None]],
    persons: Persons,
    now: datetime,
) -> dict[tuple[str, str], str]:
    """Who must not be written to, though they were planned: they ordered since, have a complaint
    or a refund open, under whichever id of theirs, are reached where somebody of the holdout
    is, or were merged with somebody of the other arm."""
    waves = {wave.wave_id: wave for wave in list_waves(ledger)}
    own = persons.share(
        list_claim_times(ledger, now - timedelta(days=shop.journey.broadcast_days + 1))
    )
    con = store.connect()
    across = find_merged_across(ledger, store, _to_local_day(now, shop.timezone))
    reasons: dict[tuple[str, str], str] = {}
    for wave_id, customers in due.items():
        reasons |= {
            (wave_id, each): "unsubscribed" for each in customers if persons.has_refused(each)
        }
        planned = _load_planned(customers, waves[wave_id], store.manifest.version)
        since = get_midnight(waves[wave_id].cutoff, shop.timezone)
        # Of an id that is not in the wave no plan knew anything: what it did since counts.
        others = dict.fromkeys(id_ for each in customers for id_ in persons.list_ids(each))
        news = find_news(con, shop.journey, others | planned, since, now, own)
        for each in customers:
            own_news = [news[id_] for id_ in (each, *persons.list_ids(each)) if id_ in news]
            if own_news:
                reasons[wave_id, each] = own_news[0]
        reasons |= {
            (wave_id, each): "beside_holdout" for each in persons.beside_holdout & customers.keys()
        }
        reasons |= {(wave_id, each): "merged_across" for each in customers if each in across}
    return reasons


def _load_planned(
    customers: Mapping[str, str | None], wave: Wave, version: str
) -> dict[str, PlannedFacts | None]:
    """What a wave's plan knew of customers; nothing to compare where it was planned on just these
    tables."""
    is_same = wave.store_version == version
    return {
        customer: None if is_same or facts is None else PlannedFacts.parse(facts)
        for customer, facts in customers.items()
    }
