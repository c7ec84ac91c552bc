"""What replies to records share; kept conflicts."""

from typing import Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from app.ledger.service import Receipt
from app.records.service import Put, R


class ConflictOut(BaseModel):
    """A body that came under an id which already stood for another body of the same author."""

    id: UUID
    kind: str = Field(
        description="check_in、diary、household_portrait、household_position、submission、activity、"
        "leave、make_up"
    )
    record: UUID = Field(description="已生效的那条记录的编号")
    author: UUID
    author_name: str
    body: dict[str, Any] = Field(description="另存的内容,与已生效的记录对照")
    received_at: AwareDatetime


class ReceiptOut(BaseModel):
    """Where the record stands in the append-only log; keep it."""

    log: str
    seq: int
    leaf: str

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """The receipt on the wire."""
        return cls(log=receipt.log, seq=receipt.seq, leaf=receipt.leaf.hex())


class LogOut(BaseModel):
    """How long a log is: shorter than a receipt says, and the service was set back to a backup."""

    log: str
    size: int = Field(description="记录簿现有条数;小于自己回执的 seq+1,说明服务器恢复过旧备份")


def stands(put: Put[R]) -> tuple[R, ReceiptOut]:
    """The row of a PUT that succeeded, and its receipt."""
    if put.row is None or put.receipt is None:
        raise LookupError(f"nothing stands after {put.fate.name}")
    return put.row, ReceiptOut.of(put.receipt)
