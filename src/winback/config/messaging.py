"""What every message needs, how much fits into a week, and how waves are sent."""

import re
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from winback.config.quiet_hours import CLOSES, EARLIEST, LATEST, OPENS
from winback.config.settings import Settings


class MessageSettings(Settings):
    """What every message needs to know of the shop."""

    language: Literal["zh", "en"] | None = Field(
        None,
        description="The language messages are written in. Left out: Chinese where `currency` is "
        "CNY, else English.",
    )
    shop_name: str | None = Field(
        None, description="What a message calls the shop. Left out: the shop's `name`."
    )
    sms_sign: str | None = Field(
        None,
        description="The registered sign of every SMS with its brackets, such as 【木屋家居】. "
        "Left out: no SMS is written.",
    )
    sms_opt_out: str | None = Field(
        None,
        min_length=1,
        description="How every SMS ends. Left out: 拒收请回复R, or in English Reply STOP to opt "
        "out.",
    )
    email_opt_out: str | None = Field(
        None,
        description="How every e-mail ends: the address of the page to unsubscribe. Left out: no "
        "e-mail is written.",
    )
    sms_segments: int = Field(
        2, ge=1, le=10, description="How many SMS one message may cost; a longer one is not sent."
    )

    @field_validator("sms_sign")
    @classmethod
    def _check_sms_signature(cls, sign: str | None) -> str | None:
        if sign is not None and not re.fullmatch(
            r"【[^【】\s][^【】]*】|\[[^\[\]\s][^\[\]]*\]", sign
        ):
            raise ValueError("write the registered sign with its brackets, such as 【木屋家居】")
        return sign


class RecallSettings(Settings):
    """How much of the weekly list can be worked on. Service calls need no room. Left out is no
    limit, 0 is none."""

    capacity: int | None = Field(
        None, ge=0, description="How many customers a list may contact; the others wait."
    )
    capacity_of_owner: int | None = Field(
        None, ge=0, description="How many customers a list may give to one owner."
    )
    budget_minor: int | None = Field(
        None,
        ge=0,
        description="What the offers of a list, and of its wave, may cost, in minor units "
        "(1999 is 19.99 EUR and 1,999 JPY), each at its "
        "full cost.",
    )
    blackout: tuple[date, ...] = Field(
        (),
        description="Days on which no customer is contacted, such as those of a sale; messages "
        "wait for the next day.",
        examples=[["2026-11-11"]],
    )


BudgetPeriod = Literal["month", "quarter", "half_year"]
ChannelName = Literal["wecom", "sms", "email", "call", "audience"]


class WaveSettings(Settings):
    """Waves: who is in the holdout, and how often and when customers are contacted. A limit of 0
    is none, not unlimited."""

    holdout_share: float | None = Field(
        None,
        ge=0,
        le=0.5,
        description="Part of each play's households in the holdout; fixed by a half-year's first "
        "wave. Left out: as the playbook says.",
    )
    every_holdout_share: float = Field(
        0.02,
        ge=0,
        le=0.5,
        description="Part of all households that no playbook ever contacts; fixed by the shop's "
        "first wave.",
    )
    washout_days: int = Field(
        28,
        ge=0,
        le=90,
        description="Days after a household was drawn anew in which it is not contacted, if it "
        "changed sides.",
    )
    messages_a_week: int | None = Field(
        3, ge=0, description="Messages to one customer, over all channels, in any seven days."
    )
    messages_a_day: dict[ChannelName, Annotated[int, Field(ge=0)]] = Field(
        {"wecom": 1},
        description="Messages of a channel to one customer in any 24 hours. A channel not named "
        "here has no such limit.",
        examples=[{"wecom": 1, "sms": 1}],
    )
    consent: tuple[ChannelName, ...] = Field(
        ("sms",),
        description="Channels whose messages need the customer's consent: `sms_consent` or "
        "`email_consent` of the contacts.",
    )
    opens: time = Field(
        OPENS,
        description="No customer is contacted before, by the clock of where they are; from 08:00 "
        "on.",
    )
    closes: time = Field(
        CLOSES,
        description="Nor from then on, by the same clock; later than `opens`, at most 21:00.",
    )
    witness: str | None = Field(
        None,
        description="A Postgres URL on another machine, asked before each batch: a copied machine "
        "cannot send then. Left out: none is asked.",
    )
    most_of_base: float = Field(
        0.25,
        gt=0,
        le=1,
        description="Part of all customers above which a wave's plan warns, if it is 20 people or "
        "more.",
    )
    budgets_minor: dict[BudgetPeriod, Annotated[int, Field(ge=0)]] = Field(
        {},
        description="What all waves of a calendar month, quarter or half-year may cost, in minor "
        "units, by when messages go. Left out: no limit.",
        examples=[{"month": 500_000, "half_year": 2_000_000}],
    )
    most_opt_outs_per_1000: float = Field(
        5,
        gt=0,
        le=1000,
        description="Of 1,000 messages of a channel how many may be answered by unsubscribing; "
        "above it the channel stops. 1000: it never does.",
    )
    most_spam_complaints_per_1000: float = Field(
        1,
        gt=0,
        le=1000,
        description="Of 1,000 messages of a channel how many may be reported as spam; above it the "
        "channel stops. 1000: it never does.",
    )
    seal_key: str | None = Field(
        None,
        pattern="^[0-9a-fA-F]{64}$",
        description="What the ledger's rows are sealed under: 64 hexadecimal digits, as `${NAME}` "
        "from the environment. Left out: `seal.key` in the state folder.",
    )
    second_person_above_minor: int | None = Field(
        None,
        ge=0,
        description="Highest cost of a wave, in minor units, that one person may approve alone. "
        "Left out: one person is enough.",
    )

    @model_validator(mode="after")
    def _check_quiet_hours(self) -> Self:
        if not EARLIEST <= self.opens < self.closes <= LATEST:
            raise ValueError(
                f"{self.opens:%H:%M} to {self.closes:%H:%M}: choose hours between 08:00 and 21:00"
            )
        return self
