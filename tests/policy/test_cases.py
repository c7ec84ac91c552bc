"""The shipped cases hold, and ``zhucun policy check`` says exactly what does not."""

from pathlib import Path

import pytest

from app.policy import vocabulary
from app.policy.case_reading import read_case
from app.policy.cases import Case, failures
from app.policy.check import check
from app.policy.loader import PACKS, load_pack, shipped
from app.policy.reading import read_file, read_text

HEAD = """
- name: one case
  pack: p0-village-leader
  post: {kind: FS, village: A, from: 2018-01-01, to: null}
  period: 2018-Q4
"""


def shipped_cases() -> list[Case]:
    return [
        read_case(item, lambda pack_id: load_pack(pack_id))
        for pack_id in shipped()
        for item in read_file(PACKS / pack_id / "cases.yaml", f"{pack_id}/cases.yaml").items("x")
    ]


@pytest.mark.parametrize("case", shipped_cases(), ids=lambda case: case.name)
def test_the_shipped_case_holds(case: Case) -> None:
    assert failures(case) == []


def test_case_names_are_sentences_and_differ() -> None:
    names = [case.name for case in shipped_cases()]
    assert len(names) == len(set(names))


def test_every_rule_of_a_pack_is_met_and_missed_in_some_case() -> None:
    told = {
        (case.pack.id, rule.id, expected["state"])
        for case in shipped_cases()
        for rule_id, expected in case.expect.items()
        if expected and "state" in expected
        for rule in case.pack.shapes(rule_id)
    }
    for pack_id in shipped():
        for rule in load_pack(pack_id).rules.values():
            states = {
                state for where, rule_id, state in told if (where, rule_id) == (pack_id, rule.id)
            }
            if rule.info:
                assert "not_assessed" in states, (pack_id, rule.id)
            else:
                assert "met" in states, (pack_id, rule.id)
                assert states & {"not_met", "late"}, (pack_id, rule.id)


def test_without_files_all_shipped_packs_are_checked() -> None:
    checked = check()
    assert checked.ok
    assert checked.lines == (f"ok: {checked.cases} cases hold",)


def run(tmp_path: Path, text: str) -> tuple[str, ...]:
    file = tmp_path / "cases.yaml"
    file.write_text(text, encoding="utf-8")
    return tuple(line.replace(str(file), "cases.yaml") for line in check([file]).failed)


def test_a_failed_expectation_is_one_line(tmp_path: Path) -> None:
    text = HEAD + (
        '  records: [{days: {village: A, on: ["2018-10-01..2018-10-03", 2018-10-08]}}]\n'
        "  expect:\n"
        "    R01: {have: 5, need: 50, state: met}\n"
        "    R02: {have: 4}\n"
        "    R04: {have: 1}\n"
        "    R99: absent\n"
    )
    assert run(tmp_path, text) == (
        "cases.yaml:8: one case: R01: expected have=5 state=met, got have=4 state=not_met",
        "cases.yaml:10: one case: R04: expected have=1, got absent: 规则 R04 由 HC 帮扶干部 承担，算例写的是 FS 第一书记",
        "cases.yaml:11: one case: R99: expected absent, got no standing: 政策包 `p0-village-leader` 没有规则 `R99`，"
        f"请从这些里选：{'、'.join(load_pack('p0-village-leader').rules)}",
    )


def test_a_standing_where_none_was_expected_is_told(tmp_path: Path) -> None:
    assert run(tmp_path, HEAD + "  expect: {R01: absent}\n") == (
        "cases.yaml:6: one case: R01: expected absent, got state=not_met have=0",
    )


def test_a_post_outside_the_period_is_told(tmp_path: Path) -> None:
    text = HEAD.replace("2018-01-01", "2019-01-01") + "  expect: {R01: {have: 0}}\n"
    assert run(tmp_path, text) == (
        "cases.yaml:6: one case: R01: expected have=0, got absent: 规则 R01 由 FS 第一书记、TM 驻村工作队员、TL 驻村工作队队长 承担，"
        "但 2018-Q4 轮不到这一个，请看任职的 `from` 和 `to`，以及规则的 `unit_level` 和 `only_in`",
    )


