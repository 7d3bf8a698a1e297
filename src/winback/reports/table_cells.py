"""The five figures of a row in every table of read-outs."""

from collections.abc import Mapping
from typing import Any

from winback.i18n.numbers import format_count


def format_figures(readout: Mapping[str, Any]) -> list[str]:
    """Written to, held out, came back, because of you, and its interval; a dash where nobody was
    held out."""
    because = readout["incremental"]
    if because is None:
        return [format_count(readout["treated"]), "0", format_count(readout["gross"]), "–", ""]
    low, high = round(because["low"]), round(because["high"])
    return [
        format_count(readout["treated"]),
        format_count(readout["held_out"]),
        format_count(readout["gross"]),
        format_count(round(because["value"])),
        f"{format_count(low)} … {format_count(high)}",
    ]
