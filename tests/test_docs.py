"""The docs list what is there, all of it, and nothing else; what they show to copy works."""

import importlib
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

import app
from app.cli import app as command_line
from app.core.errors import Problem
from app.core.settings import Settings
from app.demo.service import ROLES
from app.postings.scope import SIGHTS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAPERS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
#: the module is a program of its own and ends the process that imports it wrongly
PROGRAMS = {"app.photos.worker"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sections(name: str) -> dict[str, str]:
    """The third-level headings of a paper, without backticks, and what stands below each."""
    parts = re.split(r"^### (.+)$", text(name), flags=re.M)[1:]
    return {
        title.strip("`"): body.split("\n## ")[0]
        for title, body in zip(parts[::2], parts[1::2], strict=True)
    }


@cache
def catalogue() -> dict[str, type[Problem]]:
    """Every problem of the house, whichever module declares it."""
    for found in pkgutil.walk_packages(app.__path__, "app."):
        if found.name not in PROGRAMS:
            importlib.import_module(found.name)
    return {
        code: problem
        for code, problem in Problem.catalogue.items()
        if problem.__module__.startswith("app.")
    }


def commands(command: Any = None, path: str = "zhucun") -> Iterator[tuple[str, Any]]:
    """Every command of ``zhucun`` with its full name."""
    command = command or get_command(command_line)
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
        return
    for name, each in below.items():
        yield from commands(each, f"{path} {name}")


def anchor(heading: str) -> str:
    """The anchor that a code host makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def code_of(paper: Path) -> str:
    """What a paper sets as code: fenced blocks and spans, a line each."""
    body = paper.read_text(encoding="utf-8")
    fenced = re.findall(r"^ *```\w*\n(.*?)^ *```", body, re.M | re.S)
    return "\n".join([*fenced, *re.findall(r"`([^`\n]+)`", body)])


def test_problems_lists_every_code_and_no_other() -> None:
    assert sections("docs/problems.md").keys() == catalogue().keys()


def test_each_problem_has_status_title_and_what_to_do() -> None:
    told = sections("docs/problems.md")
    for code, problem in catalogue().items():
        assert told[code].startswith(f"\n`{problem.status}` {problem.title}."), code
        assert re.search(r"\*\*Do:\*\* .{15}", told[code]), code


def test_each_problem_is_raised_or_returned_somewhere() -> None:
    source = "".join(
        file.read_text(encoding="utf-8")
        for file in ROOT.glob("app/**/*.py")
        if file.name != "errors.py" or file.parent.name in ("core", "records")
    )
    for code, problem in catalogue().items():
        uses = re.findall(rf"\b{problem.__name__}\b", source)
        assert len(uses) > 1, f"{code}: nothing uses {problem.__name__}"


def test_settings_lists_every_setting_with_its_default_and_no_other() -> None:
    rows = dict(
        re.findall(r"^\| `(ZHUCUN_\w+)` \| ([^|]+) \| .{20,} \|$", text("docs/settings.md"), re.M)
    )
    fields = {f"ZHUCUN_{name.upper()}": field for name, field in Settings.model_fields.items()}
    assert rows.keys() == fields.keys()
    for name, field in fields.items():
        default = field.default
        if hasattr(default, "get_secret_value"):
            default = default.get_secret_value()
        shown = "*empty*" if default is None or not str(default) else f"`{default}`"
        assert rows[name].startswith(shown), f"{name}: {rows[name]} is not {shown}"


def test_no_paper_and_no_script_names_a_setting_that_does_not_exist() -> None:
    known = {f"ZHUCUN_{name.upper()}" for name in Settings.model_fields}
    of_compose = {"ZHUCUN_DOMAIN", "ZHUCUN_DATABASE_PASSWORD"}
    more = [ROOT / "Dockerfile", ROOT / "compose.yaml", ROOT / "scripts/run", DOCS / "Caddyfile"]
    for file in [*PAPERS, *more]:
        named = set(re.findall(r"ZHUCUN_[A-Z_]*[A-Z]", file.read_text(encoding="utf-8")))
        assert named <= known | of_compose, file.name


def test_commands_lists_every_command_and_no_other() -> None:
    assert sections("docs/commands.md").keys() == {name for name, _ in commands()}
    for name, body in sections("docs/commands.md").items():
        assert len(body.strip()) > 20, name


def test_options_in_papers_exist() -> None:
    told = sections("docs/commands.md")
    for name, command in commands():
        options = {opt for param in command.params for opt in param.opts}
        named = set(re.findall(r"`(--[a-z-]+)", told[name]))
        assert named <= options, f"{name}: {named - options}"


def test_every_script_is_listed_and_every_listed_script_exists() -> None:
    there = {f.name for f in (ROOT / "scripts").iterdir() if f.is_file() and not f.suffix}
    listed = set(re.findall(r"^\| `\./scripts/([\w-]+)` \|", text("docs/commands.md"), re.M))
    assert listed == there


def test_commands_that_papers_show_exist() -> None:
    names = {name for name, _ in commands()}
    planned = set(
        re.findall(r"`(zhucun [a-z ]+)`", text("docs/commands.md").split("## Not there")[1])
    )
    assert not planned & names, "no longer planned, it is there"
    for file in PAPERS:
        shown = re.findall(
            r"(?:^|[`/ ])(zhucun(?: [a-z]+(?:-[a-z]+)?){1,2})\b", code_of(file), re.M
        )
        for command in shown:
            words = command.split()
            known = any(" ".join(words[:n]) in names | planned for n in (2, 3))
            groups = {name.rsplit(" ", 1)[0] for name in names}
            assert known or command in groups, f"{file.name}: {command}"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_links_resolve(paper: Path) -> None:
    body = paper.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]*(?:#[^)]*)?)\)", body):
        if target.startswith("http"):
            continue
        name, _, part = target.partition("#")
        file = (paper.parent / name).resolve() if name else paper
        assert file.exists(), target
        if part:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
            assert part in {anchor(heading) for heading in headings}, target


def test_decisions_are_numbered_once_and_fit_a_page() -> None:
    files = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [file.name[:4] for file in files]
    assert numbers == [f"{n:04}" for n in range(1, len(files) + 1)]
    for file in files:
        body = file.read_text(encoding="utf-8")
        assert body.startswith(f"# {file.name[:4]} ")
        assert len(body.splitlines()) <= 70, file.name


def test_every_runtime_dependency_has_its_reason() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    names = {re.split(r"[\[<>=]", line)[0] for line in project["dependencies"]}
    table = text("docs/decisions/0003-dependencies.md")
    assert set(re.findall(r"^\| `([\w-]+)` \|", table, re.M)) == names


def secrets_of_deploy(folder: Path) -> dict[str, str]:
    """What the snippet of docs/deploy.md writes into ``.env``."""
    (snippet,) = re.findall(
        r"python3 - > \.env <<'PY'\n(.*?)\n +PY\n", text("docs/deploy.md"), re.S
    )
    program = "\n".join(line.removeprefix("   ") for line in snippet.splitlines())
    out = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    return dict(line.split("=", 1) for line in out.splitlines())


def interpolated(value: Any, given: dict[str, str]) -> Any:
    """As Compose does: ``${NAME:?why}`` must be given, ``${NAME:-else}`` may be."""
    if isinstance(value, dict):
        return {key: interpolated(each, given) for key, each in value.items()}
    if not isinstance(value, str):
        return value

    def put(match: "re.Match[str]") -> str:
        name, rule, rest = match.groups()
        if not given.get(name) and rule == ":?":
            raise LookupError(f"{name} {rest}")
        return given.get(name) or rest

    return re.sub(r"\$\{(\w+)(:[?-])([^}]*)\}", put, value)


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text("compose.yaml"))
    return found


def test_the_compose_file_starts_with_what_deploy_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = interpolated(
        compose()["services"]["app"]["environment"], secrets_of_deploy(tmp_path)
    )
    for name in [name for name in os.environ if name.startswith("ZHUCUN_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.production
    assert settings.database.startswith("postgresql+asyncpg://zhucun:")
    assert settings.media.startswith("file://")


def test_the_compose_file_holds_no_secret_of_its_own(tmp_path: Path) -> None:
    given = secrets_of_deploy(tmp_path)
    for name in given:
        rest = {key: value for key, value in given.items() if key != name}
        with pytest.raises(LookupError, match=name):
            interpolated(compose()["services"], rest)


def test_only_the_proxy_is_believed_and_only_it_is_reached() -> None:
    services = compose()["services"]
    proxy = services["caddy"]["networks"]["edge"]["ipv4_address"]
    assert services["app"]["environment"]["FORWARDED_ALLOW_IPS"] == proxy
    assert [name for name, each in services.items() if "ports" in each] == ["caddy"]
    assert compose()["networks"]["inner"]["internal"]


def test_the_image_takes_what_exists_and_runs_as_nobody_special() -> None:
    dockerfile = text("Dockerfile")
    allowed = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.M):
        for source in sources.split():
            assert (ROOT / source).exists(), source
            assert source.rstrip("/") in allowed, f".dockerignore keeps {source} out"
    user = re.findall(r"^USER (\d+)", dockerfile, re.M)
    assert user
    assert int(user[-1]) > 0
    assert "venv requirements.txt" in dockerfile
    assert "venv requirements.txt" in text("scripts/run")


def test_the_demo_logins_of_the_readme_are_those_that_are_written() -> None:
    table = text("README.md").split("| login | who |")[1].split("\n\n")[0]
    named = re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines()[2:]))
    assert sorted(named) == sorted(ROLES)


def test_roles_lists_every_post_with_what_it_sees() -> None:
    rows = dict(
        re.findall(r"^\| `([A-Z]{2})` \| [^|]+ \| ([^|]+) \|$", text("docs/roles.md"), re.M)
    )
    told = {
        post.value: ", ".join(sorted(sight.name.lower() for sight in sights)) or "—"
        for post, sights in SIGHTS.items()
    }
    assert rows == told
