"""Arms: which household of a shop goes without a playbook's messages, by the entries, salts and
shares its ledger keeps.

A household is drawn when it enters a wave, and keeps its arm while that entry holds. Later it is
drawn anew; if it changes sides it is left alone for some weeks, so that what one side was sent is
not counted for the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight
from winback.core.paths import DataPaths
from winback.data.store import Store, group_person_ids
from winback.experiments.holdout import EVERY_PLAYBOOK, Holdout, choose_variant
from winback.experiments.persons import find_merged_across, list_kept_households
from winback.ledger.consents import list_unsubscribed
from winback.ledger.engine import Ledger, open_ledger
from winback.ledger.entries import Entry, find_holding, load_entries
from winback.ledger.holdout_draws import (
    PERMANENT,
    Draws,
    fix_holdout_shares,
    get_salt,
    list_salts,
)
from winback.ledger.list_edits import ListEdit, load_list_edits
from winback.ledger.waves import list_released
from winback.playbooks.matching import load_playbook
from winback.playbooks.playbook import Playbook
from winback.recall.history import Released
from winback.recall.list_capacity import HELD_OUT, MERGED_ACROSS, WASHED_OUT
from winback.recall.recall_list import HeldOut
from winback.recall.recall_row import RecallRow


@dataclass(frozen=True)
class Draw:
    """The arm of a household, and the chance with which it was held out. play: whose share drew
    it; rests: whether it changed sides too short a time ago."""

    arm: str
    holdout_chance: float
    play: str
    rests: bool = False


@dataclass(frozen=True)
class Assignment:
    """The draw of a playbook on a day. entries: of each household, the oldest first; silent: who
    has asked the shop to write no more; merged_across: who was of both arms before their ids were
    merged; changed: the draw of the half-year before, while that matters to waves that kept no
    chances."""

    day: date
    now: Holdout
    shares: Mapping[str, float]
    households: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    washout_days: int = 0
    silent: frozenset[str] = frozenset()
    merged_across: frozenset[str] = frozenset()
    changed: tuple[Holdout, Mapping[str, float]] | None = None
    _draws: dict[str, Draw] = field(default_factory=dict, init=False, repr=False, compare=False)

    def get_household(self, customer_id: str) -> str:
        """The key a customer is drawn by: the one they were first drawn by, else who received
        their first order, hashed; where that is not known, they themselves."""
        return self.households.get(customer_id, customer_id)

    def get_arm(self, play: str, household: str) -> str:
        """`treatment` or `holdout`, as it is drawn where no entry holds."""
        return "holdout" if self.now.is_held_out(household, self.shares[play]) else "treatment"

    def draw(self, play: str, household: str) -> Draw:
        """A household's arm: as its entry fixes it, else drawn by the play that asks first."""
        if household not in self._draws:
            self._draws[household] = self._find_draw(play, household)
        return self._draws[household]

    def _find_draw(self, play: str, household: str) -> Draw:
        entries, share = self.entries.get(household, ()), self.shares[play]
        kept = find_holding(entries, self.day)
        if kept is not None:
            return Draw(kept.arm, kept.holdout_chance, kept.play)
        arm, every = self.get_arm(play, household), self.now.every_share
        if not entries:
            return Draw(arm, every + (1 - every) * share, play)
        if self.now.is_permanent(household):  # no draw brings them a message
            return Draw(arm, 1.0, play)
        last = entries[-1]
        if self.day >= last.fixed_until + timedelta(days=self.washout_days):
            return Draw(arm, share, play)
        # While changed sides rest, only those held out twice or written to twice are there.
        held, treated = share * last.holdout_chance, (1 - share) * (1 - last.holdout_chance)
        return Draw(arm, held / (held + treated), play, arm != last.arm)

    def get_variant(self, customer_id: str, test: str, variants: Sequence[str]) -> str:
        """The variant of a test a customer's household is drawn for. test: `<play>/<test>`."""
        return choose_variant(
            self.now.salt, f"{self.now.playbook}/{test}", self.get_household(customer_id), variants
        )

    def get_holdout_share(self, play: str, entered_before: bool) -> float:
        """The chance with which a household was held out in a wave that kept none.

        entered_before: in an earlier half-year; who is never written to is then not compared again,
        and has no part in it.
        """
        every, share = 0.0 if entered_before else self.now.every_share, self.shares[play]
        if self.changed is None:
            return every + (1 - every) * share
        # While changed sides are washed out, only those held out twice or written to twice are
        # there.
        before = self.changed[1].get(play, share)
        held = every + (1 - every) * share * before
        return held / (held + (1 - every) * (1 - share) * (1 - before))

    def list_held_out(self, rows: Sequence[RecallRow]) -> dict[str, str]:
        """The customers of some rows who go without, and why: opted out, of both arms, held out,
        or at rest because they changed sides."""
        reasons = {}
        # In one order: the first of a household decides whose share draws it.
        for row in sorted(rows, key=lambda row: row.customer_id):
            reason = self._find_reason(row.customer_id, row.play or "")
            if reason is not None:
                reasons[row.customer_id] = reason
        return reasons

    def _find_reason(self, customer: str, play: str) -> str | None:
        """Why a customer goes without."""
        if customer in self.silent:
            return "never.unsubscribed"
        if customer in self.merged_across:
            return MERGED_ACROSS
        drawn = self.draw(play, self.get_household(customer))
        if drawn.rests:
            return WASHED_OUT
        return HELD_OUT if drawn.arm == "holdout" else None


