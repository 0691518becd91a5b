"""No character can break a message, add a header, or reach a second mailbox; each message is read back."""

import email
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage

import pytest

from foundation.mail import Content, build_message, new_mail
from foundation.models import OutgoingMail
from foundation.text import clean_line

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
# C0, DEL and C1; the line and paragraph separators; marks, embeddings, overrides and isolates of direction.
HOSTILE = [*range(0xA0), 0x2028, 0x2029, 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
NAMES = [
    "Auto-Submitted", "Content-Language", "Content-Transfer-Encoding", "Content-Type", "Date", "From",
    "List-Unsubscribe", "MIME-Version", "Message-ID", "Reply-To", "Subject", "To", "X-Auto-Response-Suppress",
]  # fmt: skip
BODY = "First line\nLast line\n"


def message_of(**changes: str) -> EmailMessage:
    """The message as a receiver reads it from the bytes on the wire; raises ValueError when it is not to be sent."""
    mail = new_mail(
        dedupe_key="key",
        purpose="test",
        address=changes.get("address", "a@example.org"),
        content=Content(
            subject=changes.get("subject", "Subject"),
            text=changes.get("text", BODY),
            headers={"List-Unsubscribe": changes.get("header", "<https://example.org/stop>")},
        ),
        at=AT,
        lasts=timedelta(days=1),
    )
    return read_back(mail)


def read_back(mail: OutgoingMail) -> EmailMessage:
    """Parses what would go over the wire."""
    message = build_message(mail)
    parsed = email.message_from_bytes(message.message().as_bytes(linesep="\r\n"), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def assert_whole(message: EmailMessage) -> None:
    """Exactly the headers that are meant, each once, and nothing of them in the body."""
    assert sorted(message.keys()) == NAMES
    assert message["To"] == "a@example.org"
    assert message.get_content().replace("\r\n", "\n") == BODY
    assert message.defects == []


@pytest.mark.parametrize("pattern", ["a{0}b", "{0}Bcc: x@example.org", "a{0}{0}Bcc: x@x.org\r\n\r\nBody", "é{0}b"])
def test_a_subject_stays_one_line(pattern: str) -> None:
    for code in HOSTILE:
        subject = pattern.format(chr(code))
        message = message_of(subject=subject)
        assert_whole(message)
        assert message["Subject"] == clean_line(subject), f"U+{code:04X}"


def test_a_name_in_a_subject_and_a_header_adds_nothing() -> None:
    for code in HOSTILE:
        name = f"Ministry{chr(code)}Bcc: x@example.org"
        message = message_of(subject=f"{name}: an invitation", header=f"<https://example.org/{name}>")
        assert_whole(message)
        assert "\n" not in str(message["List-Unsubscribe"]), f"U+{code:04X}"


@pytest.mark.parametrize("pattern", ["a{0}@example.org", "a@exam{0}ple.org", "{0}a@example.org", "a@x.org{0},b@x.org"])
def test_an_address_is_one_mailbox_or_none(pattern: str) -> None:
    refused = [code for code in HOSTILE if _reaches_one_or_none(pattern.format(chr(code)))]
    # Not every character is refused, or the test would show nothing.
    assert set(range(0x20)) <= set(refused)
    assert pattern.startswith("a@x") or ord("z") not in refused


def _reaches_one_or_none(address: str) -> bool:
    """Whether the address is refused; if it is not, exactly this mailbox is written to."""
    # The row as it would be if it had come past every form.
    mail = new_mail(
        dedupe_key="k", purpose="t", address="a@example.org", content=Content("S", BODY), at=AT, lasts=timedelta(days=1)
    )
    mail.address = address
    mail.headers = {"List-Unsubscribe": "<https://example.org/stop>"}
    try:
        message = read_back(mail)
    except ValueError:
        return True
    assert sorted(message.keys()) == NAMES
    (only,) = message["To"].addresses
    # A domain that is not ASCII is written as the name system spells it.
    name, domain = mail.address.split("@")
    assert (only.username, only.domain) == (name, domain.encode("idna").decode() if not domain.isascii() else domain)
    return False


def test_a_text_adds_no_header() -> None:
    for code in HOSTILE:
        message = message_of(text=f"{chr(code)}\nBcc: x@example.org\n{chr(code)}{chr(code)}\n\nLast line\n")
        assert sorted(message.keys()) == NAMES, f"U+{code:04X}"
        assert message.get_content().endswith("Last line\r\n")


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@b@c", "a@example.org,b@example.org", "a@example.org b@example.org", "Name <a@x.org>", "@example.org"],
)
def test_what_is_no_single_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no single address"):
        message_of(address=address)


def test_a_long_subject_is_cut_and_stays_one_line() -> None:
    message = message_of(subject="ü" * 5000)
    assert_whole(message)
    # Folding begins the header with a line break, which readers see as a space.
    assert message["Subject"].strip() == clean_line("ü" * 5000, at_most=200)
