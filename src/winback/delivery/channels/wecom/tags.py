"""Tags on a customer, for the member of staff who looks after them: the play that is theirs this
week (A13).

Set-like: the same tag marked twice is one tag. Only what changes is asked for, because each pair of
customer and member is a question of its own, of which WeCom lets no more than so many.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from winback.delivery.channels.base import AddressOf, Kind, Message, SendResult, hash_endpoint
from winback.delivery.channels.wecom.api import WeComClient, WeComRefused

GROUP = "Winback"
LONGEST_NAME = 30
_TAG_UNKNOWN = 40068


class TagStore(Protocol):
    """Remembers which tag of ours a customer bears, and by whom."""

    def get_tag(self, customer_id: str) -> tuple[str, str] | None:
        """Owner and tag; None where there is none."""
        ...

    def set_tag(self, customer_id: str, owner: str, tag: str) -> None: ...


class WeComTags:
    """Marks each customer with the tag of their play, and takes our other tags away."""

    kind: Kind = "set_like"
    batch_size = 1

    def __init__(
        self,
        wecom: WeComClient,
        address_of: AddressOf,
        title_of: Mapping[str, str],
        tagged: TagStore,
    ) -> None:
        """address_of: a customer's external_userid. title_of: a tag's name by play."""
        self._wecom, self._address_of, self._tagged = wecom, address_of, tagged
        self._title_of = {play: title[:LONGEST_NAME] for play, title in title_of.items()}
        self._ids: dict[str, str] = {}

    @property
    def endpoint(self) -> str:
        """Who is behind it: the company."""
        corp = self._wecom.corp
        return hash_endpoint("wecom_tag", corp.root, corp.corpid)

    def send(self, messages: Sequence[Message]) -> list[SendResult]:
        """Mark customers. Raises ChannelStopped."""
        return [self._mark_customer(each) for each in messages]

    def _mark_customer(self, message: Message) -> SendResult:
        address, title = self._address_of(message.customer_id), self._title_of.get(message.play)
        if address is None or message.owner is None:
            return SendResult(
                message.delivery_id, "failed", "no_address" if address is None else "no_owner"
            )
        if title is None:  # the playbook has lost the play since
            return SendResult(message.delivery_id, "failed", "play_unknown")
        before = self._tagged.get_tag(message.customer_id)
        if before == (message.owner, title):
            return SendResult(message.delivery_id, "sent", "tag_unchanged")
        try:
            self._request_mark(address, message.owner, title)
        except WeComRefused as refused:
            if refused.certain_not_sent and refused.reason != "busy":
                return SendResult(message.delivery_id, "failed", refused.reason)
            return SendResult(
                message.delivery_id,
                "again",
                refused.reason,
                certain_not_sent=refused.certain_not_sent,
            )
        self._tagged.set_tag(message.customer_id, message.owner, title)
        return SendResult(message.delivery_id, "sent")

    def _request_mark(self, address: str, owner: str, title: str) -> None:
        for attempt in (1, 2):
            ids = self._get_tag_ids(title, fresh=attempt == 2)
            others = [each for name, each in ids.items() if name != title]
            body = {
                "userid": owner,
                "external_userid": address,
                "add_tag": [ids[title]],
                "remove_tag": others,
            }
            try:
                self._wecom.post("externalcontact/mark_tag", body)
            except (
                WeComRefused
            ) as refused:  # somebody took a tag away since we asked which there are
                if refused.code != _TAG_UNKNOWN or attempt == 2:
                    raise
            else:
                return

    def _get_tag_ids(self, title: str, fresh: bool) -> dict[str, str]:
        """The ids of our tags by name; the one asked for is made where it is missing."""
        if fresh or not self._ids:
            self._load_tag_ids()
        if title not in self._ids:
            made = self._wecom.post(
                "externalcontact/add_corp_tag", {"group_name": GROUP, "tag": [{"name": title}]}
            )
            tags = (made.get("tag_group") or {}).get("tag", ())
            self._ids |= {tag["name"]: tag["id"] for tag in tags if tag.get("name") == title}
            if title not in self._ids:
                raise WeComRefused(None, "no_answer", certain_not_sent=False)
        return self._ids

    def _load_tag_ids(self) -> None:
        groups = self._wecom.post("externalcontact/get_corp_tag_list", {}).get("tag_group", ())
        tags = [
            tag
            for group in groups
            if group.get("group_name") == GROUP
            for tag in group.get("tag", ())
        ]
        self._ids = {
            tag["name"]: tag["id"] for tag in tags if tag.get("name") in self._list_tag_names()
        }

    def _list_tag_names(self) -> frozenset[str]:
        return frozenset(self._title_of.values())
