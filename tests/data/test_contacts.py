"""A list of contacts: who can be reached how, and who looks after them."""

import dataclasses

import pytest

from tests.conftest import PLAIN, imported
from winback.config.shop import load_shop
from winback.core.errors import ColumnMissing, FileMissing
from winback.data.contacts import Contact, load_contacts
from winback.data.pseudonyms import build_pseudonym

ORDERS = """
    buyer,order,paid_at,paid,qty,sku,category,off,status
    ann,1,2026-01-01 10:00:00,5,1,mug,kitchen,0,Done
    13912345678,2,2026-01-02 10:00:00,5,1,mug,kitchen,0,Done
"""
EVENTS = "user,time,what,seconds\nann,2026-01-01 10:00:00,pv,5\n"
LIST = """
    id,wechat,mobile,mail,member,staff,gone,chat,stop
    ann,woAJ2,13800000001,,,Li,no,2026-01-05 10:00:00,
    ann,,,a@b.com,,Wu,no,2026-02-01 10:00:00,
    bob,,,,yes,Zhao,是,2026-03-01 10:00:00,
    eve,否,0,,,,,,是
    139 1234 5678,,13912345678,,,Li,,2026-01-05 10:00:00,
    ,woAJ3,,,,Li,,,
"""
COLUMNS = """
    [contacts]
    path = "people.csv"
    [contacts.columns]
    customer_id = "id"
    wecom = "wechat"
    phone = "mobile"
    email = "mail"
    platform = "member"
    owner = "staff"
    owner_left = "gone"
    last_chat_at = "chat"
    unsubscribed = "stop"
"""


@pytest.fixture
def read(shop_of, tmp_path):
    def reader(people=LIST, toml=PLAIN + COLUMNS):
        file = shop_of(toml, orders=ORDERS, events=EVENTS, people=people)
        store = imported(file, tmp_path / "home")
        return load_contacts(load_shop(file), store, tmp_path / "home" / "plain")

    return reader


def test_whoever_is_named_in_several_rows_is_reached_by_all_of_them(read):
    """Of several owners the one who last chatted is theirs."""
    assert read().get_contact("ann") == Contact(frozenset({"wecom", "sms", "call", "email"}), "Wu")


def test_an_owner_who_has_left_is_named_and_marked(read):
    assert read().get_contact("bob") == Contact(frozenset({"audience"}), "Zhao", owner_left=True)


def test_an_owner_still_there_goes_before_one_who_has_left(read):
    result = read(
        "id,staff,gone,chat,wechat,mobile,mail,member,stop\nann,Li,yes,2026-03-01,,,,,\nann,Wu,,2026-01-01,,,,,\n"
    )
    assert result.get_contact("ann") == Contact(owner="Wu")


def test_no_and_blank_are_no_and_unsubscribed_is_kept(read):
    assert read().get_contact("eve") == Contact(unsubscribed=True)


def test_an_id_that_is_a_phone_is_found_under_its_pseudonym(read):
    """The tables know no phone numbers, and the list may write them otherwise."""
    result = read()
    assert not any("139" in each and "1234" in each for each in result.by_customer)
    assert [each for each in result.by_customer if each.startswith("phone-")]


def test_rows_that_name_nobody_are_counted(read):
    result = read()
    assert (result.rows, result.without_id, result.listed) == (6, 1, True)


def test_blanks_around_an_id_and_ways_to_say_no(read):
    """Who unsubscribed is found however the list was typed, and 未退订 is no unsubscribing."""
    head = "id,wechat,mobile,mail,member,staff,gone,chat,stop\n"
    result = read(
        head + " ann ,未添加,138****0001,not-an-address,,,,,是\nbob,N/A,1380,,,,,,未退订\n"
    )
    assert result.get_contact("ann") == Contact(unsubscribed=True)
    assert result.get_contact("bob") == Contact()
    assert not result.get_contact("ann").is_reachable


def test_a_list_of_strangers_is_counted(read):
    """A list under other ids reaches nobody, and nobody would know why."""
    result = read()
    assert result.strangers == 2, "bob and eve have no orders"
    assert len(result.by_customer) == 4


def test_without_a_list_nothing_is_known_of_anybody(read):
    result = read(toml=PLAIN)
    assert not result.listed
    assert result.get_contact("ann") == Contact()


def test_a_marketplace_reaches_its_own_buyers(read):
    result = dataclasses.replace(read(), marketplace=True)
    assert result.get_contact("stranger") == Contact(frozenset({"audience"}))


def test_a_missing_list_and_a_missing_column_are_refused_by_name(read):
    with pytest.raises(FileMissing):
        read(toml=PLAIN + COLUMNS.replace("people.csv", "poeple.csv"))
    with pytest.raises(ColumnMissing):
        read("who,wechat\nann,x\n")
    with pytest.raises(ColumnMissing) as refused:
        read(LIST.replace("stop", "stopped"))
    assert refused.value.values["column"] == "stop", (
        "whoever unsubscribed must not be read as nobody"
    )


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("dot@mail。example.com", "dot@mail.example.com"),
        ("zw@mail\u200b.example.com", "zw@mail.example.com"),
        ("bom@mail.example.com\ufeff", "bom@mail.example.com"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("A@Mail.Example.com", "a@mail.example.com"),
        ("13811110000.0", "13811110000"),
        ("013811110001", "13811110001"),
        ("+86 0138 1111 0001", "13811110001"),
        ("００８６１３８１１１１０００１", "13811110001"),
    ],
)
def test_an_address_has_one_name_however_it_is_written(written, same):
    """As it is sent: a no of one spelling holds for the letter that goes to the other."""
    key = bytes(32)
    kind = "mail" if "@" in same else "phone"
    assert build_pseudonym(written, key, kind) == build_pseudonym(same, key, kind)


@pytest.mark.parametrize("other", ["03811110001", "01312345678"])
def test_numbers_that_only_look_alike_are_two(other):
    key = bytes(32)
    assert build_pseudonym(other, key, "phone") != build_pseudonym(other.lstrip("0"), key, "phone")
