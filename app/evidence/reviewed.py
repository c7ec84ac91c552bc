"""The page's section on flags: what was found, what the person said, who decided what."""

from html import escape
from typing import Any

from app.evidence import words
from app.evidence.story import Story, header, mark, number_of, pictures, rows_of
from app.reviews.models import Flag, FlagAnswer, FlagAppeal, FlagDecision
from app.reviews.states import MOVES_ZH, STATES_ZH
from app.reviews.words import CHECKS

KINDS = {"check_in": "签到", "diary": "帮扶日志", "activity": "活动", "submission": "报送材料"}


def reviewed(story: Story) -> str:
    """Section seven; empty where nothing was found."""
    flags = story.records.of(Flag)
    out = [
        "<h2>七、疑点、说明与决定</h2>",
        "<p>疑点是系统发现的数据矛盾,不是结论,也不自动扣减。不利的决定须由两名不在此人管理线上的复核员分别作出,"
        "本人可以说明和申诉。</p>",
    ]
    if not flags:
        return "\n".join([*out, "<p>本周期的记录没有疑点。</p>"])
    out.append(header("编号", "疑点", "说明、决定与申诉", "现状", "记录"))
    for record in sorted(flags, key=lambda each: number_of(story, each.row["id"])):
        row = record.row
        out.append(
            f'<tr><td class="n">{number_of(story, row["id"])}</td><td>{_finding(row)}</td>'
            f"<td>{_said(story, row['id'])}</td>"
            f"<td>{STATES_ZH.get(row['state'], row['state'])}</td>{mark(record)}</tr>"
        )
    return "\n".join([*out, "</tbody></table>"])


def _finding(row: Any) -> str:
    check = CHECKS.get(row["code"])
    of = f"{KINDS.get(row['record_kind'], row['record_kind'])} {row['day']}"
    if check is None:  # raised by a later version of the program
        return f"<strong>{escape(row['code'])}</strong><br>{of}"
    told = check.words["zh"]
    return (
        f"<strong>{escape(told.title)}</strong>({of})<br>{escape(check.says(row['evidence']))}"
        f'<div class="small">能说明:{escape(told.proves)}<br>{escape(told.cannot)}</div>'
        f'<div class="id">{row["record_id"]}</div>'
    )


def _said(story: Story, flag: Any) -> str:
    """Everything said to a flag in its order; reviewers by their place, not by name."""
    told: list[tuple[Any, str]] = []
    for row in rows_of(story, FlagAnswer):
        if row["flag_id"] == flag:
            told.append((row["said_at"], _own(story, "本人说明", row)))
    for row in rows_of(story, FlagDecision):
        if row["flag_id"] == flag:
            who = "申诉复核员" if row["round"] else f"复核员{'甲乙'[row['place'] - 1]}"
            text = f"{MOVES_ZH.get(row['decision'], row['decision'])}。{row['reason']}"
            told.append((row["decided_at"], f"<strong>{who}</strong>:{escape(text)}"))
    for row in rows_of(story, FlagAppeal):
        if row["flag_id"] == flag:
            told.append((row["said_at"], _own(story, "本人申诉", row)))
    return "".join(
        f'<div class="text">{text}<span class="small">({words.time_of(at)})</span></div>'
        for at, text in sorted(told)
    )


def _own(story: Story, what: str, row: Any) -> str:
    return f"<strong>{what}</strong>:{escape(row['text'])}{pictures(story, row['photos'])}"
