"""The five figures of a row in every table of read-outs."""

from collections.abc import Mapping
from typing import Any


def figures(told: Mapping[str, Any]) -> list[str]:
    """Written to, held out, came back, because of you, and its interval; a dash where nobody was
    held out."""
    because = told["incremental"]
    if because is None:
        return [f"{told['treated']:,}", "0", f"{told['gross']:,}", "–", ""]
    low, high = round(because["low"]), round(because["high"])
    return [
        f"{told['treated']:,}",
        f"{told['held_out']:,}",
        f"{told['gross']:,}",
        f"{round(because['value']):,}",
        f"{low:,} … {high:,}",
    ]
