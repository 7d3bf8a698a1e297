"""The signs and letters that stand beside amounts, and the currencies they can mean."""

import re
from collections.abc import Mapping

from winback.core.currency import CURRENCIES

_DOLLARS = ("USD", "CAD", "AUD", "MXN", "NZD", "SGD", "HKD", "TWD", "COP", "CLP", "ARS", "BRL")
_CROWNS = ("SEK", "NOK", "DKK", "ISK")
_RUPEES = ("INR", "PKR", "LKR", "NPR", "MUR")
# Of several that a mark can mean the first is offered.
MARKS: Mapping[str, tuple[str, ...]] = {
    "$": _DOLLARS, "kr": _CROWNS, "kr.": _CROWNS, "¥": ("CNY", "JPY"), "元": ("CNY", "TWD", "HKD"),
    "Rs": _RUPEES, "Rs.": _RUPEES, "£": ("GBP",), "€": ("EUR",), "円": ("JPY",),
    "US$": ("USD",), "U$S": ("USD",), "CA$": ("CAD",), "C$": ("CAD",), "A$": ("AUD",),
    "AU$": ("AUD",), "NZ$": ("NZD",), "HK$": ("HKD",), "S$": ("SGD",), "SG$": ("SGD",),
    "NT$": ("TWD",), "MX$": ("MXN",), "R$": ("BRL",), "CLP$": ("CLP",), "COP$": ("COP",),
    "AR$": ("ARS",), "RMB": ("CNY",), "CN¥": ("CNY",), "JP¥": ("JPY",), "₹": ("INR",),
    "₩": ("KRW",), "원": ("KRW",), "₫": ("VND",), "đ": ("VND",), "Rp": ("IDR",), "Rp.": ("IDR",),
    "RM": ("MYR",), "฿": ("THB",), "₱": ("PHP",), "zł": ("PLN",), "Kč": ("CZK",), "Ft": ("HUF",),
    "lei": ("RON",), "лв": ("BGN",), "лв.": ("BGN",), "₽": ("RUB",), "руб": ("RUB",),
    "руб.": ("RUB",), "₴": ("UAH",), "₺": ("TRY",), "TL": ("TRY",), "₪": ("ILS",), "₦": ("NGN",),
    "R": ("ZAR",), "S/": ("PEN",), "S/.": ("PEN",), "Fr.": ("CHF",), "SFr.": ("CHF",),
    "₡": ("CRC",), "₲": ("PYG",), "₵": ("GHS",), "₸": ("KZT",), "₾": ("GEL",), "₼": ("AZN",),
    "CFA": ("XOF", "XAF"), "FCFA": ("XAF", "XOF"), "Bs": ("BOB", "VES"), "Bs.": ("BOB", "VES"),
}  # fmt: skip
_MEANINGS = {mark.casefold(): currencies for mark, currencies in MARKS.items()}
_BY_LENGTH = sorted((*MARKS, *CURRENCIES), key=len, reverse=True)
# Any one mark, whatever its letters' size.
ANY_MARK = "(?i:" + "|".join(map(re.escape, _BY_LENGTH)) + ")"
_ALL_MARKS = re.compile(rf"\s*({ANY_MARK})")
# What is also a word is a currency in brackets only: `Total all`, `Price top`.
_WORDS = frozenset(("ALL", "BAM", "CUP", "GEL", "LAK", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY"))
_IN_NAME = re.compile(rf"(?<![^\W_])({ANY_MARK})(?![^\W_])")
_CODES = "(?i:" + "|".join(sorted((CURRENCIES | {"RMB"}) - _WORDS)) + ")"
_SIGNS = "|".join(re.escape(each) for each in _BY_LENGTH if not each.isascii() or "$" in each)
# Marks that no word and no id holds.
ANY_SIGN = f"(?:{_SIGNS})"
_UNIT_BEHIND = re.compile(
    rf"(?<=.)(?:[ _]*(?:[(\[]\s*{ANY_MARK}\s*[)\]]|(?:{_SIGNS})[)\]]*)|[ _-]+{_CODES})$"
)
_UNIT_BEFORE = re.compile(rf"^(?:{_CODES}[ _-]+|(?:{_SIGNS}) +)(?=.)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read_marks(text: str) -> tuple[str, ...]:
    """The currencies that all the marks in a text can mean: `US$` USD, `$` every dollar, `$ CAD`
    CAD. None where there is no mark, or where something else stands there."""
    fitting: tuple[str, ...] | None = None
    at, text = 0, text.strip()
    while at < len(text):
        mark = _ALL_MARKS.match(text, at)
        if mark is None:
            return ()
        meant = _get_meanings(mark[1])
        fitting = meant if fitting is None else tuple(each for each in fitting if each in meant)
        at = mark.end()
    return fitting or ()


def find_named_currencies(name: str) -> tuple[str, ...]:
    """The currencies that a column's name says its amounts are in: `Betrag (€)`, `Amount (USD)`,
    `total_eur`."""
    for found in _IN_NAME.finditer(_CAMEL.sub(" ", name)):
        mark = found[1]
        is_code = mark.upper() in CURRENCIES or mark.upper() == "RMB"
        is_sign = not mark.isascii() or "$" in mark
        in_brackets = re.search(rf"[(\[]\s*{re.escape(mark)}\s*[)\]]", name)
        if in_brackets or is_sign or (is_code and mark.upper() not in _WORDS):
            return _get_meanings(mark)
    return ()


def drop_currency(name: str) -> str:
    """A column's name without the currency before or after it, which is a unit and no word of it:
    `Betrag (€)`, `total_eur`, `USD amount`."""
    plain = _UNIT_BEHIND.sub("", name)
    return _UNIT_BEFORE.sub("", plain) if plain == name else plain


def _get_meanings(mark: str) -> tuple[str, ...]:
    return _MEANINGS.get(mark.casefold(), (mark.upper(),))
