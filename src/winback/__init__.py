"""Winback: whom a web shop is silently losing, what they are worth, and what to do about it."""

import os

# Before anything imports xgboost: on a busy machine OpenMP's spinning threads made a fit twenty
# times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
