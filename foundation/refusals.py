"""What a mail server's "no" is about, told by its codes, and by its words where it gives no better code.

Three digits as in RFC 5321, section 4.2; subject and detail of an enhanced code (the 1.1 of "5.1.1") as in RFC 3463,
section 3: 1 addressing, 2 mailbox, 3 mail system, 4 routing, 5 protocol, 6 content, 7 policy.
Many servers keep what they have against the sender until RCPT, so not every no to a recipient is about the recipient.
"""

import re
from enum import Enum, auto

_ENHANCED = re.compile(r"\s*[245]\.(\d{1,3})\.(\d{1,3})\b")
CLOSING = 421
_STORAGE_EXCEEDED, _NO_MAILBOX = 552, 550
# What a server may say of a recipient. Others (503, 530, 554 …) say that it does not work with us.
_OF_A_RECIPIENT = {501, _NO_MAILBOX, 551, _STORAGE_EXCEEDED, 553, 556}
# The sender's address (1.7, 1.8); at Exchange Online the day's quota (1.90) and no right to send as this sender
# (2.252); the server's own directory (4.3); at Gmail the day's quota (4.5).
_ABOUT_SENDER = {("1", "7"), ("1", "8"), ("1", "90"), ("2", "252"), ("4", "3"), ("4", "5")}
# What SPF, DKIM and the name server say of the sender (RFC 7372, section 3; RFC 7505, section 4.2); at Exchange Online
# no right to relay or to send as this sender (57, 60, 64) and a domain that fails DMARC (509).
_ABOUT_SENDER |= {("7", str(detail)) for detail in (*range(20, 28), 57, 60, 64, 509)}
_TOO_LONG = ("2", "3")
# Asked only where no code says more. Exim gives none, and Postfix has 5.1.0 for recipients and senders alike.
_WORDS_ABOUT_US = re.compile(
    r"\brelay(ing)? (access )?(is )?(not permitted|not allowed|denied|prohibited)|unable to relay"
    r"|\bsender\b.{0,80}\b(rejected|denied|verify|verification|blocked)|\bsender verify|\bverification failed for"
    r"|administrative prohibition|\bspam|\bjunk ?mail|\brbl\b|\bdnsbl\b|(block|black|deny) ?list|\breputation\b"
    r"|\b(helo|ehlo)\b|(sending|submission) (limit|quota)",
    re.IGNORECASE | re.DOTALL,
)
_WORDS_ABOUT_SIZE = re.compile(
    r"\b(message|mail|size)\b.{0,40}\b(exceeds|exceeded [a-z ]*size|too (large|big|long))", re.IGNORECASE | re.DOTALL
)


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
    subject, _detail = _enhanced(answer)
    if subject in ("3", "5", "7") or _is_about_us(answer):
        return About.US
    return About.ADDRESS if subject or code in _OF_A_RECIPIENT else About.US


def about_text(code: int, answer: str) -> About:
    """What a refused DATA is about: the mailbox, full or gone, or what the mail says, or who sends it."""
    if code == CLOSING:
        return About.US
    if code < 500:
        return About.LATER
    subject, detail = _enhanced(answer)
    if not subject:
        return About.ADDRESS if _names_a_mailbox(code, answer) else About.TEXT
    if (subject, detail) in _ABOUT_SENDER:
        return About.US
    return About.ADDRESS if subject in ("1", "2", "4") and (subject, detail) != _TOO_LONG else About.TEXT


def about_sender(code: int) -> About:
    """What a refused MAIL FROM is about: the size that is named there, or us."""
    return About.TEXT if code == _STORAGE_EXCEEDED else About.US


def _is_about_us(answer: str) -> bool:
    enhanced = _enhanced(answer)
    if enhanced in _ABOUT_SENDER:
        return True
    says_little = enhanced == ("", "") or enhanced[1] == "0" or enhanced == ("2", "2")
    return says_little and bool(_WORDS_ABOUT_US.search(answer))


def _names_a_mailbox(code: int, answer: str) -> bool:
    is_of_a_mailbox = code in (_STORAGE_EXCEEDED, _NO_MAILBOX)
    return is_of_a_mailbox and not _WORDS_ABOUT_US.search(answer) and not _WORDS_ABOUT_SIZE.search(answer)


def _enhanced(answer: str) -> tuple[str, str]:
    found = _ENHANCED.match(answer)
    return (found[1], found[2]) if found else ("", "")
