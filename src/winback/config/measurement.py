"""How waves are judged."""

from typing import Annotated

from pydantic import Field

from winback.config.messaging import ChannelName
from winback.config.sources import Settings


class MeasurementSettings(Settings):
    """How waves are judged."""

    margin_share: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Of what is paid, where lines do not say what they cost; left out: no margin "
        "is told.",
    )
    message_cents: dict[ChannelName, Annotated[int, Field(ge=0)]] = Field(
        {}, description="What one message costs, by channel, beside its offer."
    )
    roi_days: int = Field(
        90,
        ge=1,
        le=365,
        description="Money is judged so many days after a wave: pulled-forward orders show.",
    )
    roi_least: float = Field(
        3.0, ge=0, description="Margin for each unit of cost from which on to continue (B103)."
    )
    worth_points: float = Field(
        0.05, gt=0, lt=1, description="A smaller share more who come back does not matter."
    )
