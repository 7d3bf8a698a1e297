"""The paths of the API. `schemas` parses requests; the server's middleware has checked them
before. See docs/openapi.json."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from winback import __version__
from winback.api import schemas
from winback.api.handlers import (
    BY_IDS,
    FROM_FEATURES,
    FROM_HISTORY,
    Question,
    Questions,
    age,
    model_age,
    served_by,
    shelf_of,
)
from winback.api.live_state import Live
from winback.api.metrics import MEDIA_TYPE, Metrics
from winback.api.problems import STATUS, Refusal, headers, language_of, problem
from winback.api.schemas import encode
from winback.api.scopes import SCOPE_OF
from winback.api.score_service import names_in, score_at
from winback.api.served_model import Served
from winback.i18n.translate import say
from winback.playbooks.playbook import Playbook
from winback.scoring.snapshot_index import Shelf
from winback.segmentation.definitions import RECALL

PAGE = 100
MOST_A_PAGE = 1_000

_SEGMENTS = tuple(dict.fromkeys(each.name for each in RECALL))
_JSON = "application/json"
_ANSWERED: tuple[type, ...] = (
    schemas.Scores,
    schemas.Customer,
    schemas.Segments,
    schemas.Page,
    schemas.Model,
    schemas.Ready,
    schemas.Problem,
)
_ASKED: Mapping[str, type] = {
    BY_IDS: schemas.ByIds,
    FROM_FEATURES: schemas.FromFeatures,
    FROM_HISTORY: schemas.FromHistory,
}


def paths(live: Live, metrics: Metrics, questions: Questions, lifespan: Any = None) -> FastAPI:
    """The app behind the door."""
    app = _App(
        title="Winback",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        description="Scores a shop's customers: how likely each is to stay away, and what to do "
        "about it.",
        separate_input_output_schemas=False,
        redirect_slashes=False,
    )
    _add_questions(app, questions)
    _add_snapshot(app, live)
    _add_model(app, live)
    _add_health(app, live, metrics)
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(HTTPException, _http_refusal)
    app.add_exception_handler(RequestValidationError, _parameter_refusal)
    return app


def _add_questions(app: FastAPI, questions: Questions) -> None:
    def asked(question: Question) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return Response(await question(await request.body()), media_type=_JSON)

        answer.__name__, answer.__doc__ = question.__name__, question.__doc__
        return answer

    for path, question in questions.by_path().items():
        app.post(path, **_about(schemas.Scores, _ASKED[path], 503))(asked(question))


def _add_snapshot(app: FastAPI, live: Live) -> None:
    """Who is in the latest snapshot."""

    @app.get("/v1/customers/{customer_id:path}", **_about(schemas.Customer, None, 404, 503))
    async def customer(customer_id: Annotated[str, Path(min_length=1, max_length=256)]) -> Response:
        """One customer: scores over time, why, what is at stake, what next, and whether not to
        write."""
        shelf = shelf_of(live)
        place = shelf.place(customer_id)
        if place is None:
            raise Refusal("not_found", "the snapshot does not know this customer")
        return _json(_customer(live, shelf, place, customer_id))

    @app.get("/v1/segments", **_about(schemas.Segments, None, 503))
    async def segments() -> Response:
        """Every recall segment and how many customers are in it."""
        shelf = shelf_of(live)
        told = [
            schemas.Segment(
                name=name, title=_both(f"recall.{name}"), customers=shelf.segments.get(name, 0)
            )
            for name in _SEGMENTS
        ]
        return _json(schemas.Segments(segments=told, snapshot=age(live, shelf)))

    @app.get("/v1/segments/{name}/customers", **_about(schemas.Page, None, 404, 503))
    async def segment(
        name: Annotated[str, Path(max_length=64)],
        after: Annotated[
            str | None, Query(max_length=256, description="`next` of the page before.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = PAGE,
    ) -> Response:
        """A page of a segment's customers, by id."""
        shelf = shelf_of(live)
        if name not in _SEGMENTS:
            raise Refusal("not_found", f"segments are {', '.join(_SEGMENTS)}")
        places, count = shelf.page(name, after, limit + 1)
        more, places = len(places) > limit, places[:limit]
        told = [score_at(shelf, place, shelf.id_at(place)) for place in places]
        last = told[-1].customer_id if more else None
        return _json(
            schemas.Page(
                segment=name, customers=count, scores=told, next=last, snapshot=age(live, shelf)
            )
        )


