"""A campaign wave from the plan to the last message, and what is asked of its ledger."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from winback.config.shop import get_uploads_path
from winback.core.errors import NotImported
from winback.core.wave_errors import ChannelUnknown, CustomerCountMissing, WaveWarnings
from winback.delivery.dispatcher import TURN, DispatchResult
from winback.delivery.group_chat import notify_group
from winback.delivery.period_budgets import get_period_budgets
from winback.delivery.plan_warnings import format_harm, format_warning, list_warnings
from winback.delivery.planning import PlanResult, plan_weekly_wave
from winback.delivery.receipts import ImportedReceipts, import_receipts
from winback.delivery.recovery import (
    ChannelReach,
    audit_ledger,
    load_channel_reach,
    move_sender,
    reconcile_restored_ledger,
)
from winback.delivery.run import WeComMatch, match_contacts_with_wecom, run_waves
from winback.delivery.sender_state import SenderState
from winback.delivery.text_edits import TextEdit, edit_wave_texts
from winback.i18n.numbers import format_count, format_money
from winback.i18n.translate import translate
from winback.ledger.budgets import PeriodUse, list_period_use
from winback.ledger.channel_stops import resume_channels
from winback.ledger.clock import reset_clock
from winback.ledger.integrity import Violation
from winback.ledger.recovery import resolve_unconfirmed
from winback.ledger.seal_audit import find_unproven
from winback.ledger.wave_changes import EditResult, pause_wave, resume_wave
from winback.ledger.waves import (
    UnconfirmedMessage,
    Wave,
    WaveCounts,
    count_wave,
    decide_wave,
    list_open_customers,
    list_unconfirmed,
    list_waves,
    load_wave,
)
from winback.playbooks.matching import get_message_language
from winback.playbooks.playbook import CHANNELS
from winback.workflows.cases import check_cases
from winback.workflows.process import print_note
from winback.workflows.workspace import Workspace


@dataclass(frozen=True)
class WaveStatus:
    """A wave, its groups and messages counted, and the messages nobody knows the end of."""

    wave: Wave
    totals: WaveCounts
    unconfirmed: Sequence[UnconfirmedMessage]


@dataclass(frozen=True)
class AuditReport:
    """Every promise that is broken; unproven: before when nothing can be proven, as the ledger was
    sealed under another key, or not at all."""

    violations: Sequence[Violation]
    unproven: datetime | None


def plan_wave(workspace: Workspace, day: date | None) -> PlanResult:
    """Plan the wave of a day's week; one that is there stays as it is. Sends nothing."""
    plan = plan_weekly_wave(
        workspace.shop,
        workspace.home,
        day,
        workspace.language,
        workspace.actor,
        workspace.now,
        workspace.show_part,
    )
    workspace.end_progress()
    return plan


def load_waves(workspace: Workspace, wave_id: str | None) -> list[Wave]:
    """One wave, or all. Raises WaveUnknown."""
    ledger = workspace.open_ledger()
    return [load_wave(ledger, wave_id)] if wave_id else list_waves(ledger)


def approve_wave(
    workspace: Workspace, wave_id: str, customers: int | None, despite_warnings: bool
) -> Wave:
    """Approve a wave; above the shop's sum it takes a second person, and is planned till then.
    customers: how many are contacted, as whoever approves has read it. Raises
    CustomerCountMissing, WaveWarnings and what the ledger refuses."""
    ledger = workspace.open_ledger()
    wave = load_wave(ledger, wave_id)
    if customers != wave.plan.treatment:
        raise CustomerCountMissing(
            wave=wave_id,
            named="–" if customers is None else customers,
            treatment=wave.plan.treatment,
            cost=format_money(wave.plan.cost_most_minor, wave.plan.currency),
        )
    warnings = list_warnings(workspace.shop, ledger, wave, workspace.now)
    if warnings and not despite_warnings:
        sentences = (format_warning(each, workspace.language) for each in warnings)
        raise WaveWarnings(wave=wave_id, warnings="; ".join(sentences))
    needs_second = _needs_second(workspace, wave)
    wave = decide_wave(ledger, wave_id, "approved", workspace.actor, workspace.now, needs_second)
    workspace.note_seals(ledger)
    return wave


def _needs_second(workspace: Workspace, wave: Wave) -> bool:
    """Whether one person alone may not decide what a wave can cost."""
    alone = workspace.shop.waves.second_person_above_minor
    return alone is not None and wave.plan.cost_most_minor > alone


def list_budgets(workspace: Workspace) -> list[PeriodUse]:
    """The budgets of all waves together, as they stand now."""
    budgets = get_period_budgets(workspace.shop)
    return list_period_use(workspace.open_ledger(), budgets, workspace.now)


def stop_wave(workspace: Workspace, wave_id: str) -> Wave:
    """Stop a wave for good. Raises WaveUnknown and what the ledger refuses."""
    ledger = workspace.open_ledger()
    wave = decide_wave(ledger, wave_id, "stopped", workspace.actor, workspace.now)
    workspace.note_seals(ledger)
    return wave


def pause_sending(workspace: Workspace, wave_id: str) -> Wave:
    """Let nothing more of a wave go until it is resumed. Raises WaveUnknown and what the ledger
    refuses."""
    ledger = workspace.open_ledger()
    wave = pause_wave(ledger, wave_id, workspace.actor, workspace.now)
    workspace.note_seals(ledger)
    return wave


def resume_sending(workspace: Workspace, wave_id: str) -> Wave:
    """Let a paused wave go on. Raises WaveUnknown and what the ledger refuses."""
    ledger = workspace.open_ledger()
    needs_second = _needs_second(workspace, load_wave(ledger, wave_id))
    wave = resume_wave(ledger, wave_id, workspace.actor, workspace.now, needs_second)
    workspace.note_seals(ledger)
    return wave


