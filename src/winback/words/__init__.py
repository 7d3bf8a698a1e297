"""What we say, in Chinese and English, from one catalogue. Rooms hand on keys and values; the wiring renders them.

One file a part of the product, each sentence `key: (English, Chinese)` with the same `{values}` in both languages;
`tests/test_words.py` holds that true.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

from winback.words.customers import CUSTOMERS
from winback.words.dashboard import DASHBOARD
from winback.words.diagnosis import DIAGNOSIS
from winback.words.first_import import FIRST_IMPORT
from winback.words.handout import HANDOUT
from winback.words.importing import IMPORTING
from winback.words.proof import PROOF
from winback.words.quality import QUALITY
from winback.words.reasons import REASONS
from winback.words.recall import RECALL_LIST
from winback.words.refusals import REFUSALS
from winback.words.report import REPORT
from winback.words.rules import RULES
from winback.words.service import SERVICE
from winback.words.training import TRAINING
from winback.words.watch import WATCH
from winback.words.waves import WAVES

Language = Literal["zh", "en"]


def say(key: str, language: Language, values: Mapping[str, Any] | None = None) -> str:
    """The sentence for a key in a language, with its values filled in."""
    english, chinese = CATALOGUE[key]
    told = {name: inert(value) if isinstance(value, str) else value for name, value in (values or {}).items()}
    return (chinese if language == "zh" else english).format_map(told)


def inert(text: str) -> str:
    """A text from outside as a terminal or a log may show it: no escape sequences, no line of its own (RELIABILITY D9)."""
    return _CONTROL.sub("�", text)


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet runs (RELIABILITY D10); lines stay lines."""
    told = "\n".join(map(inert, text.split("\n")))
    return f"'{told}" if re.match(FORMULA, told) else told


# What a spreadsheet takes for the beginning of a formula, also behind blanks and quotes and in full width.
FORMULA = r"""^[\s"']*[=+\-@\t\r\x00＝＋－＠]"""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

PARTS = (
    REFUSALS,
    IMPORTING,
    FIRST_IMPORT,
    QUALITY,
    TRAINING,
    CUSTOMERS,
    REASONS,
    REPORT,
    RULES,
    RECALL_LIST,
    DIAGNOSIS,
    HANDOUT,
    SERVICE,
    WAVES,
    PROOF,
    WATCH,
    DASHBOARD,
)
CATALOGUE: dict[str, tuple[str, str]] = {key: sentence for part in PARTS for key, sentence in part.items()}
