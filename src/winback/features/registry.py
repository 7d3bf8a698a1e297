"""The one list of features, in its order, and what can be said of it without reading a row."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from winback.core.cutoff import Cutoff
from winback.features.behaviour import BEHAVIOUR
from winback.features.dsl import Feature, Group
from winback.features.frequency import FREQUENCY
from winback.features.monetary import MONETARY
from winback.features.recency import RECENCY

_BY_GROUP: tuple[tuple[Group, tuple[Feature, ...]], ...] = (
    ("R", RECENCY),
    ("F", FREQUENCY),
    ("M", MONETARY),
    ("B", BEHAVIOUR),
)

FEATURES: tuple[Feature, ...] = tuple(feature for _, features in _BY_GROUP for feature in features)
GROUPS: dict[str, Group] = {
    feature.name: group for group, features in _BY_GROUP for feature in features
}
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)


def get_available_feeds(first_known: Mapping[str, datetime], cutoff: Cutoff) -> frozenset[str]:
    """What the shop had begun to send before the cut-off; a feature of any other feed is missing,
    never 0.

    `first_known` is when each feed was first known, so later rows cannot change the answer for an
    earlier day.
    """
    return frozenset(feed for feed, moment in first_known.items() if cutoff.is_history(moment))


def build_spec() -> list[dict[str, str]]:
    """The feature list as plain data: what a bundle keeps, and what another program must send."""
    return [
        {
            "name": each.name,
            "group": GROUPS[each.name],
            "unit": each.unit,
            "meaning": each.meaning,
            "formula": repr(each.formula),
        }
        for each in FEATURES
    ]


def hash_spec() -> str:
    """Changes when any feature, its formula or the order of columns does."""
    return hashlib.sha256(json.dumps(build_spec(), ensure_ascii=False).encode()).hexdigest()
