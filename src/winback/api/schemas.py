"""What the service is asked and what it answers, as declared types: checked while they are parsed,
and the schema of the API.

One pass of msgspec parses and checks a body; pydantic would cost as much as the score itself.
Unknown fields, wrong types, numbers out of range and names that stand twice are refused.
"""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from winback.core.schema import LARGEST_MINOR, LARGEST_WHOLE, EventKind
from winback.features.dsl import Feature
from winback.features.registry import FEATURES
from winback.features.rule_features import JOURNEY

MOST_IDS = 1_000
MOST_ROWS = 1_000
MOST_CUSTOMERS = 100

LARGEST_NUMBER = 1e15

NOT_SENT = float("nan")  # what nobody can send in JSON

Id = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=256,
        description="A customer, byte for byte as the shop writes them.",
    ),
]
Whole = Annotated[int, Meta(ge=-LARGEST_WHOLE, le=LARGEST_WHOLE)]
Minor = Annotated[int, Meta(ge=-LARGEST_MINOR, le=LARGEST_MINOR)]
Count = Annotated[int, Meta(ge=0, le=LARGEST_WHOLE)]
Moment = Annotated[
    datetime,
    Meta(tz=True, description="RFC 3339 with its offset, such as 2026-11-16T09:30:00+08:00."),
]
Text = Annotated[str, Meta(max_length=1024)]
Number = Annotated[float, Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
Chance = Annotated[float, Meta(ge=0, le=1, description="Of 100 customers at 0.3, about 30 churn.")]
Version = Annotated[str, Meta(description="The bundle's content hash, its folder's name.")]
CutoffDay = Annotated[date, Meta(description="The history behind this score ends the day before.")]


class _RequestBody(Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class _ResponseBody(Struct, kw_only=True):
    pass


# What is asked.
class ByIds(_RequestBody):
    """Customers by id, from the latest snapshot."""

    customer_ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_IDS)]


class Line(_RequestBody):
    """One line of an order. What the whole shop decides (bestseller, bargain), who knows it
    tells; left out, it is not so."""

    amount_minor: Minor | None = None
    sku: Text | None = None
    category: Text | None = None
    bestseller: bool = False
    bargain: bool = False


class Order(_RequestBody):
    """One order as the canonical table has it; money in minor units of the shop's currency."""

    order_id: Annotated[str, Meta(min_length=1, max_length=256)]
    occurred_at: Moment
    known_at: Moment | None = field(default=None)
    amount_minor: Annotated[
        Minor | None, Meta(description="What was paid; null if the shop has no amounts.")
    ] = None
    discount_minor: Annotated[
        Minor | None, Meta(description="What was taken off; null if the shop does not say.")
    ] = None
    units: Annotated[Whole | None, Meta(description="Left out: the shop does not say.")] = None
    line_count: Annotated[
        Count | None, Meta(description="Left out: as many as there are lines, at least 1.")
    ] = None
    deposit: bool = False
    gift: bool = False
    wholesale: bool = False
    brushing: bool = False
    lines: list[Line] = field(default_factory=list)


class Refund(_RequestBody):
    """Money paid back."""

    occurred_at: Moment
    known_at: Moment | None = None
    order_id: Annotated[str, Meta(max_length=256)] | None = None
    amount_minor: Minor | None = None


class Event(_RequestBody):
    """Something a customer did or was sent."""

    kind: EventKind
    occurred_at: Moment
    known_at: Moment | None = None
    value: Whole | None = None
    dated_only: Annotated[bool, Meta(description="The shop knows the day and not the hour.")] = (
        False
    )


class History(_RequestBody):
    """One customer's raw rows; what lies after the cut-off is not looked at."""

    customer_id: Id
    orders: Annotated[list[Order], Meta(min_length=1)]
    refunds: list[Refund] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class FromHistory(_RequestBody):
    """Raw rows of customers and the cut-off to score them at."""

    cutoff: date
    customers: Annotated[list[History], Meta(min_length=1, max_length=MOST_CUSTOMERS)]


def _build_field(feature: Feature) -> tuple[str, Any]:
    return feature.name, Annotated[
        Number | None, Meta(description=f"{feature.meaning} ({feature.unit})")
    ]


# A row of the feature spec: every feature of the model, null where it is missing; those of the
# journey may be left out.
Features = msgspec.defstruct(
    "Features",
    [*map(_build_field, FEATURES), *((*_build_field(each), NOT_SENT) for each in JOURNEY)],
    bases=(_RequestBody,),
    namespace={"__doc__": "One customer's features, as `winback sql` computes them."},
    forbid_unknown_fields=True,
    kw_only=True,
)


class Row(_RequestBody):
    """One customer's features."""

    customer_id: Id
    # mypy knows no class that is made from the list of features.
    features: Features  # type: ignore[valid-type]


