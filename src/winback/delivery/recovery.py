"""After a restore, and whenever somebody asks: what is uncertain, and whether every promise
holds."""

from datetime import datetime
from pathlib import Path

from winback.config.shop import Shop
from winback.delivery.channel_registry import build_channels
from winback.delivery.dispatcher import TURN
from winback.delivery.eligibility import get_frequency_caps
from winback.delivery.high_water_mark import HighWaterMark
from winback.delivery.run_lock import hold_run_lock
from winback.experiments.assignment import load_assignment
from winback.ledger.engine import Ledger
from winback.ledger.integrity import Violation, audit
from winback.ledger.recovery import reconcile_after_restore
from winback.ledger.waves import list_waves
from winback.playbooks.matching import load_playbook


def reconcile_restored_ledger(
    shop: Shop, ledger: Ledger, folder: Path, actor: str, now: datetime
) -> int:
    """Let a restored ledger send again; returns of how many messages nobody knows now whether
    they were sent."""
    with hold_run_lock(ledger, folder, now), HighWaterMark(folder / "delivery.journal") as journal:
        channels = build_channels(shop, load_playbook(shop), ledger, folder, lambda: now)
        repeatable = [name for name, channel in channels.items() if channel.kind != "one_shot"]
        return reconcile_after_restore(ledger, TURN, journal.read(), repeatable, actor, now)


def audit_ledger(shop: Shop, ledger: Ledger) -> list[Violation]:
    """Every promise of the ledger that is broken; arms are drawn again."""
    playbook = load_playbook(shop)
    assignments = {
        wave.wave_id: load_assignment(shop, playbook, None, ledger, wave.cutoff)
        for wave in list_waves(ledger)
        if wave.playbook == playbook.name
    }

    def find_arm(wave_id: str, play: str, household: str) -> str | None:
        return assignments[wave_id].get_arm(play, household) if wave_id in assignments else None

    return audit(ledger, get_frequency_caps(shop, playbook), find_arm)
