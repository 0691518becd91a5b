"""What a file that people send really is: told by its content, never by its name or by what the browser says."""

import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.text import slugify
from django.utils.translation import gettext as _

from foundation.text import clean_line

MOST_ENTRIES: Final = 2_000
MOST_UNPACKED: Final = 50 * 1024 * 1024
# Parts that are read as XML; the largest real ones stay far below.
_MOST_XML = 2 * 1024 * 1024
_LONGEST_STEM = 100
_PIECE = 64 * 1024
_PDF_END_WITHIN = 2048

# What a broken package makes the unpacking raise.
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError)
_USUAL_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MACROS = re.compile(r"vbaproject|vbadata|macrosheets|activex", re.IGNORECASE)
# What makes a PDF more than pages: scripts, programs that it starts, files inside it. Names end at a delimiter.
_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)(?=[\s/<>\[\](){}%]|$)")
# Any letter of a name may be written as "#" and two digits.
_ESCAPED_LETTER = re.compile(rb"#([0-9A-Fa-f]{2})")
_MAIN_PARTS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
}
_TYPES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "jpg": "image/jpeg",
}

# The ending for each media type.
ENDINGS: Final = {content_type: ending for ending, content_type in _TYPES.items()}


class UnsafeUploadError(ValueError):
    """The file cannot be taken; its text is a sentence for the person who sent it."""


@dataclass(frozen=True)
class FileKind:
    """What a file is: its ending and its media type."""

    ending: str

    @property
    def content_type(self) -> str:
        """The media type under which the file may be served."""
        return _TYPES[self.ending]


def kind_of(file: IO[bytes], *, most_bytes: int) -> FileKind:
    """The kind of a file by its content: PDF, DOCX, XLSX, PNG or JPEG. The file is at its beginning afterwards.

    Raises UnsafeUploadError for anything else, for what is larger than ``most_bytes``, and for office files that
    hold macros, reach out to other places, or are made to overwhelm who unpacks them, and for PDFs with scripts.
    """
    size = file.seek(0, 2)
    if size == 0:
        raise UnsafeUploadError(_("The file is empty."))
    if size > most_bytes:
        raise UnsafeUploadError(_("The file is larger than %(most)d MB.") % {"most": most_bytes // (1024 * 1024)})
    try:
        return FileKind(_ending(file, size))
    finally:
        file.seek(0)


def safe_name(name: str, kind: FileKind) -> str:
    """A name under which the file may be saved by others: plain letters, one ending, and that the true one."""
    last = PurePosixPath(clean_line(name).replace("\\", "/")).name
    stem = last.rpartition(".")[0] or last
    return f"{slugify(stem.replace('.', '-'))[:_LONGEST_STEM].strip('-_') or 'document'}.{kind.ending}"


def _ending(file: IO[bytes], size: int) -> str:
    file.seek(0)
    head = file.read(16)
    file.seek(max(0, size - _PDF_END_WITHIN))
    tail = file.read()
    if head.startswith(b"%PDF-") and b"%%EOF" in tail:
        _refuse_active_pdf(file)
        return "pdf"
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR" and tail.endswith(b"IEND\xaeB`\x82"):
        return "png"
    if head.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in tail:
        return "jpg"
    if head.startswith(b"PK\x03\x04"):
        return _office_ending(file)
    raise UnsafeUploadError(_("Only PDF, Word (docx), Excel (xlsx), PNG and JPEG files can be taken."))


def _refuse_active_pdf(file: IO[bytes]) -> None:
    """Finds what stands open in the file. What is packed inside it stays unseen: readers get it as a download only."""
    file.seek(0)
    content = _ESCAPED_LETTER.sub(lambda found: bytes([int(found[1], 16)]), file.read())
    if _ACTIVE_PDF.search(content):
        raise UnsafeUploadError(_("The PDF holds scripts or other files. Print it to a new PDF and send that one."))


def _office_ending(file: IO[bytes]) -> str:
    try:
        with zipfile.ZipFile(file) as package:
            _refuse_unsafe_entries(package.infolist())
            _unpack_all(package)
            _refuse_reaching_out(package)
            return _main_part(package)
    except UnsafeUploadError:
        raise
    except _BROKEN as error:
        raise UnsafeUploadError(_("The file is damaged: it cannot be unpacked.")) from error


def _refuse_unsafe_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise UnsafeUploadError(_("The file is too large when it is unpacked."))
    if len({name.casefold() for name in names}) != len(names) or not all(_is_plain(entry) for entry in entries):
        raise UnsafeUploadError(_("The file is not a usual office file."))
    if any(_MACROS.search(name) for name in names):
        raise UnsafeUploadError(_("The file holds macros. Save it without them, as docx or xlsx."))


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a file inside the package, not encrypted, and not a way out of it."""
    path = PurePosixPath(entry.filename)
    way_out = path.is_absolute() or ".." in path.parts or any(mark in entry.orig_filename for mark in "\\:\0")
    usual = entry.compress_type in _USUAL_PACKING and not entry.flag_bits & 0x1
    return usual and not way_out and not stat.S_ISLNK(entry.external_attr >> 16)


def _unpack_all(package: zipfile.ZipFile) -> None:
    """Reads every part to its end, so that sizes and sums that lie are found. No part gives more than it declares."""
    for entry in package.infolist():
        with package.open(entry) as part:
            while part.read(_PIECE):
                pass


def _refuse_reaching_out(package: zipfile.ZipFile) -> None:
    for name in package.namelist():
        if not name.endswith(".rels"):
            continue
        for relation in _xml(package, name).iter():
            if relation.get("TargetMode", "").casefold() == "external" and not _is_plain_link(relation):
                raise UnsafeUploadError(_("The file loads parts from elsewhere. Save it with everything inside."))


def _is_plain_link(relation: Element) -> bool:
    """A link that a reader may click; templates, pictures and objects from elsewhere load by themselves."""
    scheme = urlsplit(relation.get("Target", "")).scheme
    return relation.get("Type", "").endswith("/hyperlink") and scheme in {"http", "https", "mailto"}


def _main_part(package: zipfile.ZipFile) -> str:
    if "[Content_Types].xml" not in package.namelist():
        raise UnsafeUploadError(_("Only PDF, Word (docx), Excel (xlsx), PNG and JPEG files can be taken."))
    types = [part.get("ContentType", "") for part in _xml(package, "[Content_Types].xml").iter()]
    if any("macroenabled" in kind.casefold() or _MACROS.search(kind) for kind in types):
        raise UnsafeUploadError(_("The file holds macros. Save it without them, as docx or xlsx."))
    found = {_MAIN_PARTS[kind] for kind in types if kind in _MAIN_PARTS}
    if len(found) != 1:
        raise UnsafeUploadError(_("Only PDF, Word (docx), Excel (xlsx), PNG and JPEG files can be taken."))
    return found.pop()


def _xml(package: zipfile.ZipFile, name: str) -> Element:
    if package.getinfo(name).file_size > _MOST_XML:
        raise UnsafeUploadError(_("The file is too large when it is unpacked."))
    try:
        root: Element = fromstring(package.read(name), forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError) as error:
        raise UnsafeUploadError(_("The file is damaged: it cannot be unpacked.")) from error
    return root
