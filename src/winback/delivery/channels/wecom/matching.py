"""Which WeCom contact a customer is: a shop's buyer number is no external_userid, so a phone
number in the member's remarks decides."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from winback.delivery.channels.wecom.api import WeComClient

_PAGE = 100


@dataclass(frozen=True)
class WeComContact:
    """A WeCom contact as a member of staff has them."""

    external_userid: str
    owner: str


@dataclass(frozen=True)
class MatchResult:
    """Contacts by customer; contacts nobody of ours has the number of, or that carry none; and
    customers of whom nobody knows which contact they are."""

    contacts: Mapping[str, WeComContact]
    unmatched: tuple[WeComContact, ...]
    ambiguous: tuple[str, ...]


def match_contacts(
    wecom: WeComClient, customer_of: Callable[[str], str | None], progress: Callable[[int], None]
) -> MatchResult:
    """Match every contact of every member. customer_of: who has a phone number. progress: called
    with how many were looked at.

    Of one contact with several members the first by name is taken, so that the order of answers is
    nothing. Raises WeComRefused and ChannelStopped.
    """
    people: dict[str, set[WeComContact]] = defaultdict(set)
    customers_of: dict[str, set[str]] = defaultdict(set)
    unmatched: set[WeComContact] = set()
    count = 0
    for owner in sorted(wecom.get("externalcontact/get_follow_user_list").get("follow_user", ())):
        body = {"userid_list": [owner], "limit": _PAGE}
        for row in wecom.iterate_pages(
            "externalcontact/batch/get_by_user", body, "external_contact_list"
        ):
            _add_person(row, owner, customer_of, people, customers_of, unmatched)
            count += 1
            progress(count)
    # A contact with the numbers of two customers is one person: nobody knows which of the two.
    several = _find_several(people, customers_of)
    one, rest = _choose_people(people, several, unmatched)
    return MatchResult(
        one, tuple(sorted(rest, key=lambda each: (each.owner, each.external_userid))), several
    )


def _add_person(
    row: Mapping[str, Any],
    owner: Any,
    customer_of: Callable[[str], str | None],
    people: dict[str, set[WeComContact]],
    customers_of: dict[str, set[str]],
    unmatched: set[WeComContact],
) -> None:
    person = WeComContact(str(row["external_contact"]["external_userid"]), owner)
    numbers = row.get("follow_info", {}).get("remark_mobiles") or ()
    customers = {
        customer_id for number in numbers if (customer_id := customer_of(str(number))) is not None
    }
    for customer in customers:
        people[customer].add(person)
        customers_of[person.external_userid].add(customer)
    if not customers:
        unmatched.add(person)


def _find_several(
    people: dict[str, set[WeComContact]], customers_of: dict[str, set[str]]
) -> tuple[str, ...]:
    return tuple(
        sorted(
            customer
            for customer, some in people.items()
            if len({each.external_userid for each in some}) > 1
            or any(len(customers_of[each.external_userid]) > 1 for each in some)
        )
    )


def _choose_people(
    people: dict[str, set[WeComContact]], several: tuple[str, ...], unmatched: set[WeComContact]
) -> tuple[dict[str, WeComContact], list[WeComContact]]:
    sure = sorted(customer for customer in people if customer not in several)
    one = {customer: min(people[customer], key=lambda each: each.owner) for customer in sure}
    known = {each.external_userid for each in one.values()}
    rest = [each for each in unmatched if each.external_userid not in known]
    return one, rest
