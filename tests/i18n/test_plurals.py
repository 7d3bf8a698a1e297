"""One row is not "1 rows"."""

import re

import pytest

from winback.i18n.plurals import SINGULAR, agree
from winback.i18n.translate import CATALOGUE, translate

# Words that end as a plural does, and follow a placeholder without counting what it holds.
NO_NOUNS = {
    "adds", "counts", "contacts", "does", "exists", "fits", "gets", "has", "holds", "is", "knows", "maps", "means", "names", "needs", "points",
    "says", "starts", "times", "unpacks", "waits", "was",
}  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "values", "expected"),
    [
        ("{count} rows are refused", {"count": 1}, "1 row is refused"),
        ("{count} rows are refused", {"count": "2"}, "2 rows are refused"),
        ("{count} rows are refused", {"count": 11}, "11 rows are refused"),
        ("{a} orders of {b} customers", {"a": 2, "b": 1}, "2 orders of 1 customer"),
        ("{count} dormant customers were", {"count": "1"}, "1 dormant customer was"),
        ("in {days} days", {"days": "1"}, "in 1 day"),
    ],
)
def test_a_count_of_one_has_the_word_for_one(sentence, values, expected):
    assert agree(sentence, values).format_map(values) == expected


def test_every_noun_that_is_counted_has_its_word_for_one():
    """A new sentence that counts something new is found here."""
    counted = {
        word
        for english, _ in CATALOGUE.values()
        for word in re.findall(r"\{\w+\} ([a-z]+s)\b", english)
    }
    assert counted - NO_NOUNS - set(SINGULAR) == set()


def test_sentences_agree_in_english_alone():
    values = {"orders": "1", "customers": "1", "shop": "s", "first": "a", "last": "b", "events": "1",
              "refunds": "1", "duplicates": "1"}  # fmt: skip
    assert "1 order of 1 customer" in translate("import.done", "en", values)
    assert "1" in translate("import.done", "zh", values)
