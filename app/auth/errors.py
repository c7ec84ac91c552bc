"""What signing in can be refused with."""

import math
from typing import ClassVar

from app.core.errors import Problem


class WrongCredentials(Problem):
    """One answer for an unknown name, a wrong password and a disabled account."""

    status, code, title = 401, "wrong-credentials", "Wrong username or password"
    detail = "用户名或密码不正确,或账号已停用。请核对后重试;忘记密码请联系管理员重置。"
    headers: ClassVar = {"WWW-Authenticate": "Bearer"}


class TooManyAttempts(Problem):
    """The throttle is shut; ``Retry-After`` says for how many seconds."""

    status, code, title = 429, "too-many-attempts", "Too many failed attempts"

    def __init__(self, seconds: int = 60) -> None:
        span = f"{seconds} 秒" if seconds < 120 else f"{math.ceil(seconds / 60)} 分钟"
        super().__init__(
            f"密码错误次数过多,请在 {span}后再试。账号没有被锁死,到时用正确的密码即可登录;"
            "忘记密码请联系管理员重置。"
        )
        # the one problem whose header depends on the case
        self.headers = {"Retry-After": str(seconds)}  # type: ignore[misc]


class CrossSite(Problem):
    """The cookie came along with a request that our own page did not make."""

    status, code, title = 403, "cross-site", "Not sent by our own page"
    detail = "该请求不是由本应用的页面发出的,已拒绝。请从应用内操作;程序请带上请求头 X-Requested-With: zhucun。"


class WrongPassword(Problem):
    """The current password given for a change is not right; the sign-in goes on."""

    status, code, title = 403, "wrong-password", "The current password is wrong"
    detail = "当前密码不正确,密码没有修改。请重新输入当前密码。"


class WeakPassword(Problem):
    """The new password is too short or made of words that guessers try first."""

    status, code, title = 422, "weak-password", "Choose a stronger password"
    detail = "新密码不符合要求,密码没有修改。"


class UsernameTaken(Problem):
    """Another person signs in by this name."""

    status, code, title = 409, "username-taken", "This username is taken"
    detail = "该用户名已被使用,请换一个。"


class BadUsername(Problem):
    """A username nobody could type reliably."""

    status, code, title = 422, "bad-username", "This username cannot be used"
    detail = "用户名须为 2 至 64 个字符,只能包含文字、数字和 . _ - @,不能有空格。"


class BadName(Problem):
    """A person's name that is empty, too long or not text."""

    status, code, title = 422, "bad-name", "This name cannot be used"
    detail = "姓名须为 1 至 64 个字符,不能为空,不能含换行等控制字符。"


class NoSuchUser(Problem):
    """The command names a user that does not exist."""

    status, code, title = 404, "no-such-user", "No such user"
    detail = "没有这个用户名。用 zhucun user list 查看已有的用户。"
