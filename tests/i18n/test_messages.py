"""One catalogue, two languages, the same values in both."""

import string

import pytest

from winback.core import errors, service_errors, wave_errors
from winback.i18n.translate import CATALOGUE, PARTS, translate
from winback.segmentation.conditions import InCell, MoreRecent, iterate_leaves
from winback.segmentation.definitions import (
    LIFECYCLE,
    NEVER,
    QUADRANTS,
    RECALL,
    SILENT_CLASSES,
    TAGS,
    TIERS,
    TOUCHPOINTS,
)


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def all_refusals(kind=errors.WinbackError):
    for sub in kind.__subclasses__():
        yield sub
        yield from all_refusals(sub)


# Refusals are known once their modules are imported.
MODULES = (errors, service_errors, wave_errors)
ABSTRACT = {errors.UsageError, errors.DataRefused}


def test_both_languages_say_the_same_values():
    """A value told in one language only is kept from half the readers."""
    wrong = [
        key
        for key, (english, chinese) in CATALOGUE.items()
        if placeholders(english) != placeholders(chinese)
        or not (english.strip() and chinese.strip())
    ]
    assert wrong == []


def test_no_two_files_of_the_catalogue_have_a_key_in_common():
    """The later one would silently win."""
    assert sum(len(part) for part in PARTS) == len(CATALOGUE)


@pytest.mark.parametrize(
    "refusal", sorted(set(all_refusals()) - ABSTRACT, key=lambda each: each.__name__)
)
def test_every_refusal_has_its_sentence(refusal):
    """A refusal without words would reach the user as a traceback."""
    assert refusal.key() in CATALOGUE


@pytest.mark.parametrize(
    "segment",
    [*QUADRANTS, *LIFECYCLE, *TIERS, *SILENT_CLASSES, *RECALL],
    ids=lambda each: each.reason,
)
def test_every_cell_and_reason_has_its_words(segment):
    assert segment.reason in CATALOGUE
    if segment in RECALL:
        assert f"recall.{segment.name}" in CATALOGUE


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        (kind, mark)
        for kind, marks in (("touchpoint", TOUCHPOINTS), ("tag", TAGS), ("never", NEVER))
        for mark in marks
    ],
    ids=lambda each: getattr(each, "name", each),
)
def test_every_touchpoint_tag_and_reason_not_to_write_has_its_words(kind, mark):
    assert f"{kind}.{mark.name}" in CATALOGUE


def test_every_quantity_of_a_rule_has_its_words():
    """A rule an operator cannot read is code."""
    rules = [
        each.condition
        for each in (
            *QUADRANTS,
            *LIFECYCLE,
            *TIERS,
            *SILENT_CLASSES,
            *RECALL,
            *TOUCHPOINTS,
            *TAGS,
            *NEVER,
        )
    ]
    for atom in (
        atom for rule in rules for atom in iterate_leaves(rule) if not isinstance(atom, InCell)
    ):
        for name in (atom.quantity, *((atom.than,) if isinstance(atom, MoreRecent) else ())):
            assert f"quantity.{name}" in CATALOGUE


def test_say_fills_in_the_values():
    assert translate("reason.wake_regular", "zh", {"days": 143}) == "熟客，沉睡：距上次下单143天"
    assert (
        translate("reason.wake_regular", "en", {"days": 143})
        == "a regular, dormant: 143 days since the last order"
    )


def test_what_comes_from_outside_commands_no_terminal():
    """A product name may hold an escape sequence, a line break for a forged log line, or a mark that turns text around."""
    said = translate("file_missing", "en", {"file": "a\x1b[31m\r\nERROR: forged\u202e.csv"})
    assert not set(said) & {"\x1b", "\r", "\n", "\u202e"}
