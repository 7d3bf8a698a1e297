"""Where a run gets its rules from, before each claim; light, so that a run starts at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from winback.ledger.suppression import SuppressionRules


class RulesSource(Protocol):
    """Where a run gets its rules from, before each claim."""

    def get(self, now: datetime, /) -> SuppressionRules:
        """The rules as they are now. Raises ChannelStopped where nothing more may go."""

    def is_current(self) -> bool:
        """Whether nothing they rest on has changed since they were got."""


@dataclass(frozen=True)
class FixedRules:
    """Rules that do not change."""

    rules: SuppressionRules

    def get(self, _now: datetime) -> SuppressionRules:
        return self.rules

    def is_current(self) -> bool:
        return True
