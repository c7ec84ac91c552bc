"""Which standing is worth a reminder on which day: the calendar, day by day."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.notices import words
from app.notices.reminders import BadReminders, Owed, Plan, Reminder, read, shipped
from app.policy.calendar import Calendar, national
from app.policy.pack import DatedValue, Due, Rule
from app.policy.periods import parse
from app.policy.standing import Clause, Standing

PLAN = shipped()
VALUE = DatedValue(date(2018, 1, 1), 1, "times", "二(五)4")


def owed(
    metric: str = "diaries",
    period: str = "2026-11",
    due: date | None = None,
    calendar: Calendar | None = None,
    rule: dict[str, Any] | None = None,
    **over: Any,
) -> Owed:
    """A standing that is still open; by default the diary of November 2026."""
    span = parse(period, date(2026, 11, 30))
    told: Any = {"id": "R04", "title": "每月帮扶日志", "posts": ("HC",), "per": span.length}
    made = Rule(**{**told, "metric": metric, "at_least": (VALUE,), **(rule or {})})
    values: dict[str, Any] = {
        "rule": made.id,
        "pack": "p0-village-leader",
        "version": "1",
        "title": made.title,
        "period": span,
        "have": 0,
        "need": 1,
        "full_need": 1,
        "unit": "diaries",
        "state": "on_track",
        "clause": Clause("文件", "二(五)4"),
        "remaining": 1,
        "days_left": 10,
        "can_miss": None,
        "why": "已上传0篇，要求1篇，还差1篇。",
        "counted": (),
        "not_counted": (),
        "settings": {},
        "due": due or span.last,
        "percent": 0.0,
    }
    return Owed(made, Standing(**{**values, **over}), "360321101201", calendar or national())


def said(each: Owed, first: date, last: date, plan: Plan = PLAN) -> list[tuple[date, str, str]]:
    """What is said from day to day when nothing changes, each key once."""
    found: list[tuple[date, str, str]] = []
    keys = set()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        told = plan.reminder(each, day)
        if told is not None and told.key not in keys:
            keys.add(told.key)
            found.append((day, told.kind, told.threshold))
    return found


def november(day: int) -> date:
    return date(2026, 11, day)


def test_the_diary_is_spoken_of_on_the_24th_and_the_day_before_its_end() -> None:
    assert said(owed(), november(1), november(30)) == [
        (november(24), "unsubmitted", "from_day-24"),
        (november(29), "unsubmitted", "days_before-1"),
    ]


@pytest.mark.parametrize("metric", ["household_visits", "qualified_visits", "activities"])
def test_visits_and_meetings_of_a_month_likewise_as_due(metric: str) -> None:
    assert said(owed(metric), november(1), november(30)) == [
        (november(24), "due", "from_day-24"),
        (november(29), "due", "days_before-1"),
    ]


def test_a_day_on_which_the_worker_stood_still_is_made_up_for_once() -> None:
    assert said(owed(), november(26), november(28)) == [
        (november(26), "unsubmitted", "from_day-24")
    ]
    assert said(owed(), november(30), november(30)) == [
        (november(30), "unsubmitted", "days_before-1")
    ]


def test_the_monthly_entry_is_spoken_of_when_the_month_is_over() -> None:
    rule = {"due": Due("三(一)", form="after_end", day=7)}
    entry = owed("submissions", due=date(2026, 12, 7), rule=rule)
    assert said(entry, november(1), date(2026, 12, 7)) == [
        (date(2026, 12, 1), "unsubmitted", "after_end-1"),
        (date(2026, 12, 6), "unsubmitted", "days_before-1"),
    ]


def test_a_ledger_rolled_over_a_weekend_is_still_spoken_of_in_its_month() -> None:
    ledger = owed("submissions", due=date(2026, 12, 2), rule={"due": Due("三(二)", "after_end")})
    assert said(ledger, november(20), date(2026, 12, 2))[0][0] == november(24)


def test_the_quarter_summary_is_spoken_of_on_the_tenth_for_the_twentieth() -> None:
    summary = owed("submissions", "2026-Q4", due=date(2026, 12, 20))
    assert said(summary, date(2026, 10, 1), date(2026, 12, 20)) == [
        (date(2026, 12, 10), "unsubmitted", "days_before-10"),
        (date(2026, 12, 19), "unsubmitted", "days_before-1"),
    ]


def test_the_year_summary_waits_for_its_own_days() -> None:
    summary = owed("submissions", "2026", due=date(2026, 12, 21))
    days = [day for day, *_ in said(summary, date(2026, 1, 1), date(2026, 12, 21))]
    assert days == [date(2026, 12, 11), date(2026, 12, 20)]


def test_the_half_year_meeting_a_month_a_week_and_a_day_before() -> None:
    meeting = owed("activities", "2026-H2")
    days = [day for day, *_ in said(meeting, date(2026, 7, 1), date(2026, 12, 31))]
    assert days == [date(2026, 12, 1), date(2026, 12, 24), date(2026, 12, 30)]


def test_the_weekly_entry_on_sunday() -> None:
    assert said(owed("submissions", "2026-W47"), november(16), november(22)) == [
        (november(22), "unsubmitted", "from_day-7")
    ]


def test_pace_from_day_sixty_of_the_quarter_only_when_behind() -> None:
    slow = owed("stay_days", "2026-Q4", state="at_risk", remaining=30, days_left=33)
    assert said(slow, date(2026, 10, 1), november(30)) == [(november(29), "pace", "from_day-60")]
    steady = owed("stay_days", "2026-Q4", state="on_track", remaining=9, days_left=33)
    assert said(steady, date(2026, 10, 1), november(30)) == []
    many = owed("checkin_count", "2026-Q4", state="on_track", remaining=40, days_left=33)
    assert said(many, november(29), november(30)) == [(november(29), "pace", "from_day-60")]


def test_what_fell_behind_after_day_sixty_is_said_then() -> None:
    slow = owed("stay_days", "2026-Q4", state="at_risk", remaining=30, days_left=31)
    assert said(slow, date(2026, 12, 3), date(2026, 12, 3)) == [
        (date(2026, 12, 3), "pace", "from_day-60")
    ]


def test_what_can_no_longer_be_met_is_said_once_in_the_whole_period_and_nothing_else() -> None:
    lost = owed("stay_days", "2026-Q4", state="unreachable", remaining=50, days_left=40)
    assert said(lost, november(10), date(2027, 1, 31)) == [(november(10), "unreachable", "once")]


@pytest.mark.parametrize("state", ["met", "excused", "late", "not_assessed"])
def test_who_owes_nothing_is_left_in_peace(state: str) -> None:
    assert said(owed(state=state), november(1), date(2026, 12, 31)) == []


def test_advisory_rules_remind_nobody() -> None:
    assert said(owed(advisory=True), november(1), november(30)) == []


def test_after_the_due_day_a_paper_is_asked_for_once_and_a_visit_not_at_all() -> None:
    missing = owed(state="not_met")
    assert said(missing, date(2026, 12, 1), date(2026, 12, 31)) == [
        (date(2026, 12, 1), "unsubmitted", "after_due")
    ]
    assert said(missing, date(2026, 12, 8), date(2026, 12, 31)) == []
    visits = owed("household_visits", state="not_met")
    assert said(visits, date(2026, 12, 1), date(2026, 12, 31)) == []


def saturday(day: date, **over: Any) -> Owed:
    key = f"{day.isocalendar().year}-W{day.isocalendar().week:02d}"
    rule = {"info": True, "id": "R09", "weekday": "saturday"}
    told = {"state": "not_assessed", "need": None, **over}
    return owed("household_visits", key, rule=rule, **told)


def test_saturday_is_the_day_of_visits_and_no_other_day() -> None:
    assert said(saturday(november(21)), november(16), november(22)) == [
        (november(21), "visit_day", "from_day-6")
    ]
    assert said(saturday(november(21), have=1), november(16), november(22)) == []


def test_not_on_a_public_holiday_but_on_a_make_up_saturday() -> None:
    holiday, worked = date(2025, 10, 4), date(2025, 10, 11)
    assert national().years[2025][holiday] is True
    assert national().years[2025][worked] is False
    assert said(saturday(holiday), holiday, holiday) == []
    assert len(said(saturday(worked), worked, worked)) == 1


def test_local_rest_days_count_as_holidays() -> None:
    day = november(21)
    local = Calendar({**national().years, 2026: {**national().years[2026], day: True}})
    assert said(saturday(day, calendar=local), day, day) == []


def test_a_year_without_calendar_knows_no_holiday() -> None:
    day = date(2031, 1, 4)
    assert len(said(saturday(day, calendar=Calendar({})), day, day)) == 1


def test_a_line_may_rest_on_rest_days_and_speaks_on_the_next_working_day() -> None:
    line = {"kind": "due", "from_day": [21], "not_on": "rest_day", "source": "test"}
    plan = read({"reminders": [line], "kept_days": 400})
    assert said(owed(), november(20), november(24), plan) == [(november(23), "due", "from_day-21")]


def test_the_most_urgent_comes_first() -> None:
    later, sooner = owed(due=november(30)), owed(rule={"id": "R53"}, due=november(28))
    found = PLAN.reminders([later, sooner], november(27))
    assert [told.owed.rule.id for told in found] == ["R53", "R04"]


def test_two_posts_under_two_packs_are_two_reminders() -> None:
    found = PLAN.reminders([owed(), owed(pack="p4-stationing")], november(24))
    assert len({told.key for told in found}) == 2


def reminded(each: Owed, day: date) -> Reminder:
    told = PLAN.reminder(each, day)
    assert told is not None
    return told


def test_the_words_tell_how_many_and_until_when() -> None:
    text = words.text(reminded(owed(), november(24)), november(24))
    assert text == "还没有交齐,最迟11月30日提交(含今天还有7天)。已上传0篇,要求1篇,还差1篇。"
    assert "就是明天" in words.text(reminded(owed(), november(29)), november(29))
    assert "就是今天" in words.text(reminded(owed(), november(30)), november(30))
    late = words.text(reminded(owed(state="not_met"), date(2026, 12, 1)), date(2026, 12, 1))
    assert late.startswith("已过11月30日的期限")


def test_the_words_for_an_organisation_name_it() -> None:
    team = Owed(**{**_fields(owed()), "subject": "x", "subject_name": "坊楼村驻村工作队"})
    assert words.text(reminded(team, november(24)), november(24)).startswith("坊楼村驻村工作队:")


def _fields(each: Owed) -> dict[str, Any]:
    return {name: getattr(each, name) for name in ("rule", "standing", "unit", "workdays")}


@pytest.mark.parametrize(
    ("kind", "days"), [("shout", {"from_day": [1]}), ("due", {}), ("due", {"from_day": [0]})]
)
def test_a_calendar_that_says_nonsense_is_refused(kind: str, days: dict[str, Any]) -> None:
    with pytest.raises(BadReminders):
        read({"reminders": [{"kind": kind, "source": "x", **days}], "kept_days": 400})


def test_an_unknown_word_names_the_line() -> None:
    line = {"kind": "due", "source": "x", "from_day": [1], "metrics": ["stay_dayz"]}
    with pytest.raises(BadReminders, match=r"reminder 1.*stay_dayz"):
        read({"reminders": [line], "kept_days": 400})


def test_notices_are_kept_longer_than_any_period() -> None:
    assert PLAN.kept_days > 366
