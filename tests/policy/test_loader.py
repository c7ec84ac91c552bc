"""Loading is strict: one bad pack per mistake, and the message a clerk reads."""

from pathlib import Path

import pytest

from app.policy import vocabulary
from app.policy.loader import PACKS, load_pack, read_pack
from app.policy.reading import Fault, read_file, read_text

GOOD = """\
pack: p9-trial
version: 1.0.0
title: 试点方案
source: {file: x.txt, issued: 2018, level: county}
settings: {grace_days: 1}
rules:
  R01:
    title: 每季度驻村50天以上
    posts: [FS, TM]
    per: quarter
    metric: stay_days
    at_least: {2018-06-20: {value: 50, unit: days, clause: 二(五)3}}
    prorate: posting
  R05:
    title: 帮扶计划
    posts: [HC]
    per: standing
    metric: coverage_ratio
    covers: plan
    at_least: {2018-01-01: {value: 100, unit: percent, clause: 二(五)4}}
    due: {on: 2018-06-20, clause: 二(五)4}
"""

POSTS = "、".join(f"{post.id} {post.zh}" for post in vocabulary.posts().values())
MISTAKES = [
    ("version: 1.0.0", "version: 1.0.0\nversion: 1.0.1", "p.yaml:3: `version` 重复了，第 2 行已经写过，两处会丢掉一处，请只留一处"),
    ("    per: quarter", "    per: quarter\n    per: month", "p.yaml:11: `per` 重复了，第 10 行已经写过，两处会丢掉一处，请只留一处"),
    ("version: 1.0.0", "versoin: 1.0.0", "p.yaml:2: 政策包里有不认识的项 `versoin`，照此读取会被悄悄漏掉，是不是想写 `version`？如果不是，请从这些里选：pack、parameters、rules、settings、source、title、version"),
    ("title: 试点方案\n", "", "p.yaml:1: 政策包缺少 `title`，少了它就读不下去，请补上 `title: …`"),
    ("    title: 帮扶计划", "    titel: 帮扶计划", "p.yaml:15: 规则 R05 里有不认识的项 `titel`，照此读取会被悄悄漏掉，是不是想写 `title`？如果不是，请从这些里选：advisory、aggregate、also_attendances、at_least、at_most、counts、covers、distinct、due、each、each_event、every_kind、exactly、facts、figure、households、in_village、info、kinds、metric、only_in、per、posts、prorate、reports_from、stay、subjects、title、unit_level、weekday"),
    ("2018-06-20: {value: 50", "2018-06-31: {value: 50", "p.yaml:12: 规则 R01 的起始日期写的 `2018-06-31` 不是日期，没有这样的日子可以比较，请写一个确有的日子，写法是 `YYYY-MM-DD`，如 `2018-06-20`"),
    ("2018-06-20: {value: 50", "2018/6/20: {value: 50", "p.yaml:12: 规则 R01 的起始日期写的 `2018/6/20` 不是日期，没有这样的日子可以比较，请写一个确有的日子，写法是 `YYYY-MM-DD`，如 `2018-06-20`"),
    ("unit: days, clause: 二(五)3", "unit: days", "p.yaml:12: 规则 R01 自 2018-06-20 起的标准没有写条款，每个数字都要说明出自哪一条，请补上 `clause: …`，例如 二(五)3"),
    ("unit: days, clause: 二(五)3", "unit: days, clause: ", "p.yaml:12: 规则 R01 自 2018-06-20 起的标准没有写条款，每个数字都要说明出自哪一条，请补上 `clause: …`，例如 二(五)3"),
    ("{on: 2018-06-20, clause: 二(五)4}", "{on: 2018-06-20}", "p.yaml:21: 规则 R05 的期限没有写条款，每个数字都要说明出自哪一条，请补上 `clause: …`，例如 二(五)3"),
    ("value: 50", "value: fifty", "p.yaml:12: `value` 写的 `fifty` 不是整数，规则只比较整数，请只写数字，不加引号和单位"),
    ("value: 50", 'value: "50"', "p.yaml:12: `value` 写的 `50` 不是整数，规则只比较整数，请只写数字，不加引号和单位"),
    ("value: 50", "value: 0", "p.yaml:12: 规则 R01 自 2018-06-20 起的标准是 0，这样什么也不要求，请写 1 以上的整数；文件上数字缺失的，写 `null`"),
    ("unit: days", "unit: times", "p.yaml:12: `unit` 写的 `times` 不在可用的词里，这里只认固定的几个词，请从这些里选：days"),
    ("per: quarter", "per: quater", "p.yaml:10: `per` 写的 `quater` 不在可用的词里，这里只认固定的几个词，是不是想写 `quarter`？如果不是，请从这些里选：week、month、two_months、quarter、half_year、year、standing、once"),
    ("metric: stay_days", "metric: meetings", "p.yaml:11: `metric` 写的 `meetings` 不在可用的词里，这里只认固定的几个词，请从这些里选：stay_days、workday_ratio、checkin_count、household_visits、qualified_visits、diaries、submissions、activities、value、activation_ratio、coverage_ratio、postings"),
    ("    covers: plan\n", "", "p.yaml:14: 规则 R05 用指标 `coverage_ratio` 时缺少 `covers`，不知道该数什么，请补上 `covers: …`"),
    ("prorate: posting", "prorate: workdays", "p.yaml:13: 规则 R01 用指标 `stay_days` 时不能写 `prorate: workdays`，`prorate: workdays` 与 `workday_ratio` 只能配在一起用，请写 `prorate: none`"),
    ("posts: [HC]", "posts: HC", "p.yaml:16: `posts` 不是列表，这里可以不止一项，请逐行写 `- 某项`，或者写成 `[a, b]`"),
    ("posts: [HC]", "posts: []", "p.yaml:16: 规则 R05 没有写由谁承担，这样谁也不用做，请写上岗位或单位，例如 `posts: [FS, TM]` 或 `subjects: [helper_unit]`"),
    ("posts: [HC]", "posts: [第一书纪]", f"p.yaml:16: `posts` 写的 `第一书纪` 不在可用的词里，这里只认固定的几个词，是不是想写 `第一书记`？如果不是，请从这些里选：{POSTS}"),
    ("posts: [FS, TM]", "posts: [FS, FSS]", f"p.yaml:9: `posts` 写的 `FSS` 不在可用的词里，这里只认固定的几个词，是不是想写 `FS`？如果不是，请从这些里选：{POSTS}"),
    ("posts: [FS, TM]", "posts: [FS, fs]", f"p.yaml:9: `posts` 写的 `fs` 不在可用的词里，这里只认固定的几个词，是不是想写 `FS`？如果不是，请从这些里选：{POSTS}"),
    ("grace_days: 1", "grace: 1", "p.yaml:5: `settings` 里有不认识的项 `grace`，照此读取会被悄悄漏掉，是不是想写 `grace_days`？如果不是，请从这些里选：after_return、at_risk_last_days、at_risk_percent、deadline、first_assessed_period、first_week、grace_days、half_day_hours、half_period_percent、hc_visits_per、helper_within_days、households_per、late_sync_hours、leave、max_counted_per_day、ratio_numerator、repeat_minutes、roll_due、stay_day、stay_day_hours、tenth_of_month、two_months、visits_in、visits_per_date、whole_day_hours"),
    ("grace_days: 1", "grace_days: -1", "p.yaml:5: 口径设置 `grace_days` 不能写 `-1`，这一问（M14）没有这个答案，请改为：不小于 0 的整数"),
    ("grace_days: 1", "grace_days: null", "p.yaml:5: 口径设置 `grace_days` 不能写 `null`，这一问（M14）没有这个答案，请改为：不小于 0 的整数"),
    ("pack: p9-trial", "pack: [a", "p.yaml:2: 这里不合 YAML 的写法，方括号 `[` 没有配上 `]`，或者中间少了逗号，请看这一行和上一行的缩进、冒号、括号和引号"),
    ("title: 试点方案", "title: !!python/name:os.system x", "p.yaml:3: 不能用标记 `tag:yaml.org,2002:python/name:os.system`，这里只需要普通的值，请把标记删去"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "says"), MISTAKES, ids=lambda text: str(text)[:40])
