"""The whole ASGI app: API and dashboard behind one middleware."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from winback.api import scopes
from winback.api.app import build_api
from winback.api.handlers import Handlers
from winback.api.live_state import LiveState
from winback.api.metrics import Metrics
from winback.config import upload_limits as limits
from winback.server.middleware import RequestGuardMiddleware
from winback.server.path_limits import PathLimits

FLUSH_SECONDS = 0.25
PATH_LIMITS = PathLimits(
    api_prefixes=scopes.PREFIXES,
    api_body=scopes.MOST_BYTES,
    page_body=limits.MOST_FORM_BYTES,
    upload_path=limits.UPLOAD_PATH,
    upload_body=limits.MOST_UPLOAD_BYTES,
    bodies={
        limits.SIGN_IN_PATH: limits.MOST_SIGN_IN_BYTES,
        limits.UNSUBSCRIBE_PATH: limits.MOST_UNSUBSCRIBE_BYTES,
        **dict.fromkeys(scopes.BATCH_PATHS, scopes.MOST_BATCH_BYTES),
    },
)


def build_app(
    live: LiveState,
    metrics: Metrics,
    hosts: frozenset[str],
    share: int = 1,
    pages: FastAPI | None = None,
) -> RequestGuardMiddleware:
    """The whole service as an ASGI app. hosts: the names it answers to, none for any; share: how
    many processes there are; pages: the dashboard."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async def flush() -> None:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                guard.flush()

        tasks = [asyncio.create_task(live.watch()), asyncio.create_task(flush())]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        guard.flush()

    questions = Handlers(live)
    app = build_api(live, metrics, questions, lifespan)
    guard = RequestGuardMiddleware(
        app, questions.get_handlers(), live, metrics, hosts, PATH_LIMITS, share=share, pages=pages
    )
    return guard
