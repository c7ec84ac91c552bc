"""Sealed columns: numbers that identify a person are stored so that a copy of the database tells
nothing.

A sealed value is ``key id (4) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag``. The place it stands
in (table, column, row) is the associated data: a value moved to another row no longer opens. The
blind index is HMAC-SHA256 of the normalised number: it finds a person without opening any number.
"""

import hashlib
import hmac
import os
import unicodedata
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Depends, Request

KEY_ID_BYTES, NONCE_BYTES = 4, 12
FEWEST_HIDDEN = 4
_SPACERS = str.maketrans("", "", " -‐‑–—\t\u00a0\u3000")


class Unreadable(ValueError):
    """Sealed with a key that is not at hand, or altered since."""


class _Key:
    """What one secret gives: a name for it, a cipher, a key for the index."""

    def __init__(self, secret: str) -> None:
        self.id = derived(secret, "zhucun key id", KEY_ID_BYTES)
        self.cipher = AESGCM(derived(secret, "zhucun sealed columns", 32))
        self.index = derived(secret, "zhucun blind index", 32)


def derived(secret: str, purpose: str, length: int) -> bytes:
    """A key of its own for one purpose, by HKDF-SHA256."""
    # the secret is checked to be long and random at start-up, so that HKDF needs no salt
    return HKDF(SHA256(), length, None, purpose.encode()).derive(secret.encode())


class Sealer:
    """Seals with one key; opens also what was sealed with older ones."""

    def __init__(self, secret: str, older: Sequence[str] = ()) -> None:
        self._key = _Key(secret)
        self._older = [_Key(one) for one in older]
        self._by_id = {key.id: key for key in [*self._older, self._key]}

    def seal(self, clear: str, table: str, column: str, row_id: UUID) -> bytes:
        """The bytes to store in this column of this row."""
        nonce = os.urandom(NONCE_BYTES)
        place = _place(table, column, row_id)
        return self._key.id + nonce + self._key.cipher.encrypt(nonce, clear.encode(), place)

    def open(self, sealed: bytes, table: str, column: str, row_id: UUID) -> str:
        """The number again; ``Unreadable`` without its key, or from another row or column."""
        key = self._by_id.get(sealed[:KEY_ID_BYTES])
        if key is None:
            raise Unreadable("sealed with a key that is not at hand")
        nonce, ciphertext = (
            sealed[KEY_ID_BYTES:][:NONCE_BYTES],
            sealed[KEY_ID_BYTES + NONCE_BYTES :],
        )
        try:
            return key.cipher.decrypt(nonce, ciphertext, _place(table, column, row_id)).decode()
        except (InvalidTag, ValueError) as error:
            raise Unreadable("altered, or moved here from another place") from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether it is sealed with the newest key: if not, rotation seals it anew."""
        return hmac.compare_digest(sealed[:KEY_ID_BYTES], self._key.id)

    def index(self, number: str) -> bytes:
        """The keyed hash to store beside a sealed number."""
        return _index(self._key, number)

    def indexes(self, number: str) -> list[bytes]:
        """Every hash under which the number may be stored, the newest key's first."""
        return [_index(key, number) for key in [self._key, *self._older]]


def _place(table: str, column: str, row_id: UUID) -> bytes:
    return f"{table}.{column}:{row_id}".encode()


def _index(key: _Key, number: str) -> bytes:
    return hmac.new(key.index, normalised(number).encode(), hashlib.sha256).digest()


def normalised(number: str) -> str:
    """One spelling of a number: half-width, no spaces or dashes, a final x in upper case."""
    return unicodedata.normalize("NFKC", number).translate(_SPACERS).upper()


def masked(number: str, head: int, tail: int) -> str:
    """Its first ``head`` and last ``tail`` characters, the rest as ``*``.

    Where fewer than four characters would be hidden, all are.
    """
    hidden = len(number) - head - tail
    if hidden < FEWEST_HIDDEN:
        return "*" * len(number)
    return f"{number[:head]}{'*' * hidden}{number[len(number) - tail :]}"


def masked_id(number: str) -> str:
    """An ID number 身份证号 as ``3603**********1234``."""
    return masked(number, 4, 4)


def masked_phone(number: str) -> str:
    """A phone number as ``138****5678``."""
    return masked(number, 3, 4)


async def _sealer(request: Request) -> Sealer:
    found: Sealer = request.app.state.sealer
    return found


#: The application's sealer.
Seal = Annotated[Sealer, Depends(_sealer)]
