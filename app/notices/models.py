"""What people were reminded of, and what they do not want to be reminded of.

None of these rows is logged: a notice is no evidence. It says nothing that the standing it was
computed from does not say, nobody answers for having read it, and a leaf for each would write
into a county's log, every morning, who is behind with what.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import Row, one_of


class Kind(StrEnum):
    """What a notice says."""

    due = "due"  # 即将到期
    unsubmitted = "unsubmitted"  # 尚未提交
    pace = "pace"  # 进度偏慢
    unreachable = "unreachable"  # 已不可能达到
    visit_day = "visit_day"  # 扶贫日
    request_waits = "request_waits"  # 有申请等待决定
    request_decided = "request_decided"  # 申请已有决定
    fence_shifted = "fence_shifted"  # 村范围疑似坐标偏移
    flag_raised = "flag_raised"  # 记录有疑点
    flag_closes = "flag_closes"  # 说明期限将到
    flag_decided = "flag_decided"  # 疑点有复核结果
    appeal_decided = "appeal_decided"  # 申诉有结果


#: kinds that speak of a due date or of somebody who waits: nobody can mute them
DATED = frozenset(
    {
        Kind.due,
        Kind.unsubmitted,
        Kind.request_waits,
        Kind.request_decided,
        Kind.flag_raised,
        Kind.flag_closes,
        Kind.flag_decided,
        Kind.appeal_decided,
    }
)


class Digest(Row, table=True):
    """The notices of one person and civil day; that there is one at most is a key of its own."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("person_id", "day"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="users.id")
    day: date
    made_at: AwareDatetime


class Notice(Row, table=True):
    """One reminder 提醒 of one standing, in the words in which it was said.

    ``subject`` is empty for what the person owes, else the id or code of the organisation they
    act for. ``threshold`` names the day of the reminder's calendar that had come. The same is
    never said twice: see the key.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint(
            "person_id", "subject", "pack", "rule", "period", "kind", "threshold", name="said_once"
        ),
        Index("ix_notices_newest", "person_id", "created_at", "id"),
        one_of("kind", Kind),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    digest_id: UUID = Field(foreign_key="digests.id", index=True)
    person_id: UUID = Field(foreign_key="users.id")
    subject: str = Field(default="", max_length=64)
    subject_name: str = Field(default="", max_length=200)
    pack: str = Field(max_length=64)
    rule: str = Field(max_length=16)
    period: str = Field(max_length=16)
    kind: str = Field(max_length=16)
    threshold: str = Field(max_length=24)
    day: date
    title: str = Field(max_length=200)
    text: str = Field(max_length=1000)
    due: date | None = None
    created_at: AwareDatetime
    read_at: AwareDatetime | None = None


class NoticePreference(Row, table=True):
    """What a person chose; without a row nothing is muted."""

    __tablename__ = "notice_preferences"

    person_id: UUID = Field(primary_key=True, foreign_key="users.id")
    muted: bool
    changed_at: AwareDatetime


class ReminderDay(Row, table=True):
    """A civil day whose reminders are all written, so that a restart does not compute them anew."""

    __tablename__ = "reminder_days"

    day: date = Field(primary_key=True)
    finished_at: AwareDatetime
