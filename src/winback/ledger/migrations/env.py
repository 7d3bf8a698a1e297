"""Alembic's entry point: runs the migrations on the connection it is handed, in that connection's
transaction."""

from alembic import context

from winback.ledger.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
