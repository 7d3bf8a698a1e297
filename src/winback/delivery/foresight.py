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
    compute_detectable_rise_weekly,
    estimate_weeks_to_tell,
)
from winback.ledger.assignments import PlannedAssignment
from winback.ledger.engine import Ledger
from winback.ledger.holdout_draws import count_arms_to_date, list_entered_households
from winback.ledger.waves import count_wave, list_waves, measure_reach
from winback.recall.recall_list import RecallList

WEEKS_AHEAD = 4  # of the forecast that a first wave's weekly successors are taken from


class Foresight(msgspec.Struct, frozen=True):
    """What the campaign shows with this wave, and when it will show what matters; fields as in
    WavePlan."""

    treated_to_date: int
    held_out_to_date: int
    detectable_to_date: float | None
    first_entries: int
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
    before = ArmSizes(*astuple(count_arms_to_date(ledger, playbook)))
    to_date, waves = before + this, _count_waves(ledger, playbook) + 1
    reach = measure_reach(
        row
        for wave in list_waves(ledger)
        if wave.playbook == playbook and wave.state == "approved"
        for row in count_wave(ledger, wave.wave_id)["messages"]
    )
    # A shop's first wave is everybody who fell silent so far, and does not come again each week.
    a_week = len(new) if weekly.summary.since else _forecast_week(folder, cutoff, len(new))
    worth = shop.measurement.worth_points * (1.0 if reach is None else reach)
    now, more = None, None
    if a_week and new:
        each = this.repeat(a_week / len(new))
        now = estimate_weeks_to_tell(to_date, each, worth)
        more = estimate_weeks_to_tell(to_date, each.hold_out(SHARES[-1]), worth)
    return Foresight(
        treated_to_date=round(to_date.treated),
        held_out_to_date=round(to_date.held_out),
        detectable_to_date=compute_detectable_rise_weekly(to_date, waves),
        first_entries=len(new),
        reach=reach,
        weekly=a_week,
        weeks_to_tell=now,
        weeks_with_more=more,
    )


def _choose_arm(drawn: Sequence[PlannedAssignment], arm: str) -> list[PlannedAssignment]:
    return [each for each in drawn if each.arm == arm]


def _count_waves(ledger: Ledger, playbook: str) -> int:
    """A playbook's approved waves."""
    return sum(
        wave.playbook == playbook and wave.state == "approved" for wave in list_waves(ledger)
    )


def _forecast_week(folder: Path, cutoff: date, drawn: int) -> int | None:
    """How many are expected to fall silent in a week, and so to enter; None where nothing foretells
    it."""
    later = cutoff + timedelta(weeks=WEEKS_AHEAD)
    expected = sum_forecast(folder / "snapshots", str(cutoff), later)
    return None if expected is None else min(round(expected / WEEKS_AHEAD), drawn)


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
