"""Who placed each row of an export: the shop's own id, else the buyer's e-mail address, else the
phone (MISSION B55). Contacts leave as pseudonyms."""

import pandas as pd

from winback.data.ingest import parsing
from winback.data.ingest.row_errors import RowErrors
from winback.data.pseudonyms import hash_values, hide_contacts
from winback.readers.table_end import TOTAL_WORDS

# What exports write for a buyer who has no account.
_NOBODY = (
    *("guest", "guest user", "guest customer", "gast", "invité", "invitado", "convidado", "游客"),
    *("anonymous", "null", "none", "nan", "n/a", "#n/a", "-", "--", "匿名", "未登录", "ゲスト"),
)
# What stands in a line of totals where others name a customer or an order.
_TOTALS = rf"(?i)^\W*(?:{TOTAL_WORDS})\W*$"
_ZERO = ("0", "0.0")  # an id like others where nothing else says who it was
_PLUS = r"\+[^@]*@"
_WHOLE_FLOAT = r"^[0-9]+\.0$"


def read_ids(refusals: RowErrors, column: str) -> parsing.Column:
    """A column of ids as text. What a spreadsheet or a data frame wrote as `17.0` is `17`."""
    ids = refusals.read_text(column)
    floats = parsing.match_pattern(ids, _WHOLE_FLOAT)
    return ids.mask(floats, ids.str.removesuffix(".0")) if floats.any() else ids


def read_people(refusals: RowErrors, platform: str | None) -> pd.DataFrame:
    """The customer of each row and what else tells who it was, in the columns `customer_id`,
    `email_hash`, `phone_hash`, `recipient_key` and `plus_of`: the pseudonym that an e-mail address
    with a plus would have without it. Rows that name nobody are refused."""
    key, frame = refusals.rules.key, refusals.raw.frame
    ids, mails = read_ids(refusals, "customer_id"), refusals.read_text("email")
    phones = hash_values(refusals.read_text("phone"), key, "phone")
    has_contacts = not {"email", "phone"}.isdisjoint(frame)
    nobody = _NOBODY + (_ZERO if has_contacts else ())
    ids = ids.mask(ids.str.strip().str.lower().isin(nobody))
    for column in {"customer_id", "order_id"} & set(frame):
        texts = parsing.parse_text(frame[column])
        refusals.refuse(parsing.match_pattern(texts, _TOTALS), column, "total_row")
    refusals.check_ids("customer_id", ids)
    named = refusals.raw.named
    by_phone = "phone" in frame and named.get("customer_id") == named.get("phone", "")
    # However it is written, a phone is one customer, and no phone reaches a table.
    own = phones.where(ids.notna()) if by_phone else hide_contacts(ids, key)
    hidden = own.fillna(_hash_mails(mails, key)).fillna(phones)
    refusals.refuse(hidden.isna(), "customer_id", "customer_id_missing")
    mails = mails.fillna(ids)
    people = {
        "customer_id": f"{platform}:" + hidden if platform else hidden,
        "email_hash": _hash_mails(mails, key),
        "phone_hash": phones,
        "recipient_key": hash_values(refusals.read_text("recipient"), key, "recipient"),
        "plus_of": _hash_mails(_take_out_plus(mails), key),
    }
    return pd.DataFrame(people, index=frame.index)


def _hash_mails(values: parsing.Column, key: bytes) -> parsing.Column:
    """The pseudonyms of values that are e-mail addresses, as they are where an address is an id;
    anything else, such as a dash, is missing."""
    mails = values.where(parsing.match_pattern(values, "[@＠]"))
    hidden = hide_contacts(mails, key)
    return hidden.where(hidden.str.startswith("mail-", na=False))


def _take_out_plus(mails: parsing.Column) -> parsing.Column:
    has_plus = parsing.match_pattern(mails, _PLUS)
    return mails.where(has_plus).str.replace(_PLUS, "@", regex=True)
