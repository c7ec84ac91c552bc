"""The key that signs checkpoints: ``ZHUCUN_LOG_KEY``, or a file in the data folder.

It is kept outside of the database on purpose: whoever can write there cannot sign.
"""

import os
import secrets
from pathlib import Path

from app.core.settings import Settings
from app.ledger.checkpoint import Signer

FILE = "log.key"


def signer(settings: Settings) -> Signer:
    """The installation's signer; its key is made at the first call."""
    return Signer(settings.log_key.get_secret_value() or _kept(settings.data))


def _kept(folder: Path) -> str:
    """The key in the file. Two processes that make it at once end with the same one."""
    file = folder / FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{FILE}.{secrets.token_hex(8)}"
        opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(opened, secrets.token_urlsafe(48).encode())
            os.fsync(opened)
        finally:
            os.close(opened)
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    told = file.read_text().strip()
    if len(told) < 32:
        raise ValueError(f"{file} holds no key: put back the copy that you kept of it")
    return told
