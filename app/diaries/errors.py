"""What diaries can be refused for."""

from app.core.errors import Problem


class DiaryDiffers(Problem):
    """The author's own id with another body: kept, for a person to look at."""

    status, code, title = 409, "diary-differs", "This id already stands for another diary"
    detail = (
        "这个编号已有一篇内容不同的日志。两份都已保存,请在“冲突”中核对;"
        "已提交的日志不能更改,要更正请用新编号写新版本,并在 replaces 填写原日志编号。"
    )


class DiaryReplaced(Problem):
    """Another version came first: what was sent is kept, and the newest version named."""

    status, code, title = 409, "diary-already-replaced", "A newer version has replaced it already"
    detail = (
        "您要更正的日志已有更新的版本。您这次写的内容已保存在“冲突”中,没有丢失;"
        "请打开最新版本核对,仍需更正时以最新版本的编号填写 replaces 后重新提交。"
    )
