"""What a data quality alarm says, in words (B59)."""

from collections.abc import Mapping
from typing import Any

from winback.i18n.translate import Language, say

_SHARES = ("refused", "missing", "duplicates", "unmatched_ids", "unmatched_skus")


def alarm_sentence(alarm: Mapping[str, Any], language: Language) -> str:
    """What an alarm says, its shares as percent."""
    share = alarm["measure"] in _SHARES
    written = {
        name: f"{alarm[name]:.1%}" if share else f"{alarm[name]:,.1f}"
        for name in ("value", "threshold")
    }
    column = (
        say(f"staged.{alarm['column']}", language, {"currency": ""}).strip()
        if alarm["column"]
        else ""
    )
    source = source_name(alarm["source"], language)
    return say(
        f"alarm.{alarm['measure']}",
        language,
        {**alarm, **written, "column": column, "source": source},
    )


def source_name(name: str, language: Language) -> str:
    """A source's name with its kind in the reader's words: `orders · taobao` → `订单 · taobao`."""
    kind, *rest = name.split(" · ")
    return " · ".join([say(f"quality.{kind}", language), *rest]) if kind else ""
