"""What counts 计入 and what does not 不计入: one function per metric, each answering with a `Tally`.

Nothing here knows whether it is enough; the engine compares. Reason codes and their sentences are
in `sentences.REASONS`.
"""

from collections.abc import Callable

from app.policy.metrics.activation import activation_ratio
from app.policy.metrics.asking import Ask, Tally
from app.policy.metrics.counts import checkin_count
from app.policy.metrics.coverage import coverage_ratio
from app.policy.metrics.days import stay_days, workday_ratio
from app.policy.metrics.documents import diaries
from app.policy.metrics.figures import value
from app.policy.metrics.meetings import activities
from app.policy.metrics.postings import postings
from app.policy.metrics.submissions import submissions
from app.policy.metrics.visits import household_visits, qualified_visits
from app.policy.pack import Metric
from app.policy.records import History

_METRICS: dict[Metric, Callable[[History, Ask], Tally]] = {
    "stay_days": stay_days,
    "workday_ratio": workday_ratio,
    "checkin_count": checkin_count,
    "household_visits": household_visits,
    "qualified_visits": qualified_visits,
    "diaries": diaries,
    "submissions": submissions,
    "activities": activities,
    "value": value,
    "activation_ratio": activation_ratio,
    "coverage_ratio": coverage_ratio,
    "postings": postings,
}


def tally(history: History, ask: Ask) -> Tally:
    """What the rule's metric finds in the history."""
    return _METRICS[ask.rule.metric](history, ask)
