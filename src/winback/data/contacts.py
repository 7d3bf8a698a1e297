"""A list of contacts → who can be reached how, and who looks after them (A13).

Read when a list is made: phone numbers and addresses are looked at for being there, and kept in the
vault alone. Ids become what the tables call them: pseudonyms where they are contacts themselves,
and the customer a merge put them under.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pandas as pd

from winback.config.shop import Shop
from winback.core.addresses import ADDRESS_KIND
from winback.data.erasure_list import is_erased, load_erased
from winback.data.ingest import parsing
from winback.data.ingest.staged_views import hide_ids, read_small_table
from winback.data.pseudonyms import hash_values, load_key
from winback.data.store import Store, fetch_int, list_merges

_NO = frozenset(
    {
        "",
        "0",
        "0.0",
        "no",
        "n",
        "false",
        "f",
        "否",
        "无",
        "没有",
        "未",
        "未添加",
        "未退订",
        "-",
        "–",
        "/",
        "none",
        "null",
        "n/a",
        "nan",
    }
)
_YES = frozenset({"1", "1.0", "yes", "y", "true", "t", "是", "有"})
_CONSENTS = {"sms": "sms_consent", "email": "email_consent"}
MARKETPLACES = frozenset(
    {"taobao", "jd", "douyin", "tmall_2013"}
)  # whose buyers a platform audience reaches


@dataclass(frozen=True)
class Contact:
    """How one customer can be reached. owner: of those still there the one who last chatted;
    owner_left: nobody is; agreed: by channel whether they agreed to it, where the list says;
    timezone: where they are, if it says so."""

    channels: frozenset[str] = frozenset()
    owner: str | None = None
    owner_left: bool = False
    unsubscribed: bool = False
    agreed: Mapping[str, bool] = field(default_factory=dict)
    timezone: str | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether any channel reaches them, and they have not asked to be left alone."""
        return bool(self.channels) and not self.unsubscribed


@dataclass(frozen=True)
class Contacts:
    """Contacts by customer.

    without_id: rows that name nobody; strangers: customers of the list whom the shop's tables do
    not know; listed: whether there is a list at all.
    """

    by_customer: Mapping[str, Contact] = field(default_factory=dict)
    rows: int = 0
    without_id: int = 0
    strangers: int = 0
    listed: bool = False
    marketplace: bool = False

    @property
    def is_known(self) -> bool:
        """Whether anything is known of who can be reached."""
        return self.listed or self.marketplace

    def get_contact(self, customer_id: str) -> Contact:
        """A customer's contact; without a list nobody is known, but a marketplace reaches its
        own buyers."""
        contact = self.by_customer.get(customer_id, Contact())
        if not self.marketplace:
            return contact
        return replace(contact, channels=contact.channels | {"audience"})


def load_contacts(shop: Shop, store: Store, folder: Path) -> Contacts:
    """The shop's list of contacts, under the ids of its tables. folder: the shop's own, where its
    key lies.

    Raises FileMissing and what reading a table refuses.
    """
    marketplace = any(source.profile in MARKETPLACES for source in shop.orders)
    if shop.contacts is None:
        return Contacts(marketplace=marketplace)
    whole, rows = _read_list(shop, store, folder)
    contacts = _merge_rows(rows, shop.timezone)
    return Contacts(
        contacts,
        whole,
        whole - len(rows),
        _count_strangers(store, list(contacts)),
        True,
        marketplace,
    )


def load_addresses(shop: Shop, store: Store, folder: Path) -> dict[str, dict[str, str]]:
    """Where each customer of the list can be reached, by kind: for the vault, and for nothing
    else. Of several rows of one customer the last that tells counts. Raises what `load_contacts`
    does."""
    _, rows = _read_list(shop, store, folder)
    addresses: dict[str, dict[str, str]] = {str(customer): {} for customer in rows["customer_id"]}
    for column in ("phone", "email", "wecom", "platform"):
        if column in rows:
            for customer, address in _list_addresses(rows, column):
                addresses[customer][column] = address
    return addresses


def list_contact_addresses(
    shop: Shop, store: Store, folder: Path, column: str
) -> list[tuple[str, str]]:
    """(customer, address) of every row of the list with an address of a kind, several of one
    customer among them. Raises what `load_contacts` does."""
    _, rows = _read_list(shop, store, folder)
    return list(_list_addresses(rows, column)) if column in rows else []


