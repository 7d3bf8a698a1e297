"""What the waves' messages and offers cost, customer by customer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import to_epoch_seconds
from winback.ledger.engine import Ledger
from winback.ledger.experiment_data import list_sent_messages
from winback.measurement.first_entries import SentWave
from winback.measurement.outcomes import OutcomeRows
from winback.playbooks.playbook import Playbook

IN_AMOUNTS = frozenset(
    {"coupon", "percent", "threshold"}
)  # what these take off is missing in what was paid


def sum_costs(
    shop: Shop, playbook: Playbook, ledger: Ledger, sent: Sequence[SentWave], rows: OutcomeRows
) -> dict[str, NDArray[np.float64]]:
    """What was spent on each row, in minor units: messages; offers paid beside an order; and what
    coupons took off, at most.

    An offer costs something where it is used: of the offers that held when the first order came,
    the newest, at its full cost.
    """
    costs = {name: np.zeros(len(rows.wave)) for name in ("messages", "beside", "coupons")}
    fees = {str(channel): minor for channel, minor in shop.measurement.message_minor.items()}
    messages = list_sent_messages(ledger, [each.wave.wave_id for each in sent])
    place = _number_rows(rows) if messages else {}
    used: dict[int, tuple[str, int]] = {}  # the newest offer that held when the first order came
    for wave, customer, channel, offer, cost, at in messages:
        row = place.get((wave, customer))
        if row is None:  # a service: no part of the comparison
            continue
        costs["messages"][row] += fees.get(channel, 0)
        if not offer:
            continue
        known = playbook.offers.get(offer)
        holds = known.count_days_held(at.date()) if known else float(rows.success_days[row])
        since = rows.first_order_day[row] - (to_epoch_seconds(at) - rows.began[row]) / 86_400
        if 0 <= since < holds:
            used[row] = "coupons" if known and known.kind in IN_AMOUNTS else "beside", cost
    for row, (kind, cost) in used.items():
        costs[kind][row] += cost
    return costs


def _number_rows(rows: OutcomeRows) -> dict[tuple[Any, Any], int]:
    """(wave, customer) → row"""
    return {key: number for number, key in enumerate(zip(rows.wave, rows.customer, strict=True))}
