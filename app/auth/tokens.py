"""Access tokens: the only module that imports ``jose`` (a test proves it).

python-jose 3.5.0 has two open holes, CVE-2026-85394 (an asymmetric key in DER taken for an HMAC
key) and CVE-2026-120459 (an empty key), and it accepts far more spellings of a token than we ever
write. So this wrapper knows one spelling: our own header byte for byte, one algorithm, one key of
at least 32 bytes, exactly our claims. It is small enough to stand on another library in an hour.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from jose import jwk, jws

from app.core.errors import NotSignedIn
from app.core.ids import new_id

ALGORITHM = "HS256"
ISSUER, AUDIENCE, USE = "zhucun", "zhucun-api", "access"
CLAIMS = frozenset({"iss", "aud", "use", "sub", "sid", "jti", "iat", "exp"})
SHORTEST_KEY = 32  # bytes: the width of SHA-256, as RFC 7518 3.2 asks
LONGEST_TOKEN = 4096  # characters
LONGEST_LIFE = 15 * 60  # seconds
SKEW = 60  # seconds that another machine's clock may run ahead

# 43 characters spell the 32 bytes of a signature, and the last one carries only four of its six
# bits: without the last class each token would have four spellings.
_SPELLING = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


@dataclass(frozen=True, slots=True)
class Claims:
    """Who signed in, and in which sign-in. What they may do is asked of the database."""

    user_id: UUID
    sign_in_id: UUID


class Tokens:
    """Writes and reads access tokens under one key, each good for ``minutes``."""

    def __init__(self, key: str | bytes, minutes: int) -> None:
        secret = key.encode() if isinstance(key, str) else key
        if len(secret) < SHORTEST_KEY:
            raise ValueError(f"the token key has {len(secret)} bytes; give it {SHORTEST_KEY}")
        self.seconds = minutes * 60
        if not 0 < self.seconds <= LONGEST_LIFE:
            raise ValueError(f"an access token lives 1 to {LONGEST_LIFE // 60} minutes")
        # a key object: from text jose would also read PEM, JSON and lists of keys
        self._key: Any = jwk.construct(secret, ALGORITHM)
        self._head = jws.sign({}, self._key, algorithm=ALGORITHM).partition(".")[0] + "."

    def issue(self, user_id: UUID, sign_in_id: UUID, now: datetime) -> str:
        """A token for this sign-in, good from now on for ``seconds``."""
        issued = int(now.timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "use": USE,
            "sub": str(user_id),
            "sid": str(sign_in_id),
            "jti": new_id().hex,
            "iat": issued,
            "exp": issued + self.seconds,
        }
        token: str = jws.sign(orjson.dumps(claims), self._key, algorithm=ALGORITHM)
        return token

    def read(self, token: str | None, now: datetime) -> Claims:
        """The claims of a token that this key signed and that still holds; else NotSignedIn."""
        try:
            return self._read(token or "", now.timestamp())
        # jose and the parsers raise whatever they like (RecursionError, OverflowError …), and a
        # token that cannot be read is no token
        except Exception as error:
            raise NotSignedIn from error

    def _read(self, token: str, now: float) -> Claims:
        if len(token) > LONGEST_TOKEN or not token.startswith(self._head):
            raise ValueError("too long, or the header is not ours")
        if not _SPELLING.fullmatch(token):
            raise ValueError("not the one spelling")
        claims = orjson.loads(jws.verify(token, self._key, [ALGORITHM]))
        if claims.keys() != CLAIMS:
            raise ValueError("other claims than ours")
        if (claims["iss"], claims["aud"], claims["use"]) != (ISSUER, AUDIENCE, USE):
            raise ValueError("meant for something else")
        issued, expires = claims["iat"], claims["exp"]
        if type(issued) is not int or type(expires) is not int or type(claims["jti"]) is not str:
            raise ValueError("claims of another type")
        if not (0 < expires - issued <= LONGEST_LIFE and issued <= now + SKEW and now < expires):
            raise ValueError("not yet, no longer, or too long")
        return Claims(UUID(claims["sub"]), UUID(claims["sid"]))
