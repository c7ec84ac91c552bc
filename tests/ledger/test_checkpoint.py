"""Signed notes: what the product signs, both verifiers accept, and nothing else."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ledger.checkpoint import BadNote, Signer, Verifier, opened, read
from scripts import verify as auditor

SECRET = "kept outside of the database, 0123456789"
AT = datetime(2026, 11, 22, 3, 0, 0, 999, tzinfo=UTC)
SIGNER = Signer(SECRET)
ROOT = bytes(range(32))
NOTE = SIGNER.sign("360321", 1234, ROOT, AT)
#: RFC 8032, 7.1: public key, message, signature
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_both_verifiers_know_the_published_signatures(
    key: str, message: str, signature: str
) -> None:
    raw = [bytes.fromhex(told) for told in (key, message, signature)]
    assert auditor.ed25519_holds(raw[0], raw[1], raw[2])
    Ed25519PublicKey.from_public_bytes(raw[0]).verify(raw[2], raw[1])
    for place in (0, 31, 32, 63):
        wrong = bytearray(raw[2])
        wrong[place] ^= 1
        assert not auditor.ed25519_holds(raw[0], raw[1], bytes(wrong))
    assert not auditor.ed25519_holds(raw[0], raw[1] + b"x", raw[2])


def test_a_signature_with_a_scalar_too_large_is_refused() -> None:
    key, message, signature = (bytes.fromhex(told) for told in VECTORS[1])
    scalar = int.from_bytes(signature[32:], "little") + auditor.ORDER
    assert not auditor.ed25519_holds(key, message, signature[:32] + scalar.to_bytes(32, "little"))


def test_what_is_signed_is_read_again_by_both() -> None:
    verifier = SIGNER.verifier("360321")
    said = opened(NOTE, [verifier])
    assert (said.log, said.size, said.root) == ("360321", 1234, ROOT)
    assert said.made_at == AT.replace(microsecond=0)
    assert said.origin == f"{SIGNER.installation}/360321"
    assert auditor.read_note(NOTE, [str(verifier)]) == (said.origin, 1234, ROOT)
    assert Verifier.parse(str(verifier)) == verifier


def test_the_key_follows_from_the_secret_and_from_nothing_else() -> None:
    assert Signer(SECRET).public == SIGNER.public
    assert Signer(SECRET + "x").public != SIGNER.public


@given(st.integers(0, len(NOTE.encode()) * 8 - 1))
@settings(max_examples=150, deadline=None)
def test_no_bit_of_a_note_can_be_turned(bit: int) -> None:
    raw = bytearray(NOTE.encode())
    raw[bit // 8] ^= 1 << bit % 8
    try:
        told = raw.decode()
    except UnicodeDecodeError:
        return  # no text at all
    key = SIGNER.verifier("360321")
    with pytest.raises(BadNote):
        opened(told, [key])
    with pytest.raises((auditor.Unreadable, ValueError)):
        auditor.read_note(told, [str(key)])


def test_another_log_s_or_installation_s_key_opens_nothing() -> None:
    for key in (SIGNER.verifier("000000"), Signer("x" * 40).verifier("360321")):
        with pytest.raises(BadNote, match="no known key"):
            opened(NOTE, [key])
        with pytest.raises(auditor.Unreadable, match="no known key"):
            auditor.read_note(NOTE, [str(key)])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "a\n1\n",
        "a\n01\n" + "A" * 43 + "=\n\n— a AAAAAAA=\n",
        "a\n1\nAAAA\n\n— a AAAAAAA=\n",
        "a\n1\n" + "A" * 43 + "=\n\nno dash\n",
        "a\n1\n" + "A" * 43 + "=\nmade yesterday\n\n— a AAAAAAA=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused_in_words(note: str) -> None:
    with pytest.raises(BadNote, match=r"not|signature"):
        read(note)


@pytest.mark.parametrize("told", ["", "name", "name+00000000+AAAA", str(SIGNER.verifier("1"))[1:]])
def test_what_is_no_verifier_key_is_refused(told: str) -> None:
    with pytest.raises(BadNote):
        Verifier.parse(told)
    with pytest.raises(auditor.Unreadable):
        auditor.read_key(told)
