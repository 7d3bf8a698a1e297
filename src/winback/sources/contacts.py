"""A list of contacts → who can be reached how, and who looks after them (CONTRACTS 4, Reach; A13).

Read when a list is made and kept nowhere: phone numbers and addresses are looked at for being there, and forgotten. Ids
become what the tables call them: pseudonyms where they are contacts themselves, and the customer a merge put them under.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from winback.settings import Shop
from winback.sources import clean
from winback.sources.pseudonyms import key_of
from winback.sources.store import Store, merges_in
from winback.sources.views import hidden_ids, small_rows

_NO = frozenset({"", "0", "no", "n", "false", "否", "无", "没有", "-", "none", "null"})
MARKETPLACES = frozenset({"taobao", "jd", "douyin", "tmall_2013"})  # whose buyers a platform audience reaches


@dataclass(frozen=True)
class Contact:
    """How one customer can be reached. owner: of those still there the one who last chatted; owner_left: nobody is."""

    channels: frozenset[str] = frozenset()
    owner: str | None = None
    owner_left: bool = False
    unsubscribed: bool = False


@dataclass(frozen=True)
class Contacts:
    """Contacts by customer. without_id: rows that name nobody; listed: whether there is a list at all."""

    by_customer: Mapping[str, Contact] = field(default_factory=dict)
    rows: int = 0
    without_id: int = 0
    listed: bool = False
    marketplace: bool = False

    def of(self, customer_id: str) -> Contact:
        """A customer's contact; without a list nobody is known, but a marketplace reaches its own buyers."""
        found = self.by_customer.get(customer_id, Contact())
        if not self.marketplace:
            return found
        return Contact(found.channels | {"audience"}, found.owner, found.owner_left, found.unsubscribed)


def read_contacts(shop: Shop, store: Store, folder: Path) -> Contacts:
    """The shop's list of contacts, under the ids of its tables. folder: the shop's own, where its key lies.

    Raises FileMissing and what reading a table refuses.
    """
    marketplace = any(source.profile in MARKETPLACES for source in shop.orders)
    if shop.contacts is None:
        return Contacts(marketplace=marketplace)
    spellings = {ours: (theirs,) for ours, theirs in shop.contacts.columns.model_dump(exclude_none=True).items()}
    rows = pd.DataFrame(small_rows(shop, shop.contacts.path, spellings), columns=list(spellings)).astype("str")
    named = rows["customer_id"].notna() & (rows["customer_id"].str.strip() != "")
    whole, rows = len(rows), rows[named].reset_index(drop=True)
    platforms = {source.platform for source in shop.orders if source.platform}
    ids = hidden_ids(rows["customer_id"], platforms, key_of(folder / "pseudonym.key"))
    merged = {merge["merged_id"]: merge["customer_id"] for merge in merges_in(store)}
    rows["customer_id"] = ids.map(lambda each: merged.get(each, each))
    return Contacts(_gathered(rows, shop.timezone), whole, whole - len(rows), True, marketplace)


def _gathered(rows: pd.DataFrame, timezone: str) -> dict[str, Contact]:
    """One contact a customer, of all rows that name them."""
    channels = {"wecom": "wecom", "sms": "phone", "call": "phone", "email": "email", "audience": "platform"}
    nothing = pd.Series(pd.NA, index=rows.index, dtype="str")
    said = {column: _yes(rows.get(column, nothing)) for column in {*channels.values(), "owner_left", "unsubscribed"}}
    owners = rows.get("owner", nothing)
    chats = clean.moments(rows["last_chat_at"], timezone)[0] if "last_chat_at" in rows else pd.Series(pd.NaT, index=rows.index)
    latest = chats.fillna(pd.Timestamp(date.min.replace(year=1970)))
    by_customer: dict[str, Contact] = {}
    for customer, places in rows.groupby("customer_id", sort=True).indices.items():
        reached = frozenset(channel for channel, column in channels.items() if said[column].iloc[places].any())
        looked_after = [(not said["owner_left"].iloc[at], latest.iloc[at], str(owners.iloc[at])) for at in places
                        if not pd.isna(owners.iloc[at]) and str(owners.iloc[at]).strip()]  # fmt: skip
        there, _, owner = max(looked_after, default=(True, None, None))
        by_customer[str(customer)] = Contact(reached, owner, not there, bool(said["unsubscribed"].iloc[places].any()))
    return by_customer


def _yes(values: clean.Column) -> clean.Column:
    return values.notna() & ~values.str.strip().str.lower().isin(_NO)
