"""What a data quality alert says, in words (B59)."""

from collections.abc import Mapping
from typing import Any

from winback.i18n.translate import Language, translate

_SHARES = ("refused", "missing", "duplicates", "unmatched_ids", "unmatched_skus")


def format_quality_alert(alert: Mapping[str, Any], language: Language) -> str:
    """What an alert says, its shares as percent."""
    share = alert["measure"] in _SHARES
    written = {
        name: f"{alert[name]:.1%}" if share else f"{alert[name]:,.1f}"
        for name in ("value", "threshold")
    }
    column = (
        translate(f"staged.{alert['column']}", language, {"currency": ""}).strip()
        if alert["column"]
        else ""
    )
    source = format_source_name(alert["source"], language)
    return translate(
        f"quality_alert.{alert['measure']}",
        language,
        {**alert, **written, "column": column, "source": source},
    )


def format_source_name(name: str, language: Language) -> str:
    """A source's name with its kind in the reader's words: `orders · taobao` → `订单 · taobao`."""
    kind, *rest = name.split(" · ")
    return " · ".join([translate(f"quality.{kind}", language), *rest]) if kind else ""
