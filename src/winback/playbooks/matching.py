"""Rules and plays meet here: which play is whose, and which rules and plays of a shop can do
nothing."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.errors import PlaybookInvalid
from winback.features.dsl import Aggregate, Difference, Feature, Flag, Ratio
from winback.features.rule_features import EVERYTHING
from winback.i18n.translate import Language, say
from winback.playbooks.message_templates import VARIABLES, Rules, Stopped, Why, message
from winback.playbooks.playbook import Channel, Offer, Play, Playbook, read_playbook
from winback.segmentation.assignment import limits_of
from winback.segmentation.conditions import All, Condition, Facts, condition_of
from winback.segmentation.definitions import CELLS, MARKS
from winback.segmentation.rule_checker import Finding, World, cells_of, check, unknown
from winback.segmentation.thresholds import untrained

_DEFAULT = {"CNY": "general"}


def book_of(shop: Shop) -> Playbook:
    """The shop's playbook: as its file names it, else the one for its currency. Beside the shop
    file, then among ours.

    Raises what `read_playbook` does, RuleUnreadable, and PlaybookInvalid for a play that speaks of
    what there is not: a rule that never holds, or always, would write to nobody or to everybody.
    """
    name = shop.playbook or _DEFAULT.get(shop.currency, "international")
    book = read_playbook(name, [shop.folder])
    # What thresholds there are, whatever their numbers will be.
    world = world_of(limits_of(untrained(shop.segments, shop.outcome_days), shop.journey), None)
    for play in book.plays:
        for found in unknown(play.name, condition_for(play), world):
            raise PlaybookInvalid(
                file=name,
                detail=f"play {play.name}: there is no {found.detail}{_meant(found.detail, world)}",
            )
    return book


def _meant(strange: str, world: World) -> str:
    known = [*world.bounds, *world.thresholds, *(f"{kind} is {name}" for kind, name in world.cells)]
    near = difflib.get_close_matches(strange, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def whose(facts: Facts, book: Playbook) -> NDArray[np.int64]:
    """For each customer the place of the first play that fits them; len(plays) where none does."""
    place = np.full(facts.customers, len(book.plays), dtype=np.int64)
    for index in range(len(book.plays) - 1, -1, -1):
        place[facts.holds(condition_for(book.plays[index]))] = index
    return place


def condition_for(play: Play) -> Condition:
    """For whom a play is. Raises RuleUnreadable."""
    return All(tuple(map(condition_of, play.when)))


def rules_of(shop: Shop) -> Rules:
    """What the shop's channels ask of a message."""
    told = shop.messages
    opt_out = told.sms_opt_out or say("message.sms_opt_out", message_language(shop))
    return Rules(told.sms_sign, opt_out, told.sms_segments, told.email_opt_out)


def message_language(shop: Shop) -> Language:
    """The language a shop writes to its customers in."""
    return shop.messages.language or ("zh" if shop.currency == "CNY" else "en")


def in_currency(offer: Offer, book: Playbook, shop: Shop) -> bool:
    """Whether an offer's amounts hold in this shop."""
    return not (offer.in_money and book.currencies and shop.currency not in book.currencies)


@dataclass(frozen=True)
class BadMessage:
    """A message of a play that can never go through a channel of this shop."""

    play: str
    channel: Channel
    language: Language
    stopped: Stopped


