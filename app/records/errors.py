"""Problems of ids that phones make."""

from app.core.errors import Problem


class IdTaken(Problem):
    """Another author's id: nothing is told about it, nothing is kept."""

    status, code, title = 409, "id-taken", "This id is taken"
    detail = "这个编号已被占用。请换一个新编号重新提交,内容不会丢失。"
