"""Whom the week has room for."""

from hypothesis import given
from hypothesis import strategies as st

from winback.playbooks.capacity import Candidate, WeeklyCapacity, allocate


def asking(name, worth, owner=None, offer="coupon", cost=100):
    return Candidate(name, worth, owner, offer, cost)


def test_the_best_are_taken_first_and_the_rest_wait():
    result = allocate(
        [asking("a", 10), asking("b", 30), asking("c", 20)], WeeklyCapacity(capacity=2)
    )
    assert result == {"b": "take", "c": "take", "a": "capacity"}


def test_none_is_no_limit_and_zero_is_none():
    """0 means none, not unlimited."""
    people = [asking("a", 1), asking("b", 2)]
    assert set(allocate(people, WeeklyCapacity()).values()) == {"take"}
    assert set(allocate(people, WeeklyCapacity(capacity=0)).values()) == {"capacity"}
    assert set(allocate(people, WeeklyCapacity(capacity_of_owner=0)).values()) == {"take"}, (
        "nobody looks after them"
    )
    assert set(allocate(people, WeeklyCapacity(budget_minor=0)).values()) == {"budget"}
    assert set(allocate(people, WeeklyCapacity(offer_budgets={"coupon": 0})).values()) == {
        "offer_budget"
    }


def test_one_owners_full_week_leaves_room_for_another():
    people = [asking("a", 30, "li"), asking("b", 20, "li"), asking("c", 10, "wu")]
    assert allocate(people, WeeklyCapacity(capacity_of_owner=1)) == {
        "a": "take",
        "b": "owner_capacity",
        "c": "take",
    }


def test_a_cheaper_offer_may_still_fit_the_budget():
    people = [asking("a", 30, cost=80), asking("b", 20, cost=50), asking("c", 10, cost=20)]
    assert allocate(people, WeeklyCapacity(budget_minor=100)) == {
        "a": "take",
        "b": "budget",
        "c": "take",
    }


def test_an_offer_has_a_budget_of_its_own():
    people = [asking("a", 30), asking("b", 20), asking("c", 10, offer=None, cost=0)]
    assert allocate(people, WeeklyCapacity(offer_budgets={"coupon": 150})) == {
        "a": "take",
        "b": "offer_budget",
        "c": "take",
    }


_PEOPLE = st.lists(
    st.builds(Candidate, st.uuids().map(str), st.integers(0, 5).map(float), st.sampled_from([None, "li", "wu"]),
              st.sampled_from([None, "one", "two"]), st.integers(0, 50)),
    max_size=30, unique_by=lambda each: each.customer_id,
)  # fmt: skip
_ROOM = st.builds(
    WeeklyCapacity, *[st.one_of(st.none(), st.integers(0, 12)) for _ in range(2)], st.one_of(st.none(), st.integers(0, 300)),
    st.dictionaries(st.sampled_from(["one", "two"]), st.integers(0, 150)),
)  # fmt: skip


@given(_PEOPLE, _ROOM, st.randoms())
def test_no_limit_is_ever_passed_and_the_order_of_rows_is_nothing(people, room, draw):
    result = allocate(people, room)
    taken = [each for each in people if result[each.customer_id] == "take"]
    assert room.capacity is None or len(taken) <= room.capacity
    assert room.budget_minor is None or sum(each.cost_minor for each in taken) <= room.budget_minor
    for owner in ("li", "wu"):
        assert (
            room.capacity_of_owner is None
            or sum(each.owner == owner for each in taken) <= room.capacity_of_owner
        )
    for offer, budget in room.offer_budgets.items():
        assert sum(each.cost_minor for each in taken if each.offer == offer) <= budget
    shuffled = list(people)
    draw.shuffle(shuffled)
    assert allocate(shuffled, room) == result
    if room.budget_minor is None and not room.offer_budgets and room.capacity_of_owner is None:
        waiting = [each.worth for each in people if result[each.customer_id] != "take"]
        assert not taken or not waiting or min(each.worth for each in taken) >= max(waiting)


def test_somebody_held_out_is_asked_whether_there_is_room_and_takes_none():
    other = Candidate("b", 30, "li", "coupon", 100, held_out=True)
    people = [asking("a", 40, "li"), other, asking("c", 20, "li"), asking("d", 10, "li")]
    assert allocate(people, WeeklyCapacity(capacity=2)) == {
        "a": "take",
        "b": "hold_out",
        "c": "take",
        "d": "capacity",
    }
    assert allocate(people, WeeklyCapacity(capacity_of_owner=2)) == {
        "a": "take",
        "b": "hold_out",
        "c": "take",
        "d": "owner_capacity",
    }
    assert allocate(people, WeeklyCapacity(budget_minor=200)) == {
        "a": "take",
        "b": "hold_out",
        "c": "take",
        "d": "budget",
    }
    assert allocate(people, WeeklyCapacity(offer_budgets={"coupon": 200})) == {
        "a": "take",
        "b": "hold_out",
        "c": "take",
        "d": "offer_budget",
    }
    assert allocate(people, WeeklyCapacity(capacity=0))["b"] == "capacity"


def test_an_offers_budget_counts_every_offer_given_before():
    people = [asking(name, worth) for name, worth in (("a", 40), ("b", 30), ("c", 20), ("d", 10))]
    assert list(allocate(people, WeeklyCapacity(offer_budgets={"coupon": 300})).values()) == [
        "take",
        "take",
        "take",
        "offer_budget",
    ]
