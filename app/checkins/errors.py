"""What a check-in can be refused for."""

from app.core.errors import Problem


class CheckInDiffers(Problem):
    """The author's own id with another body: kept, for a person to look at."""

    status, code, title = 409, "check-in-differs", "This id already stands for another check-in"
    detail = (
        "这个编号已有一条内容不同的签到。两份都已保存,请在“冲突”中核对;新的签到请使用新的编号。"
    )


class NoSuchVillage(Problem):
    """The village code is not in the register."""

    status, code, title = 422, "no-such-village", "Unknown village"
    detail = (
        "没有这个村(village),可能已撤并或换了代码。请联网刷新后从村名单中重新选择;"
        "名单里没有的新村,请管理员导入最新区划。"
    )


class NoSuchHousehold(Problem):
    """The household id is not in the register."""

    status, code, title = 422, "no-such-household", "Unknown household"
    detail = "没有这户(household)。请刷新农户名单后重新选择。"


class PeriodClosed(Problem):
    """The check-in's day lies in a period that was closed for its author."""

    status, code, title = 409, "period-closed", "The period of this check-in is closed"
    detail = (
        "这条签到所在的考核周期已经封存,不能再撤回。如确属误记,请向乡镇管理员说明,由其核实处理。"
    )
