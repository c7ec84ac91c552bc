"""Submissions 报送材料 with their versions, decisions and files; reported figures 上报数据."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from app.core.ids import new_id
from app.core.tables import JsonB, Logged, one_of
from app.submissions.states import State, Step
from app.uploads.shelf import Holding, Leaving, Uploaded, Use


def _one_subject() -> CheckConstraint:
    """Exactly one of the three columns says whose it is."""
    told = " + ".join(
        f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END"
        for column in ("unit", "organisation_id", "person_id")
    )
    return CheckConstraint(f"{told} = 1", name="one_subject")


class Submission(Logged, table=True):
    """One version of a periodic document; its body never changes, a newer version replaces it.

    Whose it is stands in exactly one of ``unit``, ``organisation_id`` and ``person_id``; ``seat``
    is the unit code by which it is found and seen: that unit, the village it is about, the
    organisation's seat, or the person's own unit on the day of writing. ``state`` is this
    version's; ``decided_at`` when it was accepted or returned. ``written_at`` is the phone's.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        one_of("state", State),
        _one_subject(),
        Index("ix_submissions_unit_kind", "unit", "kind", "for_period"),
        Index("ix_submissions_organisation_kind", "organisation_id", "kind", "for_period"),
        Index("ix_submissions_person_kind", "person_id", "kind", "for_period"),
        Index("ix_submissions_seat", "seat", "received_at"),
    )
    LEAF: ClassVar = {
        1: (
            "id", "county", "author_id", "kind", "unit", "organisation_id", "person_id", "seat",
            "for_period", "title", "text", "files", "village", "event", "written_at",
            "received_at", "draft", "state", "decided_at", "replaces", "digest",
        )
    }  # fmt: skip

    id: UUID = Field(primary_key=True)
    author_id: UUID = Field(foreign_key="users.id", index=True)
    kind: str = Field(max_length=32)
    unit: str | None = Field(default=None, foreign_key="units.code", max_length=12)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    person_id: UUID | None = Field(default=None, foreign_key="users.id")
    seat: str = Field(max_length=12)
    for_period: str = Field(max_length=10)
    title: str = Field(max_length=200)
    text: str
    files: list[Any] = Field(default_factory=list, sa_type=JsonB)
    village: str | None = Field(default=None, foreign_key="units.code", max_length=12)
    #: the activity or check-in that it answers; either may arrive after it
    event: UUID | None = None
    written_at: AwareDatetime
    received_at: AwareDatetime
    #: whether it was only kept; who receives it never sees it, not even withdrawn
    draft: bool
    state: str = Field(max_length=9)
    decided_at: AwareDatetime | None = None
    replaces: UUID | None = Field(default=None, foreign_key="submissions.id", unique=True)
    #: the first version's id in every later one; null in the first itself
    root: UUID | None = Field(default=None, index=True)
    clock: dict[str, Any] | None = Field(default=None, sa_type=JsonB)
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)

    @property
    def chain(self) -> UUID:
        """The id that all versions of one submission share: that of the first."""
        return self.root or self.id


class Decision(Logged, table=True):
    """A step that somebody took with one version: accept, return, withdraw. Never changed."""

    __tablename__ = "submission_decisions"
    __table_args__ = (
        CheckConstraint(
            f"step IN ('{Step.accept}', '{Step.send_back}', '{Step.withdraw}')", name="step"
        ),
    )
    LEAF: ClassVar = {1: ("id", "submission_id", "step", "remark", "by_id", "decided_at")}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    submission_id: UUID = Field(foreign_key="submissions.id", index=True)
    step: str = Field(max_length=8)
    remark: str = Field(max_length=1000)
    by_id: UUID = Field(foreign_key="users.id")
    decided_at: AwareDatetime


class Figure(Logged, table=True):
    """A number that somebody reports 上报数据: ``amount`` of ``name`` as of the day ``day``."""

    __tablename__ = "figures"
    __table_args__ = (
        _one_subject(),
        CheckConstraint("amount >= 0", name="amount"),
        Index("ix_figures_unit_name", "unit", "name", "day"),
        Index("ix_figures_organisation_name", "organisation_id", "name", "day"),
        Index("ix_figures_person_name", "person_id", "name", "day"),
        Index("ix_figures_seat", "seat", "day"),
    )
    LEAF: ClassVar = {
        1: (
            "id", "county", "author_id", "name", "unit", "organisation_id", "person_id", "seat",
            "day", "amount", "note", "files", "received_at", "digest",
        )
    }  # fmt: skip

    id: UUID = Field(primary_key=True)
    author_id: UUID = Field(foreign_key="users.id", index=True)
    name: str = Field(max_length=32)
    unit: str | None = Field(default=None, foreign_key="units.code", max_length=12)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    person_id: UUID | None = Field(default=None, foreign_key="users.id")
    seat: str = Field(max_length=12)
    day: date
    amount: int = Field(sa_type=BigInteger)
    note: str = Field(default="", max_length=500)
    files: list[Any] = Field(default_factory=list, sa_type=JsonB)
    received_at: AwareDatetime
    digest: bytes = Field(max_length=32, sa_type=LargeBinary)


class FigureWithdrawal(Logged, table=True):
    """Its author takes a figure back 撤回; it is kept and counts no more."""

    __tablename__ = "figure_withdrawals"
    LEAF: ClassVar = {1: ("figure_id", "author_id", "reason", "withdrawn_at")}

    figure_id: UUID = Field(primary_key=True, foreign_key="figures.id")
    author_id: UUID = Field(foreign_key="users.id")
    reason: str = Field(max_length=200)
    withdrawn_at: AwareDatetime


class File(Holding, table=True):
    """A document by its content, once however many uploaded it: PDF, DOCX or XLSX."""

    __tablename__ = "files"

    size: int
    media_type: str = Field(max_length=80)
    stored_at: AwareDatetime


class FileUpload(Uploaded, table=True):
    """One person's upload of a document: only it opens the document to that person's records."""

    __tablename__ = "file_uploads"
    __table_args__ = (UniqueConstraint("sha256", "user_id"),)
    LEAF: ClassVar = {1: ("id", "sha256", "user_id", "uploaded_at")}

    sha256: str = Field(foreign_key="files.sha256", max_length=64)
    user_id: UUID = Field(foreign_key="users.id", index=True)


class FileUse(Use, table=True):
    """A submission or figure names a file; the bytes may arrive later, and may be a photo's."""

    __tablename__ = "file_uses"

    record_kind: str = Field(max_length=20)
    author_id: UUID = Field(foreign_key="users.id", index=True)


class FileRemoval(Leaving, table=True):
    """Bytes on their way out of the store: the rows are gone, see ``uploads.sweep``."""

    __tablename__ = "file_removals"
