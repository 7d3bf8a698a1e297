"""Assignments and their later orders → what a wave really earned, with its interval.

`outcomes` joins arms with `later_orders`; `effect` compares the arms, `sample_ratio` says whether
they may be compared, `verdict` what can be said, `sequential` makes intervals for those who look
every week, `uplift_curves` judges a ranking by a randomised campaign. `money` and `wave_costs` say
what was earned and spent, `results` puts it together and `narrative` says it.
"""
