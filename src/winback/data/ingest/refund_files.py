"""A file of refunds alone, such as credit notes beside invoices: nothing in a row says that it pays
something back, and as an order it would replace the one it names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Literal

import pandas as pd

from winback.data.ingest.column_fits import read_amounts
from winback.data.ingest.column_matching import ColumnGuess, split_words, take_out
from winback.data.ingest.free_columns import DOUBTFUL
from winback.data.ingest.parsing import Column, parse_text
from winback.data.ingest.value_words import ROW_TYPE_WORDS

_AMOUNTS = ("amount", "order_amount", "unit_price")
# What numbers a thing, beside the word for it: `Credit Note No`, `N° avoir`, `退款单号`.
_NUMBER = {
    *("id", "no", "nr", "num", "numero", "number", "nummer", "n", "#", "code", "ref", "numer"),
    *("reference", "nº", "n°", "cislo", "numaras", "номер", "单号", "编号", "号", "番号", "번호"),
}
# Words for a refund that are as often something else: `return` is a trip, `reso` a place.
_TOO_COMMON = {"reversal", "dispute", "retour", "reso", "iade", "korekta"}
# A file of orders, too, by its name: `orders_and_refunds`.
_ORDER_WORDS = (
    *("order", "orders", "sale", "sales", "invoice", "invoices", "bestellungen", "rechnungen"),
    *("commandes", "factures", "pedidos", "ventas", "facturas", "vendas", "ordini", "fatture"),
    *("zamowienia", "订单", "销售", "注文"),
)
# Beginnings of compound words: `Gutschriftnummer`, `Rechnungskorrekturen`.
_COMPOUNDS = ("gutschrift", "rechnungskorrektur", "retouren", "erstattung", "ruckerstattung")
_PLURALS = (
    *("credit notes", "credit memos", "gutschriften", "erstattungen", "retouren", "avoirs"),
    *("remboursements", "reembolsos", "devoluciones", "notas de credito", "devolucoes"),
    *("estornos", "resi", "rimborsi", "note di credito", "note credito", "creditnotas"),
    *("creditfacturen", "zwroty", "korekty", "dobropisy", "iadeler", "возвраты", "возврата"),
)


def find_refund_evidence(
    file: str,
    names: Sequence[str],
    guesses: Mapping[str, ColumnGuess],
    sample: pd.DataFrame,
) -> Literal["column", "name"] | None:
    """What says that all rows of a file are refunds: a column that numbers them and has a value in
    every row, or the file's name alone.

    Nothing where the file has no amounts, or its rows tell sales and refunds apart.
    """
    paid = [guesses[ours].theirs for ours in _AMOUNTS if ours in guesses]
    if not paid or "row_type" in guesses or any(_has_negatives(sample[name]) for name in paid):
        return None
    for name in (each for each in names if each in sample):
        if _numbers_refunds(name) and len(sample) and parse_text(sample[name]).notna().all():
            return "column"
    words = split_words(PurePath(file).stem)
    says_refunds = any(take_out(phrase, words) is not None for phrase in _list_phrases())
    says_refunds |= any(word.startswith(_COMPOUNDS) for word in words)
    says_orders = any(take_out(phrase, words) is not None for phrase in _ORDER_WORDS)
    return "name" if says_refunds and not says_orders else None


def name_buyers(
    guesses: dict[str, ColumnGuess], refunds: Literal["column", "name"] | None
) -> dict[str, ColumnGuess]:
    """The guesses, in a file of refunds that name orders and nobody the order's number as the
    buyer: a refund is given to whoever bought that order."""
    order, buyer = guesses.get("order_id"), guesses.get("customer_id")
    is_named = buyer is not None and buyer.confidence > DOUBTFUL  # and not by its values alone
    if refunds is None or order is None or is_named or {"email", "phone"} & set(guesses):
        return guesses
    return {**guesses, "customer_id": replace(order, ours="customer_id")}


def _list_phrases() -> list[str]:
    singular = [each for each in ROW_TYPE_WORDS["refund"] if each not in _TOO_COMMON]
    return [*singular, *_PLURALS]


def _numbers_refunds(name: str) -> bool:
    """Whether a column is called as the numbers of refunds are."""
    words = split_words(name)
    if any(word.startswith(_COMPOUNDS) and word.endswith(("nummer", "nr")) for word in words):
        return True
    for phrase in _list_phrases():
        rest = take_out(phrase, words)
        if rest and set(rest) <= _NUMBER:
            return True
    return False


def _has_negatives(values: Column) -> bool:
    return bool((read_amounts(values) < 0).any())
