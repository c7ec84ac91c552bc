"""Checkpoints: the head of a log at one size, as a C2SP signed note with Ed25519. Pure.

The text of a note is its origin, the size, the root in base64 and ``made`` with the moment of
signing, a line each; after an empty line comes ``— origin base64(key id ‖ signature)``. The origin
names the installation, by its key, and the log: ``zhucun.9f0c6a1b2d3e4f50/360321``.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ED25519 = b"\x01"
KEY_ID_BYTES = 4
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_MADE = "made "


class BadNote(ValueError):
    """No signed checkpoint, or none that a known key has signed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note says."""

    origin: str
    size: int
    root: bytes
    made_at: datetime | None = None

    @property
    def log(self) -> str:
        """The log: the last part of the origin."""
        return self.origin.rpartition("/")[2]

    def text(self) -> str:
        """The bytes that are signed."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode()]
        if self.made_at is not None:
            lines.append(f"{_MADE}{self.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under the name by which notes call it."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that a signature line begins with."""
        told = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(told).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """The verifier key as C2SP writes it: name, key id, type and key."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, told: str) -> "Verifier":
        """What ``str`` wrote; BadNote when it is none."""
        name, _, rest = told.strip().partition("+")
        key_id, _, key = rest.partition("+")
        raw = _bytes(key)
        if not name or raw[:1] != ED25519 or len(raw) != 33:
            raise BadNote(f"not an Ed25519 verifier key: {told[:80]!r}")
        found = cls(name, raw[1:])
        if found.id.hex() != key_id:
            raise BadNote(f"the key id of this verifier key is not {key_id!r}")
        return found

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether this key signed the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """The installation's key for all its logs."""

    def __init__(self, secret: str) -> None:
        """``secret`` is at least 32 random characters; the key follows from it."""
        # a secret is checked to be long and random, so that HKDF needs no salt
        seed = HKDF(SHA256(), 32, None, b"zhucun log key").derive(secret.encode())
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()
        self.installation = "zhucun." + hashlib.sha256(self.public).hexdigest()[:16]

    def verifier(self, log: str) -> Verifier:
        """The public key under this log's origin."""
        return Verifier(f"{self.installation}/{log}", self.public)

    def sign(self, log: str, size: int, root: bytes, made_at: datetime) -> str:
        """The signed note."""
        verifier = self.verifier(log)
        text = Checkpoint(verifier.name, size, root, made_at.replace(microsecond=0)).text()
        signed = base64.b64encode(verifier.id + self._key.sign(text.encode())).decode()
        return f"{text}\n— {verifier.name} {signed}\n"


def read(note: str) -> Checkpoint:
    """What the note says, its signatures aside; BadNote when it is no checkpoint."""
    return _parts(note)[0]


def opened(note: str, keys: Iterable[Verifier]) -> Checkpoint:
    """What the note says, when one of ``keys`` named as its origin signed it; else BadNote."""
    found, text, signatures = _parts(note)
    known = {(key.name, key.id): key for key in keys if key.name == found.origin}
    tried = False
    for name, raw in signatures:
        key = known.get((name, raw[:KEY_ID_BYTES]))
        if key is not None:
            if not key.accepts(text, raw[KEY_ID_BYTES:]):
                raise BadNote(f"the signature of {name} is wrong")
            tried = True
    if not tried:
        raise BadNote(f"no known key has signed the checkpoint of {found.origin}")
    return found


def _parts(note: str) -> tuple[Checkpoint, str, list[tuple[str, bytes]]]:
    text, gap, below = note.rpartition("\n\n")
    if not gap or not note.endswith("\n"):
        raise BadNote("not a signed note: no signature below an empty line")
    text += "\n"
    lines = text.splitlines()
    # splitlines knows more line ends than notes do: they must not hide anything
    if len(lines) < 3 or lines != text[:-1].split("\n") or not all(lines):
        raise BadNote("not a checkpoint: origin, size and root are its first three lines")
    root = _bytes(lines[2])
    if not _SIZE.fullmatch(lines[1]) or len(root) != 32:
        raise BadNote("not a checkpoint: the size or the root cannot be read")
    signatures = [_signature(line) for line in below[:-1].split("\n")]
    return Checkpoint(lines[0], int(lines[1]), root, _made(lines[3:])), text, signatures


def _made(more: list[str]) -> datetime | None:
    told = next((line for line in more if line.startswith(_MADE)), None)
    if told is None:
        return None
    try:
        return datetime.strptime(told, f"{_MADE}%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadNote(f"not a moment: {told!r}") from error


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, raw = rest.partition(" ")
    signed = _bytes(raw)
    if dash != "—" or not name or len(signed) <= KEY_ID_BYTES:
        raise BadNote("not a signature line")
    return name, signed


def _bytes(told: str) -> bytes:
    try:
        raw = base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote(f"not base64: {told[:80]!r}") from error
    if base64.b64encode(raw).decode() != told:
        raise BadNote(f"not the one spelling of base64: {told[:80]!r}")
    return raw
