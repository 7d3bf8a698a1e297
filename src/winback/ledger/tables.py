"""What the ledger holds. A change here comes with a migration; a test holds the two together."""

import sqlalchemy as sa

METADATA = sa.MetaData()

API_KEYS = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("key_id", sa.String(16), primary_key=True, comment="The public part of the key."),
    sa.Column("name", sa.String(64), nullable=False, comment="Whose it is; two may be valid at once, for a change-over."),
    sa.Column("secret_sha256", sa.String(64), nullable=False, comment="Of the secret part; the key itself is shown once."),
    sa.Column("scopes", sa.String(64), nullable=False, comment="Names with a comma between them."),
    sa.Column("rate", sa.String(32), nullable=False, comment="Such as 100/second."),
    sa.Column("created_at", sa.DateTime, nullable=False, comment="Naive UTC, as all moments are."),
    sa.Column("expires_at", sa.DateTime, nullable=False),
    sa.Column("revoked_at", sa.DateTime),
    sa.Column("last_used_at", sa.DateTime, comment="To the minute."),
)
