"""A client of the prediction service, sync and async; needs httpx and nothing else of Winback.

>>> Client("http://127.0.0.1:8765", key="wb_…")
Client('http://127.0.0.1:8765')

Every question is a reading one, so it may be asked again: a connection that breaks, and 429, 502 or
503, are tried once more, after as long as the service asks for. What it refuses raises Refused,
what cannot be reached Unreachable.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, TypedDict
from urllib.parse import quote

import httpx

MOST_IDS = 1_000  # of one question; more are asked in turn
_AGAIN = (429, 502, 503)
_LONGEST_WAIT = 5.0
_WAIT = 0.2  # where the service does not say

Answer = dict[str, Any]


class RequestRefused(Exception):
    """A question the service does not answer. code: for programs, as `problem.code`; errors:
    where in the body."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.code = status, str(problem.get("code", "unknown"))
        self.title, self.detail = str(problem.get("title", "")), problem.get("detail")
        self.errors = list(problem.get("errors", []))
        super().__init__(
            f"{self.status} {self.title}" + (f": {self.detail}" if self.detail else "")
        )


class ServiceUnreachable(Exception):
    """No answer came, also not to a second try."""


class _HttpSettings(TypedDict):
    """What httpx is opened with."""

    base_url: str
    headers: dict[str, str]
    timeout: float
    verify: Any


class _BaseClient:
    def __init__(
        self,
        url: str,
        key: str | None = None,
        timeout: float = 30.0,
        tries: int = 2,
        language: str = "en",
        verify: Any = True,
    ) -> None:
        """verify: as httpx takes it; an `ssl.SSLContext` for a certificate of one's own."""
        self._url, self._timeout, self._tries, self._verify = (
            url.rstrip("/"),
            timeout,
            tries,
            verify,
        )
        self._headers = {"accept-language": language} | (
            {"authorization": f"Bearer {key}"} if key else {}
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._url!r})"

    def _get_settings(self) -> _HttpSettings:
        return {
            "base_url": self._url,
            "headers": self._headers,
            "timeout": self._timeout,
            "verify": self._verify,
        }

    def _get_retry_delay(self, answer: httpx.Response | None, tried: int) -> float | None:
        """Seconds until another try; None where there is none."""
        if tried >= self._tries or (answer is not None and answer.status_code not in _AGAIN):
            return None
        retry_after = answer.headers.get("retry-after", "") if answer is not None else ""
        return min(float(retry_after), _LONGEST_WAIT) if retry_after.isdigit() else _WAIT


class Client(_BaseClient):
    """The service from a program that waits for its answers."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __init__(
        self,
        url: str,
        key: str | None = None,
        timeout: float = 30.0,
        tries: int = 2,
        language: str = "en",
        verify: Any = True,
    ) -> None:
        super().__init__(url, key, timeout, tries, language, verify)
        self._http = httpx.Client(**self._get_settings())

    def get_scores(self, customer_ids: Iterable[str]) -> list[Answer]:
        """Scores by id, in their order; `status` is `scored` or `unknown`."""
        parts = (
            self._request("POST", "/v1/scores", json=body) for body in _split_ids(customer_ids)
        )
        return [score for part in parts for score in part["scores"]]

    def score_features(self, cutoff: str, rows: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """Scores of rows `{"customer_id": …, "features": {…}}` as of a day."""
        body = {"cutoff": cutoff, "rows": list(rows)}
        return list(self._request("POST", "/v1/scores/from-features", json=body)["scores"])

    def score_history(self, cutoff: str, customers: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """Scores of raw rows `{"customer_id": …, "orders": […], "refunds": […], "events": […]}`
        as of a day."""
        body = {"cutoff": cutoff, "customers": list(customers)}
        return list(self._request("POST", "/v1/scores/from-history", json=body)["scores"])

    def get_customer(self, customer_id: str) -> Answer:
        """Everything the service knows of one customer. Raises Refused (404) for one it does not
        know."""
        return self._request("GET", _build_customer_path(customer_id))

    def list_segments(self) -> list[Answer]:
        """Every recall segment and how many are in it."""
        return list(self._request("GET", "/v1/segments")["segments"])

    def iterate_segment(self, name: str, page: int = 1_000) -> Iterator[Answer]:
        """The scores of a segment's customers, by id, page after page."""
        after: str | None = None
        while True:
            page_answer = self._request(
                "GET", _build_segment_path(name), params=_build_page_query(page, after)
            )
            yield from page_answer["scores"]
            after = page_answer["next"]
            if after is None:
                return

    def get_model(self) -> Answer:
        """The model that serves: its version, age, figures and card."""
        return self._request("GET", "/v1/model")

    def _request(self, method: str, path: str, **more: Any) -> Answer:
        tried, cause = 0, None
        while True:
            tried += 1
            try:
                answer: httpx.Response | None = self._http.request(method, path, **more)
            except httpx.TransportError as error:
                answer, cause = None, error
            wait = self._get_retry_delay(answer, tried)
            if wait is None:
                return _read_answer(answer, cause)
            time.sleep(wait)


