"""Facts: one SELECT per kind of record, for many subjects at once, into the engine's `History`.

Days are the stored civil days; no query converts a time zone. Nothing is counted or left out
here: a withdrawn check-in comes along as withdrawn, and the engine says why it does not count.
"""

from collections import defaultdict

from sqlmodel.ext.asyncio.session import AsyncSession

from app.policy.records import History
from app.quotas.facts.check_ins import check_ins
from app.quotas.facts.diaries import diaries
from app.quotas.facts.households import households
from app.quotas.facts.posts import posts
from app.quotas.facts.window import Collected, Found, Ref, Window, metrics_of

__all__ = ["Ref", "Window", "histories", "metrics_of", "posts"]


async def histories(session: AsyncSession, window: Window) -> dict[Ref, History]:
    """The history of each subject in the window, without posts: see `posts`."""
    found: Collected = defaultdict(Found)
    if window.asks("stay_days", "checkin_count"):
        await check_ins(session, window, found)
    if window.asks("diaries"):
        await diaries(session, window, found)
    if window.asks("coverage_ratio"):
        await households(session, window, found)
    return {ref: _history(found[ref]) for ref in window.refs}


def _history(found: Found) -> History:
    return History(
        posts=(),
        check_ins=tuple(found.check_ins),
        diaries=tuple(found.diaries),
        households=tuple(found.households),
    )
