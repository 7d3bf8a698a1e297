"""The dashboard: operators, their sessions, what they changed in lists by hand, and what they let run."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables of operators, sessions, edits and tasks."""
    op.create_table(
        "operators",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False, comment="viewer, operator or admin."),
        sa.Column("password", sa.String(256), nullable=False, comment="argon2id, with its salt and its cost."),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("disabled_at", sa.DateTime, comment="From then on they cannot sign in."),
        sa.Column("failed", sa.Integer, nullable=False, comment="Wrong passwords since the last right one."),
        sa.Column("locked_until", sa.DateTime, comment="After too many of them."),
    )
    op.create_table(
        "sessions",
        sa.Column("session_sha256", sa.String(64), primary_key=True, comment="Of what the browser's cookie holds."),
        sa.Column("operator", sa.String(64), sa.ForeignKey("operators.name"), nullable=False),
        sa.Column("form_token", sa.String(64), nullable=False, comment="What every form of this session carries."),
        sa.Column("began_at", sa.DateTime, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False, comment="To the minute."),
    )
    op.create_table(
        "list_edits",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("what", sa.String(8), nullable=False, comment="out: not to be written to; add: to be listed next time."),
        sa.Column("play", sa.String(64), comment="Of one added: what is done about them."),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("taken_on", sa.Date, comment="Of one added: the day of the list that took them."),
    )
    op.create_table(
        "tasks",
        sa.Column("task_id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False, comment="What was asked for, as a key of the catalogue."),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("began_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime, comment="Null: it runs, or was cut off."),
        sa.Column("exit_code", sa.Integer),
        sa.Column("said", sa.Text, comment="Its last words: why it was refused, or how far it is."),
        sa.Column("holder", sa.String(128), nullable=False, comment="Host, process and its start, of who runs it."),
        sa.Column("seen_at", sa.DateTime, nullable=False, comment="When whoever started it last saw it."),
        sa.Index("tasks_newest", "began_at"),
    )
