"""The key of the seals of the ledgers made here."""

SEAL_KEY = bytes(range(32))