def correct_texts(workspace: Workspace, wave_id: str, edit: TextEdit, is_trial: bool) -> EditResult:
    """Put one phrase in place of another in a wave's messages that have not left, all or none.
    Raises what `edit_wave_texts` refuses."""
    ledger, shop = workspace.open_ledger(), workspace.shop
    result = edit_wave_texts(shop, ledger, wave_id, edit, workspace.actor, workspace.now, is_trial)
    workspace.note_seals(ledger)
    return result


def send_due_messages(workspace: Workspace, resume: Collection[str] = ()) -> DispatchResult:
    """Send everything that is due in approved waves, nothing twice, and tell the operators' group
    what needs a person. resume: channels that had to stop, and may go on. Raises
    ChannelUnknown."""
    ledger = workspace.open_ledger(keep_open=True)
    for channel in resume:
        if channel not in CHANNELS:
            raise ChannelUnknown(value=channel, known=", ".join(CHANNELS))
    for channel in resume_channels(ledger, resume, workspace.actor, workspace.now):
        named = {"channel": translate(f"channel.{channel}", workspace.language)}
        print_note(translate("wave.not_stopped", workspace.language, named))
    result = run_waves(
        workspace.shop,
        workspace.load_playbook(),
        ledger,
        workspace.folder,
        workspace.open_sender_state(ledger),
        workspace.clock,
        lambda so_far: workspace.show_count(so_far.sent),
        workspace.load_shop,
        (workspace.shop_file, get_uploads_path(workspace.shop_file)),
    )
    workspace.end_progress()
    check_cases(workspace)
    for text in _list_alerts(workspace, result):
        notify_group(workspace.shop, ledger, text, workspace.now)
    return result


def get_wave_status(workspace: Workspace, wave_id: str) -> WaveStatus:
    """Where a wave stands. Raises WaveUnknown."""
    ledger = workspace.open_ledger()
    return WaveStatus(
        load_wave(ledger, wave_id), count_wave(ledger, wave_id), list_unconfirmed(ledger, wave_id)
    )


def resolve_message(workspace: Workspace, delivery_id: str, was_sent: bool, why: str) -> None:
    """Settle an unconfirmed message. Raises DeliveryUnknown and DeliveryAlreadyResolved."""
    resolve_unconfirmed(
        workspace.open_ledger(), delivery_id, was_sent, workspace.actor, why, workspace.now
    )


def reconcile_ledger(workspace: Workspace) -> int:
    """Let a restored ledger send again; returns how many messages are unconfirmed since."""
    state, reach = _load_sender(workspace)
    return reconcile_restored_ledger(state, reach, workspace.actor, workspace.now)


def move_ledger(workspace: Workspace, is_lost: bool) -> int | None:
    """Hand the ledger over to another machine, or take it over here; returns how many messages are
    unconfirmed since, None where it was handed over. is_lost: the machine that sent is gone."""
    state, reach = _load_sender(workspace)
    return move_sender(state, reach, is_lost, workspace.actor, workspace.now)


def _load_sender(workspace: Workspace) -> tuple[SenderState, ChannelReach]:
    """What this machine keeps of the ledger, and how the messages that are open in it go."""
    ledger, shop, folder = workspace.open_ledger(), workspace.shop, workspace.folder
    ledger.allow_writes(True)  # whoever takes a ledger over seals it anew
    try:
        store = workspace.open_store()
    except NotImported:  # a ledger may be put back before the tables are made again
        store = None
    customers = list_open_customers(ledger)
    reach = load_channel_reach(shop, ledger, folder, store, customers, workspace.now)
    return workspace.open_sender_state(ledger), reach


def reset_ledger_clock(workspace: Workspace) -> int:
    """Set what a run under a clock that was ahead has noted to now; returns how many messages that
    concerns."""
    return reset_clock(workspace.open_ledger(), TURN, workspace.actor, workspace.now)


def read_receipts(workspace: Workspace, file: Path, source: str) -> ImportedReceipts:
    """Read receipts of messages from a CSV; returns how many were kept and which were refused."""
    return import_receipts(workspace.open_ledger(), file, source[:64])


def match_wecom_contacts(workspace: Workspace) -> WeComMatch:
    """Match customers to WeCom contacts by the phone numbers in the staff's remarks."""
    matched = match_contacts_with_wecom(
        workspace.shop,
        workspace.open_store(),
        workspace.open_ledger(),
        workspace.folder,
        workspace.now,
        workspace.show_count,
    )
    workspace.end_progress()
    return matched


def audit_waves(workspace: Workspace) -> AuditReport:
    """Every promise of the ledger that is broken; none where all is well."""
    ledger = workspace.open_ledger()
    state = workspace.open_sender_state(ledger)
    violations = audit_ledger(workspace.shop, state, workspace.now)
    state.note_seals()
    return AuditReport(violations, find_unproven(ledger))


def _list_alerts(workspace: Workspace, result: DispatchResult) -> list[str]:
    """What a run leaves for a person to do, in the language of the shop's messages."""
    language, shop_name = get_message_language(workspace.shop), workspace.shop.name
    alerts = []
    for channel, stopped in result.stopped.items():
        values = {
            "shop": shop_name,
            "channel": translate(f"channel.{channel}", language),
            "why": translate(f"kept.{stopped['reason']}", language),
            "detail": stopped["detail"],
        }
        alerts.append(translate("wave.alert", language, values))
    for stop in result.harm:
        values = {"shop": shop_name, "harm": format_harm(stop, language)}
        alerts.append(translate("wave.alert.harm", language, values))
    if result.unknown:
        values = {"shop": shop_name, "count": format_count(result.unknown)}
        alerts.append(translate("wave.alert.unknown", language, values))
    return alerts
