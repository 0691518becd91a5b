"""Says what one file from standard input really is; run by ``foundation.uploads`` as a process of its own, so that
whatever a hostile file makes a reader do ends with this process.

It prints one line of JSON, the ending that the content has or the code of the refusal, and after it the new bytes of a
picture. It knows nothing of Django: the parent says the codes in words.
"""

import io
import json
import re
import resource
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, NamedTuple
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

MOST_ENTRIES = 2_000
# Parts that are read as XML; the largest real ones stay far below.
_MOST_XML = 2 * 1024 * 1024
_PIECE = 64 * 1024
_PDF_END_WITHIN = 2048
# Before the word "stream" stands the dictionary that says what the stream is.
_PDF_DICTIONARY_WITHIN = 2048

# What a broken package makes the unpacking raise.
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError)
_USUAL_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MACROS = re.compile(r"vbaproject|vbadata|macrosheets|activex", re.IGNORECASE)
# Programs and other files come as objects; the tables behind charts are plain workbooks and stay.
_OBJECTS = re.compile(r"(^|/)embeddings/(?!.*\.xlsx$)", re.IGNORECASE)
_CONNECTIONS = re.compile(r"^xl/(connections\.xml|querytables/|externallinks/)", re.IGNORECASE)
# What makes a PDF more than pages: scripts, programs that it starts, files inside it, forms that send. Names end at a
# delimiter; the two short ones are followed by their value, or pictures would hold them by chance.
_ACTIVE_PDF = re.compile(
    rb"/(?:(?:JavaScript|Launch|EmbeddedFiles?|FileAttachment|RichMedia|XFA|GoToE|SubmitForm|ImportData)"
    rb"(?=[\s\x00/<>\[\](){}%]|$)|(?:JS|EF)(?:[\s\x00]+\d|[\s\x00]*[(<%]))"
)
_ENCRYPTED_PDF = re.compile(rb"/Encrypt(?=[\s\x00/<>\[\](){}%]|$)")
# Any letter of a name may be written as "#" and two digits.
_ESCAPED_LETTER = re.compile(rb"#([0-9A-Fa-f]{2})")
_PDF_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_MAIN_PARTS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Limits(NamedTuple):
    """What looking at a file may cost; bytes, seconds, and pixels of a picture."""

    unpacked: int
    memory: int
    seconds: int
    pixels: int


class RefusedError(Exception):
    """The file cannot be taken; the argument is a code that the parent knows."""


def main(arguments: list[str]) -> int:
    """Looks with the limits given as arguments, and prints what was found."""
    limits = Limits(*(int(argument) for argument in arguments))
    _tie_hands(limits)
    content = sys.stdin.buffer.read()
    anew = b""
    try:
        ending, anew = look(content, limits)
        answer = {"ending": ending}
    except RefusedError as refusal:
        answer = {"refused": refusal.args[0]}
    except MemoryError:
        answer = {"refused": "costly"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + anew)
    return 0


