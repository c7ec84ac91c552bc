"""The Chinese sentences a standing speaks: why a record did not count, and how the subject stands."""

from dataclasses import dataclass
from datetime import date

from app.policy import vocabulary
from app.policy.pack import Covers, DatedValue, Metric, Rule
from app.policy.periods import Length, Period
from app.policy.records import LeaveKind
from app.policy.standing import State

REASONS: dict[str, str] = {
    "withdrawn": "本人已撤回",
    "decided": "经核查认定不计入",
    "no_posting": "当日没有相应的派驻任职",
    "other_village": "不在当日派驻的村",
    "future": "日期晚于查询日，尚不计入",
    "departure": "离村签到只证明当日在村，不计签到次数",
    "near_repeat": "与上一次计入的签到间隔过短，不重复计次",
    "day_full": "当日计入次数已达上限",
    "stay_too_short": "当日首末两次签到间隔不足，不算驻村一天",
    "rest_day": "当日不是工作日，按口径不计入出勤",
    "make_up_pending": "补签待审批，批准后计入",
    "make_up_not_approved": "补签未获批准",
    "late": "逾期提交，不计入本期",
    "other_period": "工作日期不在本期，不计入本期",
    "other_household": "当日不是本人结对的帮扶户",
    "not_poor": "不是建档立卡贫困户",
    "same_household": "同一户同一天只计一次走访",
    "other_weekday": "不在规定的星期几",
    "never_visited": "本期尚未走访该户",
    "visit_too_short": "当日在村首末两次签到间隔不足规定时长",
    "few_households": "当日走访的贫困户数不足",
    "few_households_period": "本期走访的贫困户总数不足",
    "village_not_visited": "本期尚未到过该村",
    "draft": "仍是草稿，尚未提交",
    "returned": "已被退回，尚未重新提交",
    "not_accepted": "尚未经审核采用",
    "no_event": "没有与之对应的事项",
    "event_open": "尚未录入，期限未过",
    "event_unanswered": "期限内未录入",
    "no_place": "没有写明所在的村",
    "reports_missing": "没有听取全部单位的汇报",
    "figure_short": "该项数量未达到要求",
    "no_plan": "尚无帮扶计划",
    "no_portrait": "尚未上传头像",
    "no_position": "尚未上传定位信息",
    "no_helper": "尚无帮扶责任人",
    "no_income_plan": "尚无增收方案",
    "no_project": "尚无脱贫项目",
    "household_new": "新纳入的户，落实帮扶责任人的期限未过",
    "not_opened": "账号尚未开通",
    "not_used": "已开通，本期尚未使用",
}

