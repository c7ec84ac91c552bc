"""The service as it really runs: uvicorn in a process of its own on a free port."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 30


@dataclass(frozen=True, slots=True)
class Server:
    """A running service."""

    url: str
    host: str
    port: int
    pid: int

    def open_files(self, below: Path) -> list[str]:
        """Files in this folder, with or without a name, that the process holds open."""
        held = []
        for entry in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                target = str(entry.readlink())
            except FileNotFoundError:  # closed while we look
                continue
            if target.startswith(str(below)):
                held.append(target)
        return held


@contextmanager
def serve(*, at: int = 0, **settings: str) -> Iterator[Server]:
    """Run the service with these settings (``data="/folder"`` is ``ZHUCUN_DATA``); ``at`` a port."""
    env = {
        "PATH": os.environ["PATH"],
        **{f"ZHUCUN_{name.upper()}": value for name, value in settings.items()},
    }
    with socket.create_server(("127.0.0.1", at), backlog=2048) as listening:
        host, port = listening.getsockname()[:2]
        process = subprocess.Popen(
            [
                sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app",
                "--fd", str(listening.fileno()), "--log-level", "warning", "--no-access-log",
            ],
            env=env, cwd=ROOT, pass_fds=[listening.fileno()], stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_parent,
        )  # fmt: skip
        try:
            _wait(f"http://{host}:{port}", process)
            yield Server(f"http://{host}:{port}", host, port, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_WITHIN_S
    with httpx.Client(timeout=READY_WITHIN_S) as http:
        while process.poll() is None and time.monotonic() < until:
            try:
                http.get(f"{url}/healthz")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
    raise RuntimeError(f"the service does not answer (exit {process.poll()}); see its output")


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