def _tie_hands(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def look(content: bytes, limits: Limits) -> tuple[str, bytes]:
    """The ending that the content has, and for pictures its new bytes. Raises RefusedError."""
    head, tail = content[:16], content[-_PDF_END_WITHIN:]
    if head.startswith(b"%PDF-") and b"%%EOF" in tail:
        _judge_pdf(content, limits)
        return "pdf", b""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and tail.endswith(b"IEND\xaeB`\x82"):
        return "png", _picture_anew(content, "PNG", limits)
    if head.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in tail:
        return "jpg", _picture_anew(content, "JPEG", limits)
    if head.startswith(b"PK\x03\x04"):
        return _office_ending(content, limits), b""
    if head.startswith(_OLD_OFFICE):
        raise RefusedError("encrypted" if "EncryptedPackage".encode("utf-16-le") in content else "old")
    raise RefusedError("other")


def _judge_pdf(content: bytes, limits: Limits) -> None:
    """Looks at what stands open in the file and at the objects that are packed in streams of their own."""
    parts = [content, *_packed_objects(content, limits)]
    for part in map(_with_plain_names, parts):
        if _ENCRYPTED_PDF.search(part):
            raise RefusedError("encrypted")
        if _ACTIVE_PDF.search(part):
            raise RefusedError("active_pdf")


def _with_plain_names(part: bytes) -> bytes:
    return _ESCAPED_LETTER.sub(lambda found: bytes([int(found[1], 16)]), part)


def _packed_objects(content: bytes, limits: Limits) -> Iterator[bytes]:
    left = limits.unpacked
    for start in _PDF_STREAM.finditer(content):
        before = content[max(0, start.start() - _PDF_DICTIONARY_WITHIN) : start.start()]
        if b"/ObjStm" not in _with_plain_names(before.rpartition(b" obj")[2]):
            continue
        unpacked = _inflated(content[start.end() :], left)
        left -= len(unpacked)
        yield unpacked


def _inflated(packed: bytes, at_most: int) -> bytes:
    inflating = zlib.decompressobj()
    try:
        unpacked = inflating.decompress(packed, max(at_most, 1))
    except zlib.error as error:
        raise RefusedError("damaged") from error
    if not inflating.eof:
        raise RefusedError("unpacked" if inflating.unconsumed_tail else "damaged")
    return unpacked


def _picture_anew(content: bytes, format_name: str, limits: Limits) -> bytes:
    """The picture and nothing else: no place, no camera, no comments, no second picture behind it."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 -- only once the limits stand

    # Twice as many are refused before anything is read, and the rest two lines below.
    Image.MAX_IMAGE_PIXELS = limits.pixels
    anew = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content), formats=[format_name]) as picture:
            if picture.width * picture.height > limits.pixels:
                raise RefusedError("pixels")
            picture.load()
            # A picture that was taken sideways says so in what is left out.
            ImageOps.exif_transpose(picture, in_place=True)
            transparency = picture.info.get("transparency")
            picture.info = {} if transparency is None else {"transparency": transparency}
            if format_name == "PNG":
                picture.save(anew, "PNG")
            else:
                photo = picture if picture.mode in ("RGB", "L") else picture.convert("RGB")
                photo.save(anew, "JPEG", quality=90)
    except Image.DecompressionBombError as error:
        raise RefusedError("pixels") from error
    except (UnidentifiedImageError, *_BROKEN, SyntaxError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise RefusedError("damaged") from error
    return anew.getvalue()


def _office_ending(content: bytes, limits: Limits) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _refuse_unsafe_entries(package.infolist(), limits)
            _unpack_all(package)
            _refuse_reaching_out(package)
            return _main_part(package)
    except _BROKEN as error:
        raise RefusedError("damaged") from error


def _refuse_unsafe_entries(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > limits.unpacked:
        raise RefusedError("unpacked")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise RefusedError("encrypted")
    if len({name.casefold() for name in names}) != len(names) or not all(_is_plain(entry) for entry in entries):
        raise RefusedError("unusual")
    if any(_MACROS.search(name) for name in names):
        raise RefusedError("macros")
    if any(_OBJECTS.search(name) for name in names):
        raise RefusedError("objects")
    if any(_CONNECTIONS.search(name) for name in names):
        raise RefusedError("reaching_out")


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a file inside the package, and not a way out of it."""
    path = PurePosixPath(entry.filename)
    way_out = path.is_absolute() or ".." in path.parts or any(mark in entry.orig_filename for mark in "\\:\0")
    return entry.compress_type in _USUAL_PACKING and not way_out and not stat.S_ISLNK(entry.external_attr >> 16)


def _unpack_all(package: zipfile.ZipFile) -> None:
    """Reads every part to its end, so that sizes and sums that lie are found. No part gives more than it declares."""
    for entry in package.infolist():
        with package.open(entry) as part:
            _read_through(part)


def _read_through(part: IO[bytes]) -> None:
    while part.read(_PIECE):
        pass


def _refuse_reaching_out(package: zipfile.ZipFile) -> None:
    for name in package.namelist():
        if not name.endswith(".rels"):
            continue
        for relation in _xml(package, name).iter():
            if relation.get("TargetMode", "").casefold() == "external" and not _is_plain_link(relation):
                raise RefusedError("reaching_out")


def _is_plain_link(relation: Element) -> bool:
    """A link that a reader may click; templates, pictures and objects from elsewhere load by themselves."""
    scheme = urlsplit(relation.get("Target", "")).scheme
    return relation.get("Type", "").endswith("/hyperlink") and scheme in {"http", "https", "mailto"}


def _main_part(package: zipfile.ZipFile) -> str:
    if "[Content_Types].xml" not in package.namelist():
        raise RefusedError("other")
    types = [part.get("ContentType", "") for part in _xml(package, "[Content_Types].xml").iter()]
    if any("macroenabled" in kind.casefold() or _MACROS.search(kind) for kind in types):
        raise RefusedError("macros")
    found = {_MAIN_PARTS[kind] for kind in types if kind in _MAIN_PARTS}
    if len(found) != 1:
        raise RefusedError("other")
    return found.pop()


def _xml(package: zipfile.ZipFile, name: str) -> Element:
    from defusedxml import DefusedXmlException  # noqa: PLC0415 -- only once the limits stand
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    if package.getinfo(name).file_size > _MOST_XML:
        raise RefusedError("unpacked")
    try:
        root: Element = fromstring(package.read(name), forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError) as error:
        raise RefusedError("damaged") from error
    return root


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
