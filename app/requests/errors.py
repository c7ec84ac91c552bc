"""What requests can be refused for."""

from app.core.errors import Problem


class LeaveDiffers(Problem):
    """The author's own id with another body: kept, for a person to look at."""

    status, code, title = 409, "leave-differs", "This id already stands for another request"
    detail = (
        "这个编号已有一份内容不同的请假申请。两份都已保存,请在“冲突”中核对;"
        "已提交的申请不能更改,要更正请撤回后用新编号重新申请。"
    )


class MakeUpDiffers(Problem):
    """The author's own id with another body: kept, for a person to look at."""

    status, code, title = 409, "make-up-differs", "This id already stands for another make-up"
    detail = (
        "这个编号已有一份内容不同的补签申请。两份都已保存,请在“冲突”中核对;"
        "已提交的申请不能更改,要更正请撤回后用新编号重新申请。"
    )


class RequestMoveIllegal(Problem):
    """The state does not allow this step; the sentence names the state and what is possible."""

    status, code, title = 409, "request-move-illegal", "Not possible in the state it is in"
    detail = "申请目前的状态不能这样办理。请刷新后按列出的可办理事项操作。"
