"""Which columns of money are the price of one unit though no name says so: those that stay the same
for a product however many are bought."""

from collections.abc import Mapping

import pandas as pd

from winback.data.ingest.column_fits import looks_like_money, read_amounts
from winback.data.ingest.column_matching import ColumnGuess
from winback.data.ingest.parsing import parse_text

_FEWEST, _MOSTLY = 2, 0.8  # products bought in several quantities, and those with one price
_CENT = 0.005


def find_unit_prices(guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame) -> tuple[str, ...]:
    """The columns of money of a sheet with quantities and products that are prices of a unit."""
    quantity = guesses.get("quantity")
    product = guesses.get("sku") or guesses.get("product_name")
    if quantity is None or product is None:
        return ()
    numbers = read_amounts(sample[quantity.theirs])
    products = parse_text(sample[product.theirs]).where(numbers > 0)
    several = numbers.groupby(products, sort=False).nunique() > 1
    if several.sum() < _FEWEST:
        return ()
    asked = products.isin(several.index[several])
    taken = {guess.theirs for ours, guess in guesses.items() if ours in ("quantity", "discount")}
    names = (str(name) for name in sample if name not in taken)
    return tuple(
        name
        for name in names
        if looks_like_money(sample[name]) and _is_unit_price(sample[name][asked], products[asked])
    )


def _is_unit_price(values: pd.Series, products: pd.Series) -> bool:
    amounts = read_amounts(values)
    by_product = amounts.groupby(products, sort=False)
    spread = by_product.max() - by_product.min()
    return bool((amounts > 0).any() and (spread < _CENT).mean() >= _MOSTLY)
