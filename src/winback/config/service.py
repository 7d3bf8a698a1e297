"""What the prediction service says of itself, and its limits."""

from pydantic import Field

from winback.config.settings import Settings


class ServiceSettings(Settings):
    """When the service calls what it has old, and how long it waits for clients."""

    stale_days: int = Field(
        8,
        ge=1,
        description="Days since a snapshot's cut-off: above it answers say `stale`. 8 is a week "
        "and the day it was due.",
    )
    model_stale_days: int = Field(
        182,
        ge=1,
        description="Days since the last outcome a model learned from: above it answers say "
        "`stale`, and there is an alert.",
    )
    training: bool = Field(
        False,
        description="Whether the monthly timer may train. It learns on the machine that serves, "
        "with the lowest priority.",
    )
    most_waiting: int = Field(
        128,
        ge=1,
        description="Requests for scores in work at once, in each process; others get 503 and "
        "come again.",
    )
    head_seconds: float = Field(
        10,
        gt=0,
        le=300,
        description="How long a client may take to send a request's headers; then it is refused.",
    )
    body_seconds: float = Field(
        30,
        gt=0,
        le=300,
        description="How long a client may take to send a request's body; then it is refused. "
        "Uploads have longer.",
    )
    answer_seconds: float = Field(
        30,
        gt=0,
        le=300,
        description="How long a client may leave an answer unread; then the connection is closed.",
    )
