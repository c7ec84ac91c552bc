"""Ids made by the server sort by time; ids made on a phone are taken as they come."""

from uuid import UUID

from uuid_utils.compat import uuid7

__all__ = ["UUID", "new_id"]


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()
