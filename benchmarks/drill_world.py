"""What the drill runs against: servers to crash, a mail server that misbehaves, and the portal's processes."""

import asyncio
import email
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from hlom_portal.tests.servers import _account, _group, _run, _wait_for_port, find_binary, free_port

ROOT = Path(__file__).resolve().parent.parent
GREYLISTED, DEAD, LOST = 0.2, 0.025, 0.01


@dataclass
class MisbehavingServer:
    """Greylists some at first sight, knows no mailbox of others, and hangs up on some after taking their mail."""

    seed: int
    seconds_a_mail: float
    copies: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    seen: Counter[str] = field(default_factory=Counter)
    lost_acknowledgements: int = 0

    def fate(self, address: str) -> float:
        """A number that is the same for this address at every try of this seed, and unlike for others."""
        return random.Random(f"{self.seed} {address}").random()

    def is_dead(self, address: str) -> bool:
        """Whether nobody lives there."""
        return self.fate(address) < DEAD

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes, puts off or refuses a recipient."""
        self.seen[address] += 1
        if self.is_dead(address):
            return "550 nobody lives here"
        if self.seen[address] == 1 and self.fate(address) > 1 - GREYLISTED:
            return "451 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        """Keeps the mail after a while; may lose the answer on the way."""
        await asyncio.sleep(self.seconds_a_mail)
        (address,) = envelope.rcpt_tos
        message = email.message_from_bytes(envelope.content or b"")
        self.copies[address].append(str(message["Message-ID"]))
        if DEAD <= self.fate(address) < DEAD + LOST and len(self.copies[address]) == 1:
            self.lost_acknowledgements += 1
            server.transport.abort()
        return "250 kept"


class Database:
    """A PostgreSQL of the drill's own, as durable as it comes, that can crash and come back."""

    def __init__(self, folder: Path) -> None:
        self.port, self.data = free_port(), folder / "postgres"
        self.account = _account()
        self.data.mkdir()
        initdb = find_binary("initdb") or "initdb"
        if self.account:
            os.chown(self.data, *_owner(self.account))
        options = ("-U", "portal", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        _run(initdb, "-D", str(self.data), *options, account=self.account)
        self.start()

    @property
    def url(self) -> str:
        """Its DATABASE_URL."""
        return f"postgres://portal@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Starts it, and waits until it answers a query."""
        server = find_binary("postgres") or "postgres"
        options = [f"unix_socket_directories={self.data}", "listen_addresses=127.0.0.1"]
        self.process = subprocess.Popen(
            [server, "-D", str(self.data), "-p", str(self.port), *(w for option in options for w in ("-c", option))],
            user=self.account,
            group=self.account and _group(self.account),
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for_port(self.port, self.process)
        self.ask("SELECT 1")

    def crash(self) -> None:
        """Ends every connection and process at once, without writing anything down."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=30)

    def stop(self) -> None:
        """Ends it in order."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query; waits for a server that is coming back."""
        until = time.monotonic() + 30
        while True:
            try:
                connection = psycopg2.connect(self.url.replace("postgres://", "postgresql://"))
                try:
                    with connection.cursor() as cursor:
                        cursor.execute(statement)
                        return cursor.fetchall()
                finally:
                    connection.close()
            except psycopg2.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)


class Broker:
    """A Redis of the drill's own that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.start()

    @property
    def url(self) -> str:
        """Its REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts it empty."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir"]
        self.process = subprocess.Popen([*command, str(self.folder)], stdout=subprocess.DEVNULL)
        _wait_for_port(self.port, self.process)

    def kill(self) -> None:
        """Ends it without a word."""
        self.process.kill()
        self.process.wait()

    def flush(self) -> None:
        """Loses everything it holds."""
        subprocess.run(["redis-cli", "-p", str(self.port), "flushall"], check=True, stdout=subprocess.DEVNULL)


@dataclass
class World:
    """Everything of one run: servers, settings, and the portal's processes by name."""

    database: Database
    broker: Broker
    server: MisbehavingServer
    environment: dict[str, str]
    log: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def manage(self, *arguments: str) -> str:
        """Runs a management command; what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, check=True, capture_output=True, text=True)
        return done.stdout

    def start(self, name: str, *arguments: str, app: str = "hlom_portal.celery") -> None:
        """Starts a Celery process in a session of its own."""
        with self.log.open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", app, *arguments],
                env=self.environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """Ends a process and its children as a power cut would."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def states(self) -> Counter[str]:
        """How many reminders stand where."""
        counts = "SELECT state, count(*) FROM foundation_outgoingmail WHERE purpose = 'reminder' GROUP BY state"
        return Counter(dict(self.database.ask(counts)))


def make_world(folder: Path, stack: ExitStack, *, seed: int, seconds_a_mail: float, scaled: dict[str, str]) -> World:
    """Starts the servers, and the mail server in a thread of this process; ``stack`` ends them."""
    folder.chmod(0o755)
    database, broker = Database(folder), Broker(folder)
    stack.callback(database.stop)
    stack.callback(broker.kill)
    server, port = MisbehavingServer(seed, seconds_a_mail), free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    stack.callback(controller.stop)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "hlom_portal.settings",
        "SECRET_KEY": "only-for-this-drill-" * 3,
        "SITE_URL": "https://portal.example.org",
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": database.url,
        "REDIS_URL": broker.url,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "MAIL_INLINE": "off",
        **scaled,
    }
    world = World(database, broker, server, environment, folder / "log")
    stack.callback(lambda: [world.kill(name) for name in list(world.processes)])
    world.manage("migrate", "-v0")
    world.manage("createcachetable")
    return world


def _owner(account: str) -> tuple[int, int]:
    import pwd  # noqa: PLC0415 -- only where the drill runs as root

    entry = pwd.getpwnam(account)
    return entry.pw_uid, entry.pw_gid
