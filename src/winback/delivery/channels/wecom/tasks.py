"""Messages to WeCom contacts: each becomes a task that the member of staff confirms on their
telephone.

One-shot: `add_msg_template` knows no key. It sends nothing itself, so a message is `created` until
WeCom's own list says that it was sent. Of one whose answer was lost, that list also tells whether
the task is there; where it is not, nobody sends it again.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, timedelta

from winback.delivery.channels.base import (
    AddressOf,
    ChannelStopped,
    Kind,
    Message,
    PendingReceipt,
    SendResult,
    hash_endpoint,
)
from winback.delivery.channels.wecom.api import WeComClient, WeComRefused

MOST_TEXT_BYTES = 4000
_SENT, _NO_FRIEND, _TOO_MANY = 1, 2, 3
_FAILED = {_NO_FRIEND: "not_a_contact", _TOO_MANY: "received_enough"}
_LOOK_AROUND = timedelta(minutes=10)  # clocks differ, and a question may take its time


class WeComTasks:
    """Makes a task for each message, and learns later what became of it."""

    kind: Kind = "one_shot"
    batch_size = 1

    def __init__(self, wecom: WeComClient, address_of: AddressOf) -> None:
        """address_of: a customer's external_userid."""
        self._wecom, self._address_of = wecom, address_of

    @property
    def endpoint(self) -> str:
        """Who is behind it: the company."""
        corp = self._wecom.corp
        return hash_endpoint("wecom_task", corp.root, corp.corpid)

    def send(self, messages: Sequence[Message]) -> list[SendResult]:
        """Make tasks. Raises ChannelStopped."""
        return [self._create_task(each) for each in messages]

    def _create_task(self, message: Message) -> SendResult:
        address = self._address_of(message.customer_id)
        if address is None or not message.owner:
            # Without a customer WeCom would take all of the member's customers for meant.
            return SendResult(
                message.delivery_id, "failed", "no_owner" if address else "no_address"
            )
        text = message.body or ""
        if not text or len(text.encode()) > MOST_TEXT_BYTES:
            return SendResult(message.delivery_id, "failed", "too_long" if text else "empty")
        body = {
            "chat_type": "single",
            "external_userid": [address],
            "sender": message.owner,
            "text": {"content": text},
        }
        try:
            answer = self._wecom.post("externalcontact/add_msg_template", body)
        except WeComRefused as refused:
            if not refused.certain_not_sent:
                # Nobody knows of this one; of those after it somebody shall, so nothing more goes
                # until WeCom answers again.
                raise ChannelStopped(
                    refused.reason,
                    "WeCom",
                    [SendResult(message.delivery_id, "unknown", refused.reason)],
                ) from None
            return SendResult(
                message.delivery_id,
                "again" if refused.reason == "busy" else "failed",
                refused.reason,
            )
        if address in (answer.get("fail_list") or ()):
            return SendResult(message.delivery_id, "failed", "not_a_contact")
        return SendResult(
            message.delivery_id,
            "created",
            "task_created",
            receipt=str(answer.get("msgid", "")) or None,
        )

    def poll_receipts(self, awaited: Sequence[PendingReceipt]) -> list[SendResult]:
        """What became of tasks, as far as WeCom tells by now. Raises ChannelStopped, with what
        it gave before."""
        results: list[SendResult] = []
        known = {each.receipt for each in awaited}
        for each in awaited:
            try:
                result = self._poll_one(each, known)
            except ChannelStopped as stopped:
                raise ChannelStopped(
                    stopped.reason, stopped.detail, results, stopped.retry_after_seconds
                ) from None
            if result is not None:
                results.append(result)
        return results

    def _poll_one(self, each: PendingReceipt, known: Collection[str | None]) -> SendResult | None:
        address = self._address_of(each.customer_id)
        if address is None or not each.owner:
            return None
        try:
            if each.receipt is not None:
                return self._read_result(each, each.receipt, address, each.owner)
            for msgid in self._find_tasks_around(each):
                if msgid in known:  # another message of ours
                    continue
                result = self._read_result(each, msgid, address, each.owner)
                if result is not None:
                    return result
        except WeComRefused:  # asked again at the next run
            pass
        return None

    def _find_tasks_around(self, each: PendingReceipt) -> list[str]:
        """The tasks made about the moment of a message, with its words."""
        moments = (each.since - _LOOK_AROUND, each.since + _LOOK_AROUND)
        begin, end = (int(moment.replace(tzinfo=UTC).timestamp()) for moment in moments)
        body: dict[str, str | int] = {
            "chat_type": "single",
            "start_time": begin,
            "end_time": end,
            "filter_type": 0,
            "limit": 100,
        }
        tasks = self._wecom.iterate_pages(
            "externalcontact/get_groupmsg_list_v2", body, "group_msg_list"
        )
        return [
            str(task["msgid"])
            for task in tasks
            if (task.get("text") or {}).get("content") == each.body
        ]

    def _read_result(
        self, each: PendingReceipt, msgid: str, address: str, owner: str
    ) -> SendResult | None:
        """A customer's part in a task; None where they have none."""
        body = {"msgid": msgid, "userid": owner, "limit": 1000}
        for row in self._wecom.iterate_pages(
            "externalcontact/get_groupmsg_send_result", body, "send_list"
        ):
            if row.get("external_userid") != address:
                continue
            if row.get("status") == _SENT:
                return SendResult(each.delivery_id, "sent", "confirmed", msgid)
            if row.get("status") in _FAILED:
                return SendResult(each.delivery_id, "failed", _FAILED[row["status"]], msgid)
            return SendResult(each.delivery_id, "created", "task_created", msgid)
        return None
