"""Say a sentence of the catalogue in Chinese or English, with what came from outside made
harmless."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from winback.i18n.messages.api import SERVICE
from winback.i18n.messages.audit import AUDIT
from winback.i18n.messages.cases import CASES
from winback.i18n.messages.customers import CUSTOMERS
from winback.i18n.messages.dashboard import DASHBOARD
from winback.i18n.messages.dashboard_administration import DASHBOARD_ADMINISTRATION
from winback.i18n.messages.dashboard_customers import DASHBOARD_CUSTOMERS
from winback.i18n.messages.dashboard_data import DASHBOARD_DATA
from winback.i18n.messages.dashboard_model import DASHBOARD_MODEL
from winback.i18n.messages.dashboard_today import DASHBOARD_TODAY
from winback.i18n.messages.dashboard_waves import DASHBOARD_WAVES
from winback.i18n.messages.data_quality import QUALITY
from winback.i18n.messages.delivery import DELIVERY
from winback.i18n.messages.diagnosis import DIAGNOSIS
from winback.i18n.messages.errors import REFUSALS
from winback.i18n.messages.explanations import REASONS
from winback.i18n.messages.history import HISTORY
from winback.i18n.messages.import_wizard import FIRST_IMPORT
from winback.i18n.messages.ingest import IMPORTING
from winback.i18n.messages.measurement import PROOF
from winback.i18n.messages.model_errors import MODEL_REFUSALS
from winback.i18n.messages.monitoring import WATCH
from winback.i18n.messages.playbook_docs import HANDOUT
from winback.i18n.messages.recall_list import RECALL_LIST
from winback.i18n.messages.rules import RULES
from winback.i18n.messages.sender import SENDER
from winback.i18n.messages.training import TRAINING
from winback.i18n.messages.training_report import REPORT
from winback.i18n.messages.wave_plans import WAVE_PLANS
from winback.i18n.messages.waves import WAVES
from winback.i18n.plurals import agree

Language = Literal["zh", "en"]


def translate(key: str, language: Language, values: Mapping[str, Any] | None = None) -> str:
    """The sentence for a key in a language, with its values filled in."""
    english, chinese = CATALOGUE[key]
    safe_values = {
        name: strip_control_chars(value) if isinstance(value, str) else value
        for name, value in (values or {}).items()
    }
    sentence = chinese if language == "zh" else agree(english, safe_values)
    return sentence.format_map(safe_values)


def strip_control_chars(text: str) -> str:
    """A text from outside as a terminal or a log may show it: no escape sequences, no line of
    its own."""
    return _CONTROL.sub("�", text)


def escape_formula(text: str) -> str:
    """A text as a cell that no spreadsheet runs; lines stay lines."""
    safe = "\n".join(map(strip_control_chars, text.split("\n")))
    return f"'{safe}" if re.match(FORMULA, safe) else safe


# What a spreadsheet takes for the beginning of a formula, also behind blanks and quotes and in full
# width.
FORMULA = r"""^[\s"']*[=+\-@\t\r\x00＝＋－＠]"""
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)

PARTS = (
    REFUSALS,
    MODEL_REFUSALS,
    IMPORTING,
    HISTORY,
    CASES,
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
    WAVE_PLANS,
    AUDIT,
    DELIVERY,
    SENDER,
    PROOF,
    WATCH,
    DASHBOARD,
    DASHBOARD_TODAY,
    DASHBOARD_CUSTOMERS,
    DASHBOARD_WAVES,
    DASHBOARD_MODEL,
    DASHBOARD_DATA,
    DASHBOARD_ADMINISTRATION,
)
CATALOGUE: dict[str, tuple[str, str]] = {
    key: sentence for part in PARTS for key, sentence in part.items()
}
