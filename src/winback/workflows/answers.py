"""What is known of files nobody has described: given beforehand, asked, or needed.

`--set KEY=VALUE` answers beforehand, for scripts; the keys are our names of columns, `timezone`,
`currency`, `dates`, `decimals`, `year`, `encoding`, `sheet`, `outcome_days`, `paid` (statuses that
mean a paid order, with commas) and `name`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from winback.config.source_columns import OrderColumns
from winback.core.errors import AnswerInvalid, AnswerNeeded, NotRecognised
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.workflows.process import print_note

if TYPE_CHECKING:  # the dashboard names the answers, and loads no pandas for it
    from winback.data.ingest.recognised_file import RecognisedFile

TOP = ("timezone", "currency", "outcome_days")
HOW = ("dates", "decimals", "year", "encoding", "sheet")
COLUMNS = tuple(OrderColumns.model_fields)
TWO_WAYS = {"dates": ("auto", "dmy", "mdy", "ymd"), "decimals": ("auto", "point", "comma")}
ENCODINGS = (
    "cp1252",
    "iso-8859-15",
    "cp1250",
    "cp1251",
    "big5",
    "shift_jis",
    "euc_kr",
    "gb18030",
    "utf-8",
)

Ask = Callable[[str, str | None], str]


class Answers:
    """What is known beforehand, asked, or needed. `asked`: how many questions it took."""

    def __init__(self, answers: dict[str, str], ask: Ask | None, language: Language) -> None:
        self.left, self.ask, self.language, self.asked = answers, ask, language, 0

    def get_answer(
        self, key: str, values: Mapping[str, Any], default: str | None, choices: Sequence[str]
    ) -> str:
        """The answer to `ask.<key>`, which must be one of the choices."""
        if key in self.left:
            return check_answer(key, self.left.pop(key), choices)
        question = translate(f"ask.{key}", self.language, values)
        if self.ask is None:
            raise AnswerNeeded(question=question, key=key)
        self.asked += 1
        while True:
            try:
                return check_answer(key, self.ask(question, default).strip(), choices)
            except AnswerInvalid as wrong:
                print_note(translate("answer_invalid", self.language, wrong.values))

    def get_named_columns(self) -> dict[str, str]:
        """The columns of an order sheet that were named beforehand: ours → the file's."""
        return {ours: self.left[ours] for ours in COLUMNS if self.left.get(ours)}

    def ask_column(
        self, ours: str, file: "RecognisedFile", candidates: Sequence[str], needed: bool
    ) -> str:
        """The column that is `ours`, chosen by its number or name; empty where it is none of
        them.

        candidates: those that could be it; none: any could. needed: without it the file is no
        order sheet. Raises AnswerNeeded and NotRecognised.
        """
        offered = list(candidates or file.names)
        shown = [
            strip_control_chars(f"{name} ({', '.join(file.samples.get(name, ())) or '–'})")
            for name in offered
        ]
        what = translate(f"ask.{ours}", self.language, {"file": file.file})
        if self.ask is None:
            values = {"what": what, "columns": "; ".join(shown)}
            question = translate("ask.column", self.language, values)
            raise AnswerNeeded(question=question, key=ours)
        none = translate("ask.none_not_orders" if needed else "ask.none", self.language)
        lines = [f"  {number}  {each}" for number, each in enumerate(shown, start=1)]
        question = "\n".join((what, *lines, f"  0  {none}"))
        self.asked += 1
        while True:
            answer = self.ask(question, "1" if candidates else None).strip()
            if answer in ("", "0"):
                break
            if answer.isdecimal() and int(answer) <= len(offered):
                return offered[int(answer) - 1]
            if answer in file.names:
                return answer
            wrong = {"key": ours, "value": answer, "choices": f"0 – {len(offered)}"}
            print_note(translate("answer_invalid", self.language, wrong))
        if needed:
            raise NotRecognised(file=file.file, found=", ".join(file.names[:40]), lacking=ours)
        return ""

    def ask_paid_statuses(self, unknown: Sequence[str]) -> set[str]:
        """Which of some statuses mean that an order was paid."""
        if "paid" in self.left:
            return {word.strip() for word in self.left.pop("paid").split(",")}
        question = translate("ask.paid", self.language, {"words": ", ".join(unknown)})
        if self.ask is None:
            raise AnswerNeeded(question=question, key="paid")
        self.asked += 1
        return {word.strip() for word in re.split("[,，]", self.ask(question, None))}


def check_answer(key: str, answer: str, choices: Sequence[str]) -> str:
    """The answer, if it is one of the choices, or looks like a currency. Raises AnswerInvalid."""
    fits = bool(re.fullmatch("[A-Z]{3}", answer)) if key == "currency" else answer in choices
    if not fits:
        raise AnswerInvalid(
            key=key, value=answer, choices=", ".join(list(choices)[:12]) or "CNY, EUR, GBP, USD"
        )
    return answer


def parse_answers(given: Sequence[str]) -> dict[str, str]:
    """Answers given as `KEY=VALUE`. Raises AnswerInvalid."""
    answers = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals:
            raise AnswerInvalid(key="--set", value=each, choices="KEY=VALUE")
        answers[key.strip()] = value.strip()
    return answers


def check_answers(answers: Mapping[str, str]) -> None:
    """Refuse an answer to what is never asked, and one that none of its choices is."""
    keys = tuple(dict.fromkeys(("name", *TOP, *HOW, "paid", *COLUMNS)))
    for key, value in answers.items():
        if key not in keys:
            raise AnswerInvalid(key="--set", value=f"{key}={value}", choices=", ".join(keys))
        if key in TWO_WAYS:
            check_answer(key, value, TWO_WAYS[key])
        if key in ("outcome_days", "year") and not value.isdecimal():
            raise AnswerInvalid(key=key, value=value, choices="1, 2, 3 …")
