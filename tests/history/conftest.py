"""A fresh ledger, as the ledger's own tests have it."""

from tests.ledger.conftest import ledger

__all__ = ["ledger"]
