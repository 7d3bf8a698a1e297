"""What a bounce or a spam complaint means for the address it came from.

hard: nobody is there, and nobody will be; soft: not now; policy: the server refuses us, or what we
wrote, and says nothing of the address.
"""

import re
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.ledger.refusals import COMPLAINED, insert_suppression
from winback.ledger.tables.waves import ALL, DELIVERIES, RECEIPTS

BOUNCED, BOUNCED_SOFT = "bounced", "bounced_soft"
OF_ADDRESS = frozenset({BOUNCED, BOUNCED_SOFT})  # they hold for one address, not for its person
NO_SUCH_ADDRESS = "no_such_address"  # how a message ends whose receiver says so at once
SOFT_IN_A_ROW = 3
SOFT_DAYS = 90
_PHONES = ("sms", "call")
_CODE = re.compile(r"(?P<basic>[45]\d\d\b)?[ -]?(?P<enhanced>[45]\.\d{1,3}\.\d{1,3}\b)?(?:\W.*)?")
_NOT_THE_RECEIVERS = ("5.1.7", "5.1.8", "5.2.3")  # the sender's address; a message that is too long
_MAILBOX_FULL = "552"


def parse_reason(text: str) -> str | None:
    """A bounce's reason as it is kept: `hard`, `soft` or `policy`, and the code if one was given.
    None where it is not understood. text: `hard`, `soft`, or an SMTP code such as `550`, `5.1.1`
    or `550 5.1.1`."""
    plain = " ".join(text.split()).lower()
    if plain in ("hard", "soft"):
        return plain
    match = _CODE.fullmatch(plain)
    codes = list(filter(None, match.group("basic", "enhanced"))) if match else []
    if match is None or not codes:
        return None
    # What stands behind the code may name somebody.
    return " ".join([classify_code(match["basic"], match["enhanced"]), *codes])


def classify_code(basic: str | None, enhanced: str | None) -> str:
    """What an SMTP answer says of the address: hard, soft or policy. The enhanced code (RFC 3463)
    goes first: servers answer 550 to a dead address and to a sender they do not like."""
    if (enhanced or basic or "").startswith("4") or enhanced == "5.2.2":
        return "soft"
    if enhanced is not None and enhanced != "5.0.0":
        is_hard = enhanced.startswith(("5.1.", "5.2.", "5.4."))
        return "hard" if is_hard and enhanced not in _NOT_THE_RECEIVERS else "policy"
    return "soft" if basic == _MAILBOX_FULL else "hard"


def is_hard(channel: str, reason: str | None) -> bool:
    """Whether a bounce is for good. Without a reason a letter's is: mail servers report as bounced
    what they have given up; of a phone that was off gateways say the same."""
    return channel == "email" if reason is None else reason.startswith("hard")


def suppress_after_receipt(
    connection: sa.Connection,
    row: sa.RowMapping,
    kind: str,
    reason: str | None,
    at: datetime,
    source: str,
) -> None:
    """Keep what a receipt of a message means for later ones. row: the message."""
    if kind == "complained":
        # Who calls one message spam means the shop, not the channel.
        for subject in filter(None, (row["customer_id"], row["address"])):
            insert_suppression(connection, subject, ALL, COMPLAINED, at, source)
    elif kind == "bounced" and is_hard(row["channel"], reason):
        suppress_address(connection, row, BOUNCED, at, source)
    elif kind == "bounced" and _has_bounced_in_a_row(connection, row):
        until = at + timedelta(days=SOFT_DAYS)
        suppress_address(connection, row, BOUNCED_SOFT, at, source, until)


def suppress_address(
    connection: sa.Connection,
    row: sa.RowMapping,
    reason: str,
    at: datetime,
    source: str,
    until: datetime | None = None,
) -> None:
    """Let nothing more go to the address of a message; where it is not known, to its customer
    through this channel."""
    subject = row["address"] or row["customer_id"]
    for channel in _PHONES if row["channel"] in _PHONES else (row["channel"],):
        insert_suppression(connection, subject, channel, reason, at, source, until)


def _has_bounced_in_a_row(connection: sa.Connection, row: sa.RowMapping) -> bool:
    """Whether the newest messages to an address of which anything was heard all bounced softly."""
    d, r = DELIVERIES.c, RECEIPTS.c
    mine = d.address == row["address"] if row["address"] else d.customer_id == row["customer_id"]
    has_bounced = sa.func.max(sa.case((r.kind == "bounced", 1), else_=0))
    reason = sa.func.max(sa.case((r.kind == "bounced", r.reason)))
    query = (
        sa.select(has_bounced, reason)
        .join(DELIVERIES, r.delivery_id == d.delivery_id)
        .where(mine, d.channel == row["channel"])
        .group_by(d.delivery_id, d.seq)
        .order_by(d.seq.desc(), d.delivery_id)
    )
    # A policy refusal says nothing of the address: it neither counts nor ends the row.
    heard = [each for each in connection.execute(query) if not (each[1] or "").startswith("policy")]
    newest = heard[:SOFT_IN_A_ROW]
    return len(newest) == SOFT_IN_A_ROW and all(each[0] for each in newest)
