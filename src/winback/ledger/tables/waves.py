"""The tables of waves: who is in which arm, what is sent, what came of it, and what it may cost."""

from typing import Literal, get_args

import sqlalchemy as sa

from winback.ledger.tables.metadata import METADATA

# What may become of a message. claimed: handed to its channel, or about to be; created: a task that
# a person has to confirm; capped, suppressed: kept back when claimed.
State = Literal[
    "pending",
    "claimed",
    "sent",
    "created",
    "failed",
    "unknown",
    "capped",
    "suppressed",
    "not_needed",
]
STATES: tuple[State, ...] = get_args(State)
COUNTED: tuple[State, ...] = (
    "claimed",
    "sent",
    "created",
    "unknown",
)  # what a customer got, or may have got
# complained: called spam, as a feedback loop of a mailbox provider tells.
ReceiptKind = Literal["delivered", "bounced", "opened", "clicked", "answered", "complained"]
RECEIPT_KINDS: tuple[ReceiptKind, ...] = get_args(ReceiptKind)

ALL = "*"  # every channel, every offer

# Waves: who is written to, who is held out, and what became of every message.
WAVES = sa.Table(
    "waves",
    METADATA,
    sa.Column("wave_id", sa.String(128), primary_key=True, comment="<playbook>-<cycle>."),
    sa.Column("playbook", sa.String(64), nullable=False),
    sa.Column(
        "cycle",
        sa.String(16),
        nullable=False,
        comment="The ISO week of the cut-off in the shop's calendar.",
    ),
    sa.Column("cutoff", sa.Date, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, comment="planned, approved or stopped."),
    sa.Column("planned_at", sa.DateTime, nullable=False),
    sa.Column("decided_at", sa.DateTime, comment="When it was approved or stopped."),
    sa.Column("decided_by", sa.String(64)),
    sa.Column(
        "plan",
        sa.Text,
        nullable=False,
        comment="JSON: counts, cost, power and warnings as they were shown.",
    ),
    sa.Column(
        "store_version",
        sa.String(64),
        comment="Of the tables it was planned on: what a later version adds is news.",
    ),
    sa.Column("paused_at", sa.DateTime, comment="Since when nothing of it goes; null: it goes."),
    sa.Column(
        "first_approved_by",
        sa.String(64),
        comment="Who approved it first, where a second person has to.",
    ),
)