class FromFeatures(_RequestBody):
    """Rows of the feature spec and the cut-off they were computed at."""

    cutoff: date
    rows: Annotated[list[Row], Meta(min_length=1, max_length=MOST_ROWS)]


# Answers.
class Score(_ResponseBody, tag_field="status", tag="scored"):
    """One customer's chance of placing no order in the outcome window, and where that puts them."""

    customer_id: str
    churn_probability: Chance
    risk_tier: str
    recall_segment: str
    routed_by: Annotated[str, Meta(description="`rule:<id>` or `model`.")]
    quadrant: str
    silent_class: str | None
    lifecycle: str | None
    rfmb_score: Annotated[float | None, Meta(description="0 to 100.")]
    outside_population: Annotated[
        bool, Meta(description="Silent for longer than the model has learned from.")
    ]
    touchpoints: list[str]
    do_not_contact: Annotated[
        list[str], Meta(description="Reasons not to write to them now; empty: none known.")
    ]
    cutoff: CutoffDay
    model_version: Version


class Unknown(_ResponseBody, tag_field="status", tag="unknown"):
    """An id the snapshot does not know."""

    customer_id: str


class Age(_ResponseBody):
    """How old what was answered from is."""

    cutoff: CutoffDay
    age_days: int
    stale: Annotated[
        bool, Meta(description="Older than the shop file's `service.stale_days`: score again.")
    ]


class ModelAge(_ResponseBody):
    """How old the model is."""

    version: Version
    learned_until: Annotated[date, Meta(description="The last day whose outcomes it has seen.")]
    age_days: int
    stale: Annotated[bool, Meta(description="Older than six months: train again.")]


class Scores(_ResponseBody):
    """Scores in the order of the question."""

    scores: list[Score | Unknown]
    model: ModelAge
    snapshot: Annotated[
        Age | None, Meta(description="Null where the scores are not from a snapshot.")
    ] = None
    not_looked_at: Annotated[
        list[str],
        Meta(
            description="Refunds and kinds of events that were sent, and that the shop's own "
            "tables do not have."
        ),
    ] = field(default_factory=list)


class PastScore(_ResponseBody):
    """What an earlier snapshot said."""

    cutoff: CutoffDay
    churn_probability: Chance
    risk_tier: str
    recall_segment: str
    model_version: Version


class Value(_ResponseBody):
    """Money of the outcome window, in whole minor units."""

    expected_spend_minor: int | None
    value_at_stake_minor: int | None
    spend_low_minor: int | None
    spend_high_minor: int | None


class Sentence(_ResponseBody):
    """The same in both languages."""

    zh: str | None
    en: str | None


class NextStep(_ResponseBody):
    """What the shop's playbook would do next; null channels or offer where it leaves them open."""

    playbook: str
    play: str
    title: Sentence
    channels: list[str]
    offer: Sentence | None
    owner: Sentence


class Customer(_ResponseBody):
    """Everything the service knows of one customer."""

    score: Score
    reason: Sentence
    model_reason: Sentence
    tags: list[str]
    next_order_50_day: Annotated[
        date | None, Meta(description="With even odds the next order comes by then.")
    ]
    next_order_90_day: date | None
    dormant_on: Annotated[
        date | None, Meta(description="When they become dormant unless they order.")
    ]
    worth: Value
    next_step: NextStep | None
    do_not_contact: list[Sentence]
    history: Annotated[list[PastScore], Meta(description="Newest first, this snapshot's included.")]
    model: ModelAge
    snapshot: Age


class Segment(_ResponseBody):
    """A recall segment and how many are in it."""

    name: str
    title: Sentence
    customers: int


class Segments(_ResponseBody):
    """Every recall segment, in the order of routing."""

    segments: list[Segment]
    snapshot: Age


class Page(_ResponseBody):
    """Customers of a segment by id. `next` goes on where this page ends; null: there are no
    more."""

    segment: str
    customers: int
    scores: list[Score]
    next: Annotated[str | None, Meta(description="Give it as `after`.")]
    snapshot: Age


class Refused(_ResponseBody):
    """A model that was not taken, and why."""

    version: str
    why: str


class Model(_ResponseBody):
    """The model that serves."""

    model: ModelAge
    outcome_days: int
    spec_hash: str
    features: int
    trained_at: str | None
    metrics: dict[str, Any]
    window: dict[str, Any]
    card: Annotated[str, Meta(description="Markdown.")]
    refused: list[Refused]


class Ready(_ResponseBody):
    """Whether questions are answered, and if not, why."""

    ready: bool
    why: list[str]


class Fault(_ResponseBody):
    """One thing wrong with a body."""

    at: Annotated[str, Meta(description="Where in the body, such as $.rows[0].features.")]
    detail: str


class Problem(_ResponseBody):
    """An answer that is none (RFC 9457). `code` is for programs, `title` for people, in the
    language they accept."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    errors: list[Fault] = field(default_factory=list)
