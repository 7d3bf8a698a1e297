"""Whom waves wrote to, so that a model learns and is judged on what people do by themselves.

A message changes who stays away. Who was drawn to be written to is left out where the message falls
into the outcome window; who was held out stands for them with the inverse of the share.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff, to_epoch_seconds
from winback.core.paths import DataPaths
from winback.data.store import Store
from winback.ledger.engine import open_ledger
from winback.measurement.first_entries import list_sent_waves
from winback.measurement.outcomes import OutcomeRows, load_outcomes
from winback.playbooks.matching import load_playbook

MOST_STANDS_FOR = 10  # a holdout of a hundredth would let ten customers be half of what is learned


@dataclass(frozen=True)
class Exposure:
    """Everyone waves drew, a row each: when their wave began (seconds since 1970), and how many
    they stand for, 0 for none."""

    customer: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    began: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    stands_for: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def count_rows(self, customers: pa.ChunkedArray, cutoff: Cutoff) -> NDArray[np.int64]:
        """How often each customer's row counts at a cut-off: once, unless a wave drew them
        within its outcome window."""
        counts = np.ones(len(customers), dtype=np.int64)
        inside = (self.began >= cutoff.epoch) & (self.began < to_epoch_seconds(cutoff.outcome_end))
        if not inside.any():
            return counts
        # Of several waves the first: what comes after it is already changed by it.
        order = np.flatnonzero(inside)[np.argsort(self.began[inside], kind="stable")]
        order_customers = self.customer.take(pa.array(order))
        place = pc.index_in(customers, order_customers)
        there = np.asarray(place.is_valid())
        counts[there] = self.stands_for[order][place.drop_null().to_numpy()]
        return counts


def load_exposure(shop: Shop, home: DataPaths, store: Store) -> Exposure:
    """What a shop's ledger knows of whom its waves drew; nothing where it has sent none."""
    if shop.ledger is None and not home.get_ledger_path(shop.name).exists():
        return Exposure()
    ledger = open_ledger(home.get_ledger_path(shop.name), shop.ledger)
    if ledger.read_version() is None:
        return Exposure()
    ledger.migrate()
    playbook = load_playbook(shop)
    sent = list_sent_waves(ledger, playbook.name)
    if not sent:
        return Exposure()
    rows = load_outcomes(shop, playbook, store, ledger, sent)
    stands_for = _count_stood_for(rows)
    return Exposure(pa.array(rows.customer, pa.string()), rows.began, stands_for)


def _count_stood_for(rows: OutcomeRows) -> NDArray[np.int64]:
    share = np.maximum(rows.units.held_out_share, 1 / MOST_STANDS_FOR)
    return np.where(rows.treated, 0, np.floor(1 / share + 0.5)).astype(np.int64)
