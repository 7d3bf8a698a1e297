"""Keeps heavy packages out of the service: XGBoost would pull pandas and scikit-learn in wherever
they are installed.

To be imported before anything that imports xgboost. They cost seconds of start and
hundreds of megabytes, and what is not loaded cannot unpickle anything.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

BLOCKED = ("mlflow", "sklearn", "pandas")


class _BlockedFinder(MetaPathFinder):
    """Says that a package is not installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"{name} is not used in the service", name=name)
        return None


def block_heavy_imports() -> None:
    """From now on HEAVY packages cannot be imported in this process."""
    if not any(isinstance(finder, _BlockedFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _BlockedFinder())
