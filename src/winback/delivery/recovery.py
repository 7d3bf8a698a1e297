"""After a restore, and whenever somebody asks: what is uncertain, and whether every promise
holds."""

from datetime import datetime
from pathlib import Path

from winback.config.shop import Shop
from winback.delivery.channel_registry import channels_of
from winback.delivery.dispatcher import TURN
from winback.delivery.eligibility import caps_of
from winback.delivery.journal import Journal
from winback.delivery.run_lock import turn_of
from winback.experiments.assignment import arms_of
from winback.ledger.engine import Ledger
from winback.ledger.integrity import Fault, audit
from winback.ledger.outbox import reconcile
from winback.ledger.waves import list_waves
from winback.playbooks.matching import book_of


def reconciled(shop: Shop, ledger: Ledger, folder: Path, actor: str, now: datetime) -> int:
    """Let a restored ledger send again; returns of how many messages nobody knows now whether
    they were sent."""
    with turn_of(ledger, folder, now), Journal(folder / "delivery.journal") as journal:
        channels = channels_of(shop, book_of(shop), ledger, folder, lambda: now)
        repeatable = [name for name, channel in channels.items() if channel.kind != "one_shot"]
        return reconcile(ledger, TURN, journal.highest(), repeatable, actor, now)


def audited(shop: Shop, ledger: Ledger) -> list[Fault]:
    """Every promise of the ledger that is broken; arms are drawn again."""
    book = book_of(shop)
    drawn = {
        wave.wave_id: arms_of(shop, book, None, ledger, wave.cutoff)
        for wave in list_waves(ledger)
        if wave.playbook == book.name
    }

    def arm_of(wave_id: str, play: str, household: str) -> str | None:
        return drawn[wave_id].of(play, household) if wave_id in drawn else None

    return audit(ledger, caps_of(shop, book), arm_of)
