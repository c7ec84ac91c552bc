"""What a notice says, in Chinese: which duty, until when, how many; plain, kind, without ranking."""

from datetime import date

from app.core.days import in_words
from app.notices.reminders import AFTER_DUE, Reminder
from app.policy.standing import Standing

_OPENINGS = {
    "due": "{when}到期({left})。",
    "unsubmitted": "还没有交齐,最迟{when}提交({left})。",
    AFTER_DUE: "已过{when}的期限,还没有交齐。现在补交仍会如实记录,并注明逾期。",
    "pace": "进度偏慢,现在调整还来得及,{when}到期({left})。",
    "unreachable": "按剩下的日子,本期要求已不可能达到。请照常如实记录,把原因告诉上级就好;此事不再提醒。",
    "visit_day": "今天是周六扶贫日,方便的话,请去看看您的帮扶户。",
}


def text(told: Reminder, on: date) -> str:
    """One or two sentences; numbers are those of the standing and nobody else's."""
    standing = told.owed.standing
    opening = _OPENINGS[AFTER_DUE if told.threshold == AFTER_DUE else told.kind]
    due = standing.due or standing.period.last
    said = opening.format(when=in_words(due, on), left=_left(due, on))
    who = f"{told.owed.subject_name}:" if told.owed.subject_name else ""
    return f"{who}{said}{'' if told.kind == 'visit_day' else _why(standing)}"


def _why(standing: Standing) -> str:
    """The standing's own sentence, with the punctuation of ours."""
    return standing.why.replace("，", ",").replace("（", "(").replace("）", ")")


def _left(due: date, on: date) -> str:
    match (due - on).days:
        case 0:
            return "就是今天"
        case 1:
            return "就是明天"
        case days:
            # today counts, as it does in the standing's own sentence
            return f"含今天还有{days + 1}天"
