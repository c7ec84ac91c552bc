"""Postings 派驻人数: how many people of some kind are posted in the subject's unit."""

from app.policy.metrics.asking import Ask, Tally, by_day
from app.policy.records import History, Span


def postings(history: History, ask: Ask) -> Tally:
    """Distinct persons posted on the last day, told under that day."""
    day = max(ask.seen_until, ask.first)
    found: set[str] = set()
    for staff in history.staff:
        inside = any(post.holds_on(day) and post.takes_in(staff.unit) for post in ask.posts)
        if staff.kind in ask.rule.counts and inside and Span(staff.first, staff.last).holds_on(day):
            found.add(staff.person)
    return Tally(len(found), by_day({day: sorted(found)} if found else {}), ())
