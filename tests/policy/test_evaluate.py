"""What a caller gets: evidence, reasons, settings, and the two clocks `at` and `on`."""

from datetime import date, datetime, timedelta

import pytest

from app.policy.engine import PeriodMismatch, evaluate
from app.policy.interpretation import BadSetting, interpret, settings
from app.policy.loader import load_pack
from app.policy.pack import UnknownRule
from app.policy.periods import SHANGHAI, containing, parse
from app.policy.records import (
    CheckIn,
    CheckInKind,
    Diary,
    History,
    Household,
    Leave,
    LeaveKind,
    MakeUp,
    Post,
    RecordState,
    Submission,
)
from app.policy.sentences import REASONS

PACK = load_pack("p0-village-leader")
NOW = datetime(2026, 11, 21, 12, tzinfo=SHANGHAI)
FS = Post("FS", "360321101201", date(2018, 1, 1))
HC = Post("HC", "360321101201", date(2018, 1, 1))
VILLAGE = "360321101201"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def check_in(
    id: str,
    at: str,
    village: str = VILLAGE,
    kind: CheckInKind = "presence",
    received: str | None = None,
    state: RecordState = "counted",
) -> CheckIn:
    when = moment(at)
    arrived = moment(received) if received else when
    return CheckIn(id, kind, village, None, when, arrived, when.date(), state)


def test_evidence_names_the_records_of_each_day_in_order() -> None:
    history = History(
        (FS,),
        check_ins=(
            check_in("b", "2026-10-09T15:00:00"),
            check_in("a", "2026-10-09T09:00:00"),
            check_in("c", "2026-10-08T09:00:00"),
            check_in("d", "2026-10-08T09:05:00"),
            check_in("before", "2026-09-30T09:00:00"),
        ),
    )
    stay = evaluate(PACK, "R01", history, parse("2026-Q4"), NOW)
    count = evaluate(PACK, "R02", history, parse("2026-Q4"), NOW)
    assert stay is not None
    assert count is not None
    assert [(c.day.day, c.records) for c in stay.counted] == [(8, ("c", "d")), (9, ("a", "b"))]
    assert stay.not_counted == ()
    assert [(c.day.day, c.records) for c in count.counted] == [(8, ("c",)), (9, ("a", "b"))]
    assert [(n.record, n.code) for n in count.not_counted] == [("d", "near_repeat")]
    assert (stay.clause.document, stay.clause.article) == (PACK.title, "二(五)3")


def test_every_refusal_has_its_reason_and_a_sentence() -> None:
    history = History(
        (FS, Post("HC", "B", date(2018, 1, 1))),
        check_ins=(
            check_in("withdrawn", "2026-10-08T09:00:00", state="withdrawn"),
            check_in("decided", "2026-10-08T09:00:00", state="not_counted"),
            check_in("other_village", "2026-10-08T09:00:00", village="B"),
            check_in("departure", "2026-10-08T09:00:00", kind="departure"),
            check_in("future", "2026-11-22T09:00:00", received="2026-11-21T09:00:00"),
        ),
    )
    standing = evaluate(PACK, "R02", history, parse("2026-Q4"), NOW)
    assert standing is not None
    assert standing.have == 0
    found = {n.record: (n.code, n.why) for n in standing.not_counted}
    assert found == {name: (name, REASONS[name]) for name in found}
    assert len(found) == 5


def test_a_make_up_that_still_waits_is_not_called_refused() -> None:
    states = {"submitted": 8, "with_county": 9, "refused": 10, "approved": 11}
    made = [MakeUp(state, VILLAGE, date(2026, 10, day), state) for state, day in states.items()]
    standing = evaluate(PACK, "R01", History((FS,), make_ups=(*made,)), parse("2026-Q4"), NOW)
    assert standing is not None
    assert standing.have == 1
    assert {n.record: n.why for n in standing.not_counted} == {
        "submitted": "补签待审批，批准后计入",
        "with_county": "补签待审批，批准后计入",
        "refused": "补签未获批准",
    }


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (["leave"], "已批准请假2天"),
        (["trip"], "已批准公出2天"),
        (["training", "training"], "已批准培训4天"),
        (["trip", "leave"], "已批准请假、公出共4天"),
        (["training", "trip", "leave"], "已批准请假、公出、培训共6天"),
    ],
)
def test_an_absence_is_called_what_it_is(kinds: list[LeaveKind], told: str) -> None:
    away = [
        Leave(f"{n}", date(2026, 10, 5 * n + 1), date(2026, 10, 5 * n + 2), kind)
        for n, kind in enumerate(kinds)
    ]
    before = Leave("before", date(2026, 9, 1), date(2026, 9, 9), "training")
    refused = Leave("refused", date(2026, 10, 20), date(2026, 10, 21), "leave", "refused")
    history = History((FS,), leaves=(*away, before, refused))
    standing = evaluate(PACK, "R01", history, parse("2026-Q4"), NOW)
    assert standing is not None
    assert standing.why.endswith(f"，{told}，只记录、不抵扣。")


