"""Whether a new model takes the old one's place: only if it is not worse on the last matured
cut-offs."""

from collections.abc import Sequence
from dataclasses import dataclass

from winback.features.registry import hash_spec
from winback.model.bundle import Bundle
from winback.model.metrics import EvaluationSet, Interval, measure_paired_difference
from winback.training.pipeline import FittedModel

CUTOFFS, EVERY_DAYS = 3, 30


@dataclass(frozen=True)
class PromotionDecision:
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


def decide_promotion(
    rolls: Sequence[FittedModel], version: str, old: Bundle | None, damaged: bool = False
) -> PromotionDecision:
    """Challenger against champion. rolls: the recipe as of each of the last cut-offs, newest first,
    so all are forecasts.

    Only cut-offs whose outcomes the old model has not learned from count: on a made shop the very
    same recipe, trained on the outcomes asked about, beat itself.
    """
    if old is None:
        return PromotionDecision(True, "unreadable" if damaged else "first")
    if old.version == version:
        return PromotionDecision(True, "same")
    if (
        old.manifest["spec_hash"] != hash_spec()
        or old.manifest["outcome_days"] != rolls[0].base_rate.outcome_days
    ):
        return PromotionDecision(True, "incomparable")
    learned_until = old.manifest["window"]["test_cutoff"]
    fair = [roll for roll in rolls if str(roll.test_set.cutoff.day) >= learned_until]
    if not fair:
        return PromotionDecision(False, "older")
    panels = []
    for roll in fair:
        test_set, new_chance = roll.test_set, roll.chances["model"]
        old_chance = old.predict(test_set.rows, test_set.cutoff.day).churn_probability
        panels.append(EvaluationSet(test_set.churned, new_chance, old_chance, test_set.customer))
    differences = measure_paired_difference(panels, seed=7)
    worse = differences["auc"].high < 0 or differences["log_loss"].low > 0
    days = [str(roll.test_set.cutoff.day) for roll in fair]
    return PromotionDecision(not worse, "worse" if worse else "not_worse", days, differences)
