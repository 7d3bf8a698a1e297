"""What is done about customers: thresholds, contacts, messages, the week's room, and presets of trades."""

import re
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from winback.config.sources import Knobs


class Segments(Knobs):
    """Thresholds of CONTRACTS 4; a number set here replaces the quantile fixed at training."""

    silence_days: int | None = Field(None, ge=1, le=3650, description="S (A1, C1).")
    high_frequency_days: int = Field(3, ge=1, description="Purchase days ever that make a customer high F (A5).")
    high_monetary_quantile: float = Field(0.60, gt=0, lt=1, description="Of lifetime net spend (A5).")
    high_monetary_cents: int | None = None
    high_value_quantile: float = Field(0.80, gt=0, lt=1, description="Of a year's net spend (C5).")
    high_value_cents: int | None = None
    low_behaviour_score: float = Field(20.0, ge=0, le=100, description="B at or below this is low (B43).")
    high_risk: float = Field(0.70, ge=0, le=1, description="B42.")
    medium_risk: float = Field(0.40, ge=0, le=1)
    weights: tuple[float, float, float, float] = Field((0.35, 0.30, 0.20, 0.15), description="R, F, M, B (B39).")
    coupon_claims: int = Field(5, ge=1, description="Claims in 30 days that make price-sensitive (B45).")
    discounted_share: float = Field(0.80, ge=0, le=1)
    bargain_share: float = Field(0.80, ge=0, le=1, description="Of spend, for class B (A8).")
    cart_days: int = Field(30, ge=1, le=30, description="How long an unpaid cart is worth a message (B15).")
    first_order_days: int = Field(7, ge=1, description="Silence after a first order that is worth a message (B49).")


class Journey(Knobs):
    """Numbers of touchpoints, tags and never-contact rules; they take effect at the next score, without a new model."""

    review_days: int = Field(7, ge=1, description="After a first order without a review (B49, B71).")
    no_activity_days: int = Field(15, ge=1, description="Silence from which missing activities matter (B49).")
    no_order_days: int = Field(90, ge=1, description="Without an order (B49).")
    refund_days: int = Field(3, ge=0, description="A refund asked for so long ago is late (B18, C15).")
    many_coupons: int = Field(3, ge=1, description="Claimed in 30 days (B7, C15).")
    late_shipment_days: int = Field(7, ge=1, description="A parcel under way for longer is late (C15).")
    open_shipment_days: int = Field(30, ge=1, description="A parcel sent longer ago is taken as delivered.")
    broadcast_days: int = Field(7, ge=0, description="No message after the shop's own broadcast (CONTRACTS 4).")
    night_carts: int = Field(1, ge=1, description="At night within a week (B78).")
    full_price_share: float = Field(0.10, ge=0, le=1, description="Orders with something off, at most: pays the full price.")
    regular_spread: float = Field(0.50, ge=0, description="Spread of their gaps by its mean, at most: orders by habit.")
    fading_share: float = Field(0.10, ge=0, le=1, description="Of a year's orders in the last 90 days, at most: is fading.")
    weekend_orders_share: float = Field(0.60, ge=0, le=1, description="Orders at weekends, at least.")
    evening_hour: float = Field(19.0, ge=0, le=24, description="Mean hour of their orders, at least: buys in the evening.")
    many_categories: int = Field(4, ge=2, description="In a year: explores the shop.")
    many_views: int = Field(10, ge=1, description="In 30 days without an order: looks and does not buy.")
    many_questions: int = Field(3, ge=1, description="To the service in 90 days: wants to be served (B85).")


class ContactColumns(Knobs):
    """Our name = the name in the list of contacts."""

    customer_id: str
    wecom: str | None = Field(None, description="A WeCom contact: an external_userid, or yes.")
    phone: str | None = Field(None, description="Looked at, never kept: whether an SMS can reach them.")
    email: str | None = Field(None, description="Looked at, never kept: whether a letter can reach them.")
    platform: str | None = Field(None, description="A name on a marketplace, or yes: a platform audience reaches them.")
    owner: str | None = Field(None, description="Who looks after them (follow_user).")
    owner_left: str | None = Field(None, description="Yes where that person has left the shop.")
    last_chat_at: str | None = Field(None, description="Of several owners the one who last chatted is named.")
    unsubscribed: str | None = Field(None, description="Yes where they want no messages.")
    timezone: str | None = Field(None, description="Where they are, such as Asia/Urumqi; left out: where the shop is.")
    sms_consent: str | None = Field(None, description="Yes where they agreed to SMS (FACTS 10); no SMS goes without.")
    email_consent: str | None = Field(None, description="Yes where they agreed to e-mails.")


class Contacts(Knobs):
    """Who can be reached how, and who looks after them: a list such as WeCom or a CRM exports (CONTRACTS 4, Reach)."""

    path: Path
    columns: ContactColumns
    vault_key: str | None = Field(
        None, pattern="^[0-9a-fA-F]{64}$",
        description="What wraps the vault's keys, as ${NAME} from the environment; left out: a file beside the shop's tables.",
    )  # fmt: skip


