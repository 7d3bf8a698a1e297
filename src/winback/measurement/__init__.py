"""Assignments and their later orders → what a wave really earned, with its interval (DESIGN 7).

`effect` compares the arms, `sample_ratio` says whether they may be compared, `verdicts` what can be said, `sequences` makes
intervals for who looks every week, `ranking` judges one by a randomised campaign.
"""

from winback.measurement.effect import Effect, Interval, Units, mean_effect, share_effect
from winback.measurement.ranking import Caught, caught, qini
from winback.measurement.sample_ratio import LEAST_P, ratio_p
from winback.measurement.sequences import always_valid
from winback.measurement.verdicts import Said, Verdict, holm, judged, roi_line

__all__ = [
    "LEAST_P", "Caught", "Effect", "Interval", "Said", "Units", "Verdict", "always_valid", "caught", "holm", "judged",
    "mean_effect", "qini", "ratio_p", "roi_line", "share_effect",
]  # fmt: skip
