"""Messages to WeCom contacts: each becomes a task that the member of staff confirms on their
telephone (FACTS 12).

One-shot: `add_msg_template` knows no key. It sends nothing itself, so a message is `created` until
WeCom's own list says that it was sent. Of one whose answer was lost, that list also tells whether
the task is there; where it is not, nobody sends it again.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, timedelta
from typing import Any

from winback.delivery.channels.base import AddressOf, Awaited, ChannelStopped, Kind, Message, Said
from winback.delivery.channels.wecom.api import WeCom, WeComRefused

MOST_TEXT_BYTES = 4000
_SENT, _NO_FRIEND, _TOO_MANY = 1, 2, 3
_FAILED = {_NO_FRIEND: "not_a_contact", _TOO_MANY: "received_enough"}
_LOOK_AROUND = timedelta(minutes=10)  # clocks differ, and a question may take its time


class WeComTasks:
    """Makes a task for each message, and learns later what became of it."""

    kind: Kind = "one_shot"
    at_once = 1

    def __init__(self, wecom: WeCom, address_of: AddressOf) -> None:
        """address_of: a customer's external_userid."""
        self._wecom, self._address_of = wecom, address_of

    def hand_over(self, messages: Sequence[Message]) -> list[Said]:
        """Make tasks. Raises ChannelStopped."""
        return [self._make(each) for each in messages]

    def _make(self, message: Message) -> Said:
        address = self._address_of(message.customer_id)
        if address is None or not message.owner:
            # Without a customer WeCom would take all of the member's customers for meant.
            return Said(message.delivery_id, "failed", "no_owner" if address else "no_address")
        text = message.body or ""
        if not text or len(text.encode()) > MOST_TEXT_BYTES:
            return Said(message.delivery_id, "failed", "too_long" if text else "empty")
        body = {
            "chat_type": "single",
            "external_userid": [address],
            "sender": message.owner,
            "text": {"content": text},
        }
        try:
            told = self._wecom.post("externalcontact/add_msg_template", body)
        except WeComRefused as refused:
            if not refused.nothing:
                # Nobody knows of this one; of those after it somebody shall, so nothing more goes
                # until WeCom answers again.
                raise ChannelStopped(
                    refused.reason, "WeCom", [Said(message.delivery_id, "unknown", refused.reason)]
                ) from None
            return Said(
                message.delivery_id,
                "again" if refused.reason == "busy" else "failed",
                refused.reason,
            )
        if address in (told.get("fail_list") or ()):
            return Said(message.delivery_id, "failed", "not_a_contact")
        return Said(
            message.delivery_id,
            "created",
            "task_created",
            receipt=str(told.get("msgid", "")) or None,
        )

    def follow(self, awaited: Sequence[Awaited]) -> list[Said]:
        """What became of tasks, as far as WeCom tells by now. Raises ChannelStopped, with what
        it told before."""
        told: list[Said] = []
        known = {each.receipt for each in awaited}
        for each in awaited:
            try:
                said = self._followed(each, known)
            except ChannelStopped as stopped:
                raise ChannelStopped(
                    stopped.reason, stopped.detail, told, stopped.again_after_seconds
                ) from None
            if said is not None:
                told.append(said)
        return told

    def _followed(self, each: Awaited, known: Collection[str | None]) -> Said | None:
        address = self._address_of(each.customer_id)
        if address is None or not each.owner:
            return None
        try:
            if each.receipt is not None:
                return self._read(each, each.receipt, address, each.owner)
            for msgid in self._around(each):
                if msgid in known:  # another message of ours
                    continue
                found = self._read(each, msgid, address, each.owner)
                if found is not None:
                    return found
        except WeComRefused:  # asked again at the next run
            pass
        return None

    def _around(self, each: Awaited) -> list[str]:
        """The tasks made about the moment of a message, with its words."""
        moments = (each.since - _LOOK_AROUND, each.since + _LOOK_AROUND)
        begin, end = (int(moment.replace(tzinfo=UTC).timestamp()) for moment in moments)
        asked: dict[str, Any] = {
            "chat_type": "single",
            "start_time": begin,
            "end_time": end,
            "filter_type": 0,
            "limit": 100,
        }
        tasks = self._wecom.pages("externalcontact/get_groupmsg_list_v2", asked, "group_msg_list")
        return [
            str(task["msgid"])
            for task in tasks
            if (task.get("text") or {}).get("content") == each.body
        ]

    def _read(self, each: Awaited, msgid: str, address: str, owner: str) -> Said | None:
        """A customer's part in a task; None where they have none."""
        asked = {"msgid": msgid, "userid": owner, "limit": 1000}
        for row in self._wecom.pages(
            "externalcontact/get_groupmsg_send_result", asked, "send_list"
        ):
            if row.get("external_userid") != address:
                continue
            if row.get("status") == _SENT:
                return Said(each.delivery_id, "sent", "confirmed", msgid)
            if row.get("status") in _FAILED:
                return Said(each.delivery_id, "failed", _FAILED[row["status"]], msgid)
            return Said(each.delivery_id, "created", "task_created", msgid)
        return None
