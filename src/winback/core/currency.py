"""The currencies of ISO 4217 and their minor units: the one place that knows how many make a
unit."""

# From ISO 4217's list one; the codes of metals, funds and tests are left out.
CURRENCIES = frozenset(
    code
    for codes in (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN",
        "BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD",
        "FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY",
        "KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP",
        "MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR",
        "RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT",
        "TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW",
    )
    for code in codes.split()
)
_EXPONENTS = {
    code: exponent
    for exponent, codes in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
    )
    for code in codes.split()
}


def get_exponent(currency: str) -> int:
    """The decimals of a currency's minor unit: 0 for JPY, 2 for EUR, 3 for KWD. What is no
    currency we know has 2."""
    return _EXPONENTS.get(currency, 2)


def get_minor_per_unit(currency: str) -> int:
    """How many minor units a unit of a currency is: 1 yen, 100 cents, 1,000 fils."""
    return int(10 ** get_exponent(currency))


def to_units(minor: float, currency: str) -> float:
    """Minor units as units of a currency, with no more decimals than it has."""
    return round(minor / get_minor_per_unit(currency), get_exponent(currency))
