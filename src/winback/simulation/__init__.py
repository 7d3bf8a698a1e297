"""A shop whose truth is known: customers, products and seasons made by our own code, and what each
message does.

`worlds` says how people take messages, and draws waves of them at once; `shop` simulates a shop day
by day; `exports` writes what a shop system would. `weekly_run` takes it through every week,
`rehearsal` tries a wave on a copy. Nothing here is tuned to any model: the worlds are fixed before
one is looked at (docs/explanation/simulation.md).
"""
