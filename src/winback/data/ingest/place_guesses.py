"""Where a shop is, as its files tell: by the offsets its times are written with, and by the script
of its header."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict

import pandas as pd

from winback.core.currency import get_exponent
from winback.data.ingest.parsing import Column, Notation, parse_text, read_written
from winback.data.ingest.place_languages import guess_language_place
from winback.data.ingest.recognised_file import RecognisedFile
from winback.data.ingest.value_guesses import find_currencies
from winback.data.ingest.written_dates import normalize_signs

# Of zones that fit alike the first is offered: the one with more people, or more shops, goes first.
ZONES = (
    "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "America/Los_Angeles",
    "America/Chicago", "Asia/Tokyo", "America/Sao_Paulo", "Europe/London", "Europe/Moscow",
    "Asia/Jakarta", "America/Mexico_City", "Australia/Sydney", "America/Denver", "Asia/Karachi",
    "Asia/Dhaka", "Europe/Istanbul", "Asia/Dubai", "Asia/Riyadh", "America/Bogota",
    "America/Argentina/Buenos_Aires", "Europe/Athens", "Europe/Kyiv", "Africa/Lagos",
    "Africa/Cairo", "Africa/Johannesburg", "Asia/Jerusalem", "America/Phoenix", "America/Santiago",
    "America/Caracas", "America/Halifax", "Australia/Brisbane", "Australia/Adelaide",
    "Australia/Darwin", "Pacific/Auckland", "Asia/Yangon", "Asia/Kathmandu", "Asia/Tehran",
    "Asia/Tashkent", "Asia/Kabul", "Africa/Abidjan", "America/Anchorage", "Pacific/Honolulu",
    "America/St_Johns", "Atlantic/Azores", "America/Toronto", "America/Lima", "Asia/Ho_Chi_Minh",
    "Asia/Bangkok", "Asia/Manila", "Asia/Singapore", "Asia/Hong_Kong", "Asia/Taipei",
    "Asia/Kuala_Lumpur", "Asia/Seoul", "Europe/Warsaw", "Europe/Zurich", "Europe/Bucharest",
)  # fmt: skip
# Of zones that fit alike the one where the currency is paid in goes first: a Mexican January looks
# like one of Chicago, a Mexican July does not.
_HOMES = {
    "AED": "Asia/Dubai", "ARS": "America/Argentina/Buenos_Aires", "AUD": "Australia/Sydney",
    "BRL": "America/Sao_Paulo", "CAD": "America/Toronto", "CHF": "Europe/Zurich",
    "CLP": "America/Santiago", "COP": "America/Bogota", "EGP": "Africa/Cairo",
    "GBP": "Europe/London", "HKD": "Asia/Hong_Kong", "IDR": "Asia/Jakarta",
    "ILS": "Asia/Jerusalem", "KRW": "Asia/Seoul", "MXN": "America/Mexico_City",
    "MYR": "Asia/Kuala_Lumpur", "NGN": "Africa/Lagos", "PEN": "America/Lima",
    "PHP": "Asia/Manila", "PLN": "Europe/Warsaw", "RON": "Europe/Bucharest",
    "SAR": "Asia/Riyadh", "SGD": "Asia/Singapore", "THB": "Asia/Bangkok", "TRY": "Europe/Istanbul",
    "TWD": "Asia/Taipei", "UAH": "Europe/Kyiv", "VND": "Asia/Ho_Chi_Minh",
    "ZAR": "Africa/Johannesburg",
}  # fmt: skip

_AMOUNTS = ("amount", "order_amount", "unit_price")
_TIMES = ("ordered_at", "created_at", "occurred_at")  # the first that says a zone tells it


@dataclass(frozen=True)
class Country:
    """A country's time zone and currency."""

    timezone: str
    currency: str


CHINA = Country("Asia/Shanghai", "CNY")
TAIWAN = Country("Asia/Taipei", "TWD")
JAPAN = Country("Asia/Tokyo", "JPY")
KOREA = Country("Asia/Seoul", "KRW")


class PlaceGuess(TypedDict, total=False):
    """What a file tells of where its shop is, as RecognisedFile has it."""

    timezone: str | None
    currency: str | None
    zones: tuple[str, ...] | None
    offers: dict[str, str]


