"""What organisations can be refused for."""

from app.core.errors import Problem


class SeatUnfit(Problem):
    """A kind of organisation that no unit of this level has."""

    status, code, title = 422, "seat-unfit", "No unit of this level has this kind of organisation"
    detail = "这一类组织不设在这一级。请核对类别(kind)和所在地代码(unit)。"


class AlreadyServes(Problem):
    """The same organisation and village in an overlapping time."""

    status, code, title = 409, "already-serves", "This overlaps another entry of the same two"
    detail = "该组织在这段时间已登记服务这个村。请修改原有登记的起止日期,不要重复登记。"


class AlreadyActs(Problem):
    """The same organisation and person in an overlapping time."""

    status, code, title = 409, "already-acts", "This overlaps another entry of the same two"
    detail = "此人在这段时间已登记为该组织的经办人。请修改原有登记的起止日期,不要重复登记。"


class OrganisationEnded(Problem):
    """Nobody serves or acts beyond an organisation's last day."""

    status, code, title = 422, "organisation-ended", "The organisation has ended by then"
    detail = "该组织在这段时间已撤销。请把截止日(to)填到撤销之日为止,或先更正组织的截止日。"
