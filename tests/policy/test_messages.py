"""Every sentence that an author of packs, cases or calendars may meet is Chinese, to the letter."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.policy.check import check
from app.policy.loader import PACKS, read_pack
from app.policy.reading import Fault, read_text
from tests.policy.test_cases import HEAD
from tests.policy.test_loader import GOOD, asking

HAN = re.compile(r"[\u4e00-\u9fff]")
RAISED = {
    "fault",
    "Fault",
    "bad",
    "BadCalendar",
    "BadSetting",
    "BadPeriod",
    "UnknownRule",
    "PeriodMismatch",
}
ASKED = {
    "fields",
    "items",
    "text",
    "scalar",
    "whole",
    "flag",
    "day",
    "moment",
    "choice",
    "span",
    "dates",
}

# what is longer than the sentence (a closed list of words) is left out
PACKS_SAY = [
    ("title: 试点方案", "title: ", "p.yaml:3: `title` 是空的或者不是文字，这里要有一行文字，请写上一行文字"),
    ("source: {file: x.txt, issued: 2018, level: county}", "source: x", "p.yaml:4: `source` 没有写成“名称: 值”的样子，这里的每一项都要有名称，请逐行写 `名称: 值`"),
    ("rules:\n", "rules: {}\nx:\n", "p.yaml:7: 政策包里有不认识的项 `x`，照此读取会被悄悄漏掉，请从这些里选："),
    ("    due: {on: 2018-06-20, clause: 二(五)4}", "    due: {on: 2018-06-20, after_end: 3, clause: 二(五)4}", "p.yaml:21: 规则 R05 的期限用了 2 种写法，期限只能是一个日子，请只写一种：`on`、`after_end`、`after_start`、`day_of_last_month`、`month` 加 `day`、`after_event`"),
    ("{on: 2018-06-20, clause", "{clause", "p.yaml:21: 规则 R05 的期限没有写是哪一天，期限只能是一个日子，请只写一种：`on`、`after_end`、`after_start`、`day_of_last_month`、`month` 加 `day`、`after_event`"),
    ("{on: 2018-06-20, clause", "{after_end: -1, clause", "p.yaml:21: 规则 R05 的期限写的是 `after_end: -1`，不是每个周期都有这样的日子，请写 0 以上的天数"),
    ("{on: 2018-06-20, clause", "{day_of_last_month: 29, clause", "p.yaml:21: 规则 R05 的期限写的是 `day_of_last_month: 29`，不是每个周期都有这样的日子，请写 1 到 28"),
    ("{on: 2018-06-20, clause", "{after_event: 3, clause", "p.yaml:21: 规则 R05 的期限写的是 `after_event`，`after_event` 与 `each_event` 要么都写，要么都不写，请把这两项配成一对"),
    ("{on: 2018-06-20, clause", "{month: 2, clause", "p.yaml:21: 规则 R05 的期限缺少 `day`，月和日要写在一起，请写成 `month: 2, day: 10` 的样子"),
    ("{on: 2018-06-20, clause", "{on: 2018-06-20, day: 3, clause", "p.yaml:21: 规则 R05 的期限多了 `day`，月和日要写在一起，请写成 `month: 2, day: 10` 的样子"),
    ("{on: 2018-06-20, clause", "{month: 2, day: 30, clause", "p.yaml:21: 规则 R05 的期限写的是 2 月 30 日，不是每年都有这一天，请写成 `month: 2, day: 10` 的样子"),
    ("{on: 2018-06-20, clause", "{after_end: 2, reading: tenth_of_month, clause", "p.yaml:21: 规则 R05 的期限用 `after_end` 时不能写 `reading: tenth_of_month`，这项口径管的是别的写法，`tenth_of_month` 请与 `month` 一起用"),
    ("{on: 2018-06-20, clause", "{on: 2018-06-20, roll: maybe, clause", "p.yaml:21: `roll` 不是 `true` 或 `false`，这里只问是或不是，请写 `true` 或 `false`"),
    ("    prorate: posting", "    households: 3", "p.yaml:13: 规则 R01 用指标 `stay_days` 时不能写 `households`，照此读取会被悄悄漏掉，`households` 只与 `qualified_visits` 一起用"),
    ("    prorate: posting", "    at_most: 40", "p.yaml:13: `at_most` 是 40，比 `at_least` 还小，这样谁也做不到，请在 `at_most` 写较大的数"),
    ("    prorate: posting", "    exactly: {2018-01-01: {value: 1, unit: days, clause: x}}", "p.yaml:7: 规则 R01 把 `at_least` 和 `exactly` 都写了，不知道到底要求多少，请在 `at_least: {YYYY-MM-DD: {value, unit, clause}}` 和 `exactly: …` 中写一个"),
    ("    at_least: {2018-06-20: {value: 50, unit: days, clause: 二(五)3}}\n", "", "p.yaml:7: 规则 R01 缺少 `at_least`，不知道到底要求多少，请在 `at_least: {YYYY-MM-DD: {value, unit, clause}}` 和 `exactly: …` 中写一个"),
    ("at_least: {2018-06-20: {value: 50, unit: days, clause: 二(五)3}}", "at_least: {}", "p.yaml:12: 规则 R01 的 `at_least` 里没有数值，没有标准可以比较，请补上 `YYYY-MM-DD: {value, unit, clause}`"),
    ("value: 100, unit: percent", "value: 101, unit: percent", "p.yaml:20: 规则 R05 自 2018-01-01 起的标准是 101%，这样谁也做不到，请写 100 以内的数"),
    ("value: 50, unit", "value: 50, of: 60, unit", "p.yaml:12: 规则 R01 自 2018-06-20 起的标准用指标 `stay_days` 时不能写 `of`，只有工作日的几分之几才用 `value` 和 `of` 来写，请只在 `workday_ratio` 里写 `value: 2, of: 3`"),
    ("metric: stay_days", "metric: workday_ratio", "p.yaml:12: 规则 R01 自 2018-06-20 起的标准用指标 `workday_ratio` 时缺少 `of`，只有工作日的几分之几才用 `value` 和 `of` 来写，请只在 `workday_ratio` 里写 `value: 2, of: 3`"),
    ("value: 50, unit: days", "figures: {varieties: 3}, unit: days", "p.yaml:12: 规则 R01 自 2018-06-20 起的标准不能写 `figures`，几项数量并列只用于指标 `value`，也不再另写一个 `value`，请去掉其中一个"),
    ("    prorate: posting", "    only_in: villages", "p.yaml:13: 没有参数 `villages`，管哪些村要由一个列出村的参数来定，请在政策包的 `parameters` 里加上 `villages: {says: …, villages: true, default: null}`"),
    ("covers: plan", "covers: []", "p.yaml:19: `covers` 是空的，这样什么也不要求，请从这些里选："),
    ("    prorate: posting", "    facts: [[a]]", "p.yaml:13: `facts` 是空的或者不是文字，这里要有一行文字，请写上一行文字"),
    ("value: 50", "value: [50]", "p.yaml:12: `value` 写成了列表或者几项内容，这里只能有一个值，请只写一个值"),
    ("    prorate: posting", "    info: maybe", "p.yaml:13: `info` 不是 `true` 或 `false`，这里只问是或不是，请写 `true` 或 `false`"),
    ("settings: {grace_days: 1}", "parameters: {leave: {says: x}}", "p.yaml:5: 参数 `leave` 与一项口径设置同名，两者会分不清，请换一个名称"),
    ("settings: {grace_days: 1}", "parameters: {n: {says: x, default: 0}}", "p.yaml:5: 参数 `n` 的 `default` 写的是 `0`，这样什么也不要求，请改为：不小于 1 的整数，或者 `null`"),
    ("settings: {grace_days: 1}", "parameters: {n: {says: x, villages: true, default: 3}}", "p.yaml:5: `default` 不是列表，这里可以不止一项，请逐行写 `- 某项`，或者写成 `[a, b]`"),
    ("settings: {grace_days: 1}", "settings: {max_counted_per_day: -1}", "p.yaml:5: 口径设置 `max_counted_per_day` 不能写 `-1`，这一问（M3）没有这个答案，请改为：不小于 0 的整数，或者 `null`"),
    ("settings: {grace_days: 1}", "settings: {roll_due: 3}", "p.yaml:5: 口径设置 `roll_due` 不能写 `3`，这一问（M21）没有这个答案，请改为：`true` 或者 `false`"),
    ("settings: {grace_days: 1}", "settings: {leave: [a]}", "p.yaml:5: 口径设置 `leave` 写成了列表或者几项内容，这里只能有一个值，请只写一个值"),
    ("posts: [HC]", "posts: [helper_unit]", "p.yaml:16: `posts` 写的 `helper_unit` 不在可用的词里，这里只认固定的几个词，请从这些里选："),
    ("    posts: [HC]\n", "", "p.yaml:14: 规则 R05 没有写由谁承担，这样谁也不用做，请写上岗位或单位，例如 `posts: [FS, TM]` 或 `subjects: [helper_unit]`"),
    ("    prorate: posting", "    each: x", "p.yaml:13: `each` 写的 `x` 不在可用的词里，这里只认固定的几个词，请从这些里选："),
    ("  R01:\n", "  R01: x\n  R02:\n", "p.yaml:7: 规则 R01 没有写成“名称: 值”的样子，这里的每一项都要有名称，请逐行写 `名称: 值`"),
]  # fmt: skip
CASES_SAY = [
    ("2018-Q4", "2018-Q9", "  expect: {R01: absent}", "cases.yaml:5: `period` 写的 `2018-Q9` 不能用，没有 `2018-Q9` 这个周期，请改正（算例：one case）"),
    ("2018-Q4", "Q9", "  expect: {R01: absent}", "cases.yaml:5: `period` 写的 `Q9` 不能用，周期没有 `Q9` 这种写法，可写 2026-W47（周）、2026-11（月）、2026-B6（双月）、2026-Q4（季）、2026-H2（半年）、2026（年）、standing 或 once，请改正（算例：one case）"),
    ("village: A, ", "", "  expect: {R01: absent}", "cases.yaml:4: `post` 没有写 `village`，只有在那个村的签到才算，请补上 `village: A`（算例：one case）"),
    ("to: null", "to: 2017-01-01", "  expect: {R01: absent}", "cases.yaml:4: `post` 止日早于起日，里面一天也没有，请把较早的日子写在 `from`（算例：one case）"),
    ("post: {kind: FS, village: A, from: 2018-01-01, to: null}", "subject: {kind: helper_unit}", "  expect: {R01: absent}", "cases.yaml:4: `subject` 没有写 `unit`，要知道是哪一个单位，请补上 `unit: U`（算例：one case）"),
    ("post: {kind: FS, village: A, from: 2018-01-01, to: null}", "posts: []", "  expect: {R01: absent}", "cases.yaml:4: `posts` 是空的，该做什么要看任职，请至少写一个任职（算例：one case）"),
    ("", "", "  parameters: {x: 1}\n  expect: {R01: absent}", "cases.yaml:6: `parameters` 里有不认识的项 `x`，照此读取会被悄悄漏掉，请从这些里选："),
    ("period: 2018-Q4", "period: standing", "  expect: {R04: absent}", "cases.yaml:2: 算例没有写 `at`，从别处也看不出是什么时候查询，请补上 `at: 2018-07-05T00:00:00+08:00`（算例：one case）"),
    ("", "", "  records: [{submission: {kind: quarter_summary}}]\n  expect: {R01: absent}", "cases.yaml:6: `submission` 没有写时间，是否逾期要看时间，请补上 `at: …`（算例：one case）"),
    ("", "", "  records: [{submission: {kind: quarter_summary, for: 2018-13, at: 2018-10-01T10:00}}]\n  expect: {R01: absent}", "cases.yaml:6: `for` 写的 `2018-13` 不能用，没有 `2018-13` 这个周期，请改正（算例：one case）"),
    ("", "", "  records: [{submission: {kind: quarter_summary, state: x, at: 2018-10-01T10:00}}]\n  expect: {R01: absent}", "cases.yaml:6: `state` 写的 `x` 不在可用的词里，这里只认固定的几个词，请从这些里选："),
    ("", "", "  records: [{activity: {kind: training}}]\n  expect: {R01: absent}", "cases.yaml:6: `activity` 没有写 `on`，要知道是哪一天的事，请补上 `on: 2026-01-05`（算例：one case）"),
    ("", "", "  records: [{value: {name: varieties, amount: x, on: 2018-10-01}}]\n  expect: {R01: absent}", "cases.yaml:6: `amount` 写的 `x` 不是数，数量要相加，请只写数字（算例：one case）"),
    ("", "", "  records: [{account: {person: p}}]\n  expect: {R01: absent}", "cases.yaml:6: `account` 没有写 `kind`，这个人也没有任职，规则只数某些岗位的账号，请补上 `kind: FS`（算例：one case）"),
    ("", "", "  records: [{stay: {from: 2018-10-02T10:00, to: 2018-10-01T10:00}}]\n  expect: {R01: absent}", "cases.yaml:6: `stay` 的 `to` 早于 `from`，这样没有停留的时间，请把较早的时间写在 `from`（算例：one case）"),
    ("", "", "  records: [{leave: {from: 2018-10-02, to: 2018-10-01}}]\n  expect: {R01: absent}", "cases.yaml:6: `leave` 止日早于起日，里面一天也没有，请把较早的日子写在 `from`（算例：one case）"),
    ("", "", "  records: [{household: {id: h, from: 2018-10-02, to: 2018-10-01}}]\n  expect: {R01: absent}", "cases.yaml:6: `household` 的结对止日早于起日，里面一天也没有，请把较早的日子写在 `from`（算例：one case）"),
    ("", "", "  records: [{diary: {work_date: 2018-10-01, written_at: x}}]\n  expect: {R01: absent}", "cases.yaml:6: `written_at` 写的 `x` 不是时间，没有这样的时刻可以比较，请写成 `2018-04-02T15:00:00+08:00` 的样子（算例：one case）"),
    ("", "", "  records: [x]\n  expect: {R01: absent}", "cases.yaml:6: 一条记录没有写成“名称: 值”的样子，这里的每一项都要有名称，请逐行写 `名称: 值`（算例：one case）"),
    ("", "", "  records: [{}]\n  expect: {R01: absent}", "cases.yaml:6: 一条记录里写了 0 个种类，列表的一项就是一条记录，请把每条记录单独写成 `- 种类: {…}`（算例：one case）"),
    ("", "", "  expect: {R01: x}", "cases.yaml:6: `expect` 的 R01 没有写成“名称: 值”的样子，这里的每一项都要有名称，请逐行写 `名称: 值`（算例：one case）"),
    ("", "", "  expect: {R01: {info: x}}", "cases.yaml:6: `info` 不是 `true` 或 `false`，这里只问是或不是，请写 `true` 或 `false`（算例：one case）"),
    ("", "", "  expect: {R01: {have: [1]}}", "cases.yaml:6: `have` 写成了列表或者几项内容，这里只能有一个值，请只写一个值（算例：one case）"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "says"), PACKS_SAY, ids=lambda text: str(text)[:40])
def test_what_is_wrong_with_a_pack_is_told_to_the_letter(good: str, bad: str, says: str) -> None:
    assert good in GOOD
    with pytest.raises(Fault) as caught:
        read_pack(read_text(GOOD.replace(good, bad, 1), "p.yaml"))
    assert_told(str(caught.value), says)


@pytest.mark.parametrize(("good", "bad", "more", "says"), CASES_SAY)
def test_what_is_wrong_with_a_case_is_told_to_the_letter(
    good: str, bad: str, more: str, says: str, tmp_path: Path
) -> None:
    assert good in HEAD
    file = tmp_path / "cases.yaml"
    file.write_text(f"{HEAD.replace(good, bad, 1)}{more}\n", encoding="utf-8")
    (line,) = check([file]).failed
    assert_told(line.replace(str(file), "cases.yaml"), says)


def assert_told(line: str, says: str) -> None:
    """The whole sentence, or all of it before the closed list of words."""
    assert line.startswith(says) if says.endswith("请从这些里选：") else line == says


@pytest.mark.parametrize(
    ("pack", "says"),
    [
        (asking("submissions", "counts", "[quarter_summary]").replace("per: month", "per: month\n    each_event: leader_visit"), "p.yaml:22: 规则 R09 写了 `each_event` 却没有写 `due: {after_event: …}`，每件事各有自己的期限，请补上 `due: {after_event: 7, clause: …}`"),
        (asking("activities", "reports_from", "all\n    counts: [joint_meeting]").replace("unit: reports", "unit: meetings"), "p.yaml:27: 没有参数 `reporting_units`，有多少单位要汇报，是文件的留白，请在政策包的 `parameters` 里加上 `reporting_units: {says: …, default: null}`"),
        (asking("qualified_visits", "households", "0", "posts: [FS]").replace("unit: reports", "unit: visits"), "p.yaml:27: `households` 是 0，这样什么也不要求，请写 1 以上的整数"),
        (asking("workday_ratio", "facts", "[a]", "posts: [FS]").replace("unit: reports", "of: 0, unit: days"), "p.yaml:28: 规则 R09 自 2018-06-20 起的标准是 `value: 1, of: 0`，要求的天数比总天数还多，请写成 `value: 2, of: 3` 的样子"),
    ],
    ids=["each_event", "reports_from", "households", "of"],
)  # fmt: skip
def test_what_is_wrong_with_one_kind_of_rule(pack: str, says: str) -> None:
    with pytest.raises(Fault) as caught:
        read_pack(read_text(pack, "p.yaml"))
    assert str(caught.value) == says


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [1, 2\nb: 3", "p:2: 这里不合 YAML 的写法，方括号 `[` 没有配上 `]`"),
        ("a: {b: 1\nc: 2", "p:2: 这里不合 YAML 的写法，花括号 `{` 没有配上 `}`"),
        ("a: b: c", "p:1: 这里不合 YAML 的写法，多了一个冒号"),
        ("a:\n\tb: 1", "p:2: 这里不合 YAML 的写法，这里不能用这个字符，常见的是用制表符 Tab 缩进"),
        ("a:\n  - x\n - y", "p:3: 这里不合 YAML 的写法，这一行的缩进与上文对不齐"),
        ('a: "x\nb: 1', "p:2: 这里不合 YAML 的写法，引号没有配对"),
        ("a: *x", "p:1: 这里不合 YAML 的写法，引用 `*` 所指的内容前面没有写过"),
        ("- a\nb: 1", "p:2: 这里不合 YAML 的写法，列表的各项 `-` 没有对齐"),
        ("---\na: 1\n---\nb: 2", "p:3: 这里不合 YAML 的写法，一个文件里用 `---` 分成了几份"),
        ("a: 1\nb: \x07", "p:2: 这里不合 YAML 的写法，有一个 YAML 不许用的字符（编号 0x0007）"),
        ("%YAML 2.0\n---\na: 1", "p:1: 这里不合 YAML 的写法，照这样写读不下去（"),
        ("? [a]\n: b", "p:1: 名称写成了列表或者几项内容，名称只能是一个词或日期，请写一个名称"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_yaml_is_told_why(text: str, why: str) -> None:
    with pytest.raises(Fault) as caught:
        read_text(text, "p")
    assert str(caught.value).startswith(why)


def phrases(node: ast.expr) -> Iterator[str]:
    """The sentences that an argument may be: texts, and texts with gaps."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
    elif isinstance(node, ast.IfExp):
        yield from phrases(node.body)
        yield from phrases(node.orelse)


def test_no_message_is_left_in_another_language() -> None:
    looked_at = 0
    for file in PACKS.parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            said = [text for arg in node.args for text in phrases(arg) if " " in text.strip()]
            if name in RAISED:
                looked_at += len(said)
                assert all(HAN.search(text) for text in said), (file.name, node.lineno, said)
            elif name in ASKED:
                assert all(HAN.search(text) for text in said), (file.name, node.lineno, said)
    assert looked_at > 60
