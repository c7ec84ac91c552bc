"""The worker's checks, at a played moment."""

from datetime import datetime

from app.core.db import Database
from app.core.settings import Settings


async def run_checks(base: Database, settings: Settings, at: datetime) -> None:
    """The job ``checks``."""
