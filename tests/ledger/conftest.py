"""A fresh ledger for every test: SQLite, and in `make test-full` Postgres as well."""

import pytest
import sqlalchemy as sa

from winback.ledger.engine import open_ledger
from winback.ledger.schema import METADATA


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.full)])
def ledger(request, tmp_path):
    url = (
        request.getfixturevalue("postgres").replace("postgresql://", "postgresql+psycopg://")
        if request.param == "postgres"
        else None
    )
    ledger = open_ledger(tmp_path / "shop" / "ledger.db", url)
    if url:
        with ledger.writing() as connection:
            METADATA.drop_all(connection)
            connection.execute(sa.text("drop table if exists alembic_version"))
    ledger.migrate()
    yield ledger
    ledger.engine.dispose()
