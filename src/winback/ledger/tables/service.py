"""The tables of the service: who may use it, what they did and let run, and what is watched."""

import sqlalchemy as sa

from winback.ledger.tables.metadata import METADATA

API_KEYS = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("key_id", sa.String(16), primary_key=True, comment="The public part of the key."),
    sa.Column(
        "name",
        sa.String(64),
        nullable=False,
        comment="Whose it is; two may be valid at once, for a change-over.",
    ),
    sa.Column(
        "secret_sha256",
        sa.String(64),
        nullable=False,
        comment="Of the secret part; the key itself is shown once.",
    ),
    sa.Column("scopes", sa.String(64), nullable=False, comment="Names with a comma between them."),
    sa.Column("rate", sa.String(32), nullable=False, comment="Such as 100/second."),
    sa.Column("created_at", sa.DateTime, nullable=False, comment="Naive UTC, as all moments are."),
    sa.Column("expires_at", sa.DateTime, nullable=False),
    sa.Column("revoked_at", sa.DateTime),
    sa.Column("last_used_at", sa.DateTime, comment="To the minute."),
)

AUDIT_LOG = sa.Table(
    "audit_log",
    METADATA,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, comment="JSON."),
    sa.Column(
        "sha256",
        sa.String(64),
        nullable=False,
        comment="Of this row and the one before: none can be taken out unseen.",
    ),
)

LEASES = sa.Table(
    "leases",
    METADATA,
    sa.Column("name", sa.String(32), primary_key=True, comment="What runs alone."),
    sa.Column("holder", sa.String(128), comment="Host and process; null: nobody."),
    sa.Column(
        "token",
        sa.BigInteger,
        nullable=False,
        comment="Grows with every holder: who has an old one is fenced off.",
    ),
    sa.Column("until", sa.DateTime, comment="Unless its holder says more before."),
    sa.Column(
        "seen_at",
        sa.DateTime,
        comment="The latest moment any holder has seen: a clock set back changes no cap.",
    ),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="Of the last claim."),
)

BINDINGS = sa.Table(
    "bindings",
    METADATA,
    sa.Column(
        "name",
        sa.String(32),
        primary_key=True,
        comment="What the ledger is bound to: its own id, or the machine that sends from it.",
    ),
    sa.Column("value", sa.String(64), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)

TABLE_SEALS = sa.Table(
    "table_seals",
    METADATA,
    sa.Column("name", sa.String(32), primary_key=True, comment="A table whose seals are summed."),
    sa.Column(
        "version", sa.BigInteger, nullable=False, comment="How often the sum changed: it grows."
    ),
    sa.Column("total", sa.String(32), nullable=False, comment="The sum of all seals."),
    sa.Column("mac", sa.String(64), nullable=False, comment="The seal of the sum itself."),
)

# What is watched: alerts, from the first time they are seen until nothing is seen any more.
ALERTS = sa.Table(
    "alerts",
    METADATA,
    sa.Column(
        "alert_id",
        sa.String(32),
        primary_key=True,
        comment="Derived from what it is about and when it was opened.",
    ),
    sa.Column(
        "rule", sa.String(64), nullable=False, comment="What is watched, as a key of the catalogue."
    ),
    sa.Column(
        "subject",
        sa.String(128),
        nullable=False,
        comment="Of what: a source, a column, a model; empty: of the shop.",
    ),
    sa.Column("severity", sa.String(16), nullable=False, comment="warn or page."),
    sa.Column("detail", sa.Text, nullable=False, comment="JSON: the figures it rests on."),
    sa.Column("opened_at", sa.DateTime, nullable=False),
    sa.Column("seen_at", sa.DateTime, nullable=False, comment="When it was last still so."),
    sa.Column("resolved_at", sa.DateTime, comment="When it was no more; null: it is open."),
    sa.Column(
        "notified_at",
        sa.DateTime,
        comment="When it was last sent as it stands now; null: not yet.",
    ),
    sa.Index("alerts_of", "rule", "subject", "resolved_at"),
)

# The dashboard: who may sign in, who is, what they changed by hand, and what they let run.
USERS = sa.Table(
    "users",
    METADATA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("role", sa.String(16), nullable=False, comment="viewer, operator or admin."),
    sa.Column(
        "password", sa.String(256), nullable=False, comment="argon2id, with its salt and its cost."
    ),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("disabled_at", sa.DateTime, comment="From then on they cannot sign in."),
    sa.Column(
        "failed", sa.Integer, nullable=False, comment="Wrong passwords since the last right one."
    ),
    sa.Column("locked_until", sa.DateTime, comment="After too many of them."),
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column(
        "session_sha256",
        sa.String(64),
        primary_key=True,
        comment="Of what the browser's cookie holds.",
    ),
    sa.Column("operator", sa.String(64), sa.ForeignKey("users.name"), nullable=False),
    sa.Column(
        "form_token",
        sa.String(64),
        nullable=False,
        comment="What every form of this session carries.",
    ),
    sa.Column("began_at", sa.DateTime, nullable=False),
    sa.Column("seen_at", sa.DateTime, nullable=False, comment="To the minute."),
)

LIST_EDITS = sa.Table(
    "list_edits",
    METADATA,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column(
        "what",
        sa.String(8),
        nullable=False,
        comment="out: not to be written to; add: to be listed next time.",
    ),
    sa.Column("play", sa.String(64), comment="Of one added: what is done about them."),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("taken_on", sa.Date, comment="Of one added: the day of the list that took them."),
)

JOBS = sa.Table(
    "jobs",
    METADATA,
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Column(
        "kind",
        sa.String(32),
        nullable=False,
        comment="What was asked for, as a key of the catalogue.",
    ),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("began_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime, comment="Null: it runs, or was cut off."),
    sa.Column("exit_code", sa.Integer),
    sa.Column("said", sa.Text, comment="Its last words: why it was refused, or how far it is."),
    sa.Column(
        "holder",
        sa.String(128),
        nullable=False,
        comment="Host, process and its start, of who runs it.",
    ),
    sa.Column(
        "seen_at", sa.DateTime, nullable=False, comment="When whoever started it last saw it."
    ),
    sa.Index("tasks_newest", "began_at"),
)
