"""A refusal in words, for whoever reads it: at the terminal and on pages."""

from winback.core.errors import WinbackError
from winback.i18n.translate import Language, translate


def format_error(error: WinbackError, language: Language) -> str:
    """A refusal in words. What depends on a value (which choice works) is worded first."""
    values = dict(error.values)
    key = error.key()
    if "nearest" in values:
        nearest = values["nearest"]
        ending = (
            "choice"
            if nearest is not None
            else ("none" if key == "history_too_short" else "nothing")
        )
        values["choice"] = translate(f"{key}.{ending}", language, {"choice": nearest})
    if "hint" in values:
        hint = values["hint"]
        values["choice"] = translate(
            f"{key}.{'hint' if hint else 'nothing'}", language, {"choice": hint}
        )
    if "fate" in values:
        values["fate"] = translate(f"{key}.{values['fate']}", language)
    if key == "channel_unreachable":
        values["why"] = translate(f"kept.{values['why']}", language)
    if key == "delivery_already_resolved":
        values["state"] = translate(f"wave.message.{values['state']}", language)
    if key == "nothing_imported":
        values["reason"] = translate(values["reason"], language)
    return translate(key, language, values)