class Messages(Knobs):
    """What every message needs to know of the shop."""

    language: Literal["zh", "en"] | None = Field(None, description="Left out: Chinese where the shop counts in CNY.")
    shop_name: str | None = Field(None, description="As customers know it; left out: the name of the shop file.")
    sms_sign: str | None = Field(None, description="The registered sign with its brackets, such as 【木屋家居】.")
    sms_opt_out: str | None = Field(
        None, min_length=1, description="Ends every SMS; left out: 拒收请回复R, Reply STOP to opt out."
    )
    email_opt_out: str | None = Field(None, description="Address of the page that ends e-mails; no e-mail goes without one.")
    sms_segments: int = Field(2, ge=1, le=10, description="How many SMS one message may cost.")

    @field_validator("sms_sign")
    @classmethod
    def _a_sign(cls, sign: str | None) -> str | None:
        if sign is not None and not re.fullmatch(r"【[^【】\s][^【】]*】|\[[^\[\]\s][^\[\]]*\]", sign):
            raise ValueError("write the registered sign with its brackets, such as 【木屋家居】")
        return sign


class Recall(Knobs):
    """How much of the weekly list can be worked on."""

    capacity: int | None = Field(None, ge=0, description="Customers a week; left out: no limit. 0 is none.")
    capacity_of_owner: int | None = Field(None, ge=0, description="Customers a week of one owner.")
    budget_cents: int | None = Field(None, ge=0, description="For the week's offers at their full cost.")
    blackout: tuple[date, ...] = Field((), description="Days on which nobody is written to, such as those of a sale.")


ChannelName = Literal["wecom", "sms", "email", "call", "audience"]


class Waves(Knobs):
    """Waves: who goes without, how often and when customers are written to. 0 is none, not unlimited; left out: no limit."""

    holdout_share: float | None = Field(None, ge=0, le=0.5, description="Of every play; left out: as the playbook says.")
    every_holdout_share: float = Field(0.02, ge=0, le=0.5, description="Households that no playbook ever writes to.")
    washout_days: int = Field(28, ge=0, le=90, description="After a half-year's draw, for households that changed sides.")
    messages_a_week: int | None = Field(3, ge=0, description="To one customer, over all channels, in any seven days.")
    messages_a_day: dict[ChannelName, Annotated[int, Field(ge=0)]] = Field(
        {"wecom": 1}, description="By channel, in any 24 hours (FACTS 10)."
    )
    consent: tuple[ChannelName, ...] = Field(("sms",), description="Channels that need a customer's own word.")
    opens: time = Field(time(9), description="Nobody is disturbed before, by the shop's clock.")
    closes: time = Field(time(20), description="Nor from then on.")
    most_of_base: float = Field(0.25, gt=0, le=1, description="A wave of more of all customers is asked about.")

    @model_validator(mode="after")
    def _lawful_hours(self) -> Self:
        if not time(8) <= self.opens < self.closes <= time(21):
            raise ValueError(f"{self.opens:%H:%M} to {self.closes:%H:%M}: choose hours between 08:00 and 21:00")
        return self


class Measurement(Knobs):
    """How waves are judged."""

    margin_share: float | None = Field(
        None, ge=0, le=1, description="Of what is paid, where lines do not say what they cost; left out: no margin is told."
    )
    message_cents: dict[ChannelName, Annotated[int, Field(ge=0)]] = Field(
        {}, description="What one message costs, by channel, beside its offer."
    )
    roi_days: int = Field(
        90, ge=1, le=365, description="Money is judged so many days after a wave: pulled-forward orders show."
    )
    roi_least: float = Field(3.0, ge=0, description="Margin for each unit of cost from which on to continue (B103).")
    worth_points: float = Field(0.05, gt=0, lt=1, description="A smaller share more who come back does not matter.")


class Service(Knobs):
    """What the prediction service says of itself."""

    stale_days: int = Field(8, ge=1, description="A snapshot is old after a week and the day it was due.")
    model_stale_days: int = Field(182, ge=1, description="A model is old after six months (MODEL 2.10).")
    most_waiting: int = Field(128, ge=1, description="Questions in work at once; more are told to come again.")
    head_seconds: float = Field(10, gt=0, le=300, description="In which a request's head comes.")
    body_seconds: float = Field(30, gt=0, le=300, description="In which its body comes.")
    answer_seconds: float = Field(30, gt=0, le=300, description="In which a client reads on.")


# Thresholds of a trade (C5, B81); a shop's own file goes before them. Home goods are bought seldom, so two purchase days are
# many and a first order may rest for a month. Beauty is used up: a month without joining in is long, and a cart is old after
# two weeks. `source` has the amounts and days source B names in yuan: M from ¥2,000 a year (B43), silent after 90 days (B49).
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "home": {
        "segments": {"high_frequency_days": 2, "first_order_days": 30},
        "journey": {"review_days": 14, "no_activity_days": 30, "no_order_days": 180, "many_categories": 3},
        "playbook": "home",
    },
    "beauty": {
        "segments": {"high_frequency_days": 3, "first_order_days": 7, "cart_days": 14},
        "journey": {"review_days": 10, "no_activity_days": 30, "no_order_days": 90, "many_views": 15},
        "playbook": "beauty",
    },
    "source": {
        "segments": {"silence_days": 90, "high_value_cents": 200_000},
        "journey": {"no_order_days": 90},
        "playbook": "general",
    },
}
