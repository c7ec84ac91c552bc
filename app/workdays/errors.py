"""What days of the calendar can be refused for."""

from app.core.errors import Problem


class SaysNothing(Problem):
    """A local day that is what it was without the entry."""

    status, code, title = 422, "says-nothing", "That day is so already"
    detail = "这一天按全国日历本来就是这样,不用另行登记。请核对日期和 off(true 休息、false 上班)。"


class AlreadyEntered(Problem):
    """Another entry stands for this unit and day."""

    status, code, title = 409, "day-entered", "This unit has an entry for this day"
    detail = "该单位的这一天已有登记。请更改原有的登记,不要重复登记。"