def load_assignment(
    shop: Shop,
    playbook: Playbook,
    store: Store | None,
    ledger: Ledger,
    day: date,
    washout_days: int | None = None,
) -> Assignment:
    """The arms of a playbook; what they need and the ledger lacks is drawn now, and kept.

    store: says who is of which household; None where arms are known already. washout_days: as they
    were that day; left out: as they are set.
    """
    half = get_half_year(day)
    known = [name for name in list_salts(ledger) if name < half.isoformat()]
    wanted_shares = {
        play.name: play.holdout_share
        if shop.waves.holdout_share is None
        else shop.waves.holdout_share
        for play in playbook.plays
        if play.weekly and not play.service
    }
    salt = get_salt(ledger, half.isoformat())
    permanent = get_salt(ledger, PERMANENT)
    wanted_of_all = {EVERY_PLAYBOOK: shop.waves.every_holdout_share}
    every = fix_holdout_shares(ledger, PERMANENT, EVERY_PLAYBOOK, wanted_of_all)[EVERY_PLAYBOOK]
    shares = fix_holdout_shares(ledger, half.isoformat(), playbook.name, wanted_shares)
    changed = None
    rest = shop.waves.washout_days if washout_days is None else washout_days
    if known and day < half + timedelta(days=rest):
        before = fix_holdout_shares(ledger, known[0], playbook.name, {})
        if before:  # else this playbook wrote to nobody in that half-year
            changed = Holdout(playbook.name, get_salt(ledger, known[0]), permanent, every), before
    drawn = Assignment(
        day,
        Holdout(playbook.name, salt, permanent, every),
        shares,
        washout_days=rest,
        silent=find_unsubscribed(ledger, store, get_midnight(day, shop.timezone)),
        changed=changed,
    )
    return drawn if store is None else _add_entries(drawn, store, ledger)


def _add_entries(drawn: Assignment, store: Store, ledger: Ledger) -> Assignment:
    """The same, with who is of which household and what their entries fix."""
    entries = load_entries(ledger)
    kept = list_kept_households(ledger, store, entries, drawn.day)
    across = find_merged_across(ledger, store, drawn.day)
    households = _load_households(store) | kept
    return replace(drawn, households=households, entries=entries, merged_across=across)


def find_draw(draws: Draws, playbook: str, day: date) -> Assignment:
    """What arms of a playbook's wave of a day were drawn by, as the ledger has it."""
    half = get_half_year(day).isoformat()
    every = draws.shares.get((PERMANENT, EVERY_PLAYBOOK, EVERY_PLAYBOOK), 0.0)
    salt, permanent = (bytes.fromhex(draws.salts.get(name, "")) for name in (half, PERMANENT))
    shares = {
        play: share
        for (name, book, play), share in draws.shares.items()
        if (name, book) == (half, playbook)
    }
    return Assignment(day, Holdout(playbook, salt, permanent, every), shares)


def find_held_out(shop: Shop, home: DataPaths, store: Store, day: date | None) -> HeldOut | None:
    """Who goes without in a shop that sends waves: also a list that is no wave's leaves them
    alone. None: there is no wave."""
    ledger = _open_ledger_with_waves(shop, home)
    if ledger is None:
        return None
    return load_assignment(
        shop, load_playbook(shop), store, ledger, day or store.default_cutoff_day
    ).list_held_out


def find_released(shop: Shop, home: DataPaths) -> Released:
    """Whom waves had and let go again."""
    ledger = _open_ledger_with_waves(shop, home)
    return {} if ledger is None else list_released(ledger)


def find_list_edits(shop: Shop, home: DataPaths) -> dict[str, ListEdit]:
    """Whom operators took out or added."""
    if shop.ledger is None and not home.get_ledger_path(shop.name).exists():
        return {}
    return load_list_edits(open_ledger(home.get_ledger_path(shop.name), shop.ledger))


def _open_ledger_with_waves(shop: Shop, home: DataPaths) -> Ledger | None:
    if shop.ledger is None and not home.get_ledger_path(shop.name).exists():
        return None
    ledger = open_ledger(home.get_ledger_path(shop.name), shop.ledger)
    return ledger if list_salts(ledger) else None


def find_unsubscribed(ledger: Ledger, store: Store | None, now: datetime) -> frozenset[str]:
    """Who has asked the shop to write no more, under every id of theirs: a merge takes a no along
    both ways."""
    silent = list_unsubscribed(ledger, now)
    people = group_person_ids(store).values() if store is not None and silent else ()
    return silent.union(*(ids for ids in people if not silent.isdisjoint(ids)))


def get_half_year(day: date) -> date:
    """The first day of the half-year a day lies in."""
    return date(day.year, 1 if day.month <= 6 else 7, 1)


def get_fixed_until(shop: Shop, entered_on: date) -> date:
    """Until when an entry of a day holds: the end of its half-year, or of what money is judged
    by."""
    next_half = get_half_year(get_half_year(entered_on) + timedelta(days=190))
    return max(next_half, entered_on + timedelta(days=shop.measurement.roi_days))


def _load_households(store: Store) -> dict[str, str]:
    """Customers whose first order with a recipient says which household they are of."""
    first = store.connect().execute(
        "select customer_id, arg_min(recipient_key, (occurred_at, order_id)) from orders"
        " where recipient_key is not null group by customer_id"
    )
    return dict(first.fetchall())
