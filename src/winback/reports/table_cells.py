"""The five figures of a row in every table of read-outs."""

from winback.i18n.numbers import format_count
from winback.measurement.readout import ShareEffect


def format_figures(effect: ShareEffect) -> list[str]:
    """Written to, held out, came back, because of you, and its interval; a dash where nobody was
    held out."""
    because = effect.incremental
    if because is None:
        return [format_count(effect.treated), "0", format_count(effect.gross), "–", ""]
    return [
        format_count(effect.treated),
        format_count(effect.held_out),
        format_count(effect.gross),
        format_count(round(because.value)),
        f"{format_count(round(because.low))} … {format_count(round(because.high))}",
    ]
