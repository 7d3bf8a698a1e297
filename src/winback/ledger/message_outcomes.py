"""What became of claimed messages: a channel's word is recorded, money comes back where nothing
went out, and the next step of a ladder gets its day.

A channel that says for certain that nothing went out may be asked again.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from winback.ledger.audit_log import append
from winback.ledger.bounces import BOUNCED, NO_SUCH_ADDRESS, suppress_address
from winback.ledger.budgets import update_deliveries
from winback.ledger.engine import Ledger
from winback.ledger.locks import Lease
from winback.ledger.tables.waves import ASSIGNMENTS, COUNTED, DELIVERIES

MOST_ATTEMPTS = 5

SendState = Literal["sent", "created", "failed", "unknown", "again"]
Fate = tuple[
    sa.RowMapping, str, str | None, datetime | None
]  # a delivery, its new state, why, and when it is due again


@dataclass(frozen=True)
class Outcome:
    """What a channel said of a claimed message. again: to be tried later; receipt: what it calls
    it.

    tried: whether the attempt counts; where a channel stopped as a whole, it does not. sure:
    whether nothing went out; where that is not known, the last attempt leaves it unknown.
    """

    delivery_id: str
    state: SendState
    reason: str | None = None
    receipt: str | None = None
    not_before: datetime | None = None
    tried: bool = True
    sure: bool = True


# Built once: a run executes them for every message.
_OPEN = ("pending", "unknown", "created")  # what comes after such a step is not decided yet
MATCHES_ASSIGNMENT = (ASSIGNMENTS.c.wave_id == DELIVERIES.c.wave_id) & (
    ASSIGNMENTS.c.customer_id == DELIVERIES.c.customer_id
)

_MINE = sa.select(DELIVERIES).where(
    DELIVERIES.c.delivery_id.in_(sa.bindparam("param_ids", expanding=True)),
    DELIVERIES.c.claim == sa.bindparam("param_claim"),
    DELIVERIES.c.state.in_(("claimed", "unknown")),
)
_LATER = (
    sa.select(DELIVERIES)
    .where(
        DELIVERIES.c.wave_id.in_(sa.bindparam("param_waves", expanding=True)),
        DELIVERIES.c.customer_id.in_(sa.bindparam("param_customers", expanding=True)),
        DELIVERIES.c.state == "pending",
        DELIVERIES.c.due_at.is_(None),
    )
    .order_by(DELIVERIES.c.step)
)


def complete(ledger: Ledger, lease: Lease, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Record what channels said. It is recorded also by a run that was fenced off: it alone knows
    what became of its claims.

    A claim that was taken for lost meanwhile is `unknown`, and becomes what it was; one that
    another run has claimed again (of a channel that may be repeated) is that run's to settle.
    """
    with ledger.begin_write() as connection:
        record_outcomes(connection, lease, outcomes, now)


def record_outcomes(
    connection: sa.Connection, lease: Lease, outcomes: Sequence[Outcome], moment: datetime
) -> None:
    if not outcomes:
        return
    by_id = {outcome.delivery_id: outcome for outcome in outcomes}
    rows = (
        connection.execute(_MINE, {"param_ids": sorted(by_id), "param_claim": lease.token})
        .mappings()
        .all()
    )
    fates = [_decide_fate(row, by_id[row["delivery_id"]], moment) for row in rows]
    exposed = {each.delivery_id for each in outcomes if each.state == "again" and not each.sure}
    noted = {row["delivery_id"]: _note(row, by_id[row["delivery_id"]]) for row in rows}
    set_states(connection, fates, moment, exposed, noted)
    for row, state, reason, _ in fates:
        if (state, reason) == ("failed", NO_SUCH_ADDRESS):
            suppress_address(connection, row, BOUNCED, moment, "channel")


def _decide_fate(row: sa.RowMapping, outcome: Outcome, moment: datetime) -> Fate:
    if _is_tried_again(outcome, row["attempts"]):
        return row, "pending", outcome.reason, outcome.not_before or moment
    return row, _get_final_state(row, outcome), outcome.reason, None


def _is_tried_again(outcome: Outcome, attempts: int) -> bool:
    return outcome.state == "again" and (not outcome.tried or attempts < MOST_ATTEMPTS)


def _get_final_state(row: sa.RowMapping, outcome: Outcome) -> str:
    """The state of what is not tried again: what was given up failed, if that is sure, and was sure
    at every attempt before."""
    if outcome.state not in ("again", "failed"):
        return outcome.state
    exposed_before = row["exposed_at"] is not None and not _is_taken_for_lost(row)
    return "failed" if outcome.sure and not exposed_before else "unknown"


def _is_taken_for_lost(row: sa.RowMapping) -> bool:
    """Whether a one-shot message is unknown because its run was taken for dead: that is undone by
    what the run says, for nothing was tried before."""
    return row["state"] == "unknown" and row["kind"] in (None, "one_shot")


def _note(row: sa.RowMapping, outcome: Outcome) -> dict[str, object]:
    """What else a channel's word changes: what it calls the message, and that it tried nothing."""
    noted: dict[str, object] = {"receipt": outcome.receipt} if outcome.receipt else {}
    return noted if outcome.tried else {**noted, "attempts": row["attempts"] - 1}


