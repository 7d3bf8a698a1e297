"""A wrong text of a wave, corrected before its messages leave: one phrase put in place of another,
in every message that has it."""

from dataclasses import dataclass
from datetime import datetime

from winback.config.shop import Shop
from winback.core.expiry_marks import strip_marks
from winback.core.wave_errors import EditedTextBlocked, TextNotFound
from winback.ledger.engine import Ledger
from winback.ledger.wave_changes import EditResult, edit_texts
from winback.playbooks.matching import get_message_rules
from winback.playbooks.message_templates import MessageBlocked, MessageRules, check_message


@dataclass(frozen=True)
class TextEdit:
    """What to put in place of what. step, channel: only in messages of these; None: in all."""

    old: str
    new: str
    step: int | None = None
    channel: str | None = None


def edit_wave_texts(
    shop: Shop,
    ledger: Ledger,
    wave_id: str,
    edit: TextEdit,
    actor: str,
    now: datetime,
    is_trial: bool = False,
) -> EditResult:
    """Correct the waiting messages of a wave, all or none; is_trial: only say what would change.

    Raises WaveUnknown, WaveDecided, WaveNotPaused, TextNotFound where no message has the phrase,
    and EditedTextBlocked where one could not go with the new one.
    """
    rules = get_message_rules(shop)

    def rewrite(
        channel: str, subject: str | None, body: str | None
    ) -> tuple[str | None, str | None] | None:
        if edit.old not in (subject or "") and edit.old not in (body or ""):
            return None
        title, text = (_replace(each, edit) for each in (subject, body))
        _refuse_blocked(channel, title, text, rules, wave_id)
        return title, text

    if not edit.old:
        raise TextNotFound(wave=wave_id, value=edit.old)
    note = {"old": edit.old, "new": edit.new, "step": edit.step, "channel": edit.channel}
    result = edit_texts(
        ledger, wave_id, rewrite, note, actor, now, edit.step, edit.channel, is_trial
    )
    if not result.changed and not result.left:
        raise TextNotFound(wave=wave_id, value=edit.old)
    return result


def _replace(text: str | None, edit: TextEdit) -> str | None:
    return text and text.replace(edit.old, strip_marks(edit.new))


def _refuse_blocked(
    channel: str, subject: str | None, body: str | None, rules: MessageRules, wave_id: str
) -> None:
    if not (body or "").strip():
        raise EditedTextBlocked(wave=wave_id, why="empty", detail="")
    blocked = check_message(body or "", subject, channel, rules)
    if isinstance(blocked, MessageBlocked):
        raise EditedTextBlocked(wave=wave_id, why=blocked.why, detail=blocked.detail)
