"""The language of rules: what conditions mean, how they are read from text, and which can never fire."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winback.core.errors import RuleUnreadable
from winback.segmentation.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Facts,
    InCell,
    Missing,
    MoreRecent,
    Not,
    iterate_leaves,
    parse_condition,
    to_dict,
)
from winback.segmentation.rule_checker import RuleSchema, check_rules

FACTS = Facts(
    {"orders": np.array([0.0, 3.0, np.nan, 10.0]), "days": np.array([5.0, np.nan, 7.0, 40.0]), "cart": np.array([1.0, 2, np.nan, 50])},
    {"many": 3, "unset": None}, 4,
)  # fmt: skip


def holds(text):
    return FACTS.evaluate(parse_condition(text)).tolist()


def test_a_comparison_with_a_missing_quantity_never_holds():
    """A shop that sends no views must not look like one whose customers never look."""
    assert holds("orders >= many") == [False, True, False, True]
    assert holds("orders < many") == [True, False, False, False]
    assert holds("orders is missing") == [False, False, True, False]
    assert holds("orders is not missing") == [True, True, False, True]
    assert FACTS.evaluate(Not(parse_condition("orders >= 3"))).tolist() == [
        True,
        False,
        True,
        False,
    ]


def test_a_threshold_that_is_not_set_compares_with_nothing():
    assert holds("orders >= unset") == holds("orders < unset") == [False] * 4


def test_what_never_happened_is_infinitely_long_ago():
    assert holds("cart nearer than days") == [True, True, False, False]


def test_or_is_read_as_some():
    assert parse_condition("orders <= 1 or segment is silent_other") == AnyOf(
        (Compare("orders", "<=", 1.0), InCell("segment", "silent_other"))
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders",
        "orders => 3",
        "orders >= ",
        "orders == 3",
        "__import__('os')",
        "a >= 3; b",
        "a or",
    ],
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(RuleUnreadable) as refused:
        parse_condition(text)
    assert refused.value.values["value"] in text


def test_a_rule_for_another_program_has_its_numbers():
    result = to_dict(
        AllOf((Compare("orders", ">=", "many"), Not(InCell("tag", "fading")))), {"many": 3}
    )
    assert result == {
        "all": [
            {"quantity": "orders", "how": ">=", "limit": 3},
            {"not": {"quantity": "tag", "how": "is", "limit": "fading"}},
        ]
    }


# The check.

BOUNDS = {
    "orders": (0.0, math.inf),
    "share": (0.0, 1.0),
    "days": (0.0, math.inf),
    "cart": (0.0, math.inf),
}
WORLD = RuleSchema(
    BOUNDS, {"many": 3, "few": 1, "unset": None}, {("cell", "a"): Compare("orders", ">=", 3.0)}
)


def faults(*rules, world=WORLD):
    named = [
        (f"r{place}", parse_condition(text) if isinstance(text, str) else text)
        for place, text in enumerate(rules)
    ]
    return [(actual.rule, actual.fault, actual.detail) for actual in check_rules(named, world)]


def both(*texts):
    return AllOf(tuple(map(parse_condition, texts)))


def test_a_rule_that_contradicts_itself_is_found():
    assert faults(both("orders >= 3", "orders < 3")) == [("r0", "contradiction", "")]
    assert faults(both("orders >= 3", "orders <= many")) == [], "exactly three"
    assert faults("share > 1", "share >= 1", "orders < 0") == [
        ("r0", "contradiction", ""),
        ("r2", "contradiction", ""),
    ]
    assert faults(both("orders is missing", "orders >= 0")) == [("r0", "contradiction", "")]
    assert faults(both("cell is a", "orders <= 2")) == [("r0", "contradiction", "")], (
        "a cell is its rule"
    )
    assert faults(both("cart nearer than days", "cart is missing")) == [("r0", "contradiction", "")]


def test_a_rule_covered_by_those_above_is_found_and_they_are_named():
    assert faults("orders >= 3", "orders >= 5") == [("r1", "shadowed", "r0")]
    assert faults("orders >= 3", "orders < 3", "days > 1", "orders is missing") == []
    assert faults(
        "orders >= 3", "days > 9", "orders < 3", both("orders is not missing", "days > 1")
    ) == [("r3", "shadowed", "r0, r2")]


def test_a_misspelt_quantity_cell_or_threshold_is_named():
    assert faults("order >= 3", "cell is b", "orders >= meny") == [
        ("r0", "unknown_quantity", "order"), ("r1", "unknown_cell", "cell is b"), ("r2", "unknown_quantity", "meny"),
    ]  # fmt: skip


def test_what_the_shop_has_no_data_or_no_number_for_is_told_apart():
    world = RuleSchema(BOUNDS, WORLD.thresholds, WORLD.cells, frozenset({"orders"}))
    assert faults("orders >= unset", both("days > 1", "orders > 1"), world=world) == [
        ("r0", "no_threshold", "unset"), ("r1", "no_data", "days"),
    ]  # fmt: skip
    assert faults("days is missing", world=world) == [], "no data is what missing means"


_LEAF = st.one_of(
    st.builds(Compare, st.sampled_from(["orders", "share", "days"]), st.sampled_from([">=", "<=", ">", "<"]),
              st.sampled_from([0.0, 0.5, 1.0, 3.0, "many", "few", "unset"])),
    st.builds(Missing, st.sampled_from(["orders", "share", "days"])),
    st.builds(MoreRecent, st.just("cart"), st.just("days")), st.just(InCell("cell", "a")),
)  # fmt: skip
CONDITIONS = st.recursive(
    _LEAF, lambda inner: st.one_of(st.builds(Not, inner), st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
                                   st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))), max_leaves=8,
)  # fmt: skip


def everyone():
    """Customers with every value the rules can tell apart, and missing ones."""
    values = {
        "orders": [0, 0.25, 0.5, 0.7, 1, 2, 3, 4, np.nan], "share": [0, 0.25, 0.5, 0.7, 1, np.nan],
        "days": [0, 0.25, 0.5, 0.7, 1, 2, 3, 4, np.nan], "cart": [0.1, 2.5, 9, np.nan],
    }  # fmt: skip
    grid = np.array(list(itertools.product(*values.values())), dtype=float)
    facts = Facts(
        {name: grid[:, place] for place, name in enumerate(values)}, WORLD.thresholds, len(grid)
    )
    facts.flag("cell", {"a": WORLD.cells["cell", "a"]})
    return facts


EVERYONE = everyone()


@settings(max_examples=400)
@given(st.lists(CONDITIONS, min_size=1, max_size=4))
def test_the_check_agrees_with_trying_everyone(conditions):
    """What it reports fires for nobody, whoever they are; and without orders of moments it misses nothing either."""
    reported = {
        actual.rule
        for actual in check_rules(
            [(f"r{place}", each) for place, each in enumerate(conditions)], WORLD
        )
    }
    left = np.ones(EVERYONE.customers, dtype=bool)
    for place, condition in enumerate(conditions):
        fits = EVERYONE.evaluate(condition) & left
        if f"r{place}" in reported:
            assert not fits.any()
        elif not any(
            isinstance(atom, MoreRecent) for each in conditions for atom in iterate_leaves(each)
        ):
            assert fits.any()
        left &= ~EVERYONE.evaluate(condition)
