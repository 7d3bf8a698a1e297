"""Ids that are contacts → pseudonyms: e-mail addresses and phone numbers never reach a table.

HMAC-SHA256 under the shop's own key, so that the hundred billion phone numbers cannot be tried out
one by one. The same number of the same person gives the same pseudonym however it
is written.
"""

import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from winback.core.errors import KeyUnreadable

if TYPE_CHECKING:  # the service hides an id or two, without the pandas that columns need
    from winback.data.ingest.parsing import Column

MOBILE = r"^1[3-9][0-9]{9}$"
# What may be a contact is looked at closely, and most ids are not: an at sign, or ten digits
# however they are set apart.
_MAYBE = r"[@＠]|(?:[0-9０-９][ ().\-－　]*){10,}|\+[0-9]"
_EMAIL = re.compile(r"[^\s@<>,;:\"']+@[^\s@<>,;:\"']+\.[\w-]+")
_PHONE = re.compile(
    # mobile numbers of China, anywhere in the text
    r"(?<!\d)(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"
    r"|\+[1-9][\d ()-]{7,18}"  # with a country
    r"|^\(?0?\d{2,3}\)?[ -]\d{3,4}-?\d{4}$"  # (555) 123-4567, 010-62345678
)
_IN_TEXT = re.compile(
    r"[^\s@,;|\"]+@[^\s@,;|\"]+\.\w+|(?<!\d)\+?\d(?:[ -]?\d){10,}(?!\d)|\(\d{3}\) ?\d{3}-\d{4}"
)
KEY_BYTES = 32


def load_key(path: Path) -> bytes:
    """The shop's key, made at the first import and kept: with another key everybody would be
    somebody else.

    Raises KeyUnreadable.
    """
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return _create_key(path)
    except ValueError:
        raise KeyUnreadable(file=str(path)) from None
    if len(key) != KEY_BYTES:
        raise KeyUnreadable(file=str(path))
    return key


def _create_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(key.hex())
    try:
        os.link(fresh, path)  # whoever comes second takes the first one's
    except FileExistsError:
        return load_key(path)
    finally:
        fresh.unlink()
    return key


def build_pseudonym(value: str, key: bytes, kind: str) -> str:
    """A contact's name in the tables: `phone-…` or `mail-…`, or another kind for what is hashed
    whatever it looks like."""
    message = f"{kind}\0{_normalize(value)}".encode()
    return f"{kind}-{hmac.digest(key, message, 'sha256').hex()[:32]}"


def hide_contacts(ids: "Column", key: bytes) -> "Column":
    """Ids with those that are or contain an e-mail address or a phone number replaced."""
    from winback.data.ingest.parsing import match_pattern

    maybe = match_pattern(ids, _MAYBE)
    if not maybe.any():
        return ids
    hidden = {value: _hide_contact(str(value), key) for value in ids[maybe].unique()}
    out = ids.astype("object")
    out[maybe] = ids[maybe].map(hidden)
    return out.astype("str")


def _hide_contact(value: str, key: bytes) -> str:
    plain = unicodedata.normalize("NFKC", value).strip().strip("'`\t").removesuffix(".0").strip()
    mail, phone = _EMAIL.search(plain), _PHONE.search(plain)
    if mail:
        return build_pseudonym(mail[0], key, "mail")
    return build_pseudonym(phone[0], key, "phone") if phone else value


def hash_values(values: "Column", key: bytes, kind: str) -> "Column":
    """Every value replaced by its pseudonym; missing stays missing, and so become masked values,
    which name nobody."""
    if not values.notna().any():
        return values
    usable = values.notna() & ~values.str.contains("*", regex=False, na=False)
    names = {value: build_pseudonym(value, key, kind) for value in values[usable].unique()}
    return values.where(usable).map(names).astype("str").where(usable)


def mask_contacts(text: str) -> str:
    """A text to show an operator, its e-mail addresses and long numbers covered in the middle."""
    return _IN_TEXT.sub(lambda found: found[0][:3] + "****" + found[0][-2:], text)


def fingerprint_key(key: bytes) -> str:
    """What tells two keys apart and gives neither away."""
    return hashlib.sha256(b"key print\0" + key).hexdigest()[:16]


def _normalize(value: str) -> str:
    """One form of each contact: half-width, lower case, a domain as mail servers take it, digits
    of a phone without its country 86, a leading 0 and what a spreadsheet puts behind it."""
    plain = unicodedata.normalize("NFKC", value).strip().lower()
    if not plain.isascii():  # marks that nobody sees come along when addresses are copied
        plain = "".join(each for each in plain if unicodedata.category(each) != "Cf").strip()
    if "@" in plain:
        user, _, domain = plain.rpartition("@")
        return f"{user}@{_to_ascii_domain(domain)}"
    digits = re.sub(r"\D", "", plain.removesuffix(".0"))
    if len(digits) < 7:
        return " ".join(plain.split())  # an address, a name
    return re.sub(r"^(?:(?:00)?86)?0?(?=1[3-9]\d{9}$)", "", digits)


def _to_ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain.replace("。", ".")
