"""Rows of a list as their reader sees them: titles, sentences and amounts in their language."""

from collections.abc import Mapping
from typing import Any

from winback.config.shop import Shop
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.playbooks.matching import build_play_condition
from winback.playbooks.playbook import Play, Playbook
from winback.recall.decisions import get_weekly_play
from winback.segmentation.conditions import InCell, iterate_leaves

COLUMNS = (
    "customer_id",
    "what",
    "why_not",
    "segment",
    "reason",
    "model_reason",
    "churn_probability",
    "value_at_stake",
    "next_order_90_day",
    "play",
    "doer",
    "channel",
    "reach",
    "owner",
    "offer",
    "expiry",
    "cost",
    "eligibility",
    "subject",
    "message",
    "then",
    "touchpoints",
    "tags",
    "entered_on",
)


def to_display_row(
    row: Mapping[str, Any], shop: Shop, playbook: Playbook, language: Language
) -> dict[str, Any]:
    """A row in the words of its reader."""
    play = get_weekly_play(row, playbook)
    offer = playbook.offers[row["offer"]] if row["offer"] else None
    known = shop.contacts is not None or row["reach"] is not None
    reach = [
        translate(f"channel.{each}", language) for each in (row["reach"] or "").split(",") if each
    ]
    stake = row["value_at_stake_cents"]
    words = {
        name: str(row[name]) if row[name] is not None else ""
        for name in ("next_order_90_day", "entered_on", "expiry")
    }
    return {
        **words,
        "customer_id": row["customer_id"],
        "what": translate(
            "list.do" if row["what"] == "contact" else f"list.{row['what']}", language
        ),
        "why_not": format_no_contact_reason(row, language),
        "segment": translate(f"recall.{row['segment']}", language),
        "reason": _format_reason(row, play, language),
        "model_reason": row[f"model_reason_{language}"] or "",
        "churn_probability": row["churn_probability"],
        "value_at_stake": None if stake is None else round(stake / 100, 2),
        "play": play.title.get_text(language) if play else "",
        "doer": play.owner.get_text(language) if play else "",
        "channel": translate(f"channel.{row['channel']}", language) if row["channel"] else "",
        "reach": "、".join(reach) if language == "zh" else ", ".join(reach),
        "owner": format_owner(row, language),
        "offer": offer.format_text(offer.title.get_text(language), shop.currency, language)
        if offer
        else "",
        "eligibility": offer.format_text(
            offer.eligibility.get_text(language), shop.currency, language
        )
        if offer
        else "",
        "then": _format_next_steps(play, shop, playbook, language)
        if play and row["what"] == "contact"
        else "",
        "cost": round(row["cost_cents"] / 100, 2) if offer else None,
        "subject": row["subject"] or "",
        "message": row["message"] or "",
        "touchpoints": _format_marks("touchpoint", row["touchpoints"], language),
        "tags": _format_marks("tag", row["tags"], language),
    } | ({} if known else {"reach": translate("channel.unknown", language)})


def format_no_contact_reason(row: Mapping[str, Any], language: Language) -> str:
    """Why a customer is not contacted, or not now: 「不发送：退款处理中」."""
    if not row["why_not"]:
        return ""
    why = translate(
        row["why_not"],
        language,
        {"detail": row["why_not_detail"] or "", "owner": row["why_not_detail"] or ""},
    )
    how = (
        "later"
        if row["what"] == "later"
        else "cannot"
        if row["why_not"].startswith("stopped.")
        else "dont"
    )
    return translate(f"list.{how}.because", language, {"why": why})


def format_owner(row: Mapping[str, Any], language: Language) -> str:
    """Who looks after a customer; said where that person has left."""
    if not row["owner"]:
        return ""
    return (
        translate("list.owner.left", language, {"owner": row["owner"]})
        if row["owner_left"]
        else strip_control_chars(row["owner"])
    )


def _format_reason(row: Mapping[str, Any], play: Play | None, language: Language) -> str:
    """Why they are on the list: of a service call the touchpoint it answers, not where the
    segments put them."""
    if play is not None and play.service:
        touched = [
            atom.name
            for atom in iterate_leaves(build_play_condition(play))
            if isinstance(atom, InCell) and atom.kind == "touchpoint"
        ]
        if touched:
            return translate(f"touchpoint.{touched[0]}", language)
    return str(row[f"reason_{language}"])


def _format_next_steps(play: Play, shop: Shop, playbook: Playbook, language: Language) -> str:
    """The later steps of a ladder, for whoever works the list: when, on what condition, through
    what, with what."""
    steps = []
    for step in play.steps[1:]:
        only = translate(f"playbook_docs.only.{step.only_if}", language)
        offer = playbook.offers[step.offer] if step.offer else None
        given = (
            offer.format_text(offer.title.get_text(language), shop.currency, language)
            if offer
            else translate("list.then.message", language)
        )
        steps.append(
            translate(
                "list.then",
                language,
                {
                    "when": translate(
                        "playbook_docs.step.after",
                        language,
                        {"days": step.after_days, "only_if": only},
                    ),
                    "channels": " / ".join(
                        translate(f"channel.{channel}", language) for channel in step.channels
                    ),
                    "what": given,
                },
            )
        )
    return " → ".join(steps)


def _format_marks(kind: str, names: str | None, language: Language) -> str:
    between = "、" if language == "zh" else ", "
    return between.join(
        translate(f"{kind}.{name}", language) for name in (names or "").split(",") if name
    )
