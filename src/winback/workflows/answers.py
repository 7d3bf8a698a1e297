"""What is known of files nobody has described: given beforehand, asked, or needed.

`--set KEY=VALUE` answers beforehand, for scripts; the keys are our names of columns, `timezone`,
`currency`, `dates`, `decimals`, `year`, `encoding`, `sheet`, `outcome_days`, `paid` (statuses that
mean a paid order, with commas), `amount_of` (whether an amount is the order's or the line's),
`rows_are` (of a file whose name says refunds), `amounts_in` (units or whole cents) and `name`.
"""

import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from winback.config.source_columns import OrderColumns
from winback.core.errors import AnswerInvalid, AnswerNeeded, AnswersNeeded, NotRecognised
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.workflows.process import print_note

if TYPE_CHECKING:  # the dashboard names the answers, and loads no pandas for it
    from winback.data.ingest.recognised_file import RecognisedFile

TOP = ("timezone", "currency", "outcome_days")
HOW = ("dates", "decimals", "year", "encoding", "sheet")
COLUMNS = tuple(ours for ours in OrderColumns.model_fields if ours not in (*TOP, *HOW))
ASKED_COLUMNS = (
    *("customer_id", "ordered_at", "order_id", "amount", "quantity", "refund_amount", "status"),
)
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

# What an amount that most orders repeat on their lines is paid for, and what the rows of a file
# are whose name says refunds.
LEVELS = {
    "amount_of": ("order", "line"),
    "rows_are": ("refunds", "orders"),
    "amounts_in": ("units", "minor"),
}

# What a status can be said to mean, beside paid: as `WORD=refunded` among those that are paid.
STATUS_MEANINGS = ("paid", "unpaid", "cancelled", "refunded", "ignore")

_CURRENCIES = "CNY, EUR, GBP, USD, JPY, KRW, TWD, HKD, PLN, BRL, MXN, IDR, VND, … (ISO 4217)"

# What the next questions go on with where nobody has answered and nothing was offered.
_UNKNOWN = {"timezone": "UTC", "currency": "USD"}

Ask = Callable[[str, str | None], str]


@dataclass(frozen=True)
class OpenQuestion:
    """A question nobody was there to answer. offered: the answer that would be offered."""

    key: str
    question: str
    offered: str | None

    @property
    def setting(self) -> str:
        """How the answer is given beforehand, as it is typed in a shell."""
        return f"--set {self.key}={shlex.quote(self.offered) if self.offered else '…'}"


