"""Proposed centres of villages on the wire."""

from pydantic import AwareDatetime, BaseModel, Field

from app.org.schemas import FenceOut


class FenceProposalOut(BaseModel):
    """Where people of a village are, where its fence's centre is not.

    To take it over, write a fence with this centre as any other; nothing is changed by itself.
    """

    village: str
    name: str
    fences: list[FenceOut] = Field(description="现有范围;没有则为空")
    lat: float = Field(description="定位中位数的纬度(WGS-84)")
    lon: float
    away_m: int | None = Field(description="到现有最近中心的距离(米);没有范围时为 null")
    bearing: int | None = Field(description="方位角,从正北顺时针的度数")
    fixes: int = Field(description="所依据的定位数")
    people: int
    days: int
    shifted: bool = Field(
        description="定位疑为坐标系(GCJ-02)不一致;“定位在村外”是否因此暂停,见 suspended"
    )
    suspended: bool = Field(
        description="本村的“定位在村外”现在只作统计;由管理员恢复后,即使偏移仍在也不再自动暂停"
    )
    may_voice: bool = Field(
        description="您可以恢复本村的这项检查:POST /checks/outside-fence/voice,须写理由"
    )
    says: str
    looked_at: AwareDatetime


class FenceProposalsOut(BaseModel):
    """Proposed centres, those with a suspected shift first, then the farthest."""

    items: list[FenceProposalOut]
