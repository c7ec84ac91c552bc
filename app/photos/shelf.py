"""Where the store keeps a photo: the original, never served, and the two pictures we serve."""

from app.photos.models import Photo, PhotoRemoval, PhotoUse, Upload
from app.uploads.shelf import Shelf

SHAPES = ("original", "thumb", "view")


def key(sha256: str, shape: str) -> str:
    """The store's key of one shape of a photo."""
    return f"{sha256[:2]}/{sha256}/{shape}"


def keys(sha256: str) -> list[str]:
    """Everything the store holds of a photo."""
    return [key(sha256, shape) for shape in SHAPES]


PHOTOS = Shelf(Photo, Upload, PhotoUse, PhotoRemoval, keys)
