"""Keys in the ledger, on SQLite and on Postgres."""

import hashlib
import stat
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from winback.core.wave_errors import (
    DaysOutOfRange,
    KeyNameTaken,
    KeyNameUnreadable,
    KeyUnknown,
    LedgerNewer,
    LedgerRefused,
    RateUnreadable,
    ScopeUnknown,
)
from winback.ledger.api_keys import (
    create_api_key,
    list_api_keys,
    list_known_api_keys,
    mark_keys_used,
    parse_token,
    revoke_api_key,
)
from winback.ledger.engine import HEAD, open_ledger
from winback.ledger.tables.schema import SCHEMA

NOW = datetime(2026, 11, 22, 9, 30, 15)
READ = ("predict", "read")


def test_the_migrations_make_what_the_tables_say(ledger):
    """Two descriptions of one database drift apart unless something looks."""
    with ledger.begin_read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SCHEMA) == []
    assert ledger.read_version() == HEAD


def test_migrating_again_changes_nothing(ledger):
    made = create_api_key(ledger, "desk", READ, NOW, 10)
    ledger.migrate()
    assert [key.key_id for key in list_api_keys(ledger)] == [made.key.key_id]


def test_a_key_is_256_bits_and_stands_nowhere(ledger, tmp_path):
    made = create_api_key(ledger, "desk", READ, NOW, 365)
    key_id, secret = parse_token(made.token)
    assert (key_id, len(secret)) == (made.key.key_id, 43)
    [kept] = list_api_keys(ledger)
    assert kept == made.key
    assert kept.secret_sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert kept.has_secret(secret)
    assert not kept.has_secret(secret[:-1] + ("A" if secret[-1] != "A" else "B"))
    for path in (tmp_path / "shop").glob("*"):
        assert secret.encode() not in path.read_bytes()


def test_two_keys_of_a_name_are_valid_at_once_and_no_third(ledger):
    """The old one works until everybody has the new one; more are forgotten somewhere."""
    first, _ = (
        create_api_key(ledger, "desk", READ, NOW, 10),
        create_api_key(ledger, "desk", READ, NOW, 10),
    )
    with pytest.raises(KeyNameTaken) as refused:
        create_api_key(ledger, "desk", READ, NOW, 10)
    assert refused.value.values["oldest"] in {key.key_id for key in list_api_keys(ledger)}
    revoke_api_key(ledger, first.key.key_id, NOW)
    create_api_key(ledger, "desk", READ, NOW, 10)
    create_api_key(ledger, "other", READ, NOW, 10)
    assert len(create_api_key(ledger, "desk", READ, NOW + timedelta(days=11), 10).token) > 43


def test_a_key_ends_on_its_day_and_at_once_when_revoked(ledger):
    made = create_api_key(ledger, "desk", READ, NOW, 10)
    assert made.key.is_valid(NOW + timedelta(days=10, seconds=-1))
    assert not made.key.is_valid(NOW + timedelta(days=10))
    revoke_api_key(ledger, made.key.key_id, NOW)
    revoke_api_key(ledger, made.key.key_id, NOW + timedelta(days=1))
    [kept] = list_api_keys(ledger)
    assert (kept.revoked_at, kept.is_valid(NOW)) == (NOW, False)


def test_when_a_key_was_used_is_kept_to_the_minute(ledger):
    made = create_api_key(ledger, "desk", READ, NOW, 10)
    mark_keys_used(ledger, [made.key.key_id], NOW)
    assert list_api_keys(ledger)[0].last_used_at == NOW.replace(second=0)


@pytest.mark.parametrize(
    ("change", "error"),
    [({"scopes": ()}, ScopeUnknown), ({"scopes": ("admin",)}, ScopeUnknown), ({"rate": "fast"}, RateUnreadable),
     ({"rate": "0/second"}, RateUnreadable), ({"rate": "1/second; drop"}, RateUnreadable), ({"name": ""}, KeyNameUnreadable),
     ({"name": "  "}, KeyNameUnreadable), ({"name": "n" * 65}, KeyNameUnreadable), ({"days": 0}, DaysOutOfRange),
     ({"days": 1000}, DaysOutOfRange)],
)  # fmt: skip
def test_what_a_key_cannot_be_is_refused(ledger, change, error):
    with pytest.raises(error):
        create_api_key(ledger, **({"name": "desk", "scopes": READ, "now": NOW, "days": 1} | change))
    assert list_api_keys(ledger) == []


