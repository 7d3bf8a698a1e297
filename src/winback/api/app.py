"""The paths of the API. `schemas` parses requests; the server's middleware has checked them
before. See docs/reference/openapi.json."""

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
    Handler,
    Handlers,
    build_age,
    build_model_age,
    get_served_model,
    get_snapshot,
)
from winback.api.live_state import LiveState
from winback.api.metrics import MEDIA_TYPE, Metrics
from winback.api.problems import (
    STATUS,
    ApiProblem,
    build_headers,
    negotiate_language,
    render_problem,
)
from winback.api.schemas import encode
from winback.api.scopes import SCOPE_OF
from winback.api.score_service import get_score_at, split_names
from winback.api.served_model import ServedModel
from winback.i18n.translate import translate
from winback.playbooks.playbook import LocalizedText, Play, Playbook
from winback.scoring.snapshot_index import SnapshotIndex
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


def build_api(
    live: LiveState, metrics: Metrics, questions: Handlers, lifespan: Any = None
) -> FastAPI:
    """The paths of the API, without the checks on every request."""
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
    _add_post_routes(app, questions)
    _add_customer_route(app, live)
    _add_segment_routes(app, live)
    _add_model_route(app, live)
    _add_health_routes(app, live, metrics)
    app.add_exception_handler(ApiProblem, _handle_problem)
    app.add_exception_handler(HTTPException, _handle_http_error)
    app.add_exception_handler(RequestValidationError, _handle_invalid_parameter)
    return app


