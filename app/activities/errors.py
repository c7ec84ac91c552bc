"""What activities can be refused for."""

from app.core.errors import Problem


class ActivityDiffers(Problem):
    """The author's own id with another body: kept, for a person to look at."""

    status, code, title = 409, "activity-differs", "This id already stands for another activity"
    detail = (
        "这个编号已有一次内容不同的活动。两份都已保存,请在“冲突”中核对;"
        "已登记的活动不能更改,要更正请写明理由撤回原活动,再用新编号登记。"
    )
