"""Diaries of the fleets: what people of one county write, alike in words and not in matter."""

import re
from random import Random

from scripts.fleets.numbers import Numbers, even, whole

_WHEN = "早上,上午,中午,下午,傍晚,雨停后,赶集回来,开完晨会,吃过早饭,趁天气好,放学时间,临近收工,前天约好,应群众要求,天刚亮"
WHEN = _WHEN.split(",")
_WITH = "和村支书,和妇女主任,与驻村队员,同乡里农技员,跟组长,独自,与卫生院医生,和村会计,同供销社的人,带着新来的队员,与镇干部,约上村医"
WITH = _WITH.split(",")
_ROAD = "步行到,骑车去,沿河走到,翻过山坳到,冒雨赶到,顺路到,专程去,再次到,绕道去,乘车到"
ROAD = _ROAD.split(",")
_PLACE = "{n}组,老屋场,水库边,学校旁,新修的桥头,大樟树下,养猪场,油茶基地,莲田,村小,扶贫车间,合作社仓库,卫生室,祠堂,安置点,变压器旁,{who}家,{who}家地里,{who}家门口,{who}的小卖部"
PLACE = _PLACE.split(",")
SAW = (
    "{who}正在晒谷,今年收了{n}担", "{who}家的屋顶漏雨已有{n}天", "{who}的儿媳刚生了孩子",
    "猪栏里有{n}头小猪,毛色不好", "水管接头坏了,{n}户用不上水", "{who}腿脚不便,药快吃完了",
    "稻田倒伏约{n}亩", "路边塌方堆了{n}方土", "{who}的孙子准备去县城读高中", "油茶花开得早,蜂箱放了{n}个",
    "{who}对医保报销有疑问", "{who}说低保金没有到账", "鱼塘缺水,死了{n}条鱼", "电线挂得太低,{who}担心小孩",
    "{who}外出打工{n}个月刚回来", "{who}想把土坯房改成厨房", "莲蓬已采{n}筐,价格比去年低",
    "{who}家新装了光伏板", "两户为田埂吵了{n}天", "{who}的残疾证过期了", "井水发黄,{n}人反映",
    "养鸡户剩下{n}只没有卖掉", "{who}在学做豆腐准备开店", "公路护栏断了{n}米", "{who}家欠着{n}百元化肥钱",
    "老人{who}独自在家,灶台没有火", "合作社少付{who}{n}天工钱", "{who}的牛跑到邻村去了",
)  # fmt: skip
DID = (
    "当场打电话给水管站,答应{n}天内来修", "记下尺寸回去申请材料", "把报销单重新填了一遍", "借来梯子先盖了油布",
    "请{who}担任调解人,双方各让一步", "联系收购商,谈到每斤{n}元", "领他去乡里办了手续", "约定{n}号再来看",
    "把情况写进了村务会的议题", "帮着搬了{n}趟", "教他用手机查了余额", "向县医院问了床位", "劝他不要借高息的钱",
    "拍照发给了供电所", "和{who}一起清了水沟", "登记了{n}个想参加培训的人", "送去两包感冒药", "替她给儿子打了电话",
    "核对了台账,差{n}元,已更正", "答应下次带菜籽来", "量了宽度,够过小车", "请兽医明天上门",
    "把旧被子送去洗", "跟厂里说好先试工{n}天", "留下自己的号码", "给孩子补了一个小时算术",
)  # fmt: skip
THOUGHT = (
    "他很高兴。", "她还是不太放心。", "路上想,这件事不能再拖。", "回来已经天黑。", "留我吃饭,我没有留。",
    "这家的情况比上月好。", "需要再问一问政策。", "", "", "", "邻居也来帮忙。", "下次要早点来。", "手机没有信号。",
    "山上的雾很大。", "这一带我还不熟。", "鞋子全湿了。", "跟他聊到了从前修路的事。",
)  # fmt: skip
SLOGANS = (
    "根据县委县政府统一部署,扎实开展防止返贫动态监测集中排查工作。",
    "为巩固拓展脱贫攻坚成果同乡村振兴有效衔接,今日开展走访。",
    "认真落实“四个不摘”要求,坚持吃住在村、工作到户。",
    "按照乡党委安排,入户宣传防溺水和森林防火知识。",
)
FORM = (
    "一、走访对象:{who}等{n}户。", "二、走访时间:今日,历时约{n}小时。", "三、住房、饮水、医疗、教育保障情况:均有保障。",
    "四、存在问题:{matter}。", "五、处理意见:{done}。", "六、下一步打算:继续跟踪,落实到人。",
)  # fmt: skip
SURNAMES = "刘李贺陈朱彭颜王周金郭谢胡尹甘严邓吴罗江曾杨黄张段汤龙洪易宁"
_GIVEN = "建国,志强,水生,新华,金根,春生,文斌,海波,永福,发明,绍华,冬林,桂生,秀英,桂花,春兰,玉梅,冬梅,金莲,细妹,水莲,菊香,招娣,满秀"
GIVEN = _GIVEN.split(",")
#: a name, or a number: what somebody changes first in a text that is not theirs
NAMES_AND_NUMBERS = re.compile(f"[{SURNAMES}](?:{'|'.join(GIVEN)})|[0-9]+")
OTHER = ("后来", "又去", "于是", "一起", "随后", "再次", "当时", "仔细")