def test_what_came_late_names_its_due_day_and_the_day_it_counts_as_handed_in() -> None:
    diary = Diary(
        "d", date(2026, 9, 28), moment("2026-10-02T09:00:00"), moment("2026-10-03T09:00:00")
    )
    found = evaluate(PACK, "R04", History((HC,), diaries=(diary,)), parse("2026-09"), NOW)
    assert found is not None
    (late,) = found.not_counted
    assert (late.code, late.day) == ("late", date(2026, 9, 28))
    assert late.why == "期限2026-09-30，计为2026-10-02提交，逾期不计入本期"
    assert "期限2026-09-30，另有1篇逾期提交" in found.why

    plan = load_pack("p4-stationing")
    village = Post("village", VILLAGE, date(2018, 1, 1))
    came = moment("2026-10-09T09:00:00")
    entry = Submission("s", plan.rules["R62"].counts[0], "2026-W39", None, came, came)
    history = History((village,), submissions=(entry,))
    weekly = evaluate(plan, "R62", history, parse("2026-W39"), NOW)
    assert weekly is not None
    (late,) = weekly.not_counted
    assert late.why == f"期限{weekly.due}，计为2026-10-09提交，逾期不计入本期"


def test_a_check_in_before_the_posting_says_so() -> None:
    history = History(
        (Post("FS", VILLAGE, date(2026, 11, 1)),),
        check_ins=(check_in("x", "2026-10-31T09:00:00"),),
    )
    standing = evaluate(PACK, "R01", history, parse("2026-Q4"), NOW)
    assert standing is not None
    assert [n.code for n in standing.not_counted] == ["no_posting"]


def test_a_posting_to_a_township_takes_in_its_villages_by_code() -> None:
    post = Post("FS", "360321101", date(2018, 1, 1))
    assert post.takes_in("360321101201")
    assert not post.takes_in("360321102201")
    assert not Post("FS", "A", date(2018, 1, 1)).takes_in("AB")


def test_a_past_day_is_answered_with_what_is_known_now() -> None:
    late = check_in("x", "2026-10-08T09:00:00", received="2026-11-01T09:00:00")
    history = History((FS,), check_ins=(late, check_in("y", "2026-11-02T09:00:00")))
    period, day = parse("2026-Q4"), date(2026, 10, 8)
    now = evaluate(PACK, "R01", history, period, NOW, on=day)
    then = evaluate(PACK, "R01", history, period, moment("2026-10-08T23:59:59"))
    assert now is not None
    assert then is not None
    assert (now.have, now.days_left) == (1, 84)
    assert [n.code for n in now.not_counted] == ["future"]
    assert (then.have, then.days_left) == (0, 85)


def test_each_rule_binds_only_its_posts() -> None:
    def binding(*posts: Post) -> list[str]:
        periods = {rule.id: containing(rule.per, NOW.date()) for rule in PACK.rules.values()}
        history = History(posts)
        return [r for r, period in periods.items() if evaluate(PACK, r, history, period, NOW)]

    of_fs = [rule.id for rule in PACK.rules.values() if "FS" in rule.posts]
    of_hc = [rule.id for rule in PACK.rules.values() if "HC" in rule.posts]
    assert {"R01", "R02"} <= set(of_fs)
    assert {"R04", "R05", "R06", "R07"} <= set(of_hc)
    assert binding(FS) == of_fs
    assert binding(HC) == of_hc
    assert set(binding(FS, HC)) == {*of_fs, *of_hc}
    assert binding() == []


