"""What must not be so when the portal is deployed (``manage.py check --deploy``)."""

from email.errors import MessageError
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesParser
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 -- Django's own name for it
from django.utils.module_loading import import_string

SMTP_BACKENDS = ("foundation.smtp.OutboxEmailBackend",)


@register(deploy=True)
def check_deployment(**kwargs: Any) -> list[CheckMessage]:
    """Everything that belongs to the quick start, and what would make mails or wake-ups fail unseen."""
    database = settings.DATABASES["default"]["ENGINE"]
    wrong: list[tuple[bool, CheckMessage]] = [
        (
            settings.PORTAL_CLOCK_STARTS_AT is not None,
            Error("PORTAL_CLOCK is set: the portal would live on a pretended day.", id="hlom.E001"),
        ),
        (
            settings.QUICK_START,
            Error("QUICK_START is on: sample staff log in without a second factor.", id="hlom.E002"),
        ),
        (
            not database.endswith("postgresql"),
            Error("The database is not PostgreSQL.", hint="Set DATABASE_URL.", id="hlom.E003"),
        ),
        (
            not settings.REDIS_URL,
            Error("There is no REDIS_URL: nothing wakes the worker.", id="hlom.E004"),
        ),
        (
            settings.EMAIL_BACKEND not in SMTP_BACKENDS,
            Error("Mails do not go to a mail server.", hint="Set EMAIL_URL=smtp://…", id="hlom.E005"),
        ),
        (
            not settings.SITE_URL.startswith("https://"),
            Error("SITE_URL is not https: links in mails and cookies would not be safe.", id="hlom.E006"),
        ),
        (
            not _is_callable(settings.UPLOAD_SCANNER),
            Error("UPLOAD_SCANNER names nothing that can be called: every upload would fail.", id="hlom.E007"),
        ),
        (
            not header_breaks_are_refused(),
            Warning(
                "This Python lets some control characters break a mail's headers (CVE-2026-1299).",
                hint="The portal cleans every header itself; still, install the newest patch of your Python.",
                id="hlom.W001",
            ),
        ),
    ]
    return [message for is_wrong, message in wrong if is_wrong]


def _is_callable(dotted_name: str) -> bool:
    """Whether a name from the settings leads to a function; no name is no mistake."""
    if not dotted_name:
        return True
    try:
        return callable(import_string(dotted_name))
    except ImportError:
        return False


def header_breaks_are_refused() -> bool:
    """Whether Python's own mail writer keeps a form feed in a subject from starting the body."""
    message = Message()
    message["Subject"] = "a\x0c\x0cb"
    message["To"] = "reader@example.org"
    message.set_payload("text")
    written = BytesIO()
    try:
        BytesGenerator(written).flatten(message)
    except (MessageError, ValueError):
        return True
    return BytesParser().parsebytes(written.getvalue())["To"] == "reader@example.org"
