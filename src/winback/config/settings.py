"""What all settings have in common."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A part of a shop file: what it does not know, it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid")