def set_states(
    connection: sa.Connection,
    fates: Sequence[Fate],
    moment: datetime,
    exposed: Collection[str] = (),
    noted: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """Give deliveries their new states, their money back where nothing went out, and their
    ladders what follows. exposed: what may have arrived though it waits to be asked again; it
    keeps its money, and counts against caps. noted: what else changes of some of them."""
    if not fates:
        return
    exposures = [_find_exposure(row, state, exposed) for row, state, _, _ in fates]
    changes = [
        {
            "state": state,
            "reason": reason,
            "due_at": due or row["due_at"],
            "settled_at": None if state == "pending" else moment,
            "claimed_at": row["claimed_at"] if _may_have(state, exposed_at) else None,
            "exposed_at": exposed_at,
            **(noted or {}).get(row["delivery_id"], {}),
        }
        for (row, state, reason, due), exposed_at in zip(fates, exposures, strict=True)
    ]
    rows = (row for row, _, _, _ in fates)
    update_deliveries(connection, zip(rows, changes, strict=True))
    _schedule_next_steps(connection, fates, moment)


def _find_exposure(row: sa.RowMapping, state: str, exposed: Collection[str]) -> datetime | None:
    """Since when a receiver may have a message: the first such moment holds, until somebody who
    knows says that nothing went out."""
    known: datetime | None = row["exposed_at"]
    claimed_at: datetime | None = row["claimed_at"]
    waits_exposed = state == "pending" and row["delivery_id"] in exposed
    # Only whoever handed it over, or a person, makes an unknown message one that did not go.
    if state == "failed" or (state == "pending" and _is_taken_for_lost(row)):
        known = None
    if known is None and (waits_exposed or state in ("sent", "created", "unknown")):
        return claimed_at
    return known


def _may_have(state: str, exposed_at: datetime | None) -> bool:
    """Whether a customer got a message of a state, or may have."""
    return state in COUNTED or (state == "pending" and exposed_at is not None)


def _schedule_next_steps(
    connection: sa.Connection, fates: Sequence[Fate], moment: datetime
) -> None:
    """What settled steps mean for their ladders: the next one gets its day, or nobody needs
    those that are left."""
    settled = {
        (row["wave_id"], row["customer_id"]): (row["step"], state)
        for row, state, _, _ in fates
        if state not in _OPEN
    }
    if not settled:
        return
    waves, customers = (sorted({key[place] for key in settled}) for place in (0, 1))
    later = (
        connection.execute(_LATER, {"param_waves": waves, "param_customers": customers})
        .mappings()
        .all()
    )
    update_deliveries(connection, _iterate_later_steps(later, settled, moment))


def _iterate_later_steps(
    later: Sequence[sa.RowMapping],
    settled: dict[tuple[Any, Any], tuple[Any, str]],
    moment: datetime,
) -> Iterator[tuple[sa.RowMapping, dict[str, object]]]:
    """What becomes of the steps after those that are settled."""
    handled = set[tuple[str, str]]()
    for row in later:
        key = (row["wave_id"], row["customer_id"])
        if key not in settled or row["step"] < settled[key][0]:
            continue
        if row["exposed_at"] is not None:  # only whoever knows may say that it did not go out
            yield row, {"state": "unknown", "reason": "restored", "settled_at": moment}
        elif settled[key][1] != "sent":
            yield row, {"state": "not_needed", "reason": "step_before", "settled_at": moment}
        elif key not in handled:
            yield row, {"due_at": moment + timedelta(days=row["after_days"])}
        handled.add(key)


def list_pending_receipts(ledger: Ledger, channel: str) -> list[sa.RowMapping]:
    """Messages of a channel of which more may be learnt: tasks a person has to confirm, and
    those of unknown fate."""
    query = sa.select(DELIVERIES, ASSIGNMENTS.c.owner).join(ASSIGNMENTS, MATCHES_ASSIGNMENT)
    with ledger.begin_read() as connection:
        open_ones = query.where(
            DELIVERIES.c.channel == channel, DELIVERIES.c.state.in_(("created", "unknown"))
        )
        return list(
            connection.execute(
                open_ones.order_by(DELIVERIES.c.seq, DELIVERIES.c.delivery_id)
            ).mappings()
        )


def apply_receipts(ledger: Ledger, outcomes: Sequence[Outcome], source: str, now: datetime) -> int:
    """Record what a channel says later of messages that were `created` or `unknown`; returns of
    how many it was news."""
    by_id = {outcome.delivery_id: outcome for outcome in outcomes}
    with ledger.begin_write() as connection:
        rows = _load_changed(by_id, connection)
        fates: list[Fate] = [
            (row, by_id[row["delivery_id"]].state, by_id[row["delivery_id"]].reason, None)
            for row in rows
        ]
        noted = {key: {"receipt": each.receipt} for key, each in by_id.items() if each.receipt}
        set_states(connection, fates, now, noted=noted)
        if rows:
            counts = Counter(str(by_id[row["delivery_id"]].state) for row in rows)
            append(connection, now, source, "learnt", source, counts)
    return len(rows)


def _load_changed(by_id: dict[str, Outcome], connection: sa.Connection) -> list[sa.RowMapping]:
    query = sa.select(DELIVERIES).where(
        DELIVERIES.c.delivery_id.in_(sorted(by_id)),
        DELIVERIES.c.state.in_(("created", "unknown")),
    )
    return [
        row
        for row in connection.execute(query).mappings()
        if row["state"] != by_id[row["delivery_id"]].state
    ]
