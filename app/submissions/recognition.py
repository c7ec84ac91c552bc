"""What a document is, by its content: PDF, DOCX or XLSX; nothing is unpacked to find out.

A DOCX or XLSX is a ZIP package. Only its end record, its central directory and one small part
(``[Content_Types].xml``, with a bound) are read, so a bomb stays packed. What this cannot see:
scripts inside compressed objects of a PDF, links to outside templates, faults in viewers. That is
why documents are only ever served as attachments, sandboxed and never shown in the page.
"""

import re
import struct
import zipfile
import zlib
from typing import IO

from app.submissions.errors import FileHasProgram, FileNotAccepted, FileTooDeep

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXTENSIONS = {PDF: "pdf", DOCX: "docx", XLSX: "xlsx"}

MOST_PARTS = 2_000
MOST_DIRECTORY = 1_000_000  # bytes of the central directory: some 10,000 names at most
MOST_UNPACKED = 200_000_000
MOST_TYPES = 1_000_000  # bytes of [Content_Types].xml, unpacked
TAIL = 1_024
END = struct.Struct("<4s4H2LH")
END_MARK = b"PK\x05\x06"
TYPES = "[Content_Types].xml"
#: the folder of the main part, and the content type that the package gives it
MAIN = {"word/": (DOCX, b"wordprocessingml.document.main+xml"),
        "xl/": (XLSX, b"spreadsheetml.sheet.main+xml")}  # fmt: skip
#: parts that carry programs: VBA, Excel 4.0 macro sheets, ActiveX controls, embedded objects
PROGRAMS = re.compile(
    r"vbaproject|vbadata|(^|/)macrosheets/|(^|/)activex/|oleobject|(^|/)customui/", re.IGNORECASE
)
PROGRAM_TYPES = re.compile(
    rb"macroenabled|vbaproject|intlmacrosheet|macrosheet|activex|oleobject", re.I
)
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
_STARTXREF = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")


def recognised(file: IO[bytes], size: int) -> str:
    """The media type of the document; raises what it is refused with. Blocking: use a thread."""
    file.seek(0)
    head = file.read(8)
    if re.match(rb"%PDF-[12]\.\d", head):
        return _pdf(file, size)
    if head.startswith(b"PK\x03\x04"):
        return _package(file, size)
    raise FileNotAccepted


def _pdf(file: IO[bytes], size: int) -> str:
    """Whole: it ends with the offset of its cross-references, and they lie inside."""
    file.seek(max(0, size - TAIL))
    end = _STARTXREF.search(file.read(TAIL).rstrip(b"\0\r\n\t "))
    if end is None or not 0 < int(end[1][:20]) < size:
        raise FileNotAccepted("这个 PDF 不完整(缺少文件尾)。请在电脑上打开确认后重新导出再传。")
    return PDF


def _package(file: IO[bytes], size: int) -> str:
    _check_end(file, size)
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            _check_parts(parts)
            types = _types(package)
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, OSError, EOFError) as error:
        raise FileNotAccepted from error
    except (
        NotImplementedError,
        RuntimeError,
        KeyError,
    ) as error:  # methods and locks unknown to us
        raise FileNotAccepted from error
    if PROGRAM_TYPES.search(types):
        raise FileHasProgram
    names = {part.filename for part in parts}
    found = [
        media for folder, (media, kind) in MAIN.items()
        if kind in types and any(name.startswith(folder) for name in names)
    ]  # fmt: skip
    if len(found) != 1:
        raise FileNotAccepted
    return found[0]


def _check_end(file: IO[bytes], size: int) -> None:
    """The end record stands at the very end and promises a directory that we are ready to read.

    Asked before ``zipfile`` is, which would read whatever is promised.
    """
    if size < END.size:
        raise FileNotAccepted
    file.seek(size - END.size)
    mark, disk, first_disk, here, parts, length, offset, comment = END.unpack(file.read(END.size))
    whole = offset + length == size - END.size
    if mark != END_MARK or comment or disk or first_disk or here != parts or not whole:
        raise FileNotAccepted
    if parts > MOST_PARTS or length > MOST_DIRECTORY:
        raise FileTooDeep


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename for part in parts]
    if any(PROGRAMS.search(name) for name in names):
        raise FileHasProgram
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise FileTooDeep
    odd = len({name.lower() for name in names}) < len(names) or any(
        name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names
    )
    strange = any(part.flag_bits & ENCRYPTED or part.compress_type not in METHODS for part in parts)
    first = min((part.header_offset for part in parts), default=1)
    if odd or strange or first != 0:
        raise FileNotAccepted


def _types(package: zipfile.ZipFile) -> bytes:
    """What the package says its parts are, read no further than its bound."""
    if package.getinfo(TYPES).file_size > MOST_TYPES:
        raise FileTooDeep
    with package.open(TYPES) as part:
        told = part.read(MOST_TYPES + 1)
    if len(told) > MOST_TYPES:
        raise FileTooDeep
    return told
