"""How soon a customer who asks or complains is answered."""

from pydantic import Field

from winback.config.settings import Settings


class CaseSettings(Settings):
    """Service levels (MISSION B36, C12): what is promised, and when an alert says it was not
    kept."""

    general_minutes: int = Field(
        15, ge=1, description="Until who answers a message of a wave is answered."
    )
    priority_minutes: int = Field(
        10,
        ge=1,
        description="The same, for customers of the segments `dormant_high_value` and "
        "`dormant_big_ticket`.",
    )
    complaint_hours: int = Field(
        24, ge=1, description="Until who complains to the shop is called back."
    )
    days_back: int = Field(
        14,
        ge=1,
        le=90,
        description="Complaints and answers older than this when they are first read open no case.",
    )
