"""A playbook: the plays of a shop as a TOML an operator reads and changes (B51: segment x
touchpoint x strategy).

A play says for whom it is (`when`, in the language of rules), its ladder of steps (B70), each with
its channels in order, offer and templates; who does it, what part is held out, and after how long
it is judged. Plays are read top to bottom and the first that fits a customer is theirs; service
plays stand before all others. A playbook may extend another: its own plays come first, what it
calls by the same name replaces the other's in its place, and plays it names in `without` are left
out.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from winback.config.messaging import ChannelName
from winback.playbooks.message_templates import (
    VARIABLES,
    fill_template,
    format_amount,
    list_variables,
    split_template,
)

Channel = ChannelName
CHANNELS: tuple[Channel, ...] = get_args(Channel)

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _PlaybookModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LocalizedText(_PlaybookModel):
    """The same in both languages."""

    zh: Text
    en: Text

    def get_text(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class SourceClaim(_PlaybookModel):
    """An effect the source states. Without a control group it is a claim, never an expected
    effect (C19)."""

    source: str
    said: LocalizedText


class Offer(_PlaybookModel):
    """Something given; what it costs at most, how long it holds, and to whom it is open, in a
    sentence the shop publishes.

    The sentence is not optional: who is shown a better price by an automated choice must be able to
    learn the rule (PIPL art. 24).
    """

    title: LocalizedText
    kind: Literal["coupon", "percent", "threshold", "gift", "service"]
    value_minor: int | None = Field(None, ge=0, description="What is taken off; shown as {amount}.")
    from_minor: int | None = Field(
        None, ge=0, description="On an order of at least so much; shown as {threshold}."
    )
    cost_minor: int = Field(ge=0, description="What it costs the shop where it is used, at most.")
    expires_hours: int | None = Field(
        None, ge=1, description="It holds so long from when the message goes; or `ends_on`."
    )
    ends_on: date | None = Field(
        None, description="Its last day, the same for everybody; or `expires_hours`."
    )
    budget_minor: int | None = Field(
        None, ge=0, description="A week, at full cost; left out: no limit of its own."
    )
    eligibility: LocalizedText
    source: str

    @property
    def has_amounts(self) -> bool:
        """Whether it names or costs money, so that it holds in a playbook's own currencies only."""
        return bool(self.cost_minor) or self.value_minor is not None or self.from_minor is not None

    def format_text(self, text: str, currency: str, language: str) -> str:
        """A text of the offer with its amounts filled in."""
        amounts = {"amount": self.value_minor, "threshold": self.from_minor}
        shown = {
            name: format_amount(minor, currency, language)
            for name, minor in amounts.items()
            if minor is not None
        }
        return fill_template(text, shown)

    def count_days_held(self, day: date) -> float:
        """How many days it holds from a day on, parts of one among them; below 0 if it is over."""
        if self.expires_hours is not None:
            return self.expires_hours / 24
        assert self.ends_on is not None  # one of both is there
        return float((self.ends_on - day).days + 1)

    @model_validator(mode="after")
    def _check_end(self) -> Self:
        if (self.expires_hours is None) == (self.ends_on is None):
            raise ValueError("say either expires_hours, counted from the message, or ends_on")
        return self

    @model_validator(mode="after")
    def _check_amounts_in_text(self) -> Self:
        for text in (self.title.zh, self.title.en, self.eligibility.zh, self.eligibility.en):
            split_template(text)  # refuses a brace that is none of ours
            for name in list_variables(text):
                if name not in _FIELD_OF:
                    raise ValueError(
                        f"an offer may say {{amount}} and {{threshold}}, not {{{name}}}"
                    )
                if getattr(self, _FIELD_OF[name]) is None:
                    raise ValueError(f"it says {{{name}}}, but {_FIELD_OF[name]} is not set")
        return self


_FIELD_OF = {"amount": "value_minor", "threshold": "from_minor"}


class Template(_PlaybookModel):
    """A message with `{variables}`; `subject` is an e-mail's."""

    subject: LocalizedText | None = None
    text: LocalizedText
    script: bool = Field(False, description="For whoever calls; a customer never reads it.")
    source: str

    @model_validator(mode="after")
    def _check_variables(self) -> Self:
        for words in (self.text, *((self.subject,) if self.subject else ())):
            for text in (words.zh, words.en):
                split_template(text)  # refuses a brace that is none of ours
                unknown = [name for name in list_variables(text) if name not in VARIABLES]
                if unknown:
                    raise ValueError(
                        f"{{{unknown[0]}}} is no variable; there are {', '.join(sorted(VARIABLES))}"
                    )
        return self


class Step(_PlaybookModel):
    """One rung of a ladder: when, on what condition, through which channels (the first that
    reaches them), with what."""

    after_days: int = Field(0, ge=0, le=365, description="After the step before.")
    only_if: Literal["always", "not_opened", "not_clicked", "no_answer"] = "always"
    channels: tuple[Channel, ...] = Field(min_length=1)
    offer: Name | None = None
    templates: tuple[Name, ...] = Field(
        min_length=1, description="The first whose variables are all known."
    )


