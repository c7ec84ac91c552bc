"""Many records in one request."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.errors import ProblemOut
from app.core.wire import Body
from app.records.schemas import LogOut

MOST_RECORDS = 200
EXAMPLE: dict[str, Any] = {
    "records": [
        {
            "kind": "check_in",
            "id": "019aa2b0-0000-7000-8000-000000000003",
            "body": {
                "kind": "presence",
                "village": "360321101201",
                "captured_at": "2026-11-21T09:12:03+08:00",
                "no_fix_reason": "timeout",
            },
        }
    ]
}


class SyncRecord(Body):
    """One record as its own PUT would carry it. ``body`` is checked record by record."""

    kind: str = Field(
        max_length=32,
        description="check_in、diary、household_position、household_portrait、submission、figure、"
        "activity、leave、make_up",
    )
    id: UUID
    body: dict[str, Any]


class SyncIn(Body):
    """What a phone has waiting, oldest first."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    records: list[SyncRecord] = Field(max_length=MOST_RECORDS)


class SyncResult(BaseModel):
    """What its own PUT would have answered: ``body`` on success, ``problem`` otherwise."""

    id: UUID
    status: int
    body: dict[str, Any] | None = None
    problem: ProblemOut | None = None


class SyncOut(BaseModel):
    """One result per record, in their order."""

    results: list[SyncResult]
    logs: list[LogOut] = Field(description="任职各县的记录簿,含本次写入;与 /me 的 logs 相同")
    anchor: str | None = Field(default=None, description="新的时间锚,14 天内有效")
