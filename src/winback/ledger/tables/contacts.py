"""The tables of contacts: whether they may be contacted, their sealed addresses, who looks after
them, and their tags."""

import sqlalchemy as sa

from winback.ledger.tables.metadata import METADATA

SUPPRESSIONS = sa.Table(
    "suppressions",
    METADATA,
    sa.Column(
        "subject", sa.Text, primary_key=True, comment="A customer, or the keyed hash of a contact."
    ),
    sa.Column("channel", sa.String(16), primary_key=True, comment="`*` for every one."),
    sa.Column("reason", sa.String(64), primary_key=True),
    sa.Column("since", sa.DateTime, nullable=False),
    sa.Column("until", sa.DateTime, comment="Null: for good."),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column(
        "seal", sa.String(32), comment="A keyed hash of the row; null: written without a key."
    ),
)

CONSENTS = sa.Table(
    "consents",
    METADATA,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.String(16), primary_key=True),
    sa.Column(
        "at", sa.DateTime, primary_key=True, comment="The newest one holds; none is ever changed."
    ),
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("wording", sa.Text, comment="What they agreed to."),
    sa.Column(
        "seal", sa.String(32), comment="A keyed hash of the row; null: written without a key."
    ),
)

# Contacts: addresses, sealed; who looks after whom; which tags they bear.
VAULT_KEYS = sa.Table(
    "vault_keys",
    METADATA,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("source", sa.String(16), primary_key=True, comment="The list of contacts, or WeCom."),
    sa.Column(
        "wrapped",
        sa.LargeBinary,
        nullable=False,
        comment="The customer's data key under the shop's master key.",
    ),
    sa.Column(
        "digest",
        sa.String(64),
        nullable=False,
        comment="Keyed, of what is kept: the same is not written twice.",
    ),
)

VAULT = sa.Table(
    "vault",
    METADATA,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("source", sa.String(16), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True, comment="email, phone, wecom or platform."),
    sa.Column(
        "sealed",
        sa.LargeBinary,
        nullable=False,
        comment="AES-256-GCM under the customer's data key.",
    ),
    sa.ForeignKeyConstraint(
        ["customer_id", "source"], ["vault_keys.customer_id", "vault_keys.source"]
    ),
)

OWNERS = sa.Table(
    "owners",
    METADATA,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column(
        "owner", sa.Text, nullable=False, comment="Who looks after them, by a name WeCom knows."
    ),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)

TAGS = sa.Table(
    "tags",
    METADATA,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False, comment="By whom they were marked."),
    sa.Column("tag", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)

CONTENT_HASHES = sa.Table(
    "content_hashes",
    METADATA,
    sa.Column(
        "name",
        sa.String(64),
        primary_key=True,
        comment="What was read, such as the list of contacts.",
    ),
    sa.Column(
        "digest",
        sa.String(64),
        nullable=False,
        comment="Of what it was read from: the same is not read again.",
    ),
    sa.Column("at", sa.DateTime, nullable=False),
)
