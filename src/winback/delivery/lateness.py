"""Whether a wave is decided about too late: who was silent then may have come back, and messages
hold offers."""

from datetime import datetime

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight
from winback.ledger.waves import Wave

MOST_DAYS_LATE = 10


def count_late_days(shop: Shop, wave: Wave, now: datetime) -> int:
    """How many days after its cut-off a wave is looked at, by the shop's calendar; 0 within its
    week or so."""
    days = (now - get_midnight(wave.cutoff, shop.timezone)).days
    return days if days > MOST_DAYS_LATE else 0
