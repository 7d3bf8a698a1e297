"""Winback: whom a web shop is silently losing, what they are worth, and what to do about it.

A package imports those before it, never one after it:
core → i18n → config → ledger, history → readers → data → features → model → segmentation →
playbooks → scoring → recall → experiments → delivery → measurement → monitoring → privacy →
reports → training → workflows → simulation → api, dashboard → server → cli → client.
"""

import os

# Before anything imports xgboost: on a busy machine OpenMP's spinning threads made a fit twenty
# times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
