"""The words of the readable page, in the terms of the people who read it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from app.core.clock import SHANGHAI

CHECK_IN_KINDS = {"presence": "在村", "household": "入户", "departure": "离村"}
PLACES = {
    "inside": "村界内",
    "near": "村界附近(误差之内,不能判定)",
    "outside": "村界外",
    "unknown": "没有可用定位",
}
TIMES = {
    "proven": "服务器证实在这一天",
    "claimed": "手机所记,前后一致",
    "unproven": "未能证实,只知不晚于收到时",
}
NO_FIX = {"denied": "未允许定位", "timeout": "定位超时", "unavailable": "定位不可用"}
STANDINGS = {
    "met": "已完成",
    "on_track": "进行中",
    "at_risk": "进行中,时间紧",
    "unreachable": "已不可能完成",
    "not_met": "未完成",
    "late": "逾期完成",
    "not_assessed": "不考核",
    "excused": "无需完成",
}
GOOD = frozenset({"met", "excused"})
BAD = frozenset({"not_met", "unreachable", "late"})
UNITS = {
    "days": "天", "times": "次", "diaries": "篇", "households": "户", "workdays": "天",
    "visits": "次", "submissions": "份", "activities": "次", "figures": "项", "people": "人",
    "percent": "%", "person_times": "人次", "square_metres": "平方米", "villages": "个村",
}  # fmt: skip
POSTS = {
    "FS": "第一书记", "TL": "工作队队长", "TM": "工作队员", "TR": "乡镇派驻成员",
    "UR": "帮扶单位派驻成员", "HC": "帮扶干部", "VC": "包村长", "CL": "连片领导",
    "AT": "协助驻村乡干部", "AG": "农技员", "LL": "联系领导", "CS": "四套班子成员",
    "CH": "党委政府主要负责人", "CD": "分管负责人", "IG": "督查组成员", "TA": "乡镇管理员",
    "CA": "县级管理员", "RV": "复核员", "AU": "审计员", "SA": "系统管理员",
}  # fmt: skip
TABLES = {
    "postings": "任职",
    "pairings": "结对",
    "check_ins": "签到",
    "withdrawals": "签到撤回",
    "diaries": "帮扶日志",
    "activities": "活动",
    "activity_withdrawals": "活动撤回",
    "submissions": "报送材料",
    "submission_decisions": "报送材料的处理",
    "figures": "上报数据",
    "figure_withdrawals": "数据撤回",
    "leave": "请假、公出、培训",
    "make_ups": "补签",
    "request_decisions": "审批",
    "request_withdrawals": "申请撤回",
    "leave_returns": "提前销假",
    "flags": "疑点",
    "flag_answers": "本人说明",
    "flag_decisions": "复核意见",
    "flag_appeals": "申诉",
    "adoptions": "政策启用",
    "closings": "考核封存",
    "fences": "村界",
    "photo_uploads": "照片上传",
    "file_uploads": "文件上传",
}
BY = {"self": "本人", "office": "管理员", "auditor": "审计员", "cli": "服务器管理员(命令行)"}

PROVES = (
    "每条记录自写入之时起未被改动、删除、调换或倒填日期:记录的内容和盐值算出承诺值,承诺值在记录簿的条目里,"
    "条目由证明路径连到签名的检查点。",
    "记录不晚于“收到”时刻存在;“时间”一栏为“服务器证实在这一天”的,记录也不早于那一天。",
    "照片就是记录里写明摘要的那些照片;本包中的浏览图由原图缩小而来,其摘要随本次导出一并记入记录簿。",
    "疑点由谁以什么身份、在什么时候作出决定,本人说过什么,有没有申诉。",
    "考核结果依据的政策版本和设置;已封存的,结果与封存时记入记录簿的摘要一致。",
)
PROVES_NOT = (
    "位置是手机报的,浏览器不能证明人在那里;“村界附近”“没有可用定位”都不说明人不在村。",
    "照片上传前已经存在,但不能由此知道是何时拍的、拍的是不是当时。",
    "记录写入时是否属实;发生过的事情是否都写了下来。",
    "疑点只是两处数据对不上,不是结论;结论只由具名的人作出。",
    "本页文字由系统依据记录生成,以 records 文件夹中的记录为准。",
)


def day_of(moment: datetime | date | None) -> str:
    """A day, or the civil day of a moment."""
    if moment is None:
        return "—"
    if isinstance(moment, datetime):
        moment = moment.astimezone(SHANGHAI).date()
    return moment.isoformat()


def time_of(moment: datetime | None) -> str:
    """A moment in Asia/Shanghai to the minute."""
    return "—" if moment is None else f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def clock_of(moment: datetime) -> str:
    """The time of day in Asia/Shanghai."""
    return f"{moment.astimezone(SHANGHAI):%H:%M}"


def days_of(days: Iterable[date]) -> str:
    """Days in their order, runs of them as from–to."""
    out: list[list[date]] = []
    for day in sorted(set(days)):
        if out and day - out[-1][-1] == timedelta(days=1):
            out[-1].append(day)
        else:
            out.append([day])
    runs = (
        f"{run[0]:%m-%d}" if len(run) == 1 else f"{run[0]:%m-%d}至{run[-1]:%m-%d}" for run in out
    )
    return "、".join(runs)
