"""Who a list may have: every customer of a snapshot with the first play that fits and what is at
stake."""

from collections.abc import Iterator, Mapping
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.model.bundle import Bundle
from winback.model.uplift import UPLIFT_FEATURES, UpliftModel, predict_gain
from winback.playbooks.matching import match_plays
from winback.playbooks.playbook import Playbook
from winback.recall.recall_row import RecallRow
from winback.scoring.predict import to_columns
from winback.segmentation.assignment import assign_segments
from winback.segmentation.thresholds import Thresholds

_FROM_SNAPSHOT = (
    "customer_id",
    "churn_probability",
    "value_at_stake_minor",
    "next_order_90_day",
    "reason_zh",
    "reason_en",
    "model_reason_zh",
    "model_reason_en",
    "touchpoints",
    "tags",
)


def iterate_candidates(
    snapshots: Path,
    bundle: Bundle,
    shop: Shop,
    playbook: Playbook,
    customer: str | None = None,
    uplift: UpliftModel | None = None,
    added: Mapping[str, str | None] | None = None,
) -> Iterator[RecallRow]:
    """Everyone with a play for the weekly list, whoever a refund keeps from one, and who is added
    by hand, as rows; a part of the shop at a time.

    customer: only them, whatever their play. added: by hand, and the play each of them gets.
    """
    thresholds = Thresholds.from_dict(bundle.thresholds)
    weekly = np.array([*(play.weekly for play in playbook.plays), False])
    features, snapshot = (
        pq.ParquetFile(snapshots / f"{name}.parquet") for name in ("features", "snapshot")
    )
    for group in range(features.num_row_groups):
        columns, scored = to_columns(features.read_row_group(group)), snapshot.read_row_group(group)
        chance, outside = (
            scored.column(name).to_numpy() for name in ("churn_probability", "outside_population")
        )
        routed = assign_segments(columns, chance, ~outside.astype(bool), thresholds, shop.journey)
        plays = match_plays(routed.facts, playbook)
        _set_by_hand(plays, scored.column("customer_id"), added or {}, playbook)
        is_candidate = weekly[plays] | routed.never["refunded"]
        if customer is not None:
            is_candidate = pc.equal(scored.column("customer_id"), customer).to_numpy()
        chosen = np.flatnonzero(is_candidate)
        rows = scored.take(pa.array(chosen)).to_pylist()
        gains = _predict_gains(uplift, columns, chosen) if uplift is not None else None
        for place, (row, at) in enumerate(zip(rows, chosen.tolist(), strict=True)):
            made = _build_row(row, at, columns, playbook, int(plays[at]))
            if gains is not None:
                made.worth = float(gains[place])
            yield made


def _set_by_hand(
    plays: NDArray[np.int64],
    customers: pa.ChunkedArray,
    added: Mapping[str, str | None],
    playbook: Playbook,
) -> None:
    """Give who was added by hand the play that was named for them."""
    number = {play.name: at for at, play in enumerate(playbook.plays)}
    is_added = pc.is_in(customers, pa.array(list(added), pa.string())).to_numpy()
    for place in np.flatnonzero(is_added).tolist():
        play = added[customers[place].as_py()]
        plays[place] = number.get(play or "", int(plays[place]))


def _predict_gains(
    uplift: UpliftModel, columns: Mapping[str, NDArray[np.float64]], chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What a message is expected to bring some rows."""
    return predict_gain(
        uplift, np.column_stack([columns[name][chosen] for name in UPLIFT_FEATURES])
    )


def _build_row(
    row: Mapping[str, Any],
    at: int,
    columns: Mapping[str, NDArray[np.float64]],
    playbook: Playbook,
    play: int,
) -> RecallRow:
    chosen = playbook.plays[play] if play < len(playbook.plays) else None
    return RecallRow(
        **{name: row[name] for name in _FROM_SNAPSHOT},
        segment=row["recall_segment"],
        play=chosen.name if chosen else None,
        service=chosen is not None and chosen.service,
        friend=bool(columns["wecom_friend_events"][at] >= 1),
        never=(row["do_not_contact"] or "").split(",")[0] or None,
        days=ceil(np.nan_to_num(columns["days_since_last_order"][at])),
        orders=int(np.nan_to_num(columns["orders_lifetime"][at])),
        bestseller=bool(columns["favourite_is_bestseller"][at] == 1),
        worth=_estimate_worth(row, at, columns),
    )


def _estimate_worth(
    row: Mapping[str, Any], at: int, columns: Mapping[str, NDArray[np.float64]]
) -> float:
    stake = row["value_at_stake_minor"]
    if stake is not None:
        return float(stake)
    # Without a value at stake, the chance to lose them times what there is to lose: a usual
    # order, or how many there were.
    worth = columns["order_value_mean_minor"][at]
    loss: float = columns["orders_lifetime"][at] if np.isnan(worth) else worth
    return float(row["churn_probability"]) * loss
