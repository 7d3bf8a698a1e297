"""Which ids are one person: the shop's own id map, and an identical phone hash on two platforms
(B55).

Nothing else merges: two people wrongly made one are worse than one counted twice. Merges are found
anew at every import and listed in the table `merges`; a pair of ids named as apart stays apart,
which is how a merge is undone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import duckdb
import pandas as pd

from winback.core.schema import MERGES


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
    ambiguous = 0
    if phones:
        by_phone, ambiguous = _find_merges_by_phone(
            con, {raw: merge.customer_id for raw, merge in merges.items()}, kept_apart
        )
        for merge in by_phone:
            merges.setdefault(merge.merged_id, merge)
        onward = {merge.merged_id: merge.customer_id for merge in by_phone}
        _follow_phone_merges(merges, onward, kept_apart)
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
    rows = con.execute(
        "select phone_hash, coalesce(platform, ''), customer_id, min(occurred_at) from staged_lines"
        " where phone_hash is not null group by all order by all"
    ).fetchall()
    of_phone: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    first: dict[str, Any] = {}
    platform_of: dict[str, str] = {}
    for phone, platform, raw, occurred_at in rows:
        customer = mapped.get(raw, raw)
        of_phone[phone][platform].add(customer)
        first[customer] = min(first.get(customer, occurred_at), occurred_at)
        platform_of.setdefault(customer, platform)
    together: dict[str, str] = {}  # customer → the group it is in, by one of its members

    def find_root(customer: str) -> str:
        while together.get(customer, customer) != customer:
            customer = together[customer]
        return customer

    evidence: dict[str, str] = {}
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
                together[find_root(other)] = find_root(one)
                evidence[one] = evidence[other] = phone
    groups: dict[str, set[str]] = defaultdict(set)
    for customer in evidence:
        groups[find_root(customer)].add(customer)
    merges = []
    for members in groups.values():
        pairs = {frozenset((one, other)) for one in members for other in members if one != other}
        if len({platform_of[each] for each in members}) < len(members) or pairs & kept_apart:
            # through several phones two ids of one platform, or two that must stay apart, would
            # become one
            ambiguous += 1
            continue
        # The first id a person was known by: it stays when later platforms join.
        keeper = min(members, key=lambda each: (first[each], each))
        merges += [
            Merge(each, keeper, "phone", evidence[each]) for each in members if each != keeper
        ]
    return merges, ambiguous


def _follow_map(raw: str, id_map: Mapping[str, str]) -> str:
    """Where a chain of the map ends; a circle is one customer, by its least id."""
    passed = [raw]
    while raw in id_map:
        raw = id_map[raw]
        if raw in passed:
            return min(passed[passed.index(raw) :])
        passed.append(raw)
    return raw