def test_households_without_it_are_named() -> None:
    history = History(
        (HC,),
        households=(
            Household("h1", date(2018, 1, 1), portrait=date(2018, 5, 2)),
            Household("h2", date(2018, 1, 1), active_last=date(2026, 11, 20)),
            Household("h3", date(2018, 1, 1), active_first=date(2026, 11, 21)),
            Household("h1", date(2017, 1, 1), date(2017, 6, 1)),
        ),
    )
    standing = evaluate(PACK, "R06", history, parse("standing", NOW.date()), NOW)
    assert standing is not None
    assert (standing.have, standing.need, standing.percent) == (1, 2, 50)
    assert [(n.record, n.why) for n in standing.not_counted] == [("h3", "尚未上传头像")]
    assert [(c.day, c.records) for c in standing.counted] == [(date(2018, 5, 2), ("h1",))]


def test_199_of_200_households_is_not_shown_as_complete() -> None:
    households = tuple(
        Household(f"h{n}", date(2018, 1, 1), plan=date(2018, 5, 2) if n else None)
        for n in range(200)
    )
    standing = evaluate(
        PACK, "R05", History((HC,), households=households), parse("standing", NOW.date()), NOW
    )
    assert standing is not None
    assert (standing.percent, standing.state) == (99.5, "not_met")


def test_a_diary_of_another_month_is_told_in_the_month_it_arrived() -> None:
    diary = Diary(
        "d", date(2026, 10, 30), moment("2026-11-02T08:00:00"), moment("2026-11-02T08:00:00")
    )
    standing = evaluate(PACK, "R04", History((HC,), diaries=(diary,)), parse("2026-11"), NOW)
    assert standing is not None
    assert [n.code for n in standing.not_counted] == ["other_period"]


def test_the_settings_used_are_printed_and_can_be_overridden() -> None:
    history = History((FS, HC))
    usual = evaluate(PACK, "R04", history, parse("2026-11"), NOW)
    other = evaluate(PACK, "R04", history, parse("2026-11"), NOW, settings={"grace_days": 3})
    assert usual is not None
    assert other is not None
    assert usual.settings == {
        "late_sync_hours": 72,
        "grace_days": 0,
        "first_assessed_period": "whole",
        "half_period_percent": 50,
        "at_risk_last_days": 7,
    }
    assert other.settings["grace_days"] == 3
    assert other.due == date(2026, 12, 3)
    stay = evaluate(PACK, "R01", history, parse("2026-Q4"), NOW)
    assert stay is not None
    assert stay.settings["leave"] == "recorded"


@pytest.mark.parametrize(
    ("name", "value"),
    [("leaves", "x"), ("leave", "x"), ("grace_days", None), ("grace_days", 1.5), ("grace_days", True), ("roll_due", 1), ("late_sync_hours", -1)],
)  # fmt: skip
def test_a_setting_that_does_not_exist_or_fit_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadSetting):
        interpret({name: value})


def test_contract_settings_have_their_defaults() -> None:
    defaults = {name: setting.default for name, setting in settings().items()}
    contract = {
        "leave": "recorded",
        "ratio_numerator": "all_days",
        "stay_day": "one_check_in",
        "max_counted_per_day": None,
        "grace_days": 0,
        "late_sync_hours": 72,
        "half_day_hours": 3.5,
        "whole_day_hours": 7,
        "households_per": "visit",
        "visits_per_date": 1,
        "roll_due": True,
    }
    assert contract.items() <= defaults.items()
    assert all(setting.allows(setting.default) for setting in settings().values())


def test_a_wrong_question_is_refused() -> None:
    with pytest.raises(UnknownRule):
        evaluate(PACK, "R99", History((FS,)), parse("2026-Q4"), NOW)
    with pytest.raises(PeriodMismatch):
        evaluate(PACK, "R01", History((FS,)), parse("2026-11"), NOW)


def test_a_rule_adopted_later_is_assessed_from_the_next_whole_period() -> None:
    for day, state in ((date(2026, 10, 1), "on_track"), (date(2026, 10, 2), "not_assessed")):
        standing = evaluate(PACK, "R02", History((FS,)), parse("2026-Q4"), NOW, effective_from=day)
        assert standing is not None
        assert standing.state == state


def test_a_quarter_of_one_person_is_answered_in_about_a_millisecond() -> None:
    begin = moment("2026-10-01T09:00:00")
    many = tuple(
        check_in(str(n), (begin + timedelta(hours=12 * n)).replace(tzinfo=None).isoformat())
        for n in range(100)
    )
    history, period = History((FS,), check_ins=many), parse("2026-Q4")
    started = datetime.now(SHANGHAI)
    for _ in range(100):
        evaluate(PACK, "R01", history, period, NOW)
    assert (datetime.now(SHANGHAI) - started) / 100 < timedelta(milliseconds=5)  # a slow machine
