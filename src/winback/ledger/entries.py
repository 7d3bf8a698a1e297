"""Entries: when a household came into a wave, and the arm that fixed until when.

Written in the transaction that writes the wave. While an entry holds nothing is drawn anew,
whatever playbook asks, and whatever orders, merges or settings came since.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from winback.core.wave_errors import PlanOutdated
from winback.ledger.engine import Ledger
from winback.ledger.tables.waves import ASSIGNMENTS, ENTRIES, HOUSEHOLDS, WAVES

_ASKED = 5_000  # households of one question


@dataclass(frozen=True, slots=True)
class Entry:
    """A household's entry: the arm and with which chance it was held out; fixed_until: the first
    day on which it no longer holds."""

    household: str
    wave_id: str
    playbook: str
    play: str
    arm: str
    holdout_chance: float
    entered_on: date
    fixed_until: date

    def holds_on(self, day: date) -> bool:
        """Whether it fixes the arm on a day; also on one before it, for a list of an earlier day
        made later."""
        return day < self.fixed_until


@dataclass(frozen=True)
class KeptHousehold:
    """Which household a customer was first drawn in, and since when."""

    household: str
    since: date


@dataclass(frozen=True, slots=True)
class Drawn:
    """A customer in an arm. play: whose share drew it."""

    customer_id: str
    household: str
    arm: str
    play: str
    holdout_chance: float


@dataclass(frozen=True)
class EntryTerms:
    """What the entries of a wave have in common."""

    wave_id: str
    playbook: str
    entered_on: date
    fixed_until: date


def find_holding(entries: Collection[Entry], day: date) -> Entry | None:
    """The entry of a household that fixes its arm on a day: the newest that began, else the
    first."""
    holding = [each for each in entries if each.holds_on(day)]
    begun = [each for each in holding if each.entered_on <= day]
    if begun:
        return max(begun, key=lambda each: (each.entered_on, each.wave_id))
    return min(holding, key=lambda each: (each.entered_on, each.wave_id), default=None)


def fix_arms(connection: sa.Connection, terms: EntryTerms, drawn: Sequence[Drawn]) -> None:
    """Keep customers' households, and the arms of those that no entry fixes yet.

    Raises PlanOutdated if another wave has fixed another arm since these were drawn.
    """
    _keep_households(connection, terms, {each.customer_id: each.household for each in drawn})
    entries = _load_entries(connection, {each.household for each in drawn})
    arms, fresh = dict[str, str](), list[dict[str, object]]()
    for each in drawn:
        holding = find_holding(entries.get(each.household, ()), terms.entered_on)
        if holding is None and each.household not in arms:
            fresh.append(_build_entry(terms, each))
        known = arms.setdefault(each.household, holding.arm if holding else each.arm)
        if known != each.arm:
            raise PlanOutdated(wave=terms.wave_id)
    if fresh:
        connection.execute(sa.insert(ENTRIES), fresh)


def _build_entry(terms: EntryTerms, drawn: Drawn) -> dict[str, object]:
    return vars(terms) | {
        "household": drawn.household,
        "arm": drawn.arm,
        "play": drawn.play,
        "holdout_chance": drawn.holdout_chance,
    }


def _keep_households(
    connection: sa.Connection, terms: EntryTerms, households: dict[str, str]
) -> None:
    query = sa.select(HOUSEHOLDS.c.customer_id)
    known = set[str]()
    for some in _split(households):
        known |= set(connection.execute(query.where(HOUSEHOLDS.c.customer_id.in_(some))).scalars())
    fresh = [
        {"customer_id": customer, "household": household, "since": terms.entered_on}
        for customer, household in households.items()
        if customer not in known
    ]
    if fresh:
        connection.execute(sa.insert(HOUSEHOLDS), fresh)


def extend_entries(connection: sa.Connection, wave_id: str, until: date) -> None:
    """Let the entries of a wave hold until a day, if they would end before: money is judged from
    its approval on."""
    mine = (ENTRIES.c.wave_id == wave_id) & (ENTRIES.c.fixed_until < until)
    connection.execute(sa.update(ENTRIES).where(mine).values(fixed_until=until))


def load_kept_households(
    ledger: Ledger, customers: Collection[str] | None = None
) -> dict[str, KeptHousehold]:
    """Of some customers, or of all, those who ever were in an arm, and their households."""
    query = sa.select(HOUSEHOLDS)
    parts = (
        [query]
        if customers is None
        else [query.where(HOUSEHOLDS.c.customer_id.in_(some)) for some in _split(customers)]
    )
    with ledger.begin_read() as connection:
        return {
            row.customer_id: KeptHousehold(row.household, row.since)
            for part in parts
            for row in connection.execute(part)
        }


def load_entries(
    ledger: Ledger, households: Collection[str] | None = None
) -> dict[str, list[Entry]]:
    """The entries of some households, or of all, the oldest first."""
    with ledger.begin_read() as connection:
        return _load_entries(connection, households)


def _load_entries(
    connection: sa.Connection, households: Collection[str] | None
) -> dict[str, list[Entry]]:
    entries = defaultdict[str, list[Entry]](list)
    query = sa.select(ENTRIES).order_by(ENTRIES.c.entered_on, ENTRIES.c.wave_id)
    parts = (
        [query]
        if households is None
        else [query.where(ENTRIES.c.household.in_(some)) for some in _split(households)]
    )
    for part in parts:
        for row in connection.execute(part).mappings():
            entries[row["household"]].append(Entry(**row))
    return dict(entries)


def list_held_out(ledger: Ledger, day: date) -> list[str]:
    """The customers whose household an entry holds out on a day."""
    e = ENTRIES.c
    held = sa.select(e.household).where(
        e.arm == "holdout", e.entered_on <= day, e.fixed_until > day
    )
    query = sa.select(HOUSEHOLDS.c.customer_id).where(HOUSEHOLDS.c.household.in_(held))
    with ledger.begin_read() as connection:
        return list(connection.execute(query).scalars())


def load_repeated_entries(ledger: Ledger, waves: Collection[str]) -> dict[str, list[Entry]]:
    """The entries of households that are in some waves by an entry of another one, or that have
    several: of all others a row is its household's first."""
    a, e = ASSIGNMENTS.c, ENTRIES.c
    own = sa.exists().where(e.household == a.household, e.wave_id == a.wave_id)
    again = sa.select(a.household).where(
        a.wave_id.in_(waves), a.arm != "excluded", a.holdout_chance.is_not(None), ~own
    )
    several = sa.select(e.household).group_by(e.household).having(sa.func.count() > 1)
    with ledger.begin_read() as connection:
        households = {
            household
            for query in (again.distinct(), several)
            for household in connection.execute(query).scalars()
        }
        return _load_entries(connection, households)


def query_moved(wave_id: str) -> sa.Select[Any]:
    """The customers of a wave whose arm is another than their household's entry fixed, or whom no
    entry fixed: none in a sound ledger."""
    a, e = ASSIGNMENTS.c, ENTRIES.c
    mine = (e.household == a.household) & (e.wave_id == a.wave_id)
    begun = (e.entered_on <= WAVES.c.cutoff) & (e.fixed_until > WAVES.c.cutoff)
    other = (e.household == a.household) & (begun | (e.entered_on > WAVES.c.cutoff))
    fixed = sa.case(
        (sa.exists().where(mine), sa.exists().where(mine, e.arm == a.arm)),
        else_=sa.exists().where(other, e.arm == a.arm),
    )
    return (
        sa.select(a.customer_id)
        .join(WAVES, WAVES.c.wave_id == a.wave_id)
        .where(a.wave_id == wave_id, a.arm != "excluded", a.holdout_chance.is_not(None), ~fixed)
        .order_by(a.customer_id)
    )


def _split(values: Iterable[str]) -> Iterator[list[str]]:
    listed = sorted(values)
    for start in range(0, len(listed), _ASKED):
        yield listed[start : start + _ASKED]
