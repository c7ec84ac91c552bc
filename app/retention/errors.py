"""What can be wrong with an order to erase."""

from app.core.errors import Problem


class OrderInvalid(Problem):
    """An order without a reason or an authority, or one that itself names who is to be forgotten."""

    status, code, title = 422, "erase-order-invalid", "This order to erase cannot be recorded"
    detail = "删除指令须写明理由和下令的机关或负责人,并且不能写入被删除人的姓名:指令会永久保留。"


class NoSuchMember(Problem):
    """The command names a household member that does not exist."""

    status, code, title = 404, "no-such-member", "No such household member"
    detail = "没有这个家庭成员编号。编号见农户页面或 GET /households/{id}。"
