"""The corpus against python-jose: every spelling of a token that is not ours is refused."""

import ast
import base64
import hmac
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jwk, jws, jwt

from app.auth.tokens import Claims, Tokens
from app.core.clock import now
from app.core.errors import NotSignedIn
from app.core.ids import new_id

KEY = "a key for tests, longer than thirty-two bytes"
TOKENS = Tokens(KEY, 10)
USER, SIGN_IN, AT = new_id(), new_id(), now()
IAT = int(AT.timestamp())
HEADER = {"alg": "HS256", "typ": "JWT"}
CLAIMS = {
    "iss": "zhucun",
    "aud": "zhucun-api",
    "use": "access",
    "sub": str(USER),
    "sid": str(SIGN_IN),
    "jti": "j",
    "iat": IAT,
    "exp": IAT + 600,
}
ROOT = Path(__file__).resolve().parents[2]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _token(header: Any = HEADER, claims: Any = CLAIMS, key: bytes = KEY.encode()) -> str:
    """A rightly signed token of any header and claims, made without jose."""
    parts = [part if isinstance(part, bytes) else _json(part) for part in (header, claims)]
    signed = ".".join(_b64(part) for part in parts)
    return f"{signed}.{_b64(hmac.digest(key, signed.encode(), 'sha256'))}"


def _but(**change: Any) -> dict[str, Any]:
    """Our claims with some changed; None leaves one out."""
    return {k: v for k, v in {**CLAIMS, **change}.items() if v is not None}


def _refused(token: Any) -> None:
    with pytest.raises(NotSignedIn):
        TOKENS.read(token, AT)


def test_what_was_issued_is_read() -> None:
    token = TOKENS.issue(USER, SIGN_IN, AT)
    assert TOKENS.read(token, AT) == Claims(USER, SIGN_IN)
    assert len(token) < 512
    assert token != TOKENS.issue(USER, SIGN_IN, AT)  # each has an id of its own


def test_the_corpus_refuses_for_the_reason_it_names() -> None:
    # the same maker with nothing changed is accepted
    assert TOKENS.read(_token(), AT) == Claims(USER, SIGN_IN)


def test_a_token_holds_from_its_issue_to_its_end() -> None:
    token = TOKENS.issue(USER, SIGN_IN, AT)
    TOKENS.read(token, AT + timedelta(seconds=598))
    for at in (AT + timedelta(seconds=600), AT - timedelta(seconds=62)):
        with pytest.raises(NotSignedIn):
            TOKENS.read(token, at)


@pytest.mark.parametrize("missing", sorted(CLAIMS))
def test_every_claim_is_required(missing: str) -> None:
    _refused(_token(claims=_but(**{missing: None})))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "someone"},
        {"aud": "other-api"},
        {"aud": ["zhucun-api"]},
        {"use": "refresh"},
        {"sub": "1"},
        {"sub": 7},
        {"sid": "x"},
        {"sid": {}},
        {"jti": 7},
        {"exp": str(IAT + 600)},
        {"exp": float(IAT + 600)},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**400},
        {"exp": True},
        {"exp": IAT - 1},
        {"exp": IAT + 901},
        {"iat": str(IAT)},
        {"iat": float(IAT)},
        {"iat": IAT + 61, "exp": IAT + 600},
        {"iat": IAT - 901, "exp": IAT + 1},
        {"iat": IAT + 10**9, "exp": IAT + 10**9 + 600},
        {"nbf": IAT},
        {"role": "SA"},
    ],
)
def test_claims_of_another_kind_are_refused(change: dict[str, Any]) -> None:
    _refused(_token(claims=_but(**change)))


@pytest.mark.parametrize("claims", [b"[]", b"null", b"7", b'"x"', b"", b"\xff", b"[" * 1000])
def test_a_payload_that_is_no_object_is_refused(claims: bytes) -> None:
    _refused(_token(claims=claims))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256", "typ": "JWT", "b64": False},
        {"alg": "HS256", "typ": "JWT", "b64": False, "crit": ["b64"]},
        {"alg": "HS256", "typ": "JWT", "crit": ["exp"]},
        {"alg": "HS256", "typ": "JWT", "jwk": {"kty": "oct", "k": "eA"}},
        {"alg": "HS256", "typ": "JWT", "jku": "https://example.com/keys"},
        {"alg": "HS256", "typ": "JWT", "kid": "../../dev/null"},
        {"alg": "HS256", "typ": "JWE", "enc": "A256GCM", "zip": "DEF"},
        {"alg": "HS512", "typ": "JWT"},
        {"alg": "hs256", "typ": "JWT"},
        {"alg": ["HS256"], "typ": "JWT"},
        {"alg": None, "typ": "JWT"},
        {"typ": "JWT"},
        b"[]",
        b"null",
        b"",
        b"\xff\xfe",
        b'{"a":' * 700,
    ],
)
def test_any_other_header_is_refused(header: Any) -> None:
    _refused(_token(header=header))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_unsigned_tokens_are_refused(alg: str) -> None:
    head, claims = _b64(_json({"alg": alg, "typ": "JWT"})), _b64(_json(CLAIMS))
    for token in (f"{head}.{claims}.", f"{head}.{claims}", f"{head}.{claims}.{'A' * 43}"):
        _refused(token)


