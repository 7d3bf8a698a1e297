"""The brake of a playbook: its waves pause when those it writes to complain to the shop, or send
back what they buy, more often than the holdout does (MISSION B106).

Complaints are counted among everybody of an arm, refunds among those of it who have ordered since:
who is written to buys more, and so has more to send back. Both by an e-value, so that looking at it
in every run is no error.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import duckdb

from winback.data.store import quote_literal
from winback.experiments.e_values import LEVEL, EventsByArm, compute_excess_e_value
from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.harm import (
    ArmMember,
    Harm,
    HarmStop,
    find_last_harm_stop,
    list_arm_members,
    list_sending_waves,
)
from winback.ledger.wave_changes import pause_wave

ACTOR = "winback"
COUNTED_DAYS = 90  # a playbook is judged by the waves approved in them
_ASKED = 5_000  # customers of one question
_EVENTS: Mapping[str, str] = {
    "complaints": "select customer_id, occurred_at from events where kind = 'complaint_opened'",
    "refunds": "select customer_id, occurred_at from refunds",
    "orders": "select customer_id, occurred_at from orders"
    " where not (gift or wholesale or brushing or deposit)",
}


def pause_harmful_waves(
    con: duckdb.DuckDBPyConnection, ledger: Ledger, playbook: str, now: datetime
) -> HarmStop | None:
    """Pause the sending waves of a playbook if it does harm; None where it does not, or none sends.
    What was seen before they were paused counts no more.
    con: of the shop's tables."""
    going = list_sending_waves(ledger, playbook)
    found = _find_harm(con, ledger, playbook, now) if going else None
    if found is None:
        return None
    harm, draws = found
    treated, held_out = (
        f"{sum(getattr(draw, f'{arm}_events') for draw in draws)}/"
        f"{sum(getattr(draw, arm) for draw in draws)}"
        for arm in ("treated", "held_out")
    )
    with ledger.begin_write() as connection:
        note = {"harm": harm, "treated": treated, "held_out": held_out, "waves": len(going)}
        append(connection, now, ACTOR, "harm_stopped", playbook, note)
    for wave_id in going:
        pause_wave(ledger, wave_id, ACTOR, now)
    return HarmStop(harm, treated, held_out, tuple(sorted(going)))


def _find_harm(
    con: duckdb.DuckDBPyConnection, ledger: Ledger, playbook: str, now: datetime
) -> tuple[Harm, list[EventsByArm]] | None:
    since = find_last_harm_stop(ledger, playbook)
    newest = list_arm_members(ledger, playbook, now - timedelta(days=COUNTED_DAYS))
    members = [each for each in newest if each.since <= now]
    happened = {
        kind: _find_members(con, query, members, since, now) for kind, query in _EVENTS.items()
    }
    complaints = list(_count(members, happened["complaints"]))
    buyers = [each for number, each in enumerate(members) if number in happened["orders"]]
    numbers = [number for number in range(len(members)) if number in happened["orders"]]
    sent_back = {at for at, number in enumerate(numbers) if number in happened["refunds"]}
    refunds = list(_count(buyers, sent_back))
    harms: tuple[tuple[Harm, list[EventsByArm]], ...] = (
        ("complaints", complaints),
        ("refunds", refunds),
    )
    # Two questions share the level.
    level = LEVEL / len(harms)
    return next(
        (each for each in harms if compute_excess_e_value(each[1]) >= 1 / level),
        None,
    )


def _find_members(
    con: duckdb.DuckDBPyConnection,
    query: str,
    members: Sequence[ArmMember],
    since: datetime | None,
    now: datetime,
) -> set[int]:
    """The numbers of those who had an event after their wave began, and after `since`."""
    moments = defaultdict[str, list[datetime]](list)
    names = sorted({each.customer_id for each in members})
    for start in range(0, len(names), _ASKED):
        listed = ", ".join(map(quote_literal, names[start : start + _ASKED]))
        asked = f"select * from ({query}) where customer_id in ({listed}) and occurred_at <= ?"
        for customer, at in con.execute(asked, [now]).fetchall():
            moments[customer].append(at)
    return {
        number
        for number, each in enumerate(members)
        if any(at > max(each.since, since or each.since) for at in moments[each.customer_id])
    }


def _count(members: Sequence[ArmMember], happened: Collection[int]) -> Iterator[EventsByArm]:
    """The people and events of each wave and play, by arm."""
    people, events = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for number, each in enumerate(members):
        key = (each.wave_id, each.play, each.arm)
        people[key] += 1
        events[key] += number in happened
    for wave_id, play in sorted({key[:2] for key in people}):
        treated, held_out = (wave_id, play, "treatment"), (wave_id, play, "holdout")
        yield EventsByArm(people[treated], people[held_out], events[treated], events[held_out])
