"""The log at its most talkative names nobody; and the service calls nobody."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.core.settings import SECRETS
from tests.security.flow import FORGED
from tests.security.world import CANARIES

LEVELS = ("DEBUG ", "INFO ", "WARNING ", "ERROR ", "CRITICAL ")
LOOPBACK = ("127.0.0.1", "::1", "localhost", "/")  # a path is a unix socket


@pytest.fixture
def said(database_url: str, tmp_path: Path) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The log of the whole flow, what it tells of itself, and its secrets."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("ZHUCUN_")}
    command = [sys.executable, "-m", "tests.security.flow", database_url, str(tmp_path / "var")]
    done = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    secrets = json.loads((tmp_path / "var" / "secrets.json").read_text())
    return done.stderr, json.loads(done.stdout), secrets


def test_the_log_names_nobody_and_nothing_goes_out(
    said: tuple[str, dict[str, Any], dict[str, str]],
) -> None:
    log, told, secrets = said
    assert "defect at GET" in log, "the flow provokes a defect, so that its log is looked at"
    assert [field for field, word in CANARIES.items() if word and word in log] == []
    assert [name for name in SECRETS if secrets[name] in log] == []
    assert [token for token in told["tokens"] if token in log] == []
    forged = [part for part in FORGED.splitlines() if part]
    assert [line for line in log.splitlines() if line in forged] == [], "a forged line in the log"
    strange = [a for a in told["addresses"] if not any(here in a for here in LOOPBACK)]
    assert strange == [], "the service opened a connection to elsewhere"
