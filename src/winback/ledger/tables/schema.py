"""The whole schema of the ledger. A change comes with a migration; a test holds both together."""

from winback.ledger.tables import cases, contacts, service, waves
from winback.ledger.tables.metadata import METADATA

# A table is on METADATA once its module is imported; who needs every table takes SCHEMA.
TABLE_MODULES = (waves, contacts, service, cases)
SCHEMA = METADATA
