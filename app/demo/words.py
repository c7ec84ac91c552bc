"""Names, numbers and sentences of invented people. Nobody here exists.

ID numbers begin with 999999, which no place has, and end in a wrong check character; telephone
numbers begin with 111, which no operator has.
"""

from datetime import date
from random import Random

SURNAMES = "刘李贺陈朱彭颜王周金郭谢胡尹甘严邓吴罗江曾杨黄张段汤龙洪易宁"
_MEN = (
    "建国 志强 国平 水生 新华 金根 春生 文斌 海波 晓东 小军 明辉 永福 发明 光荣 绍华 冬林 桂生 "
    "伟 勇 俊杰 子豪 浩然 宇轩 家乐 振兴 学文 忠诚 庆丰 长根"
)
_WOMEN = (
    "秀英 桂花 春兰 玉梅 小红 冬梅 丽萍 海燕 金莲 细妹 美华 晓芳 水莲 菊香 雪琴 敏 婷 雨欣 思琪 "
    "欣怡 佳慧 莲香 爱华 招娣 满秀 云霞 翠娥 静 艳 梦瑶"
)
GIVEN_MEN, GIVEN_WOMEN = _MEN.split(), _WOMEN.split()
GROUPS = "一二三四五六七八"

PLANS = (
    "申请产业奖补,扩种油茶 {n} 亩", "联系合作社,代养肉牛 {n} 头", "介绍到县工业园务工 {n} 人",
    "落实雨露计划补助", "办理慢性病门诊卡", "改造厨房和厕所", "安排公益性岗位 {n} 个",
    "种植莲子 {n} 亩并签订收购协议", "协助办理残疾证年审", "申请小额信贷,购置烤烟设备",
    "督促子女按时返校", "入股光伏电站分红", "养蜂 {n} 箱,联系电商销售", "落实医保参保 {n} 人",
)  # fmt: skip
VISIT_FIRST = (
    "今天入户走访{who},", "上午到{who}家,", "晚饭后到{who}家坐了坐,", "冒雨走访了{who},",
    "和村干部一起看望{who},", "利用休息日到{who}家,", "下组走访{who},", "再次到{who}家回访,",
)  # fmt: skip
VISIT_FOUND = (
    "家里今年种了{n}亩莲子,长势不错", "户主腰疼,{n}天没有下地", "儿子在广东务工,每月寄回生活费",
    "养的{n}头猪快出栏,担心销路", "老房子后墙有一道约{n}米的裂缝", "孙女上初中,住校费用已有补助",
    "油茶挂果比去年多,估计能收{n}斤油", "自来水时断时续,已有{n}天", "医药费还有{n}00元没有报销",
    "想再养{n}只土鸡,缺鸡苗", "妻子在扶贫车间做工,一天{n}0元", "低保已按时到账",
    "公益岗位工资发到本月", "厨房改造还差灶台", "稻谷已收割,约{n}00斤",
)  # fmt: skip
VISIT_DONE = (
    "已联系乡卫生院下周上门。", "帮助登录平台核对了收入。", "答应{n}日内把鸡苗送到。",
    "与村委会商定先修水管。", "带去政策明白卡并逐条讲解。", "已报乡里安排危房鉴定。",
    "一起算了今年的收入账。", "约好月底再来看进展。", "帮忙联系了收购商,明天来看货。",
    "填好了报销材料,由我代交。", "动员参加下月的技术培训。", "签到并拍了照片。",
)  # fmt: skip


def surname(dice: Random) -> str:
    """A family name as one meets it in the county."""
    return dice.choice(SURNAMES)


def person(dice: Random, *, woman: bool | None = None, family: str = "") -> str:
    """A full name."""
    woman = dice.random() < 0.4 if woman is None else woman
    return (family or surname(dice)) + dice.choice(GIVEN_WOMEN if woman else GIVEN_MEN)


def id_number(dice: Random, born: date) -> str:
    """An ID number that cannot be anybody's: no such region, and a wrong check character."""
    body = f"999999{born:%Y%m%d}{dice.randrange(1000):03d}"
    return body + wrong_check(body)


def wrong_check(body: str) -> str:
    """Any character but the one that GB 11643 asks for after these 17 digits."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    right = "10X98765432"[total % 11]
    return "7" if right != "7" else "3"


def phone(dice: Random) -> str:
    """A telephone number that rings nowhere."""
    return f"111{dice.randrange(10**8):08d}"


def visit(dice: Random, who: list[str]) -> str:
    """A diary: whom the helper met, what they found, what comes of it."""
    parts = []
    for name in who:
        n = dice.randrange(2, 30)
        parts.append(
            dice.choice(VISIT_FIRST).format(who=name)
            + dice.choice(VISIT_FOUND).format(n=n)
            + ";"
            + dice.choice(VISIT_DONE).format(n=dice.randrange(2, 9))
        )
    return "".join(parts)


def plan(dice: Random) -> str:
    """One item of a help plan."""
    return dice.choice(PLANS).format(n=dice.randrange(1, 6))
