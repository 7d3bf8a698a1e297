"""The whole schema of the ledger. A change comes with a migration; a test holds both together."""

from winback.ledger import contact_tables, service_tables, wave_tables
from winback.ledger.metadata import METADATA

# A table is on METADATA once its module is imported; who needs every table takes SCHEMA.
TABLE_MODULES = (wave_tables, contact_tables, service_tables)
SCHEMA = METADATA
