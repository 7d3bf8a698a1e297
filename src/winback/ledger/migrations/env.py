"""Alembic's entry point: runs the migrations on the connection it is handed, in that connection's
transaction."""

from alembic import context

from winback.ledger.tables.schema import SCHEMA

context.configure(connection=context.config.attributes["connection"], target_metadata=SCHEMA)
context.run_migrations()