def _add_post_routes(app: FastAPI, questions: Handlers) -> None:
    def add_route(question: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return Response(await question(await request.body()), media_type=_JSON)

        handle.__name__, handle.__doc__ = question.__name__, question.__doc__
        return handle

    for path, question in questions.get_handlers().items():
        app.post(path, **_describe_path(schemas.Scores, _ASKED[path], 503))(add_route(question))


def _add_customer_route(app: FastAPI, live: LiveState) -> None:
    """One customer of the latest snapshot."""

    @app.get("/v1/customers/{customer_id:path}", **_describe_path(schemas.Customer, None, 404, 503))
    async def get_customer(
        customer_id: Annotated[str, Path(min_length=1, max_length=256)],
    ) -> Response:
        """One customer: scores over time, why, what is at stake, what next, and whether not to
        write."""
        index = get_snapshot(live)
        place = index.find_place(customer_id)
        if place is None:
            raise ApiProblem("not_found", "the snapshot does not know this customer")
        return _json_response(_describe_customer(live, index, place, customer_id))


def _add_segment_routes(app: FastAPI, live: LiveState) -> None:
    """Who is in the segments of the latest snapshot."""

    @app.get("/v1/segments", **_describe_path(schemas.Segments, None, 503))
    async def list_segments() -> Response:
        """Every recall segment and how many customers are in it."""
        index = get_snapshot(live)
        segments = _count_segments(index)
        return _json_response(schemas.Segments(segments=segments, snapshot=build_age(live, index)))

    @app.get("/v1/segments/{name}/customers", **_describe_path(schemas.Page, None, 404, 503))
    async def get_segment(
        name: Annotated[str, Path(max_length=64)],
        after: Annotated[
            str | None, Query(max_length=256, description="`next` of the page before.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = PAGE,
    ) -> Response:
        """A page of a segment's customers, by id."""
        return _json_response(_build_page(live, name, after, limit))


def _count_segments(index: SnapshotIndex) -> list[schemas.Segment]:
    return [
        schemas.Segment(
            name=name,
            title=_in_both_languages(f"recall.{name}"),
            customers=index.segments.get(name, 0),
        )
        for name in _SEGMENTS
    ]


def _build_page(live: LiveState, name: str, after: str | None, limit: int) -> schemas.Page:
    index = get_snapshot(live)
    if name not in _SEGMENTS:
        raise ApiProblem("not_found", f"segments are {', '.join(_SEGMENTS)}")
    places, count = index.list_page(name, after, limit + 1)
    more, places = len(places) > limit, places[:limit]
    scores = [get_score_at(index, place, index.get_id(place)) for place in places]
    return schemas.Page(
        segment=name,
        customers=count,
        scores=scores,
        next=scores[-1].customer_id if more else None,
        snapshot=build_age(live, index),
    )


def _add_model_route(app: FastAPI, live: LiveState) -> None:
    @app.get("/v1/model", **_describe_path(schemas.Model, None, 503))
    async def get_model() -> Response:
        """The model that serves: its card, age and figures; and those that were refused."""
        served = get_served_model(live)
        return _json_response(await asyncio.to_thread(_describe_model, live, served))


def _add_health_routes(app: FastAPI, live: LiveState, metrics: Metrics) -> None:
    @app.get("/livez", **_describe_path(None, None))
    async def is_alive() -> Response:
        """Whether the process answers."""
        return Response(status_code=204)

    @app.get("/readyz", **_describe_path(schemas.Ready, None, not_ready=True))
    async def is_ready(request: Request) -> Response:
        """Whether questions are answered: a model, a snapshot and the ledger are there, and it
        is not being stopped."""
        why = live.list_not_ready_reasons()
        language = negotiate_language(request.headers.get("accept-language", "").encode())
        return _json_response(
            schemas.Ready(ready=not why, why=[translate(key, language) for key in why]),
            503 if why else 200,
        )

    @app.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
            **_describe_problems(401, 403, 429),
        },
    )
    async def show_metrics() -> Response:
        """For Prometheus."""
        return Response(metrics.render(live), media_type=MEDIA_TYPE)


def _json_response(body: Any, status: int = 200) -> Response:
    return Response(encode(body), status, media_type=_JSON)


def _describe_customer(
    live: LiveState, index: SnapshotIndex, place: int, customer_id: str
) -> schemas.Customer:
    score = get_score_at(index, place, customer_id)
    return schemas.Customer(
        score=score,
        reason=_get_sentence(index, "reason", place),
        model_reason=_get_sentence(index, "model_reason", place),
        tags=split_names(index.get_category("tags", place)),
        next_order_50_day=index.get_value("next_order_50_day", place),
        next_order_90_day=index.get_value("next_order_90_day", place),
        dormant_on=index.get_value("dormant_on", place),
        worth=_get_worth(index, place),
        next_step=_find_next_step(live.playbook, index, place),
        do_not_contact=[_in_both_languages(f"never.{name}") for name in score.do_not_contact],
        history=_list_past_scores(live, index, place, customer_id),
        model=build_model_age(live, index.model_version, index.learned_until),
        snapshot=build_age(live, index),
    )


def _get_sentence(index: SnapshotIndex, name: str, place: int) -> schemas.Sentence:
    return schemas.Sentence(
        zh=index.get_value(f"{name}_zh", place), en=index.get_value(f"{name}_en", place)
    )


def _get_worth(index: SnapshotIndex, place: int) -> schemas.Value:
    names = schemas.Value.__struct_fields__
    return schemas.Value(**{name: index.get_value(name, place) for name in names})


def _list_past_scores(
    live: LiveState, index: SnapshotIndex, place: int, customer_id: str
) -> list[schemas.PastScore]:
    """The customer's scores of this snapshot and those before, the newest first."""
    seen = [(index, place)]
    for each in live.list_past_snapshots(index):
        at = each.find_place(customer_id)
        if at is not None:
            seen.append((each, at))
    return [
        schemas.PastScore(
            cutoff=each.day,
            churn_probability=each.get_number("churn_probability", at),
            risk_tier=str(each.get_category("risk_tier", at)),
            recall_segment=str(each.get_category("recall_segment", at)),
            model_version=each.model_version,
        )
        for each, at in sorted(seen, key=lambda one: one[0].day, reverse=True)
    ]


def _find_next_step(
    playbook: Playbook | None, index: SnapshotIndex, place: int
) -> schemas.NextStep | None:
    """The first step of the play that fits them; None where they are never written to, or no
    play is theirs."""
    # The plays of another playbook are not those the snapshot names.
    if playbook is None or playbook.name != index.metadata["playbook"]:
        return None
    play = _find_play(playbook, index, place)
    if play is None or not play.steps:
        return None
    step = play.steps[0]
    offer = playbook.offers[step.offer] if step.offer else None
    return schemas.NextStep(
        playbook=playbook.name,
        play=play.name,
        title=_to_sentence(play.title),
        channels=list(step.channels),
        offer=_to_sentence(offer.title) if offer else None,
        owner=_to_sentence(play.owner),
    )


def _to_sentence(text: LocalizedText) -> schemas.Sentence:
    return schemas.Sentence(zh=text.zh, en=text.en)


def _find_play(playbook: Playbook, index: SnapshotIndex, place: int) -> Play | None:
    """The customer's play, unless they must not be contacted for it."""
    name = index.get_category("play", place)
    play = next((each for each in playbook.plays if each.name == name), None)
    if play is None or (index.get_category("do_not_contact", place) and not play.service):
        return None
    return play


def _describe_model(live: LiveState, served: ServedModel) -> schemas.Model:
    bundle = served.bundle
    manifest = bundle.manifest
    try:
        trained = json.loads((bundle.folder / "run.json").read_text(encoding="utf-8")).get(
            "trained_at"
        )
    except (OSError, ValueError):
        trained = None
    return schemas.Model(
        model=build_model_age(live, bundle.version, served.learned_until),
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


def _in_both_languages(key: str) -> schemas.Sentence:
    return schemas.Sentence(zh=translate(key, "zh"), en=translate(key, "en"))


async def _handle_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiProblem)
    problem_headers = {name.decode(): value.decode() for name, value in build_headers(error)}
    accepted = request.headers.get("accept-language", "").encode()
    return Response(
        render_problem(error, negotiate_language(accepted)), error.status, problem_headers
    )


async def _handle_http_error(request: Request, error: Exception) -> Response:
    """What the router refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)
    code = next(
        (code for code, status in STATUS.items() if status == error.status_code), "bad_request"
    )
    allow = (error.headers or {}).get("allow") or (error.headers or {}).get("Allow")
    return await _handle_problem(request, ApiProblem(code, allow=allow))


async def _handle_invalid_parameter(request: Request, error: Exception) -> Response:
    """A parameter of the address that is out of range."""
    assert isinstance(error, RequestValidationError)
    fault = error.errors()[0]
    return await _handle_problem(
        request, ApiProblem("parameter", str(fault["msg"]), ".".join(map(str, fault["loc"])))
    )


# The schema: FastAPI's paths, with the types of `schemas` as its components.


def _describe_path(
    model: type | None, body: type | None, *statuses: int, not_ready: bool = False
) -> dict[str, Any]:
    """What the schema says of a path."""
    success = _describe_success(model, not_ready)
    always = () if model is None or not_ready else (401, 403, 421, 429, 431, 500, 503)
    asking = (400, 408, 413, 415, 422) if body else (422,)
    about: dict[str, Any] = {
        "response_class": Response,
        "status_code": next(iter(success)),
        "responses": success
        | ({} if not always else _describe_problems(*asking, *always, *statuses)),
    }
    if body is not None:
        about["openapi_extra"] = {
            "requestBody": {"required": True, "content": _describe_content(body)}
        }
    return about


def _describe_success(model: type | None, not_ready: bool) -> dict[int | str, Any]:
    if model is None:
        return {204: {"description": "Yes."}}
    success: dict[int | str, Any] = {
        200: {"description": "The answer.", "content": _describe_content(model)}
    }
    if not_ready:
        success[503] = {"description": "Not yet, and why.", "content": _describe_content(model)}
    return success


def _describe_content(kind: type) -> dict[str, Any]:
    return {_JSON: {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}


def _describe_problems(*statuses: int) -> dict[int | str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    names = {status: code for code, status in reversed(STATUS.items())}
    return {
        status: {
            "description": translate(f"problem.{names[status]}", "en") + ".",
            "content": content,
        }
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
        made["components"] = {
            "schemas": {**_list_used_schemas(made), **_build_components()},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "`winback keys create`"}
            },
        }
        _mark_secured(made["paths"])
        self.openapi_schema = _join_paragraph_lines(made)
        return self.openapi_schema


def _list_used_schemas(made: Mapping[str, Any]) -> dict[str, Any]:
    # Parameters are refused as problems, not as FastAPI would.
    return {
        name: each
        for name, each in made.get("components", {}).get("schemas", {}).items()
        if "Validation" not in name
    }


def _build_components() -> dict[str, Any]:
    """The schemas of what is asked and answered."""
    ours = (*_ASKED.values(), *_ANSWERED)
    _, components = msgspec.json.schema_components(ours, ref_template="#/components/schemas/{name}")
    for feature in components["Features"]["properties"].values():
        feature.pop("default", None)  # a number nobody can send is no default to show
    return components


def _mark_secured(paths: Mapping[str, Any]) -> None:
    """Say of each path that needs an API key that it does."""
    for path, methods in paths.items():
        if any(path.startswith(start) for start, _ in SCOPE_OF):
            for method in methods.values():
                method["security"] = [{"key": []}]


def _join_paragraph_lines(part: Any) -> Any:
    """A part of a schema; the lines of each paragraph of a description become one."""
    if isinstance(part, list):
        return [_join_paragraph_lines(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: "\n\n".join(" ".join(each.split()) for each in value.split("\n\n"))
        if name == "description" and isinstance(value, str)
        else _join_paragraph_lines(value)
        for name, value in part.items()
    }
