"""What an import and its data quality alerts say, in words (B59)."""

from collections.abc import Mapping, Sequence
from typing import Any

from winback.data.store import ImportRemark
from winback.i18n.numbers import format_count, format_money
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


def format_remark(remark: ImportRemark, currency: str, language: Language) -> str:
    """What is said of an import's rows, its counts and its money as people write them."""
    values = {
        name: format_count(value) if isinstance(value, int) else value
        for name, value in remark["values"].items()
    }
    if "minor" in values:
        values["amount"] = format_money(int(remark["values"]["minor"]), currency, exact=True)
    return translate(f"import.remark.{remark['key']}", language, values)


def format_remarks(remarks: Sequence[ImportRemark], currency: str, language: Language) -> list[str]:
    """`format_remark` of each."""
    return [format_remark(each, currency, language) for each in remarks]


def format_source_name(name: str, language: Language) -> str:
    """A source's name with its kind in the reader's words: `orders · taobao` → `订单 · taobao`."""
    kind, *rest = name.split(" · ")
    return " · ".join([translate(f"quality.{kind}", language), *rest]) if kind else ""
