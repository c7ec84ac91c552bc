"""Older versions 旧版本 of the shipped packs: an adoption names a version, and that one speaks.

The newest version of a pack is ``packs/ID/pack.yaml``. Whoever changes a rule raises the version
and leaves the old file beside it as ``packs/ID/versions/VERSION.yaml``.
"""

import hashlib
from functools import cache
from pathlib import Path

from app.policy.loader import PACKS, load_pack, read_installed, shipped
from app.policy.pack import Pack


@cache
def load_version(pack_id: str, version: str) -> Pack:
    """A version of a shipped pack; `KeyError` where this program does not hold it."""
    newest = load_pack(pack_id)
    if newest.version == version:
        return newest
    if version not in older(pack_id):
        raise KeyError(f"{pack_id} {version}")
    shown = f"{pack_id}/versions/{version}.yaml"
    return read_installed(_file(pack_id, version), pack_id, shown)


def read_all() -> None:
    """Reads every installed pack and version, so that nothing begins on a broken one; raises `Fault`."""
    for pack_id in shipped():
        load_pack(pack_id)
        for version in older(pack_id):
            load_version(pack_id, version)


def older(pack_id: str) -> list[str]:
    """The versions that are kept beside the newest one."""
    return sorted(path.stem for path in (PACKS / pack_id / "versions").glob("*.yaml"))


@cache
def digest_of(pack_id: str, version: str) -> str:
    """SHA-256 (hex) of the file that holds this version: what a closed period was judged by."""
    return hashlib.sha256(text_of(pack_id, version)).hexdigest()


@cache
def number_of_all() -> int:
    """A number that is another one as soon as this program holds other packs or versions."""
    held = [
        f"{pack_id} {version} {digest_of(pack_id, version)}"
        for pack_id in shipped()
        for version in sorted({load_pack(pack_id).version, *older(pack_id)})
    ]
    return int.from_bytes(hashlib.sha256("\n".join(held).encode()).digest()[:6], "big")


def text_of(pack_id: str, version: str) -> bytes:
    """The file that holds this version; `KeyError` where this program does not hold it."""
    newest = load_version(pack_id, version) is load_pack(pack_id)
    path = PACKS / pack_id / "pack.yaml" if newest else _file(pack_id, version)
    return path.read_bytes()


@cache
def changelog_of(pack_id: str) -> str:
    """What changed in each version, as the pack's authors wrote it; empty where nobody did."""
    path = PACKS / pack_id / "CHANGELOG.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _file(pack_id: str, version: str) -> Path:
    return PACKS / pack_id / "versions" / f"{version}.yaml"
