"""One person under several ids: which household keeps their arm, and who was of both arms before
their ids were merged."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations

from winback.data.store import Store, group_person_ids
from winback.ledger.engine import Ledger
from winback.ledger.entries import Entry, KeptHousehold, load_entries, load_kept_households


def list_kept_households(
    ledger: Ledger, store: Store, entries: Mapping[str, Sequence[Entry]], day: date
) -> dict[str, str]:
    """The households customers were first drawn in. Of a person with several the one whose entry
    holds on a day, else the first."""
    kept = load_kept_households(ledger)
    households = {customer: each.household for customer, each in kept.items()}
    for customer, ids in group_person_ids(store).items():
        known = [kept[each] for each in ids if each in kept]
        if known:
            best = min(known, key=lambda each: _get_precedence(each, entries, day))
            households[customer] = best.household
    return households


def _get_precedence(
    kept: KeptHousehold, entries: Mapping[str, Sequence[Entry]], day: date
) -> tuple[bool, date, str]:
    holds = any(each.holds_on(day) for each in entries.get(kept.household, ()))
    return not holds, kept.since, kept.household


def find_merged_across(ledger: Ledger, store: Store, day: date | None = None) -> frozenset[str]:
    """The ids of persons whose ids were in different arms at the same time; day: while both still
    hold then."""
    people = group_person_ids(store)
    if not people:
        return frozenset()
    kept = load_kept_households(ledger, {each for ids in people.values() for each in ids})
    entries = load_entries(ledger, {each.household for each in kept.values()})
    found = set[str]()
    for ids in people.values():
        households = {kept[each].household for each in ids if each in kept}
        mine = [entry for each in sorted(households) for entry in entries.get(each, ())]
        if any(_is_across(one, other, day) for one, other in combinations(mine, 2)):
            found.update(ids)
    return frozenset(found)


def _is_across(one: Entry, other: Entry, day: date | None) -> bool:
    overlap = one.entered_on < other.fixed_until and other.entered_on < one.fixed_until
    still = day is None or (one.holds_on(day) and other.holds_on(day))
    return one.household != other.household and one.arm != other.arm and overlap and still
