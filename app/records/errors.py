"""Problems of ids that phones make."""

from app.core.errors import Problem
from app.records.service import Fate


class IdTaken(Problem):
    """Another author's id: nothing is told about it, nothing is kept."""

    status, code, title = 409, "id-taken", "This id is taken"
    detail = "这个编号已被占用。请换一个新编号重新提交,内容不会丢失。"


def refused(fate: Fate, differs: type[Problem]) -> Problem | None:
    """The problem to *return* (what was kept is committed), or None when the record stands."""
    if fate is Fate.taken:
        return IdTaken()
    return differs() if fate is Fate.differs else None
