"""The command line as the machine's keeper meets it."""

import shutil
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from app.core.settings import Settings
from app.main import create_app
from app.policy import loader, versions
from app.policy.reading import Fault

RUNNER = CliRunner()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, SQLite in it."""
    for name in ("ZHUCUN_DATABASE_URL", "ZHUCUN_MEDIA_URL", "ZHUCUN_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZHUCUN_DATA", str(tmp_path))
    return tmp_path


def told(*arguments: str, code: int = 0) -> str:
    result = RUNNER.invoke(cli.app, arguments)
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


def test_a_migrated_machine_is_healthy(data: Path) -> None:
    assert "请运行 zhucun migrate" in told("doctor", code=1)
    told("migrate")
    told("migrate")
    assert "错 BAD" not in told("doctor")
    assert "已删除 0 张照片" in told("sweep")
    assert "已丢弃 0 份汇总" in told("recount")


def test_a_database_that_does_not_answer_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHUCUN_DATABASE_URL", f"postgresql://nobody@/none?host={data}")
    assert "核对 ZHUCUN_DATABASE_URL" in told("doctor", code=1)


def test_the_first_administrator_is_made_at_the_machine(data: Path) -> None:
    told("migrate")
    file = Path(cli.__file__).parent / "org" / "data" / "units-360321.json"
    assert "村级:新增 163" in told("org", "import", str(file), "--under", "360321")
    told("user", "add", "wang", "--name", "王主任")
    assert "没有单位 999999" in told(
        "user", "post", "wang", "--kind", "CA", "--unit", "999999", code=1
    )
    assert "wang" in told("user", "post", "wang", "--kind", "CA", "--unit", "360321")
    assert "真实用户" in told("demo", code=1)
    told("demo", "--if-empty")


def test_a_port_in_use_is_told_before_anything_else(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("ZHUCUN_PORT", str(other.getsockname()[1]))
        assert "ZHUCUN_PORT=" in told("serve", "--prepare", code=1)
    assert not (data / "zhucun.db").exists()


def test_a_bad_setting_is_one_clear_line(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHUCUN_ENVIRONMENT", "production")
    monkeypatch.setattr("sys.argv", ["zhucun", "migrate"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0
    assert "ZHUCUN_TOKEN_KEY" in said


@pytest.fixture
def broken_pack(data: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A pack with a mistake is installed; the sentence that says so."""
    packs = data / "packs"
    shutil.copytree(loader.PACKS, packs)
    (packs / "p9-mine").mkdir()
    (packs / "p9-mine" / "pack.yaml").write_text("pack: p9-mine\n", encoding="utf-8")
    for module in (loader, versions):
        monkeypatch.setattr(module, "PACKS", packs)
    return "p9-mine/pack.yaml:1: 政策包缺少 `version`，少了它就读不下去，请补上 `version: …`"


@pytest.mark.parametrize(
    "command",
    [
        ["policy", "list"],
        ["policy", "show", "p9-mine"],
        ["serve", "--prepare"],
        ["serve"],
        ["worker", "--once"],
    ],
)
def test_a_broken_pack_is_one_sentence(
    command: list[str],
    broken_pack: str,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ZHUCUN_PORT", "0")
    monkeypatch.setattr("sys.argv", ["zhucun", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.strip() == broken_pack
    assert not (data / "zhucun.db").exists()


def test_the_doctor_names_a_broken_pack_that_nobody_adopted(broken_pack: str) -> None:
    told("migrate")
    assert f"政策包 policy packs: {broken_pack}" in told("doctor", code=1)


def test_no_application_is_made_with_a_broken_pack(broken_pack: str) -> None:
    with pytest.raises(Fault) as caught:
        create_app(Settings())
    assert str(caught.value) == broken_pack


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("p9-other/pack.yaml", "政策包自称 `p0-village-leader`"),
        ("p1-46-measures/versions/0.9.0.yaml", "政策包自称 `p0-village-leader`"),
    ],
)
def test_a_pack_in_the_folder_of_another_is_refused(
    place: str, says: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = data / "packs"
    shutil.copytree(loader.PACKS, packs)
    (packs / place).parent.mkdir(exist_ok=True)
    shutil.copy(packs / "p0-village-leader" / "pack.yaml", packs / place)
    for module in (loader, versions):
        monkeypatch.setattr(module, "PACKS", packs)
    with pytest.raises(Fault, match=says):
        versions.read_all()


def test_settings_make_their_own_secrets_once(data: Path) -> None:
    first, second = Settings(), Settings()
    assert first.token_key == second.token_key
    assert (data / "secrets.json").stat().st_mode & 0o077 == 0
    values = {s.get_secret_value() for s in (first.token_key, first.refresh_key, first.field_key)}
    assert len(values) == 3
