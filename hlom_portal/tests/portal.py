"""The whole portal as it runs in production, for journeys: gunicorn, worker with beat, PostgreSQL, Redis, SMTP."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg2

from foundation.tests.sink import Sink, smtp_sink
from hlom_portal.tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Portal:
    """A running portal: its address, its mails, its command line."""

    url: str
    sink: Sink
    environment: dict[str, str]
    folder: Path

    @contextmanager
    def web(self) -> Iterator[subprocess.Popen[bytes]]:
        """The web server, answering; a test may kill it and start another at the same address."""
        log = self.folder / "web.log"
        gunicorn = (sys.executable, "-m", "gunicorn", "hlom_portal.wsgi")
        address = ("--bind", urlsplit(self.url).netloc, "--threads", "8")
        with _process(*gunicorn, *address, environment=self.environment, log=log) as process:
            _wait_until_served(self.url, log)
            yield process

    @staticmethod
    def kill(process: subprocess.Popen[bytes]) -> None:
        """Ends a process and its children as a power cut would."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def manage(self, *arguments: str, **more: str) -> str:
        """Runs a management command; its output."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment | more,
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def mail_to(self, address: str, *, about: str, seconds: float = 30) -> Message:
        """The newest mail to an address whose subject or text holds ``about``; waits for it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for message in reversed(self.sink.messages):
                if message["To"] == address and about in f"{message['Subject']}\n{text_of(message)}":
                    return message
            time.sleep(0.1)
        have = [(message["To"], message["Subject"]) for message in self.sink.messages]
        raise AssertionError(f"no mail to {address} about {about!r}; there are {have}")

    def login_code(self, address: str, *, after: int) -> str:
        """The code in the first mail to an address after the first ``after`` mails."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for message in self.sink.messages[after:]:
                found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", text_of(message))
                if message["To"] == address and found:
                    return found.group()
            time.sleep(0.1)
        raise AssertionError(f"no code for {address}")


def text_of(message: Message) -> str:
    """The plain text of a mail."""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return payload.decode()
    return ""


def new_database(url: str) -> str:
    """A fresh database on the server of ``url``; its URL."""
    name = f"journey_{uuid4().hex[:12]}"
    connection = psycopg2.connect(url.replace("postgres://", "postgresql://"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def _process(*command: str, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        # A session of its own, so that a test can kill it with all its children.
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_served(url: str, log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/health/live", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"not served: {log.read_text()[-3000:]}")


@contextmanager
def prepared_portal(folder: Path, **more: str) -> Iterator[Portal]:
    """A fresh database, migrated, and a mail server; no process of the portal runs yet. ``more`` are settings."""
    port = free_port()
    with smtp_sink() as sink:
        environment = {name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE",)} | {
            "SECRET_KEY": "only-for-this-journey-" * 3,
            "SITE_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "CALENDAR_UID_HOST": "calendar.testserver",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": new_database(os.environ["DATABASE_URL"]),
            "EMAIL_URL": f"smtp://{sink.host}:{sink.port}",
            "MAIL_INLINE": "thread",
            "DRAIN_EVERY_SECONDS": "1",
            **more,
        }
        portal = Portal(url=environment["SITE_URL"], sink=sink, environment=environment, folder=folder)
        for command in ("migrate", "createcachetable", "set_up_roles"):
            portal.manage(command)
        portal.manage("collectstatic", "--noinput")
        yield portal


@contextmanager
def running_portal(folder: Path, **more: str) -> Iterator[Portal]:
    """A prepared portal with web, worker and beat; all are gone afterwards. ``more`` are settings."""
    with prepared_portal(folder, **more) as portal:
        worker = (sys.executable, "-m", "celery", "-A", "hlom_portal.celery", "worker", "--concurrency", "1")
        beat, log = ("-B", "-s", str(folder / "beat"), "--loglevel", "info"), folder / "worker.log"
        with _process(*worker, *beat, environment=portal.environment, log=log), portal.web():
            yield portal
