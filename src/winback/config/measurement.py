"""How waves are judged."""

from typing import Annotated

from pydantic import Field

from winback.config.messaging import ChannelName
from winback.config.settings import Settings


class MeasurementSettings(Settings):
    """How waves are judged: what they cost, what is left of what customers pay, and when."""

    margin_share: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Part of what is paid that is left after the goods, where orders do not say "
        "what they cost. Left out: no margin is shown.",
    )
    message_minor: dict[ChannelName, Annotated[int, Field(ge=0)]] = Field(
        {},
        description="What one message of a channel costs, in minor units (1999 is 19.99 EUR and "
        "1,999 JPY), beside its offer. Left out: nothing.",
        examples=[{"sms": 5, "call": 300}],
    )
    roi_days: int = Field(
        90,
        ge=1,
        le=365,
        description="Days after a wave's approval at which money is judged: an order that only "
        "came earlier counts for nothing by then.",
    )
    roi_least: float = Field(
        3.0,
        ge=0,
        description="Margin for each unit of cost from which the read-out says: continue (B103).",
    )
    worth_points: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="The smallest difference that matters in the share who come back; 0.05 is 5 "
        "points.",
    )
