"""Arms: which household of a shop goes without a playbook's messages, by the salts and shares its
ledger keeps.

The draw is anew every half-year. For some weeks after it a household that changed sides is left
alone by both, so that what one side was sent is not counted for the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight
from winback.core.paths import DataPaths
from winback.data.store import Store, list_merges
from winback.experiments.holdout import EVERY_PLAYBOOK, Holdout, choose_variant
from winback.ledger.consents import list_unsubscribed
from winback.ledger.engine import Ledger, open_ledger
from winback.ledger.holdout_draws import PERMANENT, fix_holdout_shares, get_salt, list_salts
from winback.ledger.list_edits import ListEdit, load_list_edits
from winback.ledger.waves import list_released
from winback.playbooks.matching import load_playbook
from winback.playbooks.playbook import Playbook
from winback.recall.history import Released
from winback.recall.list_capacity import HELD_OUT, WASHED_OUT
from winback.recall.recall_list import HeldOut
from winback.recall.recall_row import RecallRow


@dataclass(frozen=True)
class Assignment:
    """The draw of a playbook on a day. changed: of the half-year before, while that still
    matters; None later."""

    now: Holdout
    shares: Mapping[str, float]
    changed: tuple[Holdout, Mapping[str, float]] | None
    households: Mapping[str, str]
    silent: frozenset[str] = frozenset()  # who has asked the shop to write no more

    def get_household(self, customer_id: str) -> str:
        """The key a customer is drawn by: who received their first order, hashed; where that is
        not known, they themselves."""
        return self.households.get(customer_id, customer_id)

    def get_arm(self, play: str, household: str) -> str:
        """`treatment` or `holdout`."""
        return "holdout" if self.now.is_held_out(household, self.shares[play]) else "treatment"

    def get_variant(self, customer_id: str, test: str, variants: Sequence[str]) -> str:
        """The variant of a test a customer's household is drawn for. test: `<play>/<test>`."""
        return choose_variant(
            self.now.salt, f"{self.now.playbook}/{test}", self.get_household(customer_id), variants
        )

    def get_holdout_share(self, play: str, entered_before: bool) -> float:
        """The chance with which a household of a wave was held out, by the draw alone.

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

    def is_washed_out(self, play: str, household: str) -> bool:
        """Whether a household changed sides in the newest draw, too short a time ago."""
        if self.changed is None:
            return False
        before, shares = self.changed
        return before.is_held_out(
            household, shares.get(play, self.shares[play])
        ) != self.now.is_held_out(household, self.shares[play])

    def list_held_out(self, rows: Sequence[RecallRow]) -> dict[str, str]:
        """The customers of some rows who go without, and why: opted out, held out, or at rest
        because they changed sides."""
        reasons = {}
        for row in rows:
            customer, play = row.customer_id, row.play or ""
            household = self.get_household(customer)
            if customer in self.silent:
                reasons[customer] = "never.unsubscribed"
            elif self.is_washed_out(play, household):
                reasons[customer] = WASHED_OUT
            elif self.get_arm(play, household) == "holdout":
                reasons[customer] = HELD_OUT
        return reasons


def load_assignment(
    shop: Shop,
    playbook: Playbook,
    store: Store | None,
    ledger: Ledger,
    day: date,
    washout_days: int | None = None,
) -> Assignment:
    """The arms of a playbook; what they need and the ledger lacks is drawn now, and kept.

    store: says who is of which household; None where households are known already. washout_days: as
    they were that day; left out: as they are set.
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
    silent = find_unsubscribed(ledger, store, get_midnight(day, shop.timezone))
    return Assignment(
        Holdout(playbook.name, salt, permanent, every),
        shares,
        changed,
        _load_households(store) if store else {},
        silent,
    )


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
    merges = list_merges(store) if store is not None and silent else []
    pairs = [(merge["merged_id"], merge["customer_id"]) for merge in merges]
    silent |= {customer for merged, customer in pairs if merged in silent}
    return silent | {merged for merged, customer in pairs if customer in silent}


def get_half_year(day: date) -> date:
    """The first day of the half-year a day lies in."""
    return date(day.year, 1 if day.month <= 6 else 7, 1)


def _load_households(store: Store) -> dict[str, str]:
    """Customers whose first order with a recipient says which household they are of."""
    first = store.connect().execute(
        "select customer_id, arg_min(recipient_key, (occurred_at, order_id)) from orders"
        " where recipient_key is not null group by customer_id"
    )
    return dict(first.fetchall())
