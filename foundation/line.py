"""One connection to the mail server, and the count of what it carried."""

import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.mail.backends.base import BaseEmailBackend

from foundation.marks import Accepted

logger = logging.getLogger(__name__)


@dataclass
class Tally:
    """What a drain did."""

    sent: int = 0
    failed: int = 0
    retried: int = 0
    refused: int = 0
    expired: int = 0
    # The mail server cannot be used, or was left alone; the mails wait.
    stopped: bool = False
    # Time was up before all was sent.
    unfinished: bool = False

    @property
    def touched(self) -> int:
        """How many mails were taken in hand."""
        return self.sent + self.failed + self.retried + self.refused

    def __str__(self) -> str:
        return (
            f"sent {self.sent}, failed {self.failed}, later {self.retried}, "
            f"not sent {self.refused}, expired {self.expired}"
        )


@dataclass
class Line:
    """One connection to the mail server, for one mail after another, and the count of what became of them."""

    connection: BaseEmailBackend
    now: Callable[[], datetime]
    tally: Tally = field(default_factory=Tally)
    # Once per line is enough to say that the mail server works.
    has_worked: bool = False
    # Taken by the mail server and not yet marked.
    accepted: Accepted | None = None

    def close(self) -> None:
        """Ends the connection; the next mail opens it again."""
        try:
            self.connection.close()
        except (smtplib.SMTPException, OSError) as error:
            logger.info("the mail server's line ended badly after use: %r", error)
