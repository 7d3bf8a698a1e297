"""Which kind of address each channel writes to; the kinds are also the columns of a list of
contacts."""

from collections.abc import Mapping

ADDRESS_KIND: Mapping[str, str] = {
    "wecom": "wecom",
    "sms": "phone",
    "call": "phone",
    "email": "email",
    "audience": "platform",
}
