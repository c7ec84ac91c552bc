"""The reminders that the listed people would have had in the last weeks, by the worker's own code.

Of their own duties only: what their villages and the county owe takes seconds to count, and the
worker does it soon enough.
"""

from datetime import date, time, timedelta

from sqlmodel import col, select

from app.auth.models import User
from app.core.clock import now
from app.core.db import Database
from app.notices import reminding
from app.notices.reminders import shipped
from app.notices.sources import Day, own
from app.policy.periods import start_of

#: so many days back: a whole month, with its last week and its first days
DAYS = 30
MORNING = time(8)


async def remind(base: Database, usernames: list[str], today: date) -> int:
    """Morning by morning, as if the worker had run; how many notices. Everybody else is left to it."""
    query = select(col(User.id)).where(col(User.username).in_(usernames), col(User.demo))
    async with base.reading() as session:
        people = list((await session.exec(query)).all())
    told = 0
    for back in range(DAYS, -1, -1):
        on = today - timedelta(days=back)
        at = start_of(on) + timedelta(hours=MORNING.hour)
        if at <= now():
            told += await reminding.remind(base, people, Day(on, at, shipped()), own)
    return told
