"""Which ids are one person: the shop's own id map, an identical phone hash on two platforms, and a
guest's e-mail address that stands beside one id (B55).

Nothing else merges: two people wrongly made one are worse than one counted twice. Merges are found
anew at every import and listed in the table `merges`; a pair of ids named as apart stays apart,
which is how a merge is undone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import duckdb
import pandas as pd

from winback.core.schema import MERGES

# An id beside more addresses than these is a till's or an assistant's.
_MOST_ADDRESSES = 5

# A guest is known by the address alone, so that an order of it may show whose account it is.
_GUESTS = f"""
with lines as (
  select customer_id, email_hash, coalesce(platform || ':', '') || email_hash as guest
  from staged_lines where email_hash is not null
),
personal as (
  select customer_id from lines group by all having count(distinct email_hash) <= {_MOST_ADDRESSES}
),
named as (
  select guest, min(customer_id) as customer_id from lines where customer_id <> guest
  group by guest having count(distinct customer_id) = 1
)
select distinct guest, n.customer_id, email_hash from named as n join lines using (guest)
where lines.customer_id = guest and n.customer_id in (select customer_id from personal)
order by all
"""


@dataclass(frozen=True)
class Merge:
    """One id that stands under another."""

    merged_id: str
    customer_id: str
    rule: str
    evidence: str


def find_merges(
    con: duckdb.DuckDBPyConnection,
    id_map: Mapping[str, str],
    map_file: str,
    phones: bool,
    apart: Iterable[tuple[str, str]],
) -> tuple[list[Merge], int]:
    """The merges among the ids of `staged_lines`, and the number of phone hashes that name no one
    person.

    id_map: id → the customer it belongs to. apart: pairs that must not become one.
    """
    kept_apart = {frozenset(pair) for pair in apart}
    merges = _find_merges_by_map(id_map, kept_apart, map_file)
    _add_guest_merges(con, merges, kept_apart)
    ambiguous = _add_phone_merges(con, merges, kept_apart) if phones else 0
    return [merges[raw] for raw in sorted(merges)], ambiguous


def _find_merges_by_map(
    id_map: Mapping[str, str], kept_apart: set[frozenset[str]], map_file: str
) -> dict[str, Merge]:
    return {
        raw: Merge(raw, _follow_map(raw, id_map), "map", map_file)
        for raw in id_map
        if _follow_map(raw, id_map) != raw
        and frozenset((raw, _follow_map(raw, id_map))) not in kept_apart
    }


def _add_guest_merges(
    con: duckdb.DuckDBPyConnection, merges: dict[str, Merge], kept_apart: set[frozenset[str]]
) -> None:
    """Add the guests whose address stands beside exactly one id to the merges by the map."""
    mapped = {raw: merge.customer_id for raw, merge in merges.items()}
    for guest, named, email in con.execute(_GUESTS).fetchall():
        customer = mapped.get(named, named)
        if (
            guest not in merges
            and customer != guest
            and frozenset((guest, customer)) not in kept_apart
        ):
            merges[guest] = Merge(guest, customer, "guest", email)


def _add_phone_merges(
    con: duckdb.DuckDBPyConnection, merges: dict[str, Merge], kept_apart: set[frozenset[str]]
) -> int:
    """Add the merges by phone to those by the map; returns how many phones are ambiguous."""
    mapped = {raw: merge.customer_id for raw, merge in merges.items()}
    by_phone, ambiguous = _find_merges_by_phone(con, mapped, kept_apart)
    for merge in by_phone:
        merges.setdefault(merge.merged_id, merge)
    onward = {merge.merged_id: merge.customer_id for merge in by_phone}
    _follow_phone_merges(merges, onward, kept_apart)
    return ambiguous


def _follow_phone_merges(
    merges: dict[str, Merge], onward: dict[str, str], kept_apart: set[frozenset[str]]
) -> None:
    """Let what the map put under an id go with that id."""
    for raw, merge in list(merges.items()):
        customer = onward.get(merge.customer_id, merge.customer_id)
        if frozenset((raw, customer)) in kept_apart:
            del merges[raw]
        else:
            merges[raw] = Merge(raw, customer, merge.rule, merge.evidence)


def create_merges_table(con: duckdb.DuckDBPyConnection, merges: Sequence[Merge]) -> None:
    """Make the temp table `merges`."""
    frame = pd.DataFrame([vars(merge) for merge in merges], columns=list(MERGES.names))
    con.register("found_merges", frame.astype("str"))
    con.execute(f"create temp table merges as select {', '.join(MERGES.names)} from found_merges")


def _find_merges_by_phone(
    con: duckdb.DuckDBPyConnection, mapped: Mapping[str, str], kept_apart: set[frozenset[str]]
) -> tuple[list[Merge], int]:
    """Merges of ids that share a phone hash across platforms, where each platform has one id of it.

    A phone that two ids of one platform share is a household's, or the shop's own placeholder:
    nobody is merged on it.
    """
    sightings = _load_sightings(con, mapped)
    groups, evidence, ambiguous = _join_by_phone(sightings.of_phone, kept_apart)
    merges = []
    for members in groups:
        if _is_contradictory(members, sightings.platform_of, kept_apart):
            ambiguous += 1
            continue
        # The first id a person was known by: it stays when later platforms join.
        keeper = min(members, key=lambda each: (sightings.first[each], each))
        merges += [
            Merge(each, keeper, "phone", evidence[each]) for each in members if each != keeper
        ]
    return merges, ambiguous


@dataclass(frozen=True)
class _Sightings:
    """Which customers each phone names on each platform; where and when each was first seen."""

    of_phone: Mapping[str, Mapping[str, set[str]]]
    first: Mapping[str, datetime]
    platform_of: Mapping[str, str]


def _load_sightings(con: duckdb.DuckDBPyConnection, mapped: Mapping[str, str]) -> _Sightings:
    rows = con.execute(
        "select phone_hash, coalesce(platform, ''), customer_id, min(occurred_at) from staged_lines"
        " where phone_hash is not null group by all order by all"
    ).fetchall()
    of_phone: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    first: dict[str, datetime] = {}
    platform_of: dict[str, str] = {}
    for phone, platform, raw, occurred_at in rows:
        customer = mapped.get(raw, raw)
        of_phone[phone][platform].add(customer)
        first[customer] = min(first.get(customer, occurred_at), occurred_at)
        platform_of.setdefault(customer, platform)
    return _Sightings(of_phone, first, platform_of)


def _join_by_phone(
    of_phone: Mapping[str, Mapping[str, set[str]]], kept_apart: set[frozenset[str]]
) -> tuple[list[set[str]], dict[str, str], int]:
    """(groups of customers that phones join, the phone of each customer, phones that name no one
    person)"""
    evidence: dict[str, str] = {}
    together: dict[str, str] = {}  # customer → the group it is in, by one of its members
    ambiguous = 0
    for phone, platforms in of_phone.items():
        customers = [next(iter(ids)) for ids in platforms.values() if len(ids) == 1]
        if len(platforms) < 2 or len(set().union(*platforms.values())) < 2:
            continue
        if len(customers) < len(platforms):
            ambiguous += 1
            continue
        for one, other in pairwise(customers):
            if frozenset((one, other)) not in kept_apart:
                together[_find_root(together, other)] = _find_root(together, one)
                evidence[one] = evidence[other] = phone
    return _group_by_root(evidence, together), evidence, ambiguous


def _group_by_root(evidence: Iterable[str], together: Mapping[str, str]) -> list[set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for customer in evidence:
        groups[_find_root(together, customer)].add(customer)
    return list(groups.values())


def _find_root(together: Mapping[str, str], customer: str) -> str:
    while together.get(customer, customer) != customer:
        customer = together[customer]
    return customer


def _is_contradictory(
    members: set[str], platform_of: Mapping[str, str], kept_apart: set[frozenset[str]]
) -> bool:
    """Whether through several phones two ids of one platform, or two that must stay apart, would
    become one."""
    pairs = {frozenset((one, other)) for one in members for other in members if one != other}
    platforms = {platform_of[each] for each in members}
    return len(platforms) < len(members) or bool(pairs & kept_apart)


def _follow_map(raw: str, id_map: Mapping[str, str]) -> str:
    """Where a chain of the map ends; a circle is one customer, by its least id."""
    passed = [raw]
    while raw in id_map:
        raw = id_map[raw]
        if raw in passed:
            return min(passed[passed.index(raw) :])
        passed.append(raw)
    return raw
