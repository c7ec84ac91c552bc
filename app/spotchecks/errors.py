"""What can be refused about spot checks."""

from app.core.errors import Problem


class SpotCheckAnnounced(Problem):
    """One announcement per unit and month, one by each person for the same days."""

    status, code, title = 409, "spot-check-announced", "This unit and month are announced already"
    detail = "这个单位这个月的抽查已经公布过,种子和比例不能更改,也不能重抽。请在列表中打开它。"
    SAME = "{name}这个月的抽查已由{by}于{day}公布,种子和比例不能更改,也不能重抽。请在列表中打开它。"
    OWN = (
        "您已于{day}公布{name}这个月的抽查,与本次的范围重叠。同一人对同样的日子只公布一次,"
        "以免被疑挑选;请使用那一次的结果,或由另一位复核员公布这一次。"
    )


class SpotCheckMonth(Problem):
    """Neither one of the last twelve months, nor this one or the next."""

    status, code, title = 422, "spot-check-month", "No spot check of this month"
    detail = "只能抽查最近十二个月;也可以提前公布本月或下月的抽查,到月份结束后再抽取。"


class SpotCheckTooEarly(Problem):
    """The month is not over: its list would still grow."""

    status, code, title = 409, "spot-check-too-early", "The month is not over"
    detail = "这个月还没有结束,驻村日还会增加,现在不能抽取。请在下月 1 日以后再抽取。"


class SpotCheckRecorded(Problem):
    """What was found stands already, and says otherwise."""

    status, code, title = 409, "spot-check-recorded", "What was found is recorded already"
    detail = "这一条的核实结果已经登记,不能更改。如登记有误,请书面说明,并请审计人员核对记录簿。"


class OwnSpotCheck(Problem):
    """Nobody records what was found about themselves."""

    status, code, title = 403, "own-spot-check", "This is about yourself"
    detail = "这一条抽到的是您本人,须由另一位复核员核实。"
