"""Refresh tokens: nothing secret is stored, each is derived from its sign-in and its number.

A reply lost in a valley is the normal case here, so the successor of a token must be the same
when it is asked for again; an HMAC over (sign-in, number) gives that for nothing.
"""

import base64
import hmac
import re
from uuid import UUID

_SPELLING = re.compile(r"([0-9a-f]{32})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")


class RefreshTokens:
    """Writes and reads refresh tokens under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, sign_in_id: UUID, number: int) -> str:
        """The ``number``-th token (from 1) of this sign-in."""
        told = f"{sign_in_id.hex}.{number}"
        mac = hmac.digest(self._key, f"zhucun refresh\0{told}".encode(), "sha256")
        return f"{told}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    def read(self, token: str | None) -> tuple[UUID, int] | None:
        """The sign-in and number of a token that this key wrote, else None."""
        found = _SPELLING.fullmatch(token or "")
        if found is None:
            return None
        sign_in_id, number = UUID(found[1]), int(found[2])
        genuine = hmac.compare_digest(self.write(sign_in_id, number), found[0])
        return (sign_in_id, number) if genuine else None
