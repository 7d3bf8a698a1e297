"""What is odd about a wave that waits for a decision: what its plan found, and that it is late:
who was dormant then may have returned, and offers may be over."""

from datetime import datetime

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight
from winback.delivery.period_budgets import get_period_budgets
from winback.i18n.numbers import format_count, format_money
from winback.i18n.translate import Language, translate
from winback.ledger.budgets import list_period_use
from winback.ledger.engine import Ledger
from winback.ledger.harm import HarmStop
from winback.ledger.wave_plan import PlanWarning
from winback.ledger.waves import Wave, count_ended_offers
from winback.playbooks.matching import load_playbook

MOST_DAYS_LATE = 7  # from the cut-off on: then the next week's wave is due


def list_warnings(shop: Shop, ledger: Ledger, wave: Wave, now: datetime) -> list[PlanWarning]:
    """The warnings of a wave's plan; if it still waits, also that it is late by the shop's
    calendar, and that offers of its messages are over before these can go."""
    if wave.state != "planned":
        return wave.plan.warnings
    days = (now - get_midnight(wave.cutoff, shop.timezone)).days
    over = count_ended_offers(ledger, wave.wave_id, now)
    return [
        *wave.plan.warnings,
        *([PlanWarning("late", days, str(wave.cutoff))] if days > MOST_DAYS_LATE else []),
        *([PlanWarning("offer_ended", over, None)] if over else []),
        *_list_short_budgets(shop, ledger, wave, now),
        *([PlanWarning("playbook_changed", 0, None)] if _has_changed(shop, wave) else []),
    ]


def _has_changed(shop: Shop, wave: Wave) -> bool:
    """Whether the shop's playbook is another one than the wave was planned by."""
    planned = wave.plan.playbook_hash
    return bool(planned) and load_playbook(shop).fingerprint != planned


def format_harm(stop: HarmStop, language: Language) -> str:
    """Why a playbook's waves were paused, in words."""
    values = {"treated": stop.treated, "held_out": stop.held_out, "waves": ", ".join(stop.waves)}
    return translate(f"wave.harm.{stop.harm}", language, values)


def _list_short_budgets(shop: Shop, ledger: Ledger, wave: Wave, now: datetime) -> list[PlanWarning]:
    """A warning for each budget of all waves that has less left than the wave costs at most."""
    cost = wave.plan.cost_most_minor
    return [
        PlanWarning(
            f"budget_{use.period}",
            0,
            f"{format_money(cost, shop.currency)} > {format_money(use.left_minor, shop.currency)}",
        )
        for use in list_period_use(ledger, get_period_budgets(shop), now)
        if cost > use.left_minor
    ]


def format_warning(warning: PlanWarning, language: Language) -> str:
    """A warning in words."""
    values = {"seen": format_count(warning.seen), "expected": warning.expected}
    return translate(f"wave.warning.{warning.warning}", language, values)
