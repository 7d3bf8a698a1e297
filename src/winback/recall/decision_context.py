"""What a decision rests on beside the customer's row: shop, playbook, contacts, last products
and what is out of stock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.data.contacts import Contact, Contacts
from winback.data.store import Store
from winback.features.last_products import LastProducts, find_last_products
from winback.features.registry import get_available_feeds
from winback.i18n.translate import Language
from winback.playbooks.matching import (
    get_message_language,
    get_message_rules,
    list_unavailable_channels,
)
from winback.playbooks.message_templates import (
    MessageRules,
    Why,
)
from winback.playbooks.offer_end import OfferClock
from winback.playbooks.playbook import Channel, Offer, Playbook, Step
from winback.recall.recall_row import RecallRow

_ASKED = 100_000  # customers whose products are asked for at once


@dataclass(frozen=True)
class TestDraw:
    """How variants of plays on test are drawn (B94). draw: customer, `<play>/<test>`, variants →
    one of them; decided: `<play>/<test>` → the variant that everybody gets by now."""

    draw: Callable[[str, str, tuple[str, ...]], str]
    decided: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DecisionContext:
    """What every customer's row is decided by. ordered_since: who has ordered at or after the
    cut-off, as far as the tables tell; consents: by customer and channel what the ledger knows of
    them, None where nobody is asked for consent."""

    shop: Shop
    playbook: Playbook
    cutoff: Cutoff
    contacts: Contacts
    out_of_stock: frozenset[str]
    ordered_since: frozenset[str] = frozenset()
    trial: TestDraw | None = None
    consents: Mapping[tuple[str, str], bool] | None = None

    @property
    def blackout(self) -> bool:
        return self.cutoff.day in self.shop.recall.blackout

    def get_contact(self, row: RecallRow) -> Contact:
        """How a customer is reached: by the list of contacts, and as a WeCom friend where the
        shop's events say so."""
        contact = self.contacts.get_contact(row.customer_id)
        contact = replace(contact, agreed=self._list_agreed(row, contact))
        return replace(contact, channels=contact.channels | {"wecom"}) if row.friend else contact

    def _list_agreed(self, row: RecallRow, contact: Contact) -> dict[str, bool]:
        """What a customer has agreed to, as the claim of a message asks: by the list of contacts
        where it tells, else by the ledger."""
        if self.consents is None or row.service:  # what is repaired is no advertisement
            return {}
        known: dict[str, bool] = {
            channel: self.consents.get((row.customer_id, channel), False)
            for channel in self.shop.waves.consent
        }
        return known | {
            channel: contact.agreed[channel] for channel in known if channel in contact.agreed
        }

    def is_reached(self, contact: Contact, channel: str) -> bool:
        """Whether a channel has an address of a customer: without a list anybody may be reached,
        but only a platform's own buyers are its audience."""
        is_asked = self.contacts.is_known or channel == "audience"
        return channel in contact.channels or not is_asked

    def get_offer(self, step: Step) -> Offer | None:
        return self.playbook.offers[step.offer] if step.offer else None

    def list_out_of_stock(self, products: LastProducts) -> set[str]:
        """The variables that would name a product of which there is none left."""
        named = find_named_skus(products, _PRODUCT_VARIABLES)
        return {variable for variable, sku in named.items() if sku in self.out_of_stock}

    @property
    def language(self) -> Language:
        return get_message_language(self.shop)

    @cached_property
    def message_rules(self) -> MessageRules:
        return get_message_rules(self.shop)

    @cached_property
    def offer_clock(self) -> OfferClock:
        return OfferClock(self.shop.timezone, self.language)

    @cached_property
    def unavailable_channels(self) -> Mapping[Channel, Why]:
        return list_unavailable_channels(self.shop)


def load_products(
    store: Store, cutoff: Cutoff, customers: Sequence[str]
) -> dict[str, LastProducts]:
    """What customers bought before the cut-off, by name; who bought nothing that has a SKU is
    left out."""
    con, feeds = store.connect(), get_available_feeds(store.first_known, cutoff)
    products: dict[str, LastProducts] = {}
    for start in range(0, len(customers), _ASKED):
        products |= find_last_products(con, cutoff, feeds, customers[start : start + _ASKED])
    return products


def find_ordered_since(store: Store, cutoff: Cutoff) -> frozenset[str]:
    """Who ordered at or after the cut-off. No feature may know it; whoever writes to them must."""
    rows = store.connect().execute(
        f"select distinct customer_id from orders where occurred_at >= timestamp '{cutoff.at}'"
        " and not (gift or wholesale or brushing)"
    )
    return frozenset(customer for (customer,) in rows.fetchall())


_PRODUCT_VARIABLES = ("favourite", "bestseller", "last_product")


def find_named_skus(products: LastProducts, variables: Iterable[str]) -> dict[str, str]:
    """Of a text's variables those that name a product, and its SKU."""
    skus: dict[str, str | None] = dict.fromkeys(_PRODUCT_VARIABLES, products.favourite_sku)
    skus["last_product"] = products.last_sku
    return {name: sku for name in variables if (sku := skus.get(name)) is not None}
