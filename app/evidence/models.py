"""What left the house, about whom, for whom: one logged row before the first byte goes."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import LargeBinary
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import Logged


class Export(Logged, table=True):
    """An export 导出. ``digest`` is the SHA-256 of its list of files, hence of every file in it.

    ``subject`` is the person's id, ``by`` the id of who asked, or ``cli``.
    """

    __tablename__ = "exports"
    LEAF: ClassVar = {
        1: (
            "id", "county", "kind", "subject", "period", "by", "originals", "records", "files",
            "digest", "made_at",
        )
    }  # fmt: skip

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(max_length=16)
    subject: str = Field(max_length=36, index=True)
    period: str = Field(max_length=16)
    by: str = Field(max_length=36)
    originals: bool
    records: int
    files: int
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)
    made_at: AwareDatetime