class Answers:
    """What is known beforehand, asked, or needed. `asked`: how many questions it took.

    Where nobody can be asked, questions whose answer the next ones do not hang on are left open
    and answered for now as they would be offered: `refuse_open` then names them all at once.

    An answer given beforehand is one to every source that asks it. Of a column several may be
    given, as each file calls it.
    """

    def __init__(self, given: Sequence[tuple[str, str]], ask: Ask | None, language: Language):
        self.ask, self.language, self.asked = ask, language, 0
        self._given: dict[str, list[str]] = {}
        for key, value in given:
            self._given.setdefault(key, []).append(value)
        self._unused = list(given)
        self._open: list[OpenQuestion] = []

    def get_given(self, key: str) -> str | None:
        """The answer given beforehand, which counts as used; None without one. Raises
        AnswerInvalid where several are given."""
        values = dict.fromkeys(self._given.get(key, ()))
        if len(values) > 1:
            raise AnswerInvalid(key=key, value=", ".join(values), choices=next(iter(values)))
        for value in values:
            self._use(key, value)
            return value
        return None

    def get_given_columns(self, ours: str, names: Collection[str]) -> list[str] | None:
        """The column that was named beforehand and that a file of these columns has, of a status
        all that it has; empty where it was said to have none; None where nothing was said of this
        file."""
        said = self._given.get(ours, [])
        fitting = {value: found for value in said if (found := self._find(ours, value, names))}
        chosen = list(fitting) if ours == "status" else list(fitting)[:1]
        if not chosen and "" not in said:
            return None
        for value in chosen or [""]:
            self._use(ours, value)
        return list(dict.fromkeys(each for value in chosen for each in fitting[value]))

    def list_unknown_columns(self, names: Collection[str]) -> list[tuple[str, str]]:
        """The columns named beforehand that are none of these: (ours, the name)."""
        return [
            (ours, value)
            for ours in COLUMNS
            for value in self._given.get(ours, ())
            if value and not self._find(ours, value, names)
        ]

    @staticmethod
    def _find(ours: str, value: str, names: Collection[str]) -> list[str]:
        """The columns an answer names; of a status also several, with commas."""
        if value in names:
            return [value]
        parts = [each.strip() for each in value.split(",")] if ours == "status" else []
        return parts if len(parts) > 1 and set(parts) <= set(names) else []

    def is_given(self, key: str) -> bool:
        """Whether an answer was given beforehand."""
        return key in self._given

    def keep(self, key: str, value: str) -> None:
        """Keep an answer for all that ask the same later."""
        self._given[key] = [value]

    def list_unused(self) -> list[tuple[str, str]]:
        """What was given beforehand and nothing asked for."""
        return list(self._unused)

    def _use(self, key: str, value: str) -> None:
        self._unused = [each for each in self._unused if each != (key, value)]

    def refuse_open(self) -> None:
        """Raise AnswerNeeded or AnswersNeeded if a question was left open."""
        if not self._open:
            return
        first = self._open[0]
        values = {"question": first.question, "key": first.key, "setting": first.setting}
        if len(self._open) == 1:
            raise AnswerNeeded(**values)
        asked = tuple((each.question, each.setting) for each in self._open)
        raise AnswersNeeded(**values, questions=asked)

    def get_choice(
        self, key: str, why: Mapping[str, Any], usual: str | None, choices: Sequence[str]
    ) -> str:
        """The answer to `ask.<key>` where no other question hangs on it; usual: what is offered,
        None where nothing speaks for any."""
        if self.ask is None and not self.is_given(key):
            self._open.append(OpenQuestion(key, translate(f"ask.{key}", self.language, why), usual))
            return usual or _UNKNOWN[key]
        return self.get_answer(key, why, usual, choices)

    def get_answer(
        self, key: str, values: Mapping[str, Any], default: str | None, choices: Sequence[str]
    ) -> str:
        """The answer to `ask.<key>`, which must be one of the choices."""
        given = self.get_given(key)
        if given is not None:
            return check_answer(key, given, choices)
        question = translate(f"ask.{key}", self.language, values)
        if self.ask is None:
            self._open.append(OpenQuestion(key, question, default))
            self.refuse_open()
        assert self.ask is not None
        self.asked += 1
        while True:
            try:
                return check_answer(key, self.ask(question, default).strip(), choices)
            except AnswerInvalid as wrong:
                print_note(translate("answer_invalid", self.language, wrong.values))

    def get_named_columns(self) -> dict[str, Sequence[str]]:
        """The columns of order sheets that were named beforehand: ours → the files'."""
        named = {ours: [each for each in self._given.get(ours, ()) if each] for ours in COLUMNS}
        parts = [part.strip() for each in named["status"] for part in each.split(",")]
        named["status"] = list(dict.fromkeys([*named["status"], *parts]))
        return {ours: names for ours, names in named.items() if names}

    def ask_column(
        self,
        ours: str,
        file: "RecognisedFile",
        candidates: Sequence[str],
        needed: bool,
        is_offered: bool = True,
    ) -> str:
        """The column that is `ours`, chosen by its number or name; empty where it is none of
        them.

        candidates: those that could be it; none: any could. needed: without it the file is no
        order sheet. is_offered: the first candidate is the likeliest. Raises NotRecognised.
        """
        offered = list(candidates or file.names)
        usual = offered[0] if candidates and is_offered else None
        shown = [
            strip_control_chars(f"{name} ({', '.join(file.samples.get(name, ())) or '–'})")
            for name in offered
        ]
        what = self._ask_for(ours, file.file)
        if self.ask is None:
            values = {"what": what, "columns": "; ".join(shown)}
            question = translate("ask.column", self.language, values)
            self._open.append(OpenQuestion(ours, question, usual))
            return offered[0] if candidates or needed else ""
        none = translate("ask.none_not_orders" if needed else "ask.none", self.language)
        lines = [f"  {number}  {each}" for number, each in enumerate(shown, start=1)]
        question = "\n".join((what, *lines, f"  0  {none}"))
        self.asked += 1
        while True:
            answer = self.ask(question, "1" if usual else None).strip()
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

    def _ask_for(self, ours: str, file: str) -> str:
        if ours in ASKED_COLUMNS:
            return translate(f"ask.{ours}", self.language, {"file": file})
        meaning = translate(f"field.{ours}", self.language)
        return translate("ask.other", self.language, {"file": file, "meaning": meaning})

    def ask_paid_statuses(self, unknown: Mapping[str, int]) -> dict[str, str]:
        """What some statuses mean; those left out mean no order. unknown: with how many rows each
        has among those looked at, 0 where that is not counted."""
        given = self.get_given("paid")
        if given is not None:
            return _read_statuses(given.split(","))
        shown = [f"{word} ({count})" if count else word for word, count in unknown.items()]
        question = translate("ask.paid", self.language, {"words": ", ".join(shown)})
        if self.ask is None:
            self._open.append(OpenQuestion("paid", question, None))
            return {}
        self.asked += 1
        return _read_statuses(re.split("[,，]", self.ask(question, None)))


def _read_statuses(words: Sequence[str]) -> dict[str, str]:
    """Statuses and what each means: paid, or what stands behind it as in `WORD=refunded`."""
    meant = {}
    for word in (each.strip() for each in words):
        before, _, behind = word.rpartition("=")
        is_said = bool(before) and behind.strip() in STATUS_MEANINGS
        meant[before.strip() if is_said else word] = behind.strip() if is_said else "paid"
    return meant


def check_answer(key: str, answer: str, choices: Sequence[str]) -> str:
    """The answer, if it is one of the choices, or looks like a currency. Raises AnswerInvalid."""
    fits = bool(re.fullmatch("[A-Z]{3}", answer)) if key == "currency" else answer in choices
    if not fits:
        raise AnswerInvalid(
            key=key, value=answer, choices=", ".join(list(choices)[:12]) or _CURRENCIES
        )
    return answer


def parse_answers(given: Sequence[str]) -> list[tuple[str, str]]:
    """Answers given as `KEY=VALUE`. Raises AnswerInvalid."""
    answers = []
    for each in given:
        key, equals, value = each.partition("=")
        if not equals:
            raise AnswerInvalid(key="--set", value=each, choices="KEY=VALUE")
        answers.append((key.strip(), value.strip()))
    return answers


def check_answers(answers: Sequence[tuple[str, str]]) -> None:
    """Refuse an answer to what is never asked, and one that none of its choices is."""
    keys = tuple(dict.fromkeys(("name", *TOP, *HOW, "paid", *LEVELS, *COLUMNS)))
    for key, value in answers:
        if key not in keys:
            raise AnswerInvalid(key="--set", value=f"{key}={value}", choices=", ".join(keys))
        if key in TWO_WAYS:
            check_answer(key, value, TWO_WAYS[key])
        if key in LEVELS:
            check_answer(key, value, LEVELS[key])
        if key in ("outcome_days", "year") and not value.isdecimal():
            raise AnswerInvalid(key=key, value=value, choices="1, 2, 3 …")
