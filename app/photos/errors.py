"""What can be wrong with an upload."""

from typing import ClassVar

from app.core.errors import Problem


class PhotoHashDiffers(Problem):
    """The bytes that came are not those the address names."""

    status, code, title = 422, "photo-hash-differs", "The bytes do not have this SHA-256"
    detail = (
        "照片内容与其编号(SHA-256)不一致,可能在传输中损坏或被改动。请从手机上的原照片重新上传。"
    )


class PhotoNotAccepted(Problem):
    """Not a still JPEG, PNG or WebP that a decoder can read."""

    status, code, title = 415, "photo-not-accepted", "Not a still JPEG, PNG or WebP picture"
    detail = (
        "这个文件不是照片:按内容判断(不看文件名),只接受 JPEG、PNG、WebP。请重新选择或重新拍摄。"
    )


class PhotoTooLarge(Problem):
    """More pixels than the decoder takes."""

    status, code, title = 413, "photo-too-many-pixels", "Too many pixels"
    detail = "照片尺寸过大:最多 4000 万像素(WebP 为 2000 万),单边最多 12000 像素。请调低相机分辨率或缩小照片后再传。"


class TooManyPhotos(Problem):
    """A day's share of new photos is used up."""

    status, code, title = 429, "too-many-photos", "Too many new photos today"
    detail = "今天上传的新照片已达上限,请明天再传;照片仍保存在手机上,会自动重传。"
    headers: ClassVar = {"Retry-After": "3600"}
