"""How many minor units make a unit, by ISO 4217."""

import pytest

from winback.core.currency import get_exponent, get_minor_per_unit, to_units
from winback.i18n.numbers import format_money, format_units
from winback.playbooks.message_templates import format_amount


@pytest.mark.parametrize(
    ("currency", "exponent"),
    [("EUR", 2), ("JPY", 0), ("KRW", 0), ("VND", 0), ("CLP", 0), ("ISK", 0), ("KWD", 3), ("TND", 3), ("IDR", 2), ("HUF", 2), ("", 2)],
)  # fmt: skip
def test_a_currency_has_the_decimals_of_its_minor_unit(currency, exponent):
    assert get_exponent(currency) == exponent
    assert get_minor_per_unit(currency) == 10**exponent


@pytest.mark.parametrize(
    ("currency", "whole", "exact", "message"),
    [
        ("USD", "USD 1,234", "1,234.00", "USD 1,234"),
        ("JPY", "JPY 123,400", "123,400", "JPY 123,400"),
        ("KWD", "KWD 123", "123.400", "KWD 123.400"),
    ],
)
def test_money_is_shown_in_units_of_its_currency(currency, whole, exact, message):
    assert format_money(123_400, currency) == whole
    assert format_units(123_400, currency) == exact
    assert format_amount(123_400, currency, "en") == message


def test_a_number_for_a_spreadsheet_has_no_more_decimals_than_its_currency():
    assert [to_units(1999.4, currency) for currency in ("EUR", "JPY", "KWD")] == [
        19.99,
        1999,
        1.999,
    ]
