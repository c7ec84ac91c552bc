"""Who holds which post where and when, and which helper belongs to which household."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import Logged, one_of


class Post(StrEnum):
    """Kinds of post 岗位, with the Chinese term of the policies."""

    FS = "FS"  # 第一书记 first secretary
    TL = "TL"  # 驻村工作队队长 team leader
    TM = "TM"  # 驻村工作队员 team member
    TR = "TR"  # 乡镇派驻成员 township-sent member
    UR = "UR"  # 帮扶单位派驻成员 unit-sent member
    HC = "HC"  # 帮扶干部 helper cadre
    VC = "VC"  # 包村长 village leader
    CL = "CL"  # 连片领导 cluster leader
    AT = "AT"  # 协助驻村乡干部 assisting township cadre
    AG = "AG"  # 农技员 agri-technician
    LL = "LL"  # 联系领导 liaison leader
    CS = "CS"  # 四套班子成员 county four-team member
    CH = "CH"  # 党委政府主要负责人 county main head
    CD = "CD"  # 分管负责人 county deputy head
    IG = "IG"  # 督查组成员 inspector
    TA = "TA"  # 乡镇管理员 township administrator
    CA = "CA"  # 县级管理员 county administrator
    RV = "RV"  # 复核员 reviewer
    AU = "AU"  # 审计员 auditor
    SA = "SA"  # 系统管理员 system administrator


class Posting(Logged, table=True):
    """A post 任职: (person, unit, kind, from, to), both days inclusive, ``until`` open when null."""

    __tablename__ = "postings"
    __table_args__ = (one_of("kind", Post),)
    LEAF: ClassVar = {1: ("id", "person_id", "unit", "kind", "since", "until", "reason")}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="users.id", index=True)
    unit: str = Field(foreign_key="units.code", max_length=12, index=True)
    kind: str = Field(max_length=2)
    since: date
    until: date | None = None
    reason: str = Field(default="", max_length=200)


class Pairing(Logged, table=True):
    """A helper cadre's household 结对, both days inclusive."""

    __tablename__ = "pairings"
    LEAF: ClassVar = {1: ("id", "person_id", "household_id", "since", "until")}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="users.id", index=True)
    household_id: UUID = Field(foreign_key="households.id", index=True)
    since: date
    until: date | None = None
