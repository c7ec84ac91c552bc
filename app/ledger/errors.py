"""Problems of asking the log."""

from app.core.errors import Problem


class NotCheckpointed(Problem):
    """The position is not covered by a signed checkpoint, so nothing can be proved of it yet."""

    status, code, title = 409, "not-checkpointed", "Not in a checkpoint yet"
    detail = "记录簿的这个位置还没有进入检查点。检查点每十分钟生成一次,请稍后再试。"
