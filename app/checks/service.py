"""The worker's job: the checks follow the log, villages are looked at, administrators are told."""

from dataclasses import dataclass
from datetime import datetime

from app.auth.anchors import Anchors
from app.checks import centres, following, telling
from app.checks.following import ChecksFailed, Enough
from app.core.db import Database


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did."""

    judged: int
    raised: int
    suspended: int


async def run(
    base: Database, anchors: Anchors, at: datetime, enough: Enough = lambda: False
) -> Run:
    """Everything that the checks do beside the requests.

    Raises `ChecksFailed` at the end when some records could not be judged.
    """
    done = await following.follow(base, anchors, at, enough)
    due = await centres.due(base, done.villages, at)
    suspended = await centres.look(base, due | done.fenced, at)
    await telling.tell(base, at)
    if done.failed:
        raise ChecksFailed(f"{done.failed} records")
    return Run(done.judged, done.raised, suspended)
