"""What the API says of a customer, of segments and of the model that serves."""

import json

from winback.api import schemas
from winback.api.handlers import (
    build_age,
    build_model_age,
    get_snapshot,
)
from winback.api.live_state import LiveState
from winback.api.problems import (
    ApiProblem,
)
from winback.api.score_service import get_score_at, split_names
from winback.api.served_model import ServedModel
from winback.i18n.translate import translate
from winback.playbooks.playbook import LocalizedText, Play, Playbook
from winback.scoring.snapshot_index import SnapshotIndex
from winback.segmentation.definitions import RECALL

SEGMENTS = tuple(dict.fromkeys(each.name for each in RECALL))


def count_segments(index: SnapshotIndex) -> list[schemas.Segment]:
    return [
        schemas.Segment(
            name=name,
            title=_in_both_languages(f"recall.{name}"),
            customers=index.segments.get(name, 0),
        )
        for name in SEGMENTS
    ]


def build_page(live: LiveState, name: str, after: str | None, limit: int) -> schemas.Page:
    index = get_snapshot(live)
    if name not in SEGMENTS:
        raise ApiProblem("not_found", f"segments are {', '.join(SEGMENTS)}")
    places, count = index.list_page(name, after, limit + 1)
    more, places = len(places) > limit, places[:limit]
    scores = [get_score_at(index, place, index.get_id(place)) for place in places]
    return schemas.Page(
        segment=name,
        customers=count,
        scores=scores,
        next=scores[-1].customer_id if more else None,
        snapshot=build_age(live, index),
    )


def describe_customer(
    live: LiveState, index: SnapshotIndex, place: int, customer_id: str
) -> schemas.Customer:
    score = get_score_at(index, place, customer_id)
    return schemas.Customer(
        score=score,
        reason=_get_sentence(index, "reason", place),
        model_reason=_get_sentence(index, "model_reason", place),
        tags=split_names(index.get_category("tags", place)),
        next_order_50_day=index.get_value("next_order_50_day", place),
        next_order_90_day=index.get_value("next_order_90_day", place),
        dormant_on=index.get_value("dormant_on", place),
        worth=_get_worth(index, place),
        next_step=_find_next_step(live.playbook, index, place),
        do_not_contact=[_in_both_languages(f"never.{name}") for name in score.do_not_contact],
        history=_list_past_scores(live, index, place, customer_id),
        model=build_model_age(live, index.model_version, index.learned_until),
        snapshot=build_age(live, index),
    )


def _get_sentence(index: SnapshotIndex, name: str, place: int) -> schemas.Sentence:
    return schemas.Sentence(
        zh=index.get_value(f"{name}_zh", place), en=index.get_value(f"{name}_en", place)
    )


def _get_worth(index: SnapshotIndex, place: int) -> schemas.Value:
    names = schemas.Value.__struct_fields__
    return schemas.Value(**{name: index.get_value(name, place) for name in names})


def _list_past_scores(
    live: LiveState, index: SnapshotIndex, place: int, customer_id: str
) -> list[schemas.PastScore]:
    """The customer's scores of this snapshot and those before, the newest first."""
    seen = [(index, place)]
    for each in live.list_past_snapshots(index):
        at = each.find_place(customer_id)
        if at is not None:
            seen.append((each, at))
    return [
        schemas.PastScore(
            cutoff=each.day,
            churn_probability=each.get_number("churn_probability", at),
            risk_tier=str(each.get_category("risk_tier", at)),
            recall_segment=str(each.get_category("recall_segment", at)),
            model_version=each.model_version,
        )
        for each, at in sorted(seen, key=lambda one: one[0].day, reverse=True)
    ]


def _find_next_step(
    playbook: Playbook | None, index: SnapshotIndex, place: int
) -> schemas.NextStep | None:
    """The first step of the play that fits them; None where they are never written to, or no
    play is theirs."""
    # The plays of another playbook are not those the snapshot names.
    if playbook is None or playbook.name != index.metadata["playbook"]:
        return None
    play = _find_play(playbook, index, place)
    if play is None or not play.steps:
        return None
    step = play.steps[0]
    offer = playbook.offers[step.offer] if step.offer else None
    return schemas.NextStep(
        playbook=playbook.name,
        play=play.name,
        title=_to_sentence(play.title),
        channels=list(step.channels),
        offer=_to_sentence(offer.title) if offer else None,
        owner=_to_sentence(play.owner),
    )


def _to_sentence(text: LocalizedText) -> schemas.Sentence:
    return schemas.Sentence(zh=text.zh, en=text.en)


def _find_play(playbook: Playbook, index: SnapshotIndex, place: int) -> Play | None:
    """The customer's play, unless they must not be contacted for it."""
    name = index.get_category("play", place)
    play = next((each for each in playbook.plays if each.name == name), None)
    if play is None or (index.get_category("do_not_contact", place) and not play.service):
        return None
    return play


def describe_model(live: LiveState, served: ServedModel) -> schemas.Model:
    bundle = served.bundle
    manifest = bundle.manifest
    try:
        trained = json.loads((bundle.folder / "run.json").read_text(encoding="utf-8")).get(
            "trained_at"
        )
    except (OSError, ValueError):
        trained = None
    return schemas.Model(
        model=build_model_age(live, bundle.version, served.learned_until),
        outcome_days=served.thresholds.outcome_days,
        spec_hash=manifest["spec_hash"],
        features=len(bundle.names),
        trained_at=f"{trained}Z" if trained else None,
        metrics=dict(manifest.get("metrics", {})),
        window=dict(manifest["window"]),
        card=bundle.card,
        refused=[
            schemas.Refused(version=version, why=why)
            for version, why in sorted(live.refused.items())
        ],
    )


def _in_both_languages(key: str) -> schemas.Sentence:
    return schemas.Sentence(zh=translate(key, "zh"), en=translate(key, "en"))
