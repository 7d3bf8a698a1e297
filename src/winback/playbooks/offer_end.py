"""Until when an offer holds: a fixed day, or so long from when its message goes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from winback.core.cutoff import get_midnight
from winback.i18n.translate import Language, translate
from winback.playbooks.playbook import Offer

HOURS_A_DAY = 24  # an offer that holds for less says hours, not a day


def format_offer_end(offer: Offer, day: date, language: Language) -> str:
    """What a message of a day says: the offer's last day, or hours where it is shorter than a
    day."""
    if offer.expires_hours is not None and offer.expires_hours < HOURS_A_DAY:
        return translate("list.hours", language, {"hours": offer.expires_hours})
    return _format_day(offer.ends_on or _find_last_day(offer.expires_hours or 0, day), language)


def is_counted_in_days(offer: Offer) -> bool:
    """Whether its last day depends on the day its message goes."""
    return offer.expires_hours is not None and offer.expires_hours >= HOURS_A_DAY


@dataclass(frozen=True)
class OfferClock:
    """When offers end by a shop's clock. language: of its messages."""

    timezone: str
    language: Language

    def get_end(self, offer: Offer) -> datetime | None:
        """The moment, naive UTC, at which an offer with a fixed last day is over; else None."""
        return self._get_end_of_day(offer.ends_on) if offer.ends_on is not None else None

    def count(self, hours: int, now: datetime) -> tuple[datetime, str | None]:
        """The moment at which an offer is over whose message goes now, and what that message says;
        None where it says hours."""
        if hours < HOURS_A_DAY:
            return now + timedelta(hours=hours), None
        today = now.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).date()
        last = _find_last_day(hours, today)
        return self._get_end_of_day(last), _format_day(last, self.language)

    def _get_end_of_day(self, day: date) -> datetime:
        return get_midnight(day + timedelta(days=1), self.timezone)


def _find_last_day(hours: int, day: date) -> date:
    return day + timedelta(days=hours // HOURS_A_DAY)


def _format_day(day: date, language: Language) -> str:
    named = {"day": day.day, "name": translate(f"month.{day.month}", language)}
    return translate("list.day", language, named)
