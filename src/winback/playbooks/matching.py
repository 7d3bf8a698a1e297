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
from winback.features.rule_features import ALL_FEATURES
from winback.i18n.translate import Language, translate
from winback.playbooks.message_templates import (
    VARIABLES,
    MessageBlocked,
    MessageRules,
    Why,
    render_message,
)
from winback.playbooks.playbook import Channel, Offer, Play, Playbook
from winback.playbooks.playbook_files import load_playbook_file
from winback.segmentation.assignment import list_limits
from winback.segmentation.conditions import AllOf, Condition, Facts, parse_condition
from winback.segmentation.definitions import CELLS, MARKS
from winback.segmentation.rule_checker import (
    RuleIssue,
    RuleSchema,
    check_rules,
    find_unknown,
    list_cell_conditions,
)
from winback.segmentation.thresholds import build_untrained_thresholds

_DEFAULT = {"CNY": "general"}


def load_playbook(shop: Shop) -> Playbook:
    """The shop's playbook: as its file names it, else the one for its currency. Beside the shop
    file, then among ours.

    Raises what `load_playbook_file` does, RuleUnreadable, and PlaybookInvalid for a play that
    speaks of
    what there is not: a rule that never holds, or always, would write to nobody or to everybody.
    """
    name = shop.playbook or _DEFAULT.get(shop.currency, "international")
    playbook = load_playbook_file(name, [shop.folder])
    # What thresholds there are, whatever their numbers will be.
    world = build_rule_schema(
        list_limits(build_untrained_thresholds(shop.segments, shop.outcome_days), shop.journey),
        None,
    )
    for play in playbook.plays:
        for issue in find_unknown(play.name, build_play_condition(play), world):
            raise PlaybookInvalid(
                file=name,
                detail=f"play {play.name}: there is no {issue.detail}"
                f"{_suggest(issue.detail, world)}",
            )
    return playbook


