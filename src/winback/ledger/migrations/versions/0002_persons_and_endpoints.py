"""Who a message was handed to, what fixes an arm, and what the ledger is bound to."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns and tables; who was drawn before keeps household and arm."""
    _add_columns()
    _create_bindings()
    _create_table_seals()
    _create_households()
    _create_entries()
    _create_spending()
    _create_cases()
    _adopt_drawn()
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
        "waves",
        sa.Column(
            "paused_at", sa.DateTime, comment="Since when nothing of it goes; null: it goes."
        ),
    )
    op.add_column(
        "waves",
        sa.Column(
            "first_approved_by",
            sa.String(64),
            comment="Who approved it first, where a second person has to.",
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
    for table in ("consents", "suppressions"):
        op.add_column(table, _build_seal())
    # What waits and has kept the moment of its claim may have arrived, nobody knows where.
    op.execute(
        "update deliveries set exposed_at = claimed_at "
        "where state = 'pending' and claimed_at is not null"
    )
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
            "offer_hours",
            sa.Integer,
            comment="How long its offer holds from when it goes; else null.",
        ),
        sa.Column(
            "offer_ends",
            sa.DateTime,
            comment="When its offer is over; of one counted from sending null until it is claimed.",
        ),
        sa.Column(
            "expiry",
            sa.Text,
            comment="What the text that was claimed says of the offer's last day.",
        ),
        sa.Column(
            "text_hash",
            sa.String(32),
            comment="A keyed hash of the subject and text that were claimed.",
        ),
        _build_seal(),
    ]


def _build_seal() -> sa.Column[object]:
    return sa.Column(
        "seal", sa.String(32), comment="A keyed hash of the row; null: written without a key."
    )


def _create_table_seals() -> None:
    op.create_table(
        "table_seals",
        sa.Column("name", sa.String(32), comment="A table whose seals are summed."),
        sa.Column(
            "version", sa.BigInteger, nullable=False, comment="How often the sum changed: it grows."
        ),
        sa.Column("total", sa.String(32), nullable=False, comment="The sum of all seals."),
        sa.Column("mac", sa.String(64), nullable=False, comment="The seal of the sum itself."),
        sa.PrimaryKeyConstraint("name"),
    )


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


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column(
            "case_id",
            sa.String(12),
            nullable=False,
            comment="Derived from customer, kind and source: what is read twice is one case.",
        ),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False, comment="general, priority or complaint."),
        sa.Column(
            "source", sa.String(64), nullable=False, comment="A message, an event, or a person."
        ),
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column(
            "due_at",
            sa.DateTime,
            nullable=False,
            comment="By the service level of when it was opened.",
        ),
        sa.Column(
            "answered_at", sa.DateTime, comment="When somebody first answered; null: not yet."
        ),
        sa.Column("answered_by", sa.String(64)),
        sa.Column("solved_at", sa.DateTime, comment="Null: it is open."),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("cases_open", "cases", ["solved_at", "due_at"])


def _create_spending() -> None:
    """What waves have cost so far, by the quarter of an hour of the claim."""
    table = op.create_table(
        "spending",
        sa.Column(
            "quarter_hour",
            sa.DateTime,
            nullable=False,
            comment="The beginning of the quarter of an hour of the claim: every zone's day begins "
            "so.",
        ),
        sa.Column(
            "spent_minor",
            sa.BigInteger,
            nullable=False,
            comment="Of what was claimed, at full cost.",
        ),
        sa.PrimaryKeyConstraint("quarter_hour"),
    )
    paid = sa.text(
        "select claimed_at, cost_minor from deliveries where cost_minor > 0 and claimed_at is not "
        "null and state in ('claimed', 'sent', 'created', 'unknown', 'pending')"
    ).columns(claimed_at=sa.DateTime)
    minor = Counter[datetime]()
    for claimed_at, cost in op.get_bind().execute(paid).all():
        quarter = claimed_at.minute // 15 * 15
        minor[claimed_at.replace(minute=quarter, second=0, microsecond=0)] += cost
    rows = [{"quarter_hour": at, "spent_minor": spent} for at, spent in sorted(minor.items())]
    for some in _split(rows):
        op.bulk_insert(table, some)


_ERASED = "erased-"
_MONEY_DAYS = 90  # what money is judged by, where a shop has set nothing else
_AT_ONCE = 5_000
_DRAWN = """
select a.customer_id, a.household, a.arm, a.play, w.wave_id, w.playbook, w.cutoff
from assignments a join waves w on w.wave_id = a.wave_id
where a.arm <> 'excluded' order by w.cutoff, w.planned_at, w.wave_id, a.customer_id
"""


def _adopt_drawn() -> None:
    """The household of everybody drawn so far, and an entry for each draw."""
    households, entries = dict[str, dict[str, Any]](), list[dict[str, Any]]()
    fixed_until = dict[str, date]()
    shares = _load_shares()
    drawn = sa.text(_DRAWN).columns(cutoff=sa.Date)
    for row in op.get_bind().execute(drawn).mappings().all():
        if row["household"].startswith(_ERASED):
            continue
        kept = {"customer_id": row["customer_id"], "household": row["household"]}
        households.setdefault(row["customer_id"], kept | {"since": row["cutoff"]})
        if row["cutoff"] < fixed_until.get(row["household"], row["cutoff"]):
            continue
        entry = _build_entry(row, shares)
        fixed_until[row["household"]] = entry["fixed_until"]
        entries.append(entry)
    for name, rows in (("households", list(households.values())), ("entries", entries)):
        table = sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())
        for some in _split(rows):
            op.bulk_insert(table, some)


def _load_shares() -> dict[tuple[str, str, str], float]:
    rows = op.get_bind().execute(sa.text("select salt_name, playbook, play, share from shares"))
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _build_entry(row: sa.RowMapping, shares: dict[tuple[str, str, str], float]) -> dict[str, Any]:
    day: date = row["cutoff"]
    half = date(day.year, 1 if day.month <= 6 else 7, 1)
    next_half = date(day.year, 7, 1) if day.month <= 6 else date(day.year + 1, 1, 1)
    every = shares.get(("permanent", "", ""), 0.0)
    share = shares.get((half.isoformat(), row["playbook"], row["play"]), 0.5)
    return {
        "household": row["household"],
        "wave_id": row["wave_id"],
        "playbook": row["playbook"],
        "play": row["play"] or "",
        "arm": row["arm"],
        "holdout_chance": every + (1 - every) * share,
        "entered_on": day,
        "fixed_until": max(next_half, day + timedelta(days=_MONEY_DAYS)),
    }


def _split(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]
