"""Assignments and their later orders → what a wave really earned, with its interval.

`outcomes` joins arms with later orders; `effect` compares the arms, `sample_ratio` says whether
they may be compared, `verdict` what can be said, `sequential` makes intervals for those who look
every week, `uplift_curves` judges a ranking by a randomised campaign. `results` puts it together
and `narrative` says it.
"""