def test_a_mistake_is_told_with_line_reason_and_remedy(good: str, bad: str, says: str) -> None:
    assert good in GOOD
    with pytest.raises(Fault) as caught:
        read_pack(read_text(GOOD.replace(good, bad, 1), "p.yaml"))
    assert str(caught.value) == says


def test_a_good_pack_is_read() -> None:
    pack = read_pack(read_text(GOOD, "p.yaml"))
    rule = pack.rule("R05")
    assert (pack.id, pack.version, pack.settings) == ("p9-trial", "1.0.0", {"grace_days": 1})
    assert rule.due is not None
    assert rule.due.on is not None
    assert (rule.covers, rule.due.on.isoformat(), rule.prorate) == (("plan",), "2018-06-20", "none")


def test_posts_may_be_called_by_their_chinese_names() -> None:
    text = GOOD.replace("[FS, TM]", "[第一书记, 驻村工作队员]").replace("[HC]", "[帮扶责任人]")
    pack = read_pack(read_text(text, "p.yaml"))
    assert (pack.rule("R01").posts, pack.rule("R05").posts) == (("FS", "TM"), ("HC",))


def asking(metric: str, key: str, counted: str, who: str = "subjects: [helper_unit]") -> str:
    return GOOD + (
        f"  R09:\n    title: 一件\n    {who}\n    per: month\n    metric: {metric}\n    {key}: {counted}\n"
        "    at_least: {2018-06-20: {value: 1, unit: reports, clause: 三}}\n"
    )


