"""A throw-away S3 service: OpenStack Swift with its s3api, loopback only, gone with the run.

Swift checks signatures, conditions and ranges as a real store does, which the usual stand-ins do
not. It starts in the background (``start``) while other tests run; ``Swift.url`` waits for it.
"""

import contextlib
import ctypes
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import IO

import httpx
import obstore
from obstore.store import S3Store

KEY, SECRET, BUCKET = "test:tester", "testtest", "zhucun-test"
READY_WITHIN_S = 60
SERVERS = ("account", "container", "object", "proxy")

SWIFT_CONF = """\
[swift-hash]
swift_hash_path_suffix = a
swift_hash_path_prefix = b
[storage-policy:0]
name = gold
default = yes
"""
COMMON = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {etc}
user = {user}
log_level = WARNING
log_address = /nonexistent
"""
STORAGE = """\
devices = {srv}
mount_check = false
fallocate_reserve = 0
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
FILTERS = ("catch_errors", "gatekeeper", "listing_formats", "copy", "slo", "dlo")
PROXY = """\
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = no
check_bucket_owner = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testtest .admin
""" + "".join(f"[filter:{name}]\nuse = egg:swift#{name}\n" for name in FILTERS)

#: One process builds the three rings: nine calls of the ring program take six seconds.
RINGS = """\
import sys
from pathlib import Path
from swift.common.ring.builder import RingBuilder
etc = Path(sys.argv[1])
for number, server in enumerate(("account", "container", "object")):
    builder = RingBuilder(2, 1, 0)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "device": "d1",
                     "port": int(sys.argv[2 + number]), "weight": 1.0, "meta": ""})
    builder.rebalance()
    builder.get_ring().save(str(etc / f"{server}.ring.gz"))
"""


class Swift:
    """A service that is starting or up."""

    def __init__(self) -> None:
        self._stop = contextlib.ExitStack()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="swift")
        self._port: Future[int] = self._thread.submit(lambda: self._stop.enter_context(_service()))

    @property
    def endpoint(self) -> str:
        """The service's address; waits until it answers, raises when it cannot run."""
        return f"http://127.0.0.1:{self._port.result(READY_WITHIN_S)}"

    def url(self, prefix: str) -> str:
        """A media URL for a part of the bucket of its own."""
        return f"s3://{BUCKET}/{prefix}?endpoint={self.endpoint}&region=us-east-1"

    def close(self) -> None:
        """End its processes and remove its files."""
        self._thread.submit(self._stop.close).result()
        self._thread.shutdown()


@contextlib.contextmanager
def _service() -> Iterator[int]:
    root = Path(tempfile.mkdtemp(prefix="swift-"))
    running: list[subprocess.Popen[bytes]] = []
    try:
        ports = dict(zip(SERVERS, _free_ports(len(SERVERS)), strict=True))
        _configure(root, ports)
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "SWIFT_CONF_FILE": str(root / "etc/swift.conf"),
            "PYTHONWARNINGS": "ignore",
        }
        rings: list[str | Path] = [
            sys.executable,
            "-c",
            RINGS,
            root / "etc",
            *(str(p) for p in ports.values()),
        ]
        _run(rings, env)
        with (root / "log").open("wb") as log:
            for name in SERVERS:
                running.append(_start(name, root, env, log))
        _make_bucket(f"http://127.0.0.1:{ports['proxy']}", running, root / "log")
        yield ports["proxy"]
    finally:
        for server in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        shutil.rmtree(root, ignore_errors=True)


def _start(name: str, root: Path, env: dict[str, str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    program = Path(sys.executable).parent / f"swift-{name}-server"
    return subprocess.Popen(
        [sys.executable, program, root / f"etc/{name}.conf"],
        env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        start_new_session=True, preexec_fn=_end_with_parent,
    )  # fmt: skip


def _configure(root: Path, ports: dict[str, int]) -> None:
    etc, srv = root / "etc", root / "srv"
    etc.mkdir()
    (srv / "d1").mkdir(parents=True)
    (etc / "swift.conf").write_text(SWIFT_CONF)
    for name, port in ports.items():
        common = COMMON.format(port=port, etc=etc, user=getpass.getuser())
        own = PROXY if name == "proxy" else STORAGE.format(srv=srv, name=name)
        (etc / f"{name}.conf").write_text(common + own)


def _free_ports(count: int) -> list[int]:
    """Held together, so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _run(command: list[str | Path], env: dict[str, str]) -> None:
    done = subprocess.run(command, env=env, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"Swift's rings cannot be built: {done.stderr.decode()}")


def _make_bucket(base: str, running: list["subprocess.Popen[bytes]"], log: Path) -> None:
    """The bucket, by a signed request; that it works shows that all four are up."""
    root = S3Store(
        BUCKET, endpoint=base, region="us-east-1", access_key_id=KEY, secret_access_key=SECRET,
        virtual_hosted_style_request=False, client_options={"allow_http": True},
    )  # fmt: skip
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if any(server.poll() is not None for server in running):
            break
        signed = obstore.sign(root, "PUT", "", timedelta(minutes=5))
        with contextlib.suppress(httpx.HTTPError):
            if httpx.put(signed, timeout=5).is_success:
                return
        time.sleep(0.1)
    raise RuntimeError(f"Swift is not up after {READY_WITHIN_S} s: {log.read_text()[-4000:]}")


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
