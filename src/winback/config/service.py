"""What the prediction service says of itself, and its limits."""

from pydantic import Field

from winback.config.sources import Settings


class ServiceSettings(Settings):
    """What the prediction service says of itself."""

    stale_days: int = Field(
        8, ge=1, description="A snapshot is old after a week and the day it was due."
    )
    model_stale_days: int = Field(182, ge=1, description="A model is old after six months.")
    most_waiting: int = Field(
        128, ge=1, description="Questions in work at once; more are asked to come again."
    )
    head_seconds: float = Field(10, gt=0, le=300, description="In which a request's head comes.")
    body_seconds: float = Field(30, gt=0, le=300, description="In which its body comes.")
    answer_seconds: float = Field(30, gt=0, le=300, description="In which a client reads on.")
