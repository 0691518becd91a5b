"""What a mail server's "no" is about, told by its codes.

Three digits as in RFC 5321, section 4.2; the subject of an enhanced code (the 1 of "5.1.1") as in RFC 3463, section 3:
1 addressing, 2 mailbox, 3 mail system, 4 routing, 5 protocol, 6 content, 7 policy.
"""

import re
from enum import Enum, auto

_ENHANCED = re.compile(r"\s*[245]\.(\d{1,3})\.\d{1,3}\b")
CLOSING = 421
_STORAGE_EXCEEDED, _NO_MAILBOX = 552, 550


class About(Enum):
    """Whom a refusal concerns, and so what becomes of the mail and of those behind it."""

    # Nobody is reached there: the mail fails, the contact is marked.
    ADDRESS = auto()
    # Nobody is to blame but the mail itself: it fails alone.
    TEXT = auto()
    # Busy, or greylisting: again later.
    LATER = auto()
    # The server does not want to work with us: again later, and no recipient is marked for it.
    US = auto()


def about_recipient(code: int, answer: str) -> About:
    """What a refused RCPT is about. A relay that has us on a block list says 5.7.1 for everybody."""
    if code == CLOSING:
        return About.US
    if code < 500:
        return About.LATER
    return About.US if _subject(answer) in ("3", "5", "7") else About.ADDRESS


def about_text(code: int, answer: str) -> About:
    """What a refused DATA is about: the mailbox, full or gone, or what the mail says."""
    if code == CLOSING:
        return About.US
    if code < 500:
        return About.LATER
    subject = _subject(answer)
    if not subject:
        return About.ADDRESS if code in (_STORAGE_EXCEEDED, _NO_MAILBOX) else About.TEXT
    return About.ADDRESS if subject in ("1", "2", "4") else About.TEXT


def about_sender(code: int) -> About:
    """What a refused MAIL FROM is about: the size that is named there, or us."""
    return About.TEXT if code == _STORAGE_EXCEEDED else About.US


def _subject(answer: str) -> str:
    found = _ENHANCED.match(answer)
    return found[1] if found else ""
