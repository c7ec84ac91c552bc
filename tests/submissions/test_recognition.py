"""Documents by their content: what is taken, what is refused and as what; bombs stay packed."""

import io
import struct
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Problem
from app.submissions import recognition
from app.submissions.errors import FileHasProgram, FileNotAccepted, FileTooDeep
from app.submissions.recognition import PDF, recognised
from tests.submissions.desk import DOCX, XLSX, bomb, docx, package, pdf, types, xlsx


def of(data: bytes) -> str:
    return recognised(io.BytesIO(data), len(data))


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (pdf(), PDF),
        (pdf(tail=b"\r\n\0\0"), PDF),
        (docx(), DOCX),
        (xlsx(), XLSX),
        (docx(parts={"word/embeddings/table.xlsx": xlsx()}), DOCX),  # a chart's own table
        (docx(parts={"customXml/item1.xml": b"<a/>", "docProps/app.xml": b"<a/>"}), DOCX),
    ],
)
def test_what_is_taken(data: bytes, media: str) -> None:
    assert of(data) == media


MACRO = types("application/vnd.ms-word.document.macroEnabled.main+xml")
REFUSED: dict[str, tuple[bytes, type[Problem]]] = {
    "empty": (b"", FileNotAccepted),
    "text": ("月报".encode(), FileNotAccepted),
    "html": (b"<html><script>alert(1)</script>", FileNotAccepted),
    "a photo": (b"\xff\xd8\xff\xe0" + bytes(200), FileNotAccepted),
    "an old DOC": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), FileNotAccepted),
    "a cut PDF": (pdf()[:-20], FileNotAccepted),
    "a PDF with more behind it": (pdf(tail=b"PK\x03\x04 and a program"), FileNotAccepted),
    "a PDF that points outside itself": (
        b"%PDF-1.4\nstartxref\n99999999999999999999999\n%%EOF", FileNotAccepted,
    ),
    "something before the PDF": (b"MZ" + pdf(), FileNotAccepted),
    "any ZIP": (package({"a.txt": b"a"}), FileNotAccepted),
    "a ZIP with types only": (
        package({"[Content_Types].xml": types(f"{DOCX}.main+xml")}), FileNotAccepted,
    ),
    "a JAR": (package({"META-INF/MANIFEST.MF": b"", "A.class": b""}), FileNotAccepted),
    "both Word and Excel": (
        package({
            "[Content_Types].xml": types(f"{DOCX}.main+xml", f"{XLSX}.main+xml"),
            "word/document.xml": b"", "xl/workbook.xml": b"",
        }), FileNotAccepted,
    ),
    "a presentation": (
        package({"[Content_Types].xml": types("x.presentationml.presentation.main+xml"),
                 "ppt/presentation.xml": b""}), FileNotAccepted,
    ),
    "a cut DOCX": (docx()[:-30], FileNotAccepted),
    "a DOCX with more behind it": (docx() + b"more", FileNotAccepted),
    "a DOCX behind something": (b"PK\x03\x04more" + docx(), FileNotAccepted),
    "an absolute name": (docx(parts={"/etc/passwd": b""}), FileNotAccepted),
    "a name that climbs": (docx(parts={"word/../../x": b""}), FileNotAccepted),
    "a name that climbs the other way": (docx(parts={"word\\..\\..\\x": b""}), FileNotAccepted),
    "two parts of one name": (docx(parts={"WORD/document.xml": b""}), FileNotAccepted),
    "VBA": (docx(parts={"word/vbaProject.bin": b""}), FileHasProgram),
    "VBA in other letters": (docx(parts={"word/VBAPROJECT.BIN": b""}), FileHasProgram),
    "macros by type": (
        package({"[Content_Types].xml": MACRO, "word/document.xml": b""}), FileHasProgram,
    ),
    "VBA under another name": (
        package({
            "[Content_Types].xml": types(
                f"{DOCX}.main+xml", '<Override ContentType="application/vnd.ms-office.vbaProject"/>'
            ),
            "word/document.xml": b"", "word/harmless.bin": b"",
        }), FileHasProgram,
    ),
    "Excel 4.0 macros": (xlsx(parts={"xl/macrosheets/sheet1.xml": b""}), FileHasProgram),
    "ActiveX": (docx(parts={"word/activeX/activeX1.bin": b""}), FileHasProgram),
    "an embedded object": (docx(parts={"word/embeddings/oleObject1.bin": b""}), FileHasProgram),
    "too many parts": (
        docx(parts={f"word/media/{n}": b"" for n in range(recognition.MOST_PARTS)}), FileTooDeep,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    data, problem = REFUSED[case]
    with pytest.raises(problem):
        of(data)


def test_a_bomb_stays_packed() -> None:
    """A part of 300 MB in 300 KB: refused by what the directory says, in no time."""
    data = bomb()
    begun = time.process_time()
    with pytest.raises(FileTooDeep):
        of(data)
    assert time.process_time() - begun < 0.5


def test_a_bomb_that_lies_about_its_types_is_read_no_further_than_the_bound() -> None:
    """The one part that is read may claim to be small: what unpacks to more ends the reading."""
    large = types(f"{DOCX}.main+xml") + bytes(60_000_000)
    data = bytearray(package({"[Content_Types].xml": large, "word/document.xml": b""}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):  # its unpacked size, twice
        at = data.index(mark) + offset
        data[at : at + 4] = struct.pack("<L", 500)
    begun = time.process_time()
    with pytest.raises((FileNotAccepted, FileTooDeep)):
        of(bytes(data))
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("field", "value"), [("parts", 65_535), ("length", 2**31), ("offset", 2**31)]
)
def test_a_directory_that_promises_too_much_is_not_read(field: str, value: int) -> None:
    data = bytearray(docx())
    at = len(data) - 22
    end = list(struct.unpack("<4s4H2LH", data[at:]))
    for place in {"parts": (3, 4), "length": (5,), "offset": (6,)}[field]:
        end[place] = value
    data[at:] = struct.pack("<4s4H2LH", *end)
    with pytest.raises((FileNotAccepted, FileTooDeep)):
        of(bytes(data))


def test_a_locked_package_is_refused() -> None:
    data = bytearray(docx())
    at = data.index(b"PK\x01\x02") + 8
    data[at] |= 1
    with pytest.raises(FileNotAccepted):
        of(bytes(data))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_surprises(drawn: st.DataObject) -> None:
    """Any byte changed, cut or added: recognised or refused, never anything else."""
    whole = bytearray(drawn.draw(st.sampled_from([pdf(), docx(), xlsx()])))
    for _ in range(drawn.draw(st.integers(1, 4))):
        at = drawn.draw(st.integers(0, len(whole) - 1))
        whole[at] = drawn.draw(st.integers(0, 255))
    cut = drawn.draw(st.integers(0, len(whole)))
    data = bytes(whole[:cut] if drawn.draw(st.booleans()) else whole)
    with suppress(FileNotAccepted, FileHasProgram, FileTooDeep):
        assert of(data) in (PDF, DOCX, XLSX)
