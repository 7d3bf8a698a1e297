"""Waves: assignments, deliveries and what is known of them; suppressions, consents, budgets, salts, the trail and turns."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of waves. A migration says everything itself, as the one before."""
    _waves()
    _people()
    _limits()
    _records()


def _waves() -> None:
    """Who is in which arm, and what became of every message."""
    op.create_table(
        "waves",
        sa.Column("wave_id", sa.String(128), primary_key=True, comment="<playbook>-<cycle>."),
        sa.Column("playbook", sa.String(64), nullable=False),
        sa.Column("cycle", sa.String(16), nullable=False, comment="The ISO week of the cut-off in the shop's calendar."),
        sa.Column("cutoff", sa.Date, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, comment="planned, approved or stopped."),
        sa.Column("planned_at", sa.DateTime, nullable=False),
        sa.Column("decided_at", sa.DateTime, comment="When it was approved or stopped."),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("plan", sa.Text, nullable=False, comment="JSON: counts, cost, power and guards as they were shown."),
    )
    op.create_table(
        "assignments",
        sa.Column("wave_id", sa.String(128), sa.ForeignKey("waves.wave_id"), primary_key=True),
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("household", sa.Text, nullable=False, comment="The key that drew the arm."),
        sa.Column("arm", sa.String(16), nullable=False, comment="treatment, holdout or excluded."),
        sa.Column("why", sa.String(64), comment="Why excluded before the draw; null else."),
        sa.Column("play", sa.String(64)),
        sa.Column("segment", sa.String(64), nullable=False),
        sa.Column("churn_probability", sa.Float, comment="The chance of no order, before anything was sent."),
        sa.Column("value_at_stake_cents", sa.BigInteger),
        sa.Column("owner", sa.Text),
    )
    op.create_table(
        "deliveries",
        sa.Column(
            "delivery_id",
            sa.String(32),
            primary_key=True,
            comment="Derived from wave, customer and step: the key a receiver knows it by.",
        ),
        sa.Column("wave_id", sa.String(128), nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False, comment="1 for the first rung of the ladder."),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, comment="One of STATES."),
        sa.Column("reason", sa.String(64), comment="Why it is in this state, as a key of the catalogue."),
        sa.Column("only_if", sa.String(16), nullable=False),
        sa.Column("after_days", sa.Integer, nullable=False, comment="After the step before."),
        sa.Column("due_at", sa.DateTime, comment="Null while the step before is not settled."),
        sa.Column("rank", sa.Integer, nullable=False, comment="The order of sending: most at stake first."),
        sa.Column("offer", sa.String(64)),
        sa.Column("cost_cents", sa.BigInteger, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("body", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claim", sa.BigInteger, comment="The token of the run that last claimed it."),
        sa.Column("seq", sa.BigInteger, comment="The number of that claim: it only ever grows."),
        sa.Column("claimed_at", sa.DateTime),
        sa.Column("settled_at", sa.DateTime),
        sa.Column("receipt", sa.Text, comment="What the channel calls it."),
        sa.UniqueConstraint("wave_id", "customer_id", "step"),
        sa.ForeignKeyConstraint(["wave_id", "customer_id"], ["assignments.wave_id", "assignments.customer_id"]),
    )
    op.create_index("deliveries_due", "deliveries", ["state", "due_at", "rank"])
    op.create_index("deliveries_of", "deliveries", ["customer_id", "channel", "claimed_at"])
    op.create_table(
        "receipts",
        sa.Column("delivery_id", sa.String(32), sa.ForeignKey("deliveries.delivery_id"), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True, comment="One of RECEIPT_KINDS."),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
    )


def _people() -> None:
    """What customers have said of being written to."""
    op.create_table(
        "suppressions",
        sa.Column("subject", sa.Text, primary_key=True, comment="A customer, or the keyed hash of a contact."),
        sa.Column("channel", sa.String(16), primary_key=True, comment="`*` for every one."),
        sa.Column("reason", sa.String(64), primary_key=True),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("until", sa.DateTime, comment="Null: for good."),
        sa.Column("source", sa.String(64), nullable=False),
    )
    op.create_table(
        "consents",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("at", sa.DateTime, primary_key=True, comment="The newest one holds; none is ever changed."),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("wording", sa.Text, comment="What they agreed to."),
    )


def _limits() -> None:
    """What may be spent, and who is held out."""
    op.create_table(
        "budgets",
        sa.Column("wave_id", sa.String(128), sa.ForeignKey("waves.wave_id"), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True, comment="An offer, or `*` for all of them."),
        sa.Column("limit_cents", sa.BigInteger, nullable=False),
        sa.Column("spent_cents", sa.BigInteger, nullable=False, comment="Of what was claimed, at full cost."),
    )
    op.create_table(
        "salts",
        sa.Column("name", sa.String(16), primary_key=True, comment="`permanent`, or the first day of a half-year."),
        sa.Column("salt", sa.String(64), nullable=False, comment="Hexadecimal."),
    )
    op.create_table(
        "shares",
        sa.Column("salt_name", sa.String(16), sa.ForeignKey("salts.name"), primary_key=True),
        sa.Column("playbook", sa.String(64), primary_key=True, comment="Empty: the share no playbook ever writes to."),
        sa.Column("play", sa.String(64), primary_key=True),
        sa.Column("share", sa.Float, nullable=False, comment="Fixed by the first wave of the half-year."),
    )


def _records() -> None:
    """Who did what, and who runs."""
    op.create_table(
        "trail",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False, comment="JSON."),
        sa.Column(
            "sha256", sa.String(64), nullable=False, comment="Of this row and the one before: none can be taken out unseen."
        ),
    )
    op.create_table(
        "turns",
        sa.Column("name", sa.String(32), primary_key=True, comment="What runs alone."),
        sa.Column("holder", sa.String(128), comment="Host and process; null: nobody."),
        sa.Column("token", sa.BigInteger, nullable=False, comment="Grows with every holder: who has an old one is fenced off."),
        sa.Column("until", sa.DateTime, comment="Unless its holder says more before."),
        sa.Column("seen_at", sa.DateTime, comment="The latest moment any holder has seen: a clock set back changes no cap."),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="Of the last claim."),
    )
