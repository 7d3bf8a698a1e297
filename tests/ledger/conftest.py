"""A fresh ledger for every test: SQLite, and in `make test-full` Postgres as well."""

import psycopg
import pytest

from tests.ledger.seal_key import SEAL_KEY
from winback.ledger.engine import open_ledger


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.full)])
def ledger(request, tmp_path):
    url = (
        _own_database(request.getfixturevalue("postgres")) if request.param == "postgres" else None
    )
    ledger = open_ledger(tmp_path / "shop" / "ledger.db", url, seal_key=SEAL_KEY)
    ledger.migrate()
    yield ledger
    ledger.engine.dispose()


def _own_database(server: str) -> str:
    """An empty database: what other tests keep on the server is not the ledger's."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop database if exists ledger with (force)")
        connection.execute("create database ledger")
    return f"{server.rpartition('/')[0].replace('postgresql://', 'postgresql+psycopg://')}/ledger"
