"""What is said before a wave goes: who will be compared, and after how many weeks it can be told."""

from datetime import date
from types import SimpleNamespace

import msgspec
import pytest

from tests.ledger.world import NOW, WAVE, Receiver, held, plan, run, treated
from winback.delivery.foresight import foresee
from winback.delivery.plan_sentences import count_compared, write_foresight
from winback.ledger.wave_plan import WavePlan
from winback.ledger.waves import decide_wave

CUTOFF = date(2026, 11, 23)
SHOP = SimpleNamespace(measurement=SimpleNamespace(worth_points=0.05))


def people(count, first=0):
    """Four of five in treatment."""
    return [
        (held if number % 5 == 0 else treated)(f"c{number}")
        for number in range(first, first + count)
    ]


def listed(since="2026-11-16", waiting=0):
    rows = [SimpleNamespace(why_not="capacity")] * waiting
    return SimpleNamespace(
        playbook=SimpleNamespace(name="general"), summary=SimpleNamespace(since=since), rows=rows
    )


def calendar(folder, a_day):
    snapshot = folder / "snapshots" / str(CUTOFF)
    snapshot.mkdir(parents=True)
    days = [f"2026-11-{day},{a_day}" for day in range(24, 31)]
    days += [f"2026-12-{day:02},{a_day}" for day in range(1, 32)]
    (snapshot / "calendar.csv").write_text("day,expected\n" + "\n".join(days) + "\n")


def test_only_first_entries_are_counted(ledger, tmp_path):
    plan(ledger, people(500))
    sees = foresee(SHOP, ledger, listed(), people(700), tmp_path, CUTOFF)
    assert (sees.first_treatment, sees.first_holdout) == (160, 40)
    assert (sees.treated_to_date, sees.held_out_to_date) == (560, 140)
    assert sees.weekly == 200
    assert sees.detectable > sees.detectable_to_date
    alone = foresee(SHOP, ledger, listed(), people(200, 500), tmp_path, CUTOFF)
    assert alone == sees, "who was in an earlier wave tells nothing"


def test_the_first_wave_is_everybody_and_does_not_come_again(ledger, tmp_path):
    """10 a day are forecast, and 260 wait who had no room: 70 + 10 a week."""
    calendar(tmp_path, 10)
    sees = foresee(SHOP, ledger, listed(since=None, waiting=260), people(500), tmp_path, CUTOFF)
    assert sees.weekly == 80
    assert sees.reach is None


def test_without_a_forecast_nothing_is_said_of_weeks(ledger, tmp_path):
    sees = foresee(SHOP, ledger, listed(since=None), people(500), tmp_path, CUTOFF)
    assert (sees.weekly, sees.weeks_to_tell) == (None, None)
    assert write_foresight(WavePlan(**msgspec.structs.asdict(sees), worth_points=0.05), "en") == []


def test_messages_that_do_not_go_out_take_more_weeks(ledger, tmp_path):
    """Half of the first messages failed: what they change shows half as large."""
    before = foresee(SHOP, ledger, listed(), people(700), tmp_path, CUTOFF)
    plan(ledger, people(700))
    refused = Receiver(
        "one_shot", says=lambda message: "failed" if int(message.customer_id[1:]) % 2 else "sent"
    )
    run(ledger, {"email": refused}, tmp_path)
    sees = foresee(SHOP, ledger, listed(), people(700, 700), tmp_path, CUTOFF)
    assert sees.reach == pytest.approx(0.5)
    assert before.weeks_to_tell is not None
    assert sees.weeks_to_tell is None or sees.weeks_to_tell > before.weeks_to_tell


def test_messages_that_still_wait_have_not_failed(ledger, tmp_path):
    plan(ledger, people(500))
    sees = foresee(SHOP, ledger, listed(), people(700), tmp_path, CUTOFF)
    assert sees.reach is None


def test_a_week_that_draws_nobody_new_does_not_end_the_campaign(ledger, tmp_path):
    """Weeks to come are like those so far, with the holdout that is planned."""
    before = WavePlan(first_treatment=1600, first_holdout=400)
    plan(ledger, people(2000), plan=before)
    sees = foresee(SHOP, ledger, listed(), people(300), tmp_path, CUTOFF)
    assert (sees.first_treatment, sees.detectable, sees.weekly) == (0, None, 1000)
    assert sees.weeks_to_tell < 13


def test_a_wave_that_was_stopped_on_its_way_counts(ledger, tmp_path):
    plan(ledger, people(500))
    run(ledger, {"email": Receiver("one_shot")}, tmp_path)
    decide_wave(ledger, WAVE, "stopped", "li", NOW)
    sees = foresee(SHOP, ledger, listed(), people(700), tmp_path, CUTOFF)
    assert (sees.first_treatment, sees.first_holdout, sees.treated_to_date) == (160, 40, 560)


PLANNED = WavePlan(treatment=80, holdout=20, first_treatment=80, first_holdout=20, weekly=100, worth_points=0.05)  # fmt: skip


@pytest.mark.parametrize(
    ("weeks", "more", "said"),
    [
        (13, 11, "after 13 weeks of waves"),
        (30, 27, "not show an effect of 5 points within a half-year, but after about 30 weeks"),
        (None, 40, "with a holdout of 30 % it does after about 40 weeks"),
        (None, None, "within a year, nor with a holdout of 30 %"),
    ],
)
def test_not_within_a_year_is_an_answer(weeks, more, said):
    plan = msgspec.structs.replace(PLANNED, weeks_to_tell=weeks, weeks_with_more=more)
    [sentence] = write_foresight(plan, "en")
    assert said in sentence
    assert len(write_foresight(plan, "zh")) == 1


def test_who_is_not_compared_and_not_reached_is_said():
    plan = msgspec.structs.replace(
        PLANNED, first_treatment=30, first_holdout=5, reach=0.65, weekly=None
    )
    assert count_compared(plan) == (30, 5)
    first, reach = write_foresight(plan, "en")
    assert "Only the 35 of 100" in first
    assert "65%" in reach
    assert count_compared(WavePlan(treatment=8, holdout=2)) == (8, 2)
