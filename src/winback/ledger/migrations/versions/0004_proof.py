"""Proof and watch: which variant of a test a customer was drawn for, what somebody erased did after waves, and alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Let assignments tell their variant, and make the tables of kept outcomes and alarms."""
    variant = sa.Column("variant", sa.String(64), comment="Of a play on test: which of its variants they were drawn for.")
    op.add_column("assignments", variant)
    op.create_table(
        "kept_outcomes",
        sa.Column("wave_id", sa.String(128), primary_key=True),
        sa.Column("customer_id", sa.Text, primary_key=True, comment="The alias that stands in their place."),
        sa.Column("first_order_day", sa.Integer, nullable=False, comment="Whole days from the wave's approval on."),
        sa.Column("orders", sa.Integer, nullable=False, comment="Within the days money is judged by, as what follows."),
        sa.Column("net_cents", sa.BigInteger),
        sa.Column("margin_cents", sa.BigInteger),
        sa.ForeignKeyConstraint(["wave_id", "customer_id"], ["assignments.wave_id", "assignments.customer_id"]),
    )
    op.create_table(
        "alarms",
        sa.Column("alarm_id", sa.String(32), primary_key=True, comment="Derived from what it is about and when it was opened."),
        sa.Column("rule", sa.String(64), nullable=False, comment="What is watched, as a key of the catalogue."),
        sa.Column(
            "subject", sa.String(128), nullable=False, comment="Of what: a source, a column, a model; empty: of the shop."
        ),
        sa.Column("severity", sa.String(16), nullable=False, comment="warn or page."),
        sa.Column("detail", sa.Text, nullable=False, comment="JSON: the figures it rests on."),
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False, comment="When it was last still so."),
        sa.Column("resolved_at", sa.DateTime, comment="When it was no more; null: it is open."),
        sa.Column("told_at", sa.DateTime, comment="When somebody was told of it as it stands now; null: nobody yet."),
        sa.Index("alarms_of", "rule", "subject", "resolved_at"),
    )
