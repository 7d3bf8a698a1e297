"""Tests of variants (B94): drawn evenly, judged without fooling who looks every week, with guards beside the winner."""

import numpy as np
import pytest
from msgspec import UNSET

from tests.measurement.test_results import APPROVED, LATE, World, held, step
from winback.config.shop import load_shop
from winback.core.errors import PlaybookInvalid
from winback.experiments.holdout import choose_variant
from winback.ledger.assignments import PlannedAssignment
from winback.ledger.consents import suppress
from winback.ledger.experiment_data import decide_test, list_decided_tests
from winback.ledger.wave_plan import WavePlan
from winback.playbooks.matching import load_playbook
from winback.playbooks.playbook import Play

BOOK = """
name = "own"
extends = "general"
title = { zh = "自有", en = "Our own" }
[[plays]]
name = "old_friend"
title = { zh = "老友", en = "Old friends" }
when = ["segment is silent_other"]
owner = { zh = "运营", en = "operations" }
success_days = 30
source = ["A10"]
[[plays.steps]]
channels = ["sms"]
offer = "welcome_back"
templates = ["welcome_back"]
[plays.test]
name = "coupon_or_word"
method = "METHOD"
worth_points = 0.1
[[plays.test.variants]]
name = "coupon"
title = { zh = "券", en = "voucher" }
[[plays.test.variants]]
name = "word"
title = { zh = "话", en = "a word" }
templates = ["word"]
[templates.word]
text = { zh = "想念您。", en = "We miss you." }
source = "own"
"""


def assigned(name, variant):
    return PlannedAssignment(
        name,
        name,
        "treatment",
        "silent_other",
        "old_friend",
        None,
        0.8,
        9_000,
        None,
        (step(),),
        variant,
    )


@pytest.fixture
def world(shop_of, tmp_path):
    def make(*orders, method="always_valid"):
        there = World(shop_of, tmp_path, [*orders, LATE])
        folder = there.file.parent / "playbooks"
        folder.mkdir()
        (folder / "own.toml").write_text(BOOK.replace("METHOD", method), encoding="utf-8")
        there.file.write_text('playbook = "own"\n' + there.file.read_text())
        there.shop = load_shop(there.file)
        there.book = load_playbook(there.shop)
        return there

    return make


def sent_out(there, people):
    """The wave of the own playbook."""
    from winback.ledger.waves import decide_wave, insert_wave

    insert_wave(
        there.ledger,
        "own-2026w10",
        "own",
        "2026w10",
        APPROVED.date(),
        people,
        {},
        WavePlan(),
        "li",
        APPROVED,
    )
    decide_wave(there.ledger, "own-2026w10", "approved", "li", APPROVED)


def people(coupon, word, held_out=40):
    return [*(assigned(f"c{number:03}", "coupon") for number in range(coupon)),
            *(assigned(f"w{number:03}", "word") for number in range(word)),
            *(held(f"h{number:03}") for number in range(held_out))]  # fmt: skip


def orders(*groups):
    return [f"{letter}{number:03},o{letter}{number},2026-03-09 09:00:00,100,1,a,40,Done,"
            for letter, count in groups for number in range(count)]  # fmt: skip


def test_variants_are_drawn_evenly_and_apart_from_the_holdout():
    salt = bytes(32)
    assigned = [
        choose_variant(salt, "own/old_friend/test", f"h{number}", ("a", "b", "c"))
        for number in range(30_000)
    ]
    for name in ("a", "b", "c"):
        assert assigned.count(name) == pytest.approx(10_000, abs=300)
    again = [
        choose_variant(salt, "own/old_friend/test", f"h{number}", ("a", "b", "c"))
        for number in range(100)
    ]
    assert again == assigned[:100]


def test_a_winner_is_told_with_its_lead(world):
    there = world(*orders(("c", 60), ("w", 160)))
    sent_out(there, people(200, 200))
    [test] = there.measured().tests
    assert (test.test, test.status, test.compared) == (
        "own/old_friend/coupon_or_word",
        "read",
        400,
    )
    coupon, word = test.variants
    assert (coupon.returned_share, word.returned_share) == (0.3, 0.8)
    assert word.difference.value == pytest.approx(0.5)
    assert word.said == "earned"
    assert coupon.wasted_coupons == 0, "no coupon was used that the shop told of"


def test_who_looks_early_at_a_fixed_test_is_told_to_wait(world):
    there = world(*orders(("c", 6), ("w", 16)), method="fixed")
    sent_out(there, people(20, 20))
    [test] = there.measured().tests
    assert (test.status, test.needed > 40, test.weeks_to_go > 0) == ("running", True, True)
    assert test.variants[0].returned_share is UNSET


def test_a_variant_that_drives_customers_away_is_told(world):
    there = world(*orders(("c", 60), ("w", 70)))
    sent_out(there, people(200, 200))
    for number in range(20):
        suppress(there.ledger, f"w{number:03}", "*", "unsubscribed", APPROVED, "link")
    [test] = there.measured().tests
    word = test.variants[1]
    assert (word.unsubscribed, word.guards) == (20, ["unsubscribed"])
    assert word.said == "cannot_tell"


def test_an_a_a_test_finds_nothing():
    """A thousand simulated tests of the same against itself: 5 of 100, give or take 1.4, with the fixed interval."""
    from winback.measurement.effect import ArmOutcomes, estimate_share_effect

    rng, actual = np.random.default_rng(1), 0
    for _ in range(1000):
        first = rng.random(800) < 0.5
        units = ArmOutcomes(first, np.arange(800), np.full(800, 0.5), np.empty((800, 0)))
        actual += estimate_share_effect(units, rng.random(800) < 0.15).difference.p < 0.05
    assert actual / 1000 == pytest.approx(0.05, abs=0.014)


def test_a_decision_is_kept_in_the_trail(world):
    there = world()
    decide_test(there.ledger, "own/old_friend/coupon_or_word", "word", "li", "cheaper", APPROVED)
    assert list_decided_tests(there.ledger) == {"own/old_friend/coupon_or_word": "word"}
    sent_out(there, people(20, 20))
    assert there.measured().tests[0].decided == "word"


def test_a_variant_takes_the_rest_from_its_play(world):
    playbook = world().book
    play = next(play for play in playbook.plays if play.name == "old_friend")
    coupon, word = (variant.apply_to_step(play.steps[0]) for variant in play.test.variants)
    assert (coupon.offer, coupon.templates) == ("welcome_back", ("welcome_back",))
    assert (word.offer, word.templates, word.channels) == (None, ("word",), ("sms",))


def test_a_variant_that_names_what_is_not_there_is_refused(world):
    there = world()
    path = there.file.parent / "playbooks" / "own.toml"
    path.write_text(path.read_text().replace('templates = ["word"]', 'templates = ["nowhere"]'))
    with pytest.raises(PlaybookInvalid, match="nowhere"):
        load_playbook(there.shop)
    path.write_text(
        path.read_text()
        .replace('name = "word"\ntitle', 'name = "coupon"\ntitle')
        .replace("nowhere", "word")
    )
    with pytest.raises(PlaybookInvalid, match="two variants"):
        load_playbook(there.shop)
    assert Play.model_fields["test"].default is None
