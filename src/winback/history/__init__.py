"""The second witness: receivers' own logs held against the ledger, by code that shares nothing with
the delivery or with the outbox."""