_PERIODS: dict[Length, str] = {
    "week": "本周",
    "month": "本月",
    "two_months": "本双月",
    "quarter": "本季度",
    "half_year": "本半年",
    "year": "本年度",
    "standing": "期限前",
    "once": "期限前",
}
_DONE: dict[Metric, str] = {
    "stay_days": "已驻村{have}天",
    "workday_ratio": "已驻村{have}天",
    "checkin_count": "已签到{have}次",
    "household_visits": "已走访贫困户{have}户次",
    "qualified_visits": "符合要求的到村走访{have}次",
    "diaries": "已按时上传帮扶日志{have}篇",
    "submissions": "已按时提交{named}{have}{measure}",
    "activities": "已开展{named}{have}次",
    "value": "{named}{have}{measure}",
    "activation_ratio": "在岗{total}人，已开通并使用{have}人",
    "coverage_ratio": "{whose}{total}户，已{covers}{have}户",
    "postings": "在岗{have}人",
}
_MEASURES: dict[Metric, str] = {
    "stay_days": "天",
    "workday_ratio": "天",
    "checkin_count": "次",
    "household_visits": "户次",
    "qualified_visits": "次",
    "diaries": "篇",
    "submissions": "份",
    "activities": "次",
    "value": "项",
    "activation_ratio": "人",
    "coverage_ratio": "户",
    "postings": "人",
}
_COVERS: dict[Covers, str] = {
    "plan": "制定帮扶计划",
    "portrait": "上传头像",
    "position": "上传定位信息",
    "helper": "落实帮扶责任人",
    "income_plan": "制定增收方案",
    "project": "落实脱贫项目",
}
_LEAVES: dict[LeaveKind, str] = {"leave": "请假", "trip": "公出", "training": "培训"}
_NOT_ASSESSED: dict[str, str] = {
    "information": "只作记录和展示，不考核",
    "begins_inside": "本规则自{begins}起施行，晚于本期开始，本期只显示、不考核",
    "short_posting": "本期任职{posted}天，不足本期{days}天的规定比例，不考核",
    "due_before_posting": "期限{due}在任职开始之前，不考核",
    "due_after_posting": "期限{due}之前任职已结束，不考核",
    "no_value": "文件未给出标准，不考核",
    "missing_parameter": "文件留白的标准尚未设定，不考核",
    "calendar_missing": "缺少本期的工作日历，不考核",
    "no_household": "没有结对的帮扶户，不考核",
    "no_account": "没有在岗的人员，不考核",
    "no_event": "本期没有需要录入的事项，不考核",
    "not_recorded": "{lacking}尚无记录，不能认定，不考核",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sentence may mention; days are counted in civil days."""

    rule: Rule
    value: DatedValue
    period: Period
    state: State
    running: bool
    have: int
    need: int | None
    full_need: int | None
    at_most: int | None
    total: int | None
    late: int
    workdays: int | None
    posted_days: int
    days_left: int
    can_miss: int | None
    due: date | None
    not_assessed: str | None
    begins: date
    leave_days: int
    leave_kinds: tuple[LeaveKind, ...]
    deducted: bool
    assumed: int
    note: str
    reported: bool


def why_late(due: date, handed_in: date) -> str:
    """The reason of what came after its due day, with the day on which it counts as handed in."""
    return f"期限{due}，计为{handed_in}提交，逾期不计入本期"


def why(facts: Facts) -> str:
    """One honest sentence in Chinese for this state."""
    measure = _measure(facts)
    parts = [_done(facts, measure)]
    if facts.assumed:
        parts[0] += f"（含假设的{facts.assumed}天）"
    if facts.note:
        parts.append(facts.note)
    if facts.not_assessed is not None:
        parts.append(_unassessed(facts, facts.not_assessed))
    elif facts.state == "excused":
        parts.append("任职期间没有应出勤的工作日，本期不要求")
    else:
        parts.append(_asked(facts, measure))
        parts.extend(_outcome(facts, measure))
    daily = facts.rule.metric in ("stay_days", "workday_ratio", "checkin_count")
    if facts.leave_days and daily and facts.not_assessed is None:
        parts.append(_leave(facts))
    return _fitting("，".join(parts), facts.rule) + "。"


def _fitting(text: str, rule: Rule) -> str:
    """Organisations hold no post 任职: they serve a village or unit 承担."""
    return text.replace("任职", "承担") if rule.subjects else text


def _unassessed(facts: Facts, reason: str) -> str:
    if reason == "no_household" and facts.rule.subjects:
        return "没有在册的贫困户，不考核"
    return _NOT_ASSESSED[reason].format(
        begins=facts.begins,
        posted=facts.posted_days,
        days=facts.period.days,
        due=facts.due,
        lacking="、".join(_COVERS[cover] for cover in facts.rule.covers),
    )


def _done(facts: Facts, measure: str) -> str:
    if facts.rule.metric == "value" and facts.rule.aggregate == "latest" and not facts.reported:
        return f"{_named(facts.rule)}尚无上报"
    return _DONE[facts.rule.metric].format(
        have=facts.have,
        total=facts.total,
        measure=measure,
        named=_named(facts.rule),
        whose="贫困户" if facts.rule.subjects else "结对帮扶",
        covers="、".join(_COVERS[cover] for cover in facts.rule.covers) or "完成",
    )


def _named(rule: Rule) -> str:
    """The Chinese names of what is counted."""
    known = {**vocabulary.submissions(), **vocabulary.activities(), **vocabulary.figures()}
    names = rule.counts or ((rule.figure,) if rule.figure else ())
    words = [known[name].zh for name in names if name in known]
    return "、".join(words) if words else "要求的各项已达到" if rule.metric == "value" else ""


def _measure(facts: Facts) -> str:
    rule = facts.rule
    if rule.metric == "submissions" and (rule.every_kind or rule.distinct_village):
        return "种" if rule.every_kind else "个村"
    if rule.metric == "value" and rule.figure in vocabulary.figures():
        return vocabulary.figures()[rule.figure or ""].measure
    return _MEASURES[rule.metric]


def _asked(facts: Facts, measure: str) -> str:
    text = f"要求{facts.need}{measure}"
    if facts.at_most is not None:
        bounds = "正好" if facts.at_most == facts.need else f"{facts.need}至"
        text = f"要求{bounds}{facts.at_most}{measure}"
    if facts.workdays is not None and facts.value.of:
        part = f"应出勤工作日{facts.workdays}天的{facts.value.value}/{facts.value.of}"
        text += (
            f"（{part}）"
            if facts.need == facts.full_need
            else f"（{part}，折算；全期{facts.full_need}天）"
        )
    elif facts.need != facts.full_need:
        text += f"（全期{facts.full_need}{measure}，按任职{facts.posted_days}天折算）"
    return text


def _outcome(facts: Facts, measure: str) -> list[str]:
    if facts.at_most is not None and facts.have > facts.at_most:
        return [f"超出{facts.have - facts.at_most}{measure}", "不符合要求"]
    if facts.state == "met":
        return ["已达到"]
    short = (facts.need or 0) - facts.have
    if facts.running:
        period = _PERIODS[facts.period.length]
        if facts.rule.metric == "submissions" and facts.due is not None:
            period = f"期限{facts.due}，"
        return [f"{period}还剩{facts.days_left}天", f"还差{short}{measure}", *_pace(facts)]
    # each event has a due day of its own, which its entry names
    known = facts.due is not None and facts.rule.each_event is None
    due = [f"期限{facts.due}"] if known else []
    if facts.state == "late":
        return [*due, f"另有{facts.late}{measure}逾期提交", "不算按时达到"]
    if facts.rule.metric != "submissions" or facts.due == facts.period.last:
        due = []  # nothing was to be handed in by it, or it says no more than the period does
    return [*due, f"差{short}{measure}", "未达到"]


def _pace(facts: Facts) -> list[str]:
    if facts.state == "unreachable":
        return ["已不可能达到"]
    if facts.state == "at_risk":
        if facts.can_miss is None:
            return ["时间已紧"]
        return [f"最多还可缺{facts.can_miss}天，有风险"]
    return [f"还可缺{facts.can_miss}天"] if facts.can_miss is not None else []


def _leave(facts: Facts) -> str:
    named = "、".join(zh for kind, zh in _LEAVES.items() if kind in facts.leave_kinds)
    together = "共" if len(facts.leave_kinds) > 1 else ""
    told = f"已批准{named}{together}{facts.leave_days}天"
    if facts.deducted and facts.rule.metric == "workday_ratio":
        return f"{told}，其中的工作日已从应出勤天数中扣除"
    return f"{told}，只记录、不抵扣"
