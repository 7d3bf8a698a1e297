"""Questions → scores: from the snapshot index by id, and from rows of features.

Rows of all questions that are waiting are scored together: one row costs the model nearly what
sixteen do, and both get the same bits.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from msgspec.structs import astuple
from numpy.typing import NDArray

from winback.api.decoding import Unreadable
from winback.api.schemas import Score, Unknown
from winback.api.served_model import ServedModel
from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.features.registry import NAMES
from winback.features.rule_features import JOURNEY
from winback.scoring.predict import score_features
from winback.scoring.snapshot_index import SnapshotIndex
from winback.segmentation.conditions import Segment
from winback.segmentation.definitions import LIFECYCLE, QUADRANTS, RECALL, SILENT_CLASSES, TIERS

Array = NDArray[np.float64]

COLUMNS = (*NAMES, *(feature.name for feature in JOURNEY))
MOST_AT_ONCE = 2_048  # rows that are scored together
_WAIT_SECONDS = 0.002  # about what scoring takes
_MOST_OF, _FORGET = 0.95, 0.75
_EARLIEST, _LATEST = date(1971, 1, 1), date(9990, 1, 1)


def get_score(index: SnapshotIndex, customer_id: str) -> Score | Unknown:
    """What the snapshot says of a customer."""
    place = index.find_place(customer_id)
    return (
        Unknown(customer_id=customer_id)
        if place is None
        else get_score_at(index, place, customer_id)
    )


def get_score_at(index: SnapshotIndex, place: int, customer_id: str) -> Score:
    """The score of the customer at a place of the snapshot index."""
    rfmb = index.get_number("rfmb_score", place)
    return Score(
        customer_id=customer_id,
        churn_probability=index.get_number("churn_probability", place),
        risk_tier=str(index.get_category("risk_tier", place)),
        recall_segment=str(index.get_category("recall_segment", place)),
        routed_by=str(index.get_category("routed_by", place)),
        quadrant=str(index.get_category("quadrant", place)),
        silent_class=index.get_category("silent_class", place),
        lifecycle=index.get_category("lifecycle", place),
        rfmb_score=None if rfmb != rfmb else rfmb,
        outside_population=index.is_outside(place),
        touchpoints=split_names(index.get_category("touchpoints", place)),
        do_not_contact=split_names(index.get_category("do_not_contact", place)),
        cutoff=index.day,
        model_version=index.model_version,
    )


def split_names(joined: str | None) -> list[str]:
    """The names of a column that has several with a comma between them."""
    return joined.split(",") if joined else []


class ScoreImpossible(Exception):
    """Values that give no probability; place: which of the rows."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True)
class _PendingRequest:
    served: ServedModel
    cutoff: date
    rows: Array
    ids: Sequence[str]
    answer: "asyncio.Future[list[Score]]"


class ScoreService:
    """Scores rows of features, those of many questions at once."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._waiting: list[_PendingRequest] = []
        self._usual = 1.0  # questions that wait together

    async def score(
        self, served: ServedModel, day: date, ids: Sequence[str], rows: Array
    ) -> list[Score]:
        """The scores of rows whose columns are the model's features and then the journey's.
        Raises NoScore."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Score]] = loop.create_future()
        self._waiting.append(_PendingRequest(served, day, rows, ids, answer))
        if len(self._waiting) == 1:
            loop.call_soon(self._collect_batch, loop.time() + _WAIT_SECONDS)
        return await answer

    def _collect_batch(self, until: float) -> None:
        """Score what waits. Who asks alone is answered at once; where several ask at a time, the
        others are on their way."""
        loop = asyncio.get_running_loop()
        # Turn by turn: a timer of the loop is no finer than what scoring takes.
        if len(self._waiting) < _MOST_OF * self._usual and loop.time() < until:
            loop.call_soon(self._collect_batch, until)
        else:
            self._flush()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._usual = max(len(waiting), self._usual * _FORGET)
        # By their own model: one may have taken its place between two questions.
        groups: dict[tuple[int, date], list[_PendingRequest]] = {}
        for each in waiting:
            groups.setdefault((id(each.served), each.cutoff), []).append(each)
        for together in groups.values():
            while together:
                self._answer_batch(_take_batch(together))

    def _answer_batch(self, some: Sequence[_PendingRequest]) -> None:
        try:
            rows = np.asfortranarray(np.concatenate([each.rows for each in some]))
            ids = [customer for each in some for customer in each.ids]
            scores = score_rows(some[0].served, self._shop, some[0].cutoff, ids, rows)
        except Exception as error:
            if len(some) > 1:  # what breaks one must not break those beside it
                for each in some:
                    self._answer_batch([each])
            elif not some[0].answer.done():
                some[0].answer.set_exception(error)
            return
        start = 0
        for each in some:
            _answer(each, scores[start : start + len(each.ids)])
            start += len(each.ids)


