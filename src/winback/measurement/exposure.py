"""Whom waves wrote to, so that a model learns and is judged on what people do by themselves (MODEL
2.7).

A message changes who stays away. Who was drawn to be written to is left out where the message falls
into the outcome window; who was held out stands for them with the inverse of the share.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff, epoch_seconds
from winback.core.paths import Home
from winback.data.store import Store
from winback.ledger.engine import open_ledger
from winback.measurement.outcomes import rows_of, sent_waves
from winback.playbooks.matching import book_of

MOST_STANDS_FOR = 10  # a holdout of a hundredth would let ten customers be half of what is learned


@dataclass(frozen=True)
class Exposure:
    """Everyone waves drew, a row each: when their wave began (seconds since 1970), and how many
    they stand for, 0 for none."""

    customer: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    began: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    stands_for: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def times(self, customers: pa.ChunkedArray, cutoff: Cutoff) -> NDArray[np.int64]:
        """How often each customer's row counts at a cut-off: once, unless a wave drew them
        within its outcome window."""
        told = np.ones(len(customers), dtype=np.int64)
        inside = (self.began >= cutoff.epoch) & (self.began < epoch_seconds(cutoff.outcome_end))
        if not inside.any():
            return told
        # Of several waves the first: what comes after it is already changed by it.
        order = np.flatnonzero(inside)[np.argsort(self.began[inside], kind="stable")]
        drawn = self.customer.take(pa.array(order))
        place = pc.index_in(customers, drawn)
        there = np.asarray(place.is_valid())
        told[there] = self.stands_for[order][place.drop_null().to_numpy()]
        return told


def exposure_of(shop: Shop, home: Home, store: Store) -> Exposure:
    """What a shop's ledger knows of whom its waves drew; nothing where it has sent none."""
    if shop.ledger is None and not home.ledger(shop.name).exists():
        return Exposure()
    ledger = open_ledger(home.ledger(shop.name), shop.ledger)
    if ledger.version() is None:
        return Exposure()
    ledger.migrate()
    book = book_of(shop)
    sent = sent_waves(ledger, book.name)
    if not sent:
        return Exposure()
    rows = rows_of(shop, book, store, ledger, sent)
    share = np.maximum(rows.units.held_out_share, 1 / MOST_STANDS_FOR)
    stands_for = np.where(rows.treated, 0, np.floor(1 / share + 0.5)).astype(np.int64)
    return Exposure(pa.array(rows.customer, pa.string()), rows.began, stands_for)
