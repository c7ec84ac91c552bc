"""What submissions, figures and files can be refused for."""

from typing import ClassVar

from app.core.errors import Problem


class SubmissionDiffers(Problem):
    """The author's own id with another body: kept, for a person to look at."""

    status, code, title = 409, "submission-differs", "This id already stands for another submission"
    detail = (
        "这个编号已有一份内容不同的材料。两份都已保存,请在“冲突”中核对;"
        "要更正请用新编号写新版本,并在 replaces 填写原材料编号。"
    )


class SubmissionReplaced(Problem):
    """Another version came first: the newest one is named."""

    status, code = 409, "submission-already-replaced"
    title = "A newer version has replaced it already"
    detail = (
        "这份材料已有更新的版本。请打开最新版本核对后再办理;您写的内容没有丢失,保存在“冲突”中。"
    )


class StepRefused(Problem):
    """The state does not allow this step; the sentence names the state and what is possible."""

    status, code, title = 409, "submission-step", "Not possible in the state it is in"
    detail = "材料目前的状态不能这样办理。请刷新后按列出的可办理事项操作。"


class FigureDiffers(Problem):
    """The author's own id with another body: kept, for a person to look at."""

    status, code, title = 409, "figure-differs", "This id already stands for another figure"
    detail = (
        "这个编号已有一条内容不同的上报数据。两条都已保存,请在“冲突”中核对;"
        "要更正请撤回原数据,再用新编号上报。"
    )


class FileHashDiffers(Problem):
    """The bytes that came are not those the address names."""

    status, code, title = 422, "file-hash-differs", "The bytes do not have this SHA-256"
    detail = "文件内容与其编号(SHA-256)不一致,可能在传输中损坏或被改动。请从原文件重新上传。"


class FileNotAccepted(Problem):
    """Not a whole PDF, DOCX or XLSX."""

    status, code, title = 415, "file-not-accepted", "Not a PDF, DOCX or XLSX document"
    detail = (
        "这个文件不能接收:按内容判断(不看文件名),只接受完整的 PDF、DOCX、XLSX。"
        "DOC、XLS、WPS 请先另存为 DOCX、XLSX 或 PDF;照片请走照片上传。"
    )


class FileHasProgram(Problem):
    """The document carries a program: macros, controls or embedded objects."""

    status, code, title = 415, "file-has-program", "The document carries a program"
    detail = (
        "这个文件含有宏、控件或嵌入程序,为安全不能接收。请另存为不含宏的 DOCX、XLSX 或 PDF 后再传。"
    )


class FileTooDeep(Problem):
    """A package of too many parts, or of parts far larger than the file."""

    status, code, title = 413, "file-too-deep", "Too many parts, or too large when unpacked"
    detail = "文件解压后过大或部件过多,不能接收。请删去多余的图片和工作表,或另存为 PDF 后再传。"


class TooManyFiles(Problem):
    """A day's share of new files is used up."""

    status, code, title = 429, "too-many-files", "Too many new files today"
    detail = "今天上传的新文件已达上限,请明天再传;文件仍保存在手机上。"
    headers: ClassVar = {"Retry-After": "3600"}
