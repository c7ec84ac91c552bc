"""One verification of the logs a night, in a process of its own that lets everybody else go first.

It reads for minutes what a large house has logged in years; neither the service nor the worker's
other jobs wait for it. The bytes of photos and documents are left to ``zhucun ledger verify``.
"""

import asyncio
import os
import sys
from datetime import datetime, timedelta

from app.core.clock import SHANGHAI
from app.core.db import Database
from app.core.settings import Settings
from app.ledger import verifications

#: the hours of Shanghai time in which it begins
FROM, UNTIL = 1, 5
AGAIN = timedelta(hours=20)
COMMAND = (
    *(sys.executable, "-c", "from app.cli import main; main()"),
    *("ledger", "verify", "--nightly", "--without-bytes"),
)


class Nightly:
    """The verification that runs, if any."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self._command = command
        self._running: asyncio.subprocess.Process | None = None

    async def look(self, base: Database, settings: Settings, at: datetime) -> str:
        """Begin one when its hour has come; say what became of the last. Raises when it found any."""
        if (running := self._running) is not None:
            if running.returncode is None:
                return "the logs are being verified"
            self._running = None
            if running.returncode:
                raise LookupError(f"the verification ended with {running.returncode}")
            return "the logs are verified"
        if not await self._due(base, at):
            return "not now"
        environment = {"ZHUCUN_DATABASE_URL": settings.database, "ZHUCUN_DATA": str(settings.data)}
        self._running = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | environment,
        )
        return "a verification of the logs began"

    async def _due(self, base: Database, at: datetime) -> bool:
        if not FROM <= at.astimezone(SHANGHAI).hour < UNTIL:
            return False
        async with base.reading() as session:
            last = await verifications.last_begun(session)
        return last is None or at - last > AGAIN

    async def stop(self) -> None:
        """End it with the worker: tomorrow is another night."""
        running, self._running = self._running, None
        if running is not None and running.returncode is None:
            running.terminate()
            await running.wait()
