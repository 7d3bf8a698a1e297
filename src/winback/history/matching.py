"""Which message of the ledger a line of a receiver's log is, and which accounts are one person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from winback.history.ledger_rows import LedgerDelivery, LedgerHistory
from winback.history.receiver_logs import ReceivedMessage


@dataclass(frozen=True)
class MatchedLine:
    """A line of a log with the message it is; delivery: None where the ledger has no such one;
    owner: then the wave, where it is known, and the customer the line is about."""

    line: ReceivedMessage
    delivery: LedgerDelivery | None
    owner: tuple[str | None, str] | None = None


def match_lines(
    history: LedgerHistory, received: Sequence[ReceivedMessage]
) -> tuple[list[MatchedLine], int]:
    """Each line with its message, and of how many lines nobody can say which message they are:
    those that name neither a message nor a customer."""
    by_receipt = {
        each.receipt: each for each in history.deliveries.values() if each.receipt is not None
    }
    by_place = {
        (each.wave_id, each.customer_id, each.step): each for each in history.deliveries.values()
    }
    matched, nameless = list[MatchedLine](), 0
    for line in received:
        found = _find(line, history, by_receipt, by_place)
        if found is not None:
            matched.append(MatchedLine(line, found))
        elif line.delivery_id is None and line.customer_id is None:
            nameless += 1
        else:
            matched.append(MatchedLine(line, None))
    return _name_owners(history, matched), nameless


def _find(
    line: ReceivedMessage,
    history: LedgerHistory,
    by_receipt: Mapping[str, LedgerDelivery],
    by_place: Mapping[tuple[str, str, int], LedgerDelivery],
) -> LedgerDelivery | None:
    if line.delivery_id is not None:
        return history.deliveries.get(line.delivery_id)
    if line.receipt is not None and line.receipt in by_receipt:
        return by_receipt[line.receipt]
    if line.wave_id is not None and line.customer_id is not None and line.step is not None:
        return by_place.get((line.wave_id, line.customer_id, line.step))
    return None


def _name_owners(history: LedgerHistory, matched: Sequence[MatchedLine]) -> list[MatchedLine]:
    """Say of lines the ledger has no message for whom they are about."""
    if all(each.delivery is not None for each in matched):
        return list(matched)
    never = history.derive_keys()
    return [
        each
        if each.delivery is not None
        else MatchedLine(each.line, None, _find_owner(each, never))
        for each in matched
    ]


def _find_owner(
    each: MatchedLine, never: Mapping[str, tuple[str, str]]
) -> tuple[str | None, str] | None:
    line = each.line
    if line.delivery_id is not None and line.delivery_id in never:
        return never[line.delivery_id]
    return (line.wave_id, line.customer_id) if line.customer_id is not None else None


class Persons:
    """Accounts that are one person: merged by the shop's map, or reached at one address."""

    def __init__(self, merged: Mapping[str, str]) -> None:
        """merged: the id of an account → the one it was merged into."""
        self._parent = dict[str, str]()
        for account, into in merged.items():
            self._join(account, into)

    def learn_addresses(
        self, deliveries: Iterable[LedgerDelivery], matched: Iterable[MatchedLine]
    ) -> None:
        """Join accounts with one address in a channel, by the ledger's hashes and by the logs."""
        seen = dict[tuple[str, str], str]()
        addresses = [(each.channel, each.address, each.customer_id) for each in deliveries]
        addresses += [
            (each.delivery.channel, f"log {each.line.address}", each.delivery.customer_id)
            for each in matched
            if each.delivery is not None and each.line.address is not None
        ]
        for channel, address, customer_id in addresses:
            if address is not None:
                self._join(customer_id, seen.setdefault((channel, address), customer_id))

    def find(self, account: str) -> str:
        """The person of an account."""
        while (parent := self._parent.get(account, account)) != account:
            account = parent
        return account

    def _join(self, one: str, other: str) -> None:
        first, second = self.find(one), self.find(other)
        if first != second:
            self._parent[first] = second
