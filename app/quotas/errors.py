"""What can be wrong with a question about quotas, and with an adoption."""

from app.core.errors import Problem


class NoSuchPeriod(Problem):
    """The key names no period, or one outside the years this house counts."""

    status, code, title = 422, "no-such-period", "There is no such period"
    detail = (
        "考核周期(period)写法有误。请写成:2026-W47(周)、2026-11(月)、2026-B6(双月)、2026-Q4(季度)、"
        "2026-H2(半年)、2026(年)或 standing(常设任务),年份在 2004 至 2100 之间。"
    )


class NoSuchPack(Problem):
    """The pack is not one of those that come with this program."""

    status, code, title = 404, "no-such-pack", "There is no such policy pack"
    detail = "没有这个政策包。用 zhucun policy list 查看可用的政策包编号。"


class NoSuchUnit(Problem):
    """A pack can only be adopted where somebody is: the unit is unknown or has ended."""

    status, code, title = 404, "no-such-unit", "There is no such unit"
    detail = "没有这个单位,或该单位已撤销。请核对区划代码;新单位请先用 zhucun org import 导入。"


class AdoptionInvalid(Problem):
    """An adoption without a basis, with dates that cross, or with a setting that does not exist."""

    status, code, title = 422, "adoption-invalid", "This adoption cannot be recorded"
    detail = "政策包启用信息有误,请按所列原因改正。"


class PackNotShipped(Problem):
    """A period cannot be closed: a pack is in force whose rules this program does not hold."""

    status, code, title = 409, "pack-not-shipped", "An adopted policy pack is missing"
    detail = "已启用的政策包不在本程序中,不能封存。请安装含有该版本的程序后再封存。"


class AdoptionStands(Problem):
    """An adoption is never rewritten: only its last day can be set."""

    status, code, title = 409, "adoption-stands", "An adoption is not rewritten"
    detail = (
        "启用记录不能改写,只能填写终止日(to)。内容有变,请用新的编号另作一次启用,以最后一次为准。"
    )


class PeriodNotOver(Problem):
    """A period is closed after its last day and the last due day of its rules."""

    status, code, title = 409, "period-not-over", "The period is not over"
    detail = "该考核周期尚未结束,或还有任务未到期限,不能封存。"


class NothingToClose(Problem):
    """No rule binds anybody there in that period."""

    status, code, title = 422, "nothing-to-close", "Nothing stands there to close"
    detail = "该单位在这个考核周期没有适用的规则,无可封存。请核对单位和周期,或先启用政策包。"


class NotClosed(Problem):
    """Nothing was closed for this subject in this period."""

    status, code, title = 404, "not-closed", "This period is not closed"
    detail = "该考核周期没有封存记录。"
