"""The one clock: instants in UTC, civil days in Asia/Shanghai (M13 in the requirements)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def civil_day(instant: datetime) -> date:
    """The calendar date in Asia/Shanghai on which this aware instant falls."""
    return instant.astimezone(SHANGHAI).date()


def today() -> date:
    """The civil day of now."""
    return civil_day(now())
