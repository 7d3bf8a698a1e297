"""One customer of the weekly list: what the snapshot says of them, and what was decided about
them."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from winback.playbooks.playbook import CHANNELS

if TYPE_CHECKING:  # the dashboard shows rows, and loads neither pandas nor the ledger for it
    from winback.data.contacts import Contact
    from winback.ledger.assignments import PlannedStep

What = Literal["contact", "later", "dont"]


@dataclass(slots=True)
class RecallRow:
    """A customer of the list; a decision is filled in once it is made.

    play: the first that fits; service: whether it repairs something; never: the first reason not to
    write to them; days: since their last order; worth: what rows are ranked by (minor units, or
    `inf` where chance puts them first); room: the offer and the cost (minor units) that room is
    asked for, of a play on test its dearest variant's; steps: the ladder of who is contacted;
    without_consent: the channels that would have come first, had they agreed; skus: of products
    that the message names; waiting_subject, waiting_message: the texts as the ledger keeps them, in
    which a day that is counted from sending is filled in then.
    """

    customer_id: str
    segment: str
    play: str | None
    service: bool
    friend: bool
    never: str | None
    days: int
    orders: int
    bestseller: bool
    worth: float
    churn_probability: float | None
    value_at_stake_minor: int | None
    next_order_90_day: date | None
    reason_zh: str | None
    reason_en: str | None
    model_reason_zh: str | None
    model_reason_en: str | None
    touchpoints: str | None
    tags: str | None
    entered_on: date | None = None
    what: What = "dont"
    why_not: str | None = None
    why_not_detail: str | None = None
    channel: str | None = None
    owner: str | None = None
    owner_left: bool | None = None
    reachable: bool = False
    reach: str | None = None
    offer: str | None = None
    cost_minor: int | None = None
    expiry: str | None = None
    subject: str | None = None
    message: str | None = None
    variant: str | None = None
    after_days: int = 0
    room: tuple[str | None, int] | None = None
    steps: "tuple[PlannedStep, ...]" = ()
    without_consent: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    waiting_subject: str | None = None
    waiting_message: str | None = None

    def fill_in_contact(self, contact: "Contact") -> None:
        """How the customer can be reached, and who looks after them."""
        self.owner, self.owner_left = contact.owner, contact.owner_left
        self.reachable = contact.is_reachable
        self.reach = ",".join(each for each in CHANNELS if each in contact.channels) or None

    def refuse(self, why_not: str, detail: str | None = None, what: What = "dont") -> None:
        """Nothing goes to them, or not now. What a later list will say is not said yet: neither
        the message nor until when the offer holds."""
        self.what, self.why_not, self.why_not_detail = what, why_not, detail
        self.channel = self.offer = self.cost_minor = self.expiry = None
        self.subject = self.message = self.waiting_subject = self.waiting_message = None
        self.skus = ()
