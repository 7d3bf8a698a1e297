"""The brake of a playbook: its waves pause when those it writes to complain to the shop, or send
back what they buy, more often than the holdout does, or come back less often (MISSION B106).

Complaints are counted among everybody of an arm, refunds among those of it who have ordered since:
who is written to buys more, and so has more to send back. Who came back is counted a month after
their wave, so that an order that is only put off counts for nothing. All by an e-value, so that
looking at it in every run is no error.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import duckdb

from winback.data.store import quote_literal
from winback.experiments.e_values import LEVEL, EventsByArm, compute_excess_e_value
from winback.ledger.engine import Ledger
from winback.ledger.harm import (
    ArmMember,
    Harm,
    HarmStop,
    find_last_harm_stop,
    list_arm_members,
    list_sending_waves,
    stop_for_harm,
)

ACTOR = "winback"
COUNTED_DAYS = 90  # a playbook is judged by the waves approved in them
RETURN_DAYS = 30  # in which somebody who returns is counted, once they are over
_ASKED = 5_000  # customers of one question
_EVENTS: Mapping[str, str] = {
    "complaints": "select customer_id, occurred_at from events where kind = 'complaint_opened'",
    "refunds": "select customer_id, occurred_at from refunds",
    "orders": "select customer_id, occurred_at from orders"
    " where not (gift or wholesale or brushing or deposit)",
}


def pause_harmful_waves(
    con: duckdb.DuckDBPyConnection, ledger: Ledger, now: datetime
) -> list[HarmStop]:
    """Pause the sending waves of each playbook that does harm. What was seen before they were
    paused counts no more. con: of the shop's tables."""
    stops = []
    for playbook, waves in list_sending_waves(ledger).items():
        found = _find_harm(con, ledger, playbook, now)
        if found is not None:
            stop = HarmStop(found[0], *_sum_up(found[1]), tuple(waves))
            stops.append(stop_for_harm(ledger, playbook, stop, ACTOR, now))
    return stops


def _sum_up(draws: Sequence[EventsByArm]) -> tuple[str, str]:
    """Of the treated and of the holdout how many had an event, as `3/120`."""
    return (
        f"{sum(each.treated_events for each in draws)}/{sum(each.treated for each in draws)}",
        f"{sum(each.held_out_events for each in draws)}/{sum(each.held_out for each in draws)}",
    )


def _find_harm(
    con: duckdb.DuckDBPyConnection, ledger: Ledger, playbook: str, now: datetime
) -> tuple[Harm, list[EventsByArm]] | None:
    since = find_last_harm_stop(ledger, playbook, now)
    newest = list_arm_members(ledger, playbook, now - timedelta(days=COUNTED_DAYS))
    members = [each for each in newest if each.since <= now]
    moments = {kind: _load_moments(con, query, members, now) for kind, query in _EVENTS.items()}
    happened = {kind: _find_members(each, members, since) for kind, each in moments.items()}
    matured = _list_matured(members, now)
    came = _find_members(moments["orders"], matured, since, timedelta(days=RETURN_DAYS))
    buyers = [number for number in range(len(members)) if number in happened["orders"]]
    sent_back = {at for at, number in enumerate(buyers) if number in happened["refunds"]}
    harms: tuple[tuple[Harm, list[EventsByArm]], ...] = (
        ("complaints", list(_count(members, happened["complaints"]))),
        ("refunds", list(_count([members[number] for number in buyers], sent_back))),
        ("fewer_orders", list(_count(matured, came))),
    )
    level = LEVEL / len(harms)  # the questions share it
    return next((each for each in harms if _measure_evidence(*each) >= 1 / level), None)


def _list_matured(members: Sequence[ArmMember], now: datetime) -> list[ArmMember]:
    """One of each household whose first wave is a month old: whoever is there again is so because
    of what an earlier message did."""
    households: dict[str, ArmMember] = {}
    for each in members:
        if each.first and each.since + timedelta(days=RETURN_DAYS) <= now:
            households.setdefault(each.household, each)
    return list(households.values())


def _measure_evidence(harm: Harm, draws: Sequence[EventsByArm]) -> float:
    """How much speaks for harm; of orders it is the holdout that has more."""
    if harm != "fewer_orders":
        return compute_excess_e_value(draws)
    return compute_excess_e_value(
        [
            EventsByArm(each.held_out, each.treated, each.held_out_events, each.treated_events)
            for each in draws
        ]
    )


def _load_moments(
    con: duckdb.DuckDBPyConnection, query: str, members: Sequence[ArmMember], now: datetime
) -> dict[str, list[datetime]]:
    """Customer → when they had an event, up to now."""
    moments = defaultdict[str, list[datetime]](list)
    names = sorted({each.customer_id for each in members})
    for start in range(0, len(names), _ASKED):
        listed = ", ".join(map(quote_literal, names[start : start + _ASKED]))
        asked = f"select * from ({query}) where customer_id in ({listed}) and occurred_at <= ?"
        for customer, at in con.execute(asked, [now]).fetchall():
            moments[customer].append(at)
    return moments


def _find_members(
    moments: Mapping[str, Sequence[datetime]],
    members: Sequence[ArmMember],
    since: datetime | None,
    within: timedelta = timedelta(days=COUNTED_DAYS),
) -> set[int]:
    """The numbers of those who had an event after their wave began, `within` so long, and after
    `since`."""
    return {
        number
        for number, each in enumerate(members)
        if any(
            max(each.since, since or each.since) < at <= each.since + within
            for at in moments.get(each.customer_id, ())
        )
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
