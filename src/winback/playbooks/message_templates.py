"""Messages: `{variables}` in a text and nothing else, so that no template can run, loop or reach
into the program.

A message goes out whole or not at all: a variable without a value stops it and says which; so does
a text too long for its channel, or a channel's missing sign or way to unsubscribe. What comes from
the shop's data is made inert first.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from winback.core.expiry_marks import fill_longest, strip_marks
from winback.i18n.numbers import format_units
from winback.i18n.translate import strip_control_chars

# Each is explained in the catalogue, `variable.<name>`.
VARIABLES = (
    "shop",
    "days",
    "orders",
    "bestseller",
    "favourite",
    "last_product",
    "category",
    "coupon",
    "amount",
    "threshold",
    "expiry",
    "eligibility",
    "owner",
)

# Only the shop or the offer decides these, so they are the same for everybody.
OF_THE_SHOP = frozenset({"shop", "coupon", "amount", "threshold", "expiry", "eligibility"})
MOST_OF_A_NAME = 24  # characters of a product's name: a marketplace title can have a hundred
MOST_WECOM_BYTES = 4000  # of a task's text
_PART = re.compile(r"\{([a-z_]+)\}|(\{\{|\}\})|([{}])")
# GSM 03.38, the basic characters; one of any other makes a message count in 70s instead of 160s.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ "
    "!\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)


@dataclass(frozen=True)
class MessageRules:
    """What the channels of a shop ask of every message."""

    sms_sign: str | None
    sms_opt_out: str
    sms_segments: int
    email_opt_out: str | None


@dataclass(frozen=True)
class Message:
    """A message as it goes out. segments: how many SMS it costs, 0 on other channels; variables:
    those that were filled in."""

    text: str
    subject: str | None = None
    segments: int = 0
    variables: tuple[str, ...] = ()


Why = Literal[
    "variable_missing",
    "too_long",
    "sms_sign_missing",
    "sms_opt_out_missing",
    "email_opt_out_missing",
    "subject_missing",
    "not_personal",
    "offer_currency",
    "offer_ended",
    "unreachable",
    "no_consent",
]


@dataclass(frozen=True)
class MessageBlocked:
    """Why a message does not go: a key of the catalogue (`stopped.<why>`) and what is the
    matter."""

    why: Why
    detail: str = ""


def split_template(text: str) -> list[str]:
    """A template's text in pieces: plain text and `{names}` in turn. Raises ValueError on a
    brace that is neither."""
    pieces, end = [], 0
    for match in _PART.finditer(text):
        if match[3]:
            raise ValueError(
                f"a single {match[3]} in {text[max(0, match.start() - 10) : match.end() + 10]!r}; "
                "a variable is written {name}, a brace {{ or }}"
            )
        pieces += [text[end : match.start()], f"{{{match[1]}}}" if match[1] else match[2][0]]
        end = match.end()
    return [*pieces, text[end:]]


def list_variables(text: str) -> tuple[str, ...]:
    """The variables of a text, in order, each once."""
    return tuple(dict.fromkeys(match[1] for match in _PART.finditer(text) if match[1]))


def render_message(
    text: str,
    subject: str | None,
    values: Mapping[str, str | None],
    channel: str,
    rules: MessageRules,
) -> Message | MessageBlocked:
    """A template filled in for one customer and one channel, or why it cannot be.

    values: of the variables; None or nothing where not known.
    """
    for each in (text, *((subject,) if subject and channel == "email" else ())):
        for name in list_variables(each):
            if channel == "audience" and name not in OF_THE_SHOP:
                return MessageBlocked("not_personal", name)
            if not (values.get(name) or "").strip():
                return MessageBlocked("variable_missing", name)
    body = fill_template(text, values)
    if channel == "sms":
        # Carriers read the sign by its brackets: no other text may look like one.
        body = f"{rules.sms_sign or ''}{body.translate(_BRACKETS)} {rules.sms_opt_out}"
    if channel == "email":
        body = f"{body}\n\n{rules.email_opt_out or ''}"
    title = " ".join(fill_template(subject, values).split()) if subject else None
    return check_message(body, title if channel == "email" else None, channel, rules)


def check_message(
    text: str, subject: str | None, channel: str, rules: MessageRules
) -> Message | MessageBlocked:
    """A whole text as it goes through a channel, or why it may not. What it says of an offer's end
    is measured by the longest day there is."""
    measured = fill_longest(text)
    match channel:
        case "sms":
            if not rules.sms_sign or not text.startswith(rules.sms_sign):
                return MessageBlocked("sms_sign_missing")
            if not text.endswith(rules.sms_opt_out):
                return MessageBlocked("sms_opt_out_missing")
            segments = count_sms_segments(measured)
            if segments > rules.sms_segments:
                return MessageBlocked("too_long", f"{segments} > {rules.sms_segments} SMS")
            return Message(text, None, segments)
        case "email":
            if not subject:
                return MessageBlocked("subject_missing")
            if not rules.email_opt_out or not text.endswith(rules.email_opt_out):
                return MessageBlocked("email_opt_out_missing")
            return Message(text, subject)
        case "wecom":
            size = len(measured.encode())
            if size > MOST_WECOM_BYTES:
                return MessageBlocked("too_long", f"{size} > {MOST_WECOM_BYTES} bytes")
    return Message(text)


def count_sms_segments(text: str) -> int:
    """How many SMS a text costs: 160 characters of the GSM alphabet or 70 of any other, a few
    less where they are joined."""
    single, joined, size = (
        (160, 153, len(text)) if set(text) <= _GSM else (70, 67, len(text.encode("utf-16-le")) // 2)
    )
    return 1 if size <= single else -(-size // joined)


def format_amount(minor: int, currency: str, language: str) -> str:
    """Money as a message says it: 100元, CNY 100, USD 9.50."""
    number = re.sub(r"\.0+$", "", format_units(minor, currency))
    return f"{number}元" if (currency, language) == ("CNY", "zh") else f"{currency} {number}"


def clean_name(name: str) -> str:
    """A product's name as a message may say it: one line, no control characters, not too long."""
    bare = re.sub(
        r"【[^】]*】|\[[^\]]*\]|<[^>]*>", " ", strip_control_chars(name).replace("�", "")
    )  # 【清仓】 is for the shop window
    text = " ".join((bare if bare.strip() else name.translate(_BRACKETS)).split())
    return text if len(text) <= MOST_OF_A_NAME else text[: MOST_OF_A_NAME - 1] + "…"


_BRACKETS = str.maketrans("【】", "[]")


def fill_template(text: str, values: Mapping[str, str | None]) -> str:
    """A text with its variables filled in, in one pass: what a value says is never read again."""
    pieces = []
    for piece in split_template(text):
        name = piece[1:-1] if len(piece) > 1 and piece[0] == "{" else ""
        value = (values.get(name) or "") if name else piece
        # Only this one may be filled in later; what looks like its marks anywhere else is none.
        value = value if name == "expiry" else strip_marks(value)
        pieces.append(value if not name or name in OF_THE_SHOP else clean_name(value))
    return "".join(pieces)


def render_first_complete(
    templates: Sequence[tuple[str, str | None]],
    values: Mapping[str, str | None],
    channel: str,
    rules: MessageRules,
) -> Message | MessageBlocked:
    """The message of the first template that can go; else why the last could not. templates:
    texts and subjects."""
    result: Message | MessageBlocked = MessageBlocked("variable_missing")
    for text, subject in templates:
        result = render_message(text, subject, values, channel, rules)
        if isinstance(result, Message):
            shown = subject if subject and result.subject is not None else ""
            return replace(result, variables=list_variables(f"{text}{shown}"))
    return result
