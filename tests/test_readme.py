"""The README's contract flow is run as it stands, against a real service on the demonstration."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.server import serve

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FLOW = "\n".join(re.findall(r"^```bash\n(.*?)^```$", README, re.M | re.S))


def promised() -> list[str]:
    """What the README says that its lines print, in order."""
    return re.findall(r"# → (.*)$", FLOW, re.M)


def test_the_flow_does_what_the_readme_says(tmp_path: Path) -> None:
    data = tmp_path / "var"
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "ZHUCUN_DATA": str(data)}
    for command in ("migrate", "demo --townships 2"):
        subprocess.run(
            [Path(sys.executable).with_name("zhucun"), *command.split()],
            env=environment, cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
    with serve(data=str(data)) as server:
        ran = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", FLOW],
            env=environment | {"ZHUCUN_PORT": str(server.port)},
            cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == promised()
    assert ran.returncode == 0


def test_the_flow_holds_what_the_contract_names() -> None:
    for part in ("/session", "/check-ins/", "/conflicts", "/photos/", "/diaries/", "/quotas"):
        assert part in FLOW
    assert FLOW.count("# → 404") >= 5
