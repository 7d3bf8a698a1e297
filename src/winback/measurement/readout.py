"""The types of a read-out: what a playbook's waves earned, as it is handed on, shown and stored.

`msgspec.to_builtins` turns each into the JSON of `measure --json` and of the stored reports, and
`decode_playbook_readout` reads it back. Each state has the keys that mean something in it: a field
with a default is left out of the JSON where it has no other value. Counts are customers unless
they say otherwise; shares are 0 to 1; `_minor` is money in minor units of the shop's currency;
intervals hold at 95 %.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from winback.measurement.interval import Interval, Reading
from winback.measurement.verdict import Judgement, Line, Verdict

Measure = Literal["margin", "net", "orders"]  # what a curve shows: the best that is known
Status = Literal["arms_changed", "ratio_off", "no_control", "not_matured", "read"]


class SampleRatio(Struct, frozen=True, kw_only=True):
    """Households held out against those the draw would hold out. p: of so large a difference by
    chance."""

    held_out: int
    expected: float
    p: float


class ShareEffect(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An effect on a share, as customers: how many returned (gross), and how many of them because
    of the message (incremental).

    name: a group's; empty for all customers. No more than gross and treated is known where an arm
    is empty. difference: of the two shares; adjusted: compared at what was known before.
    """

    name: str = ""
    gross: int
    treated: int
    held_out: int = 0
    held_out_gross: int | None = None
    share: float | None = None
    held_out_share: float | None = None
    difference: Interval | None = None
    incremental: Interval | None
    adjusted: bool | None = None


class GroupEffect(ShareEffect, frozen=True, kw_only=True, omit_defaults=True):
    """The same for one of several groups. p: adjusted for how many groups there are (Holm); None
    where an arm is empty."""

    name: str
    p: float | None
    said: Judgement


class KnownShare(Struct, frozen=True, kw_only=True):
    """A share of those of whom it is known already; None of nobody."""

    known_of: int
    share: float | None


class Recovered(Struct, frozen=True, kw_only=True):
    """Of the treated who returned: who ordered again, who stayed, and the mean spend within the
    return's window, of those whose window is over (`spend_known_of`). Gross."""

    customers: int
    repeat_30_days: KnownShare
    retained_180_days: KnownShare
    spend_after_return_minor: int | None
    spend_known_of: int


class CountInterval(Struct, frozen=True, kw_only=True):
    """A number of orders, to one decimal, and its interval. p: of no effect."""

    value: float
    low: float
    high: float
    p: float


class MinorInterval(Struct, frozen=True, kw_only=True):
    """Money in whole minor units, and its interval. p: of no effect."""

    value: int
    low: int
    high: int
    p: float


class MeasuredMinor(Struct, frozen=True, kw_only=True):
    """Measured money in whole minor units, orders capped, and its interval; None where too few
    buyers were to be expected in the holdout for one."""

    value: int
    low: int | None
    high: int | None
    p: float | None


class Roi(Struct, frozen=True, kw_only=True):
    """The margin that came for each unit of cost, and its interval."""

    value: float
    low: float
    high: float


class _Money(Struct, frozen=True, tag_field="status"):
    """What is common to the states that money can be in."""

    @property
    def status(self) -> str:
        """The state, a key of its sentence."""
        return str(self.__struct_config__.tag)


class MoneyNotMatured(_Money, frozen=True, kw_only=True, tag="not_matured"):
    """Nobody's money window is over yet. days_to_go: until the first one's is."""

    days_to_go: int


class MoneyNoControl(_Money, frozen=True, kw_only=True, tag="no_control"):
    """Those whose money window is over have nobody to be compared with."""


class OrdersResult(_Money, frozen=True, kw_only=True, tag="no_amounts"):
    """A shop without amounts: the treated's orders, and how many came because of the messages."""

    gross_orders: int
    orders: CountInterval


class PricedBuyers(Struct, frozen=True, kw_only=True):
    """Extra buyers at the value set at planning: it assumes that the message changes how many buy,
    not how much. value_minor: of an order, the mean of the waves compared; margin_value_minor: what
    is left of it after the goods, None where that is not known; revenue_minor, margin_minor: of all
    extra buyers."""

    extra: CountInterval
    value_minor: int
    margin_value_minor: int | None
    revenue_minor: MinorInterval
    margin_minor: MinorInterval | None


class MoneyResult(_Money, frozen=True, kw_only=True, omit_defaults=True, tag="read"):
    """What came because of the messages and what it cost, of those whose money window is over.

    Three figures. priced: extra buyers at the value set at planning, None where no order was known
    then; the verdict, `net_margin_minor` (its margin less all costs) and `roi` are taken from it.
    net_revenue_minor, margin_minor: measured, orders capped at the value fixed before.
    uncapped_minor: measured without the cap, with no interval.

    The `gross_` figures are all that the treated bought. cost_minor: by kind, messages, gifts
    beside an order, and coupons. cost_per_incremental_minor: for each extra buyer; None where they
    are fewer than one, or cost nothing. sure: whether more bought for certain. Figures of the
    margin are left out where it is unknown.
    """

    treated: int
    held_out: int
    gross_orders: int
    orders: CountInterval
    gross_net_revenue_minor: int
    priced: PricedBuyers | None
    net_revenue_minor: MeasuredMinor
    uncapped_minor: int
    cost_minor: dict[str, int]
    margin: Literal["unknown", "known"]
    margin_minor: MeasuredMinor | None = None
    net_margin_minor: MinorInterval | None = None
    line: Line
    cost_per_incremental_minor: int | UnsetType | None = UNSET
    sure: bool | None = None
    roi: Roi | None = None