def _suggest(strange: str, world: RuleSchema) -> str:
    known = [*world.bounds, *world.thresholds, *(f"{kind} is {name}" for kind, name in world.cells)]
    near = difflib.get_close_matches(strange, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def match_plays(facts: Facts, playbook: Playbook) -> NDArray[np.int64]:
    """For each customer the place of the first play that fits them; len(plays) where none does."""
    place = np.full(facts.customers, len(playbook.plays), dtype=np.int64)
    for index in range(len(playbook.plays) - 1, -1, -1):
        place[facts.evaluate(build_play_condition(playbook.plays[index]))] = index
    return place


def build_play_condition(play: Play) -> Condition:
    """For whom a play is. Raises RuleUnreadable."""
    return AllOf(tuple(map(parse_condition, play.when)))


def get_message_rules(shop: Shop) -> MessageRules:
    """What the shop's channels ask of a message."""
    settings = shop.messages
    opt_out = settings.sms_opt_out or translate("message.sms_opt_out", get_message_language(shop))
    return MessageRules(settings.sms_sign, opt_out, settings.sms_segments, settings.email_opt_out)


def get_message_language(shop: Shop) -> Language:
    """The language a shop writes to its customers in."""
    return shop.messages.language or ("zh" if shop.currency == "CNY" else "en")


def is_in_currency(offer: Offer, playbook: Playbook, shop: Shop) -> bool:
    """Whether an offer's amounts hold in this shop."""
    return not (
        offer.has_amounts and playbook.currencies and shop.currency not in playbook.currencies
    )


@dataclass(frozen=True)
class BadMessage:
    """A message of a play that can never go through a channel of this shop."""

    play: str
    channel: Channel
    language: Language
    stopped: MessageBlocked


@dataclass(frozen=True)
class PlaybookCheck:
    """What is wrong with a shop's rules, plays and messages."""

    rules: list[RuleIssue]
    plays: list[RuleIssue]
    messages: list[BadMessage]
    offers_in_other_money: list[str]
    rules_read: int
    plays_read: int

    @property
    def is_ok(self) -> bool:
        """Whether nothing is wrong that the operator would have to mend; what the shop sends no
        data for is not."""
        return not (
            self.messages
            or self.offers_in_other_money
            or any(
                issue.fault not in ("no_data", "no_threshold")
                for issue in (*self.rules, *self.plays)
            )
        )


def lint_playbook(
    shop: Shop, playbook: Playbook, limits: Mapping[str, Any], feeds: frozenset[str] | None
) -> PlaybookCheck:
    """Look at every rule, play and message without a customer.

    limits: the shop's thresholds; feeds: what it sends, None: everything.
    """
    world = build_rule_schema(limits, feeds)
    issues: list[RuleIssue] = []
    read = 0
    for kind, cells in CELLS.items():
        # A segment may be reached by several rules; the reason tells them apart.
        named = [(f"{kind} {each.reason.split('.', 1)[1]}", each.condition) for each in cells]
        issues += check_rules(named, world)
        read += len(named)
    for kind, marks in MARKS.items():
        for mark in marks:  # they do not exclude one another, so each is looked at alone
            issues += check_rules([(f"{kind} {mark.name}", mark.condition)], world)
            read += 1
    plays = check_rules([(play.name, build_play_condition(play)) for play in playbook.plays], world)
    elsewhere = sorted(
        name for name, offer in playbook.offers.items() if not is_in_currency(offer, playbook, shop)
    )
    return PlaybookCheck(
        issues, plays, _find_bad_messages(shop, playbook), elsewhere, read, len(playbook.plays)
    )


def build_rule_schema(limits: Mapping[str, Any], feeds: frozenset[str] | None) -> RuleSchema:
    """What rules may speak of: features, scores, cells and thresholds."""
    by_name = {feature.name: feature for feature in ALL_FEATURES}
    bounds = {name: _get_bounds(feature) for name, feature in by_name.items()}
    bounds |= {
        "churn_probability": (0.0, 1.0),
        "behaviour_score": (0.0, 100.0),
        "in_population": (0.0, 1.0),
    }
    cells: dict[tuple[str, str], Condition] = {}
    for kind, segments in CELLS.items():
        cells |= list_cell_conditions(kind, segments)
    for kind, marks in MARKS.items():
        cells |= {(kind, mark.name): mark.condition for mark in marks}
    if feeds is None:
        return RuleSchema(bounds, limits, cells)
    sent = {name for name, feature in by_name.items() if _get_feeds(feature, by_name) <= feeds}
    scored = {"churn_probability", "in_population"} | (
        {"behaviour_score"} if "events" in feeds else set()
    )
    return RuleSchema(bounds, limits, cells, frozenset(sent | scored))


def _get_bounds(feature: Feature) -> tuple[float, float]:
    """The values a feature can have. What is divided or subtracted can leave every range its
    parts keep."""
    if not isinstance(feature.formula, Aggregate | Flag):
        return -math.inf, math.inf
    if feature.unit in ("share", "0 or 1"):
        return 0.0, 1.0
    # What is paid back can exceed what was spent, and a z-score lies on both sides.
    signed = (
        feature.unit == "minor units" or feature.formula.how == "z_score"
        if isinstance(feature.formula, Aggregate)
        else False
    )
    return (-math.inf if signed else 0.0), math.inf


def _get_feeds(feature: Feature, by_name: Mapping[str, Feature]) -> frozenset[str]:
    match feature.formula:
        case Aggregate() as aggregate:
            return frozenset({aggregate.feed})
        case Ratio(one, other):
            return _get_feeds(by_name[one], by_name) | _get_feeds(by_name[other], by_name)
        case Difference(left, _):
            return _get_feeds(by_name[left], by_name)
        case Flag(other, _):
            return _get_feeds(by_name[other], by_name)


def _find_bad_messages(shop: Shop, playbook: Playbook) -> list[BadMessage]:
    """Messages that cannot go even with every variable known: too long, or a letter without a
    subject."""
    language = get_message_language(shop)
    # Whether this shop can use a channel at all is checked elsewhere; here the text is looked at.
    rules = replace(
        get_message_rules(shop), sms_sign=shop.messages.sms_sign or "【签名】", email_opt_out="–"
    )
    bad = []
    for play in playbook.plays:
        for step in play.steps:
            for channel, name in (
                (channel, name) for channel in step.channels for name in step.templates
            ):
                template = playbook.templates[name]
                subject = template.subject.get_text(language) if template.subject else None
                # A name as long as it gets is rare; a text that is too long without any is a
                # mistake.
                made = render_message(
                    template.text.get_text(language),
                    subject,
                    dict.fromkeys(VARIABLES, "字"),
                    channel,
                    rules,
                )
                if isinstance(made, MessageBlocked) and made.why != "not_personal":
                    bad.append(BadMessage(play.name, channel, language, made))
    return list(dict.fromkeys(bad))


def list_unavailable_channels(shop: Shop) -> dict[Channel, Why]:
    """Channels this shop cannot use yet, and what they lack."""
    closed: dict[Channel, Why] = {} if shop.messages.sms_sign else {"sms": "sms_sign_missing"}
    return closed if shop.messages.email_opt_out else {**closed, "email": "email_opt_out_missing"}
