"""Who am I, and who is there."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from app.auth.schemas import UserOut
from app.org.models import OrganisationKind
from app.org.schemas import FenceOut
from app.postings.models import Post
from app.records.schemas import LogOut


class OwnPostingOut(BaseModel):
    """A posting of the caller, past ones included; days inclusive."""

    id: UUID
    unit: str
    unit_name: str
    kind: Post
    from_: date = Field(serialization_alias="from")
    to: date | None
    county: str


class VillageOut(BaseModel):
    """A village in which the caller has business, with the fences an offline phone needs."""

    code: str
    name: str
    fences: list[FenceOut]


class OwnHouseholdOut(BaseModel):
    """A household paired with the caller, in few words; the rest is at ``/households/{id}``."""

    id: UUID
    number: str
    head: str
    village: str
    address: str


class PackInForceOut(BaseModel):
    """A pack that binds in a unit of the caller's today, and on what basis."""

    pack: str
    version: str
    title: str
    unit: str
    basis: str
    since: date | None
    until: date | None


class ServedVillageOut(BaseModel):
    """A village that an organisation serves."""

    code: str
    name: str


class OwnOrganisationOut(BaseModel):
    """An organisation for which the caller acts today, with the villages it serves today."""

    id: UUID
    kind: OrganisationKind
    name: str
    unit: str
    villages: list[ServedVillageOut]


class MeOut(BaseModel):
    """All that a phone needs to work for days without network."""

    user: UserOut
    postings: list[OwnPostingOut]
    villages: list[VillageOut]
    households: list[OwnHouseholdOut]
    packs: list[PackInForceOut]
    organisations: list[OwnOrganisationOut]
    logs: list[LogOut] = Field(description="任职各县的记录簿;手机据此发现服务器恢复过旧备份")
    server_time: AwareDatetime
    anchor: str | None = Field(default=None, description="新的时间锚,14 天内有效")


class TimeAnchorOut(BaseModel):
    """The service's word for an instant, for this user on this device."""

    anchor: str
    issued_at: AwareDatetime


class PostOut(BaseModel):
    """A post of a listed person."""

    unit: str
    kind: Post
    from_: date = Field(serialization_alias="from")
    to: date | None


class ListedPersonOut(BaseModel):
    """A person of a unit with the posts they hold there on that day."""

    id: UUID
    name: str
    posts: list[PostOut]
