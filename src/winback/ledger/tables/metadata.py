"""What every table of the ledger is declared on."""

import sqlalchemy as sa

METADATA = sa.MetaData()