def test_a_key_nobody_has_cannot_be_revoked(ledger):
    with pytest.raises(KeyUnknown):
        revoke_api_key(ledger, "0123456789abcdef", NOW)


def test_a_ledger_of_a_later_version_is_left_alone(ledger):
    """It may keep promises this one does not know of."""
    with ledger.begin_write() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(LedgerNewer):
        ledger.migrate()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "wb_",
        "wb_0123456789abcdef_short",
        "xx_0123456789abcdef_" + "A" * 43,
        "wb_0123456789ABCDEF_" + "A" * 43,
    ],
)
def test_what_is_no_token_is_none(token):
    assert parse_token(token) is None


def test_sqlite_keeps_what_it_has_said_it_keeps(tmp_path):
    """FULL, not NORMAL: a commit lost with the power is a message sent twice."""
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.migrate()
    with ledger.begin_read() as connection:
        assert connection.execute(sa.text("pragma journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("pragma synchronous")).scalar() == 2
    assert stat.S_IMODE((tmp_path / "ledger.db").stat().st_mode) == 0o600
    assert list_known_api_keys(open_ledger(tmp_path / "fresh.db")) == []


def test_a_write_begins_by_taking_its_turn(tmp_path):
    """A transaction that reads first and then writes fails at once when another has written."""
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.migrate()
    other = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.db'}", connect_args={"timeout": 0.1})
    with ledger.begin_write() as connection:
        assert connection.execute(sa.text("select count(*) from api_keys")).scalar() == 0
        with pytest.raises(sa.exc.OperationalError, match="locked"), other.begin() as second:
            second.execute(sa.text("delete from api_keys"))


def test_what_is_no_database_is_refused_in_words(tmp_path):
    (tmp_path / "ledger.db").write_bytes(
        b"not a database at all, but long enough to be looked at" * 10
    )
    with pytest.raises(LedgerRefused) as refused:
        open_ledger(tmp_path / "ledger.db").read_version()
    assert "not a database" in refused.value.values["detail"]
    for url in ("nonsense", "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"):
        with pytest.raises(LedgerRefused) as refused:
            open_ledger(tmp_path / "x.db", url).read_version()
        assert "secret" not in str(refused.value)


def test_a_ledger_named_by_url_is_the_file_it_names(tmp_path):
    """Its rights, and whether it has changed, are looked up there and nowhere else."""
    ledger = open_ledger(tmp_path / "default.db", f"sqlite:///{tmp_path / 'own.db'}")
    ledger.migrate()
    before = ledger.get_stamp()
    create_api_key(ledger, "desk", READ, NOW, 5)
    assert ledger.get_stamp() != before
    assert not (tmp_path / "default.db").exists()
    assert stat.S_IMODE((tmp_path / "own.db").stat().st_mode) == 0o600


def test_a_ledger_that_was_put_back_is_the_one_that_is_read(tmp_path):
    """After a restore the keys of the file in the old one's place count."""
    old, new = open_ledger(tmp_path / "ledger.db"), open_ledger(tmp_path / "restored.db")
    old.migrate()
    create_api_key(old, "old", READ, NOW, 5)
    new.migrate()
    create_api_key(new, "new", READ, NOW, 5)
    with new.begin_write() as connection:
        connection.execute(sa.text("select 1"))
    (tmp_path / "restored.db").replace(tmp_path / "ledger.db")
    for wal in ("-wal", "-shm"):
        (tmp_path / f"ledger.db{wal}").unlink(missing_ok=True)
    assert [key.name for key in list_api_keys(old)] == ["new"]


def test_two_who_open_a_new_ledger_at_once_make_one(tmp_path):
    code = ("import sys; from pathlib import Path; from datetime import datetime; from winback.ledger.engine import open_ledger\n"
            "from winback.ledger.api_keys import create_api_key\n"
            "ledger = open_ledger(Path(sys.argv[1])); ledger.migrate()\n"
            "create_api_key(ledger, sys.argv[2], ['read'], datetime(2026, 11, 22), 5)")  # fmt: skip
    path = str(tmp_path / "ledger.db")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, path, f"key{number}"], stderr=subprocess.PIPE, text=True
        )
        for number in range(6)
    ]
    said = [process.communicate(timeout=60)[1] for process in running]
    assert (said, [process.returncode for process in running]) == ([""] * 6, [0] * 6)
    assert len(list_api_keys(open_ledger(tmp_path / "ledger.db"))) == 6