def guess_place(file: RecognisedFile, sample: pd.DataFrame) -> PlaceGuess:
    """Where a file's shop is and what it is paid in: as its profile knows, as its times and amounts
    say, or by the script of its header."""
    named = {guess.ours: guess.theirs for guess in file.columns if guess.theirs in sample}
    times = [sample[named[ours]] for ours in _TIMES if ours in named and not file.timezone]
    is_beside = file.profile is not None or file.kind in ("items", "events")
    country, is_sure = (None, True) if is_beside else find_country(file.names)
    zones = next((each for each in map(find_zones, times) if each is not None), None)
    currencies = find_currencies(named, sample, file.possible_amounts)
    place = PlaceGuess(timezone=file.timezone, currency=file.currency, zones=zones, offers={})
    # A shop writes its language abroad, too: it is asked, but where a script has one country alone.
    is_china = country == CHINA
    if country and is_china and zones is None:
        place["timezone"] = country.timezone
    if country and not is_china:
        has_cents = get_exponent(country.currency) == 0 and _have_cents(named, sample)
        place["offers"] |= {"timezone": country.timezone}
        place["offers"] |= {} if has_cents else {"currency": country.currency}
    language = None if country or is_beside else guess_language_place(file.names)
    if language:
        place["offers"] |= {"timezone": language[0], "currency": language[1]}
    if not is_sure:
        place["offers"] |= {"timezone_why": "han", "currency_why": "han"}
    if country and is_china and (not currencies or country.currency in currencies):
        currencies = (country.currency,)
    if len(currencies) == 1 and not file.currency:
        place["currency"] = currencies[0]
    elif currencies and not file.currency:
        place["offers"] |= {"currency": currencies[0], "currency_why": "mark"}
    home = _HOMES.get(place["currency"] or "")
    if home and not is_beside:
        place["offers"] = {"timezone": home, **place["offers"]}
    if zones and home in zones:
        place["zones"] = (home, *(zone for zone in zones if zone != home))
    return place


def _have_cents(named: Mapping[str, str], sample: pd.DataFrame) -> bool:
    """Whether an amount has decimals other than 0."""
    amounts = [parse_text(sample[named[ours]]) for ours in _AMOUNTS if ours in named]
    pattern = r"[.,](?!00?(?![0-9]))[0-9]{1,2}(?![0-9])"
    return any(values.str.contains(pattern, regex=True, na=False).any() for values in amounts)


def find_zones(values: Column) -> tuple[str, ...] | None:
    """The zones that have the offsets which times are written with, at each of these times, the
    likeliest first; none where no zone has them all. None where the times say no zone, or UTC
    alone, which is what programs write anywhere."""
    plain = parse_text(values).dropna().drop_duplicates().map(normalize_signs)
    if plain.empty:
        return None
    ways = (read_written(plain, Notation(first), None) for first in (True, False))
    local, offset = max(ways, key=lambda way: way[0].notna().sum())
    said = local.notna() & offset.notna()
    if not offset[said].any():
        return None
    offset = pd.to_timedelta(offset[said], unit="min")
    utc = (local[said] - offset).dt.tz_localize("UTC")
    return tuple(
        zone for zone in ZONES if (_get_offsets(utc, zone).to_numpy() == offset.to_numpy()).all()
    )


def find_country(names: Iterable[str]) -> tuple[Country | None, bool]:
    """(the country a header's script belongs to or, where it is Chinese signs that several
    countries write, the likeliest if one is, whether that is sure)."""
    letters = set("".join(names))
    is_korean = any("가" <= each <= "힣" for each in letters)
    han = {each for each in letters if "一" <= each <= "鿿"}
    in_gb = {each for each in han if _can_encode(each, "gb2312")}
    in_big5 = {each for each in han if _can_encode(each, "big5")}
    in_jis = {each for each in han if _is_common_in_japan(each)}
    is_chinese = bool(in_gb - in_big5 - in_jis)
    is_japanese = bool(in_jis - in_gb - in_big5) or any("ぁ" <= each <= "ヺ" for each in letters)
    is_traditional = bool(in_big5 - in_gb - in_jis)
    scripts = (
        (KOREA, is_korean),
        (JAPAN, is_japanese),
        (CHINA, is_chinese and han == in_gb),
        (TAIWAN, is_traditional),
    )
    fitting = [country for country, fits in scripts if fits]
    if len(fitting) != 1:
        return None, not han
    return fitting[0], fitting[0] != TAIWAN


def _get_offsets(utc: Column, zone: str) -> Column:
    local = utc.dt.tz_convert(zone).dt.tz_localize(None)
    offsets: Column = local - utc.dt.tz_localize(None)
    return offsets


def _is_common_in_japan(letter: str) -> bool:
    """Whether it is of the first level of JIS X 0208, which has the short forms of today; the
    second has the old ones, too, which Taiwan writes."""
    return _can_encode(letter, "cp932") and letter.encode("cp932") < b"\x98\x9f"


def _can_encode(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
