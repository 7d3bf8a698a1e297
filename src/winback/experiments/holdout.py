"""Who goes without the message: decided by a keyed hash of the household, so that nobody chooses
and nothing is remembered.

The number a household draws depends on the shop's salt and the playbook alone: not on the order of
rows, on who else is there, or on how often it is asked. Raising a share later adds households to
the holdout and takes none out.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

# no playbook has this name: who is held out under it goes without any message (the global holdout)
EVERY_PLAYBOOK = ""


def draw_number(salt: bytes, playbook: str, household_key: str) -> float:
    """A number of a household's own from 0 to below 1: HMAC-SHA256 of its parts with a NUL
    between."""
    # A playbook's name holds no NUL, so no two pairs give one message; it goes in so that nobody is
    # held out of every playbook.
    digest = hmac.digest(salt, f"{playbook}\0{household_key}".encode(), "sha256")
    return (
        int.from_bytes(digest[:8], "big") >> 11
    ) / 2**53  # 53 bits: as many as a double holds below 1


def choose_variant(salt: bytes, test: str, household_key: str, variants: Sequence[str]) -> str:
    """The variant of a test a household is drawn for, each with the same chance; nothing to do with
    whether it is held out.

    test: `<playbook>/<play>/<test>`, which is no playbook's name.
    """
    return variants[int(draw_number(salt, test, household_key) * len(variants))]


@dataclass(frozen=True)
class Holdout:
    """The draw of one playbook. every_share: of households that no playbook ever writes to, so that
    the whole effect shows.

    permanent: the salt of those, which is never changed; salt: of this half-year.
    """

    playbook: str
    salt: bytes
    permanent: bytes
    every_share: float

    def is_held_out(self, household_key: str, share: float) -> bool:
        """Whether a household goes without a play's message; share is the part held out, 0 to 1."""
        return (
            self.is_permanent(household_key)
            or draw_number(self.salt, self.playbook, household_key) < share
        )

    def is_permanent(self, household_key: str) -> bool:
        """Whether a household goes without any playbook's message."""
        return draw_number(self.permanent, EVERY_PLAYBOOK, household_key) < self.every_share
