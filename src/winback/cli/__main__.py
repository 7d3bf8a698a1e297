"""`python -m winback.cli`."""

from winback.cli import run

run()
