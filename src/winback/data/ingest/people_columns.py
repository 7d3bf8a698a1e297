"""Who bought, where the columns that could say it are an e-mail address and a name, and files that
list people and no orders."""

from collections.abc import Mapping, Sequence

import pandas as pd

from winback.data.ingest.column_fits import looks_like_money
from winback.data.ingest.column_guesses import looks_like_names
from winback.data.ingest.column_matching import ColumnGuess, split_words, take_out
from winback.data.ingest.parsing import parse_text

_OF_PEOPLE_ALONE = ("customer_id", "email", "phone")
_MANY = 30  # rows that are not all one person's
_NEARLY_ALL = 0.98  # rows of a column that stands in for another
_OF_ORDERS = {
    *("amount", "order_amount", "unit_price", "quantity", "sku", "product_name", "status"),
    *("refund_amount", "refunded_at", "row_type"),
}
_FEWEST = 3  # people, to tell a list of them
# What a list of customers says of each, and no order does.
_OF_PEOPLE = (
    *("orders", "order count", "orders count", "number of orders", "total orders", "purchases"),
    *("total spent", "amount spent", "lifetime value", "total revenue", "average order value"),
    *("last order", "last order date", "first order", "first order date", "last purchase"),
    *("registered", "registered at", "registration date", "sign up", "signup date", "created"),
    *("created at", "date joined", "member since", "customer since", "last seen", "last login"),
    *("last active", "accepts marketing", "accepts email marketing", "birthday", "date of birth"),
    *("geburtsdatum", "letzte bestellung", "anzahl bestellungen", "registriert", "umsatz gesamt"),
    *("derniere commande", "nombre de commandes", "date inscription", "ultimo pedido"),
    *("累计消费", "累计订单", "消费次数", "注册时间", "最近下单", "最后下单", "生日", "会员等级"),
)


def choose_customer(
    guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """The guesses, with the e-mail address as the customer where no other column says who bought,
    or only a name does: two people may have one. What is the same in all of many rows is the shop's
    own, and nobody's who bought."""
    guesses = {
        ours: guess
        for ours, guess in guesses.items()
        if ours not in _OF_PEOPLE_ALONE or not _is_one(sample, guess.theirs)
    }
    customer, email = guesses.get("customer_id"), guesses.get("email")
    if email is None or _is_known(sample, email, guesses) < _NEARLY_ALL:
        return dict(guesses)
    if customer is not None and not looks_like_names(customer.theirs, sample[customer.theirs]):
        return dict(guesses)
    others = {
        ours: guess for ours, guess in guesses.items() if ours not in ("email", "customer_id")
    }
    return {**others, "customer_id": ColumnGuess("customer_id", email.theirs, email.confidence)}


def _is_known(
    sample: pd.DataFrame, email: ColumnGuess, guesses: Mapping[str, ColumnGuess]
) -> float:
    """In how many rows an address stands, 0 to 1; the further lines of an order repeat neither its
    number nor its buyer."""
    known, order = parse_text(sample[email.theirs]).notna(), guesses.get("order_id")
    begins = known | True if order is None else parse_text(sample[order.theirs]).notna()
    return float(known[begins].mean()) if begins.any() else 0.0


def _is_one(sample: pd.DataFrame, name: str) -> bool:
    values = parse_text(sample[name]).dropna()
    return len(values) >= _MANY and values.nunique() == 1


def is_customer_list(
    names: Sequence[str], guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> bool:
    """Whether a file lists customers, each once, with what they have done so far."""
    if {"order_id", "sku", "product_name", "quantity"} & set(guesses):
        return False
    said = [name for name in names if _is_of_people(name)]
    who = guesses.get("customer_id") or guesses.get("email")
    if len(said) < 2 or who is None or len(sample) < _FEWEST:
        return False
    ids = parse_text(sample[who.theirs]).dropna()
    return bool(len(ids) and ids.is_unique)


def buys_nothing(guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame) -> bool:
    """Whether a file names each of some people once, and neither money nor goods: beside a sheet of
    orders it is a list of customers."""
    if _OF_ORDERS & set(guesses) or any(looks_like_money(sample[name]) for name in sample):
        return False
    who = guesses.get("customer_id") or guesses.get("email")
    if who is None or who.theirs not in sample or len(sample) < _FEWEST:
        return False
    ids = parse_text(sample[who.theirs]).dropna()
    return bool(len(ids) and ids.is_unique)


def _is_of_people(name: str) -> bool:
    words = split_words(name)
    return any(take_out(phrase, words) in ((), ("date",), ("at",)) for phrase in _OF_PEOPLE)
