"""What the columns of an export hold, in a few words: the sum of one of money, the counts of one of
few words. Shown beside each, so that a column that matters and is not used is seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from winback.data.ingest.column_fits import looks_like_money, read_amounts
from winback.data.ingest.column_matching import split_words
from winback.data.ingest.free_columns import looks_like_whole_amounts
from winback.data.ingest.parsing import Column, match_pattern, parse_text
from winback.data.pseudonyms import mask_contacts

_TWO_WAYS = r"^-?[1-9][0-9]{0,2}[.,][0-9]{3}$"  # 1.234: a thousand, or little more than one
_NUMBERS = {"id", "no", "nr", "number", "num", "编号", "单号"}
# Neither a place nor a tax is what was paid, whatever its digits.
_PLACE = frozenset(
    {
        *("postal", "postcode", "zip", "zipcode", "plz", "postleitzahl", "cap", "cep", "邮编"),
        *("郵便番号", "mwst", "vat", "tax", "moms", "tva", "iva", "ust"),
        *("latitude", "longitude", "lat", "lng", "lon"),
    }
)
MOST_WORDS, LONGEST_WORD = 10, 24


@dataclass(frozen=True)
class ColumnContent:
    """What the rows that were looked at hold in a column. total: the sum of one of money over all
    rows, in the export's own unit, None where its numbers can be read two ways; words: how many
    rows have each, of a column of few words."""

    is_money: bool = False
    total: float | None = None
    words: Mapping[str, int] = field(default_factory=dict)


def describe_contents(sample: pd.DataFrame) -> dict[str, ColumnContent]:
    """What each column holds of which a few words can say it. sample: a file's first rows."""
    contents = {
        str(name): _describe_column(sample[name]) for name in sample if not _is_no_money(str(name))
    }
    return {name: content for name, content in contents.items() if content is not None}


def _describe_column(values: Column) -> ColumnContent | None:
    if looks_like_money(values) or looks_like_whole_amounts(values):
        is_clear = not match_pattern(parse_text(values).dropna(), _TWO_WAYS).any()
        total = round(float(read_amounts(values).sum()), 2) if is_clear else None
        return ColumnContent(is_money=True, total=total)
    words = parse_text(values).str.strip().fillna("")
    if 2 <= words.nunique() <= min(MOST_WORDS, len(words) // 2):
        counts = words.value_counts(sort=True).sort_index(kind="stable")
        in_order = counts.sort_values(ascending=False, kind="stable")
        shown = {_shorten(str(word)): int(count) for word, count in in_order.items()}
        return ColumnContent(words=shown)
    return None


def _is_no_money(name: str) -> bool:
    """Whether a column is called as a place, a tax or a number of something is."""
    words = split_words(name)
    last = words[-1] if words else ""
    is_number = last in _NUMBERS or last.endswith(("nummer", "番号", "单号", "编号"))
    return is_number or "%" in words or not _PLACE.isdisjoint(words)


def _shorten(word: str) -> str:
    return mask_contacts(word)[:LONGEST_WORD]
