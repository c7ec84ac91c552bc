"""Activation 开通使用率: accounts opened and used among the postings of a unit."""

from datetime import date

from app.policy.metrics.asking import Ask, Tally, by_day, refused
from app.policy.records import Account, History, Span
from app.policy.standing import NotCounted


def activation_ratio(history: History, ask: Ask) -> Tally:
    """Postings active on the last day whose account is opened and was used in the period (M37).

    A posting split in two adjacent ones is one; its uses are added.
    """
    day = max(ask.seen_until, ask.first)
    holders: dict[tuple[str, str, str], list[Account]] = {}
    active: set[tuple[str, str, str]] = set()
    for account in history.accounts:
        if account.kind in ask.rule.counts and _of_subject(account, day, ask):
            key = account.person, account.kind, account.unit
            holders.setdefault(key, []).append(account)
            if Span(account.first, account.last).holds_on(day):
                active.add(key)
    days: dict[date, list[str]] = {}
    not_counted: list[NotCounted] = []
    opened = used = 0
    for key in sorted(active):
        opening = [a.opened for a in holders[key] if a.opened and a.opened <= day]
        uses = [u for a in holders[key] for u in a.used if ask.first <= u <= day]
        opened, used = opened + bool(opening), used + bool(uses)
        if opening and uses:
            days.setdefault(min(uses), []).append(key[0])
        else:
            not_counted.append(refused(key[0], None, "not_used" if opening else "not_opened"))
    return Tally(
        len(active) - len(not_counted),
        by_day(days),
        tuple(not_counted),
        total=len(active),
        not_assessed=None if active else "no_account",
        note=f"其中已开通{opened}人、本期使用{used}人",
    )


def _of_subject(account: Account, day: date, ask: Ask) -> bool:
    return any(post.holds_on(day) and post.takes_in(account.unit) for post in ask.posts)
