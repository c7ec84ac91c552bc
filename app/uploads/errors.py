"""What can happen to any upload on its way in."""

from typing import ClassVar

from app.core.errors import Problem


class UploadStalled(Problem):
    """No byte came for a while."""

    status, code, title = 408, "upload-stalled", "The upload stood still"
    detail = "上传中断:长时间没有收到数据。内容仍在手机上,信号好时会自动重传。"
    headers: ClassVar = {"Retry-After": "30"}


class UploadCut(Problem):
    """The phone went away in the middle; nobody reads this answer."""

    status, code, title = 400, "upload-cut", "The upload ended early"
    detail = "上传在中途断开,服务器没有保留任何内容。内容仍在手机上,信号好时会自动重传。"
