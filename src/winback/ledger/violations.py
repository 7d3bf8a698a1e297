"""A promise of the ledger that does not hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_EXAMPLES = 3


@dataclass(frozen=True)
class Violation:
    """A promise that does not hold: which one (a key of the catalogue), of what, how often, and
    some of those it is about."""

    rule: str
    subject: str
    count: int
    examples: tuple[str, ...]


def build_violation(rule: str, subject: str, ids: Sequence[str]) -> Iterator[Violation]:
    """A violation of a rule by some ids; nothing where there are none."""
    if ids:
        yield Violation(rule, subject, len(ids), tuple(ids[:_EXAMPLES]))
