"""The five figures of a row in every table of read-outs."""

from collections.abc import Mapping
from typing import Any


def format_figures(readout: Mapping[str, Any]) -> list[str]:
    """Written to, held out, came back, because of you, and its interval; a dash where nobody was
    held out."""
    because = readout["incremental"]
    if because is None:
        return [f"{readout['treated']:,}", "0", f"{readout['gross']:,}", "–", ""]
    low, high = round(because["low"]), round(because["high"])
    return [
        f"{readout['treated']:,}",
        f"{readout['held_out']:,}",
        f"{readout['gross']:,}",
        f"{round(because['value']):,}",
        f"{low:,} … {high:,}",
    ]
