"""The service under the browser: it can be killed and started again on the same port, and asked what it has."""

import os
import signal
import sqlite3
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.support.server import Server, serve


class Service:
    """The real service on a copy of the demonstration."""

    def __init__(self, data: Path, pages: Path, **settings: str) -> None:
        self.data = data
        self.pages = pages
        self.settings = settings
        self._stack = ExitStack()
        self._server: Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Serve, at the port it had before when there was one."""
        self._server = self._stack.enter_context(
            serve(at=self._port, data=str(self.data), pages=str(self.pages), **self.settings)
        )
        self._port = self._server.port

    def kill(self) -> None:
        """As a power cut does it: nothing is finished."""
        assert self._server is not None
        os.kill(self._server.pid, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        self._stack.close()
        self._server = None

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """What stands in the database."""
        with sqlite3.connect(f"file:{self.data}/zhucun.db?mode=ro", uri=True) as base:
            base.row_factory = sqlite3.Row
            found = [dict(row) for row in base.execute(statement, values)]
        base.close()
        return found

    def notes(self, like: str) -> list[str]:
        """The notes of check-ins that arrived, oldest first; one row for each, so twice shows."""
        found = self.rows(
            "SELECT note FROM check_ins WHERE note LIKE ? ORDER BY captured_at, received_at", like
        )
        return [row["note"] for row in found]
