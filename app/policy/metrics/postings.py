"""Postings 派驻人数: how many people of some kind are posted in the subject's unit."""

from datetime import date

from app.policy.metrics.asking import Ask, Tally, by_day
from app.policy.records import History, Span


def postings(history: History, ask: Ask) -> Tally:
    """Distinct persons posted on the last day; adjacent postings of one person are one person."""
    day = max(ask.seen_until, ask.first)
    since: dict[str, date] = {}
    for staff in history.staff:
        inside = any(post.holds_on(day) and post.takes_in(staff.unit) for post in ask.posts)
        if staff.kind in ask.rule.counts and inside and Span(staff.first, staff.last).holds_on(day):
            since[staff.person] = min(staff.first, since.get(staff.person, staff.first))
    days: dict[date, list[str]] = {}
    for person, first in sorted(since.items()):
        days.setdefault(first, []).append(person)
    return Tally(len(since), by_day(days), ())
