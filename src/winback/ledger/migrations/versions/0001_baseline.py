"""Everything the ledger keeps.

A migration says everything itself: what `winback.ledger.tables` says later is another version.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, those that others refer to first."""
    _create_alerts()
    _create_api_keys()
    _create_consents()
    _create_kept()
    _create_list_edits()
    _create_operators()
    _create_owners()
    _create_salts()
    _create_suppressions()
    _create_tags()
    _create_tasks()
    _create_trail()
    _create_turns()
    _create_vault_keys()
    _create_waves()
    _create_assignments()
    _create_budgets()
    _create_sessions()
    _create_shares()
    _create_vault()
    _create_deliveries()
    _create_kept_outcomes()
    _create_receipts()


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column(
            "alert_id",
            sa.String(32),
            nullable=False,
            comment="Derived from what it is about and when it was opened.",
        ),
        sa.Column(
            "rule",
            sa.String(64),
            nullable=False,
            comment="What is watched, as a key of the catalogue.",
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
        sa.PrimaryKeyConstraint("alert_id"),
    )
    op.create_index("alerts_of", "alerts", ["rule", "subject", "resolved_at"])


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String(16), nullable=False, comment="The public part of the key."),
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
        sa.Column(
            "scopes", sa.String(64), nullable=False, comment="Names with a comma between them."
        ),
        sa.Column("rate", sa.String(32), nullable=False, comment="Such as 100/second."),
        sa.Column(
            "created_at", sa.DateTime, nullable=False, comment="Naive UTC, as all moments are."
        ),
        sa.Column("expires_at", sa.DateTime, nullable=False),
        sa.Column("revoked_at", sa.DateTime),
        sa.Column("last_used_at", sa.DateTime, comment="To the minute."),
        sa.PrimaryKeyConstraint("key_id"),
    )


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column(
            "at", sa.DateTime, nullable=False, comment="The newest one holds; none is ever changed."
        ),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("wording", sa.Text, comment="What they agreed to."),
        sa.PrimaryKeyConstraint("customer_id", "channel", "at"),
    )


def _create_kept() -> None:
    op.create_table(
        "content_hashes",
        sa.Column(
            "name",
            sa.String(64),
            nullable=False,
            comment="What was read, such as the list of contacts.",
        ),
        sa.Column(
            "digest",
            sa.String(64),
            nullable=False,
            comment="Of what it was read from: the same is not read again.",
        ),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _create_list_edits() -> None:
    op.create_table(
        "list_edits",
        sa.Column("customer_id", sa.Text, nullable=False),
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
        sa.PrimaryKeyConstraint("customer_id"),
    )


def _create_operators() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False, comment="viewer, operator or admin."),
        sa.Column(
            "password",
            sa.String(256),
            nullable=False,
            comment="argon2id, with its salt and its cost.",
        ),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("disabled_at", sa.DateTime, comment="From then on they cannot sign in."),
        sa.Column(
            "failed",
            sa.Integer,
            nullable=False,
            comment="Wrong passwords since the last right one.",
        ),
        sa.Column("locked_until", sa.DateTime, comment="After too many of them."),
        sa.PrimaryKeyConstraint("name"),
    )


def _create_owners() -> None:
    op.create_table(
        "owners",
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column(
            "owner", sa.Text, nullable=False, comment="Who looks after them, by a name WeCom knows."
        ),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )


def _create_salts() -> None:
    op.create_table(
        "salts",
        sa.Column(
            "name",
            sa.String(16),
            nullable=False,
            comment="`permanent`, or the first day of a half-year.",
        ),
        sa.Column("salt", sa.String(64), nullable=False, comment="Hexadecimal."),
        sa.PrimaryKeyConstraint("name"),
    )


def _create_suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column(
            "subject",
            sa.Text,
            nullable=False,
            comment="A customer, or the keyed hash of a contact.",
        ),
        sa.Column("channel", sa.String(16), nullable=False, comment="`*` for every one."),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("until", sa.DateTime, comment="Null: for good."),
        sa.Column("source", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("subject", "channel", "reason"),
    )


def _create_tags() -> None:
    op.create_table(
        "tags",
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False, comment="By whom they were marked."),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )


def _create_tasks() -> None:
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.String(32), nullable=False),
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
        sa.PrimaryKeyConstraint("job_id"),
    )
    op.create_index("tasks_newest", "jobs", ["began_at"])


def _create_trail() -> None:
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
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
        sa.PrimaryKeyConstraint("seq"),
    )


def _create_turns() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(32), nullable=False, comment="What runs alone."),
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
        sa.PrimaryKeyConstraint("name"),
    )


def _create_vault_keys() -> None:
    op.create_table(
        "vault_keys",
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column(
            "source", sa.String(16), nullable=False, comment="The list of contacts, or WeCom."
        ),
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
        sa.PrimaryKeyConstraint("customer_id", "source"),
    )


