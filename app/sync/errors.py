"""Problems of a batch."""

from app.core.errors import Problem


class UnknownKind(Problem):
    """A kind of record that this version does not take by sync."""

    status, code, title = 422, "unknown-kind", "This kind of record is not taken by sync"
    detail = "当前版本不支持同步这类记录。记录请留在手机上,升级后再传。"
