"""Which columns of money are the price of one unit though no name says so: those that stay the same
for a product however many are bought."""

from collections.abc import Mapping

import pandas as pd

from winback.data.ingest.column_fits import looks_like_money, read_amounts
from winback.data.ingest.column_matching import ColumnGuess
from winback.data.ingest.parsing import Column, parse_text

_FEWEST, _MOSTLY = 2, 0.8  # products bought in several quantities, and those with one price
_CENT = 0.005


def find_unit_prices(guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame) -> tuple[str, ...]:
    """The columns of money of a sheet with quantities and products that are prices of a unit."""
    quantity = guesses.get("quantity")
    product = guesses.get("sku") or guesses.get("product_name")
    if quantity is None or product is None:
        return ()
    quantities = read_amounts(sample[quantity.theirs])
    products = parse_text(sample[product.theirs]).where(quantities > 0)
    taken = {guess.theirs for ours, guess in guesses.items() if ours in ("quantity", "discount")}
    names = (str(name) for name in sample if name not in taken)
    return tuple(
        name
        for name in names
        if looks_like_money(sample[name])
        and _is_unit_price(read_amounts(sample[name]), quantities, products)
    )


def _is_unit_price(amounts: Column, quantities: Column, products: Column) -> bool:
    """Whether most products bought in several quantities have one amount in all of them. Only rows
    that have an amount tell it: a total may stand on the first row of an order alone."""
    paid = amounts.notna() & (amounts > 0) & products.notna()
    by_product = products[paid]
    several = quantities[paid].groupby(by_product, sort=False).nunique() > 1
    if several.sum() < _FEWEST:
        return False
    groups = amounts[paid].groupby(by_product, sort=False)
    spread = (groups.max() - groups.min())[several]
    return bool((spread < _CENT).mean() >= _MOSTLY)
