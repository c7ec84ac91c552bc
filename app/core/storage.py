"""The store for bytes: a local folder or an S3-compatible bucket, through obstore.

``file:///srv/zhucun/media`` or ``s3://bucket/prefix?endpoint=https://host&region=name``. The URL
may be logged, so the key pair is never part of it: ``ZHUCUN_MEDIA_KEY`` and
``ZHUCUN_MEDIA_SECRET``; without them obstore looks where AWS programs look (``AWS_*`` variables,
the machine's role).
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, unquote, urlsplit

import obstore
from fastapi import Depends, Request
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, S3Store

from app.core.errors import Unavailable
from app.core.settings import Settings

log = logging.getLogger("zhucun")

ANSWER_WITHIN = "30s"
TRIES = 2


class Absent(LookupError):
    """No object has this key."""


class Store:
    """Objects are written once and whole: nobody ever sees half of one, nobody overwrites one.

    Some S3 services (OpenStack Swift) decide between two writers of the same instant by the later
    timestamp and tell both that theirs is new: keys are therefore named after their content.
    """

    def __init__(self, url: str, *, key: str = "", secret: str = "") -> None:
        self.root: Path | None = None
        self._store: LocalStore | S3Store
        parts = urlsplit(url)
        match parts.scheme:
            case "file":
                self.root = Path(unquote(parts.path))
                self.root.mkdir(parents=True, exist_ok=True)
                self._store = LocalStore(self.root)
            case "s3":
                self._store = _bucket(url, key, secret)
            case _:
                raise ValueError(
                    f"ZHUCUN_MEDIA_URL: '{parts.scheme}:' is no store we know; use file:///folder "
                    "or s3://bucket?endpoint=https://host"
                )

    async def put(self, key: str, data: bytes) -> bool:
        """Write an object unless one has this key; whether it is new. Durable on return."""
        try:
            with _told():
                await obstore.put_async(self._store, key, data, mode="create", use_multipart=False)
            new = True
        except AlreadyExistsError:
            new = False
        if self.root is not None:
            # also when it was there: its writer may still be on the way to the disk
            await asyncio.to_thread(_flush_to_disk, self.root, self.root / key)
        return new

    async def get(self, key: str) -> bytes:
        """The whole object; ``Absent`` when there is none."""
        with _told():
            found = await obstore.get_async(self._store, key)
            return bytes(await found.bytes_async())

    async def has(self, key: str) -> bool:
        """Whether an object has this key."""
        try:
            with _told():
                await obstore.head_async(self._store, key)
        except Absent:
            return False
        return True

    async def delete(self, keys: list[str]) -> None:
        """Remove objects; absent ones are no error."""
        for key in keys:
            try:
                with _told():
                    await obstore.delete_async(self._store, key)
            except Absent:
                continue

    async def listing(self, prefix: str = "") -> AsyncIterator[str]:
        """The keys below a folder-like prefix, in no promised order."""
        with _told():
            async for batch in obstore.list(self._store, prefix or None):
                for found in batch:
                    yield found["path"]


def _bucket(url: str, key: str, secret: str) -> S3Store:
    """The bucket of an ``s3://bucket/prefix?endpoint=…&region=…`` URL."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if unknown := query.keys() - {"endpoint", "region"}:
        raise ValueError(
            f"ZHUCUN_MEDIA_URL: unknown option {sorted(unknown)[0]!r}; an s3:// URL takes "
            "endpoint= and region= (the key pair goes into ZHUCUN_MEDIA_KEY and _SECRET)"
        )
    if bool(key) != bool(secret):
        raise ValueError("ZHUCUN_MEDIA_KEY and ZHUCUN_MEDIA_SECRET: give both or neither")
    endpoint = query.get("endpoint", [""])[0]
    pair = {"access_key_id": key, "secret_access_key": secret} if key else {}
    where = {"endpoint": endpoint, "virtual_hosted_style_request": False} if endpoint else {}
    return S3Store(
        parts.netloc,
        prefix=unquote(parts.path).strip("/") or None,
        region=query.get("region", ["us-east-1"])[0],
        client_options={"allow_http": endpoint.startswith("http://"), "timeout": ANSWER_WITHIN},
        retry_config={"max_retries": TRIES},
        **where,  # type: ignore[arg-type]  # a TypedDict in pieces
        **pair,  # type: ignore[arg-type]
    )


@contextmanager
def _told() -> Iterator[None]:
    """The store's errors in our words: ``Absent``, ``AlreadyExistsError``, else ``Unavailable``."""
    try:
        yield
    except AlreadyExistsError:
        raise
    except FileNotFoundError as error:
        raise Absent(str(error)) from error
    except (BaseError, OSError) as error:
        # the message of a store may hold its address and key, the kind of error is enough
        log.error("the photo store does not answer: %s", type(error).__name__)
        raise Unavailable from error


def _flush_to_disk(root: Path, file: Path) -> None:
    """The file and the folders that name it survive a power cut once this returns."""
    folders = [folder for folder in file.parents if folder == root or root in folder.parents]
    for path in (file, *folders):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def store(request: Request) -> Store:
    """The application's store."""
    found: Store = request.app.state.store
    return found


#: The store, for routes.
Bytes = Annotated[Store, Depends(store)]


def store_of(settings: Settings) -> Store:
    """The store that the settings name."""
    return Store(
        settings.media,
        key=settings.media_key.get_secret_value(),
        secret=settings.media_secret.get_secret_value(),
    )