class Variant(_PlaybookModel):
    """One way to take a play's first step. What is left out is as the play has it; templates of
    its own make its own offer, or none."""

    name: Name
    title: LocalizedText
    after_days: int | None = Field(
        None, ge=0, le=365, description="When: so many days after the wave's approval."
    )
    channels: tuple[Channel, ...] | None = Field(None, min_length=1)
    offer: Name | None = None
    templates: tuple[Name, ...] | None = Field(None, min_length=1)

    def apply_to_step(self, first: Step) -> Step:
        """The play's first step in this variant."""
        changes: dict[str, object] = {}
        if self.templates is not None:
            changes |= {"templates": self.templates, "offer": self.offer}
        elif self.offer is not None:
            changes["offer"] = self.offer
        changes |= {
            name: getattr(self, name)
            for name in ("after_days", "channels")
            if getattr(self, name) is not None
        }
        return Step(**{**first.model_dump(), **changes})


class Test(_PlaybookModel):
    """A test of content, time, channel or offer on a play's first step (B94): variants in equal
    parts, drawn by household.

    method: `always_valid` may be looked at every week; `fixed` once, when as many customers as it
    needs are through.
    """

    __test__: ClassVar[bool] = False  # for pytest, which collects what is called so

    name: Name
    method: Literal["always_valid", "fixed"] = "always_valid"
    worth_points: float = Field(
        0.05, gt=0, lt=1, description="The smallest difference of the returning share that matters."
    )
    variants: tuple[Variant, ...] = Field(min_length=2, max_length=6)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [variant.name for variant in self.variants]
        if len(set(names)) < len(names):
            raise ValueError(f"test {self.name} has two variants of one name")
        return self


class Play(_PlaybookModel):
    """What to do about some customers. `when`: all of it must hold, in the language of rules."""

    name: Name
    title: LocalizedText
    when: tuple[str, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    stops: tuple[Literal["order", "unsubscribe", "complaint"], ...] = (
        "order",
        "unsubscribe",
        "complaint",
    )
    weekly: bool = Field(
        True,
        description="Whether it is for the weekly list; else a next step for the customer's page.",
    )
    service: bool = Field(
        False,
        description="A service call, no marketing: what forbids marketing does not forbid it.",
    )
    owner: LocalizedText
    holdout_share: float = Field(
        0.2, ge=0, le=0.5, description="Of the households, without the play (C19)."
    )
    success_days: int = Field(
        30, ge=1, le=365, description="It is judged by orders within so many days."
    )
    again_after_days: int = Field(60, ge=1, description="Nobody is asked again before.")
    test: Test | None = Field(
        None, description="Its first step in several ways, to learn which is best."
    )
    source: tuple[str, ...]
    claims: tuple[SourceClaim, ...] = ()


class Playbook(_PlaybookModel):
    """Plays in order, the first that fits wins; offers and templates by name; caps of messages a
    week by channel."""

    name: Name
    title: LocalizedText
    currencies: tuple[str, ...] = Field(
        (), description="In which its amounts make sense; left out: any."
    )
    caps_a_week: Mapping[Channel, Annotated[int, Field(ge=0)]] = Field(
        {}, description="A customer's messages a week; 0 is none (B86)."
    )
    offers: Mapping[Name, Offer] = {}
    templates: Mapping[Name, Template] = {}
    plays: tuple[Play, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What tells that a play, an offer or a template is another one."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        names: set[str] = set()
        for play in self.plays:
            if play.name in names:
                raise ValueError(f"there are two plays called {play.name}")
            names.add(play.name)
            firsts = (
                [variant.apply_to_step(play.steps[0]) for variant in play.test.variants]
                if play.test
                else []
            )
            for step in (*play.steps, *firsts):
                if step.offer is not None and step.offer not in self.offers:
                    raise ValueError(
                        f"play {play.name} offers {step.offer!r}, which is not among the offers"
                    )
                for name in step.templates:
                    if name not in self.templates:
                        raise ValueError(
                            f"play {play.name} uses the template {name!r}, which is not there"
                        )
                    if (self.templates[name].script) != (step.channels == ("call",)):
                        raise ValueError(
                            f"play {play.name} uses the template {name} through "
                            f"{', '.join(step.channels)}: "
                            "a script is for calls alone, and a call needs a script"
                        )
                    needs_offer = {"coupon", "amount", "threshold", "expiry", "eligibility"}
                    variables = {
                        each
                        for text in (self.templates[name].text.zh, self.templates[name].text.en)
                        for each in list_variables(text)
                    }
                    if step.offer is None and variables & needs_offer:
                        lacking = sorted(variables & needs_offer)[0]
                        raise ValueError(
                            f"play {play.name} makes no offer, but the template {name} says "
                            f"{{{lacking}}}"
                        )
        return self