ASSIGNMENTS = sa.Table(
    "assignments",
    METADATA,
    sa.Column("wave_id", sa.String(128), sa.ForeignKey("waves.wave_id"), primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("household", sa.Text, nullable=False, comment="The key that drew the arm."),
    sa.Column("arm", sa.String(16), nullable=False, comment="treatment, holdout or excluded."),
    sa.Column("why", sa.String(64), comment="Why excluded before the draw; null else."),
    sa.Column("play", sa.String(64)),
    sa.Column("segment", sa.String(64), nullable=False),
    sa.Column(
        "churn_probability", sa.Float, comment="The chance of no order, before anything was sent."
    ),
    sa.Column("value_at_stake_minor", sa.BigInteger),
    sa.Column("owner", sa.Text),
    sa.Column(
        "variant",
        sa.String(64),
        comment="Of a play on test: which of its variants they were drawn for.",
    ),
    sa.Column(
        "holdout_chance",
        sa.Float,
        comment="The chance with which the household was held out when its arm was drawn.",
    ),
    sa.Column(
        "facts",
        sa.String(64),
        comment="Hashes of the orders and refunds the plan knew: what differs later is news.",
    ),
)

# Households: which one a customer is of, and the arm its newest entry fixed.
HOUSEHOLDS = sa.Table(
    "households",
    METADATA,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column(
        "household",
        sa.Text,
        nullable=False,
        comment="The key they were first drawn by: older orders and merges move nobody.",
    ),
    sa.Column("since", sa.Date, nullable=False, comment="The cut-off of their first wave."),
)

ENTRIES = sa.Table(
    "entries",
    METADATA,
    sa.Column("household", sa.Text, primary_key=True),
    sa.Column("wave_id", sa.String(128), sa.ForeignKey("waves.wave_id"), primary_key=True),
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
)

DELIVERIES = sa.Table(
    "deliveries",
    METADATA,
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
    sa.Column(
        "reason", sa.String(64), comment="Why it is in this state, as a key of the catalogue."
    ),
    sa.Column("only_if", sa.String(16), nullable=False),
    sa.Column("after_days", sa.Integer, nullable=False, comment="After the step before."),
    sa.Column("due_at", sa.DateTime, comment="Null while the step before is not settled."),
    sa.Column(
        "rank", sa.Integer, nullable=False, comment="The order of sending: most at stake first."
    ),
    sa.Column("offer", sa.String(64)),
    sa.Column("cost_minor", sa.BigInteger, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("body", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("claim", sa.BigInteger, comment="The token of the run that last claimed it."),
    sa.Column("seq", sa.BigInteger, comment="The number of that claim: it only ever grows."),
    sa.Column("claimed_at", sa.DateTime),
    sa.Column("settled_at", sa.DateTime),
    sa.Column("receipt", sa.Text, comment="What the channel calls it."),
    sa.Column("kind", sa.String(16), comment="The class of the channel that claimed it."),
    sa.Column(
        "endpoint",
        sa.String(32),
        comment="A hash of who it was last claimed for: no other endpoint gets what one may have.",
    ),
    sa.Column(
        "exposed_at",
        sa.DateTime,
        comment="Since when that endpoint may have it, whatever a claim of now comes to; null: "
        "it certainly had not before.",
    ),
    sa.Column(
        "address",
        sa.String(64),
        comment="The keyed hash of the address it was claimed for; null: not known.",
    ),
    sa.Column("skus", sa.Text, comment="JSON: of the products its text names; null: of none."),
    sa.Column(
        "offer_hours", sa.Integer, comment="How long its offer holds from when it goes; else null."
    ),
    sa.Column(
        "offer_ends",
        sa.DateTime,
        comment="When its offer is over; of one counted from sending null until it is claimed.",
    ),
    sa.Column(
        "expiry", sa.Text, comment="What the text that was claimed says of the offer's last day."
    ),
    sa.Column(
        "text_hash",
        sa.String(32),
        comment="A keyed hash of the subject and text that were claimed.",
    ),
    sa.Column(
        "seal", sa.String(32), comment="A keyed hash of the row; null: written without a key."
    ),
    sa.UniqueConstraint("wave_id", "customer_id", "step"),
    sa.ForeignKeyConstraint(
        ["wave_id", "customer_id"], ["assignments.wave_id", "assignments.customer_id"]
    ),
    sa.Index("deliveries_due", "state", "due_at", "rank"),
    sa.Index("deliveries_of", "customer_id", "channel", "claimed_at"),
    sa.Index("deliveries_to", "address", "claimed_at"),
)

RECEIPTS = sa.Table(
    "receipts",
    METADATA,
    sa.Column(
        "delivery_id", sa.String(32), sa.ForeignKey("deliveries.delivery_id"), primary_key=True
    ),
    sa.Column("kind", sa.String(16), primary_key=True, comment="One of RECEIPT_KINDS."),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(64), comment="Of a bounce: hard or soft, and what was said."),
)

BUDGETS = sa.Table(
    "budgets",
    METADATA,
    sa.Column("wave_id", sa.String(128), sa.ForeignKey("waves.wave_id"), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True, comment="An offer, or `*` for all of them."),
    sa.Column("limit_minor", sa.BigInteger, nullable=False),
    sa.Column(
        "spent_minor", sa.BigInteger, nullable=False, comment="Of what was claimed, at full cost."
    ),
)

# Of all waves together, by when their messages were claimed: what budgets of a month, a quarter and
# a half-year are held against.
SPENDING = sa.Table(
    "spending",
    METADATA,
    sa.Column(
        "quarter_hour",
        sa.DateTime,
        primary_key=True,
        comment="The beginning of the quarter of an hour of the claim: every zone's day begins so.",
    ),
    sa.Column(
        "spent_minor", sa.BigInteger, nullable=False, comment="Of what was claimed, at full cost."
    ),
)

SALTS = sa.Table(
    "salts",
    METADATA,
    sa.Column(
        "name",
        sa.String(16),
        primary_key=True,
        comment="`permanent`, or the first day of a half-year.",
    ),
    sa.Column("salt", sa.String(64), nullable=False, comment="Hexadecimal."),
)

SHARES = sa.Table(
    "shares",
    METADATA,
    sa.Column("salt_name", sa.String(16), sa.ForeignKey("salts.name"), primary_key=True),
    sa.Column(
        "playbook",
        sa.String(64),
        primary_key=True,
        comment="Empty: the share no playbook ever writes to.",
    ),
    sa.Column("play", sa.String(64), primary_key=True),
    sa.Column(
        "share", sa.Float, nullable=False, comment="Fixed by the first wave of the half-year."
    ),
)

# Of somebody erased: what they did after their waves, without a date, so that what was counted
# stays counted.
KEPT_OUTCOMES = sa.Table(
    "kept_outcomes",
    METADATA,
    sa.Column("wave_id", sa.String(128), primary_key=True),
    sa.Column(
        "customer_id", sa.Text, primary_key=True, comment="The alias that stands in their place."
    ),
    sa.Column(
        "first_order_day",
        sa.Integer,
        nullable=False,
        comment="Whole days from the wave's approval on.",
    ),
    sa.Column(
        "orders",
        sa.Integer,
        nullable=False,
        comment="Within the days money is judged by, as what follows.",
    ),
    sa.Column("net_minor", sa.BigInteger),
    sa.Column("margin_minor", sa.BigInteger),
    sa.ForeignKeyConstraint(
        ["wave_id", "customer_id"], ["assignments.wave_id", "assignments.customer_id"]
    ),
)
