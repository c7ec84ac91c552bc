"""What postings can be refused for."""

from app.core.errors import Problem


class OwnPosting(Problem):
    """Nobody changes what they may do themselves."""

    status, code, title = 403, "own-posting", "Nobody changes their own posting"
    detail = "不能设置或更改自己的任职。请由另一位管理员办理。"


class PostAboveOwn(Problem):
    """The unit is the caller's, the kind of post is not theirs to give."""

    status, code, title = 403, "post-above-own", "This post is not yours to give"
    detail = (
        "您不能设置这一类岗位。乡镇管理员可设置本乡镇的驻村、帮扶岗位;"
        "管理员、复核员、审计员和县级岗位请由县级管理员办理。"
    )