class AsyncClient(_BaseClient):
    """The service from a program that does other things meanwhile."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def __init__(
        self,
        url: str,
        key: str | None = None,
        timeout: float = 30.0,
        tries: int = 2,
        language: str = "en",
        verify: Any = True,
    ) -> None:
        super().__init__(url, key, timeout, tries, language, verify)
        self._http = httpx.AsyncClient(**self._get_settings())

    async def get_scores(self, customer_ids: Iterable[str]) -> list[Answer]:
        """As Client.scores."""
        parts = [
            await self._request("POST", "/v1/scores", json=body)
            for body in _split_ids(customer_ids)
        ]
        return [score for part in parts for score in part["scores"]]

    async def score_features(self, cutoff: str, rows: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """As Client.scores_from_features."""
        body = {"cutoff": cutoff, "rows": list(rows)}
        return list((await self._request("POST", "/v1/scores/from-features", json=body))["scores"])

    async def score_history(
        self, cutoff: str, customers: Sequence[Mapping[str, Any]]
    ) -> list[Answer]:
        """As Client.scores_from_history."""
        body = {"cutoff": cutoff, "customers": list(customers)}
        return list((await self._request("POST", "/v1/scores/from-history", json=body))["scores"])

    async def get_customer(self, customer_id: str) -> Answer:
        """As Client.customer."""
        return await self._request("GET", _build_customer_path(customer_id))

    async def list_segments(self) -> list[Answer]:
        """As Client.segments."""
        return list((await self._request("GET", "/v1/segments"))["segments"])

    async def iterate_segment(self, name: str, page: int = 1_000) -> AsyncIterator[Answer]:
        """As Client.segment."""
        after: str | None = None
        while True:
            page_answer = await self._request(
                "GET", _build_segment_path(name), params=_build_page_query(page, after)
            )
            for score in page_answer["scores"]:
                yield score
            after = page_answer["next"]
            if after is None:
                return

    async def get_model(self) -> Answer:
        """As Client.model."""
        return await self._request("GET", "/v1/model")

    async def _request(self, method: str, path: str, **more: Any) -> Answer:
        tried, cause = 0, None
        while True:
            tried += 1
            try:
                answer: httpx.Response | None = await self._http.request(method, path, **more)
            except httpx.TransportError as error:
                answer, cause = None, error
            wait = self._get_retry_delay(answer, tried)
            if wait is None:
                return _read_answer(answer, cause)
            await asyncio.sleep(wait)


def _split_ids(customer_ids: Iterable[str]) -> Iterator[dict[str, list[str]]]:
    if isinstance(customer_ids, str):
        raise TypeError(f"scores takes ids, not one id: give [{customer_ids!r}]")
    ids = list(customer_ids)
    for start in range(0, len(ids), MOST_IDS):
        yield {"customer_ids": ids[start : start + MOST_IDS]}


def _build_customer_path(customer_id: str) -> str:
    # A dot alone or two would be taken for a step in the path.
    return f"/v1/customers/{quote(customer_id, safe='').replace('.', '%2E')}"


def _build_segment_path(name: str) -> str:
    return f"/v1/segments/{quote(name, safe='')}/customers"


def _build_page_query(page: int, after: str | None) -> dict[str, int | str]:
    return {"limit": page, **({} if after is None else {"after": after})}


def _read_answer(answer: httpx.Response | None, cause: Exception | None) -> Answer:
    if answer is None:
        raise ServiceUnreachable(str(cause)) from cause
    if answer.is_success:
        return dict(answer.json())
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    raise RequestRefused(answer.status_code, problem if isinstance(problem, dict) else {})
