"""What a campaign will show with its next wave, and when it will show what matters: read before
anybody approves."""

import csv
from collections.abc import Sequence
from dataclasses import astuple
from datetime import date, timedelta
from pathlib import Path

import msgspec

from winback.config.shop import Shop
from winback.experiments.power import (
    SHARES,
    ArmSizes,
    compute_detectable_rise,
    compute_detectable_rise_weekly,
    estimate_weeks_to_tell,
)
from winback.ledger.assignments import PlannedAssignment
from winback.ledger.engine import Ledger
from winback.ledger.holdout_draws import count_arms_to_date, list_entered_households
from winback.ledger.wave_plan import WavePlan
from winback.ledger.waves import count_wave, list_waves, measure_reach
from winback.recall.recall_list import RecallList

WEEKS_AHEAD = 4  # of the forecast, and of the waves, that the next ones are taken to be like
WEEKS_OF_WAITING = 26  # over which those enter who had no room in the first wave


class Foresight(msgspec.Struct, frozen=True):
    """What a wave and the campaign with it show, and when it will show what matters; fields as in
    WavePlan."""

    first_treatment: int
    first_holdout: int
    detectable: float | None
    treated_to_date: int
    held_out_to_date: int
    detectable_to_date: float | None
    reach: float | None
    weekly: int | None
    weeks_to_tell: int | None
    weeks_with_more: int | None


def foresee(
    shop: Shop,
    ledger: Ledger,
    weekly: RecallList,
    drawn: Sequence[PlannedAssignment],
    folder: Path,
    cutoff: date,
) -> Foresight:
    """By the method that will judge: each household once, at its first entry, and messages that go
    out as often as they have so far."""
    playbook = weekly.playbook.name
    entered = list_entered_households(ledger, playbook)
    new = [each for each in drawn if each.household not in entered]
    this = measure_arms(*(_choose_arm(new, arm) for arm in ("treatment", "holdout")))
    to_date = ArmSizes(*astuple(count_arms_to_date(ledger, playbook))) + this
    waves = [
        wave
        for wave in list_waves(ledger)
        if wave.playbook == playbook and wave.state == "approved"
    ]
    messages = (row for wave in waves for row in count_wave(ledger, wave.wave_id)["messages"])
    # What still waits has neither gone out nor failed to.
    reach = measure_reach(row for row in messages if row["state"] != "pending")
    plans = [wave.plan for wave in sorted(waves, key=lambda wave: wave.cutoff)]
    a_week = _expect_week(plans, weekly, len(new), folder, cutoff)
    worth = shop.measurement.worth_points * (1.0 if reach is None else reach)
    now, more = None, None
    if a_week:
        each = _expect_arms(a_week, to_date, drawn)
        now = estimate_weeks_to_tell(to_date, each, worth)
        more = estimate_weeks_to_tell(to_date, each.hold_out(SHARES[-1]), worth)
    return Foresight(
        first_treatment=round(this.treated),
        first_holdout=round(this.held_out),
        detectable=compute_detectable_rise(this),
        treated_to_date=round(to_date.treated),
        held_out_to_date=round(to_date.held_out),
        detectable_to_date=compute_detectable_rise_weekly(to_date, len(plans) + 1),
        reach=reach,
        weekly=a_week,
        weeks_to_tell=now,
        weeks_with_more=more,
    )


def _expect_arms(a_week: int, to_date: ArmSizes, drawn: Sequence[PlannedAssignment]) -> ArmSizes:
    """So many first entries with the holdout that is planned: this week's draw is chance."""
    known = [each.holdout_chance for each in drawn if each.holdout_chance is not None]
    share = sum(known) / len(known) if known else to_date.held_out / max(to_date.customers, 1)
    each = ArmSizes(to_date.treated, to_date.held_out, to_date.returning, to_date.households)
    return each.repeat(a_week / max(to_date.customers, 1)).hold_out(share)


def _expect_week(
    plans: Sequence[WavePlan], weekly: RecallList, new: int, folder: Path, cutoff: date
) -> int | None:
    """How many enter for the first time in a week like those to come: as in the last waves; after a
    shop's first one, which is everybody who fell silent so far, as many as are forecast to, and
    those it had no room for over a half-year. None where nothing foretells it."""
    recent = [
        plan.first_treatment + plan.first_holdout
        for plan in plans[-WEEKS_AHEAD + 1 :]
        if plan.first_treatment is not None and plan.first_holdout is not None
    ]
    if weekly.summary.since and recent:
        return round((sum(recent) + new) / (len(recent) + 1))
    later = cutoff + timedelta(weeks=WEEKS_AHEAD)
    expected = sum_forecast(folder / "snapshots", str(cutoff), later)
    if expected is None:
        return new if weekly.summary.since else None
    waiting = sum(row.why_not == "capacity" for row in weekly.rows)
    return min(round(expected / WEEKS_AHEAD + waiting / WEEKS_OF_WAITING), new)


def _choose_arm(drawn: Sequence[PlannedAssignment], arm: str) -> list[PlannedAssignment]:
    return [each for each in drawn if each.arm == arm]


def measure_arms(
    treated: Sequence[PlannedAssignment], held: Sequence[PlannedAssignment]
) -> ArmSizes:
    """How many are on each side, and their mean chance of returning."""
    everyone = (*treated, *held)
    chances = [
        1 - each.churn_probability for each in everyone if each.churn_probability is not None
    ]
    returning = sum(chances) / len(chances) if chances else 0.0
    households = len({each.household for each in everyone})
    return ArmSizes(len(treated), len(held), returning, households)


def sum_forecast(snapshots: Path, since: str, cutoff: date) -> float | None:
    """How many were expected to fall silent from one list to this one; None where no snapshot of
    that day tells."""
    path = snapshots / since / "calendar.csv"
    if not path.is_file():
        return None
    first, last = date.fromisoformat(since) + timedelta(days=1), cutoff
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return sum(
            float(row["expected"])
            for row in csv.DictReader(stream)
            if first <= date.fromisoformat(row["day"]) <= last
        )
