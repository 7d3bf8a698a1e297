"""English nouns and verbs that follow a count: one row is, two rows are. Chinese has one form."""

import re
from collections.abc import Mapping
from typing import Any

# What catalogue sentences count, and the word for one of it.
SINGULAR = {
    "buyers": "buyer",
    "bytes": "byte",
    "characters": "character",
    "claims": "claim",
    "columns": "column",
    "contacts": "contact",
    "coupons": "coupon",
    "customers": "customer",
    "days": "day",
    "deposits": "deposit",
    "events": "event",
    "features": "feature",
    "gifts": "gift",
    "hours": "hour",
    "households": "household",
    "ids": "id",
    "keys": "key",
    "lines": "line",
    "lists": "list",
    "messages": "message",
    "orders": "order",
    "plays": "play",
    "quantities": "quantity",
    "receipts": "receipt",
    "refunds": "refund",
    "rows": "row",
    "rules": "rule",
    "runs": "run",
    "seconds": "second",
    "tasks": "task",
    "trials": "trial",
    "waves": "wave",
    "weeks": "week",
}
_VERBS = {"are": "is", "were": "was", "have": "has"}
_COUNTED = re.compile(
    rf"\{{(?P<name>\w+)\}}(?P<adjective> (?!{'|'.join(SINGULAR)})[a-z]+)? "
    rf"(?P<noun>{'|'.join(SINGULAR)})\b(?: (?P<verb>{'|'.join(_VERBS)})\b)?"
)


def agree(sentence: str, values: Mapping[str, Any]) -> str:
    """A sentence before it is filled in, with the noun and the verb of each count that is one."""
    if "1" not in map(str, values.values()):
        return sentence

    def choose(counted: re.Match[str]) -> str:
        if str(values.get(counted["name"])) != "1":
            return counted[0]
        verb = f" {_VERBS[counted['verb']]}" if counted["verb"] else ""
        adjective = counted["adjective"] or ""
        return f"{{{counted['name']}}}{adjective} {SINGULAR[counted['noun']]}{verb}"

    return _COUNTED.sub(choose, sentence)
