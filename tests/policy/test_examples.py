"""The worked examples of the requirements that touch these metrics, on a pack of no document."""

from pathlib import Path

import pytest

from app.policy.check import check

TRIAL = Path(__file__).with_name("trial.yaml")
_FS = "post: {kind: FS, village: A, from: 2017-01-01}"
_CL = "post: {kind: CL, village: A, from: 2017-01-01}"
_AG = "post: {kind: AG, village: A, from: 2017-01-01}"
_VILLAGE = "subject: {kind: village, unit: A}"
_UNIT = "subject: {kind: helper_unit, unit: U}"
_WEDNESDAYS = """
  - stay: {village: A, from: 2026-06-03T08:30:00+08:00, to: 2026-06-03T12:30:00+08:00, households: 6}
  - stay: {village: A, from: 2026-06-10T08:30:00+08:00, to: 2026-06-10T12:30:00+08:00, households: 5}
  - stay: {village: A, from: 2026-06-17T08:30:00+08:00, to: 2026-06-17T11:30:00+08:00, households: 8}
  - stay: {village: A, from: 2026-06-24T08:30:00+08:00, to: 2026-06-24T13:30:00+08:00, households: 7}
  - stay: {village: A, from: 2026-06-30T08:30:00+08:00, to: 2026-06-30T12:00:00+08:00, households: 6}
"""
_MAY = """
  - days: {village: A, on: [2026-05-06..2026-05-08, 2026-05-11..2026-05-15, 2026-05-18..2026-05-20]}
  - days: {village: A, on: [2026-05-10, 2026-05-16]}
"""
_LEAVE = """
  - days: {village: A, on: [2018-11-01..2018-11-02, 2018-11-12..2018-11-16, 2018-11-19..2018-11-23, 2018-11-26]}
  - leave: {from: 2018-11-05, to: 2018-11-09, state: approved}
"""
_REPORTS = """
  - submission: {kind: month_report, for: 2026-09, at: 2026-10-08T10:00:00+08:00}
  - submission: {kind: month_report, for: 2026-09, at: 2026-10-09T08:00:00+08:00}
"""


def _accounts(people: int, used: int) -> str:
    lines = [
        f"  - account: {{person: p{n}, kind: HC, opened: 2018-06-01, used: {'2018-07-02' if n < used else 'null'}}}"
        for n in range(people)
    ]
    return "\n" + "\n".join(lines)


def _opened(people: int, opened: int) -> str:
    """As the contract writes accounts: nothing about their use."""
    lines = [
        f"  - account: {{person: p{n}, kind: FS, opened: {'2018-06-01' if n < opened else 'null'}}}"
        for n in range(people)
    ]
    return "\n" + "\n".join(lines)


