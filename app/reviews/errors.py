"""What can be refused about flags."""

from app.core.errors import Problem


class FlagMoveIllegal(Problem):
    """The flag stands where this is not done; ``detail`` names the state and what is possible."""

    status, code, title = 409, "flag-move-illegal", "The flag cannot go there from its state"
    detail = "这条疑点现在的状态不能这样办理。请刷新后按页面上的提示办理。"


class FlagDecided(Problem):
    """Somebody else decided first, or said something that this reviewer had not seen."""

    status, code, title = 409, "flag-decided", "The flag was decided in the meantime"
    detail = "在您办理之前,别人已对这条疑点作出意见。请刷新后查看;您的意见没有记入。"


class AnswerStillOpen(Problem):
    """The last voice against the author waits for the author's, or for the end of 14 days."""

    status, code, title = 409, "answer-still-open", "The author can still answer"
    detail = (
        "作者还没有说明情况,说明期限也未过,现在不能定为不计入。请等作者说明,或等期限过后再办理。"
    )


class SameReviewer(Problem):
    """Who has given a voice in the review gives neither the second nor that on the appeal."""

    status, code, title = 409, "same-reviewer", "Another person has to decide this"
    detail = "您已对这条疑点表示过意见。不计入须由第二个人复核,申诉须由没有参与过的人决定。"


class TooLate(Problem):
    """The 14 days to answer or to appeal are over."""

    status, code, title = 409, "flag-too-late", "The time to answer or appeal is over"
    detail = "期限已过(提出疑点后 14 天内可以说明,不计入后 14 天内可以申诉)。如有特殊情况,请直接向复核员说明。"


class OwnRecord(Problem):
    """Nobody decides on their own record."""

    status, code, title = 403, "own-record", "This is your own record"
    detail = "这是您本人的记录,不能由您自己决定。您可以说明情况,由其他复核员决定。"


class OwnLine(Problem):
    """Who leads the author, or led them on that day, does not decide."""

    status, code, title = 403, "own-line", "You lead the author of this record"
    detail = "您现在或当时是作者的上级,应当回避。请由不在这条管理线上的复核员决定。"
