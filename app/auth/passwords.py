"""Passwords: argon2id, a length, and a list of what guessers try first.

No rules about kinds of characters and no expiry: they make people write ``Zhucun2026!`` (ASVS 5.0,
6.2.5 and 6.2.10).
"""

import asyncio
import os
import re
import secrets
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib import resources
from weakref import WeakValueDictionary

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.auth.errors import WeakPassword

SHORTEST, LONGEST = 12, 1024  # characters; the upper bound only keeps the work finite
ENOUGH_OF_ITS_OWN = 6  # characters that no list explains

# The OWASP profile of 19 MiB, two passes, one lane. The 64 MiB of the library's default would let
# four sign-ins at once take the memory of a small county server, and take 0.1 s and more each.
_hasher = PasswordHash([Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1)])

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper
_RUN = re.compile(r"(.)\1{2,}")
_YEAR_OR_DATE = re.compile(r"(19|20)\d{2}([01]\d([0-3]\d)?)?年?")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_LOOKALIKE = str.maketrans("013457@$", "oieastas")


def _normalised(password: str) -> str:
    """One form for what different keyboards send for the same keys."""
    return unicodedata.normalize("NFKC", password)


def _common_words() -> list[str]:
    text = resources.files("app.auth").joinpath("common_words.txt").read_text(encoding="utf-8")
    lines = (line.split("#")[0].split() for line in text.splitlines())
    # the longest first: 'password' must go before 'pass'
    return sorted({word for line in lines for word in line}, key=lambda w: (-len(w), w))


_WORDS = _common_words()


def _runs_of_keys(shortest: int = 4) -> re.Pattern[str]:
    """Keyboard and alphabet sequences of at least four, either way."""
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    runs = {
        row[i:j] for row in rows for i in range(len(row)) for j in range(i + shortest, len(row) + 1)
    }
    return re.compile("|".join(sorted(map(re.escape, runs), key=len, reverse=True)))


_KEYS = _runs_of_keys()


def _own_part(password: str, words: list[str]) -> str:
    """What is left when years, key sequences, words and repetitions are taken out."""
    plain = _KEYS.sub(" ", _YEAR_OR_DATE.sub(" ", password))
    left = []
    for spelled in (plain, plain.translate(_LOOKALIKE)):
        rest = spelled
        for word in words:
            rest = rest.replace(word, " ")
        left.append("".join(char for char in _RUN.sub(r"\1", rest) if char.isalnum()))
    return min(left, key=len)


def check_new(password: str, *personal: str) -> None:
    """WeakPassword unless it is long enough and has a part of its own.

    ``personal`` are words about this user (username, name) that count as known.
    """
    plain = _normalised(password)
    if len(plain) < SHORTEST:
        raise WeakPassword(
            f"新密码只有 {len(plain)} 个字符,密码没有修改。请至少用 {SHORTEST} 个字符,"
            "例如四个互不相关的词。"
        )
    folded = plain.casefold()
    about = [word for p in personal if len(word := _normalised(p).casefold()) >= 2]
    words = [*sorted(about, key=len, reverse=True), *_WORDS]
    own = _own_part(folded, words)
    if len(own) < ENOUGH_OF_ITS_OWN or len(set(own)) < 4:
        raise WeakPassword(
            "新密码主要由常用词、姓名、年份、连续按键或重复字符组成,容易被猜中,密码没有修改。"
            "请换成四个互不相关的词,或加入别人想不到的内容。"
        )


def generated() -> str:
    """A fresh password of 16 characters (79 bits), in groups that can be read out."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


@cache
def _nobody() -> str:
    """Compared when there is nothing to compare: an unknown name takes the same time."""
    return _hasher.hash(secrets.token_urlsafe(24))


class Passwords:
    """Hashes and compares, always in a thread, and a few at once.

    Each hash takes 19 MiB and about 30 ms of a core: without a limit a burst of sign-ins would
    starve the requests of those who are signed in. Never call it inside a transaction.
    """

    def __init__(self, at_once: int | None = None) -> None:
        self._slots = asyncio.Semaphore(at_once or max(1, (os.cpu_count() or 2) - 1))
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._nobody = _nobody()

    @asynccontextmanager
    async def turn(self, key: bytes) -> AsyncIterator[None]:
        """Tries at one account (``key``) follow one another, and few accounts go at once."""
        lock = self._turns.setdefault(key, asyncio.Lock())
        async with lock, self._slots:
            yield

    async def hash(self, password: str) -> str:
        """The argon2id hash, in the PHC string format."""
        return await asyncio.to_thread(_hasher.hash, _normalised(password))

    async def match(self, password: str, stored: str | None) -> bool:
        """Whether the password is the stored one; as slow when nothing is stored."""
        same = await asyncio.to_thread(
            _hasher.verify, _normalised(password), stored or self._nobody
        )
        return same and stored is not None
