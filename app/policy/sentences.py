"""The Chinese sentences a standing speaks: why a record did not count, and how the person stands."""

from dataclasses import dataclass
from datetime import date

from app.policy.pack import Covers, Metric
from app.policy.periods import Length, Period
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
    "make_up_not_approved": "补签未获批准",
    "late": "逾期提交，不计入本期",
    "other_period": "工作日期不在本期，不计入本期",
    "no_plan": "尚无帮扶计划",
    "no_portrait": "尚未上传头像",
    "no_position": "尚未上传定位信息",
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
    "checkin_count": "已签到{have}次",
    "diaries": "已按时上传帮扶日志{have}篇",
    "coverage_ratio": "结对帮扶{total}户，已{covers}{have}户",
}
_MEASURES: dict[Metric, str] = {
    "stay_days": "天",
    "checkin_count": "次",
    "diaries": "篇",
    "coverage_ratio": "户",
}
_COVERS: dict[Covers, str] = {
    "plan": "制定帮扶计划",
    "portrait": "上传头像",
    "position": "上传定位信息",
}
_NOT_ASSESSED: dict[str, str] = {
    "begins_inside": "本规则自{begins}起施行，晚于本期开始，本期只显示、不考核",
    "short_posting": "本期任职{posted}天，不足本期{days}天的规定比例，不考核",
    "no_value": "文件未给出标准，不考核",
    "no_household": "没有结对的帮扶户，不考核",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sentence may mention; days are counted in civil days."""

    metric: Metric
    covers: Covers | None
    period: Period
    state: State
    running: bool
    have: int
    need: int | None
    full_need: int | None
    total: int | None
    late: int
    owed_days: int
    days_left: int
    can_miss: int | None
    not_assessed: str | None
    begins: date
    leave_days: int


def why(facts: Facts) -> str:
    """One honest sentence in Chinese for this state."""
    measure = _MEASURES[facts.metric]
    parts = [
        _DONE[facts.metric].format(
            have=facts.have,
            total=facts.total,
            covers=_COVERS[facts.covers] if facts.covers else "完成",
        )
    ]
    if facts.not_assessed is not None:
        reason = _NOT_ASSESSED[facts.not_assessed]
        parts.append(
            reason.format(begins=facts.begins, posted=facts.owed_days, days=facts.period.days)
        )
        return "，".join(parts) + "。"
    full = f"（全期{facts.full_need}{measure}，按任职{facts.owed_days}天折算）"
    parts.append(f"要求{facts.need}{measure}{'' if facts.need == facts.full_need else full}")
    parts.extend(_outcome(facts, measure))
    if facts.leave_days and facts.metric in ("stay_days", "checkin_count"):
        parts.append(f"已批准请假{facts.leave_days}天，只记录、不抵扣")
    return "，".join(parts) + "。"


def _outcome(facts: Facts, measure: str) -> list[str]:
    if facts.state == "met":
        return ["已达到"]
    short = (facts.need or 0) - facts.have
    if facts.running:
        left = f"{_PERIODS[facts.period.length]}还剩{facts.days_left}天"
        return [left, f"还差{short}{measure}", *_pace(facts)]
    if facts.state == "late":
        return [f"另有{facts.late}{measure}逾期提交", "不算按时达到"]
    return [f"差{short}{measure}", "未达到"]


def _pace(facts: Facts) -> list[str]:
    if facts.state == "unreachable":
        return ["已不可能达到"]
    if facts.state == "at_risk":
        return [
            f"最多还可缺{facts.can_miss}天，有风险" if facts.can_miss is not None else "时间已紧"
        ]
    return [f"还可缺{facts.can_miss}天"] if facts.can_miss is not None else []