Money = MoneyNotMatured | MoneyNoControl | OrdersResult | MoneyResult


class CurvePoint(Struct, frozen=True, kw_only=True):
    """What came because of the messages up to the end of a week, in the curve's measure."""

    week: int
    value: float
    low: float
    high: float


class Curve(Struct, frozen=True, kw_only=True):
    """Week after week, of those whose quarter is over. measure: margin or net revenue in minor
    units, or orders."""

    measure: Measure
    weeks: list[CurvePoint]


class LongTerm(Struct, frozen=True, kw_only=True):
    """What those who returned spend in the months that follow: forecast of those whose months are
    not over, measured of the `measured_of` treated whose are. None where it cannot be told."""

    forecast_minor: int | None
    forecast_incremental_minor: int | None
    measured_minor: MeasuredMinor | None
    measured_of: int
    waiting: int


class NoWaves(Struct, frozen=True, kw_only=True):
    """Nothing was sent yet."""

    status: Literal["no_waves"] = "no_waves"


class Readout(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A wave, or the campaign to date: who was in it, whether its arms are sound, and its state.

    wave, cutoff, approved_at: the wave's; empty for the campaign to date. entered_before: customers
    not compared, as they were in an earlier wave. merged_across: customers left out, as their ids
    were in different arms before they were merged. heard: receipts by kind. waves: how many there
    are. changed: the waves whose arms are not those drawn. days_to_go: until the first success
    window is over. waiting: customers whose success window is not.
    """

    wave: str = ""
    cutoff: str = ""
    approved_at: str = ""
    treated: int
    held_out: int
    entered_before: int
    heard: dict[str, int]
    waves: int
    ratio: SampleRatio
    status: Status
    merged_across: int = 0
    changed: list[str] | None = None
    days_to_go: int | None = None
    waiting: int | None = None


class EffectReadout(Readout, frozen=True, kw_only=True, omit_defaults=True):
    """A read-out that has an effect: its status is `read`. compared: customers it rests on;
    sent_back: treated customers who returned and have sent everything back since their window was
    over, which changes no figure; reading: whether its intervals are made for one look, as a
    wave's, or hold at every look, as the campaign's."""

    reading: Reading
    compared: int
    sent_back: int = 0
    returned: ShareEffect
    said: Judgement
    by_segment: list[GroupEffect]
    by_play: list[GroupEffect]
    recovered: Recovered
    money: Money
    curve: Curve
    long_term: LongTerm


class VariantResult(Struct, frozen=True, kw_only=True):
    """A variant on test: how many got it, what they did, and how it differs from the first.

    returned_share: None of nobody. wasted_coupons: used by customers who would have returned
    anyway; None where nobody is held out. guards: what it certainly does more harm by.
    """

    name: str
    customers: int
    returned_share: float | UnsetType | None = UNSET
    unsubscribed: int | UnsetType = UNSET
    complained: int | UnsetType = UNSET
    coupons_used: int | UnsetType = UNSET
    wasted_coupons: int | UnsetType | None = UNSET
    difference: Interval | UnsetType = UNSET
    guards: list[str] | UnsetType = UNSET
    p: float | UnsetType = UNSET
    said: Verdict | UnsetType = UNSET


class AbTestResult(Struct, frozen=True, kw_only=True):
    """A test of a play's variants. drawn, compared, needed: customers; weeks_to_go: about; None
    before anyone was drawn; decided: the variant chosen for good."""

    test: str
    play: str
    method: Literal["always_valid", "fixed"]
    drawn: int
    compared: int
    needed: int
    weeks_to_go: int | None
    decided: str | None
    variants: list[VariantResult]
    status: Literal["running", "read"]


class Terms(Struct, frozen=True, kw_only=True):
    """What a read-out is of, and by what it is judged. as_of: the day of the newest order;
    roi_days: the money window; roi_least: the return worth going on for; worth_points: the least
    effect that matters, a share."""

    shop: str
    playbook: str
    currency: str
    as_of: str
    roi_days: int
    roi_least: float
    worth_points: float


class PlaybookReadout(Terms, frozen=True, kw_only=True):
    """All that is known of a playbook's waves: each, its tests, and the campaign to date."""

    waves: list[Readout]
    tests: list[AbTestResult]
    to_date: Readout | NoWaves


class _Stored(Terms, frozen=True, kw_only=True):
    """A stored read-out whose parts are of a class that their status names."""

    waves: list[dict[str, Any]]
    tests: list[AbTestResult]
    to_date: dict[str, Any]


def decode_playbook_readout(plain: Mapping[str, Any]) -> PlaybookReadout:
    """A read-out from its JSON; what else is in it is passed over. Raises msgspec.ValidationError
    where it is none."""
    stored = msgspec.convert(plain, _Stored)
    is_empty = stored.to_date.get("status") == "no_waves"
    parts = {
        "waves": [_decode_readout(each) for each in stored.waves],
        "to_date": NoWaves() if is_empty else _decode_readout(stored.to_date),
    }
    return PlaybookReadout(**(msgspec.structs.asdict(stored) | parts))


def _decode_readout(stored: Mapping[str, Any]) -> Readout:
    return msgspec.convert(stored, EffectReadout if stored.get("status") == "read" else Readout)
