"""The three questions for scores, each from the bytes of a body to the bytes of an answer."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from winback.api import schemas
from winback.api.decoding import Unreadable, decode, encode
from winback.api.history_features import HistoryFeatures
from winback.api.live_state import LiveState
from winback.api.problems import ApiProblem
from winback.api.score_service import (
    ScoreImpossible,
    ScoreService,
    check_cutoff_day,
    get_score,
    to_feature_rows,
)
from winback.api.served_model import ServedModel
from winback.scoring.snapshot_index import SnapshotIndex

BY_IDS, FROM_FEATURES, FROM_HISTORY = (
    "/v1/scores",
    "/v1/scores/from-features",
    "/v1/scores/from-history",
)
_NO_SCORE = "no probability comes of these values"
Handler = Callable[[bytes], Awaitable[bytes]]
Asked = TypeVar("Asked", schemas.ByIds, schemas.FromHistory, schemas.FromFeatures)


class Handlers:
    """What is asked by POST. Every method raises ApiProblem."""

    def __init__(self, live: LiveState) -> None:
        self._live, self._scoring = live, ScoreService(live.shop)

    def get_handlers(self) -> Mapping[str, Handler]:
        return {
            BY_IDS: self.score_by_ids,
            FROM_FEATURES: self.score_features,
            FROM_HISTORY: self.score_history,
        }

    async def score_by_ids(self, body: bytes) -> bytes:
        """Scores of the latest snapshot; an id it does not know is answered as unknown."""
        request = _decode_request(body, schemas.ByIds)
        index = get_snapshot(self._live)
        scores = [get_score(index, customer) for customer in request.customer_ids]
        model = build_model_age(self._live, index.model_version, index.learned_until)
        return encode(
            schemas.Scores(scores=scores, model=model, snapshot=build_age(self._live, index))
        )

    async def score_features(self, body: bytes) -> bytes:
        """Scores of rows of the feature spec, as of the cut-off they were made at."""
        request, served = _decode_request(body, schemas.FromFeatures), get_served_model(self._live)
        try:
            check_cutoff_day(request.cutoff)
            ids, rows = (
                [row.customer_id for row in request.rows],
                to_feature_rows([row.features for row in request.rows]),
            )
            scores: list[Any] = await self._scoring.score(served, request.cutoff, ids, rows)
        except Unreadable as error:
            raise ApiProblem(error.code, error.detail, error.at) from None
        except ScoreImpossible as error:
            raise ApiProblem("no_score", _NO_SCORE, f"$.rows[{error.place}].features") from None
        return encode(
            schemas.Scores(
                scores=scores,
                model=build_model_age(self._live, served.bundle.version, served.learned_until),
            )
        )

    async def score_history(self, body: bytes) -> bytes:
        """Scores of raw rows as of a cut-off; a customer who had not ordered by then is answered
        as unknown."""
        request = _decode_request(body, schemas.FromHistory)
        index, served = get_snapshot(self._live), get_served_model(self._live)
        results: list[Any] = [
            schemas.Unknown(customer_id=each.customer_id) for each in request.customers
        ]
        try:
            check_cutoff_day(request.cutoff)
            interpreting = HistoryFeatures(self._live.shop, index, request.cutoff)
            places, rows = await interpreting.compute_rows(request.customers)
            ids = [request.customers[place].customer_id for place in places]
            scores = await self._scoring.score(served, request.cutoff, ids, rows) if places else []
        except Unreadable as error:
            raise ApiProblem(error.code, error.detail, error.at) from None
        except ScoreImpossible as error:
            raise ApiProblem("no_score", _NO_SCORE, f"$.customers[{places[error.place]}]") from None
        for place, score in zip(places, scores, strict=True):
            results[place] = score
        model = build_model_age(self._live, served.bundle.version, served.learned_until)
        return encode(
            schemas.Scores(
                scores=results,
                model=model,
                not_looked_at=interpreting.list_ignored_feeds(request.customers),
            )
        )


def get_served_model(live: LiveState) -> ServedModel:
    """The model. Raises ApiProblem."""
    if live.served is None:
        raise ApiProblem("not_ready", _explain_not_ready(live, "model", "refused"), retry_after=10)
    return live.served


def get_snapshot(live: LiveState) -> SnapshotIndex:
    """The snapshot. Raises ApiProblem."""
    if live.snapshot is None:
        raise ApiProblem(
            "not_ready", _explain_not_ready(live, "snapshot", "damaged"), retry_after=10
        )
    return live.snapshot


def _explain_not_ready(live: LiveState, *words: str) -> str:
    """Which of the reasons not to be ready speaks of this; a key of the catalogue."""
    return next(
        (key for key in live.list_not_ready_reasons() if key.endswith(words)), "serve.no_model"
    )


def build_age(live: LiveState, index: SnapshotIndex) -> schemas.Age:
    """How old a snapshot is."""
    # An export of whole days is scored as of the day after its last: tomorrow, at the earliest.
    days = max((live.now().date() - index.day).days, 0)
    return schemas.Age(cutoff=index.day, age_days=days, stale=days > live.shop.service.stale_days)


def build_model_age(live: LiveState, version: str, learned_until: date) -> schemas.ModelAge:
    """How old a model is: the one that serves, or the one a snapshot was made by."""
    days = (live.now().date() - learned_until).days
    stale = days > live.shop.service.model_stale_days
    return schemas.ModelAge(
        version=version, learned_until=learned_until, age_days=days, stale=stale
    )


def _decode_request(body: bytes, kind: type[Asked]) -> Asked:
    try:
        return decode(body, kind)
    except Unreadable as error:
        raise ApiProblem(error.code, error.detail, error.at) from None
