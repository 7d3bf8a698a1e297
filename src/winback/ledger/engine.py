"""The ledger's database: opened with the durability it promises, and migrated before it is written
to.

SQLite: WAL, `synchronous=FULL`, and every write begins with `BEGIN IMMEDIATE`: a transaction that
turns from reading to writing fails at once, whatever its busy timeout.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from winback.core.wave_errors import LedgerNewer, LedgerRefused, SealKeyOther

# the newest migration, so that the service need not load the migrations to know whether it can read
HEAD = "0002"
_BUSY_SECONDS = 30
_CONNECT_SECONDS = 5
_LOCK = 0x77696E  # of Postgres, held while something is written; any number that is ours
_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Ledger:
    """An open ledger."""

    engine: sa.Engine
    shown: str  # its address without a password
    path: Path | None = None  # of the file it is, if it is one

    @property
    def seal_key(self) -> bytes | None:
        """What its rows are sealed with."""
        key: bytes | None = self.engine.get_execution_options().get("seal_key")
        return key

    def allow_writes(self, allowed: bool) -> None:
        """Whether it may be written to with the key it was opened with: under another one than it
        is sealed under every row would seem changed by hand."""
        self.engine.update_execution_options(is_foreign=not allowed)

    @contextmanager
    def begin_write(self) -> Iterator[sa.Connection]:
        """One transaction: everything in it is kept, or nothing. Raises LedgerRefused and
        SealKeyOther."""
        if self.engine.get_execution_options().get("is_foreign"):
            raise SealKeyOther(ledger=self.shown)
        with self._explain_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def begin_snapshot(self) -> Iterator[sa.Connection]:
        """A connection that sees one moment of the ledger, whatever is written meanwhile. Raises
        LedgerRefused."""
        with self._explain_errors(), self.engine.connect() as connection:
            level = {} if self.path is not None else {"isolation_level": "REPEATABLE READ"}
            with connection.execution_options(only_reads=True, **level).begin():
                yield connection

    @contextmanager
    def begin_read(self) -> Iterator[sa.Connection]:
        """A connection that sees what is committed. Raises LedgerRefused."""
        with self._explain_errors(), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def read_version(self) -> str | None:
        """The migration it stands at; None before the first. Raises LedgerRefused."""
        with self.begin_read() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(sa.text("select version_num from alembic_version")).scalar()

    def get_stamp(self) -> tuple[int, ...] | None:
        """Changes when something is written to a ledger that is a file; None where only asking
        tells."""
        if self.path is None:
            return None
        files = [self.path, self.path.with_name(self.path.name + "-wal")]
        states = [file.stat() for file in files if file.exists()]
        return tuple(
            number for each in states for number in (each.st_mtime_ns, each.st_size, each.st_ino)
        )

    def migrate(self) -> None:
        """Bring it to the newest version. Raises LedgerNewer if it was made by a later one than
        this."""
        from alembic import command
        from alembic.config import Config

        self.check()
        if self.read_version() == HEAD:
            return
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self.begin_write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def check(self) -> None:
        """Raises LedgerNewer if a later version of Winback made it: it may keep promises this
        one does not know of."""
        version = self.read_version()
        if version is not None and version > HEAD:
            raise LedgerNewer(ledger=self.shown, version=version, known=HEAD)

    @contextmanager
    def _explain_errors(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, ImportError) as error:
            detail = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
            raise LedgerRefused(ledger=self.shown, detail=detail.splitlines()[0]) from None


def open_ledger(
    path: Path, url: str | None = None, keep_open: bool = False, seal_key: bytes | None = None
) -> Ledger:
    """The ledger at `path` (SQLite, made where there is none; one that cannot be written to can be
    read), or at a database's URL. Raises LedgerRefused.

    keep_open: of a file, for who writes often; a file put in its place meanwhile is not seen.
    seal_key: what rows are sealed with; without one none is.
    """
    ledger = _open(path, url, keep_open)
    ledger.engine.update_execution_options(seal_key=seal_key)
    return ledger


def _open(path: Path, url: str | None, keep_open: bool) -> Ledger:
    try:
        address = sa.make_url(url) if url else sa.URL.create("sqlite", database=str(path))
        if address.get_backend_name() != "sqlite":
            engine = _create_server_engine(address)
            return Ledger(engine, address.render_as_string(hide_password=True))
    except (SQLAlchemyError, ImportError) as error:
        raise LedgerRefused(ledger=str(url), detail=str(error).splitlines()[0]) from None
    path = Path(address.database or "") if url else path
    if str(path) in ("", ".", ":memory:"):
        return Ledger(sa.create_engine(address), "memory")
    engine = (
        _create_readonly_engine(path)
        if path.exists() and not _is_writable(path)
        else _create_sqlite_engine(path, keep_open, address)
    )
    return Ledger(engine, str(path), path)


def _create_server_engine(address: sa.URL) -> sa.Engine:
    waits = (
        {"connect_timeout": _CONNECT_SECONDS} if address.get_backend_name() == "postgresql" else {}
    )
    engine = sa.create_engine(address, pool_pre_ping=True, connect_args=waits)
    sa.event.listen(engine, "begin", _lock_writers)
    return engine


def _create_sqlite_engine(path: Path, keep_open: bool, address: sa.URL) -> sa.Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():  # readable by its owner alone, before anything is in it
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    # No pool: a connection kept open would go on reading a file that a restored one has replaced.
    pool = sa.QueuePool if keep_open else sa.NullPool
    engine = sa.create_engine(address, connect_args={"timeout": _BUSY_SECONDS}, poolclass=pool)
    sa.event.listen(engine, "connect", _set_durability)
    sa.event.listen(engine, "begin", _begin_immediate)
    return engine


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _create_readonly_engine(path: Path) -> sa.Engine:
    """An engine that reads what is there. Without a log beside it nothing can change meanwhile, and
    SQLite need not make the files by which it would see that."""
    log = path.with_name(path.name + "-wal")
    is_whole = not log.exists() or log.stat().st_size == 0
    query = {"mode": "ro", "uri": "true", **({"immutable": "1"} if is_whole else {})}
    address = sa.URL.create("sqlite", database=f"file:{quote(str(path))}", query=query)
    engine = sa.create_engine(
        address, connect_args={"timeout": _BUSY_SECONDS}, poolclass=sa.NullPool
    )
    sa.event.listen(engine, "connect", _begin_where_told)
    sa.event.listen(engine, "begin", _begin_immediate)
    return engine


def _begin_where_told(connection: Any, _record: Any) -> None:
    connection.isolation_level = (
        None  # transactions begin where we say, not where the driver guesses
    )


def _set_durability(connection: Any, _record: Any) -> None:
    _begin_where_told(connection, _record)
    # Deleted rows are overwritten: what was erased is not to be found in free pages.
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN" if options.get("only_reads") else "BEGIN IMMEDIATE")


def _lock_writers(connection: sa.Connection) -> None:
    """One write at a time, as SQLite has it: what is counted in a transaction is still so when
    it commits."""
    options = connection.get_execution_options()
    if (
        connection.dialect.name == "postgresql"
        and options.get("isolation_level") != "AUTOCOMMIT"
        and not options.get("only_reads")
    ):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