def list_repeated_addresses(shop: Shop, store: Store, folder: Path) -> list[tuple[str, str, str]]:
    """(customer, kind, address) of every phone and e-mail of the customers of whom the list has
    several rows. Raises what `load_contacts` does."""
    _, rows = _read_list(shop, store, folder)
    several = rows[rows["customer_id"].duplicated(keep=False)]
    return [
        (customer, kind, address)
        for kind in ("phone", "email")
        if kind in several
        for customer, address in _list_addresses(several, kind)
    ]


def _list_addresses(rows: pd.DataFrame, column: str) -> Iterator[tuple[str, str]]:
    """(customer, address) of each row whose cell is an address and not a mere yes."""
    values = rows[column]
    usable = _parse_yes(values, column) & ~values.str.strip().str.lower().isin(_YES)
    for customer, value in zip(
        rows["customer_id"][usable], values[usable].str.strip(), strict=True
    ):
        yield str(customer), str(value)


def _read_list(shop: Shop, store: Store, folder: Path) -> tuple[int, pd.DataFrame]:
    """How many rows the list has, and those that name a customer, under the ids of the tables."""
    if shop.contacts is None:
        return 0, pd.DataFrame({"customer_id": pd.Series(dtype="str")})
    spellings = {
        ours: (column,)
        for ours, column in shop.contacts.columns.model_dump(exclude_none=True).items()
    }
    # A column that is named and not there is refused: who unsubscribed must not be read as nobody.
    read = read_small_table(shop, shop.contacts.path, spellings, tuple(spellings))
    rows = pd.DataFrame(read, columns=list(spellings)).astype("str")
    ids, whole, rows = _keep_named(rows)
    _use_table_ids(shop, ids, folder, store, rows)
    return whole, _exclude_erased(rows, folder)


def _keep_named(rows: pd.DataFrame) -> tuple[parsing.Column, int, pd.DataFrame]:
    """How many rows there are, and those that name a customer, with their ids."""
    ids = rows["customer_id"].str.strip()
    named = ids.notna() & (ids != "")
    whole, rows, ids = (
        len(rows),
        rows[named].reset_index(drop=True),
        ids[named].reset_index(drop=True),
    )
    return ids, whole, rows


def _use_table_ids(
    shop: Shop, ids: parsing.Column, folder: Path, store: Store, rows: pd.DataFrame
) -> None:
    """Give rows the ids that the tables have."""
    platforms = {source.platform for source in shop.orders if source.platform}
    ids = hide_ids(ids, platforms, load_key(folder / "pseudonym.key"))
    merged = {merge["merged_id"]: merge["customer_id"] for merge in list_merges(store)}
    rows["customer_id"] = ids.map(lambda each: merged.get(each, each))


def _exclude_erased(rows: pd.DataFrame, folder: Path) -> pd.DataFrame:
    key, marks = load_key(folder / "pseudonym.key"), load_erased(folder)
    gone = is_erased(rows["customer_id"], key, "customer", marks)
    if marks and "phone" in rows:
        gone |= is_erased(hash_values(rows["phone"], key, "phone"), key, "phone", marks)
    return rows[~gone].reset_index(drop=True)


def find_customer_id(shop: Shop, store: Store, folder: Path, name: str) -> str:
    """What the tables call a customer whom somebody names: by a pseudonym where the id is a
    contact, and by the customer it was merged into."""
    platforms = {source.platform for source in shop.orders if source.platform}
    hidden = str(
        hide_ids(pd.Series([name], dtype="str"), platforms, load_key(folder / "pseudonym.key"))[0]
    )
    return {merge["merged_id"]: merge["customer_id"] for merge in list_merges(store)}.get(
        hidden, hidden
    )


def _count_strangers(store: Store, customers: list[str]) -> int:
    con = store.connect()
    con.register("listed", pd.DataFrame({"customer_id": pd.Series(customers, dtype="str")}))
    return fetch_int(con, "select count(*) from listed anti join orders using (customer_id)")


def _merge_rows(rows: pd.DataFrame, timezone: str) -> dict[str, Contact]:
    """One contact a customer, of all rows that name them."""
    nothing = pd.Series(pd.NA, index=rows.index, dtype="str")
    consent_columns = {channel: column for channel, column in _CONSENTS.items() if column in rows}
    answers = _parse_answers(rows, nothing, consent_columns)
    any_row = _combine_answers(answers, rows, consent_columns)
    owners = rows.get("owner", nothing).str.strip()
    chats = _read_last_chats(rows, timezone)
    owner_of = _choose_owners(rows, owners, answers, chats)
    zone_of = _read_zones(rows, nothing)
    return _build_contacts(any_row, owner_of, consent_columns, zone_of)


