"""The schema of the API: FastAPI's paths, with the types of `schemas` as its components."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import msgspec
from fastapi import FastAPI
from starlette.responses import Response

from winback.api import schemas
from winback.api.handlers import (
    BY_IDS,
    FROM_FEATURES,
    FROM_HISTORY,
)
from winback.api.problems import (
    STATUS,
)
from winback.api.scopes import SCOPE_OF
from winback.i18n.translate import translate

JSON_TYPE = "application/json"
_RESPONSE_BODIES: tuple[type, ...] = (
    schemas.Scores,
    schemas.Customer,
    schemas.Segments,
    schemas.Page,
    schemas.Model,
    schemas.Ready,
    schemas.Problem,
)
REQUEST_BODIES: Mapping[str, type] = {
    BY_IDS: schemas.ByIds,
    FROM_FEATURES: schemas.FromFeatures,
    FROM_HISTORY: schemas.FromHistory,
}


class PathDescription(TypedDict):
    """FastAPI's arguments for a path: what the schema says of it."""

    response_class: type[Response]
    status_code: int
    responses: dict[int | str, dict[str, Any]]
    openapi_extra: NotRequired[dict[str, Any]]


def describe_path(
    model: type | None, body: type | None, *statuses: int, not_ready: bool = False
) -> PathDescription:
    """What the schema says of a path."""
    success = _describe_success(model, not_ready)
    always = () if model is None or not_ready else (401, 403, 421, 429, 431, 500, 503)
    asking = (400, 408, 413, 415, 422) if body else (422,)
    about: PathDescription = {
        "response_class": Response,
        "status_code": 204 if model is None else 200,
        "responses": success | (describe_problems(*asking, *always, *statuses) if always else {}),
    }
    if body is not None:
        about["openapi_extra"] = {
            "requestBody": {"required": True, "content": _describe_content(body)}
        }
    return about


def _describe_success(model: type | None, not_ready: bool) -> dict[int | str, dict[str, Any]]:
    if model is None:
        return {204: {"description": "Yes."}}
    success: dict[int | str, dict[str, Any]] = {
        200: {"description": "The answer.", "content": _describe_content(model)}
    }
    if not_ready:
        success[503] = {"description": "Not yet, and why.", "content": _describe_content(model)}
    return success


def _describe_content(kind: type) -> dict[str, dict[str, dict[str, str]]]:
    return {JSON_TYPE: {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}


def describe_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    names = {status: code for code, status in reversed(STATUS.items())}
    return {
        status: {
            "description": translate(f"problem.{names[status]}", "en") + ".",
            "content": content,
        }
        for status in statuses
    }


class DescribedApi(FastAPI):
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


def _list_used_schemas(made: Mapping[str, Any]) -> dict[str, object]:
    # Parameters are refused as problems, not as FastAPI would.
    return {
        name: each
        for name, each in made.get("components", {}).get("schemas", {}).items()
        if "Validation" not in name
    }


def _build_components() -> dict[str, Any]:
    """The schemas of what is asked and answered."""
    ours = (*REQUEST_BODIES.values(), *_RESPONSE_BODIES)
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
