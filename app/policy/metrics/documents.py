"""Diaries 帮扶日志 by work date; versions and effective times of what is handed in."""

from datetime import date, datetime

from app.policy.metrics.asking import (
    Ask,
    Tally,
    by_day,
    decided,
    effective,
    elsewhere,
    known,
    refused,
    refused_late,
)
from app.policy.periods import civil_day
from app.policy.records import Diary, History
from app.policy.standing import NotCounted


def diaries(history: History, ask: Ask) -> Tally:
    """Diaries by work date, on time by their effective time (M13, M14); one per cadre (M15)."""
    days: dict[date, list[str]] = {}
    not_counted: list[NotCounted] = []
    late = 0
    for diary, moment in _latest_versions(history, ask):
        written = civil_day(moment)
        if not ask.first <= diary.work_date <= ask.last:
            if ask.first <= written <= ask.last:
                not_counted.append(refused(diary.id, diary.work_date, "other_period"))
            continue
        code = decided(diary.state) or elsewhere(diary.work_date, None, ask)
        if code is None and max(diary.work_date, written) > ask.on:
            code = "future"
        if code is None and ask.due is not None and written > ask.due:
            late += 1
            not_counted.append(refused_late(diary.id, diary.work_date, ask.due, written))
        elif code is None:
            days.setdefault(diary.work_date, []).append(diary.id)
        else:
            not_counted.append(refused(diary.id, diary.work_date, code))
    return Tally(sum(map(len, days.values())), by_day(days), tuple(not_counted), late=late)


def _latest_versions(history: History, ask: Ask) -> list[tuple[Diary, datetime]]:
    """Each diary once: its last known version, with the effective time of its first version.

    Only versions about this period lend their time: a diary turned into one about another month
    was not handed in for it before.
    """
    all_known = {diary.id: diary for diary in known(history.diaries, ask.at)}
    replaced = {diary.replaces for diary in all_known.values()}
    found: list[tuple[Diary, datetime]] = []
    for diary in all_known.values():
        if diary.id in replaced:
            continue
        moment = effective(diary.written_at, diary.received_at, ask)
        version, seen = diary, {diary.id}
        while version.replaces in all_known and version.replaces not in seen:
            version = all_known[version.replaces]
            seen.add(version.id)
            if ask.first <= version.work_date <= ask.last:
                moment = min(moment, effective(version.written_at, version.received_at, ask))
        found.append((diary, moment))
    return sorted(found, key=lambda pair: (pair[1], pair[0].id))
