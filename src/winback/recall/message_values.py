"""The texts of a step and the values that are filled into them for one customer."""

from datetime import date

from winback.config.shop import Shop
from winback.core.expiry_marks import mark_expiry
from winback.data.contacts import Contact
from winback.features.last_products import LastProducts
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language
from winback.playbooks.message_templates import (
    format_amount,
)
from winback.playbooks.offer_end import format_offer_end, is_counted_in_days
from winback.playbooks.playbook import Offer, Step
from winback.recall.decision_context import DecisionContext
from winback.recall.recall_row import RecallRow


def list_template_texts(step: Step, context: DecisionContext) -> list[tuple[str, str | None]]:
    """The texts and subjects of a step's templates, in order."""
    templates = (context.playbook.templates[name] for name in step.templates)
    return [
        (
            each.text.get_text(context.language),
            each.subject.get_text(context.language) if each.subject else None,
        )
        for each in templates
    ]


def build_values(
    row: RecallRow,
    products: LastProducts,
    offer: Offer | None,
    contact: Contact,
    context: DecisionContext,
    day: date | None = None,
) -> dict[str, str | None]:
    """The variables of a message to one customer on a day, by default the list's; what is out of
    stock is not named."""
    shop, language = context.shop, context.language
    values: dict[str, str | None] = _build_customer_values(shop, row, products, contact)
    values |= dict.fromkeys(context.list_out_of_stock(products))
    if offer is None:
        return values
    _add_offer_values(offer, shop, language, values, day, context)
    return values


def _build_customer_values(
    shop: Shop, row: RecallRow, products: LastProducts, contact: Contact
) -> dict[str, str | None]:
    return {
        "shop": shop.messages.shop_name or shop.name,
        "days": format_count(row.days),
        "orders": format_count(row.orders),
        "bestseller": products.favourite if row.bestseller else None,
        "favourite": products.favourite,
        "last_product": products.last_product,
        "category": products.category,
        "owner": contact.owner,
        "coupon": None,
        "amount": None,
        "threshold": None,
        "expiry": None,
        "eligibility": None,
    }


def _add_offer_values(
    offer: Offer,
    shop: Shop,
    language: Language,
    values: dict[str, str | None],
    day: date | None,
    context: DecisionContext,
) -> None:
    for name, minor in (("amount", offer.value_minor), ("threshold", offer.from_minor)):
        values[name] = None if minor is None else format_amount(minor, shop.currency, language)
    values["coupon"], values["eligibility"] = (
        offer.format_text(words.get_text(language), shop.currency, language)
        for words in (offer.title, offer.eligibility)
    )
    expiry = format_offer_end(offer, day or context.cutoff.day, language)
    # A day that is counted from when the message goes is filled in then.
    values["expiry"] = mark_expiry(expiry) if is_counted_in_days(offer) else expiry