def test_nobody_is_asked_for_what_they_cannot_write() -> None:
    with pytest.raises(Fault) as caught:
        read_pack(read_text(asking("submissions", "counts", "[month_ledger]"), "p.yaml"))
    assert str(caught.value) == (
        "p.yaml:27: 规则 R09 要 helper_unit 帮扶单位 填报 month_ledger 领导挂联工作月台账，这一项只有 "
        "village_branch 村党支部 能填报，请改由能填报的来承担，或者改数这些里的一项：annual_plan、"
        "quarter_summary、annual_summary、public_promise"
    )


def test_posts_and_figures_are_looked_at_too() -> None:
    for text in (
        asking("submissions", "counts", "[target_letter]", "posts: [FS, TM]"),
        asking("value", "figure", "培训人次", "posts: [FS]"),
        asking("value", "aggregate", "sum", "posts: [FS]").replace(
            "value: 1, unit: reports", "figures: {varieties: 3}, unit: figures"
        ),
    ):
        with pytest.raises(Fault, match="能填报，请改由能填报的来承担"):
            read_pack(read_text(text, "p.yaml"))
    assert "R09" in read_pack(read_text(asking("submissions", "counts", "[公开承诺]"), "p")).rules


def test_files_that_are_empty_or_not_utf_8(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="x:1: 文件是空的"):
        read_text("", "x")
    with pytest.raises(
        Fault, match="x:1: 这里不合 YAML 的写法，有一个 YAML 不许用的字符（编号 0x0000）"
    ):
        read_text("a: \x00", "x")
    file = tmp_path / "p.yaml"
    file.write_bytes("title: 方案".encode("gb18030"))
    with pytest.raises(Fault, match="文件不是 UTF-8 编码"):
        read_file(file)


def test_an_alias_inside_itself_is_refused() -> None:
    with pytest.raises(Fault, match=r"引用 `\*` 里又包含它自己"):
        read_text("a: &a [*a]", "x")


def test_the_latest_value_that_has_begun_holds() -> None:
    text = GOOD.replace(
        "{2018-06-20: {value: 50, unit: days, clause: 二(五)3}}",
        "{2020-01-01: {value: 60, unit: days, clause: 新}, 2018-06-20: {value: 50, unit: days, clause: 二(五)3}}",
    )
    rule = read_pack(read_text(text, "x")).rule("R01")
    days = [value.first for value in rule.at_least]
    assert [rule.value_on(day).value for day in days] == [50, 60]
    assert rule.effective_from == days[0]


def test_shipped_packs_carry_facts_and_a_changelog() -> None:
    pack = load_pack("p0-village-leader")
    assert {"R01", "R02", "R04", "R05", "R06", "R07"} <= pack.rules.keys()
    assert all(rule.facts for rule in pack.rules.values())
    changes = (PACKS / pack.id / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {pack.version}" in changes


def test_an_unknown_pack_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_pack("../../etc")
