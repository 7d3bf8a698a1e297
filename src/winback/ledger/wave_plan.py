"""A wave's plan: what an operator reads before they approve it, kept with the wave as it was
shown."""

import msgspec


class PlanWarning(msgspec.Struct, frozen=True):
    """Something odd. warning: its name; seen, expected: what its sentence says."""

    warning: str
    seen: int
    expected: str | int | float | None


class PlayCounts(msgspec.Struct, frozen=True):
    """A play's customers by arm. share: of the holdout, 0 to 1."""

    play: str
    treatment: int
    holdout: int
    share: float


class StepCount(msgspec.Struct, frozen=True):
    """How many messages a step sends through a channel."""

    step: int
    channel: str
    messages: int


class ConsentCount(msgspec.Struct, frozen=True):
    """Customers who have not agreed to the channel that would have come first; elsewhere: whom
    another one reaches."""

    channel: str
    customers: int
    elsewhere: int


class OrderValue(msgspec.Struct, frozen=True):
    """In minor units, of an order net of refunds: its expected value, what is left of it after the
    goods, and what one counts for at most. None where it is not known."""

    value_minor: int | None = None
    margin_minor: int | None = None
    cap_minor: int | None = None


class WavePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Counts, cost and what can be shown. planned = treatment + holdout + excluded.

    returning: the mean chance of returning without a message; first_treatment, first_holdout:
    customers whose household was in no earlier wave, who alone are compared (None in a wave that
    kept none); detectable: the smallest rise that the wave would show by them, detectable_to_date
    that the campaign would, looked at every week, None where none would; reach: the share of first
    messages of earlier waves that went out, None where none was planned; weeks_to_tell: until the
    campaign shows a rise of worth_points among all, None where a year is not enough, of `weekly`
    first entries a week (None where nothing foretells them); weeks_with_more: the same with the
    largest holdout; success_days: by play; order_value: fixed before the draw, None in a wave that
    kept none; cost_most_minor: where every step is sent; playbook_hash, rules_hash: of the plays,
    offers and templates, and of the thresholds it was planned by."""

    cutoff: str = ""
    playbook: str = ""
    planned: int = 0
    ranked_by: str = ""
    washout_days: int | None = None
    roi_days: int | None = None
    success_days: dict[str, int] = {}
    order_value: OrderValue | None = None
    treatment: int = 0
    holdout: int = 0
    excluded: int = 0
    by_why: dict[str, int] = {}
    by_play: list[PlayCounts] = []
    messages: list[StepCount] = []
    without_consent: list[ConsentCount] = []
    currency: str = ""
    cost_first_minor: int = 0
    cost_most_minor: int = 0
    returning: float = 0.0
    outcome_days: int = 0
    detectable: float | None = None
    treated_to_date: int = 0
    held_out_to_date: int = 0
    detectable_to_date: float | None = None
    first_treatment: int | None = None
    first_holdout: int | None = None
    reach: float | None = None
    weekly: int | None = None
    worth_points: float | None = None
    weeks_to_tell: int | None = None
    weeks_with_more: int | None = None
    proposed_share: float = 0.0
    warnings: list[PlanWarning] = []
    playbook_hash: str = ""
    rules_hash: str = ""

    def to_dict(self) -> dict[str, object]:
        """As JSON has it."""
        return dict(msgspec.to_builtins(self))

    @classmethod
    def from_json(cls, text: str) -> "WavePlan":
        """As it was written. Raises msgspec.ValidationError."""
        return msgspec.json.decode(text, type=cls)
