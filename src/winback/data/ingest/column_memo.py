"""What was found out of a column, kept while one table is recognised: the same is asked of it many
times, on the way to what each column means."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd

_ANSWERS: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)
P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def remember_answers() -> Iterator[None]:
    """Within it, what is marked by `remember` is worked out once for the same values."""
    token = _ANSWERS.set({})
    try:
        yield
    finally:
        _ANSWERS.reset(token)


def remember(question: Callable[P, T]) -> Callable[P, T]:
    """A question about a sampled column, which changes nothing of it; its answer is not changed
    either."""

    @wraps(question)
    def ask(*args: P.args, **options: P.kwargs) -> T:
        answers = _ANSWERS.get()
        if answers is None:
            return question(*args, **options)
        key = (question, *map(_get_content, (*args, *options.items())))
        if key not in answers:
            answers[key] = question(*args, **options)
        answer: T = answers[key]
        return answer

    return ask


def _get_content(argument: Any) -> Any:
    if not isinstance(argument, pd.Series):
        return argument
    return str(argument.dtype), tuple(argument.index), tuple(argument.tolist())
