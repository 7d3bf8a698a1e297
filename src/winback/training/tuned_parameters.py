"""A shop's own parameters of the XGBoost core: the ranges they are looked for in, and how they
are read back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from winback.core.errors import ParametersUnreadable

# Each parameter's kind and range; read back, a value outside would be refused by XGBoost later, or
# train nothing.
RANGES: Mapping[str, tuple[type, float, float]] = {
    "max_depth": (int, 2, 7),
    "learning_rate": (float, 0.01, 0.2),
    "min_child_weight": (float, 1, 200),
    "reg_lambda": (float, 0.1, 100),
    "colsample_bytree": (float, 0.1, 1.0),
    "subsample": (float, 0.4, 1.0),
    "trees": (int, 50, 600),
}
BY_RATIO = ("learning_rate", "min_child_weight", "reg_lambda")


def draw_parameters(trial: Any) -> dict[str, float]:
    """Parameters for one trial of optuna's."""
    return {
        name: trial.suggest_int(name, low, high)
        if kind is int
        else trial.suggest_float(name, low, high, log=name in BY_RATIO)
        for name, (kind, low, high) in RANGES.items()
    }


def load_tuned(path: Path) -> Mapping[str, Any]:
    """The parameters in a file that `tune.py` wrote. Raises ParametersUnreadable."""
    known = ", ".join(RANGES)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        parameters = (
            dict(content.get("parameters", content)) if isinstance(content, dict) else {"": content}
        )
    except (OSError, ValueError, TypeError) as error:
        raise ParametersUnreadable(file=str(path), detail=str(error), known=known) from None
    wrong = {name: value for name, value in parameters.items() if not _is_in_range(name, value)}
    if wrong or not parameters:
        raise ParametersUnreadable(
            file=str(path), detail=json.dumps(wrong) if wrong else "{}", known=known
        )
    return parameters


def _is_in_range(name: str, value: Any) -> bool:
    if name not in RANGES or isinstance(value, bool):
        return False
    kind, low, high = RANGES[name]
    return isinstance(value, int if kind is int else int | float) and low <= value <= high
