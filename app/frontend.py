"""The phone app's built files, served by the process that answers its requests."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response

from app.core.errors import NotFound

BESIDE_THE_CODE = Path(__file__).resolve().parent.parent / "pwa" / "dist"
START = "index.html"
#: addresses of the service itself: where one is off, as the manual in production, no page takes its place
NOT_PAGES = {"api", "docs", "redoc", "metrics", "healthz", "readyz"}
_FOREVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}


@dataclass(frozen=True, slots=True)
class _File:
    """One file of the build, as it goes out; ``packed`` is its gzip copy where one was built."""

    content: bytes
    packed: bytes | None
    media_type: str
    cache: str
    tag: str


class Build:
    """A build, read once: a newer one on the disk cannot mix with it, pages and parts fit together."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(folder, path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".gz" and not path.name.startswith(".")
        }

    def answer(self, path: str, request: Request) -> Response:
        """The file, or for a page's address the app itself, which knows its pages."""
        file = self._files.get(path)
        if file is None:
            if "." in path.rpartition("/")[2] or path.partition("/")[0] in NOT_PAGES:
                raise NotFound(f"没有这个文件:/{path[:80]}。请重新打开应用。")
            file = self._files[START]
        headers = {"Cache-Control": file.cache, "ETag": file.tag, "Vary": "Accept-Encoding"}
        if file.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content = file.content
        if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            content, headers["Content-Encoding"] = file.packed, "gzip"
        return Response(content, media_type=file.media_type, headers=headers)


def _read(folder: Path, path: Path) -> _File:
    content = path.read_bytes()
    packed = path.with_name(path.name + ".gz")
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    # names under assets/ carry the digest of their content
    forever = path.relative_to(folder).parts[0] == "assets"
    return _File(
        content=content,
        packed=packed.read_bytes() if packed.is_file() else None,
        media_type=kind or "application/octet-stream",
        cache=_FOREVER if forever else _ASK_FIRST,
        tag=f'"{hashlib.sha256(content).hexdigest()[:16]}"',
    )


def is_built(folder: Path) -> bool:
    """Whether there is a build to serve."""
    return (folder / START).is_file()


def add_frontend(app: FastAPI, folder: Path) -> None:
    """Serve the build for every address that nothing else answers; call last. Without a build, nothing."""
    if not is_built(folder):
        return
    build = Build(folder)
    router = APIRouter(include_in_schema=False)

    @router.api_route("/{path:path}", methods=["GET", "HEAD"])
    async def page(path: str, request: Request) -> Response:
        """A file or a page of the phone app."""
        return build.answer(path or START, request)

    app.include_router(router)
