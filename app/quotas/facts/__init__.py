"""Facts: one SELECT per kind of record, for many subjects at once, into the engine's `History`.

Days are the stored civil days; no query converts a time zone. Nothing is counted or left out
here: a withdrawn check-in comes along as withdrawn, and the engine says why it does not count.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlmodel.ext.asyncio.session import AsyncSession

from app.policy.pack import Metric, Rule
from app.policy.records import History
from app.quotas.facts.accounts import accounts_and_staff
from app.quotas.facts.activities import activities
from app.quotas.facts.check_ins import check_ins, leaders_visits
from app.quotas.facts.diaries import diaries
from app.quotas.facts.households import UNRECORDED, households
from app.quotas.facts.posts import posts
from app.quotas.facts.requests import requests
from app.quotas.facts.submissions import figures, submissions
from app.quotas.facts.window import Collected, Found, Ref, Window

__all__ = ["Ref", "Window", "histories", "metrics_of", "posts"]


def metrics_of(rules: Iterable[Rule]) -> frozenset[Metric]:
    """What is computed for these rules."""
    return frozenset(rule.metric for rule in rules)


async def histories(session: AsyncSession, window: Window) -> dict[Ref, History]:
    """The history of each subject in the window, without posts: see `posts`."""
    found: Collected = defaultdict(Found)
    stays = window.asks(
        "stay_days", "checkin_count", "workday_ratio", "household_visits", "qualified_visits"
    )
    if window.people and stays:
        await check_ins(session, window, found)
        await requests(session, window, found)
    if window.units and window.events:
        await leaders_visits(session, window, found)
    if window.people and window.asks("diaries"):
        await diaries(session, window, found)
    if window.asks("coverage_ratio", "household_visits"):
        await households(session, window, found)
    if window.asks("submissions"):
        await submissions(session, window, found)
    if window.asks("activities", "qualified_visits", "value") or window.events:
        await activities(session, window, found)
    if window.asks("value", "postings"):
        await figures(session, window, found)
    if window.asks("activation_ratio", "postings"):
        await accounts_and_staff(session, window, found)
    return {ref: _history(found[ref]) for ref in window.refs}


def _history(found: Found) -> History:
    return History(
        posts=(),
        check_ins=tuple(found.check_ins),
        make_ups=tuple(found.make_ups),
        leaves=tuple(found.leaves),
        diaries=tuple(found.diaries),
        households=tuple(found.households),
        submissions=tuple(found.submissions),
        activities=tuple(found.activities),
        figures=tuple(found.figures),
        accounts=tuple(found.accounts),
        staff=tuple(found.staff),
        unrecorded=UNRECORDED,
    )