def _create_waves() -> None:
    op.create_table(
        "waves",
        sa.Column("wave_id", sa.String(128), nullable=False, comment="<playbook>-<cycle>."),
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
        sa.PrimaryKeyConstraint("wave_id"),
    )


def _create_assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("wave_id", sa.String(128), nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("household", sa.Text, nullable=False, comment="The key that drew the arm."),
        sa.Column("arm", sa.String(16), nullable=False, comment="treatment, holdout or excluded."),
        sa.Column("why", sa.String(64), comment="Why excluded before the draw; null else."),
        sa.Column("play", sa.String(64)),
        sa.Column("segment", sa.String(64), nullable=False),
        sa.Column(
            "churn_probability",
            sa.Float,
            comment="The chance of no order, before anything was sent.",
        ),
        sa.Column("value_at_stake_minor", sa.BigInteger),
        sa.Column("owner", sa.Text),
        sa.Column(
            "variant",
            sa.String(64),
            comment="Of a play on test: which of its variants they were drawn for.",
        ),
        sa.ForeignKeyConstraint(
            ["wave_id"],
            ["waves.wave_id"],
        ),
        sa.PrimaryKeyConstraint("wave_id", "customer_id"),
    )


def _create_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("wave_id", sa.String(128), nullable=False),
        sa.Column(
            "name", sa.String(64), nullable=False, comment="An offer, or `*` for all of them."
        ),
        sa.Column("limit_minor", sa.BigInteger, nullable=False),
        sa.Column(
            "spent_minor",
            sa.BigInteger,
            nullable=False,
            comment="Of what was claimed, at full cost.",
        ),
        sa.ForeignKeyConstraint(
            ["wave_id"],
            ["waves.wave_id"],
        ),
        sa.PrimaryKeyConstraint("wave_id", "name"),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column(
            "session_sha256",
            sa.String(64),
            nullable=False,
            comment="Of what the browser's cookie holds.",
        ),
        sa.Column("operator", sa.String(64), nullable=False),
        sa.Column(
            "form_token",
            sa.String(64),
            nullable=False,
            comment="What every form of this session carries.",
        ),
        sa.Column("began_at", sa.DateTime, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False, comment="To the minute."),
        sa.ForeignKeyConstraint(
            ["operator"],
            ["users.name"],
        ),
        sa.PrimaryKeyConstraint("session_sha256"),
    )


def _create_shares() -> None:
    op.create_table(
        "shares",
        sa.Column("salt_name", sa.String(16), nullable=False),
        sa.Column(
            "playbook",
            sa.String(64),
            nullable=False,
            comment="Empty: the share no playbook ever writes to.",
        ),
        sa.Column("play", sa.String(64), nullable=False),
        sa.Column(
            "share", sa.Float, nullable=False, comment="Fixed by the first wave of the half-year."
        ),
        sa.ForeignKeyConstraint(
            ["salt_name"],
            ["salts.name"],
        ),
        sa.PrimaryKeyConstraint("salt_name", "playbook", "play"),
    )


def _create_vault() -> None:
    op.create_table(
        "vault",
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column(
            "kind", sa.String(16), nullable=False, comment="email, phone, wecom or platform."
        ),
        sa.Column(
            "sealed",
            sa.LargeBinary,
            nullable=False,
            comment="AES-256-GCM under the customer's data key.",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "source"],
            ["vault_keys.customer_id", "vault_keys.source"],
        ),
        sa.PrimaryKeyConstraint("customer_id", "source", "kind"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column(
            "delivery_id",
            sa.String(32),
            nullable=False,
            comment="Derived from wave, customer and step: the key a receiver knows it by.",
        ),
        sa.Column("wave_id", sa.String(128), nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column(
            "step", sa.Integer, nullable=False, comment="1 for the first rung of the ladder."
        ),
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
        sa.ForeignKeyConstraint(
            ["wave_id", "customer_id"],
            ["assignments.wave_id", "assignments.customer_id"],
        ),
        sa.PrimaryKeyConstraint("delivery_id"),
        sa.UniqueConstraint("wave_id", "customer_id", "step"),
    )
    op.create_index("deliveries_due", "deliveries", ["state", "due_at", "rank"])
    op.create_index("deliveries_of", "deliveries", ["customer_id", "channel", "claimed_at"])


def _create_kept_outcomes() -> None:
    op.create_table(
        "kept_outcomes",
        sa.Column("wave_id", sa.String(128), nullable=False),
        sa.Column(
            "customer_id", sa.Text, nullable=False, comment="The alias that stands in their place."
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
            ["wave_id", "customer_id"],
            ["assignments.wave_id", "assignments.customer_id"],
        ),
        sa.PrimaryKeyConstraint("wave_id", "customer_id"),
    )


def _create_receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("delivery_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False, comment="One of RECEIPT_KINDS."),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.delivery_id"],
        ),
        sa.PrimaryKeyConstraint("delivery_id", "kind"),
    )
