"""What every message needs, how much fits into a week, and how waves are sent."""

import re
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from winback.config.sources import Settings


class MessageSettings(Settings):
    """What every message needs to know of the shop."""

    language: Literal["zh", "en"] | None = Field(
        None, description="Left out: Chinese where the shop counts in CNY."
    )
    shop_name: str | None = Field(
        None, description="As customers know it; left out: the name of the shop file."
    )
    sms_sign: str | None = Field(
        None, description="The registered sign with its brackets, such as 【木屋家居】."
    )
    sms_opt_out: str | None = Field(
        None,
        min_length=1,
        description="Ends every SMS; left out: 拒收请回复R, Reply STOP to opt out.",
    )
    email_opt_out: str | None = Field(
        None, description="Address of the page that ends e-mails; no e-mail goes without one."
    )
    sms_segments: int = Field(2, ge=1, le=10, description="How many SMS one message may cost.")

    @field_validator("sms_sign")
    @classmethod
    def _check_sms_signature(cls, sign: str | None) -> str | None:
        if sign is not None and not re.fullmatch(
            r"【[^【】\s][^【】]*】|\[[^\[\]\s][^\[\]]*\]", sign
        ):
            raise ValueError("write the registered sign with its brackets, such as 【木屋家居】")
        return sign


class RecallSettings(Settings):
    """How much of the weekly list can be worked on."""

    capacity: int | None = Field(
        None, ge=0, description="Customers a week; left out: no limit. 0 is none."
    )
    capacity_of_owner: int | None = Field(None, ge=0, description="Customers a week of one owner.")
    budget_cents: int | None = Field(
        None, ge=0, description="For the week's offers at their full cost."
    )
    blackout: tuple[date, ...] = Field(
        (), description="Days on which nobody is written to, such as those of a sale."
    )


ChannelName = Literal["wecom", "sms", "email", "call", "audience"]


class WaveSettings(Settings):
    """Waves: who goes without, how often and when customers are written to. 0 is none, not
    unlimited; left out: no limit."""

    holdout_share: float | None = Field(
        None, ge=0, le=0.5, description="Of every play; left out: as the playbook says."
    )
    every_holdout_share: float = Field(
        0.02, ge=0, le=0.5, description="Households that no playbook ever writes to."
    )
    washout_days: int = Field(
        28, ge=0, le=90, description="After a half-year's draw, for households that changed sides."
    )
    messages_a_week: int | None = Field(
        3, ge=0, description="To one customer, over all channels, in any seven days."
    )
    messages_a_day: dict[ChannelName, Annotated[int, Field(ge=0)]] = Field(
        {"wecom": 1}, description="By channel, in any 24 hours."
    )
    consent: tuple[ChannelName, ...] = Field(
        ("sms",), description="Channels that need a customer's own word."
    )
    opens: time = Field(time(9), description="Nobody is disturbed before, by the shop's clock.")
    closes: time = Field(time(20), description="Nor from then on.")
    most_of_base: float = Field(
        0.25, gt=0, le=1, description="A wave of more of all customers is asked about."
    )

    @model_validator(mode="after")
    def _check_quiet_hours(self) -> Self:
        if not time(8) <= self.opens < self.closes <= time(21):
            raise ValueError(
                f"{self.opens:%H:%M} to {self.closes:%H:%M}: choose hours between 08:00 and 21:00"
            )
        return self