EXAMPLES = [
    ("X7 14 of 21 working days", _FS, "2026-01", "- days: {village: A, on: [2026-01-05..2026-01-09, 2026-01-12..2026-01-16, 2026-01-19..2026-01-22]}", "RATIO: {have: 14, need: 14, full_need: 14, state: met}"),
    ("X7 14 of 22 working days", _FS, "2018-01", "- days: {village: A, on: 2018-01-02..2018-01-15}", "RATIO: {have: 14, need: 15, state: not_met, remaining: 1}"),
    ("X7 15 of 23 working days", _FS, "2026-12", "- days: {village: A, on: 2026-12-01..2026-12-15}", "RATIO: {have: 15, need: 16, state: not_met}"),
    ("X8 spring festival", _FS, "2018-02", "- days: {village: A, on: 2018-02-01..2018-02-12}", "RATIO: {have: 12, need: 12, state: met}"),
    ("X11 rest days count", _FS, "2026-05", _MAY, "RATIO: {have: 13, need: 13, state: met}"),
    ("X11 working days only", _FS + "\n  settings: {ratio_numerator: workdays}", "2026-05", _MAY.replace("2026-05-10, ", ""), "RATIO: {have: 11, need: 13, state: not_met}"),
    ("X15 leave is recorded", _FS, "2018-11", _LEAVE, "RATIO: {have: 13, need: 15, state: not_met}"),
    ("X15 leave is deducted", _FS + "\n  settings: {leave: deduct_workdays}", "2018-11", _LEAVE, "RATIO: {have: 13, need: 12, full_need: 15, state: met}"),
    ("a posting that begins on the 16th", "post: {kind: FS, village: A, from: 2026-11-16}", "2026-11", "- days: {village: A, on: 2026-11-16..2026-11-23}", "RATIO: {have: 8, need: 8, full_need: 14, state: met, prorated: true}"),
    ("every working day was leave", "post: {kind: FS, village: A, from: 2026-11-26, to: 2026-11-27}\n  settings: {leave: deduct_workdays}", "2026-11", "- leave: {from: 2026-11-20, to: 2026-11-30}", "RATIO: {have: 0, need: 0, state: excused}"),
    ("no calendar for that year", _FS, "2031-05", "- days: {village: A, on: 2031-05-05..2031-05-31}", "RATIO: {have: 27, need: null, state: not_assessed}"),
    ("X19 half a day and six households", _CL, "2026-06", _WEDNESDAYS, "HALF: {have: 3, need: 4, state: not_met, unit: visits}"),
    ("X19 half a day of four hours", _CL + "\n  settings: {half_day_hours: 4}", "2026-06", _WEDNESDAYS, "HALF: {have: 2, state: not_met}"),
    ("X19 households of the month", _CL + "\n  settings: {households_per: month}", "2026-06", _WEDNESDAYS, "HALF: {have: 4, need: 4, state: met}"),
    ("X21 rolls over the holiday", _VILLAGE, "2026-09", _REPORTS, "REPORT: {have: 1, late: 1, state: met, due: 2026-10-08}"),
    ("X21 without rolling", _VILLAGE + "\n  settings: {roll_due: false}", "2026-09", _REPORTS, "REPORT: {have: 0, late: 2, state: late, due: 2026-10-07}"),
    ("M22 until the first Sunday", _VILLAGE + "\n  settings: {first_week: until_sunday, roll_due: false}", "2026-10", "- submission: {kind: month_report, for: 2026-10, at: 2026-11-02T10:00:00+08:00}", "REPORT: {have: 0, state: late, due: 2026-11-01}"),
    ("X22 no roll", "subject: {kind: township, unit: T}", "2018-01", "[]", "FIFTH: {due: 2018-02-05, have: 0, state: not_met}"),
    ("X22 rolls", "subject: {kind: township, unit: T}", "2026-04", "[]", "FIFTH: {due: 2026-05-06}"),
    ("M20 exclusive", "subject: {kind: township, unit: T}\n  settings: {deadline: exclusive}", "2018-01", "[]", "FIFTH: {due: 2018-02-05}"),
    ("M20 exclusive, a working day before", "subject: {kind: township, unit: T}\n  settings: {deadline: exclusive}", "2017-12", "[]", "FIFTH: {due: 2018-01-04}"),
    ("X24 on time", _UNIT, "2026", "- submission: {kind: annual_plan, for: 2026, at: 2026-02-10T23:30:00+08:00}", "PLAN: {have: 1, state: met, due: 2026-02-10}"),
    ("X24 late by five minutes", _UNIT, "2026", '- submission: {kind: annual_plan, for: 2026, at: "2026-02-10T16:05:00Z"}', "PLAN: {have: 0, state: late}"),
    ("X24 rolls to a Sunday that is worked", _UNIT, "2018", "[]", "PLAN: {due: 2018-02-11}"),
    ("M24 the tenth not included", _UNIT + "\n  settings: {tenth_of_month: excluded}", "2018", "[]", "PLAN: {due: 2018-01-31}"),
    ("M25 the quarter's twentieth", _UNIT, "2026-Q2", "- submission: {kind: quarter_summary, for: 2026-Q2, at: 2026-06-22T10:00:00+08:00}", "SUMMARY: {due: 2026-06-22, have: 1, state: met}"),
    ("X25 visit on a Wednesday", _VILLAGE, "2026-02", "- activity: {kind: leader_visit, on: 2026-02-25, village: A}", "VISITED: {have: 0, need: 1, due: 2026-03-04, state: not_met}"),
    ("X25 by the leader's check-in", _VILLAGE, "2026-02", "- check_in: {village: A, at: 2026-02-25T10:00:00+08:00}\n  - submission: {kind: leader_visit_entry, for: 2026-02, at: 2026-03-04T23:59:00+08:00}", "VISITED: {have: 1, need: 1, due: 2026-03-04, state: met}"),
    ("X25 one visit of two answered late", _VILLAGE, "2026-02", "- activity: {kind: leader_visit, on: [2026-02-03, 2026-02-25]}\n  - submission: {kind: leader_visit_entry, for: 2026-02, at: 2026-02-12T09:00:00+08:00}\n  - submission: {kind: leader_visit_entry, for: 2026-02, at: 2026-02-26T09:00:00+08:00}", "VISITED: {have: 1, late: 1, need: 2, state: late}"),
    ("one visit's days are over while another's run", _VILLAGE + "\n  at: 2026-02-12T09:00:00+08:00", "2026-02", "- activity: {kind: leader_visit, on: [2026-02-03, 2026-02-11]}", "VISITED: {have: 0, need: 2, due: 2026-02-24, state: at_risk, why: 已按时提交领导到村情况录入0份，其中1项已过期限，要求2份，期限2026-02-24，还剩13天，还差2份，时间已紧。}"),
    ("nobody said how large the room is", _VILLAGE + "\n  at: 2026-02-12T09:00:00+08:00", "standing", "[]", "ROOM: {have: 0, state: not_met, why: 农民夜校面积尚无上报，要求90平方米，差90平方米，未达到。}"),
    ("the unit left before the plan was due", "subject: {kind: helper_unit, unit: A, to: 2026-01-31}", "2026", "[]", "PLAN: {state: not_assessed, why: 已按时提交年度帮扶计划和责任清单0份，期限2026-02-10之前承担已结束，不考核。}"),
    ("the days that may still be missed", _FS + "\n  at: 2026-11-24T08:00:00+08:00", "2026-11", "- days: {village: A, on: 2026-11-02..2026-11-11}", "RATIO: {have: 10, need: 14, state: on_track, days_left: 7, can_miss: 3, change_by: 2026-11-27}"),
    ("no visit, nothing to enter", _VILLAGE, "2026-02", "[]", "VISITED: {have: 0, state: not_assessed}"),
    ("Y1 39 of 40", _VILLAGE, "2018-07", _accounts(40, 39), "ACTIVE: {have: 39, need: 40, percent: 97.5, state: not_met}"),
    ("Y1 199 of 200", _VILLAGE, "2018-07", _accounts(200, 199), "ACTIVE: {percent: 99.5, state: not_met}"),
    ("Y1 all", _VILLAGE, "2018-07", _accounts(40, 40), "ACTIVE: {percent: 100, state: met, unit: people}"),
    ("Y1 as the contract writes it", _VILLAGE, "2018-07", _opened(40, 39), "ACTIVE: {have: 39, need: 40, percent: 97.5, state: not_met}"),
    ("Y1 a posting without an account", _VILLAGE, "2018-07", "- posting: {person: p1, kind: HC, unit: A}\n  - posting: {person: p2, kind: HC, unit: A}\n  - account: {person: p1, opened: 2018-06-01}\n  - diary: {person: p1, work_date: 2018-07-03}", "ACTIVE: {have: 1, need: 2, state: not_met}"),
    ("nobody is posted", _VILLAGE, "2018-07", "[]", "ACTIVE: {have: 0, state: not_assessed}"),
    ("R64 of a village nobody was to", _VILLAGE, "2018-07", "- activity: {kind: training, on: 2018-07-03}", "VISITED: {state: not_assessed}"),
    ("organisation life in the village served", _UNIT, "2026-H1", "- activity: {kind: organisation_life, on: 2026-06-30, village: A}", "LIFE: {have: 1, need: 1, state: met}"),
    ("organisation life under its Chinese name", _UNIT, "2026-H1", "- activity: {kind: 联合组织生活, on: 2026-06-30, village: A}", "LIFE: {have: 1, need: 1, state: met}"),
    ("of two villages the one without", "post: {kind: LL, village: A}", "2026-B1", "[]", "SIX: {have: 0, need: 1, state: not_met}"),
    ("a leader of two villages with one meeting", "posts: [{kind: LL, village: A}, {kind: LL, village: B}]", "2026-B1", "- activity: {kind: six_ones_meeting, on: 2026-01-05, village: A}", "SIX: {have: 0, need: 1, state: not_met}"),
    ("M26 fixed", "post: {kind: LL, village: A}", "2026-B2", "- activity: {kind: six_ones_meeting, on: [2026-01-10, 2026-04-20], village: A}", "SIX: {have: 1, state: met}"),
    ("M26 rolling", "post: {kind: LL, village: A, from: 2026-01-01}\n  settings: {two_months: rolling}", "2026-B2", "- activity: {kind: six_ones_meeting, on: [2026-01-10, 2026-04-20], village: A}", "SIX: {have: 0, state: not_met}"),
    ("the meeting was not in the village", "subject: {kind: helper_unit, unit: A}", "2026-03", "- activity: {kind: coordination_meeting, on: 2026-03-03, village: B}\n  - activity: {kind: coordination_meeting, on: 2026-03-04, village: null}", "COORD: {have: 0, state: not_met}"),
    ("six of seven units reported", "subject: {kind: town_office, unit: T}\n  settings: {reporting_units: 7}", "2026-03", "- activity: {kind: report_meeting, on: 2026-03-03, reports: 6}", "HEAR: {have: 0, state: not_met}"),
    ("all seven units reported", "subject: {kind: town_office, unit: T}\n  parameters: {reporting_units: 7}", "2026-03", "- activity: {kind: report_meeting, on: 2026-03-03, reports: 7}", "HEAR: {have: 1, state: met}"),
    ("nobody said how many units there are", "subject: {kind: town_office, unit: T}", "2026-03", "- activity: {kind: report_meeting, on: 2026-03-03, reports: 7}", "HEAR: {have: 1, state: not_assessed}"),
    ("M47 the same person twice is two", _AG, "2026", "- activity: {kind: training, on: [2026-03-03, 2026-03-04], attendees: 30}\n  - value: {name: persons_trained, on: 2026-05-01, amount: 40}", "TRAINED: {have: 100, need: 100, state: met}"),
    ("two figures, one reached", _AG, "2026", "- value: {name: varieties, on: 2026-03-03, amount: 2}\n  - value: {name: new_professional_farmers, on: 2026-03-03, amount: 1}", "SIXES: {have: 1, need: 2, state: not_met}"),
    ("89.5 square metres are not 90", _VILLAGE, "standing", "- value: {name: night_school_area_m2, on: 2026-03-03, amount: 95}\n  - value: {name: night_school_area_m2, on: 2026-03-04, amount: 89.5}", "ROOM: {have: 89, state: not_met}"),
    ("a township asks for three, a village for one", _VILLAGE, "standing", "- value: {name: dedicated_staff, on: 2026-03-03, amount: 1}", "STAFF: {have: 1, need: 1, state: met}"),
    ("two village leaders are one too many", _VILLAGE, "standing", "- posting: {person: p1, kind: VC, from: 2018-01-01}\n  - posting: {person: p2, kind: VC, from: 2018-01-01}\n  - value: {name: varieties, on: 2018-03-01, amount: 1}", "LEADER: {have: 2, need: 1, at_most: 1, state: not_met}"),
    ("one village leader", _VILLAGE + "\n  at: 2018-05-01T00:00:00+08:00", "standing", "- posting: {person: p1, kind: VC, from: 2018-01-01}", "LEADER: {have: 1, state: met}"),
    ("M48 fifteen days without helper", _VILLAGE + "\n  at: 2018-07-05T12:00:00+08:00", "standing", "- household: {id: h1, helper: p1}\n  - household: {id: h2, helper: null, from: 2018-06-20}", "HELPED: {have: 1, need: 1, state: met}"),
    ("M48 sixteen days without helper", _VILLAGE + "\n  at: 2018-07-06T12:00:00+08:00", "standing", "- household: {id: h1, helper: p1}\n  - household: {id: h2, helper: null, from: 2018-06-20}", "HELPED: {have: 1, need: 2, percent: 50, state: not_met}"),
    ("R87 all three", _VILLAGE, "standing", "- household: {id: h1, plan: 2018-01-01, income_plan: 2018-02-01, project: 2018-02-02}\n  - household: {id: h2, plan: 2018-01-01, income_plan: 2018-02-01}\n  - household: {id: h3, poor: false}", "PLANNED: {have: 1, need: 2, state: not_met}"),
    ("M19 one visit per household and date", "post: {kind: HC, village: A}", "2026-06", "- household_visit: {household: h1, on: [2026-06-03, 2026-06-03, 2026-06-04]}\n  - household_visit: {household: h2, on: 2026-06-03, at: \"15:00\"}", "HOME: {have: 3, need: 4, state: not_met}"),
    ("M19 of each household", "post: {kind: HC, village: A}\n  settings: {hc_visits_per: household}", "2026-06", "- household_visit: {household: h1, on: 2026-06-01..2026-06-05}\n  - household_visit: {household: h2, on: 2026-06-03}", "HOME: {have: 5, need: 8, state: not_met}"),
    ("a household of another helper", "post: {kind: HC, village: A}", "2026-06", "- household: {id: h1, helper: other}\n  - household_visit: {household: h1, on: 2026-06-01..2026-06-05}", "HOME: {have: 0, state: not_met}"),
    ("M43 visits on Saturday", "post: {kind: HC, village: A}", "2018-W14", "- household_visit: {household: h1, on: [2018-04-06, 2018-04-07]}", "SATURDAY: {have: 1, need: null, state: not_assessed, info: true}"),
    ("M49 not accepted yet", "subject: {kind: team, unit: A}", "2026", "- submission: {kind: research_article, for: 2026, at: 2026-12-30T10:00:00+08:00}", "ARTICLE: {have: 0, state: not_met}"),
    ("M49 accepted after the year", "subject: {kind: team, unit: A}", "2026", "- submission: {kind: research_article, for: 2026, at: 2026-12-30T10:00:00+08:00, state: accepted, accepted_on: 2027-01-05}", "ARTICLE: {have: 1, state: met}"),
    ("one of two kinds", "subject: {kind: county, unit: '360321'}", "2018-01", "- submission: {kind: monthly_report, for: 2018-01, at: 2018-02-01T10:00:00+08:00}\n  - submission: {kind: fund_report, for: 2018-01, at: 2018-02-06T10:00:00+08:00}", "BOTH: {have: 1, need: 2, late: 1, state: late}"),
    ("one to two villages dissected", "post: {kind: LL, unit: '360321'}", "2018", "- submission: {kind: sparrow_report, village: A, at: 2018-02-01T10:00:00+08:00}\n  - submission: {kind: sparrow_report, village: A, at: 2018-03-01T10:00:00+08:00}", "SPARROW: {have: 1, at_most: 2, state: met}"),
    ("three villages dissected", "post: {kind: LL, unit: '360321'}", "2018", "- submission: {kind: sparrow_report, village: A, at: 2018-02-01T10:00:00+08:00}\n  - submission: {kind: sparrow_report, village: B, at: 2018-02-01T10:00:00+08:00}\n  - submission: {kind: sparrow_report, village: C, at: 2018-02-01T10:00:00+08:00}", "SPARROW: {have: 3, state: not_met}"),
    ("a rule for leaders of counties", "post: {kind: LL, unit: '360321101201'}", "2018", "[]", "SPARROW: absent"),
    ("came after the letter was due", "post: {kind: FS, village: A, from: 2018-03-01}", "2018", "[]", "LETTER: {state: not_assessed}"),
    ("a blank that nobody filled in", _FS, "2018-Q1", "- days: {village: A, on: 2018-01-01..2018-01-07}", "BLANK: {have: 7, need: null, state: not_assessed, advisory: true}"),
    ("a blank filled in", _FS + "\n  settings: {reporting_units: 7}", "2018-Q1", "- days: {village: A, on: 2018-01-01..2018-01-07}", "BLANK: {have: 7, need: 7, state: met}"),
    ("a village that exits promises each quarter", "subject: {kind: helper_unit, unit: A}\n  settings: {exit_villages: [A, B]}", "2018-Q1", "[]", "PROMISE: {need: 1, due: 2018-01-31, state: not_met}"),
    ("a village that does not exit", "subject: {kind: helper_unit, unit: C}\n  settings: {exit_villages: [A, B]}", "2018-Q1", "[]", "PROMISE: absent"),
    ("which villages exit is not said", "subject: {kind: helper_unit, unit: C}", "2018-Q1", "[]", "PROMISE: {state: not_assessed}"),
    ("joint trips count for all", "post: {kind: CS, unit: '360321'}", "2026", "- activity: {kind: research_trip, on: [2026-01-05, 2026-02-05], village: '360321101201'}\n  - check_in: {village: '360321101201', at: 2026-03-05T09:00:00+08:00}", "TRIP: {have: 3, need: 6, state: not_met}"),
    ("a returned report was not handed in", _VILLAGE, "2026-09", "- submission: {id: a, kind: month_report, for: 2026-09, at: 2026-10-05T10:00:00+08:00, state: returned}", "REPORT: {have: 0, state: not_met}"),
    ("handed in again, it keeps its first time", _VILLAGE, "2026-09", "- submission: {id: a, kind: month_report, for: 2026-09, at: 2026-10-05T10:00:00+08:00, state: returned}\n  - submission: {kind: month_report, for: 2026-09, replaces: a, at: 2026-10-12T10:00:00+08:00}", "REPORT: {have: 1, state: met}"),
    ("handed in again, it takes the new time", _VILLAGE + "\n  settings: {after_return: new_time}", "2026-09", "- submission: {id: a, kind: month_report, for: 2026-09, at: 2026-10-05T10:00:00+08:00, state: returned}\n  - submission: {kind: month_report, for: 2026-09, replaces: a, at: 2026-10-12T10:00:00+08:00}", "REPORT: {have: 0, late: 1, state: late}"),
    ("a draft was not handed in", _VILLAGE, "2026-09", "- submission: {id: a, kind: month_report, for: 2026-09, at: 2026-10-05T10:00:00+08:00, state: draft}\n  - submission: {kind: month_report, for: 2026-09, replaces: a, at: 2026-10-12T10:00:00+08:00}", "REPORT: {have: 0, late: 1, state: late}"),
    ("if they stayed until Friday", _FS + "\n  at: 2026-11-24T08:00:00+08:00\n  assume_days: [2026-11-24..2026-11-27]", "2026-11", "- days: {village: A, on: 2026-11-02..2026-11-11}", "RATIO: {have: 14, need: 14, state: met, days_left: 3}"),
    ("M54 of each village", "posts: [{kind: CL, village: A}, {kind: CL, village: B}]\n  settings: {visits_in: each_village}", "2026-06", _WEDNESDAYS, "HALF: {have: 3, need: 8, state: not_met}"),
    ("M18 two half days of one date", _CL + "\n  settings: {visits_per_date: 2}", "2026-06", "- stay: {village: A, from: 2026-06-03T08:00:00+08:00, to: 2026-06-03T15:00:00+08:00, households: 12}", "HALF: {have: 2}"),
    ("households that are not poor", _CL, "2026-06", "- household: {id: h1, poor: false}\n  - stay: {village: A, from: 2026-06-03T08:00:00+08:00, to: 2026-06-03T15:00:00+08:00, households: [h1, h2, h3, h4, h5, h6]}", "HALF: {have: 0}"),
]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_the_example_holds(example: tuple[str, str, str, str, str], tmp_path: Path) -> None:
    name, head, period, records, expect = example
    records = "" if records == "[]" else f"\n  {records.strip()}"
    file = tmp_path / "cases.yaml"
    file.write_text(
        f"- name: {name}\n  pack: trial\n  {head}\n  period: {period}\n"
        f"  records:{records or ' []'}\n  expect: {{{expect}}}\n",
        encoding="utf-8",
    )
    assert check([TRIAL, file]).failed == ()
