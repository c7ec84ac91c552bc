"""Many rows at once, each with its leaf in the log, in the order in which they arrived."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Table as SqlTable
from sqlalchemy import insert
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.activities.models import Activity, ActivityAttendee, ActivityOrganisation
from app.auth.models import User
from app.checkins.models import CheckIn, Withdrawal
from app.core.tables import Logged, new_salt
from app.diaries.models import Diary
from app.households.models import Household, Member, PlanItem, Portrait, Position
from app.ledger import service as ledger
from app.org.models import Fence, Organisation, OrganisationPerson, OrganisationVillage
from app.photos.models import Photo, PhotoUse, Upload
from app.postings.models import Pairing, Posting
from app.requests.models import (
    Leave,
    LeaveReturn,
    MakeUp,
    RequestDecision,
    RequestWithdrawal,
)
from app.submissions.models import Decision, Figure, Submission

#: parents before children, as the foreign keys ask
ORDER: tuple[type[SQLModel], ...] = (
    User, Fence, Organisation, OrganisationVillage, OrganisationPerson, Household, Member,
    Posting, Pairing, Photo, Upload, CheckIn, Withdrawal, Diary, Activity, ActivityAttendee,
    ActivityOrganisation,
    Portrait, PhotoUse, Position, PlanItem, Submission, Decision, Figure,
    Leave, LeaveReturn, MakeUp, RequestDecision, RequestWithdrawal,
)  # fmt: skip
BATCH = 5_000


@cache
def _defaults(model: type[SQLModel]) -> dict[str, Any]:
    """What the columns of a table hold when nothing is said; ids, salts and lists are made anew."""
    return {
        name: field.default
        for name, field in model.model_fields.items()
        if field.default_factory is None and not field.is_required()
    }


@cache
def _made(model: type[SQLModel]) -> dict[str, Callable[[], Any]]:
    return {
        name: field.default_factory  # type: ignore[misc]  # none of ours takes the data so far
        for name, field in model.model_fields.items()
        if field.default_factory is not None
    }


@dataclass
class Book:
    """Rows to write, as their values, and the leaves that tell of them."""

    rows: dict[type[SQLModel], list[Mapping[str, Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    leaves: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    def add(
        self, model: type[Logged], actor: UUID | str, received_at: datetime, /, **said: Any
    ) -> None:
        """A row that ``actor`` wrote and that arrived then; columns not named get their default."""
        values = _defaults(model) | said
        for name, make in _made(model).items():
            if name not in values:
                values[name] = make()
        self._keep(model, values, actor, received_at)

    def add_then(
        self,
        model: type[Logged],
        wrote: tuple[UUID | str, datetime],
        then: tuple[UUID | str, datetime, dict[str, Any]],
        /,
        **said: Any,
    ) -> None:
        """A row that one wrote (who, when) and another revised later (who, when, to what)."""
        written = _defaults(model) | {name: make() for name, make in _made(model).items()} | said
        actor, at, changes = then
        revised = written | changes | {"rev": 2, "salt": new_salt()}
        self.leaves.append((wrote[1], ledger.entry_of(model, written, "create", *wrote)))
        self.leaves.append((at, ledger.entry_of(model, revised, "revise", actor, at)))
        self.rows[model].append(revised)

    def add_row(self, row: Logged, actor: UUID | str, received_at: datetime) -> None:
        """The same for a row that is one already."""
        self._keep(type(row), row.__dict__, actor, received_at)

    def _keep(
        self, model: type[Logged], values: Mapping[str, Any], actor: UUID | str, at: datetime
    ) -> None:
        self.rows[model].append(values)
        self.leaves.append((at, ledger.entry_of(model, values, "create", actor, at)))

    def beside(self, model: type[SQLModel], /, **said: Any) -> None:
        """A row of a table that has no leaves of its own."""
        self.rows[model].append(_defaults(model) | said)

    async def write(self, session: AsyncSession) -> None:
        """Insert everything, then append the leaves: what arrived first stands first."""
        connection = await session.connection()
        for model in ORDER:
            table: SqlTable = model.__table__  # type: ignore[attr-defined]  # SQLModel sets it
            names = [column.key for column in table.columns]
            rows = self.rows.pop(model, [])
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                values = [{name: row[name] for name in names} for row in batch]
                await connection.execute(insert(table), values)
        if self.rows:
            raise LookupError(f"no place in ORDER for {[model.__name__ for model in self.rows]}")
        self.leaves.sort(key=lambda pair: pair[0])
        await ledger.append_leaves(session, (leaf for _, leaf in self.leaves))