def name(dice: Random) -> str:
    """Whom a diary tells of."""
    return dice.choice(SURNAMES) + dice.choice(GIVEN)


def sentence(dice: Random, who: list[str]) -> str:
    """What was seen somewhere, and what was done about it."""

    def filled(pattern: str) -> str:
        return pattern.replace("{who}", dice.choice(who)).replace("{n}", str(dice.randint(2, 40)))

    head = dice.choice(WHEN) + (dice.choice(WITH) if dice.random() < 0.5 else "")
    there = dice.choice(ROAD) + filled(dice.choice(PLACE))
    seen = filled(dice.choice(SAW))
    done = filled(dice.choice(DID)) if dice.random() < 0.8 else ""
    return f"{head}{there},{seen}{',' + done if done else ''}。{dice.choice(THOUGHT)}"


def diary(dice: Random, diaries: Numbers, who: list[str]) -> str:
    """The text of one evening."""
    if dice.random() < diaries["short"]:
        return sentence(dice, who)
    if dice.random() < diaries["form"]:
        told = {"{who}": dice.choice(who), "{n}": str(dice.randint(2, 9))}
        told |= {"{matter}": dice.choice(SAW), "{done}": dice.choice(DID)}
        text = "".join(FORM)
        for place, words in told.items():
            text = text.replace(place, words)
        text = text.replace("{who}", dice.choice(who)).replace("{n}", str(dice.randint(2, 40)))
        return text + "".join(sentence(dice, who) for _ in range(dice.randint(1, 3)))
    many = whole(dice, diaries["sentences"])
    slogan = dice.choice(SLOGANS) if dice.random() < diaries["slogan"] else ""
    return slogan + "".join(sentence(dice, who) for _ in range(many))


def told_together(dice: Random, diaries: Numbers, text: str, who: list[str]) -> str:
    """The diary of somebody who was there, too, and wrote it down with the other."""
    keep = diaries["same_then_own"]["keep"]
    parts = [part + "。" for part in text.split("。") if part]
    return "".join(part if dice.random() < keep else sentence(dice, who) for part in parts)


def copied(dice: Random, cheat: Numbers, text: str, who: list[str]) -> str:
    """A text handed round: other names and numbers, then other words, now and then a sentence more."""
    budget = max(1, round(len(text) * even(dice, cheat["edits"])))
    spans = [found.span() for found in NAMES_AND_NUMBERS.finditer(text)]
    dice.shuffle(spans)
    spans += [(at, at + 2) for at in dice.sample(range(len(text) - 2), min(40, len(text) - 2))]
    told = list(text)
    for begin, end in spans:
        if budget <= 0:
            break
        old = text[begin:end]
        new = str(dice.randint(2, 40)) if old.isdigit() else dice.choice(who)
        # one entry holds the new words, the rest of the place is emptied
        told[begin:end] = [new if end - begin != 2 or old.isdigit() else dice.choice(OTHER)] + [
            ""
        ] * (end - begin - 1)
        budget -= end - begin
    more = sentence(dice, who) if dice.random() < cheat["extra_sentence"] else ""
    return "".join(told) + more
