"""Which rows of a playbook's waves are compared: each household's first after a draw, with the
chance of the holdout it was drawn with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.experiments.assignment import Assignment, get_half_year, load_assignment
from winback.ledger.engine import Ledger
from winback.ledger.entries import Entry, find_holding, load_repeated_entries
from winback.ledger.experiment_data import Assignments, list_approvals
from winback.ledger.waves import Wave, list_released, list_waves
from winback.playbooks.playbook import Playbook

_UNKNOWN_CHANCE = 0.5  # of a play that the playbook no longer has, in a wave that kept no chances


@dataclass(frozen=True)
class SentWave:
    """A wave that went out, and the moment its outcomes begin."""

    wave: Wave
    began: datetime


def list_sent_waves(ledger: Ledger, playbook: str | None) -> list[SentWave]:
    """A playbook's waves that went out, the oldest first: approved ones, and stopped ones of
    which something had gone. playbook: None for those of all."""
    released, approved = list_released(ledger), list_approvals(ledger)
    waves_sent = [
        SentWave(wave, approved[wave.wave_id])
        for wave in list_waves(ledger)
        if playbook in (None, wave.playbook)
        and wave.wave_id in approved
        and (wave.state == "approved" or wave.cutoff not in released)
    ]
    return sorted(waves_sent, key=lambda each: (each.began, each.wave.wave_id))


@dataclass(frozen=True)
class _WaveRows:
    """A wave's rows of the assignments."""

    households: Sequence[str]
    plays: Sequence[str]
    chances: Sequence[float | None]


def find_first_entries(
    shop: Shop,
    playbook: Playbook,
    ledger: Ledger,
    waves: Sequence[SentWave],
    assignments: Assignments,
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether each row is its household's first after a draw, and the chance with which it was
    held out."""
    counts, start = Counter(assignments.wave_id), 0
    fresh, share = list[bool](), list[float]()
    entered, kept = dict[str, date](), _KeptDraws(ledger, [each.wave.wave_id for each in waves])
    for each in waves:
        part = slice(start, start + counts[each.wave.wave_id])
        start = part.stop
        rows = _WaveRows(
            assignments.household[part], assignments.play[part], assignments.holdout_chance[part]
        )
        # A household of several customers enters once, with all of them that are in its first wave.
        chances = [chance for chance in rows.chances if chance is not None]
        if len(chances) == len(rows.chances):
            fresh += kept.list_first(each, rows.households, chances)
            share += chances
        else:
            firsts, shares = _read_former_wave(shop, playbook, ledger, each, rows, entered)
            fresh += firsts
            share += shares
        entered.update(dict.fromkeys(rows.households, get_half_year(each.wave.cutoff)))
    return np.array(fresh, dtype=bool), np.array(share, dtype=np.float64)


class _KeptDraws:
    """Which rows of waves that kept their chances are the first of a draw."""

    def __init__(self, ledger: Ledger, waves: Sequence[str]) -> None:
        self._repeated = load_repeated_entries(ledger, waves)
        self._began = {
            each.wave.wave_id: each.began for each in list_sent_waves(ledger, playbook=None)
        }
        self._seen = set[tuple[str, str]]()

    def list_first(
        self, wave: SentWave, households: Sequence[str], chances: Sequence[float]
    ) -> list[bool]:
        """Of each row of a wave whether it is its household's first."""
        draws = [self._find_draw(wave, household) for household in households]
        # Who is never written to is compared at their first entry alone.
        firsts = [
            chance != 1 and draw not in self._seen and self._is_new(wave, *draw)
            for draw, chance in zip(draws, chances, strict=True)
        ]
        self._seen.update(draws)
        return firsts

    def _find_draw(self, wave: SentWave, household: str) -> tuple[str, str]:
        """A household, and the wave whose entry drew its arm."""
        entries = self._repeated.get(household, ())
        own = [each for each in entries if each.wave_id == wave.wave.wave_id]
        entry = own[0] if own else find_holding(entries, wave.wave.cutoff)
        return household, wave.wave.wave_id if entry is None else entry.wave_id

    def _is_new(self, wave: SentWave, household: str, drawn_in: str) -> bool:
        """Whether no message of an earlier wave has influenced a draw's first row."""
        if drawn_in != wave.wave.wave_id and self._was_sent(drawn_in, wave):
            return False
        entries = {each.wave_id: each for each in self._repeated.get(household, ())}
        mine = entries.get(drawn_in)
        rest = timedelta(days=wave.wave.plan.washout_days or 0)
        return mine is None or not any(
            self._was_sent(each.wave_id, wave) and _is_resting(each, mine.entered_on, rest)
            for each in entries.values()
            if each is not mine
        )

    def _was_sent(self, wave_id: str, before: SentWave) -> bool:
        return wave_id in self._began and self._began[wave_id] < before.began


def _is_resting(former: Entry, day: date, rest: timedelta) -> bool:
    """Whether on a day changed sides were washed out after a former entry: who is there then is so
    in the arm they had, and that is no new draw."""
    return former.entered_on < day < former.fixed_until + rest


def _read_former_wave(
    shop: Shop,
    playbook: Playbook,
    ledger: Ledger,
    wave: SentWave,
    rows: _WaveRows,
    entered: Mapping[str, date],
) -> tuple[list[bool], list[float]]:
    """The same of a wave that kept no chances: they are computed from what drew it."""
    washout = wave.wave.plan.washout_days  # as it was then: who was left out hangs on it
    arms = load_assignment(shop, playbook, None, ledger, wave.wave.cutoff, washout)
    half = get_half_year(wave.wave.cutoff)
    when = [entered.get(household) for household in rows.households]
    # While changed sides are washed out, who entered before is there in the arm they had: that is
    # no new draw.
    fresh = [
        day is None
        or (day < half and arms.changed is None and not arms.now.is_permanent(household))
        for day, household in zip(when, rows.households, strict=True)
    ]
    return fresh, _list_holdout_shares(arms, rows.plays, [day is not None for day in when])


def _list_holdout_shares(
    arms: Assignment, plays: Sequence[str], again: Sequence[bool]
) -> list[float]:
    """Each row's chance of the holdout, by its play and whether its household was in before."""
    known = {
        (play, before): arms.get_holdout_share(play, before)
        if play in arms.shares
        else _UNKNOWN_CHANCE
        for play, before in set(zip(plays, again, strict=True))
    }
    return [known[key] for key in zip(plays, again, strict=True)]
