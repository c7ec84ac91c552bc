"""The log on the wire: hashes in hex, lowest first."""

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
