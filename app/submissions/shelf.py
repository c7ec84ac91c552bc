"""Where the store keeps a document."""

from app.submissions.models import File, FileRemoval, FileUpload, FileUse
from app.uploads.shelf import Shelf


def key(sha256: str) -> str:
    """The store's key of a document."""
    return f"files/{sha256[:2]}/{sha256}"


FILES = Shelf(File, FileUpload, FileUse, FileRemoval, lambda sha256: [key(sha256)])
