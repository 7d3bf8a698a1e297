"""The table of cases: customers who wait for an answer."""

import sqlalchemy as sa

from winback.ledger.tables.metadata import METADATA

CASES = sa.Table(
    "cases",
    METADATA,
    sa.Column(
        "case_id",
        sa.String(12),
        primary_key=True,
        comment="Derived from customer, kind and source: what is read twice is one case.",
    ),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False, comment="general, priority or complaint."),
    sa.Column("source", sa.String(64), nullable=False, comment="A message, an event, or a person."),
    sa.Column("opened_at", sa.DateTime, nullable=False),
    sa.Column(
        "due_at", sa.DateTime, nullable=False, comment="By the service level of when it was opened."
    ),
    sa.Column("answered_at", sa.DateTime, comment="When somebody first answered; null: not yet."),
    sa.Column("answered_by", sa.String(64)),
    sa.Column("solved_at", sa.DateTime, comment="Null: it is open."),
    sa.Index("cases_open", "solved_at", "due_at"),
)
