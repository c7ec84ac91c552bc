"""Kinds of activity 活动种类: those of the policies' vocabulary."""

from app.policy import vocabulary

KINDS: dict[str, str] = {name: term.zh for name, term in vocabulary.activities().items()}


def known(kind: str) -> str:
    """The kind itself; ValueError, with all there are, for another word."""
    if kind not in KINDS:
        listed = "、".join(f"{name}({says})" for name, says in KINDS.items())
        raise ValueError(f"没有“{kind[:40]}”这种活动,请从这些中选一种:{listed}")
    return kind
