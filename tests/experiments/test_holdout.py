"""Who is held out: by a hash alone, the same in every run."""

import math
import random

import pytest
from scipy.stats import chi2

from winback.experiments.holdout import Holdout, draw_number

SALT, OTHER = bytes(range(32)), bytes(range(1, 33))


def of(playbook, salt=SALT, every=0.0):
    return Holdout(playbook, salt, OTHER, every)


def test_a_draw_is_the_hmac_of_the_playbook_and_the_household():
    """Computed by hand with openssl: the salt 00 01 … 1f over `general`, NUL, `h1`."""
    assert draw_number(SALT, "general", "h1") == pytest.approx(HAND, abs=0)


HAND = (0x4341D4EA1F0C3E87 >> 11) / 2**53


def test_the_share_of_a_million_households_is_the_one_asked_for():
    held = sum(draw_number(SALT, "general", f"c{number:09}") < 0.2 for number in range(1_000_000))
    assert abs(held / 1_000_000 - 0.2) < 0.001


def test_under_fifty_salts_the_draws_are_even():
    """Chi-square of twenty bins: p above .001 for every salt, and all fifty together."""
    keys, draws = [f"c{number}" for number in range(4_000)], random.Random(7)
    whole = 0.0
    for _ in range(50):
        salt = draws.randbytes(32)
        counts = [0] * 20
        for key in keys:
            counts[int(draw_number(salt, "general", key) * 20)] += 1
        statistic = sum((count - 200) ** 2 / 200 for count in counts)
        assert chi2.sf(statistic, 19) > 0.001 / 50
        whole += statistic
    assert chi2.sf(whole, 19 * 50) > 0.001


def test_an_arm_knows_nothing_of_what_a_household_is():
    """Ids that count up, as shops give them, with what grows beside them."""
    size = 20_000
    arms = [of("general").is_held_out(f"{number:08}", 0.3) for number in range(size)]
    for feature in (list(range(size)), [number % 7 for number in range(size)],
                    [math.sin(number) for number in range(size)]):  # fmt: skip
        mean, share = sum(feature) / size, sum(arms) / size
        spread = math.sqrt(sum((each - mean) ** 2 for each in feature) / size) * math.sqrt(
            share * (1 - share)
        )
        together = (
            sum((each - mean) * (arm - share) for each, arm in zip(feature, arms, strict=True))
            / size
        )
        assert abs(together / spread) < 4 / math.sqrt(size)


def test_nobody_is_held_out_of_every_playbook_by_chance():
    both = sum(
        of("a").is_held_out(str(k), 0.2) and of("b").is_held_out(str(k), 0.2) for k in range(50_000)
    )
    assert both / 50_000 == pytest.approx(0.04, abs=0.004)


def test_a_greater_share_takes_nobody_out_of_the_holdout():
    one = of("general")
    assert all(
        one.is_held_out(str(key), 0.3) for key in range(5_000) if one.is_held_out(str(key), 0.2)
    )


def test_some_households_are_never_written_to_whatever_the_playbook_and_the_half_year():
    never = [key for key in range(20_000) if of("a", every=0.05).is_permanent(str(key))]
    assert len(never) / 20_000 == pytest.approx(0.05, abs=0.006)
    for playbook, salt in (("a", SALT), ("b", SALT), ("b", OTHER)):
        assert all(of(playbook, salt, 0.05).is_held_out(str(key), 0.0) for key in never)


def test_another_half_year_draws_anew():
    keys = [str(number) for number in range(10_000)]
    changed = sum(
        of("a").is_held_out(key, 0.2) != of("a", OTHER).is_held_out(key, 0.2) for key in keys
    )
    assert changed / len(keys) == pytest.approx(2 * 0.2 * 0.8, abs=0.02)


def test_a_share_of_nothing_and_of_all():
    assert not any(of("a").is_held_out(str(key), 0.0) for key in range(1_000))
    assert all(of("a").is_held_out(str(key), 1.0) for key in range(1_000))
