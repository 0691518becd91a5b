"""A real SMTP server for tests. It keeps what it takes, and refuses, delays or hangs up as told."""

import email
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.test import override_settings


@dataclass
class Sink:
    """What arrived, and how the server behaves: an answer by recipient, and whether to hang up after DATA."""

    messages: list[Message] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    sender_answer: str = "250 OK"
    text_answers: dict[str, str] = field(default_factory=dict)
    # Said to the first mails before their text, one each.
    before_text: list[str] = field(default_factory=list)
    hang_up_after_data: int = 0
    hang_up_on: list[str] = field(default_factory=list)
    after_data: Callable[[], None] | None = None
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def recipients(self) -> list[str]:
        """The addresses that got a mail, in the order of arrival."""
        return [str(message["To"]) for message in self.messages]

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes or refuses what a sender has to say."""
        envelope.mail_from = address
        return self.sender_answer

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes or refuses a recipient."""
        if address in self.hang_up_on:
            server.transport.abort()
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        """Keeps the mail; may then hang up before the answer gets out."""
        refusal = self.text_answers.get(envelope.rcpt_tos[0])
        if refusal:
            return refusal
        self.messages.append(email.message_from_bytes(envelope.content or b""))
        if self.after_data:
            self.after_data()
        if self.hang_up_after_data:
            self.hang_up_after_data -= 1
            server.transport.abort()
        return "250 kept"


class _Server(SMTP):
    """Refuses texts before they come, which aiosmtpd leaves to no handler."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 -- aiosmtpd's name
        """Takes a text or says what the sink has to say."""
        refusals = self.event_handler.before_text
        if refusals:
            await self.push(refusals.pop(0))
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_sink(**settings: Any) -> Iterator[Sink]:
    """Starts a sink and points Django's mail settings at it."""
    sink = Sink(port=free_port())
    controller = _Controller(sink, hostname=sink.host, port=sink.port)
    controller.start()
    try:
        with override_settings(
            EMAIL_BACKEND="foundation.smtp.OutboxEmailBackend",
            EMAIL_HOST=sink.host,
            EMAIL_PORT=sink.port,
            EMAIL_TIMEOUT=5,
            **settings,
        ):
            yield sink
    finally:
        controller.stop()
