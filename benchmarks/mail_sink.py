"""A mail server for the benchmark, in a process of its own: takes every mail after so many seconds and keeps none.

python -m benchmarks.mail_sink PORT SECONDS
"""

import asyncio
import signal
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Forgetful:
    """Says yes."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's
        """Waits as a server that writes to its disk would."""
        if self.seconds:
            await asyncio.sleep(self.seconds)
        return "250 kept"


if __name__ == "__main__":
    Controller(Forgetful(float(sys.argv[2])), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    signal.pause()
