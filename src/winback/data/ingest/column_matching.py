"""How well a column's name fits a meaning, by whole words: never by parts of them."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from winback.data.ingest.column_names import ColumnWords
from winback.data.ingest.column_names_more import SIMPLIFIED
from winback.data.ingest.currency_marks import drop_currency
from winback.readers.files import clean_header_name

SURE, BESIDE, LIKELY = 0.97, 0.95, 0.7  # the whole name; with words that change nothing; a part
SURE_ENOUGH = 0.9  # a column guessed with less is asked about
_INCLUDED = {
    *("incl", "including", "inc", "inkl", "with", "excl", "excluding", "exc", "ex", "exkl"),
    *("without", "hors", "con", "sin"),
}
_TAXES = {
    *("tax", "taxes", "vat", "gst", "mwst", "ust", "steuer", "tva", "taxe", "iva", "impuestos"),
    *("impostos", "btw", "moms", "mva", "dph", "kdv"),
}
_STROKES = str.maketrans("łđøıё", "ldoiе")  # letters whose mark is part of them
_RANKED = 0.0003  # what a name further down its list is less sure


@dataclass(frozen=True)
class ColumnGuess:
    """What a column of the file seems to be, and how sure that is, 0 to 1. rivals: other columns
    that could be it just as well, and say something else."""

    ours: str
    theirs: str
    confidence: float
    rivals: tuple[str, ...] = ()

    @property
    def is_doubtful(self) -> bool:
        """Whether it is asked about; two status columns are both read."""
        return self.confidence < SURE_ENOUGH or bool(self.rivals and self.ours != "status")


@dataclass(frozen=True)
class NameMatch:
    """How well a column's name fits a meaning; rank: its place in the list, the best 0."""

    theirs: str
    confidence: float
    rank: int


@lru_cache(maxsize=4096)
def split_words(name: str) -> tuple[str, ...]:
    """The words of a column's name, without accents and in small letters: split at blanks, `_`,
    `-`, `/`, between small and capital letters, and where a script changes. A currency, as in
    `Betrag (€)`, is a unit and no word."""
    plain = drop_currency(clean_header_name(name))
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    plain = "".join(_drop_accent(each) for each in plain).casefold()
    plain = plain.translate(SIMPLIFIED).translate(_STROKES)
    return tuple(re.findall(r"[a-z0-9]+|[#%]|[^\W\d_a-z]+", plain))


@lru_cache(maxsize=256)
def list_words(text: str) -> frozenset[str]:
    """The words of a list, written as `split_words` writes those of a name."""
    return frozenset(text.translate(SIMPLIFIED).split())


def _drop_accent(character: str) -> str:
    """Of Latin letters only: a Japanese syllable with its mark taken off is another one."""
    if ord(character) > 0x24F and not 0x1E00 <= ord(character) <= 0x1EFF:  # Vietnamese
        return character
    return "".join(
        each for each in unicodedata.normalize("NFKD", character) if not unicodedata.combining(each)
    )


@lru_cache(maxsize=4096)
def match_name(name: str, words: ColumnWords) -> NameMatch | None:
    """The best phrase that a name is or holds."""
    mine = _drop_inclusions(split_words(name))
    beside, never = list_words(words.beside), list_words(words.never)
    best: NameMatch | None = None
    whole_only = words.whole_only.split(", ")
    lists = [enumerate(names.split(", ")) for names in (words.names, *words.more)]
    for rank, phrase in chain(*lists):
        rest = take_out(phrase, mine)
        if rest is None or hold_any(rest, never):
            continue
        plain = _hold_only(rest, beside)
        if rest and phrase in whole_only and not plain:
            continue
        # What the shop or its platform puts before `order id` leaves it one.
        plain = plain or (phrase in words.after_any and mine[-2:] == split_words(phrase))
        confidence = SURE if not rest else BESIDE if plain else LIKELY
        confidence = confidence - rank * _RANKED if plain or not rest else confidence
        is_better = best is None or confidence > best.confidence + 0.05
        if is_better or (best and confidence >= best.confidence and rank < best.rank):
            best = NameMatch(name, confidence, rank)
    return best


def _drop_inclusions(words: tuple[str, ...]) -> tuple[str, ...]:
    """A name without what it says it includes or leaves out: `Total incl. tax` is a total."""
    kept: list[str] = []
    for word in words:
        if kept and kept[-1] in _INCLUDED and word in _TAXES:
            kept.pop()
        else:
            kept.append(word)
    return tuple(kept)


def take_out(phrase: str, mine: Sequence[str]) -> tuple[str, ...] | None:
    """The words of a name beside a phrase; None where it does not hold the phrase. Scripts that
    write no words apart are looked through letter by letter."""
    theirs = split_words(phrase)
    size = len(theirs)
    for start in range(len(mine) - size + 1):
        if tuple(mine[start : start + size]) == theirs:
            return tuple(mine[:start]) + tuple(mine[start + size :])
    if not any(_is_unspaced(word) for word in theirs):
        return None
    joined, sought = "".join(mine), "".join(theirs)
    if sought not in joined:
        return None
    before, _, after = joined.partition(sought)
    return tuple(each for each in (before, after) if each)


def _is_unspaced(word: str) -> bool:
    """Whether a word is of a script that writes no words apart, or, as Korean, mostly not."""
    return any(
        "\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" for character in word
    )


def hold_any(rest: Sequence[str], words: Collection[str]) -> bool:
    """Whether one of some words stands there."""
    return any(
        word in words or (_is_unspaced(word) and any(_is_unspaced(e) and e in word for e in words))
        for word in rest
    )


def _hold_only(rest: Sequence[str], words: Collection[str]) -> bool:
    """Whether nothing stands beside but words that change nothing."""
    for word in rest:
        left = word
        if _is_unspaced(word):
            for each in sorted((e for e in words if _is_unspaced(e)), key=len, reverse=True):
                left = left.replace(each, "")
        if left and left not in words:
            return False
    return True
