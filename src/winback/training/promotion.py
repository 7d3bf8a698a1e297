"""Whether a new model takes the old one's place: only if it is not worse on the last matured
cut-offs (MODEL 2.10)."""

from collections.abc import Sequence
from dataclasses import dataclass

from winback.features.registry import spec_hash
from winback.model.bundle import Bundle
from winback.model.metrics import Interval, Panel, paired
from winback.training.pipeline import Fitted

CUTOFFS, EVERY_DAYS = 3, 30


@dataclass(frozen=True)
class Promotion:
    """The decision and why: `first`, `unreadable` (the old one is damaged), `same`, `incomparable`
    (the question has changed), `older` (made as of a day before the old one), `not_worse` or
    `worse`.

    differences: the new model's AUC and log-loss less the old one's, mean over the cut-offs, with
    95 % intervals.
    """

    promoted: bool
    why: str
    cutoffs: Sequence[str] = ()
    differences: dict[str, Interval] | None = None


def judged(
    rolls: Sequence[Fitted], version: str, old: Bundle | None, damaged: bool = False
) -> Promotion:
    """Challenger against champion. rolls: the recipe as of each of the last cut-offs, newest first,
    so all are forecasts.

    Only cut-offs whose outcomes the old model has not learned from count: on a made shop the very
    same recipe, trained on the outcomes asked about, beat itself.
    """
    if old is None:
        return Promotion(True, "unreadable" if damaged else "first")
    if old.version == version:
        return Promotion(True, "same")
    if (
        old.manifest["spec_hash"] != spec_hash()
        or old.manifest["outcome_days"] != rolls[0].base_rate.outcome_days
    ):
        return Promotion(True, "incomparable")
    learned_until = old.manifest["window"]["test_cutoff"]
    fair = [roll for roll in rolls if str(roll.exam.cutoff.day) >= learned_until]
    if not fair:
        return Promotion(False, "older")
    panels = []
    for roll in fair:
        theirs = old.chance(old.margin(roll.exam.rows), roll.exam.cutoff.day)
        panels.append(Panel(roll.exam.churned, roll.chances["model"], theirs, roll.exam.customer))
    found = paired(panels, seed=7)
    worse = found["auc"].high < 0 or found["log_loss"].low > 0
    days = [str(roll.exam.cutoff.day) for roll in fair]
    return Promotion(not worse, "worse" if worse else "not_worse", days, found)
