"""The one clock: instants in UTC, civil days in Asia/Shanghai (M13 in the requirements)."""

from datetime import UTC, date, datetime, timedelta
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


def around(day: date, reach: timedelta) -> tuple[date, date]:
    """The first and the last day within reach of this one; the calendar's ends are the end."""
    first = day - reach if day - date.min > reach else date.min
    last = day + reach if date.max - day > reach else date.max
    return first, last
