"""The shipped packs as a whole: what they ask can be done, is told, and is tried."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.policy import vocabulary
from app.policy.interpretation import settings
from app.policy.loader import PACKS, load_pack, shipped
from app.policy.pack import METRICS, DueForm, Pack, Rule
from app.policy.versions import load_version, older

DOCS = Path(__file__).parents[2] / "docs"
MANUALS = (DOCS / "policy-packs.md", DOCS / "policy-packs.zh.md")
LONGEST_TITLE = 40


def rules() -> Iterator[tuple[Pack, Rule]]:
    for pack_id in shipped():
        pack = load_pack(pack_id)
        for rule in pack.rules.values():
            yield pack, rule


def test_whoever_owes_a_submission_or_a_figure_may_write_it() -> None:
    for _, rule in rules():
        names = [] if rule.metric not in ("submissions", "activities") else [*rule.counts]
        names += [rule.figure] if rule.figure else []
        names += [name for value in rule.at_least for name in value.figures]
        terms = {**vocabulary.submissions(), **vocabulary.activities(), **vocabulary.figures()}
        for name in names:
            assert set(rule.binds) <= set(terms[name].writers), (rule.id, name)


def test_every_rule_names_its_facts_and_a_short_title_of_its_own() -> None:
    for pack_id in shipped():
        titles = [rule.title for rule in load_pack(pack_id).rules.values()]
        assert len(titles) == len(set(titles))
        assert max(map(len, titles)) <= LONGEST_TITLE
    for pack, rule in rules():
        number = pack.id[1]
        assert rule.facts, rule.id
        assert all(fact.startswith(f"S{number}-") for fact in rule.facts), rule.id


def test_no_rule_is_in_two_packs_and_every_subject_and_metric_is_asked_for() -> None:
    ids = [rule.id for _, rule in rules()]
    assert len(ids) == len(set(ids))
    assert {rule.metric for _, rule in rules()} == set(METRICS)
    asked = {rule.due.form for _, rule in rules() if rule.due}
    assert asked == set(DueForm.__args__)  # type: ignore[attr-defined]  # a Literal has them


def test_a_parameter_is_used_by_a_rule() -> None:
    for pack_id in shipped():
        pack = load_pack(pack_id)
        used = {name for rule in pack.rules.values() for name in (rule.only_in, rule.reports_from)}
        used |= {value.parameter for rule in pack.rules.values() for value in rule.at_least}
        assert set(pack.parameters) <= used


@pytest.mark.parametrize("pack_id", shipped())
def test_the_changelog_tells_of_every_version_the_newest_first(pack_id: str) -> None:
    told = re.findall(
        r"^## (\S+)$", (PACKS / pack_id / "CHANGELOG.md").read_text(encoding="utf-8"), re.M
    )
    assert told == [load_pack(pack_id).version, *reversed(older(pack_id))]
    for version in told:
        assert load_version(pack_id, version).version == version


def test_an_older_version_keeps_its_rules_as_they_were() -> None:
    before, after = load_version("p0-village-leader", "1.0.0"), load_pack("p0-village-leader")
    assert [*before.rules] == ["R01", "R02", "R04", "R05", "R06", "R07"]
    assert all(after.rules[rule_id] == rule for rule_id, rule in before.rules.items())


def test_every_setting_is_tried_with_another_value_than_its_default() -> None:
    tried: set[str] = set()
    for pack_id in shipped():
        text = (PACKS / pack_id / "cases.yaml").read_text(encoding="utf-8")
        for case in yaml.load(text, yaml.BaseLoader):  # BaseLoader makes texts only
            for name, value in case.get("settings", {}).items():
                setting = settings().get(name)
                if setting and value != str(setting.default).lower():
                    tried.add(name)
    assert tried == set(settings())


@pytest.mark.parametrize("page", MANUALS, ids=lambda page: page.name)
def test_the_manual_has_every_word_of_the_vocabulary(page: Path) -> None:
    manual = page.read_text(encoding="utf-8")
    for of in vocabulary.LISTS:
        for term in vocabulary.terms(of).values():
            row = re.search(
                rf"^\| `{term.id}` \| {re.escape(term.zh)}(?:[ ;；].*)\|$", manual, re.M
            )
            assert row is not None, term.id
            for word in term.also:
                assert word in row[0], word
            for writer in term.writers:
                assert f"`{writer}`" in row[0], writer


def test_the_manual_has_every_title() -> None:
    manual = MANUALS[0].read_text(encoding="utf-8")
    for _, rule in rules():
        assert f"{rule.id} {rule.title}" in manual


def explained(page: Path) -> list[str]:
    """The messages in the first column of a manual's table."""
    heading = {"policy-packs.md": "## Messages", "policy-packs.zh.md": "## 提示和改法"}[page.name]
    table = page.read_text(encoding="utf-8").split(heading)[1].split("\n## ")[0]
    return [
        cell
        for row in re.findall(r"^\| (`.+?) \|", table, re.M)
        for cell in re.findall(r"`([^`]+)`", row)
    ]


def test_messages_that_the_manuals_explain_are_said_by_the_program() -> None:
    said = "".join(file.read_text(encoding="utf-8") for file in PACKS.parent.glob("*.py"))
    messages = explained(MANUALS[0])
    assert messages == explained(MANUALS[1])
    assert len(messages) > 20
    for message in messages:
        for part in filter(None, re.split(r"\s*…\s*,?;?\s*", message)):
            assert part in said, message
