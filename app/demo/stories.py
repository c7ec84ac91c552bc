"""The stories of the demonstration: what each person's records tell, in one sentence.

Whoever looks at a standing in the demonstration finds its reason here. ``weight`` is the share of
people who get an ordinary story; the others are given out once per round (``special``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Story:
    """One story: a key for programs, a title and a sentence for people."""

    key: str
    title: str
    says: str
    weight: int = 0

    @property
    def special(self) -> bool:
        """Given out once per round instead of by chance."""
        return self.weight == 0


#: First secretaries, team leaders and team members 第一书记、驻村工作队.
STATIONED = (
    Story("steady", "按部就班", "上季度达标,本季度按进度在村。", 60),
    Story("ahead", "进度领先", "基本天天在村,本季度早早达到或接近 50 天。", 16),
    Story("slow", "偏慢有风险", "本季度在村偏少,余下的日子只能再缺很少几天。", 8),
    Story("behind", "落后", "上季度未达标;本季度剩下的天数已不够补足。", 6),
    Story("edge_met", "刚好 50 天", "上季度正好在村 50 天,一天不多一天不少。"),
    Story("edge_missed", "差一天", "上季度在村 49 天、签到 54 次:天数未达标,次数达标。"),
    Story(
        "moved", "季度中调村", "中途从邻村调来,两村的天数合并计算;调走后又在原村签到一次,不计入。"
    ),
    Story("two_weeks_gone", "两周不在村", "因父亲住院请假两周,返村后在备注中说明。"),
    Story("holiday_gap", "节假日空档", "法定长假回家,假期内没有签到,节后在备注中说明。"),
    Story("weak_gps", "定位很弱", "村在山谷里,定位误差 300–3000 米,有时取不到定位;照常计入。"),
    Story("wrong_village", "选错一次村", "有一天误选了邻村,那一天不计入。"),
    Story(
        "outside_once", "一次在村外", "有一天在县城点了签到,定位在村范围之外,照常计入并注明原因。"
    ),
    Story(
        "weeks_late",
        "迟到数周才上传",
        "手机三周没有信号,记录补传,仍计入签到当日;时间只凭手机,满两周后记为未证实。",
    ),
    Story("newcomer", "季度中到任", "上季度中途到任,应驻天数按任职天数折算。"),
    Story("last_day", "今天是任期最后一天", "任期到今天为止,还差最后一天。"),
    Story("no_end", "剩余天数不够", "任期再有两天就结束,缺的天数已补不上。"),
    Story("double_taps", "连点两次", "常在几分钟内连点两次,第二次保留但不加次数。"),
    Story("fast_clock", "手机时间快", "手机时钟快三小时,按与服务器的时差更正,照常计入。"),
    Story("zero_accuracy", "误差为零", "手机总报告误差 0 米,不合常理,照常计入并注明。"),
    Story("took_back", "撤回一次", "误点一次签到,已说明理由撤回,记录保留但不计入。"),
    Story("two_posts", "身兼两岗", "驻村的同时结对帮扶两户,两个岗位的要求分别计算。"),
)

#: Helper cadres 帮扶干部.
HELPERS = (
    Story("steady", "每月按时", "每月入户并按时上传日志,户资料齐全。", 70),
    Story("forgot", "漏写一个月", "上个月入了户,但没有写日志。", 8),
    Story("late_diary", "日志迟交", "日志总在次月一、二日才交,当月算迟交。", 6),
    Story("eve", "月末离线提交", "月末晚上写好,没有信号,两天半后才传到,按书写时间算按时。"),
    Story("corrected", "更正过日志", "交过的日志又更正一次,新版代替旧版,只算一篇。"),
    Story("many_then_none", "一月两篇,次月没有", "一个月写了两篇,次月没写,多写的不抵下月。"),
    Story("newcomer", "月末到岗", "上月下旬才到岗,任职不足半月,上月日志不考核。"),
    Story("no_household", "暂无帮扶户", "已到岗,还没有结对的户,户资料不考核。"),
    Story("no_plan", "缺一份计划", "有一户还没有帮扶计划。"),
    Story("no_portrait", "缺一张头像", "有一户不同意拍照,没有头像。"),
    Story("no_position", "缺一个定位", "有一户住在沟里,一直没有取到合格的定位。"),
    Story("took_over", "接手的户", "有一户上季度由别人帮扶,本季度接手。"),
    Story("unwritten", "本月待写", "以往每月按时,本月已入户,日志还没有写。"),
)


EVERY = 4


def cast(stories: Sequence[Story], number: int, dice: Random) -> Story:
    """The story of the ``number``-th person: each special one once in every round.

    A round is four people per special story, so that a quarter of the people carry one.
    """
    special = [story for story in stories if story.special]
    turn, rest = divmod(number % (EVERY * len(special)), EVERY)
    if rest == EVERY - 1:
        return special[turn]
    ordinary = [story for story in stories if not story.special]
    return dice.choices(ordinary, [story.weight for story in ordinary])[0]


def told() -> list[str]:
    """Every story with its sentence, for the command line and the docs."""
    return [
        f"{group} {story.title}:{story.says}"
        for group, stories in (("驻村干部", STATIONED), ("帮扶干部", HELPERS))
        for story in stories
    ]
