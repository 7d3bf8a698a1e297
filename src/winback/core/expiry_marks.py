"""Where a message's text says until when its offer holds: marked while it waits, and filled in when
it goes, so that a message that leaves later than planned does not name a day that is over.

The marks are noncharacters (Unicode 15.0, 23.7), which no text from outside may hold.
"""

import re

_OPENS, _CLOSES = "\ufdd0", "\ufdd1"
_MARKED = re.compile(f"{_OPENS}([^{_CLOSES}]*){_CLOSES}")
_NONE = {ord(_OPENS): None, ord(_CLOSES): None}
# The longest day there is, in letters: `30 September`, and 12月30日.
_LONGEST, _LONGEST_HAN = 12, 6


def mark_expiry(text: str) -> str:
    """The day of a plan as it stands in a text that waits."""
    return f"{_OPENS}{text}{_CLOSES}"


def fill_expiry(text: str | None, expiry: str | None) -> str | None:
    """A text with another day in the place of the plan's; with the plan's own where expiry is
    None."""
    if text is None or _OPENS not in text:
        return text
    return strip_marks(text) if expiry is None else _MARKED.sub(lambda _: expiry, text)


def has_expiry(text: str | None) -> bool:
    """Whether a text says until when its offer holds, counted from when it goes."""
    return text is not None and _OPENS in text


def strip_marks(text: str) -> str:
    """A text without the marks; what they stand around stays."""
    return text.translate(_NONE)


def fill_longest(text: str) -> str:
    """A text with the longest day there is, to be measured by: signs of one byte, which fit into
    any alphabet."""
    return _MARKED.sub(lambda found: "0" * _measure(found[1]), text)


def _measure(day: str) -> int:
    return max(len(day), _LONGEST if day.isascii() else _LONGEST_HAN)