def test_a_period_of_another_length_is_told(tmp_path: Path) -> None:
    text = HEAD.replace("2018-Q4", "2018") + "  expect: {R01: {have: 0}}\n"
    assert run(tmp_path, text) == (
        "cases.yaml:6: one case: R01: expected have=0, got no standing: 规则 R01 按 `quarter` 计，2018 却是 `year`，"
        "请写 `period: 2026-Q4` 这样的 `quarter`",
    )


def test_one_bad_case_does_not_hide_the_others(tmp_path: Path) -> None:
    text = (
        HEAD
        + "  records: [{activity: {kind: x}}]\n  expect: {R01: {have: 0}}\n"
        + HEAD
        + "  expect: {R01: {have: 1}}\n"
    )
    assert run(tmp_path, text) == (
        "cases.yaml:6: `kind` 写的 `x` 不在可用的词里，这里只认固定的几个词，请从这些里选："
        f"{'、'.join(f'{term.id} {term.zh}' for term in vocabulary.activities().values())}（算例：one case）",
        "cases.yaml:13: one case: R01: expected have=1, got have=0",
    )


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("  expect: {R01: {hav: 1}}", "`expect` 的 R01 里有不认识的项 `hav`"),
        ("  expect: {R01: {state: done}}", "`state` 写的 `done` 不在可用的词里"),
        ("  expect: {R01: {have: many}}", "`have` 写的 `many` 不是数"),
        ("  expect: {R04: {due: 2018-02-30}}", "`due` 写的 `2018-02-30` 不是日期"),
        ("  expect: {}", "`expect` 是空的"),
        ("  records: []", "算例缺少 `expect`"),
        ("  subject: {unit: U}\n  expect: {R01: absent}", "算例要在 `post`、`posts`、`subject` 中恰好写一个"),
        ("  posts: []\n  expect: {R01: absent}", "算例要在 `post`、`posts`、`subject` 中恰好写一个"),
        ("  settings: {leaves: x}\n  expect: {R01: absent}", "`settings` 里有不认识的项 `leaves`"),
        ("  settings: {leave: x}\n  expect: {R01: absent}", "口径设置 `leave` 不能写 `x`，这一问（M11）没有这个答案，请改为：`recorded` 或者 `deduct_workdays`"),
        ("  records: [{posting: {person: p, kind: FSS}}]\n  expect: {R01: absent}", "`kind` 写的 `FSS` 不在可用的词里，这里只认固定的几个词，是不是想写 `FS`？"),
        ("  records: [{account: {person: p, kind: 书记}}]\n  expect: {R01: absent}", "`kind` 写的 `书记` 不在可用的词里"),
        ("  records: [{day: {on: 2018-10-01}}]\n  expect: {R01: absent}", "没有 `day` 这种记录，照此读取会被悄悄漏掉，是不是想写 `days`？"),
        ("  at: soon\n  expect: {R01: absent}", "`at` 写的 `soon` 不是时间"),
        ("  effective_from: 2018\n  expect: {R01: absent}", "`effective_from` 写的 `2018` 不是日期"),
        ("  records: [{dayz: {on: 2018-10-01}}]\n  expect: {R01: absent}", "没有 `dayz` 这种记录"),
        ("  records: [{days: {on: 2018-10-01..2018-09-01}}]\n  expect: {R01: absent}", "`on` 写的 `2018-10-01..2018-09-01` 止日早于起日"),
        ("  records: [{days: {on: 2018-10-01, at: 25:00}}]\n  expect: {R01: absent}", "`at` 写的 `25:00` 不是钟点"),
        ("  records: [{days: {village: A}}]\n  expect: {R01: absent}", "`days` 缺少 `on`"),
        ("  records: [{days: {on: x}, check_in: {at: y}}]\n  expect: {R01: absent}", "一条记录里写了 2 个种类"),
        ("  records: [{diary: {work_date: 2018-10-01}}]\n  expect: {R01: absent}", "`diary` 没有写时间"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_case_is_told(tmp_path: Path, lines: str, says: str) -> None:
    (line,) = run(tmp_path, HEAD + lines + "\n")
    assert says in line
    assert line.startswith("cases.yaml:")
    assert line.endswith("（算例：one case）")


def test_a_post_is_known_by_its_letters_and_by_its_chinese_name(tmp_path: Path) -> None:
    expect = "  expect: {R01: {have: 0}}\n"
    assert run(tmp_path, HEAD.replace("kind: FS", "kind: 第一书记") + expect) == ()
    (line,) = run(tmp_path, HEAD.replace("kind: FS", "kind: XY") + expect)
    assert "`kind` 写的 `XY` 不在可用的词里" in line
    assert "FS 第一书记、TL " in line


def test_an_unknown_pack_is_told(tmp_path: Path) -> None:
    text = HEAD.replace("p0-village-leader", "p9") + "  expect: {R01: absent}\n"
    assert run(tmp_path, text)[0].startswith("cases.yaml:3: 没有政策包 `p9`")


def test_a_clerks_own_pack_beside_the_cases_is_used(tmp_path: Path) -> None:
    pack = (PACKS / "p0-village-leader" / "pack.yaml").read_text(encoding="utf-8")
    own = pack.replace("pack: p0-village-leader", "pack: mine").replace("value: 50", "value: 2")
    (tmp_path / "pack.yaml").write_text(own, encoding="utf-8")
    text = HEAD.replace("p0-village-leader", "mine") + "  expect: {R01: {need: 2}}\n"
    assert run(tmp_path, text) == ()
    assert check([tmp_path / "pack.yaml"]).ok


def test_a_mistake_of_the_pack_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, cases, more = tmp_path / "pack.yaml", tmp_path / "cases.yaml", tmp_path / "more.yaml"
    pack.write_text("pack: mine\n", encoding="utf-8")
    for file in (cases, more):
        file.write_text(HEAD + "  expect: {R01: absent}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for files in ([pack, cases], [cases, pack], [Path("pack.yaml"), cases], [cases, more]):
        (line,) = check(files).failed
        assert "pack.yaml:1: 政策包缺少 `version`" in line


def test_a_pack_alone_reads_well_and_says_that_nothing_was_tried(tmp_path: Path) -> None:
    pack = PACKS / "p3-look-back" / "pack.yaml"
    assert check([pack]).lines == ("ok: 1 pack reads well; no case was tried",)
    both = [pack, PACKS / "p2-town-plan" / "pack.yaml"]
    assert check(both).lines == ("ok: 2 packs read well; no case was tried",)
    empty = tmp_path / "cases.yaml"
    empty.write_text("[]", encoding="utf-8")
    assert "算例文件是空的" in check([empty]).failed[0]


def test_a_missing_file_and_a_file_of_text_are_told(tmp_path: Path) -> None:
    assert "文件打不开，没有这个文件" in check([tmp_path / "none.yaml"]).failed[0]
    assert run(tmp_path, "hello\n") == (
        "cases.yaml:1: 算例文件不是列表，这里可以不止一项，请逐行写 `- 某项`，或者写成 `[a, b]`",
    )


def at_of(lines: str, period: str = "2018-Q4") -> str:
    text = HEAD.replace("2018-Q4", period) + lines
    (item,) = read_text(text, "x").items("x")
    return read_case(item, lambda pack_id: load_pack(pack_id)).at.isoformat()


def test_the_default_moment_is_the_latest_of_three() -> None:
    expect = "  expect: {R01: absent}\n"
    assert at_of(expect) == "2019-01-01T00:00:00+08:00"
    late = "  records: [{check_in: {at: 2018-12-31T09:00:00+08:00, received_at: 2019-01-05T09:00:00+08:00}}]\n"
    assert at_of(late + expect) == "2019-01-05T09:00:01+08:00"
    assert at_of("  expect: {R05: absent}\n", "standing") == "2018-06-21T00:00:00+08:00"
    plan = "  records: [{household: {id: h, plan: 2026-05-02}}]\n"
    assert at_of(plan + "  expect: {R05: absent}\n", "standing") == "2026-05-02T00:00:01+08:00"


def test_words_are_those_of_yaml_1_2_and_period_keys_may_be_integers() -> None:
    text = HEAD.replace("2018-Q4", "2018").replace("village: A", "village: no")
    (item,) = read_text(text + "  expect: {R01: absent}\n", "x").items("x")
    case = read_case(item, lambda pack_id: load_pack(pack_id))
    assert case.period == "2018"
    assert case.history.posts[0].unit == "no"
