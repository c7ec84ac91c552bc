"""The log on the wire: hashes in hex, lowest first."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field


class CheckpointOut(BaseModel):
    """The newest signed head of a log. Keep it: a later one must prove that it grew from this."""

    log: str
    size: int = Field(description="检查点覆盖的条数")
    root: str = Field(description="这些条目的树根(RFC 6962),十六进制")
    made_at: AwareDatetime
    key: str = Field(description="公钥(C2SP 格式)")
    note: str = Field(description="带签名的原文(C2SP signed note,Ed25519)")


class ProofOut(BaseModel):
    """That a leaf stands at its number in the tree of ``size`` leaves (RFC 6962, 2.1.1)."""

    log: str
    seq: int
    size: int
    leaf: str = Field(description="该条的叶子哈希,应与回执相同")
    path: list[str]
    note: str = Field(description="所依据的检查点原文")


class ConsistencyOut(BaseModel):
    """That the tree of ``to`` leaves begins with that of ``from`` (RFC 6962, 2.1.2)."""

    log: str
    from_: int = Field(serialization_alias="from")
    to: int
    path: list[str]


class CheckpointItem(CheckpointOut):
    """A checkpoint of the list; ``number`` has no gaps."""

    number: int


class LeafOut(BaseModel):
    """One leaf of a record with its path to the checkpoint's root."""

    seq: int
    entry: str = Field(description="该条的原文(规范 JSON);叶子哈希 = SHA-256(0x00 ‖ 原文)")
    path: list[str]


class RecordProofOut(BaseModel):
    """What ``zhucun ledger proof`` writes: ``scripts/verify.py --proof`` checks it."""

    log: str
    key: str
    checkpoint: str = Field(description="检查点原文")
    table: str
    id: str
    proofs: list[LeafOut]


class FindingOut(BaseModel):
    """One thing that did not hold; ``code`` is the exit code of ``zhucun ledger verify``."""

    code: int
    what: Literal["altered", "missing", "unlogged", "fork", "signature", "bytes"]
    table: str
    id: str
    log: str
    seq: int | None
    says: str


class VerificationOut(BaseModel):
    """A verification of all logs, as far as it tells of this one."""

    began_at: AwareDatetime
    ended_at: AwareDatetime | None = Field(description="空:进行中,或中途停止")
    by: Literal["nightly", "by_hand"]
    bytes_read: bool = Field(description="是否也读取了照片和文件的内容")
    leaves: int = Field(description="各记录簿条数合计")
    found: int = Field(description="本记录簿的不符之处")
    elsewhere: int = Field(description="其他记录簿的不符之处")
    findings: list[FindingOut] = Field(description="仅对审计员、县级和系统管理员列出,至多 200 处")


class VerificationsOut(BaseModel):
    """The last verifications, newest first."""

    items: list[VerificationOut]