def _take_batch(together: list[_PendingRequest]) -> list[_PendingRequest]:
    """Take the first, and as many more as are scored at once."""
    some = [together.pop(0)]
    rows = len(some[0].rows)
    while together and rows + len(together[0].rows) <= MOST_AT_ONCE:
        some.append(together.pop(0))
        rows += len(some[-1].rows)
    return some


def _answer(request: _PendingRequest, scores: Sequence[Score | None]) -> None:
    if request.answer.done():  # whoever asked has gone
        return
    bad = next((place for place, score in enumerate(scores) if score is None), None)
    if bad is not None:
        request.answer.set_exception(ScoreImpossible(bad))
    else:
        request.answer.set_result([score for score in scores if score is not None])


def score_rows(
    served: ServedModel, shop: Shop, day: date, ids: Sequence[str], rows: Array
) -> list[Score | None]:
    """Scores in the order of the rows; None where the values give no probability.

    rows: n x (the model's features, then the journey's), NaN = missing.
    """
    cutoff = Cutoff(day, shop.timezone, served.thresholds.outcome_days)
    columns = {name: rows[:, place] for place, name in enumerate(COLUMNS)}
    with np.errstate(all="ignore"):  # what strange values come to is looked at below
        result = score_features(
            columns, rows[:, : len(NAMES)], cutoff, served.bundle, served.thresholds, shop
        )
        rfmb = np.round(result.routed.rfmb_score, 2).tolist()
    routed, chance, outside = result.routed, result.chance.tolist(), (~result.inside).tolist()
    tiers, segments, quadrants, classes, stages = (
        _get_labels(codes, cells)
        for codes, cells in (
            (routed.tier, TIERS),
            (routed.recall, RECALL),
            (routed.quadrant, QUADRANTS),
            (routed.silent_class, SILENT_CLASSES),
            (routed.lifecycle, LIFECYCLE),
        )
    )
    by = [RECALL[code].routed_by for code in routed.recall.tolist()]
    touchpoints, never = (
        _get_marks(routed.touchpoints, len(ids)),
        _get_marks(routed.never, len(ids)),
    )
    return [
        Score(
            customer_id=customer,
            churn_probability=chance[at],
            risk_tier=str(tiers[at]),
            recall_segment=str(segments[at]),
            routed_by=by[at],
            quadrant=str(quadrants[at]),
            silent_class=classes[at],
            lifecycle=stages[at],
            rfmb_score=None if rfmb[at] != rfmb[at] else rfmb[at],
            outside_population=outside[at],
            touchpoints=touchpoints[at],
            do_not_contact=never[at],
            cutoff=day,
            model_version=served.bundle.version,
        )
        if 0 <= chance[at] <= 1
        else None
        for at, customer in enumerate(ids)
    ]


def to_feature_rows(rows: Sequence[Any]) -> Array:
    """Features as they were sent → rows, NaN = missing."""
    return np.array([astuple(each) for each in rows], dtype=np.float64)


def check_cutoff_day(day: date) -> None:
    """Raises Unreadable for a cut-off no shop has had."""
    if not _EARLIEST <= day <= _LATEST:
        raise Unreadable(
            "invalid", f"{day} is no cut-off; it lies between {_EARLIEST} and {_LATEST}", "$.cutoff"
        )


def _get_labels(codes: NDArray[np.int64], cells: Sequence[Segment]) -> list[str | None]:
    names = [*(cell.name for cell in cells), None]
    return [names[code] for code in codes.tolist()]


def _get_marks(marks: Mapping[str, NDArray[np.bool_]], count: int) -> list[list[str]]:
    """The names of each row's marks."""
    names: list[list[str]] = [[] for _ in range(count)]
    for name, flags in marks.items():
        for place in np.flatnonzero(flags).tolist():
            names[place].append(name)
    return names
