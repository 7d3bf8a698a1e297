"""Who a message was handed to, what fixes an arm, and what the ledger is bound to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns and tables; rows of before keep nothing in them."""
    _add_columns()
    _create_bindings()
    _create_households()
    _create_entries()
    op.create_index("deliveries_to", "deliveries", ["address", "claimed_at"])


def _add_columns() -> None:
    op.add_column(
        "waves",
        sa.Column(
            "store_version",
            sa.String(64),
            comment="Of the tables it was planned on: what a later version adds is news.",
        ),
    )
    op.add_column(
        "assignments",
        sa.Column(
            "holdout_chance",
            sa.Float,
            comment="The chance with which the household was held out when its arm was drawn.",
        ),
    )
    op.add_column(
        "assignments",
        sa.Column(
            "facts",
            sa.String(64),
            comment="Hashes of the orders and refunds the plan knew: what differs later is news.",
        ),
    )
    for column in _list_delivery_columns():
        op.add_column("deliveries", column)
    op.add_column(
        "receipts",
        sa.Column("reason", sa.String(64), comment="Of a bounce: hard or soft, and what was said."),
    )


def _list_delivery_columns() -> list[sa.Column[object]]:
    return [
        sa.Column(
            "endpoint",
            sa.String(32),
            comment="A hash of who it was last claimed for: no other endpoint gets what one may "
            "have.",
        ),
        sa.Column(
            "exposed_at",
            sa.DateTime,
            comment="Since when that endpoint may have it; null: it certainly has not.",
        ),
        sa.Column(
            "address",
            sa.String(64),
            comment="The keyed hash of the address it was claimed for; null: not known.",
        ),
    ]


def _create_bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column(
            "name",
            sa.String(32),
            nullable=False,
            comment="What the ledger is bound to: its own id, or the machine that sends from it.",
        ),
        sa.Column("value", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _create_households() -> None:
    op.create_table(
        "households",
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column(
            "household",
            sa.Text,
            nullable=False,
            comment="The key they were first drawn by: older orders and merges move nobody.",
        ),
        sa.Column("since", sa.Date, nullable=False, comment="The cut-off of their first wave."),
        sa.PrimaryKeyConstraint("customer_id"),
    )


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("wave_id", sa.String(128), nullable=False),
        sa.Column("playbook", sa.String(64), nullable=False),
        sa.Column("play", sa.String(64), nullable=False),
        sa.Column("arm", sa.String(16), nullable=False, comment="treatment or holdout."),
        sa.Column(
            "holdout_chance", sa.Float, nullable=False, comment="The chance the arm was drawn with."
        ),
        sa.Column("entered_on", sa.Date, nullable=False, comment="The cut-off of the wave."),
        sa.Column(
            "fixed_until",
            sa.Date,
            nullable=False,
            comment="The arm holds until this day: end of the half-year, or of what money is "
            "judged by.",
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.wave_id"]),
        sa.PrimaryKeyConstraint("household", "wave_id"),
    )
