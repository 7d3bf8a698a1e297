"""Sentences of a list's row in its reader's language: why and why not, whose customer, what comes
next."""

from winback.config.shop import Shop
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.playbooks.matching import build_play_condition
from winback.playbooks.playbook import Play, Playbook
from winback.recall.recall_row import RecallRow
from winback.segmentation.conditions import InCell, iterate_leaves


def format_no_contact_reason(row: RecallRow, language: Language) -> str:
    """Why a customer is not contacted, or not now: 「不发送：退款处理中」."""
    if not row.why_not:
        return ""
    detail = row.why_not_detail or ""
    why = translate(row.why_not, language, {"detail": detail, "owner": detail})
    how = (
        "later"
        if row.what == "later"
        else "cannot"
        if row.why_not.startswith("stopped.")
        else "dont"
    )
    return translate(f"list.{how}.because", language, {"why": why})


def format_owner(row: RecallRow, language: Language) -> str:
    """Who looks after a customer; said where that person has left."""
    if not row.owner:
        return ""
    return (
        translate("list.owner.left", language, {"owner": row.owner})
        if row.owner_left
        else strip_control_chars(row.owner)
    )


def format_reason(row: RecallRow, play: Play | None, language: Language) -> str:
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
    return str(row.reason_zh if language == "zh" else row.reason_en)


def format_next_steps(play: Play, shop: Shop, playbook: Playbook, language: Language) -> str:
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


def format_marks(kind: str, names: str | None, language: Language) -> str:
    """Touchpoints, tags or channels by their names. kind: where these stand in the catalogue."""
    between = "、" if language == "zh" else ", "
    return between.join(
        translate(f"{kind}.{name}", language) for name in (names or "").split(",") if name
    )
