"""What a file that people send really is: told by its content, never by its name or by what the browser says.

Its content is looked at by a process of its own with little memory and little time (``foundation.upload_child``),
which makes pictures anew without what they tell beside the picture.
"""

import hashlib
import json
import logging
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Final

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from foundation.text import clean_line

log = logging.getLogger(__name__)

_MEGABYTE = 1024 * 1024
MOST_UNPACKED: Final = 50 * _MEGABYTE
MOST_PIXELS: Final = 40_000_000
_MOST_MEMORY = 768 * _MEGABYTE
_MOST_SECONDS = 20
_LONGEST_STEM = 100
_CHILD = Path(__file__).with_name("upload_child.py")
# Two at once in one server process: each may take its share of the memory.
_looking = threading.BoundedSemaphore(2)

_TYPES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "jpg": "image/jpeg",
}
# The ending for each media type.
ENDINGS: Final = {content_type: ending for ending, content_type in _TYPES.items()}
# For the input of a form: what its dialog offers first.
ACCEPTED: Final = ",".join([*(f".{ending}" for ending in _TYPES), ".jpeg"])
_SAME_ENDING = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg"}
_SUFFIX = re.compile(r"\.\s*([A-Za-z0-9]{1,5})\s*(?=\.|$)")
# Endings that make a computer run or open something else; hidden in front of a harmless one they deceive.
_DECEIVING = re.compile(
    "app|bat|bin|cmd|com|cpl|dll|docm|exe|hta|html?|iso|jar|jse?|lnk|mht|mhtml|msi|php|pif|ps1|py|scr|sh|svg|swf|url|"
    "vb[es]?|wsf?|wsh|xhtml|xlsm|xml"
)
# Names that stand for devices on Windows, whatever their ending.
_DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)\d")


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


@dataclass(frozen=True)
class Taken:
    """A file that may be kept: what it is, a name that may be offered to others, and its bytes."""

    kind: FileKind
    name: str
    content: bytes

    @cached_property
    def sha256(self) -> str:
        """The hexadecimal digest of the bytes that are kept; a picture's are not those that were sent."""
        return hashlib.sha256(self.content).hexdigest()


def take(file: IO[bytes], name: str, *, most_bytes: int) -> Taken:
    """Looks at a file that somebody sent under ``name``: PDF, DOCX, XLSX, PNG or JPEG, by its content.

    Raises UnsafeUploadError for anything else, for what is larger than ``most_bytes``, protected by a password,
    holds scripts, macros or other files, reaches out to other places, or is made to overwhelm who opens it; and for
    what the scanner of the setting UPLOAD_SCANNER finds. Takes a second or two, so call it before a transaction.
    """
    content = _read(file, most_bytes)
    ending, anew = _ask_child(content, name)
    _scan(content)
    kind = FileKind(ending)
    return Taken(kind, safe_name(name, kind), anew or content)


def safe_name(name: str, kind: FileKind) -> str:
    """A name under which the file may be saved by others: plain letters, one ending, and that the true one."""
    last = _last_part(name)
    stem = slugify((last.rpartition(".")[0] or last).replace(".", "-"), allow_unicode=True)[:_LONGEST_STEM].strip("-_")
    if _DEVICE.fullmatch(stem):
        stem = f"file-{stem}"
    return f"{stem or 'document'}.{kind.ending}"


def refuse_misleading_name(name: str, kind: FileKind) -> None:
    """Raises UnsafeUploadError when an ending of a name says something else than the content: ``plan.pdf.exe``."""
    endings = [ending.casefold() for ending in _SUFFIX.findall(_last_part(name))]
    told = endings[-1] if endings else kind.ending
    if _SAME_ENDING.get(told, told) != kind.ending:
        sentence = _("The name ends with .%(told)s, but inside is a file of the kind %(real)s. Please rename it.")
        raise UnsafeUploadError(sentence % {"told": told, "real": kind.ending.upper()})
    if deceiving := next((ending for ending in endings[:-1] if _DECEIVING.fullmatch(ending)), None):
        sentence = _("The name has a second ending, .%(told)s, which looks like a program. Rename the file without it.")
        raise UnsafeUploadError(sentence % {"told": deceiving})


