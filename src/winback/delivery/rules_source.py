"""Where a run gets its rules from, before each claim; light, so that a run starts at once."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol

from winback.ledger.suppression import SuppressionRules


class RulesSource(Protocol):
    """Where a run gets its rules from, before each claim."""

    def get(self, now: datetime, /) -> SuppressionRules:
        """The rules as they are now. Raises ChannelStopped where nothing more may go."""

    def is_current(self) -> bool:
        """Whether nothing they rest on has changed since they were got."""

    def forget(self) -> None:
        """Read them anew the next time: a message is due that they were not asked of."""


@dataclass(frozen=True)
class FixedRules:
    """Rules that do not change, whatever is due."""

    rules: SuppressionRules

    def get(self, _now: datetime) -> SuppressionRules:
        return self._for_all

    @cached_property
    def _for_all(self) -> SuppressionRules:
        return replace(self.rules, asked=None)

    def is_current(self) -> bool:
        return True

    def forget(self) -> None:
        """There is nothing else to read."""
