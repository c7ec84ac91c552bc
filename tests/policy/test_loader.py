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

POSTS = ", ".join(f"{post.id} {post.zh}" for post in vocabulary.posts().values())
MISTAKES = [
    ("version: 1.0.0", "version: 1.0.0\nversion: 1.0.1", "p.yaml:3: the key `version` is repeated, it is already on line 2 and one would be lost, keep one of them"),
    ("    per: quarter", "    per: quarter\n    per: month", "p.yaml:11: the key `per` is repeated, it is already on line 10 and one would be lost, keep one of them"),
    ("version: 1.0.0", "versoin: 1.0.0", "p.yaml:2: the pack has an unknown key `versoin`, it would be silently ignored, did you mean `version`? Otherwise use one of pack, parameters, rules, settings, source, title, version"),
    ("title: 试点方案\n", "", "p.yaml:1: the pack has no `title`, it cannot be read without, add `title: …`"),
    ("    title: 帮扶计划", "    titel: 帮扶计划", "p.yaml:15: rule R05 has an unknown key `titel`, it would be silently ignored, did you mean `title`? Otherwise use one of advisory, aggregate, also_attendances, at_least, at_most, counts, covers, distinct, due, each, each_event, every_kind, exactly, facts, figure, households, in_village, info, kinds, metric, only_in, per, posts, prorate, reports_from, stay, subjects, title, unit_level, weekday"),
    ("2018-06-20: {value: 50", "2018-06-31: {value: 50", "p.yaml:12: the first day of a value of rule R01 `2018-06-31` is no date, no such day can be compared, write an existing day as YYYY-MM-DD"),
    ("2018-06-20: {value: 50", "2018/6/20: {value: 50", "p.yaml:12: the first day of a value of rule R01 `2018/6/20` is no date, no such day can be compared, write an existing day as YYYY-MM-DD"),
    ("unit: days, clause: 二(五)3", "unit: days", "p.yaml:12: the value of rule R01 from 2018-06-20 has no clause, every number must name the article it comes from, add `clause: …`, for example 二(五)3"),
    ("unit: days, clause: 二(五)3", "unit: days, clause: ", "p.yaml:12: the value of rule R01 from 2018-06-20 has no clause, every number must name the article it comes from, add `clause: …`, for example 二(五)3"),
    ("{on: 2018-06-20, clause: 二(五)4}", "{on: 2018-06-20}", "p.yaml:21: the due day of rule R05 has no clause, every number must name the article it comes from, add `clause: …`, for example 二(五)3"),
    ("value: 50", "value: fifty", "p.yaml:12: value `fifty` is no whole number, rules compare whole numbers, write digits only"),
    ("value: 50", 'value: "50"', "p.yaml:12: value `50` is no whole number, rules compare whole numbers, write digits only"),
    ("value: 50", "value: 0", "p.yaml:12: the value of rule R01 from 2018-06-20 is 0, nothing would be owed, write 1 or more, or null when the document lost the number"),
    ("unit: days", "unit: times", "p.yaml:12: unit `times` is not known, it is read from a closed list, use one of days"),
    ("per: quarter", "per: quater", "p.yaml:10: per `quater` is not known, it is read from a closed list, did you mean `quarter`? Otherwise use one of week, month, two_months, quarter, half_year, year, standing, once"),
    ("metric: stay_days", "metric: meetings", "p.yaml:11: metric `meetings` is not known, it is read from a closed list, use one of stay_days, workday_ratio, checkin_count, household_visits, qualified_visits, diaries, submissions, activities, value, activation_ratio, coverage_ratio, postings"),
    ("    covers: plan\n", "", "p.yaml:14: rule R05 with metric coverage_ratio has no `covers`, it would not be known what to count, add `covers: …`"),
    ("prorate: posting", "prorate: workdays", "p.yaml:13: rule R01 with metric stay_days has `prorate: workdays`, workdays belongs to workday_ratio and to nothing else, write none"),
    ("posts: [HC]", "posts: HC", "p.yaml:16: posts is not a list, it may have several entries, write `- entry` lines or [a, b]"),
    ("posts: [HC]", "posts: []", "p.yaml:16: rule R05 binds no posts, nobody would owe it, list post kinds, for example [FS, TM]"),
    ("posts: [HC]", "posts: [第一书纪]", f"p.yaml:16: a post kind `第一书纪` is not known, it is read from a closed list, did you mean `第一书记`? Otherwise use one of {POSTS}"),
    ("posts: [FS, TM]", "posts: [FS, FSS]", f"p.yaml:9: a post kind `FSS` is not known, it is read from a closed list, did you mean `FS`? Otherwise use one of {POSTS}"),
    ("posts: [FS, TM]", "posts: [FS, fs]", f"p.yaml:9: a post kind `fs` is not known, it is read from a closed list, did you mean `FS`? Otherwise use one of {POSTS}"),
    ("grace_days: 1", "grace: 1", "p.yaml:5: settings has an unknown key `grace`, it would be silently ignored, did you mean `grace_days`? Otherwise use one of after_return, at_risk_last_days, at_risk_percent, deadline, first_assessed_period, first_week, grace_days, half_day_hours, half_period_percent, hc_visits_per, helper_within_days, households_per, late_sync_hours, leave, max_counted_per_day, ratio_numerator, repeat_minutes, roll_due, stay_day, stay_day_hours, tenth_of_month, two_months, visits_in, visits_per_date, whole_day_hours"),
    ("grace_days: 1", "grace_days: -1", "p.yaml:5: setting `grace_days` cannot be `-1`, question M14 has other answers, write a whole number from 0"),
    ("grace_days: 1", "grace_days: null", "p.yaml:5: setting `grace_days` cannot be `null`, question M14 has other answers, write a whole number from 0"),
    ("pack: p9-trial", "pack: [a", "p.yaml:2: this is not YAML, did not find expected ',' or ']', check the indentation, the colons and the quotes of this line"),
    ("title: 试点方案", "title: !!python/name:os.system x", "p.yaml:3: the tag tag:yaml.org,2002:python/name:os.system is not allowed, plain values are enough here, remove the tag"),
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
        "p.yaml:27: rule R09 asks helper_unit 帮扶单位 for month_ledger 领导挂联工作月台账, which only "
        "village_branch 村党支部 can write, bind its writers, or count one of annual_plan, "
        "quarter_summary, annual_summary, public_promise"
    )


def test_posts_and_figures_are_looked_at_too() -> None:
    for text in (
        asking("submissions", "counts", "[target_letter]", "posts: [FS, TM]"),
        asking("value", "figure", "培训人次", "posts: [FS]"),
        asking("value", "aggregate", "sum", "posts: [FS]").replace(
            "value: 1, unit: reports", "figures: {varieties: 3}, unit: figures"
        ),
    ):
        with pytest.raises(Fault, match="can write, bind its writers"):
            read_pack(read_text(text, "p.yaml"))
    assert "R09" in read_pack(read_text(asking("submissions", "counts", "[公开承诺]"), "p")).rules


def test_files_that_are_empty_or_not_utf_8(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="x:1: the file is empty"):
        read_text("", "x")
    with pytest.raises(Fault, match="x:1: this is not YAML"):
        read_text("a: \x00", "x")
    file = tmp_path / "p.yaml"
    file.write_bytes("title: 方案".encode("gb18030"))
    with pytest.raises(Fault, match="the file is not UTF-8"):
        read_file(file)


def test_an_alias_inside_itself_is_refused() -> None:
    with pytest.raises(Fault, match="an alias contains itself"):
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
