"""A refusal in words, for whoever reads it: at the terminal and on pages."""

from collections.abc import Mapping
from typing import Any

from winback.core.errors import WinbackError
from winback.i18n.translate import CATALOGUE, Language, translate


def format_error(error: WinbackError, language: Language, on_page: bool = False) -> str:
    """A refusal in words. What depends on a value (which choice works) is worded first. on_page:
    for whoever sees no terminal, and can give no option of a command."""
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
    if key == "edited_text_blocked":
        values["why"] = translate(f"stopped.{values['why']}", language, values)
    if key == "nothing_imported":
        key = f"{key}.left_out" if values["reason"] == "only_left_out" else key
        values["reason"] = translate(values["reason"], language)
    if key == "not_recognised":
        values["lacking"] = _name_fields(str(values["lacking"]), language)
    if key == "answers_needed" and not on_page:
        return _list_questions(values, language)
    page = f"{key}.page"
    return translate(page if on_page and page in CATALOGUE else key, language, values)


def _list_questions(values: Mapping[str, Any], language: Language) -> str:
    """Each question in a paragraph of its own, below it how it is answered."""
    lines = [translate("answers_needed", language, {"count": len(values["questions"])})]
    for number, (question, setting) in enumerate(values["questions"], start=1):
        asked = {"number": number, "question": question, "setting": setting}
        lines += [translate("answers_needed.question", language, asked)]
        lines += [translate("answers_needed.setting", language, asked)]
    return "\n".join(lines)


def _name_fields(names: str, language: Language) -> str:
    """Our names of columns with what they mean; a file's own stay as they are."""
    named = []
    for name in names.split(", "):
        known = f"field.{name}" in CATALOGUE
        named.append(f"{name} ({translate(f'field.{name}', language)})" if known else name)
    return ", ".join(named)