def _add_model(app: FastAPI, live: Live) -> None:
    @app.get("/v1/model", **_about(schemas.Model, None, 503))
    async def model() -> Response:
        """The model that serves: its card, age and figures; and those that were refused."""
        served = served_by(live)
        return _json(await asyncio.to_thread(_model, live, served))


def _add_health(app: FastAPI, live: Live, metrics: Metrics) -> None:
    @app.get("/livez", **_about(None, None))
    async def alive() -> Response:
        """Whether the process answers."""
        return Response(status_code=204)

    @app.get("/readyz", **_about(schemas.Ready, None, not_ready=True))
    async def ready(request: Request) -> Response:
        """Whether questions are answered: a model, a snapshot and the ledger are there, and it
        is not being stopped."""
        why = live.why_not_ready()
        language = language_of(request.headers.get("accept-language", "").encode())
        return _json(
            schemas.Ready(ready=not why, why=[say(key, language) for key in why]),
            503 if why else 200,
        )

    @app.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
            **_problems(401, 403, 429),
        },
    )
    async def metrics_text() -> Response:
        """For Prometheus."""
        return Response(metrics.text(live), media_type=MEDIA_TYPE)


def _json(told: Any, status: int = 200) -> Response:
    return Response(encode(told), status, media_type=_JSON)


def _customer(live: Live, shelf: Shelf, place: int, customer_id: str) -> schemas.Customer:
    score = score_at(shelf, place, customer_id)
    seen = [
        (shelf, place),
        *((each, at) for each in live.past(shelf) if (at := each.place(customer_id)) is not None),
    ]
    history = [
        schemas.PastScore(
            cutoff=each.day,
            churn_probability=each.number("churn_probability", at),
            risk_tier=str(each.label("risk_tier", at)),
            recall_segment=str(each.label("recall_segment", at)),
            model_version=each.model_version,
        )
        for each, at in sorted(seen, key=lambda one: one[0].day, reverse=True)
    ]
    value = {
        name: shelf.value(name, place)
        for name in (
            "next_order_50_day",
            "next_order_90_day",
            "silent_on",
            "reason_zh",
            "reason_en",
            "model_reason_zh",
            "model_reason_en",
            "expected_spend_cents",
            "value_at_stake_cents",
            "spend_low_cents",
            "spend_high_cents",
        )
    }
    return schemas.Customer(
        score=score,
        reason=schemas.Sentence(zh=value["reason_zh"], en=value["reason_en"]),
        model_reason=schemas.Sentence(zh=value["model_reason_zh"], en=value["model_reason_en"]),
        tags=names_in(shelf.label("tags", place)),
        next_order_50_day=value["next_order_50_day"],
        next_order_90_day=value["next_order_90_day"],
        silent_on=value["silent_on"],
        worth=schemas.Worth(**{name: value[name] for name in schemas.Worth.__struct_fields__}),
        next_step=_next_step(live.book, shelf, place),
        do_not_contact=[_both(f"never.{name}") for name in score.do_not_contact],
        history=history,
        model=model_age(live, shelf.model_version, shelf.learned_until),
        snapshot=age(live, shelf),
    )


def _next_step(book: Playbook | None, shelf: Shelf, place: int) -> schemas.NextStep | None:
    """The first step of the play that fits them; None where they are never written to, or no
    play is theirs."""
    if (
        book is None or book.name != shelf.told["playbook"]
    ):  # its plays are not those the snapshot names
        return None
    play = next((each for each in book.plays if each.name == shelf.label("play", place)), None)
    if (
        play is None
        or not play.steps
        or (shelf.label("do_not_contact", place) and not play.service)
    ):
        return None
    step = play.steps[0]
    offer = book.offers[step.offer] if step.offer else None
    return schemas.NextStep(
        playbook=book.name,
        play=play.name,
        title=schemas.Sentence(zh=play.title.zh, en=play.title.en),
        channels=list(step.channels),
        offer=schemas.Sentence(zh=offer.title.zh, en=offer.title.en) if offer else None,
        owner=schemas.Sentence(zh=play.owner.zh, en=play.owner.en),
    )