@dataclass(frozen=True)
class Checked:
    """What is wrong with a shop's rules, plays and messages."""

    rules: list[Finding]
    plays: list[Finding]
    messages: list[BadMessage]
    offers_in_other_money: list[str]
    rules_read: int
    plays_read: int

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong that the operator would have to mend; what the shop sends no
        data for is not."""
        return not (
            self.messages
            or self.offers_in_other_money
            or any(
                found.fault not in ("no_data", "no_threshold")
                for found in (*self.rules, *self.plays)
            )
        )


def checked(
    shop: Shop, book: Playbook, limits: Mapping[str, Any], feeds: frozenset[str] | None
) -> Checked:
    """Look at every rule, play and message without a customer.

    limits: the shop's thresholds; feeds: what it sends, None: everything.
    """
    world = world_of(limits, feeds)
    found: list[Finding] = []
    read = 0
    for kind, cells in CELLS.items():
        # A segment may be reached by several rules; the reason tells them apart.
        named = [(f"{kind} {each.reason.split('.', 1)[1]}", each.condition) for each in cells]
        found += check(named, world)
        read += len(named)
    for kind, marks in MARKS.items():
        for mark in marks:  # they do not exclude one another, so each is looked at alone
            found += check([(f"{kind} {mark.name}", mark.condition)], world)
            read += 1
    plays = check([(play.name, condition_for(play)) for play in book.plays], world)
    elsewhere = sorted(
        name for name, offer in book.offers.items() if not in_currency(offer, book, shop)
    )
    return Checked(found, plays, _bad_messages(shop, book), elsewhere, read, len(book.plays))


def world_of(limits: Mapping[str, Any], feeds: frozenset[str] | None) -> World:
    """What rules may speak of: features, scores, cells and thresholds."""
    by_name = {feature.name: feature for feature in EVERYTHING}
    bounds = {name: _bounds(feature) for name, feature in by_name.items()}
    bounds |= {
        "churn_probability": (0.0, 1.0),
        "behaviour_score": (0.0, 100.0),
        "in_population": (0.0, 1.0),
    }
    cells: dict[tuple[str, str], Condition] = {}
    for kind, segments in CELLS.items():
        cells |= cells_of(kind, segments)
    for kind, marks in MARKS.items():
        cells |= {(kind, mark.name): mark.condition for mark in marks}
    if feeds is None:
        return World(bounds, limits, cells)
    sent = {name for name, feature in by_name.items() if _feeds_of(feature, by_name) <= feeds}
    scored = {"churn_probability", "in_population"} | (
        {"behaviour_score"} if "events" in feeds else set()
    )
    return World(bounds, limits, cells, frozenset(sent | scored))


def _bounds(feature: Feature) -> tuple[float, float]:
    """The values a feature can have. What is divided or subtracted can leave every range its
    parts keep."""
    if not isinstance(feature.formula, Aggregate | Flag):
        return -math.inf, math.inf
    if feature.unit in ("share", "0 or 1"):
        return 0.0, 1.0
    # What is paid back can exceed what was spent, and a z-score lies on both sides.
    signed = (
        feature.unit == "cents" or feature.formula.how == "z_score"
        if isinstance(feature.formula, Aggregate)
        else False
    )
    return (-math.inf if signed else 0.0), math.inf


def _feeds_of(feature: Feature, by_name: Mapping[str, Feature]) -> frozenset[str]:
    match feature.formula:
        case Aggregate() as aggregate:
            return frozenset({aggregate.feed})
        case Ratio(one, other):
            return _feeds_of(by_name[one], by_name) | _feeds_of(by_name[other], by_name)
        case Difference(left, _):
            return _feeds_of(by_name[left], by_name)
        case Flag(other, _):
            return _feeds_of(by_name[other], by_name)


def _bad_messages(shop: Shop, book: Playbook) -> list[BadMessage]:
    """Messages that cannot go even with every variable known: too long, or a letter without a
    subject."""
    language = message_language(shop)
    # Whether this shop can use a channel at all is told apart; here the text is looked at.
    rules = replace(
        rules_of(shop), sms_sign=shop.messages.sms_sign or "【签名】", email_opt_out="–"
    )
    found = []
    for play in book.plays:
        for step in play.steps:
            for channel, name in (
                (channel, name) for channel in step.channels for name in step.templates
            ):
                template = book.templates[name]
                subject = template.subject.of(language) if template.subject else None
                # A name as long as it gets is rare; a text that is too long without any is a
                # mistake.
                made = message(
                    template.text.of(language),
                    subject,
                    dict.fromkeys(VARIABLES, "字"),
                    channel,
                    rules,
                )
                if isinstance(made, Stopped) and made.why != "not_personal":
                    found.append(BadMessage(play.name, channel, language, made))
    return list(dict.fromkeys(found))


def closed_channels(shop: Shop) -> dict[Channel, Why]:
    """Channels this shop cannot use yet, and what they lack."""
    closed: dict[Channel, Why] = {} if shop.messages.sms_sign else {"sms": "sms_sign_missing"}
    return closed if shop.messages.email_opt_out else {**closed, "email": "email_opt_out_missing"}