def test_a_header_that_exhausts_the_parser_is_refused() -> None:
    deep = _b64(b"[" * 1000)
    _refused(f"{deep}.{_b64(_json(CLAIMS))}.{'A' * 43}")
    _refused(f"{deep}.e30.")
    # and the parser of jose really gives up on it
    with pytest.raises(RecursionError):
        jws.get_unverified_header(f"{_b64(b'[' * 100_000)}.e30.{'A' * 43}")


def test_one_token_has_one_spelling() -> None:
    good = TOKENS.issue(USER, SIGN_IN, AT)
    signed, _, signature = good.rpartition(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spellings = [signature[:-1] + last for last in alphabet if last != signature[-1]]
    spellings += [signature + tail for tail in ("=", "==", "!", " ", "\n", "A", ".", "\0", "é")]
    spellings += ["!" + signature, signature[:9] + "\n" + signature[9:], signature[:-1], ""]
    for spelling in spellings:
        _refused(f"{signed}.{spelling}")
    for token in (f" {good}", f"{good}.{signature}", good.replace(".", ".."), good.upper()):
        _refused(token)
    TOKENS.read(good, AT)


def test_every_changed_character_is_noticed() -> None:
    good = TOKENS.issue(USER, SIGN_IN, AT)
    for place, char in enumerate(good):
        _refused(good[:place] + ("A" if char != "A" else "B") + good[place + 1 :])


@pytest.mark.parametrize("junk", [None, "", ".", "..", "a.b.c", "x" * 5000, 7, b"a.b.c", ["a"]])
def test_what_is_no_token_is_refused(junk: Any) -> None:
    _refused(junk)


def test_a_token_over_four_kilobytes_is_refused_unread() -> None:
    _refused(_token(claims=_but(jti="j" * 4000)))


def test_another_key_is_refused() -> None:
    _refused(_token(key=KEY.encode() + b"!"))
    _refused(_token(key=b""))


@pytest.mark.parametrize("form", [serialization.Encoding.DER, serialization.Encoding.PEM])
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_public_key_is_never_taken_for_a_secret(kind: str, form: serialization.Encoding) -> None:
    private = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if kind == "rsa"
        else ec.generate_private_key(ec.SECP256R1())
    )
    public = private.public_key().public_bytes(
        form, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _refused(_token(key=public))  # CVE-2026-85394 is a server whose key this is; ours never is
    if form is serialization.Encoding.PEM:
        with pytest.raises(Exception, match="asymmetric"):
            Tokens(public, 10)


def test_tokens_of_other_makers_are_refused() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    _refused(jwt.encode(CLAIMS, pem, algorithm="RS256"))
    _refused(jws.sign(CLAIMS, KEY, algorithm="HS384"))
    _refused(jws.sign(CLAIMS, KEY, algorithm="HS256", headers={"kid": "1"}))


def test_encrypted_tokens_are_refused() -> None:
    _refused("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiemlwIjoiREVGIn0..AAAA.AAAA.AAAA")


@pytest.mark.parametrize("key", ["", "x", "x" * 31, b"", b"x" * 31])
def test_a_short_key_is_refused_at_the_start(key: str | bytes) -> None:
    with pytest.raises(ValueError, match="bytes"):
        Tokens(key, 10)


@pytest.mark.parametrize("minutes", [0, -1, 16, 10_000])
def test_a_life_beyond_the_limit_is_refused_at_the_start(minutes: int) -> None:
    with pytest.raises(ValueError, match="minutes"):
        Tokens(KEY, minutes)


def test_a_secret_that_looks_like_a_list_is_one_secret() -> None:
    listed = json.dumps(["short", "a" * 40])
    tokens = Tokens(listed, 10)
    token = tokens.issue(USER, SIGN_IN, AT)
    assert tokens.read(token, AT).user_id == USER
    for member in ("short", "a" * 40):
        with pytest.raises(NotSignedIn):
            tokens.read(_token(key=member.encode()), AT)
    key = jwk.construct(listed.encode(), "HS256")
    assert jws.verify(token, key, ["HS256"])


def _imports(file: Path) -> set[str]:
    """Top-level packages that a file imports, also inside functions and by name."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value) if node.value == "jose" else None
    return found


def test_only_one_module_knows_jose() -> None:
    knowing = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "app").rglob("*.py")
        if _imports(file) & {"jose", "ecdsa", "rsa"}
    }
    assert knowing == {"app/auth/tokens.py"}
    tree = ast.parse((ROOT / "app/auth/tokens.py").read_text(encoding="utf-8"))
    used = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "jose"
        for alias in node.names
    }
    assert used == {"jwk", "jws"}  # never jwe


def test_the_leaking_ecdsa_is_installed_and_never_loaded() -> None:
    # waiver for CVE-2024-23342: python-jose insists on installing it
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, app.auth.tokens; print('ecdsa' in sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert loaded.stdout.strip() == "False"