def too_large(most_bytes: int) -> str:
    """What is said of a file of more than ``most_bytes``."""
    return _("The file is larger than %(most)d MB.") % {"most": most_bytes // _MEGABYTE}


def _last_part(name: str) -> str:
    return PurePosixPath(clean_line(name).replace("\\", "/")).name


def _read(file: IO[bytes], most_bytes: int) -> bytes:
    size = file.seek(0, 2)
    file.seek(0)
    if size == 0:
        raise UnsafeUploadError(_("The file is empty."))
    if size > most_bytes:
        raise UnsafeUploadError(too_large(most_bytes))
    return file.read()


def _ask_child(content: bytes, name: str) -> tuple[str, bytes]:
    """The ending, and for pictures the new bytes."""
    figures = (MOST_UNPACKED, _MOST_MEMORY, _MOST_SECONDS, MOST_PIXELS)
    command = [sys.executable, "-I", str(_CHILD), *map(str, figures)]
    with _looking:
        try:
            done = subprocess.run(  # noqa: S603 -- our own file, and numbers
                command,
                input=content,
                capture_output=True,
                timeout=_MOST_SECONDS,
                env={"LANG": "C.UTF-8"},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UnsafeUploadError(_refusal("costly", name)) from error
    if done.returncode != 0:
        # Mostly the limits ended it; what it said tells when it was something else.
        log.warning("a file could not be looked at: %s", clean_line(done.stderr.decode(errors="replace")[-300:]))
        raise UnsafeUploadError(_refusal("costly", name))
    line, _end, anew = done.stdout.partition(b"\n")
    answer: dict[str, str] = json.loads(line)
    if "refused" in answer:
        raise UnsafeUploadError(_refusal(answer["refused"], name))
    return answer["ending"], anew


def _refusal(code: str, name: str) -> str:
    if code == "other" and (told := PurePosixPath(_last_part(name)).suffix[1:].strip().lower()) in _TYPES:
        code = "otherwise_named"
    else:
        told = ""
    sentences = {
        "other": _("Only PDF, Word (docx), Excel (xlsx), PNG and JPEG files can be taken."),
        "otherwise_named": _(
            "The name ends with .%(told)s, but inside is something else. Only PDF, Word (docx), Excel (xlsx), PNG and "
            "JPEG files can be taken."
        ),
        "old": _("The file is of an old kind of office file. Save it as docx, xlsx or PDF and send that one."),
        "encrypted": _("The file is protected by a password. Save it without one."),
        "active_pdf": _("The PDF holds scripts or other files. Print it to a new PDF and send that one."),
        "damaged": _("The file is damaged: it cannot be unpacked."),
        "unpacked": _("The file is too large when it is unpacked."),
        "unusual": _("The file is not a usual office file."),
        "macros": _("The file holds macros. Save it without them, as docx or xlsx."),
        "objects": _("The file holds other files. Take them out, or print it to a PDF and send that one."),
        "reaching_out": _("The file loads parts from elsewhere. Save it with everything inside."),
        "pixels": _("The picture has more than %(pixels)d million pixels. Make it smaller and send it again."),
        "costly": _("The file takes too long or too much memory to look at. Save it anew, or as a smaller file."),
    }
    return sentences[code] % {"told": told, "pixels": MOST_PIXELS // 1_000_000}


def _scan(content: bytes) -> None:
    """Asks the callable that the setting names, if any; what cannot be scanned is not taken."""
    if not settings.UPLOAD_SCANNER:
        return
    scanner = import_string(settings.UPLOAD_SCANNER)
    try:
        found = scanner(content)
    except Exception as error:
        log.exception("the scanner failed")
        raise UnsafeUploadError(
            _("Files cannot be checked for viruses just now. Please try again in a few minutes.")
        ) from error
    if found:
        log.warning("the scanner refused a file: %s", clean_line(str(found), at_most=100))
        raise UnsafeUploadError(_("The virus scanner refused the file. Please have your computer checked."))
