"""The paths of the API. `decoding` parses requests; the server's middleware has checked them
before. See docs/reference/openapi.json."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from winback import __version__
from winback.api import schemas
from winback.api.answers import build_page, count_segments, describe_customer, describe_model
from winback.api.decoding import encode
from winback.api.handlers import (
    Handler,
    Handlers,
    build_age,
    get_served_model,
    get_snapshot,
)
from winback.api.live_state import LiveState
from winback.api.metrics import MEDIA_TYPE, Metrics
from winback.api.openapi_schema import (
    JSON_TYPE,
    REQUEST_BODIES,
    DescribedApi,
    describe_path,
    describe_problems,
)
from winback.api.problems import (
    STATUS,
    ApiProblem,
    build_headers,
    negotiate_language,
    render_problem,
)
from winback.i18n.translate import translate

PAGE = 100
MOST_A_PAGE = 1_000


def build_api(
    live: LiveState, metrics: Metrics, questions: Handlers, lifespan: Any = None
) -> FastAPI:
    """The paths of the API, without the checks on every request."""
    app = DescribedApi(
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
            return Response(await question(await request.body()), media_type=JSON_TYPE)

        handle.__name__, handle.__doc__ = question.__name__, question.__doc__
        return handle

    for path, question in questions.get_handlers().items():
        app.post(path, **describe_path(schemas.Scores, REQUEST_BODIES[path], 503))(
            add_route(question)
        )


def _add_customer_route(app: FastAPI, live: LiveState) -> None:
    """One customer of the latest snapshot."""

    @app.get("/v1/customers/{customer_id:path}", **describe_path(schemas.Customer, None, 404, 503))
    async def get_customer(
        customer_id: Annotated[str, Path(min_length=1, max_length=256)],
    ) -> Response:
        """One customer: scores over time, why, what is at stake, what next, and whether not to
        write."""
        index = get_snapshot(live)
        place = index.find_place(customer_id)
        if place is None:
            raise ApiProblem("not_found", "the snapshot does not know this customer")
        return _json_response(describe_customer(live, index, place, customer_id))


def _add_segment_routes(app: FastAPI, live: LiveState) -> None:
    """Who is in the segments of the latest snapshot."""

    @app.get("/v1/segments", **describe_path(schemas.Segments, None, 503))
    async def list_segments() -> Response:
        """Every recall segment and how many customers are in it."""
        index = get_snapshot(live)
        segments = count_segments(index)
        return _json_response(schemas.Segments(segments=segments, snapshot=build_age(live, index)))

    @app.get("/v1/segments/{name}/customers", **describe_path(schemas.Page, None, 404, 503))
    async def get_segment(
        name: Annotated[str, Path(max_length=64)],
        after: Annotated[
            str | None, Query(max_length=256, description="`next` of the page before.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = PAGE,
    ) -> Response:
        """A page of a segment's customers, by id."""
        return _json_response(build_page(live, name, after, limit))


def _add_model_route(app: FastAPI, live: LiveState) -> None:
    @app.get("/v1/model", **describe_path(schemas.Model, None, 503))
    async def get_model() -> Response:
        """The model that serves: its card, age and figures; and those that were refused."""
        served = get_served_model(live)
        return _json_response(await asyncio.to_thread(describe_model, live, served))


def _add_health_routes(app: FastAPI, live: LiveState, metrics: Metrics) -> None:
    @app.get("/livez", **describe_path(None, None))
    async def is_alive() -> Response:
        """Whether the process answers."""
        return Response(status_code=204)

    @app.get("/readyz", **describe_path(schemas.Ready, None, not_ready=True))
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
            **describe_problems(401, 403, 429),
        },
    )
    async def show_metrics() -> Response:
        """For Prometheus."""
        return Response(metrics.render(live), media_type=MEDIA_TYPE)


def _json_response(body: Any, status: int = 200) -> Response:
    return Response(encode(body), status, media_type=JSON_TYPE)


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
