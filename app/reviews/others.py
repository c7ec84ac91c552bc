"""The records that a flag's evidence names beside its own: each told to those who may read it.

A flag may say that another account, another's photo or another's diary was there; who that was is
nobody's business but a reviewer's. The stored evidence keeps every id, because the log commits to
it; a count of them stands in the evidence of its own (``accounts``, ``matches``, ``records``).
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Date, String, Uuid, column, select, table, union_all
from sqlmodel.ext.asyncio.session import AsyncSession

from app.postings import scope
from app.postings.scope import Caller

#: what of the evidence holds ids of other records; a number under one of these names is a count
IDS = ("other", "others", "records", "diaries")
#: what goes with ``other``: the name of the other's photo
PHOTO = "other_photo"
_DAY, _VILLAGE = column("day", Date), column("village", String)
# the records that flags name live in domains above this one, and imports point downward only
CHECK_INS = table("check_ins", column("id", Uuid), column("person_id", Uuid), _DAY, _VILLAGE)
DIARIES = table("diaries", column("id", Uuid), column("author_id", Uuid), column("work_date", Date))
ACTIVITIES = table("activities", column("id", Uuid), column("author_id", Uuid), column("day", Date))


def named(evidence: Mapping[str, Any]) -> set[UUID]:
    """The other records that this evidence names."""
    return {UUID(each) for name in IDS for each in _texts(evidence.get(name))}


async def readable(session: AsyncSession, caller: Caller, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these records that the caller may read; of activities those of people they see."""
    wanted = sorted(set(ids))
    if not wanted:
        return set()
    visits, diaries, meetings = CHECK_INS.c, DIARIES.c, ACTIVITIES.c
    whose = (
        (visits.id, scope.records(caller, visits.person_id, visits.day, visits.village)),
        (diaries.id, scope.records(caller, diaries.author_id, diaries.work_date)),
        (meetings.id, scope.records(caller, meetings.author_id, meetings.day)),
    )
    parts = [select(key.label("id")).where(key.in_(wanted), seen) for key, seen in whose]
    connection = await session.connection()
    return set((await connection.scalars(union_all(*parts))).all())


def limited(evidence: Mapping[str, Any], seen: set[UUID]) -> dict[str, Any]:
    """The evidence without the ids of records that are not among those seen."""
    hidden = {str(each) for each in named(evidence) - seen}
    out: dict[str, Any] = {}
    for name, value in evidence.items():
        if name in IDS and isinstance(value, list):
            out[name] = [each for each in value if each not in hidden]
        elif not (name in IDS and value in hidden):
            out[name] = value
    if evidence.get("other") in hidden:
        out.pop(PHOTO, None)
    return out


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return list(value) if isinstance(value, list) else []