def _model(live: Live, served: Served) -> schemas.Model:
    bundle = served.bundle
    manifest = bundle.manifest
    try:
        trained = json.loads((bundle.folder / "run.json").read_text(encoding="utf-8")).get(
            "trained_at"
        )
    except (OSError, ValueError):
        trained = None
    return schemas.Model(
        model=model_age(live, bundle.version, served.learned_until),
        outcome_days=served.thresholds.outcome_days,
        spec_hash=manifest["spec_hash"],
        features=len(bundle.names),
        trained_at=f"{trained}Z" if trained else None,
        metrics=dict(manifest.get("metrics", {})),
        window=dict(manifest["window"]),
        card=bundle.card,
        refused=[
            schemas.Refused(version=version, why=why)
            for version, why in sorted(live.refused.items())
        ],
    )


def _both(key: str) -> schemas.Sentence:
    return schemas.Sentence(zh=say(key, "zh"), en=say(key, "en"))


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    told = {name.decode(): value.decode() for name, value in headers(error)}
    accepted = request.headers.get("accept-language", "").encode()
    return Response(problem(error, language_of(accepted)), error.status, told)


async def _http_refusal(request: Request, error: Exception) -> Response:
    """What the router refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)
    code = next(
        (code for code, status in STATUS.items() if status == error.status_code), "bad_request"
    )
    allow = (error.headers or {}).get("allow") or (error.headers or {}).get("Allow")
    return await _refusal(request, Refusal(code, allow=allow))


async def _parameter_refusal(request: Request, error: Exception) -> Response:
    """A parameter of the address that is out of range."""
    assert isinstance(error, RequestValidationError)
    fault = error.errors()[0]
    return await _refusal(
        request, Refusal("parameter", str(fault["msg"]), ".".join(map(str, fault["loc"])))
    )


# The schema: FastAPI's paths, with the types of `schemas` as its components.


def _about(
    told: type | None, asked: type | None, *statuses: int, not_ready: bool = False
) -> dict[str, Any]:
    """What the schema says of a path."""
    success: dict[int | str, Any] = {204: {"description": "Yes."}}
    if told is not None:
        success = {200: {"description": "The answer.", "content": _content(told)}}
    if not_ready and told is not None:
        success[503] = {"description": "Not yet, and why.", "content": _content(told)}
    always = () if told is None or not_ready else (401, 403, 421, 429, 431, 500, 503)
    asking = (400, 408, 413, 415, 422) if asked else (422,)
    about: dict[str, Any] = {
        "response_class": Response,
        "status_code": next(iter(success)),
        "responses": success | ({} if not always else _problems(*asking, *always, *statuses)),
    }
    if asked is not None:
        about["openapi_extra"] = {"requestBody": {"required": True, "content": _content(asked)}}
    return about


def _content(kind: type) -> dict[str, Any]:
    return {_JSON: {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}


def _problems(*statuses: int) -> dict[int | str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    names = {status: code for code, status in reversed(STATUS.items())}
    return {
        status: {"description": say(f"problem.{names[status]}", "en") + ".", "content": content}
        for status in statuses
    }


class _App(FastAPI):
    """FastAPI, whose schema is our own."""

    def openapi(self) -> dict[str, Any]:
        """The schema of the API (OpenAPI 3.1), made once."""
        from fastapi.openapi.utils import get_openapi

        if self.openapi_schema:
            return self.openapi_schema
        made = get_openapi(
            title=self.title, version=self.version, description=self.description, routes=self.routes
        )
        ours = (*_ASKED.values(), *_ANSWERED)
        _, components = msgspec.json.schema_components(
            ours, ref_template="#/components/schemas/{name}"
        )
        for feature in components["Features"]["properties"].values():
            feature.pop("default", None)  # a number nobody can send is no default to show
        # Parameters are refused as problems, not as FastAPI would.
        kept = {
            name: each
            for name, each in made.get("components", {}).get("schemas", {}).items()
            if "Validation" not in name
        }
        made["components"] = {
            "schemas": {**kept, **components},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "`winback keys create`"}
            },
        }
        for path, methods in made["paths"].items():
            if any(path.startswith(start) for start, _ in SCOPE_OF):
                for method in methods.values():
                    method["security"] = [{"key": []}]
        self.openapi_schema = _with_whole_paragraphs(made)
        return self.openapi_schema


def _with_whole_paragraphs(part: Any) -> Any:
    """A part of a schema; the lines of each paragraph of a description become one."""
    if isinstance(part, list):
        return [_with_whole_paragraphs(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: "\n\n".join(" ".join(each.split()) for each in value.split("\n\n"))
        if name == "description" and isinstance(value, str)
        else _with_whole_paragraphs(value)
        for name, value in part.items()
    }
