"""Time anchors: the service's word for an instant, given to one user on one device.

A phone keeps the newest and sends it with what it records: the record was made *after* the anchor
was issued. Nothing is stored; the key is derived from the refresh key, because whoever changes
that one ends every sign-in, so that every phone comes for a new anchor anyway.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.core.crypto import derived

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VERSION, _MAC_BYTES, _USER_BYTES, _TIME_BYTES = b"\x01", 16, 16, 6
_HEAD = len(_VERSION) + _TIME_BYTES + _USER_BYTES


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a genuine anchor says: to whom it was given, on which device, when (milliseconds)."""

    user_id: UUID
    device_id: str
    issued_at: datetime


class Anchors:
    """Issues and reads anchors under one secret."""

    def __init__(self, secret: str) -> None:
        self._key = derived(secret, "zhucun time anchors", 32)

    def issue(self, user_id: UUID, device_id: str, at: datetime) -> str:
        """The anchor of this instant, rounded down to the millisecond."""
        moment = ((at - _EPOCH) // _MILLISECOND).to_bytes(_TIME_BYTES, "big")
        told = _VERSION + moment + user_id.bytes + device_id.encode()
        return base64.urlsafe_b64encode(told + self._mac(told)).decode().rstrip("=")

    def read(self, anchor: str | None) -> Anchor | None:
        """What an anchor of ours says; None for anything else. Its age is judged elsewhere."""
        if not anchor:
            return None
        try:
            raw = base64.b64decode(anchor + "=" * (-len(anchor) % 4), b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        told, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if len(told) < _HEAD or not hmac.compare_digest(self._mac(told), mac):
            return None
        user, device = told[_HEAD - _USER_BYTES : _HEAD], told[_HEAD:]
        moment = int.from_bytes(told[len(_VERSION) : len(_VERSION) + _TIME_BYTES], "big")
        return Anchor(UUID(bytes=user), device.decode(), _EPOCH + moment * _MILLISECOND)

    def issued_to(
        self, user_id: UUID, device_id: str | None, anchor: str | None
    ) -> datetime | None:
        """When an anchor was issued to this user on this device; None when it was not."""
        found = self.read(anchor)
        if found is None or (found.user_id, found.device_id) != (user_id, device_id):
            return None
        return found.issued_at

    def _mac(self, told: bytes) -> bytes:
        return hmac.digest(self._key, told, "sha256")[:_MAC_BYTES]
