"""After a restore or a move, and whenever somebody asks: what is uncertain, and whether every
promise holds."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from winback.config.shop import Shop
from winback.core.addresses import ADDRESS_KIND
from winback.core.wave_errors import LedgerMoved
from winback.data.store import Store
from winback.delivery.channel_registry import build_channels
from winback.delivery.channels.base import REPEATED_ANY_TIME
from winback.delivery.claim_journal import ClaimJournal
from winback.delivery.dispatcher import TURN
from winback.delivery.persons import Addresses, list_person_ids, load_address_hashes
from winback.delivery.run_lock import hold_run_lock
from winback.delivery.sender_state import SenderState
from winback.delivery.suppression_rules import get_frequency_caps
from winback.experiments.assignment import find_draw
from winback.ledger.bindings import load_bindings, set_bindings
from winback.ledger.engine import Ledger
from winback.ledger.holdout_draws import load_draws
from winback.ledger.integrity import Violation, audit
from winback.ledger.outbox import (
    ClaimedMessage,
    KnownClaim,
    get_cycle,
    list_never_claimed,
    load_claimed_households,
)
from winback.ledger.recovery import FindKnown, get_last_claim, reconcile_after_restore
from winback.ledger.violations import build_violation
from winback.ledger.waves import list_waves
from winback.playbooks.matching import load_playbook

_MAYBE_SENT = KnownClaim("one_shot", None)


@dataclass(frozen=True)
class ChannelReach:
    """How a shop's messages go. repeatable: channels through which the same one may go again;
    load_addresses: customer → kind → keyed hash, of those it is asked about."""

    repeatable: Collection[str]
    load_addresses: Callable[[], Addresses]


def load_channel_reach(
    shop: Shop,
    ledger: Ledger,
    folder: Path,
    store: Store | None,
    customers: Collection[str],
    now: datetime,
) -> ChannelReach:
    """How the messages of some customers go. store: None before the first import."""
    channels = build_channels(shop, load_playbook(shop), ledger, folder, lambda: now)
    repeatable = [name for name, each in channels.items() if each.kind in REPEATED_ANY_TIME]

    def load_addresses() -> Addresses:
        ids_of = list_person_ids(store) if store is not None else {}
        return load_address_hashes(shop, ledger, folder, customers, ids_of)

    return ChannelReach(repeatable, load_addresses)


def reconcile_restored_ledger(
    state: SenderState, reach: ChannelReach, actor: str, now: datetime
) -> int:
    """Let a restored ledger send again; returns of how many messages nobody knows now whether
    they were sent.

    Where the journal is gone with the state folder, nobody knows it of any one-shot message that
    could have gone. Raises LedgerMoved: that takes more than this.
    """
    ledger = state.ledger
    if load_bindings(ledger).get("machine", state.machine) != state.machine:
        raise LedgerMoved(ledger=ledger.shown)
    with hold_run_lock(ledger, state.shop_folder, now):
        is_known = state.read_id() is not None
        state.sync_draws()
        return _take_over(state, reach, is_known, actor, now)


def move_sender(
    state: SenderState, reach: ChannelReach, is_lost: bool, actor: str, now: datetime
) -> int | None:
    """Hand a ledger over from the machine that sends, or take it over on another one; returns of
    how many messages nobody knows whether they were sent, None where it was handed over.

    is_lost: the machine that sent is gone, and did not hand over: nobody knows of any one-shot
    message that could have gone, nor of those of waves this ledger has never seen. Raises
    LedgerMoved where that is not said.
    """
    ledger, bound = state.ledger, load_bindings(state.ledger)
    with hold_run_lock(ledger, state.shop_folder, now):
        is_mine = bound.get("machine", state.machine) == state.machine
        if is_mine and not is_lost and "released" not in bound:
            state.check(now)
            set_bindings(ledger, {"released": str(get_last_claim(ledger, TURN))}, now)
            return None
        if "released" not in bound and not is_lost:
            raise LedgerMoved(ledger=ledger.shown)
        state.sync_draws()
        with state.open_journal() as journal:
            is_whole = journal.read_last() >= int(bound.get("released", "0"))
        return _take_over(state, reach, is_whole and not is_lost, actor, now)


def _take_over(
    state: SenderState, reach: ChannelReach, is_known: bool, actor: str, now: datetime
) -> int:
    """Settle what may have gone out, and bind the ledger to this machine. is_known: whether the
    journal tells of every claim."""
    ledger = state.ledger
    with state.open_journal() as journal:
        find = _look_up(journal, reach) if is_known else _suspect(reach.repeatable)
        highest = _find_highest(journal, ledger)
        unknown = reconcile_after_restore(ledger, TURN, highest, find, actor, now)
    state.bind(now)
    if is_known:
        set_bindings(ledger, {"restored_until": str(now.date())}, now)
    else:
        set_bindings(ledger, {"lost_until": str(now.date())}, now)
    return unknown


def _find_highest(journal: ClaimJournal, ledger: Ledger) -> int:
    return max(journal.read_last(), get_last_claim(ledger, TURN))


def find_known_of_plan(state: SenderState, reach: ChannelReach, cutoff: date) -> FindKnown | None:
    """What tells of a new wave's messages whether a ledger that was lost had claimed them; None
    where this is the ledger that sent."""
    bound = load_bindings(state.ledger)
    if str(cutoff) <= bound.get("lost_until", ""):
        return _suspect(reach.repeatable)
    with state.open_journal() as journal:
        is_behind = journal.read_last() > get_last_claim(state.ledger, TURN)
        is_other = bound.get("ledger") != state.read_id()
        if is_behind or is_other or str(cutoff) <= bound.get("restored_until", ""):
            return _look_up(journal, reach)
    return None


def _look_up(journal: ClaimJournal, reach: ChannelReach) -> FindKnown:
    """What the journal knows of a message: by its household, and by where it would go now."""
    find, addresses = journal.find_known(), reach.load_addresses()

    def look_up(message: ClaimedMessage) -> KnownClaim | None:
        kind = ADDRESS_KIND.get(message.channel, "")
        address = message.address or addresses.get(message.customer_id, {}).get(kind)
        return find(replace(message, address=address))

    return look_up


def _suspect(repeatable: Collection[str]) -> FindKnown:
    """Nobody knows of a message whether it was claimed, unless it may be repeated."""

    def find(message: ClaimedMessage) -> KnownClaim | None:
        return None if message.channel in repeatable else _MAYBE_SENT

    return find


def audit_ledger(shop: Shop, state: SenderState, now: datetime) -> list[Violation]:
    """Every promise of the ledger that is broken; arms are drawn again, and what this machine
    keeps outside of the ledger is held against it."""
    ledger = state.ledger
    kept = load_draws(ledger)
    draws = {
        wave.wave_id: find_draw(kept, wave.playbook, wave.cutoff) for wave in list_waves(ledger)
    }

    def find_arm(wave_id: str, play: str, household: str) -> str | None:
        drawn = draws[wave_id]
        return drawn.get_arm(play, household) if play in drawn.shares else None

    caps, marks = get_frequency_caps(shop, load_playbook(shop)), state.read_marks()
    violations = audit(ledger, caps, find_arm, now, marks)
    changed = state.find_changed_draws()
    forgotten = find_forgotten_claims(state)
    return [
        *violations,
        *build_violation("draws_changed", "salts", changed),
        *build_violation("claim_forgotten", "deliveries", forgotten),
    ]


def find_forgotten_claims(state: SenderState) -> list[str]:
    """Waiting messages the ledger says were never claimed, though the journal has a claim of their
    household's: put back by hand, they would go again."""
    if state.read_id() is None:
        return []
    claimed, never = load_claimed_households(state.ledger), list_never_claimed(state.ledger)
    with state.open_journal() as journal:
        find = journal.find_known()
        return sorted(
            each.delivery_id
            for each in never
            if (each.household, each.play, get_cycle(each.wave_id), each.step) not in claimed
            and find(each) is not None
        )
