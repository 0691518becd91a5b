"""An SMTP connection that knows whether a mail's text had been handed over when the line dropped."""

import smtplib
from contextlib import suppress
from typing import Any

from django.core.mail.backends.smtp import EmailBackend


class _KnowsWhenTextIsOut:
    """Remembers that DATA was sent and not yet answered: from then on a lost line means "maybe delivered"."""

    text_handed_over = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.text_handed_over = True
        try:
            answer: tuple[int, bytes] = super().data(msg)  # type: ignore[misc]  # smtplib.SMTP stands behind
        except smtplib.SMTPDataError:
            # Refused before the text: nothing is out, and the next mail needs a line without a half-told one.
            self.text_handed_over = False
            with suppress(smtplib.SMTPServerDisconnected):
                self.rset()  # type: ignore[attr-defined]  # as above
            raise
        self.text_handed_over = False
        return answer


class _PlainConnection(_KnowsWhenTextIsOut, smtplib.SMTP):
    pass


class _TlsConnection(_KnowsWhenTextIsOut, smtplib.SMTP_SSL):
    pass


class OutboxEmailBackend(EmailBackend):
    """Django's SMTP backend over such a connection; an error in opening it is always raised."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """The plain connection or the one with TLS from the first byte, as the settings say."""
        return _TlsConnection if self.use_ssl else _PlainConnection

    @property
    def text_handed_over(self) -> bool:
        """Whether the mail in hand had left us without an answer."""
        return bool(getattr(self.connection, "text_handed_over", False))
