"""Contacts: the vault of addresses, who looks after whom, and which tags they bear."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables of contacts, and let each claim keep its channel's class."""
    op.add_column("deliveries", sa.Column("kind", sa.String(16), comment="The class of the channel that claimed it."))
    op.create_table(
        "vault_keys",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("source", sa.String(16), primary_key=True, comment="The list of contacts, or WeCom."),
        sa.Column("wrapped", sa.LargeBinary, nullable=False, comment="The customer's data key under the shop's master key."),
        sa.Column("digest", sa.String(64), nullable=False, comment="Keyed, of what is kept: the same is not written twice."),
    )
    op.create_table(
        "vault",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("source", sa.String(16), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True, comment="email, phone, wecom or platform."),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="AES-256-GCM under the customer's data key."),
        sa.ForeignKeyConstraint(["customer_id", "source"], ["vault_keys.customer_id", "vault_keys.source"]),
    )
    op.create_table(
        "owners",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False, comment="Who looks after them, by a name WeCom knows."),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "tags",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False, comment="By whom they were marked."),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "kept",
        sa.Column("name", sa.String(64), primary_key=True, comment="What was read, such as the list of contacts."),
        sa.Column("digest", sa.String(64), nullable=False, comment="Of what it was read from: the same is not read again."),
        sa.Column("at", sa.DateTime, nullable=False),
    )
