"""What households and what hangs on them can be refused for."""

from app.core.errors import Problem


class ConsentMissing(Problem):
    """A portrait is sensitive personal data: without the note of consent it is not taken."""

    status, code, title = 422, "consent-missing", "A portrait needs the note of consent"
    detail = (
        "户主头像须附同意记录(consent):谁同意(by)、哪天同意(on)、怎样同意"
        "(how:signed 签字、spoken 口头、photo 手持同意书拍照、guardian 监护人代为同意)。"
        "请补上后重新提交,照片不必重拍。"
    )


class PortraitDiffers(Problem):
    """The author's own id with another body: kept, for a person to look at."""

    status, code = 409, "household-portrait-differs"
    title = "This id already stands for another portrait"
    detail = "这个编号已有一张内容不同的头像。两份都已保存,请在“冲突”中核对;新头像请用新编号。"


class PositionDiffers(Problem):
    """The author's own id with another body: kept, for a person to look at."""

    status, code = 409, "household-position-differs"
    title = "This id already stands for another position"
    detail = "这个编号已有一个内容不同的定位。两份都已保存,请在“冲突”中核对;新定位请用新编号。"


class AlreadyPaired(Problem):
    """The same person and household are paired in an overlapping time."""

    status, code, title = 409, "already-paired", "This pairing overlaps another of the same two"
    detail = "此人与这户在这段时间已有结对关系。请修改原有结对的起止日期,不要重复登记。"


class NumberUnreadable(Problem):
    """The key with which a number was sealed is not at hand."""

    status, code, title = 503, "number-unreadable", "The key of this number is missing"
    detail = "证件或电话号码无法解密:服务器缺少当时的密钥。请联系系统管理员恢复 ZHUCUN_FIELD_KEY。"