def _parse_answers(
    rows: pd.DataFrame, nothing: parsing.Column, consent_columns: Mapping[str, str]
) -> dict[str, parsing.Column]:
    """What each row says, yes or no, in each column that is a yes or an address."""
    columns = {
        *ADDRESS_KIND.values(),
        *consent_columns.values(),
        "owner_left",
        "unsubscribed",
    }
    return {column: _parse_yes(rows.get(column, nothing), column) for column in columns}


def _combine_answers(
    answers: dict[str, parsing.Column], rows: pd.DataFrame, consent_columns: dict[str, str]
) -> pd.DataFrame:
    """Each customer's answers: yes if any row says so; consent only if all do."""
    by = pd.DataFrame({**answers, "customer_id": rows["customer_id"]}).groupby(
        "customer_id", sort=True
    )
    any_row = by[list(answers)].any()
    # Of several rows of one person every one has to agree.
    any_row[list(consent_columns.values())] = by[list(consent_columns.values())].all()
    return any_row


def _read_last_chats(rows: pd.DataFrame, timezone: str) -> parsing.Column:
    return (
        parsing.parse_moments(rows["last_chat_at"], timezone)[0]
        if "last_chat_at" in rows
        else pd.Series(pd.NaT, index=rows.index)
    )


def _choose_owners(
    rows: pd.DataFrame,
    owners: parsing.Column,
    answers: dict[str, parsing.Column],
    chats: parsing.Column,
) -> dict[Any, Any]:
    """Each customer's owner, and whether they are still there."""
    after = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "owner": owners,
            "there": ~answers["owner_left"],
            "chat": chats.fillna(pd.Timestamp("1970-01-01")),
        }
    )[owners.notna() & (owners != "")]
    # Of several owners the one still there who last chatted; ties by name, so that the order of
    # rows is nothing.
    last = after.sort_values(["there", "chat", "owner"], kind="stable").drop_duplicates(
        "customer_id", keep="last"
    )
    return dict(
        zip(last["customer_id"], zip(last["owner"], last["there"], strict=True), strict=True)
    )


def _read_zones(rows: pd.DataFrame, nothing: parsing.Column) -> dict[Any, Any]:
    zones = rows.get("timezone", nothing).str.strip()
    usable = zones.isin(
        available_timezones()
    )  # where nobody can say when it is night, the shop's clock counts
    return dict(zip(rows["customer_id"][usable], zones[usable], strict=True))


def _build_contacts(
    any_row: pd.DataFrame,
    owner_of: dict[Any, Any],
    consent_columns: dict[str, str],
    zone_of: dict[Any, Any],
) -> dict[str, Contact]:
    contacts = {}
    for customer, *values in any_row.itertuples():
        has = dict(zip(any_row.columns, values, strict=True))
        owner, there = owner_of.get(customer, (None, True))
        reached, agreed = _list_reached(has), _list_agreed(has, consent_columns)
        contacts[str(customer)] = Contact(
            reached, owner, not there, bool(has["unsubscribed"]), agreed, zone_of.get(str(customer))
        )
    return contacts


def _list_reached(has: Mapping[str, bool]) -> frozenset[str]:
    """The channels for which a customer has an address."""
    return frozenset(channel for channel, column in ADDRESS_KIND.items() if has[column])


def _list_agreed(has: Mapping[str, bool], consent_columns: Mapping[str, str]) -> dict[str, bool]:
    return {channel: bool(has[column]) for channel, column in consent_columns.items()}


def _parse_yes(values: parsing.Column, column: str) -> parsing.Column:
    """Whether a cell says yes, or holds what a message can be sent to: a number covered with
    stars cannot."""
    plain = values.str.strip().str.lower()
    there = values.notna() & ~plain.isin(_NO)
    if column == "phone":
        usable = plain.str.replace(r"\D", "", regex=True).str.len().ge(8) & ~plain.str.contains(
            "*", regex=False
        )
    elif column == "email":
        usable = plain.str.contains(r"[^@\s]@[^@\s]+\.[^@\s]", regex=True) & ~plain.str.contains(
            "*", regex=False
        )
    else:
        return there
    return there & (plain.isin(_YES) | usable.fillna(False).astype(bool))
