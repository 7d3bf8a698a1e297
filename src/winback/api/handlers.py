"""The three questions for scores, each from the bytes of a body to the bytes of an answer."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from winback.api import schemas
from winback.api.history_features import Interpreting
from winback.api.live_state import Live
from winback.api.problems import Refusal
from winback.api.schemas import Unreadable, decode, encode
from winback.api.score_service import NoScore, Scoring, check_day, feature_rows, from_shelf
from winback.api.served_model import Served
from winback.scoring.snapshot_index import Shelf

BY_IDS, FROM_FEATURES, FROM_HISTORY = (
    "/v1/scores",
    "/v1/scores/from-features",
    "/v1/scores/from-history",
)
_NO_SCORE = "no probability comes of these values"
Question = Callable[[bytes], Awaitable[bytes]]
Asked = TypeVar("Asked", schemas.ByIds, schemas.FromHistory, schemas.FromFeatures)


class Questions:
    """What is asked by POST. Every method raises Refusal."""

    def __init__(self, live: Live) -> None:
        self._live, self._scoring = live, Scoring(live.shop)

    def by_path(self) -> Mapping[str, Question]:
        return {
            BY_IDS: self.by_ids,
            FROM_FEATURES: self.from_features,
            FROM_HISTORY: self.from_history,
        }

    async def by_ids(self, body: bytes) -> bytes:
        """Scores of the latest snapshot; an id it does not know is answered as unknown."""
        asked = _read(body, schemas.ByIds)
        shelf = shelf_of(self._live)
        told = [from_shelf(shelf, customer) for customer in asked.customer_ids]
        model = model_age(self._live, shelf.model_version, shelf.learned_until)
        return encode(schemas.Scores(scores=told, model=model, snapshot=age(self._live, shelf)))

    async def from_features(self, body: bytes) -> bytes:
        """Scores of rows of the feature spec, as of the cut-off they were made at."""
        asked, served = _read(body, schemas.FromFeatures), served_by(self._live)
        try:
            check_day(asked.cutoff)
            ids, rows = (
                [row.customer_id for row in asked.rows],
                feature_rows([row.features for row in asked.rows]),
            )
            told: list[Any] = await self._scoring.score(served, asked.cutoff, ids, rows)
        except Unreadable as error:
            raise Refusal(error.code, error.detail, error.at) from None
        except NoScore as error:
            raise Refusal("no_score", _NO_SCORE, f"$.rows[{error.place}].features") from None
        return encode(
            schemas.Scores(
                scores=told,
                model=model_age(self._live, served.bundle.version, served.learned_until),
            )
        )

    async def from_history(self, body: bytes) -> bytes:
        """Scores of raw rows as of a cut-off; a customer who had not ordered by then is answered
        as unknown."""
        asked = _read(body, schemas.FromHistory)
        shelf, served = shelf_of(self._live), served_by(self._live)
        told: list[Any] = [
            schemas.Unknown(customer_id=each.customer_id) for each in asked.customers
        ]
        try:
            check_day(asked.cutoff)
            interpreting = Interpreting(self._live.shop, shelf, asked.cutoff)
            places, rows = await interpreting.rows(asked.customers)
            ids = [asked.customers[place].customer_id for place in places]
            found = await self._scoring.score(served, asked.cutoff, ids, rows) if places else []
        except Unreadable as error:
            raise Refusal(error.code, error.detail, error.at) from None
        except NoScore as error:
            raise Refusal("no_score", _NO_SCORE, f"$.customers[{places[error.place]}]") from None
        for place, score in zip(places, found, strict=True):
            told[place] = score
        model = model_age(self._live, served.bundle.version, served.learned_until)
        return encode(
            schemas.Scores(
                scores=told, model=model, not_looked_at=interpreting.not_looked_at(asked.customers)
            )
        )


def served_by(live: Live) -> Served:
    """The model. Raises Refusal."""
    if live.served is None:
        raise Refusal("not_ready", _why(live, "model", "refused"), retry_after=10)
    return live.served


def shelf_of(live: Live) -> Shelf:
    """The snapshot. Raises Refusal."""
    if live.shelf is None:
        raise Refusal("not_ready", _why(live, "snapshot", "damaged"), retry_after=10)
    return live.shelf


def _why(live: Live, *words: str) -> str:
    """Which of the reasons not to be ready speaks of this; a key of the catalogue."""
    return next((key for key in live.why_not_ready() if key.endswith(words)), "serve.no_model")


def age(live: Live, shelf: Shelf) -> schemas.Age:
    """How old a snapshot is."""
    days = (live.now().date() - shelf.day).days
    return schemas.Age(cutoff=shelf.day, age_days=days, stale=days > live.shop.service.stale_days)


def model_age(live: Live, version: str, learned_until: date) -> schemas.ModelAge:
    """How old a model is: the one that serves, or the one a snapshot was made by."""
    days = (live.now().date() - learned_until).days
    stale = days > live.shop.service.model_stale_days
    return schemas.ModelAge(
        version=version, learned_until=learned_until, age_days=days, stale=stale
    )


def _read(body: bytes, kind: type[Asked]) -> Asked:
    try:
        return decode(body, kind)
    except Unreadable as error:
        raise Refusal(error.code, error.detail, error.at) from None
